"""Each check scores what it says from 0 to 1, and the verdict is a threshold kept apart."""

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from core import quality
from core.errors import BadInput
from core.measures import load_measures
from core.quality import CHECKS, default_thresholds, scores


def shade(level: int, size=(40, 40), mode="L") -> Image.Image:
    return Image.new(mode, size, level)


def noise(size=(40, 40)) -> Image.Image:
    return Image.fromarray(np.random.default_rng(0).integers(0, 256, size[::-1], np.uint8))


def chequers() -> Image.Image:
    """Black and white in turn, pixel by pixel."""
    return Image.fromarray((np.indices((40, 40)).sum(axis=0) % 2 * 255).astype(np.uint8))


@pytest.fixture
def judge(open_folder, settings, as_bytes):
    """`judge(pictures)` is the dataset of these pictures, named a.png, b.png and so on, and its scores."""

    def judge(pictures, labels="joy"):
        names = [f"{letter}.png" for letter in "abcdefghijklmnopqrstuvwxyz"[: len(pictures)]]
        images = {name: as_bytes(picture, "PNG") for name, picture in zip(names, pictures, strict=True)}
        told = [labels] * len(names) if isinstance(labels, str) else labels
        rows = "".join(f"ann,{name},{label}\n" for name, label in zip(names, told, strict=True))
        dataset = open_folder(images, f"user,image,label\n{rows}")
        return dataset, scores(dataset, load_measures(dataset, settings))

    return judge


def made_up(**columns) -> pd.DataFrame:
    """A table of scores without images."""
    return pd.DataFrame({f"{check}_score": values for check, values in columns.items()})


# What each check finds


@pytest.mark.parametrize(
    ("check", "picture", "score"),
    [
        ("dark", shade(0), 0.0),
        ("dark", shade(255), 1.0),
        ("dark", shade(51), 0.2),
        ("light", shade(255), 0.0),
        ("light", shade(0), 1.0),
        ("low_contrast", shade(128), 0.0),
        ("low_contrast", chequers(), 1.0),
        ("blurry", shade(128), 0.0),
        ("low_information", shade(128), 0.0),
        ("low_information", chequers(), 1 / 8),
        ("odd_aspect_ratio", shade(9, (40, 40)), 1.0),
        ("odd_aspect_ratio", shade(9, (40, 10)), 0.25),
        ("odd_aspect_ratio", shade(9, (10, 40)), 0.25),
    ],
)
def test_a_closed_form_has_its_score(judge, check, picture, score):
    assert judge([picture])[1].loc[0, f"{check}_score"] == pytest.approx(score)


def test_chequers_are_as_sharp_as_can_be(judge):
    assert judge([chequers()])[1].loc[0, "blurry_score"] > 0.99


def test_sharpness_of_a_hundred_is_the_middle_of_the_scale(judge):
    dataset, _ = judge([noise()])
    measures = pd.DataFrame({"sharpness": [100.0]})
    assert CHECKS["blurry"].build(dataset.catalog, measures).tolist() == [0.5]


def test_a_smaller_picture_of_the_same_noise_blown_up_is_blurrier(judge):
    blown_up = noise((10, 10)).resize((40, 40), Image.Resampling.BICUBIC)
    found = judge([noise(), blown_up])[1]["blurry_score"]
    assert found[1] < found[0]


@pytest.mark.parametrize("check", default_thresholds())
def test_a_dataset_without_faults_is_not_flagged(easy, easy_settings, check):
    found = scores(easy, load_measures(easy, easy_settings))
    assert not quality.is_issue(found, check, default_thresholds()[check]).any()


@pytest.mark.parametrize(
    ("check", "picture"),
    [("dark", shade(10)), ("light", shade(245)), ("low_contrast", shade(128)), ("blurry", shade(128))]
    + [("low_information", shade(128)), ("odd_aspect_ratio", noise((70, 10))), ("odd_size", noise((400, 400)))],
)
def test_the_one_faulty_image_is_flagged(judge, check, picture):
    found = judge([noise()] * 4 + [picture])[1]
    assert np.flatnonzero(quality.is_issue(found, check, default_thresholds()[check])).tolist() == [4]


# Odd sizes


def sized(*areas) -> list[float]:
    """Scores of images of these numbers of pixels, given as powers of two."""
    catalog = pd.DataFrame({"width": [2**area for area in areas], "height": 1}).astype("Int32")
    return CHECKS["odd_size"].build(catalog, pd.DataFrame()).tolist()


def test_where_all_sizes_are_one_each_doubling_halves_the_score():
    assert sized(8, 8, 8, 8, 8, 9, 5) == [1.0] * 5 + [0.5, 0.125]


def test_where_sizes_vary_a_step_is_their_interquartile_range():
    assert sized(4, 6, 8, 10, 12) == [0.5, 0.5**0.5, 1.0, 0.5**0.5, 0.5]  # quartiles 6 and 10


def test_an_image_whose_header_cannot_be_read_has_no_size():
    catalog = pd.DataFrame({"width": [4, None, 4], "height": [4, None, 4]}).astype("Int32")
    assert CHECKS["odd_size"].build(catalog, pd.DataFrame())[[0, 2]].tolist() == [1.0, 1.0]
    assert np.isnan(CHECKS["odd_size"].build(catalog, pd.DataFrame())[1])


# Colour among grey


def shares(*colourfulness) -> list[float]:
    return CHECKS["minority_colour"].build(pd.DataFrame(), pd.DataFrame({"colourfulness": colourfulness})).tolist()


