"""The quality page: image checks with a threshold each, and duplicates of three kinds."""

import io

import numpy as np
import pytest
from PIL import Image

from core.quality import CHECKS
from tests.pages.conftest import noise, pictured, pictures, text

CLOUDS = Image.open(io.BytesIO(noise(3, side=8))).resize((96, 96), Image.Resampling.BICUBIC)
"""A picture of soft spots, whose outline JPEG keeps."""


@pytest.fixture
def faulty(make_folder):
    """Return a folder with a black and a white picture, one there under two labels, and one compressed again."""
    clouds = pictured(np.asarray(CLOUDS))
    again = io.BytesIO()
    Image.open(io.BytesIO(clouds)).save(again, "JPEG", quality=30)
    lossless = io.BytesIO()
    Image.open(io.BytesIO(noise(1))).save(lossless, "BMP")
    return make_folder(
        {
            "cat/black.png": pictured(np.zeros((32, 32))),
            "cat/clouds.png": clouds,
            "cat/noise.png": noise(1),
            "dog/white.png": pictured(np.full((32, 32), 255)),
            "dog/clouds_again.jpg": again.getvalue(),
            "dog/noise_copy.png": noise(1),
            "dog/noise_lossless.bmp": lossless.getvalue(),
            "dog/noise_other.png": noise(2),
        },
        name="faulty",
    )


@pytest.mark.parametrize("name", CHECKS.names())
def test_every_check_opens(visit, faulty, name):
    app = visit("quality", faulty)
    app.pills(key="check").set_value(name).run()
    assert not app.exception
    assert f"{CHECKS[name].title}, worst first" in text(app)


def test_a_link_opens_the_check_that_it_names(visit, faulty):
    app = visit("quality", faulty, check="Light")
    assert "Light, worst first: 1 image" in text(app)
    assert pictures(app)[0] == "dog/white.png"


def test_a_link_to_an_unknown_check_opens_the_default_one(visit, faulty):
    assert "Dark, worst first: 1 image" in text(visit("quality", faulty, check="nonsense"))


def test_a_threshold_says_what_is_flagged(visit, faulty):
    app = visit("quality", faulty)
    assert "Dark, worst first: 1 image" in text(app)
    app.slider(key="threshold-dark").set_value(0.0).run()
    assert "Dark, worst first: 0 images" in text(app)
    app.slider(key="threshold-dark").set_value(1.0).run()
    assert "Dark, worst first: 7 images" in text(app)


def test_a_threshold_stays_while_other_pages_and_checks_are_looked_at(visit, faulty):
    app = visit("quality", faulty)
    app.slider(key="threshold-dark").set_value(0.77).run()
    app.switch_page("pages/shapes.py").run()
    app.switch_page("pages/quality.py").run()
    assert app.slider(key="threshold-dark").value == 0.77
    app.pills(key="check").set_value("light").run()
    summary = next(table.value for table in app.dataframe if "threshold" in table.value)
    assert summary.set_index("check").loc["dark", "threshold"] == 0.77


def test_flagged_pictures_are_counted_by_class(visit, faulty):
    table = visit("quality", faulty).dataframe[0].value
    assert table.set_index("label")["flagged"].to_dict() == {"cat": 1, "dog": 0}


def test_flagged_pictures_and_duplicates_can_be_taken_away(visit, faulty):
    labels = [button.label for button in visit("quality", faulty).get("download_button")]
    assert labels == ["All flagged pictures as CSV", "These groups as CSV"]


@pytest.mark.parametrize(
    ("kind", "sentence", "images"),
    [
        (
            "file_hash",
            "1 group holds 2 images; 1 has different labels",
            ["cat/noise.png", "dog/noise_copy.png"],
        ),
        (
            "pixel_hash",
            "1 group holds 3 images; 1 has different labels",
            ["cat/noise.png", "dog/noise_copy.png", "dog/noise_lossless.bmp"],
        ),
        (
            "near",
            "2 groups hold 5 images; 2 have different labels",
            ["cat/noise.png", "dog/noise_copy.png", "dog/noise_lossless.bmp", "cat/clouds.png", "dog/clouds_again.jpg"],
        ),
    ],
)
def test_duplicates_of_each_kind_are_grouped(visit, faulty, kind, sentence, images):
    app = visit("quality", faulty)
    app.get("button_group")[1].set_value(kind).run()
    assert sentence in text(app)
    assert pictures(app)[-len(images) :] == images


def test_a_dataset_without_duplicates_is_said_to_have_none(visit, even):
    app = visit("quality", even)
    assert "No image is there more than once." in text(app)
    assert [button.label for button in app.get("download_button")] == ["All flagged pictures as CSV"]


def test_a_picture_that_cannot_be_read_does_not_stop_the_others(visit, faulty):
    (faulty / "cat" / "torn.png").write_bytes(noise(7)[:300])
    app = visit("quality", faulty)
    assert not app.error
    assert "Dark, worst first: 1 image" in text(app)
