"""What the tests of imports share: tables of images made on the spot, and the dataset that an import gives."""

import json

import pyarrow as pa
import pytest
from PIL import Image
from pyarrow import parquet

from core.datasets import open_dataset
from core.datasets.imports import as_folder, import_notes

PIXELS = " ".join(["7"] * 64)
"""A grey picture of 8 x 8 pixels, as a table of pixels writes it."""


def quiet(what, done, total):
    """Take a report and say nothing."""


@pytest.fixture
def imported(settings):
    """`imported(path)` is the ordinary folder that an import of this path gives."""
    return lambda path: as_folder(path, settings, quiet)


@pytest.fixture
def opened(imported, settings):
    """`opened(path)` is the dataset that an import of this path gives."""
    return lambda path: open_dataset(imported(path), settings)


@pytest.fixture
def labels(opened):
    """`labels(path)` is the label of each image file that an import of this path gives."""
    return lambda path: dict(zip(*(opened(path).catalog[column] for column in ("image", "label")), strict=True))


@pytest.fixture
def notes(imported):
    """`notes(path)` is what an import of this path found odd."""
    return lambda path: import_notes(imported(path))


@pytest.fixture
def pixel_table(tmp_path):
    """`pixel_table(*lines)` is a CSV of pixels; `{}` in a line stands for a picture."""

    def make(*lines, header="emotion,pixels,Usage", name="fer2013.csv"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("\n".join([header, *lines, ""]).replace("{}", PIXELS))
        return tmp_path / name

    return make


@pytest.fixture
def jpeg(as_bytes):
    """The bytes of a small picture."""
    return as_bytes(Image.new("L", (12, 10), 128), "JPEG")


@pytest.fixture
def images_of(jpeg):
    """`images_of("a.jpg", None)` is a column as Hugging Face writes it: a picture of that name, and no picture."""

    def column(*paths):
        return pa.array(
            [{"bytes": path and jpeg, "path": path} for path in paths],
            pa.struct([("bytes", pa.binary()), ("path", pa.string())]),
        )

    return column


@pytest.fixture
def parquet_file(tmp_path):
    """`parquet_file(columns, classes)` is a Parquet file; `classes` names the numbers of its column `label`."""

    def make(columns, classes=None, name="train-00000-of-00001.parquet", **options):
        table = pa.table(columns)
        if classes:
            features = {"image": {"_type": "Image"}, "label": {"names": classes, "_type": "ClassLabel"}}
            table = table.replace_schema_metadata({"huggingface": json.dumps({"info": {"features": features}})})
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        parquet.write_table(table, tmp_path / name, **options)
        return tmp_path / name

    return make
