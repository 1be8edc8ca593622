"""An uploaded picture is nowhere but on the page that it was given to: not on disk, not in a log, at no address."""

import base64
import os
import resource
import secrets
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from tests.e2e.conftest import ROOT, Visit, start_app
from tests.e2e.test_prediction import scene, upload

pytestmark = pytest.mark.browser
MOST_WRITTEN = 128 * 1024
"""Bytes beyond which no file of the app may grow while it is given a picture of several megabytes."""


@pytest.fixture(scope="module")
def private(browser, tmp_path_factory):
    """Return an app that believes that temporary files and the user's own lie in this test's folder."""
    home = tmp_path_factory.mktemp("private")
    folders = {name: home / name for name in ("HOME", "TMPDIR")}
    for folder in folders.values():
        folder.mkdir()
    with start_app(home / "navarasa", **{name: str(folder) for name, folder in folders.items()}) as app:
        yield app


class Secret:
    """A picture like no other: a face in a frame of noise, with a word that is nowhere else."""

    def __init__(self, folder: Path):
        self.word = secrets.token_hex(16)
        noise = np.random.default_rng(secrets.randbits(64)).integers(0, 256, (1000, 1400, 3), np.uint8)
        picture = Image.fromarray(noise)
        picture.paste(scene((170, 90)), (380, 260))
        told = PngImagePlugin.PngInfo()
        told.add_text("Comment", self.word)
        self.path = folder / f"{self.word}.png"
        picture.save(self.path, pnginfo=told)
        self.content, grey = self.path.read_bytes(), np.asarray(picture.convert("L"))
        self.copies: list[bytes] = []
        self.marks = [self.word.encode(), *windows(self.content)]
        self.marks += [noise[row, :20].tobytes() for row in (0, 500, 999)] + [
            grey[row, :60].tobytes() for row in (0, 999)
        ]

    def add(self, copy: bytes) -> None:
        """Look for a JPEG that the page made of it, too: for what comes after the tables that all JPEGs share."""
        self.copies += windows(copy, copy.index(b"\xff\xda") + 14)

    def is_in(self, content: bytes) -> bool:
        return any(mark in content for mark in (*self.marks, *self.copies))


def windows(content: bytes, first: int = 0) -> list[bytes]:
    """Return parts of a file by which it is found again, and the same parts as they are in a text of all of it."""
    starts = [(first + (len(content) - first) * part // 5) // 3 * 3 for part in range(1, 5)]
    parts = [content[start : start + 48] for start in starts]
    parts = [part for part in parts if len(set(part)) > 24]  # an even wall is like any other
    return parts + [base64.b64encode(part) for part in parts]


@pytest.fixture
def given(browser, private, tmp_path):
    """Give the picture to the app; return it, the page, what was asked of the server, and the files before."""
    secret, asked = Secret(tmp_path), []
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    visit = Visit(context.new_page(), private)
    visit.page.on("request", lambda request: asked.append(request.url))
    visit.go("prediction?closer-1=What+if")
    before, start = files(private.home.parent), time.time()
    limits = resource.prlimit(private.process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(private.process.pid, resource.RLIMIT_FSIZE, (MOST_WRITTEN, limits[1]))
    upload(visit, secret.path)
    resource.prlimit(private.process.pid, resource.RLIMIT_FSIZE, limits)
    for address in visit.page.evaluate("[...document.querySelectorAll('[data-testid=stMain] img')].map(i => i.src)"):
        assert address.startswith("data:image/")
        secret.add(base64.b64decode(address.split(",", 1)[1]))
    yield secret, visit, asked, before, start
    context.close()


def files(folder: Path) -> dict[str, tuple[int, float]]:
    """Return size and time of every file below a folder."""
    found = (Path(place) / name for place, _, names in os.walk(folder) for name in names)
    return {str(path): (path.stat().st_size, path.stat().st_mtime) for path in found}


def test_a_picture_is_not_written_to_disk_nor_logged(given, private):
    secret, visit, _, before, start = given
    assert len(secret.content) > 10 * MOST_WRITTEN
    assert visit.page.locator(".face-head").count() >= 1  # it was answered, though no file could take it in
    here = private.home.parent
    assert {path for path, state in files(here).items() if before.get(path) != state} == set()
    working = [path for path, (_, changed) in files(ROOT).items() if changed >= start]
    assert [path for path in (*before, *working) if secret.is_in(Path(path).read_bytes())] == []


def test_no_address_serves_a_picture_to_another_session(given, private, open_page):
    secret, visit, asked, _, _ = given
    assert any("/upload_file/" in url for url in asked)
    other = open_page("prediction", at=private)
    assert other.page.locator(".faces, .face-head").count() == 0
    assert not secret.is_in(other.page.content().encode())
    for url in [url for url in asked if url.startswith(private.url)]:
        answer = other.page.context.request.get(url)
        assert not secret.is_in(answer.body()), url


def test_the_marks_find_what_they_are_to_find(given):
    secret, visit, _, _, _ = given
    page = visit.page.content().encode()
    assert any(mark in page for mark in secret.copies)
    assert secret.is_in(b"a log: " + secret.content[: len(secret.content) // 2])
    assert not secret.is_in(secrets.token_bytes(100_000))


def test_the_page_s_address_does_not_name_the_picture(given):
    secret, visit, _, _, _ = given
    assert secret.word not in visit.page.url
