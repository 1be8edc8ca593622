"""Unpack a ZIP: images with their legend or class folders, or the tables in it that hold images."""

import errno
import shutil
import stat
import struct
import zipfile
import zlib
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import BinaryIO

from core.datasets.imports.pictures import printable
from core.datasets.imports.tables import FORMATS, Progress, Unpacked, find_tables, unpack_tables
from core.errors import BadInput
from core.image_files import EXTENSIONS

EXTENSION = ".zip"
MAX_BYTES = 20 * 10**9  # of all that is unpacked
MAX_FILES = 2_000_000
MAX_RATIO = 200  # bytes unpacked to bytes packed: pictures hardly shrink, text shrinks 20 times, a bomb 1000 times
RATIO_FROM = 10**9  # bytes; a ZIP that unpacks to fewer may have any ratio
_TEXTS = (".csv", ".tsv", ".txt", ".json", ".jsonl", ".md")  # what may say something about images
_TABLES = tuple(extension for kind in FORMATS for extension in kind.extensions)
_INNER = ".tables"  # where tables lie while they are unpacked further, inside the folder that is being made
_BLOCK = 16 * 2**20
_BAD_PATHS = (errno.ENAMETOOLONG, errno.EEXIST, errno.ENOTDIR)
# What the standard library raises for archives that are cut short or changed.
_DAMAGE = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, RuntimeError, ValueError, OverflowError)


@dataclass(frozen=True)
class _Member:
    """A file in a ZIP, and its path below the folder that is being made."""

    info: zipfile.ZipInfo
    path: PurePosixPath

    @property
    def extension(self) -> str:
        return self.path.suffix.lower()


def unpack(source: Path, into: Path, report: Progress) -> Unpacked:
    """Unpack a ZIP into a folder that is there and empty, less a folder that wraps all the rest.

    Where it holds no image, the tables in it are unpacked further. A ZIP within it stays closed.

    Raises:
        BadInput: it is damaged, locked, too large, names a place outside, or holds nothing that can be opened.
    """
    shown = source.name
    with _open(source) as archive:
        found, notes = _files(archive.infolist(), shown)
        has_images = any(member.extension in EXTENSIONS for member in found)
        wanted = (*EXTENSIONS, *_TEXTS) if has_images else _TABLES
        chosen = [member for member in found if member.extension in wanted]
        notes += _notes_on_rest([member for member in found if member.extension not in wanted], shown)
        _check_size([member.info for member in chosen], source, into)
        if has_images:
            _extract(archive, _unwrapped(chosen), into, shown, report)
            return Unpacked("ZIP", tuple(notes))
        inner = into / _INNER
        inner.mkdir()
        _extract(archive, chosen, inner, shown, report)
    if (tables := find_tables(inner)) is None:
        raise BadInput(
            f"{shown} holds no image file, no Parquet file and no table of pixels; pack a folder of images with "
            f"their legend or class folders. {' '.join(notes)}".strip()
        )
    unpacked = unpack_tables(tables, into, report)
    shutil.rmtree(inner)
    return Unpacked(f"ZIP of {unpacked.format}", (*notes, *unpacked.notes))


@contextmanager
def _called_damaged(shown: str) -> Iterator[None]:
    try:
        yield
    except (*_DAMAGE, OSError) as error:
        # A damaged offset leads to a place before the file's beginning; any other error is one of the disk.
        if isinstance(error, OSError) and error.errno != errno.EINVAL:
            raise
        why = str(error)[:100].rstrip(".") or "no more data"
        raise BadInput(f"{shown} is damaged or no ZIP ({why}); copy, download or pack it again.") from error


def _open(source: Path) -> zipfile.ZipFile:
    with _called_damaged(source.name):
        return zipfile.ZipFile(source)


def _files(infos: Sequence[zipfile.ZipInfo], shown: str) -> tuple[list[_Member], list[str]]:
    """Return the files with where they go, in the order of their paths, and notes on what was odd; all names are safe.

    Hidden files and what macOS adds are passed over; of two files with one name the later one wins, as in any unzip.
    """
    if len(infos) > MAX_FILES:
        raise BadInput(f"{shown} holds {len(infos):,} files, over the limit of {MAX_FILES:,}; split it.")
    files: dict[PurePosixPath, _Member] = {}
    n_files = n_links = n_foreign = 0
    for info in infos:
        name, is_readable = _name(info)
        path = _safe(name, shown)
        if name.endswith("/") or not path.parts or any(part.startswith((".", "__MACOSX")) for part in path.parts):
            continue
        if stat.S_ISLNK(info.external_attr >> 16):
            n_links += 1
            continue
        _check_packing(info, path, shown)
        n_files += 1
        n_foreign += not is_readable
        files[path] = _Member(info, path)
    notes = []
    if n_links:
        notes.append(f"{shown}: links in it were not followed ({n_links:,}).")
    if n_doubles := n_files - len(files):
        notes.append(f"{shown}: of files with the same name only the last was taken ({n_doubles:,} left out).")
    if n_foreign:
        notes.append(f"{shown}: names in it are not UTF-8 ({n_foreign:,}); if they look wrong, pack it again.")
    return [files[path] for path in sorted(files)], notes


