"""Take in an exported run: unpacked under limits, checked in a process of its own, and only then put in its place."""

import hashlib
import io
import json
import shutil
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO

from pydantic import ValidationError

from core.child import ask
from core.errors import BadInput
from core.exchange.manifest import LIMITS, MANIFEST, MAX_RATIO, RATIO_FROM, REQUIRED, File, Manifest
from core.runs import Run, read_run
from core.settings import Settings
from core.storage import write_whole

MEMORY = 8
"""GiB of address space that checking may take: what a million predictions need, and a bomb does not get."""
SECONDS = 600
_BLOCK = 2**20
# What the standard library raises for archives that are cut short or changed.
_DAMAGE = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, RuntimeError, ValueError, OverflowError)


def import_run(data: bytes | BinaryIO | Path, name: str, settings: Settings) -> Run:
    """Return the run of an exported file, now among the runs of this home.

    Nothing of it is executed but its network, by ONNX Runtime, in a process that may take so much memory and time. Its
    id is worked out again from its configuration, and its figures from its predictions.

    Args:
        data: what `export_run` returned, a file of it that can be read from anywhere, or its path.
        name: what the file is called, for what is said of it.
        settings: where runs are kept.

    Raises:
        BadInput: the server is hosted, the run is here already, or a part of it is not what a run holds; nothing is
            left behind.
    """
    if settings.hosted:
        raise BadInput("This is a shared server, so it takes in no runs; run the app yourself to import one.")
    with ExitStack() as stack:
        with _called_damaged(name):
            archive = stack.enter_context(zipfile.ZipFile(io.BytesIO(data) if isinstance(data, bytes) else data))
        entries = _entries(archive, name)
        manifest = _manifest(archive, entries, name)
        place = settings.runs_dir / manifest.run
        if place.is_dir():
            raise BadInput(f"{name}: the run {manifest.run} is here already, so nothing was changed.")
        _check_room(entries, settings.runs_dir, name)

        def write(folder: Path) -> None:
            folder.mkdir()
            for entry in manifest.files:
                _unpack(archive, entries[entry], folder / entry, manifest.files[entry], name)
            _check(folder, manifest.run, name, settings)

        write_whole(place, write)
    return read_run(place)


@contextmanager
def _called_damaged(name: str) -> Iterator[None]:
    try:
        yield
    except BadInput:
        raise
    except _DAMAGE as error:
        why = str(error)[:100].rstrip(".") or "no more data"
        raise BadInput(f"{name} is damaged or no ZIP ({why}); copy or export it again.") from error


def _entries(archive: zipfile.ZipFile, name: str) -> dict[str, zipfile.ZipInfo]:
    """Return what is in a ZIP by its name: only what a run may hold, each once and no larger than it may be."""
    entries: dict[str, zipfile.ZipInfo] = {}
    for entry in archive.infolist():
        if entry.filename not in LIMITS:  # a path that leads elsewhere, a folder and anything else
            raise BadInput(f"{name} holds {entry.filename[:80]!r}, which is no file of a run; export the run again.")
        if entry.filename in entries:
            raise BadInput(f"{name} holds {entry.filename} twice; export the run again.")
        _check_entry(entry, name)
        entries[entry.filename] = entry
    lost = [wanted for wanted in (MANIFEST, "config.json") if wanted not in entries]
    if lost:
        raise BadInput(f"{name} lacks {lost[0]}, so it is no exported run; `python -m core export RUN` writes one.")
    return entries


