"""The quality page: image checks with a threshold each, and duplicates of three kinds."""

import io
import re

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


def test_a_link_carries_the_threshold_of_the_check_and_the_distance(visit, faulty):
    app = visit("quality", faulty, **{"threshold-dark": "0.0", "distance": "3"})
    assert "Dark, worst first: 0 images" in text(app)
    assert app.slider(key="distance").value == 3


def test_what_nobody_moved_is_not_in_the_link(visit, faulty):
    assert set(visit("quality", faulty).query_params) == {"dataset"}


def sheets(app) -> str:
    """Return all pictures of a page with what is written below them, as HTML."""
    return "".join(sheet.value for sheet in app.html)


def groups_of(app) -> list[str]:
    """Return what each group of duplicates says of itself, its captions among it."""
    boxes = sheets(app).split("border-left:3px solid ")[1:]
    return [re.sub(r"<[^>]*>", "|", box.split('">', 1)[1]) for box in boxes]


def test_a_group_says_what_it_disagrees_in_and_names_its_persons(visit, make_folder):
    picture = pictured(np.asarray(CLOUDS))
    names = ["joy/Ann_Lee_1.png", "joy/Bob_1.png", "fear/Ann_Lee_2.png"]
    others = {f"joy/{letter}{letter}_1.png": noise(n) for n, letter in enumerate("cdefgh")}
    app = visit("quality", make_folder(dict.fromkeys(names, picture) | others, name="persons"))
    [group] = groups_of(app)
    assert "different labels and persons" in group
    assert {"joy · Ann Lee", "joy · Bob", "fear · Ann Lee"} <= set(group.split("|"))


def test_a_group_without_disagreement_is_not_marked(visit, make_folder):
    legend = "image,label\n1.png,joy\n2.png,\n3.png,fear\n4.png,joy\n"
    pictures_of = {"1.png": noise(1), "2.png": noise(1), "3.png": noise(2), "4.png": noise(3)}
    app = visit("quality", make_folder(pictures_of, legend, "unlabelled"))
    [group] = groups_of(app)
    assert "different" not in group
    assert "#D55E00" not in sheets(app)
    assert "no label" in group


def test_a_picture_tells_its_file_where_it_is_enlarged(visit, faulty):
    seen = sheets(visit("quality", faulty))
    assert re.search('<details class="tile"><summary><img [^>]*></summary><div>cat/noise.png</div></details>', seen)


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


def test_pictures_that_cannot_be_decoded_are_named(visit, make_folder):
    images = {f"{label}/{n}.png": noise(n) for label in ("cat", "dog") for n in range(3)}
    folder = make_folder(images | {"cat/0.png": noise(0)[:60] + bytes(99) + noise(0)[159:]}, name="damaged")
    app = visit("quality", folder)
    assert [warning.value.split(" although")[0] for warning in app.warning] == ["1 of the pictures cannot be decoded"]
    assert "cat/0.png" in "".join(sheet.value for sheet in app.html)
