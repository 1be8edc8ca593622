"""What the tests of leakage share: a dataset that is a table only, and one of pictures that tell persons apart."""

import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from core.catalog import Dataset

COLUMNS = ["label", "person", "annotator", "problem"]


@pytest.fixture(scope="session")
def table_dataset():
    """`table_dataset([("joy", "ann", "302"), ...])` has a row (label, person, annotator[, problem]) an image."""

    def make(rows):
        rows = [(*row, *[None] * (len(COLUMNS) - len(row))) for row in rows]
        catalog = pd.DataFrame(rows, columns=COLUMNS).astype("str")
        catalog.insert(0, "image", [f"{number}.jpg" for number in range(len(rows))])
        return Dataset("toy", "Toy", Path("."), "folder", catalog, catalog, "0" * 16, ())

    return make


def _name(number: int) -> str:
    return "".join(chr(97 + number // 26**place % 26) for place in (2, 1, 0))


def _picture(base: np.ndarray, rng: np.random.Generator) -> bytes:
    """A person's picture, a little different each time."""
    buffer = io.BytesIO()
    pixels = np.clip(base + rng.integers(-12, 13, base.shape), 0, 255)
    Image.fromarray(pixels.astype(np.uint8)).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture(scope="session")
def portraits():
    """`portraits(n_persons, n_each)` is name -> bytes: each person always looks alike, and nobody else does.

    A person has one label, drawn at random, so whoever knows the person knows the label, and nothing else tells it.
    """

    def make(n_persons, n_each, labels=("joy", "fear"), seed=0):
        rng = np.random.default_rng(seed)
        images = {}
        for person in range(n_persons):
            label, base = labels[rng.integers(len(labels))], rng.integers(0, 256, (16, 16))
            images |= {f"{label}/{_name(person)}_{number}.png": _picture(base, rng) for number in range(n_each)}
        return images

    return make
