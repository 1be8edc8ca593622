"""Bring your own data: what is no plain folder of images is unpacked once into one, which the folder reader opens.

A ZIP, Parquet files as Hugging Face keeps them, or a CSV of pixels as FER2013's. An import lies in the folder of
datasets under a name that changes when its source does, so the second opening costs nothing.
"""

import hashlib
import io
import json
import re
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from core.datasets.imports import archive
from core.datasets.imports.pictures import plain_name
from core.datasets.imports.tables import FORMATS, Progress, Unpacked, find_tables, tables_of, unpack_tables
from core.errors import BadInput
from core.settings import Settings
from core.storage import write_whole

ACCEPTED = (
    "a folder of images with a legend, which is a CSV that says which label each file has",
    "a folder of images with a folder per class",
    *(kind.accepted for kind in FORMATS),
)
"""What can be opened, in words; each of the last ones may be a file by itself, and any of all may be in a ZIP."""
_ENDINGS = {archive.EXTENSION, *(extension for kind in FORMATS for extension in kind.extensions)}
VERSION = 1  # a change in what an import writes needs a new one: unpacked folders are kept
MARK = ".navarasa-import.json"  # a file that says where an unpacked folder came from
_UPLOAD = ".upload"  # where an upload waits while it is unpacked, inside the folder that is being made


def as_folder(path: Path, settings: Settings, report: Progress) -> Path:
    """Return an ordinary folder of images with the content of `path`, which may be one already.

    A folder with images is returned as it is, and so is one with nothing to unpack, or a path that is not there: the
    folder reader has the sentence for these. A folder of tables, a ZIP, a Parquet file and a CSV of pixels are unpacked
    below `settings.datasets_dir`, unless they were before. `report` gets what is being done, how much of it is done,
    and of how much; an exception that it raises leaves nothing behind.

    Raises:
        BadInput: it is a file of another kind, damaged, holds no image, or cannot be unpacked there.
    """
    try:
        tables = find_tables(path) if path.is_dir() else None
        if tables is None and not path.is_file():
            return path
        key = _key(_state(file) for file in (tables.paths if tables else (path,)))
    except OSError as error:
        raise BadInput(f"{path} cannot be read ({error.strerror or error}); see who may read it.") from error
    if tables:
        return _kept(path.name, key, settings, report, lambda into, tell: unpack_tables(tables, into, tell))
    _check_kind(path.name)
    return _kept(path.name, key, settings, report, lambda into, tell: _unpack(path, into, tell))


def from_upload(name: str, content: bytes | BinaryIO, settings: Settings, report: Progress) -> Path:
    """Return a folder with the content of an uploaded file, as `as_folder` does for a path; the upload is not kept.

    Args:
        name: what the file is called; its ending says what it is.
        content: its bytes, or a stream of them that can be read twice.
        settings: say where datasets lie.
        report: as in `as_folder`.

    Raises:
        BadInput: as `as_folder`.
    """
    name = PurePosixPath(name.replace("\\", "/")).name
    _check_kind(name)
    stream = io.BytesIO(content) if isinstance(content, bytes) else content

    def unpack(into: Path, tell: Progress) -> Unpacked:
        spooled = into / _UPLOAD / f"{plain_name(_stem(name))}{Path(name).suffix}"
        spooled.parent.mkdir()
        stream.seek(0)
        with spooled.open("wb") as file:
            shutil.copyfileobj(stream, file)
        unpacked = _unpack(spooled, into, tell)
        shutil.rmtree(spooled.parent)
        return unpacked

    stream.seek(0)
    return _kept(name, _key([hashlib.file_digest(stream, "sha256").hexdigest()]), settings, report, unpack)


def import_title(folder: Path) -> str | None:
    """Return the name of what was unpacked into this folder, as a title, or None where nothing was."""
    source = _mark(folder).get("source")
    return _stem(source).replace("_", " ") if source else None


def import_notes(folder: Path) -> tuple[str, ...]:
    """Return the sentences on what was odd when this folder was unpacked; none where nothing was."""
    return tuple(_mark(folder).get("notes", ()))


def _mark(folder: Path) -> dict:
    """Return what is known of an unpacked folder; empty for any other, and where its mark is damaged."""
    try:
        return json.loads((folder / MARK).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def _check_kind(name: str) -> None:
    if Path(name).suffix.lower() not in _ENDINGS:
        raise BadInput(
            f"{name} is a file of a kind that cannot be opened as a dataset; give a folder of images, a ZIP, "
            "a Parquet file with images (.parquet) or a table of pixels such as FER2013's (.csv)."
        )


def _unpack(path: Path, into: Path, report: Progress) -> Unpacked:
    """Unpack one file by what its name says it is."""
    if path.suffix.lower() == archive.EXTENSION:
        return archive.unpack(path, into, report)
    return unpack_tables(tables_of(path), into, report)


def _kept(
    name: str, key: str, settings: Settings, report: Progress, unpack: Callable[[Path, Progress], Unpacked]
) -> Path:
    """Return the folder where this was unpacked the last time, or is now."""
    plain = re.sub(r"\W+", "_", _stem(name))[:60]
    place = settings.datasets_dir / f"{plain}-{key}"
    caller_s_own: list[OSError] = []

    def tell(what: str, done: int, total: int) -> None:
        try:
            report(what, done, total)
        except OSError as error:
            caller_s_own.append(error)
            raise

    def write(into: Path) -> None:
        into.mkdir()
        unpacked = unpack(into, tell)
        mark = {"source": name, "format": unpacked.format, "notes": unpacked.notes}
        (into / MARK).write_text(json.dumps(mark, ensure_ascii=False, indent=1), encoding="utf-8")

    if not place.is_dir():
        try:
            write_whole(place, write)
        except OSError as error:
            if error in caller_s_own:
                raise
            raise BadInput(
                f"{name} cannot be unpacked into {settings.datasets_dir} ({error.strerror or error}); "
                "make room there, or set NAVARASA_HOME to another folder."
            ) from error
    return place


def _stem(name: str) -> str:
    """Return the name of a file without the ending that says what it is; a folder's name has none."""
    return name[: -len(Path(name).suffix)] if Path(name).suffix.lower() in _ENDINGS else name


def _state(path: Path) -> str:
    stat = path.stat()
    return f"{path.resolve()}|{stat.st_size}|{stat.st_mtime_ns}"


def _key(states: Iterable[str]) -> str:
    """Return 12 hexadecimal digits that change with any of the states."""
    return hashlib.sha256("\n".join([str(VERSION), *states]).encode("utf-8", "surrogateescape")).hexdigest()[:12]
