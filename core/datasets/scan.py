"""Find the image files below a folder and read each one's header; what was read once is kept."""

import hashlib
import os
from array import array
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd

from core.errors import BadInput
from core.image_files import EXTENSIONS, check_whole, open_image
from core.image_headers import read_header
from core.storage import write_whole

Progress = Callable[[int, int], None]
VERSION = 2
"""Raised whenever the same file would be read in another way."""
_STATE = ["n_bytes", "mtime_ns", "ctime_ns"]  # the last one changes with who may read a file
_HEADER = {"width": "Int32", "height": "Int32", "mode": "str", "format": "str", "problem": "str"}
_REPORT_EVERY = 200
_THREADS = 4
"""Measured: about twice as fast as one where files come from a disk, a little slower where they are in memory."""


def find_files(root: Path) -> pd.DataFrame:
    """Return `image` (path below root, with forward slashes), `n_bytes`, `mtime_ns` and `ctime_ns` of every image file.

    `attrs["notes"]` holds a sentence on the folders that cannot be listed or are links, if there are any; the rest is
    found still.

    Raises:
        OSError: `root` itself cannot be listed.
    """
    images, states = [], array("q")
    unlisted, linked = {}, []
    folders = [""]
    while folders:
        below = folders.pop()
        try:
            for entry in _entries(root / below):
                if entry.is_dir(follow_symlinks=False):
                    folders.append(f"{below}{entry.name}/")
                elif entry.is_symlink() and os.path.isdir(entry.path):  # entry.is_dir() raises on a circle
                    linked.append(f"{below}{entry.name}")
                elif entry.name[entry.name.rfind(".") :].lower() in EXTENSIONS:
                    images.append(below + entry.name)
                    states.extend(_state(entry))
        except OSError as error:
            if not below:
                raise
            unlisted[below.rstrip("/")] = error.strerror or str(error)
    files = pd.DataFrame(np.asarray(states).reshape(-1, len(_STATE)), columns=_STATE)
    files.insert(0, "image", pd.Series(images, dtype="str"))
    files = files.sort_values("image", ignore_index=True)
    files.attrs["notes"] = [*_left_out(unlisted), *_not_followed(linked)]
    return files


