"""What the image measures find in muxspace/facial_expressions, looked at by eye when it was written down."""

from pathlib import Path

import pytest

from core.datasets import open_dataset
from core.duplicates import exact_duplicates, near_duplicates, near_pairs
from core.measures import known_measures, load_measures
from core.quality import check_summary, default_thresholds, flagged_by_class, scores
from core.settings import Settings

FOLDER = Path(__file__).resolve().parents[2] / "shared" / "data" / "facial_expressions"
pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not FOLDER.is_dir(), reason="the real dataset is not at ../shared/data/facial_expressions"),
]


@pytest.fixture(scope="module")
def real_settings(tmp_path_factory):
    return Settings(data=None, home=tmp_path_factory.mktemp("home"), hosted=False, max_megapixels=64, threads=2)


@pytest.fixture(scope="module")
def real(real_settings):
    return open_dataset(FOLDER, real_settings)


@pytest.fixture(scope="module")
def measures(real, real_settings):
    return load_measures(real, real_settings)


@pytest.fixture(scope="module")
def summary(real, measures):
    return check_summary(real, scores(real, measures), default_thresholds()).set_index("check")["flagged"]


def test_every_file_is_measured(measures):
    assert len(measures) == 13_718
    assert measures.notna().all(axis=None)


def test_what_was_measured_is_known(real, real_settings, measures):
    assert known_measures(real, real_settings).equals(measures)


@pytest.mark.parametrize(
    ("check", "flagged"),
    {"dark": 11, "light": 3, "low_contrast": 5, "blurry": 19, "low_information": 0, "odd_aspect_ratio": 1}.items(),
)
def test_next_to_nothing_is_flagged_for_how_it_looks(summary, check, flagged):
    assert summary[check] == pytest.approx(flagged, abs=2)  # another Pillow may resize a little differently


def test_all_but_a_few_of_the_924_colour_images_look_coloured(summary):
    assert summary["minority_colour"] == pytest.approx(906, abs=3)


def test_the_small_images_are_of_odd_size(real, summary):
    area = real.catalog["width"] * real.catalog["height"]
    assert summary["odd_size"] == (area < 350 * 350 / 8).sum() == 611


@pytest.mark.parametrize(("check", "share"), [("minority_colour", 0.92), ("odd_size", 0.72)])
def test_disgust_is_hit_most_by_the_odd_images(real, measures, check, share):
    worst = flagged_by_class(real, scores(real, measures), check, default_thresholds()[check]).iloc[0]
    assert (worst["label"], worst["share"]) == ("disgust", pytest.approx(share, abs=0.01))


@pytest.mark.parametrize("by", ["file_hash", "pixel_hash"])
def test_two_pairs_of_files_are_identical_under_different_names(real, measures, by):
    found = exact_duplicates(real, measures, by)
    assert found.groupby("group")["person"].agg(set).tolist() == [
        {"Bart_Hendricks", "Ricky_Ray"},
        {"Carlos_Beltran", "Raul_Ibanez"},
    ]


@pytest.mark.parametrize(
    ("distance", "groups", "disagree"), [(0, 3, 0), (2, 4, 0), (4, 15, 1), (6, 30, 2), (8, 68, 11)]
)
def test_near_duplicates_are_few_pairs(real, measures, distance, groups, disagree):
    found = near_duplicates(real, measures, distance).drop_duplicates("group")
    assert len(found) == pytest.approx(groups, abs=2)
    assert found["disagree"].sum() == pytest.approx(disagree, abs=1)


def test_pairs_and_groups_tell_of_the_same_images(real, measures):
    pairs, groups = near_pairs(real, measures), near_duplicates(real, measures)
    assert set(real.catalog["image"].iloc[[*pairs["first"], *pairs["second"]]]) == set(groups["image"])


def test_a_rotten_label_shows_as_a_disagreement_at_the_top(real, measures):
    top = near_duplicates(real, measures).query("disagree").groupby("group")["label"].agg(set).tolist()
    assert {"disgust", "happiness"} in top
