"""What keeping features is worth: a second strategy on a frozen network, with its features kept and computed anew.

    python -m benchmarks.frozen_features [--data PATH] [--size 96] [--epochs 8]

Without a folder the demo is read. Both ways are the whole run, from the decoded pixels to the exported network, by
turns, and the shortest time of each counts; both must give the same predictions. Prints JSON. Machines differ and are
shared: the ratio matters, the seconds do not. The first run ever fetches ImageNet's weights.
"""

import argparse
import json
import shutil
import tempfile
import time
from pathlib import Path

from core.catalog import Dataset
from core.datasets import DEMO, open_dataset
from core.experiment import run_experiment
from core.runs import Run, configure
from core.settings import Settings

MODEL, FIRST, SECOND = "mobilenet_v2_frozen", "none", "over"
ROUNDS = 2


def timed(dataset: Dataset, sampling: str, values: dict[str, int], settings: Settings) -> tuple[float, Run]:
    """Return the seconds of one run, and the run; one that is there already is trained again."""
    config = configure(dataset.fingerprint, dataset.source, model=MODEL, sampling=sampling, values=values)
    shutil.rmtree(settings.runs_dir / config.id, ignore_errors=True)
    started = time.perf_counter()
    run = run_experiment(config, settings)
    return time.perf_counter() - started, run


def compare(dataset: Dataset, values: dict[str, int], settings: Settings) -> dict[str, object]:
    """Return the seconds of each way, and how many times the second takes longer."""
    timed(dataset, FIRST, values, settings)  # decodes the images and keeps the features
    kept, anew = [], []
    for _ in range(ROUNDS):
        seconds, with_kept = timed(dataset, SECOND, values, settings)
        kept.append(seconds)
        probabilities = with_kept.predictions
        shutil.rmtree(settings.features_dir)
        seconds, without = timed(dataset, SECOND, values, settings)
        anew.append(seconds)
        assert without.predictions.equals(probabilities)
    return {
        "images": len(dataset.usable),
        "seconds, features kept": round(min(kept), 2),
        "seconds, features computed anew": round(min(anew), 2),
        "ratio": round(min(anew) / min(kept), 2),
    }


def main() -> None:
    """Compare the two ways, and print what was found."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default=DEMO, help="the dataset; the demo if left out")
    parser.add_argument("--size", type=int, default=96, help="width and height of the images in pixels")
    parser.add_argument("--epochs", type=int, default=8, help="passes over the training part")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        settings = Settings(data=None, home=Path(home))
        dataset = open_dataset(arguments.data, settings)
        values = {"images.size": arguments.size, "training.epochs": arguments.epochs}
        print(json.dumps({"model": MODEL, "size": arguments.size} | compare(dataset, values, settings), indent=1))


if __name__ == "__main__":
    main()