def _entries(folder: Path) -> Iterator[os.DirEntry]:
    """Yield what lies in a folder, but for what systems hide there and names that are no text."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if not entry.name.startswith((".", "__MACOSX")) and is_text(entry.name):
                yield entry


def _state(entry: os.DirEntry) -> tuple[int, int, int]:
    """Return `_STATE`; 0 for a link that leads nowhere, whose header will say what is wrong."""
    try:
        stat = entry.stat()
    except OSError:
        return 0, 0, 0
    return stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns


def is_text(name: str) -> bool:
    """Return False for a name whose bytes are no UTF-8: no table, no legend and no link could name such a file."""
    return name.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in name)


def _left_out(unlisted: dict[str, str]) -> list[str]:
    """Return one sentence that names up to three folders (folder -> why it cannot be listed); none for none."""
    if not unlisted:
        return []
    named = _first_three([f"{folder} ({why})" for folder, why in unlisted.items()])
    if len(unlisted) == 1:
        return [f"The folder {named} cannot be listed, so its images are left out; see who may read it."]
    why = f"{len(unlisted):,} folders cannot be listed, so their images are left out"
    return [f"{why}: {named}; see who may read them."]


def _not_followed(linked: list[str]) -> list[str]:
    """Return one sentence that names up to three folders; none for none. A link may lead in a circle, or anywhere."""
    if not linked:
        return []
    named = _first_three(linked)
    if len(linked) == 1:
        return [f"The folder {named} is a link, which is not followed, so its images are left out; copy it here."]
    return [f"{len(linked):,} folders are links, which are not followed: {named}; copy them here to have their images."]


def _first_three(folders: list[str]) -> str:
    more = f" and {len(folders) - 3:,} more" if len(folders) > 3 else ""
    return f"{', '.join(sorted(folders)[:3])}{more}"


def scan(root: Path, scans_dir: Path, max_megapixels: float, on_progress: Progress | None = None) -> pd.DataFrame:
    """Return one row an image file: as `find_files`, and `width`, `height`, `mode`, `format`, `problem`.

    A file whose name, size and time are as they were at the last scan is not opened again, so a folder that did not
    change is read in the time of listing it. `problem` is one sentence, or NA; sizes are pixels, NA where unreadable.
    `attrs["notes"]` is a list of sentences on what was left out, as in `find_files`.
    """
    files = find_files(root)
    folder = hashlib.sha256(os.fsencode(root.resolve()) + f"|{max_megapixels}|{VERSION}".encode()).hexdigest()[:16]
    place = scans_dir / f"{folder}.parquet"
    last = _last_scan(place)
    headers = last[list(_HEADER)]
    rows = _unchanged(files, last)
    unknown = np.flatnonzero(rows < 0)
    if len(unknown):
        fresh = _read_headers(root, files.take(unknown), max_megapixels, on_progress)
        rows[unknown] = np.arange(len(last), len(last) + len(fresh))
        headers = pd.concat([headers, fresh], ignore_index=True)
    known = pd.concat([files, headers.take(rows).reset_index(drop=True)], axis="columns")
    if len(unknown):
        write_whole(place, lambda path: known.to_parquet(path))
    known.attrs = files.attrs
    return known


def _last_scan(place: Path) -> pd.DataFrame:
    """Return what was read the last time, empty where nothing was or its file is damaged."""
    try:
        return pd.read_parquet(place, columns=["image", *_STATE, *_HEADER])
    except (OSError, ValueError):
        types = {"image": "str", **dict.fromkeys(_STATE, "int64"), **_HEADER}
        return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in types.items()})


def _unchanged(files: pd.DataFrame, last: pd.DataFrame) -> np.ndarray:
    """Return each file's row in `last`, or -1 where it was not there or had another size or time."""
    rows = pd.Index(last["image"]).get_indexer(files["image"])
    seen = np.flatnonzero(rows >= 0)
    changed = (last[_STATE].to_numpy()[rows[seen]] != files[_STATE].to_numpy()[seen]).any(axis=1)
    rows[seen[changed]] = -1
    return rows


def _read_headers(root: Path, files: pd.DataFrame, max_megapixels: float, on_progress: Progress | None) -> pd.DataFrame:
    """Return the columns of `_HEADER`, a row for each of these files."""

    def read(start: int) -> list[tuple[object, ...]]:
        part = files.iloc[start : start + _REPORT_EVERY]
        return [_header(root, *file, max_megapixels) for file in zip(part["image"], part["n_bytes"], strict=True)]

    columns = {name: [] for name in _HEADER}
    executor = ThreadPoolExecutor(_THREADS)
    try:
        for headers in executor.map(read, range(0, len(files), _REPORT_EVERY)):
            for name, values in zip(columns, zip(*headers, strict=True), strict=True):
                columns[name].extend(values)
            if on_progress:
                on_progress(len(columns["width"]), len(files))
    finally:  # also where the caller has had enough
        executor.shutdown(cancel_futures=True)
    return pd.DataFrame({name: pd.array(values, _HEADER[name]) for name, values in columns.items()})


def _header(root: Path, image: str, n_bytes: int, max_megapixels: float) -> tuple[object, ...]:
    """Return width, height, mode, format and problem of one file: by its first bytes if they say it, else by Pillow."""
    header = read_header(f"{root}/{image}") if n_bytes else None  # a pipe, of 0 bytes, would keep its reader waiting
    if header is not None and header.width * header.height / 1e6 <= max_megapixels:
        return header.width, header.height, header.mode, header.format, None
    return _ask_pillow(root / image, image, max_megapixels)


def _ask_pillow(path: Path, name: str, max_megapixels: float) -> tuple[object, ...]:
    try:
        with open_image(path, name, max_megapixels) as image:
            check_whole(path, image, name)
            return image.width, image.height, image.mode, image.format, None
    except BadInput as problem:
        return None, None, None, None, str(problem)