def test_one_colour_image_among_nine_grey_ones_has_their_shares():
    assert shares(*[0.0] * 9, 0.3) == pytest.approx([0.9] * 9 + [0.1])


def test_one_grey_image_among_colour_ones_is_the_minority():
    assert shares(0.2, 0.3, 0.4, 0.0) == pytest.approx([0.75, 0.75, 0.75, 0.25])


def test_half_colour_and_half_grey_are_no_minority():
    assert shares(0.0, 0.3) == [0.5, 0.5]


def test_images_that_are_all_of_one_kind_are_in_order():
    assert shares(0.2, 0.3) == [1.0, 1.0]


def test_what_looks_grey_is_grey_however_it_is_stored(judge):
    found = judge([shade(90), shade(90).convert("RGB"), Image.new("RGB", (40, 40), (200, 20, 20))])[1]
    assert found["minority_colour_score"].tolist() == pytest.approx([2 / 3, 2 / 3, 1 / 3])


# The tables


def test_an_image_that_cannot_be_read_has_no_score_and_is_no_issue(open_folder, settings, as_bytes):
    images = {"a.png": as_bytes(noise(), "PNG"), "b.png": b"no picture"}
    dataset = open_folder(images, "image,label\na.png,joy\nb.png,joy\n")
    found = scores(dataset, load_measures(dataset, settings))
    assert found.loc[1].isna().all()
    assert not quality.is_issue(found, "dark", 1.0)[1]


def test_scores_have_a_column_a_check_between_nought_and_one(judge):
    _, found = judge([noise(), shade(0), shade(255), noise((9, 400))])
    assert found.columns.tolist() == [f"{name}_score" for name in CHECKS.names()]
    assert found.min().min() >= 0
    assert found.max().max() <= 1


def test_a_score_at_the_threshold_is_no_issue():
    assert quality.is_issue(made_up(dark=[0.1, 0.2, 0.3]), "dark", 0.2).tolist() == [True, False, False]


def test_an_issue_is_named_after_its_check():
    assert quality.is_issue(made_up(odd_size=[0.1]), "odd_size", 0.2).name == "is_odd_size_issue"


def test_an_unknown_check_lists_the_known_ones():
    with pytest.raises(BadInput, match="no check named 'ugly'; there are: dark, light"):
        quality.is_issue(made_up(dark=[0.1]), "ugly", 0.2)


def test_a_threshold_beyond_the_scale_is_refused():
    with pytest.raises(BadInput, match="threshold must be a number from 0.0 to 1.0, not 7"):
        quality.is_issue(made_up(dark=[0.1]), "dark", 7)


def test_default_thresholds_are_those_declared():
    assert default_thresholds() == {check.name: check.params[0].default for check in CHECKS}


@pytest.fixture
def five(judge):
    """Black, white and dark grey in class a; two of noise in class b; one of noise has no label."""
    pictures = [shade(0), shade(255), shade(26), noise(), noise(), noise()]
    return judge(pictures, ["a", "a", "a", "b", "b", ""])


def test_the_summary_counts_what_each_check_flags(five):
    found = quality.check_summary(*five, {"dark": 0.15, "light": 0.25}).to_dict("records")
    assert found == [
        {"check": "dark", "title": "Dark", "threshold": 0.15, "flagged": 2, "share": pytest.approx(2 / 6)},
        {"check": "light", "title": "Light", "threshold": 0.25, "flagged": 1, "share": pytest.approx(1 / 6)},
    ]


def test_the_class_with_the_largest_share_comes_first(five):
    found = quality.flagged_by_class(*five, "dark", 0.15)
    assert found.to_numpy().tolist() == [["a", 3, 2, pytest.approx(2 / 3)], ["b", 2, 0, 0.0], ["no label", 1, 0, 0.0]]
    assert found.columns.tolist() == ["label", "images", "flagged", "share"]


def test_the_worst_images_come_first(five):
    found = quality.worst_images(*five, "dark", n=3)
    assert found["image"].tolist()[:2] == ["a.png", "c.png"]
    assert found["score"].is_monotonic_increasing
    assert len(found) == 3


def test_only_images_below_the_threshold_are_shown_where_one_is_given(five):
    assert quality.worst_images(*five, "dark", 0.15)["image"].tolist() == ["a.png", "c.png"]


def test_captions_tell_score_and_label(five):
    assert quality.captions(quality.worst_images(*five, "dark", 0.15)).tolist() == ["0.00 a", "0.10 a"]


def test_the_csv_holds_every_flagged_image_once_with_all_its_scores_and_verdicts(five):
    found = quality.flagged_table(*five, {"dark": 0.15, "low_contrast": 0.15})
    assert found["image"].tolist() == ["a.png", "b.png", "c.png"]
    assert found["is_dark_issue"].tolist() == [True, False, True]
    assert found["is_low_contrast_issue"].all()


def test_the_csv_names_label_annotator_scores_and_verdicts(five):
    columns = quality.flagged_table(*five, {"dark": 0.15}).columns.tolist()
    assert columns == ["image", "label", "annotator", *five[1].columns, "is_dark_issue"]


def test_the_histogram_counts_every_score_in_its_part_of_the_scale():
    found = quality.score_histogram(made_up(dark=[0.0, 0.1, 0.3, 1.0, None]), "dark", bins=4)
    assert found["images"].tolist() == [2, 1, 0, 1]
    assert (found["low"].tolist(), found["high"].tolist()) == ([0, 0.25, 0.5, 0.75], [0.25, 0.5, 0.75, 1])
