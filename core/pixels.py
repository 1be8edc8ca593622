"""Decode every image once into a memory-mapped array that all runs share."""

import hashlib
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from core.catalog import Dataset
from core.errors import BadInput
from core.image_files import grey_square, open_image
from core.settings import Settings
from core.storage import thin_out, write_whole

Progress = Callable[[int, int], None]
_CHUNK = 256
_MOST_KEPT = 40
"""Each dataset, choice of labels and size is decoded once; so many are kept."""


@dataclass(frozen=True)
class Pixels:
    """Every usable image of a dataset, in the order of `Dataset.usable`."""

    images: np.ndarray
    """Grey, uint8, shape (n, size, size), memory-mapped and read-only."""
    readable: np.ndarray
    """Boolean, shape (n,): False where decoding failed although the header was in order; such rows are all 0."""
    key: str
    """Names exactly these pixels in this order."""


def load_pixels(dataset: Dataset, size: int, settings: Settings, on_progress: Progress | None = None) -> Pixels:
    """Return the dataset's pixels, decoding them at the first call only."""
    place = settings.pixels_dir / f"{_key(dataset)}-{size}"
    if place.is_dir():
        os.utime(place)  # it was used
    else:
        write_whole(place, lambda folder: _decode_all(dataset, size, settings, folder, on_progress))
        thin_out(settings.pixels_dir, _MOST_KEPT)
    return Pixels(np.load(place / "images.npy", mmap_mode="r"), np.load(place / "readable.npy"), place.name)


def _key(dataset: Dataset) -> str:
    """Return a name for exactly these files in this order: an edited picture is decoded anew even if its size stays."""
    digest = hashlib.sha256(os.fsencode(dataset.root.resolve()) + b"\n")
    for name in dataset.usable["image"]:
        path = dataset.root / name
        state = path.stat() if path.exists() else None  # one that went missing since is decoded as unreadable
        digest.update(f"{name}\t{state and (state.st_size, state.st_mtime_ns)}\n".encode())
    return digest.hexdigest()[:16]


def _decode_all(dataset: Dataset, size: int, settings: Settings, folder: Path, on_progress: Progress | None) -> None:
    folder.mkdir()
    names = dataset.usable["image"].to_list()
    images = np.lib.format.open_memmap(folder / "images.npy", "w+", np.uint8, (len(names), size, size))
    readable = np.ones(len(names), dtype=bool)

    def decode(position: int) -> None:
        name = names[position]
        try:
            with open_image(dataset.root / name, name, settings.max_megapixels) as image:
                images[position] = grey_square(image, name, size)
        except BadInput:
            readable[position] = False

    with ThreadPoolExecutor() as pool:  # threads do: Pillow decodes and resizes without holding the interpreter's lock
        for start in range(0, len(names), _CHUNK):
            stop = min(start + _CHUNK, len(names))
            list(pool.map(decode, range(start, stop)))
            if on_progress:
                on_progress(stop, len(names))
    images.flush()
    np.save(folder / "readable.npy", readable)


def targets(labels: pd.Series, classes: tuple[str, ...]) -> np.ndarray:
    """Return the position of each label in `classes`, int64, shape (n,)."""
    return pd.Categorical(labels, categories=list(classes)).codes.astype(np.int64)
