"""What an import of a table leaves: image files by split, and the legend that says which label each has."""

import csv
import io
import math
import re
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
from PIL import Image

LEGEND = "legend.csv"
_THREADS = 4  # a file system takes longer to make a small file than Python to ask for it
_BEGINNINGS = (
    (b"\xff\xd8\xff", ".jpg"),
    (b"\x89PNG\r\n\x1a\n", ".png"),
    (b"GIF8", ".gif"),
    (b"BM", ".bmp"),
    (b"II*\0", ".tif"),
    (b"MM\0*", ".tif"),
)


@dataclass(frozen=True)
class Picture:
    """One row of a table."""

    content: bytes | np.ndarray
    """The bytes of an image file, or grey pixels of shape (height, width), uint8, that become a PNG."""
    stem: str
    """What its file should be called, without the ending."""
    split: str
    label: str | None


class Pictures:
    """A folder that is being filled: `images/<split>/<stem>.<ending>`, and a legend with `image`, `label`, `split`."""

    def __init__(self, folder: Path):
        self.n_written = 0
        self.n_labelled = 0
        self._folder = folder
        self._taken: set[str] = set()
        self._splits: set[str] = set()

    def __enter__(self) -> Self:
        self._file = (self._folder / LEGEND).open("w", newline="", encoding="utf-8")
        self._legend = csv.writer(self._file, lineterminator="\n")
        self._legend.writerow(("image", "label", "split"))
        self._threads = ThreadPoolExecutor(_THREADS)
        return self

    def __exit__(self, *error: object) -> None:
        self._threads.shutdown(cancel_futures=True)
        self._file.close()

    def write(self, pictures: Sequence[Picture]) -> None:
        """Write these pictures and their lines of the legend; their order decides who keeps a name that two have."""
        splits = [plain_name(picture.split) or "all" for picture in pictures]
        names = [self._name(picture, split) for picture, split in zip(pictures, splits, strict=True)]
        todo = [(self._folder / name, picture.content) for name, picture in zip(names, pictures, strict=True)]
        share = math.ceil(len(todo) / _THREADS) or 1
        list(self._threads.map(_write, (todo[start : start + share] for start in range(0, len(todo), share))))
        labels = [" ".join(printable(picture.label or "").split()) for picture in pictures]
        self._legend.writerows(zip(names, labels, splits, strict=True))
        self.n_written += len(pictures)
        self.n_labelled += sum(map(bool, labels))

    def _name(self, picture: Picture, split: str) -> str:
        """Return a path below the folder that no other picture has, on any file system."""
        if split not in self._splits:
            (self._folder / "images" / split).mkdir(parents=True, exist_ok=True)
            self._splits.add(split)
        ending = ".png" if isinstance(picture.content, np.ndarray) else image_ending(picture.content)
        name = f"images/{split}/{plain_name(picture.stem) or 'image'}{ending}"
        if name.casefold() in self._taken:
            stem = name.removesuffix(ending)
            number = len(self._taken)
            while (name := f"{stem}-{number}{ending}").casefold() in self._taken:
                number += 1
        self._taken.add(name.casefold())
        return name


class LeftOut:
    """Counts the rows of a table that are left out, by reason, and keeps where each reason came up first."""

    def __init__(self, name: str):
        self._name = name
        self._counts: Counter[str] = Counter()
        self._first: dict[str, str] = {}

    def add(self, reason: str, where: str) -> None:
        """Count one row; `reason` says what it has, such as "no bytes", and `where` says which, such as "line 7"."""
        self._counts[reason] += 1
        self._first.setdefault(reason, where)

    def first(self) -> str | None:
        """Return where the first row of all was left out, and why."""
        return next((f"{where} has {reason}" for reason, where in self._first.items()), None)

    def notes(self) -> tuple[str, ...]:
        """Return one sentence a reason."""
        return tuple(
            f"{self._name}: 1 row has {reason} and was left out ({self._first[reason]})."
            if count == 1
            else f"{self._name}: {count:,} rows have {reason} and were left out (the first is {self._first[reason]})."
            for reason, count in self._counts.items()
        )


def image_ending(content: bytes) -> str | None:
    """Return the ending of an image file with these bytes, with its dot, or None where they are no known image."""
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return ".webp"
    return next((ending for beginning, ending in _BEGINNINGS if content.startswith(beginning)), None)


def plain_name(name: str) -> str:
    """Return a name without what some system forbids in the name of a file: at most 200 bytes, maybe none."""
    plain = " ".join(re.sub(r'[\\/:*?"<>|]+', "_", printable(name)).split())
    return plain.encode()[:200].decode(errors="ignore").strip("._ ")


def printable(text: str) -> str:
    """Return the text with a space for each control character and each half of a character."""
    return re.sub(r"[\x00-\x1f\x7f\ud800-\udfff]", " ", text)


def _write(files: list[tuple[Path, bytes | np.ndarray]]) -> None:
    for place, content in files:
        place.write_bytes(content if isinstance(content, bytes) else _as_png(content))


def _as_png(pixels: np.ndarray) -> bytes:
    """Return a PNG. Pillow writes straight to a file in many small pieces, which takes four times as long."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()
