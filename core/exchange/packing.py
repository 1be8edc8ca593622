"""Write a finished run into one ZIP file: its files as they are, and a list of their checksums."""

import hashlib
import io
import json
import shutil
import zipfile
from pathlib import Path, PureWindowsPath
from typing import BinaryIO

from core.cleaning import join_source, split_source
from core.exchange.manifest import MANIFEST, File, Manifest
from core.runs import Run
from core.storage import write_whole

_BLOCK = 2**20


def export_name(run: Run) -> str:
    """Return what the file of a run is called."""
    return f"run-{run.id}.zip"


def export_run(run: Run) -> bytes:
    """Return a run as one ZIP file; the same run gives the same bytes on one computer."""
    buffer = io.BytesIO()
    _pack(run, buffer)
    return buffer.getvalue()


def write_export(run: Run, place: Path) -> None:
    """Write the same to a file, which is whole or not there."""

    def write(beside: Path) -> None:
        with beside.open("wb") as file:
            _pack(run, file)

    write_whole(place, write)


def _pack(run: Run, to: BinaryIO) -> None:
    files = {}
    with zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in run.files:
            with _contents(run, name) as source, archive.open(_entry(name), "w", force_zip64=True) as packed:
                told = _Told(source)
                shutil.copyfileobj(told, packed, _BLOCK)
            files[name] = told.file
        manifest = Manifest(run=run.id, files=files)
        archive.writestr(_entry(MANIFEST), manifest.model_dump_json(indent=1))


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name)  # of 1980, so that the same run gives the same bytes
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    return entry


def _contents(run: Run, name: str) -> BinaryIO:
    if name == "config.json":
        return io.BytesIO(_record(run).encode())
    return (run.folder / name).open("rb")


def _record(run: Run) -> str:
    """Return the run's record, in which a dataset's path is its name: where it lies is nobody else's affair.

    The path is no part of the run's id. A record without a path is as it is on the disk.
    """
    text = (run.folder / "config.json").read_text()
    source = shareable_source(run.config.dataset)
    if source == run.config.dataset:
        return text
    record = json.loads(text)
    record["config"]["dataset"] = source
    return json.dumps(record, indent=1)


def shareable_source(source: str) -> str:
    """Return what opens a dataset, without the folders that it lies in.

    >>> shareable_source("/home/kim/faces?conflicts=first"), shareable_source("demo")
    ('faces?conflicts=first', 'demo')
    """
    place, cleaning = split_source(source)
    return join_source(PureWindowsPath(place).name or place, cleaning)  # it knows both kinds of slashes


class _Told:
    """A file that is read once, and tells its size and checksum afterwards."""

    def __init__(self, source: BinaryIO):
        self.source, self.digest, self.n_bytes = source, hashlib.sha256(), 0

    def read(self, size: int = -1) -> bytes:
        block = self.source.read(size)
        self.digest.update(block)
        self.n_bytes += len(block)
        return block

    @property
    def file(self) -> File:
        return File(bytes=self.n_bytes, sha256=self.digest.hexdigest())
