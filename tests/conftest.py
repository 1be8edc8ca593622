"""Small real folders of pictures, in the temporary folder of a test: nothing here reads the machine's own settings."""

import io
import os
from collections.abc import Callable, Iterable, Mapping

import numpy as np
import pytest
from PIL import Image

from core.datasets import open_dataset
from core.settings import Settings

# Before anything imports torch: on small tensors several threads wait for each other, ten times as long as one works.
os.environ.setdefault("OMP_NUM_THREADS", "1")

EASY = {"left": 60, "right": 30, "top": 12}
"""Images a class of the dataset that is easy to learn."""
PERSONS = [first + second for first in "abcdef" for second in "mnopq"]


def encode(picture: Image.Image, image_format: str, **options) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, image_format, **options)
    return buffer.getvalue()


def fill(folder, images: Iterable[str] | Mapping[str, bytes], legend: str | bytes | None = None):
    """Write images (a grey 12 x 10 JPEG each where only names are given) and a legend, and return the folder."""
    plain = encode(Image.new("L", (12, 10), 128), "JPEG")
    contents = images if isinstance(images, Mapping) else dict.fromkeys(images, plain)
    for name, content in contents.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    if legend is not None:
        (folder / "legend.csv").write_bytes(legend.encode() if isinstance(legend, str) else legend)
    return folder


def settings_in(home) -> Settings:
    return Settings(data=None, home=home, hosted=False, max_megapixels=64, threads=1)


@pytest.fixture
def settings(tmp_path) -> Settings:
    """Settings whose home is this test's own."""
    return settings_in(tmp_path / "home")


@pytest.fixture(scope="session")
def as_bytes() -> Callable[..., bytes]:
    """`as_bytes(picture, "PNG", **options)` is the file that Pillow would write."""
    return encode


@pytest.fixture
def make_folder(tmp_path):
    """`make_folder(images, legend)` is a folder with these images: names, or name -> bytes."""

    def make(images=(), legend=None, name="folder"):
        (tmp_path / name).mkdir(exist_ok=True)
        return fill(tmp_path / name, images, legend)

    return make


@pytest.fixture
def open_folder(make_folder, settings):
    """`open_folder(images, legend)` is the dataset of such a folder."""
    return lambda images=(), legend=None: open_dataset(make_folder(images, legend), settings)


def _easy_picture(label: str, rng: np.random.Generator) -> Image.Image:
    """A bright half on noise: which half says the class."""
    pixels = rng.integers(0, 60, (24, 24))
    half = {"left": np.s_[:, :12], "right": np.s_[:, 12:], "top": np.s_[:12]}[label]
    pixels[half] += 180
    return Image.fromarray(pixels.astype(np.uint8))


@pytest.fixture(scope="session")
def easy_folder(tmp_path_factory):
    """A folder of 102 images in three classes that any network tells apart; 30 persons hold three or four each."""
    rng = np.random.default_rng(0)
    labels = [label for label, count in EASY.items() for _ in range(count)]
    images = {
        f"images/{PERSONS[n % len(PERSONS)]}_{n:03}.jpg": encode(_easy_picture(label, rng), "JPEG", quality=95)
        for n, label in enumerate(labels)
    }
    rows = [f"{name.removeprefix('images/')},{label}" for name, label in zip(images, labels, strict=True)]
    return fill(tmp_path_factory.mktemp("easy"), images, "\n".join(["image,emotion", *rows]))


@pytest.fixture(scope="session")
def easy_settings(tmp_path_factory) -> Settings:
    """One home for all tests that train, so that the pixels are decoded once."""
    return settings_in(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="session")
def easy(easy_folder, easy_settings):
    """The dataset of `easy_folder`."""
    return open_dataset(easy_folder, easy_settings)
