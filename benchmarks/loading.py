"""What decoding once is worth: our pixels beside the loader that people would use, in one run.

    python -m benchmarks.loading [DATASET]

Prints JSON. Machines differ and are shared: the ratios matter, the seconds do not.
"""

import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms

from core.datasets import open_dataset
from core.image_files import grey_square, open_image
from core.pixels import load_pixels
from core.settings import Settings
from core.training import Part

SIZE, BATCH, SAMPLE = 48, 64, 2000


class Files(Dataset):
    """What a tutorial would write: open, make grey, resize and convert each image whenever it is asked for."""

    def __init__(self, paths: list[Path]):
        self.paths = paths
        steps = [transforms.Grayscale(), transforms.Resize((SIZE, SIZE)), transforms.ToTensor()]
        self.transform = transforms.Compose(steps)

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, position: int) -> torch.Tensor:
        return self.transform(Image.open(self.paths[position]))


def seconds(work: Callable[[], object]) -> float:
    """Return how long `work` takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def main(source: str) -> dict[str, object]:
    """Measure a sample of the dataset's images, and one scan of all of it."""
    settings = Settings()
    dataset = open_dataset(source, settings)
    names = dataset.usable["image"].sample(min(SAMPLE, len(dataset.usable)), random_state=0).to_list()
    paths = [dataset.root / name for name in names]
    pixels = load_pixels(dataset, SIZE, settings)
    part = Part(pixels.images, np.zeros(len(pixels.images), dtype=np.int64), np.arange(len(paths)))
    cpu = torch.device("cpu")

    def whole() -> None:
        for path in paths:
            Image.open(path).convert("L").resize((SIZE, SIZE), Image.Resampling.BILINEAR)

    def reduced() -> None:
        for path in paths:
            with open_image(path, path.name, settings.max_megapixels) as image:
                grey_square(image, path.name, SIZE)

    with tempfile.TemporaryDirectory() as fresh:
        first = seconds(lambda: open_dataset(dataset.root, settings.model_copy(update={"home": Path(fresh)})))
    again = seconds(lambda: open_dataset(dataset.root, settings))
    figures = {
        "scan of all headers, first": first,
        "scan of all headers, again": again,
        "decoding whole (Pillow)": seconds(whole),
        "decoding at reduced scale (ours)": seconds(reduced),
        "an epoch's batches from files (DataLoader)": seconds(lambda: list(DataLoader(Files(paths), BATCH))),
        "an epoch's batches from the array (ours)": seconds(
            lambda: list(part.batches(np.random.default_rng(0).permutation(len(paths)), BATCH, cpu))
        ),
    }
    told = list(figures.values())
    return {
        "dataset": dataset.title,
        "images": len(paths),
        "files scanned": len(dataset.catalog),
        "seconds": {name: round(value, 3) for name, value in figures.items()},
        "times faster": {
            "opening again": round(told[0] / told[1], 1),
            "decoding": round(told[2] / told[3], 2),
            "batches": round(told[4] / told[5], 1),
        },
    }


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1] if len(sys.argv) > 1 else "demo"), indent=1))
