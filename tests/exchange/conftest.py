"""One short run of each kind, exported; and ways to change what is in it, its checksums kept right."""

import hashlib
import io
import json
import shutil
import zipfile

import pytest

from core.exchange import export_run
from core.experiment import run_experiment
from core.runs import configure

_NETWORK = {"model": "cnn_1conv", "values": {"images.size": 16, "training.epochs": 1}}
_NEIGHBOURS = {"model": "knn", "folds": 3, "values": {"images.size": 16, "model.k": 3}}


@pytest.fixture(scope="session")
def run(easy, easy_settings):
    """Return a network that was trained for one epoch."""
    return run_experiment(configure(easy.fingerprint, easy.source, **_NETWORK), easy_settings)


@pytest.fixture(scope="session")
def neighbours(easy, easy_settings):
    """Return three nearest neighbours in three folds."""
    return run_experiment(configure(easy.fingerprint, easy.source, **_NEIGHBOURS), easy_settings)


@pytest.fixture(scope="session")
def exported(run):
    """Return the network's run as one file."""
    return export_run(run)


@pytest.fixture
def copy(run, tmp_path):
    """Return a copy of the network's folder that may be changed."""
    return shutil.copytree(run.folder, tmp_path / "copy")


@pytest.fixture
def repacked(exported):
    """`repacked(changes)` is the exported run with other contents (None: without that file), checksums to match.

    `entries` adds what zipfile itself is to write, after the manifest.
    """

    def repack(changes=None, manifest=None, entries=()):
        with zipfile.ZipFile(io.BytesIO(exported)) as archive:
            files = {name: archive.read(name) for name in archive.namelist()}
        record = json.loads(files.pop("manifest.json"))
        files = {name: content for name, content in (files | (changes or {})).items() if content is not None}
        record["files"] = {name: told(content) for name, content in files.items()}
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in files.items():
                archive.writestr(name, content)
            archive.writestr("manifest.json", json.dumps(record | (manifest or {})))
            for entry, content in entries:
                archive.writestr(entry, content)
        return buffer.getvalue()

    return repack


def told(content: bytes) -> dict[str, object]:
    return {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