def _check_entry(entry: zipfile.ZipInfo, name: str) -> None:
    """Raise BadInput for what is locked, a link, packed in an unusual way, or unpacks to more than it may."""
    shown, mode = f"{name}: {entry.filename}", entry.external_attr >> 16
    if entry.flag_bits & 0x1:
        raise BadInput(f"{shown} is locked with a password; export the run again.")
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        raise BadInput(f"{shown} is a link or a device instead of a file; export the run again.")
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise BadInput(f"{shown} is packed in an unusual way; export the run again.")
    size, limit = entry.file_size, LIMITS[entry.filename]
    if size > limit:
        raise BadInput(f"{shown} would unpack to {size / 1e6:,.0f} MB, over the limit of {limit / 1e6:,.0f} MB.")
    if size > RATIO_FROM and size > MAX_RATIO * entry.compress_size:
        raise BadInput(
            f"{shown} would unpack to {size / max(entry.compress_size, 1):,.0f} times its size, over the limit of "
            f"{MAX_RATIO}; no file of a run shrinks so far."
        )


def _manifest(archive: zipfile.ZipFile, entries: dict[str, zipfile.ZipInfo], name: str) -> Manifest:
    """Return the list of checksums, which names exactly the other files, and every file that a run must have."""
    with _called_damaged(name):
        text = archive.read(entries[MANIFEST])
    try:
        manifest = Manifest.model_validate(json.loads(text))
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{name}: {MANIFEST} is not one that this version reads ({_first(error)}).") from error
    listed, there = set(manifest.files), set(entries) - {MANIFEST}
    if odd := sorted(listed ^ there):
        where = "lists a file that is not there" if odd[0] in listed else "does not list"
        raise BadInput(f"{name}: {MANIFEST} {where}: {odd[0][:80]!r}; export the run again.")
    lost = [wanted for wanted in REQUIRED if wanted not in there]
    if set(lost) == {"network.onnx", "weights.safetensors"}:
        raise BadInput(
            f"{name} has no network: the run came with a program, which has it already; only runs that can predict are "
            "taken in, so train it here, or import the file of who trained it."
        )
    if lost:
        raise BadInput(f"{name} lacks {', '.join(lost)}; export the run again.")
    return manifest


def _first(error: Exception) -> str:
    """Return the first thing that is wrong, short."""
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return f"{'.'.join(map(str, first['loc'])) or 'the whole'}: {first['msg']}"[:150]
    return str(error)[:100]


def _check_room(entries: dict[str, zipfile.ZipInfo], runs_dir: Path, name: str) -> None:
    runs_dir.mkdir(parents=True, exist_ok=True)
    size = sum(entry.file_size for entry in entries.values())
    if size > (free := shutil.disk_usage(runs_dir).free):
        raise BadInput(
            f"{name} needs {size / 1e6:,.0f} MB and {free / 1e6:,.0f} MB are free; make room, or set NAVARASA_HOME to "
            "a folder on another disk."
        )


def _unpack(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, place: Path, told: File, name: str) -> None:
    """Write a file of the run. No file unpacks to more than the size that was checked: reading stops there."""
    digest, n_bytes = hashlib.sha256(), 0
    with place.open("wb") as file:
        with _called_damaged(name):
            packed = archive.open(entry)
        with packed:
            while block := _read(packed, name):
                file.write(block)
                digest.update(block)
                n_bytes += len(block)
    if (n_bytes, digest.hexdigest()) != (told.bytes, told.sha256):
        raise BadInput(f"{name}: {entry.filename} is not what {MANIFEST} says (its checksum differs); copy it again.")


def _read(packed: zipfile.ZipExtFile, name: str) -> bytes:
    with _called_damaged(name):
        return packed.read(_BLOCK)


def _check(folder: Path, run_id: str, name: str, settings: Settings) -> None:
    """Check the unpacked files in a process of its own: what bursts there takes nothing with it."""
    try:
        found = ask(["check", str(folder), "--memory", str(MEMORY)], settings, SECONDS)
    except BadInput as problem:
        raise BadInput(f"{name} cannot be taken in: {str(problem).removeprefix(f'{folder}: ')}") from problem
    if found["run"] != run_id:
        raise BadInput(
            f"{name}: config.json is that of the run {found['run']}, but {MANIFEST} calls it {run_id}; "
            "its configuration was changed."
        )