def _name(info: zipfile.ZipInfo) -> tuple[str, bool]:
    """Return a file's name with forward slashes, and whether its encoding is known.

    A ZIP that does not say so often has UTF-8 names all the same; Python reads these as the DOS code page 437.
    """
    name, is_readable = info.filename, True
    if not info.flag_bits & 0x800 and not name.isascii():
        try:
            name = name.encode("cp437").decode("utf-8")
        except UnicodeError:
            is_readable = False
    return printable(name.replace("\\", "/")), is_readable


def _safe(name: str, shown: str) -> PurePosixPath:
    """Return the path, or refuse the ZIP where it leads out of the folder it is unpacked into."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or PureWindowsPath(name).drive:
        raise BadInput(
            f"{shown} names a place outside its own folder ({name[:80]!r}), so it was not opened; pack it anew."
        )
    return path


def _check_packing(info: zipfile.ZipInfo, path: PurePosixPath, shown: str) -> None:
    if info.flag_bits & 0x1:
        raise BadInput(f"{shown} is locked with a password ({path.name} in it is); unpack it and give the folder.")
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise BadInput(f"{shown} is packed in an unusual way ({path.name} in it is); pack it again as an ordinary ZIP.")


def _check_size(infos: Sequence[zipfile.ZipInfo], source: Path, into: Path) -> None:
    """Refuse what would fill the disk. No file unpacks to more than the size it has here: reading stops there."""
    size = sum(info.file_size for info in infos)
    packed = source.stat().st_size
    if size > MAX_BYTES or (size > RATIO_FROM and size > MAX_RATIO * packed):
        raise BadInput(
            f"{source.name} would unpack from {packed / 1e9:,.2f} to {size / 1e9:,.1f} GB, which is more than "
            "a dataset should; unpack it yourself and give the folder."
        )
    if size > (free := shutil.disk_usage(into).free):
        raise BadInput(
            f"{source.name} needs {size / 1e9:,.1f} GB and {free / 1e9:,.1f} GB are free; "
            "make room, or set NAVARASA_HOME to a folder on another disk."
        )


def _notes_on_rest(rest: Sequence[_Member], shown: str) -> list[str]:
    """Return notes on the files that are not unpacked."""
    inner = [member.path.name for member in rest if member.extension == EXTENSION]
    others = [member.path.name for member in rest if member.extension not in ("", EXTENSION)]  # "": LICENSE and such
    notes = []
    if inner:
        notes.append(f"{shown} holds another ZIP, which was not opened ({inner[0]}); unpack it and give it by itself.")
    if others:
        notes.append(f"{shown}: files of other kinds were left out ({len(others):,}), such as {others[0]}.")
    return notes


def _unwrapped(members: Sequence[_Member]) -> list[_Member]:
    """Leave away the folders that wrap all the rest; a single folder of nothing but images stays, it may be a class."""
    parents = {member.path.parent for member in members}
    if not parents:
        return []
    depth = _common_depth(parents)
    if len(parents) == 1 and all(member.extension in EXTENSIONS for member in members):
        depth = max(0, depth - 1)
    return [_Member(member.info, PurePosixPath(*member.path.parts[depth:])) for member in members]


def _common_depth(folders: Collection[PurePosixPath]) -> int:
    """Return how many folders, from the top, all of these have in common."""
    first, last = min(folders).parts, max(folders).parts  # what these two share, all between them do
    return next((depth for depth, pair in enumerate(zip(first, last, strict=False)) if pair[0] != pair[1]), len(first))


def _extract(archive: zipfile.ZipFile, members: Sequence[_Member], into: Path, shown: str, report: Progress) -> None:
    for done, member in enumerate(members):
        with _called_damaged(shown):
            packed = archive.open(member.info)
        with packed, _made(member.path, into, shown) as file:
            while block := _read(packed, shown):
                file.write(block)
                report("Unpacking", done, len(members))
    report("Unpacking", len(members), len(members))


def _made(path: PurePosixPath, into: Path, shown: str) -> BinaryIO:
    """Return a new file, or say what is wrong with its path in the ZIP."""
    place = into / path
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        return place.open("wb")
    except OSError as error:
        if error.errno not in _BAD_PATHS:
            raise
        why = "its name is too long" if error.errno == errno.ENAMETOOLONG else "a file is named like a folder above it"
        raise BadInput(
            f"{shown} holds {str(path)[:80]!r}, which cannot be unpacked: {why}; rename it and pack again."
        ) from error


def _read(packed: zipfile.ZipExtFile, shown: str) -> bytes:
    with _called_damaged(shown):
        return packed.read(_BLOCK)
