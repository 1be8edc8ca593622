"""The kinds of table that hold images, and how the tables of a folder are found and unpacked together."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.datasets.imports import fer2013, parquet
from core.datasets.imports.pictures import Pictures
from core.errors import BadInput
from core.image_files import EXTENSIONS

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and of how much."""


@dataclass(frozen=True)
class Format:
    """A kind of table whose rows are images."""

    title: str
    accepted: str
    """What it is in words, for the list of what can be opened."""
    extensions: tuple[str, ...]
    recognises: Callable[[Path], bool]
    """Whether a file with such an ending is one."""
    unpack: Callable[[Sequence[Path], Pictures, Callable[[int, int], None]], tuple[str, ...]]
    """Writes every image of these tables, reports rows done and their number, and returns notes."""


FORMATS = (
    Format(
        "Parquet",
        "Parquet files of images, as Hugging Face keeps its datasets",
        (".parquet",),
        lambda path: True,
        parquet.unpack,
    ),
    Format(
        "CSV of pixels",
        "FER2013's CSV, or another whose column pixels holds square grey pictures",
        (".csv", ".tsv"),
        fer2013.is_pixel_table,
        fer2013.unpack,
    ),
)


@dataclass(frozen=True)
class Tables:
    """Tables of one format that are one dataset."""

    format: Format
    paths: tuple[Path, ...]


@dataclass(frozen=True)
class Unpacked:
    """What an import says of itself."""

    format: str
    notes: tuple[str, ...]


def tables_of(path: Path) -> Tables:
    """Return the one table at `path`.

    Raises:
        BadInput: it is none whose rows are images.
    """
    for kind in FORMATS:
        if path.suffix.lower() in kind.extensions and kind.recognises(path):
            return Tables(kind, (path,))
    raise BadInput(
        f"{path.name} has no column 'pixels', so it is not FER2013's table of pixels; if it is a legend, "
        "give the folder that holds it and its images, or a ZIP of that folder."
    )


def find_tables(root: Path) -> Tables | None:
    """Return the tables below a folder, or None where it holds an image file or no such table."""
    found: list[Path] = []
    folders = [root]
    for folder in folders:  # grows while it is walked: the upper folders first, where an image is soonest met
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name.startswith((".", "__MACOSX")):
                    continue
                extension = os.path.splitext(entry.name)[1].lower()
                if entry.is_dir(follow_symlinks=False):
                    folders.append(Path(entry.path))
                elif extension in EXTENSIONS:
                    return None
                elif any(extension in kind.extensions for kind in FORMATS) and entry.is_file():  # a pipe has no end
                    found.append(Path(entry.path))
    for kind in FORMATS:
        paths = [path for path in sorted(found) if path.suffix.lower() in kind.extensions and kind.recognises(path)]
        if paths:
            return Tables(kind, tuple(paths))
    return None


def unpack_tables(tables: Tables, into: Path, report: Progress) -> Unpacked:
    """Write the images of these tables and their legend into a folder that is there and empty."""
    with Pictures(into) as pictures:
        notes = tables.format.unpack(
            tables.paths, pictures, lambda done, total: report("Writing images", done, max(done, total))
        )
    if not pictures.n_labelled:
        raise BadInput(f"{tables.paths[0].name} gives no image a label; fill in its column of labels.")
    return Unpacked(tables.format.title, notes)
