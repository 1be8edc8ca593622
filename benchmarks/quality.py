"""What one pass over the files is worth: our measures beside CleanVision, or beside a plain loop with ImageHash.

    python -m benchmarks.quality [DATASET]

CleanVision is no requirement of this project; where it is installed it joins the comparison. Prints JSON. Machines
differ and are shared: the ratios matter, the seconds do not.
"""

import importlib.util
import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import imagehash
import numpy as np
from PIL import Image

from core.datasets import open_dataset
from core.duplicates import exact_duplicates, near_duplicates
from core.duplicates.hamming import close_pairs
from core.measures import load_measures
from core.quality import scores
from core.settings import Settings

SAMPLE = 2000
N_HASHES = 100_000


def seconds(work: Callable[[], object]) -> float:
    """Return how long `work` takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def cleanvision(paths: list[Path]) -> None:
    """Every check and every duplicate of CleanVision, in one process as it is called by default in a notebook."""
    from cleanvision import Imagelab

    Imagelab(filepaths=[str(path) for path in paths]).find_issues(n_jobs=2, verbose=False)


def hash_loop(paths: list[Path]) -> None:
    """The three perceptual hashes alone, as a tutorial would compute them."""
    for path in paths:
        image = Image.open(path)
        for hashed in (imagehash.phash, imagehash.dhash, imagehash.dhash_vertical):
            hashed(image)


def brute_force(hashes: np.ndarray, distance: int) -> None:
    """All pairs of the first hash, a row at a time; the other two hashes are not even looked at."""
    column = hashes[:, 0]
    for row in range(len(column)):
        np.flatnonzero(np.bitwise_count(column[row] ^ column[row + 1 :]) <= distance)


def main(source: str) -> dict[str, object]:
    """Measure a sample of the dataset's images, all tables of it, and the search among random hashes."""
    settings = Settings()
    dataset = open_dataset(source, settings)
    sample = dataset.catalog.sample(min(SAMPLE, len(dataset.catalog)), random_state=0).sort_index()
    part = type(dataset)(**{**vars(dataset), "catalog": sample})
    paths = [dataset.root / name for name in sample["image"]]
    hashes = np.random.default_rng(0).integers(0, 2**64, (N_HASHES, 3), dtype=np.uint64)
    with tempfile.TemporaryDirectory() as fresh:
        at_home = settings.model_copy(update={"home": Path(fresh), "threads": 2})
        figures = {
            "all measures, two threads (ours)": seconds(lambda: load_measures(part, at_home)),
            "all measures again (ours)": seconds(lambda: load_measures(part, at_home)),
        }
        measures = load_measures(part, at_home)
    figures["scores, exact and near duplicates (ours)"] = seconds(
        lambda: (scores(part, measures), exact_duplicates(part, measures), near_duplicates(part, measures))
    )
    figures["three hashes alone, a plain loop (ImageHash)"] = seconds(lambda: hash_loop(paths))
    if importlib.util.find_spec("cleanvision"):
        figures["all checks, two processes (CleanVision)"] = seconds(lambda: cleanvision(paths))
    figures[f"near pairs of {N_HASHES:,} random hashes (ours)"] = seconds(lambda: close_pairs(hashes, 6))
    figures[f"near pairs of {N_HASHES:,} random hashes (brute force)"] = seconds(lambda: brute_force(hashes, 6))
    return {
        "dataset": dataset.title,
        "images": len(paths),
        "seconds": {name: round(value, 3) for name, value in figures.items()},
    }


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1] if len(sys.argv) > 1 else "demo"), indent=1))
