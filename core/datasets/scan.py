"""Find the image files below a folder and read each one's header; what was read once is kept."""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from core.errors import BadInput
from core.image_files import EXTENSIONS, check_whole, open_image
from core.storage import write_whole

Progress = Callable[[int, int], None]
_KEY = ["image", "n_bytes", "mtime_ns"]
_HEADER = ["width", "height", "mode", "format", "problem"]
_REPORT_EVERY = 200


def find_files(root: Path) -> pd.DataFrame:
    """Return `image` (path below root, with forward slashes), `n_bytes` and `mtime_ns` of every image file."""
    found = []
    folders = [""]
    while folders:
        below = folders.pop()
        with os.scandir(root / below) as entries:
            for entry in entries:
                if entry.name.startswith((".", "__MACOSX")) or not _is_text(entry.name):
                    continue
                if entry.is_dir(follow_symlinks=False):
                    folders.append(f"{below}{entry.name}/")
                elif os.path.splitext(entry.name)[1].lower() in EXTENSIONS:
                    found.append((below + entry.name, *_state(entry)))
    return pd.DataFrame(sorted(found), columns=_KEY)


def _state(entry: os.DirEntry) -> tuple[int, int]:
    """Return size and time; 0 for a link that leads nowhere, whose header will say what is wrong."""
    try:
        stat = entry.stat()
    except OSError:
        return 0, 0
    return stat.st_size, stat.st_mtime_ns


def _is_text(name: str) -> bool:
    """Return False for a name whose bytes are no UTF-8: no table, no legend and no link could name such a file."""
    return not any("\ud800" <= letter <= "\udfff" for letter in name)


def scan(root: Path, scans_dir: Path, max_megapixels: float, on_progress: Progress | None = None) -> pd.DataFrame:
    """Return one row an image file: `image`, `n_bytes`, `width`, `height`, `mode`, `format`, `problem`.

    A file whose name, size and time are as they were at the last scan is not opened again, so a folder that did not
    change is read in the time of listing it. `problem` is one sentence, or NA; sizes are pixels, NA where unreadable.
    """
    files = find_files(root)
    place = scans_dir / f"{hashlib.sha256(f'{root.resolve()}|{max_megapixels}'.encode()).hexdigest()[:16]}.parquet"
    last = _last_scan(place)
    known = files.assign(**_nothing_known()) if last is None else files.merge(last, on=_KEY, how="left")
    todo = known.index[known["known"].isna()]
    if len(todo):
        headers = []
        for done, image in enumerate(known.loc[todo, "image"], start=1):
            headers.append(_header(root / image, image, max_megapixels))
            if on_progress and (done % _REPORT_EVERY == 0 or done == len(todo)):
                on_progress(done, len(todo))
        fresh = pd.DataFrame(headers, columns=_HEADER, index=todo)
        rest = known.drop(index=todo)
        known = pd.concat([rest, files.loc[todo].join(fresh).assign(known=True)]).sort_index()
        known = known.astype({"width": "Int32", "height": "Int32", "mode": "str", "format": "str", "problem": "str"})
        write_whole(place, lambda path: known.drop(columns="known").to_parquet(path))
    return known[["image", "n_bytes", *_HEADER]].reset_index(drop=True)


def _last_scan(place: Path) -> pd.DataFrame | None:
    """Return what was read the last time, or None where nothing was or its file is damaged."""
    try:
        return pd.read_parquet(place).assign(known=True)
    except (OSError, ValueError):
        return None


def _nothing_known() -> dict[str, object]:
    return dict.fromkeys([*_HEADER, "known"], pd.NA)


def _header(path: Path, name: str, max_megapixels: float) -> tuple[object, ...]:
    """Return width, height, mode, format and problem of one file."""
    try:
        with open_image(path, name, max_megapixels) as image:
            check_whole(path, image, name)
            return image.width, image.height, image.mode, image.format, None
    except BadInput as problem:
        return None, None, None, None, str(problem)
