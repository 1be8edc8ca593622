"""A visitor's picture stays in memory: what touches it opens no file to write, and keeps nothing for other sessions."""

import ast
import asyncio
import json
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from starlette.requests import Request

from core.experiment import run_experiment
from core.runs import configure
from pages.shared import uploads

ROOT = Path(__file__).resolve().parents[1]
PAGE = ("prediction", *(f"shared/{name}" for name in ("asked", "batch", "closer", "face_cards", "face_pictures")))
TOUCHING = [ROOT / "pages" / f"{name}.py" for name in (*PAGE, "shared/uploads")]
"""What a picture passes through on the page."""
SHARED = {"cache_data", "cache_resource", "image", "audio", "video", "logo"}
"""What of Streamlit is the same for all sessions, or served at an address."""


def request(n_bytes: int) -> Request:
    """Return the upload of a file as a browser sends it."""
    head = b'--edge\r\nContent-Disposition: form-data; name="file"; filename="face.png"\r\n\r\n'
    body = head + b"x" * n_bytes + b"\r\n--edge--\r\n"
    headers = [(b"content-type", b"multipart/form-data; boundary=edge")]

    async def receive():
        return {"type": "http.request", "body": body, "more_body": False}

    return Request({"type": "http", "method": "PUT", "headers": headers}, receive)


def test_a_large_upload_is_not_moved_into_a_temporary_file(monkeypatch):
    def to_disk(*arguments, **named):
        raise AssertionError("the upload went to disk")

    async def size_of_upload() -> int:
        form = await request(8_000_000).form()
        return form["file"].size

    monkeypatch.setattr(tempfile, "TemporaryFile", to_disk)
    assert uploads.MOST  # it is the page's module that keeps uploads in memory
    with ThreadPoolExecutor(1) as other:  # in this thread, the browser tests' own loop may still be running
        assert other.submit(lambda: asyncio.run(size_of_upload())).result() == 8_000_000


@pytest.mark.parametrize("path", TOUCHING, ids=lambda path: path.stem)
def test_what_touches_a_picture_uses_nothing_that_sessions_share(path):
    tree = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    used = {node.attr for node in tree if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "st"}
    assert not used & SHARED


SCRIPT = """
import json, os, sys
from pathlib import Path
written = []
def watch(event, arguments):
    if event == "open" and arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
        written.append(str(arguments[0]))
    if event in ("os.mkdir", "os.rename", "shutil.copyfile", "sqlite3.connect", "socket.connect"):
        written.append(event)
sys.dont_write_bytecode = True
from core.explanation import activation_map, paint
from core.prediction import predict_picture
from core.predictors import find_predictor
from core.settings import Settings
from core.stability import changed, stability
predictor = find_predictor(sys.argv[1], Settings())
sys.addaudithook(watch)
for whole in (True, False):
    found = predict_picture([predictor], Path(sys.argv[2]).read_bytes(), "face", Settings(), whole=whole)
    for face in found.faces:
        answer = face.answers[0]
        paint(activation_map(predictor, answer.seen, predictor.labels[0]), answer.seen)
        stability(predictor, answer.seen, face.around, face.inner)
        changed(predictor, answer.seen, face.around, face.inner, crop=0.1)
print(json.dumps([len(found.upright), written]))
"""


def test_the_runtime_that_answers_reports_nothing_to_its_maker(tmp_path):
    script = "import core, onnxruntime; onnxruntime.SessionOptions()"
    folders = {"HOME": str(tmp_path), "TMPDIR": str(tmp_path)}
    told = {name: value for name, value in os.environ.items() if name not in ("CI", "ORT_DISABLE_TELEMETRY")}
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, env=told | folders, check=True)
    assert list(tmp_path.iterdir()) == []  # or there would be the name of this machine and a queue of reports


def test_answering_and_explaining_a_face_opens_no_file_to_write(easy, easy_settings, tmp_path):
    values = {"images.size": 16, "training.epochs": 1}
    run = run_experiment(configure(easy.fingerprint, easy.source, model="cnn_1conv", values=values), easy_settings)
    picture = easy.root / easy.usable["image"].iloc[0]
    command = [sys.executable, "-c", SCRIPT, str(run.folder), str(picture)]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    height, written = json.loads(result.stdout)
    assert (height, written) == (24, [])
