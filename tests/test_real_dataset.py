"""Every figure that is known of muxspace/facial_expressions, computed anew from the files."""

from pathlib import Path

import pytest

from core.datasets import open_dataset
from core.ledger import ledger, misnamed
from core.sampling import SAMPLERS
from core.sampling.summary import resample
from core.settings import Settings
from core.splits import make_folds
from core.statistics import by_annotator, describe, format_counts, headline, shapes

FOLDER = Path(__file__).resolve().parents[2] / "shared" / "data" / "facial_expressions"
pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not FOLDER.is_dir(), reason="the real dataset is not at ../shared/data/facial_expressions"),
]


@pytest.fixture(scope="session")
def real(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    return open_dataset(FOLDER, Settings(data=None, home=home, hosted=False, max_megapixels=64))


@pytest.fixture(scope="session")
def figures(real):
    return describe(real)


@pytest.fixture(scope="session")
def usable(real):
    return real.usable.reset_index(drop=True)


@pytest.mark.parametrize(
    ("figure", "value"),
    {
        "n_rows": 13_690,
        "n_images": 13_682,
        "n_files": 13_718,
        "unlabelled_files": 36,
        "missing_files": 0,
        "unreadable_files": 0,
        "repeated_rows": 8,
        "conflicting_images": 1,
        "annotators": {"dwdii": 6667, "302": 5598, "jhamski": 921, "JN721": 500, "628": 4},
        "most_common_shape": {"height": 350, "width": 350, "mode": "L", "count": 12_794},
    }.items(),
)
def test_describe_gives_the_known_figure(figures, figure, value):
    assert figures[figure] == value


def test_the_rows_a_class_are_the_report_s(figures):
    assert figures["class_counts"] == {
        **{"neutral": 6868, "happiness": 5696, "surprise": 368, "sadness": 268},
        **{"anger": 252, "disgust": 208, "fear": 21, "contempt": 9},
    }


def test_fifteen_spellings_are_eight_classes(figures, real):
    assert (len(figures["raw_labels"]), len(real.labels)) == (15, 8)
    assert sum(figures["raw_labels"].values()) == 13_690


def test_the_one_conflict_is_found(real):
    conflict = real.catalog[real.catalog["label"].isna() & real.catalog["raw_label"].notna()].iloc[0]
    assert conflict["image"].endswith("/Avinash_30.jpg")
    assert set(conflict["raw_label"].split(" | ")) == {"SURPRISE", "SADNESS"}


def test_the_ledger_leads_to_the_images_used(real):
    lines = {line.title: line.count for line in ledger(real)}
    assert (lines["Repeated rows"], lines["Conflicting images"], lines["Images used"]) == (8, 1, 13_681)
    assert sum(line.step for line in ledger(real)) == 13_681


def test_colour_images_have_about_850_shapes(real):
    colour = shapes(real.catalog).query("mode == 'RGB'")
    assert colour["count"].sum() == 924
    assert len(colour) == pytest.approx(850, abs=10)


def test_colour_images_range_from_tiny_to_large(real):
    colour = real.catalog[real.catalog["mode"] == "RGB"]
    assert colour[["width", "height"]].min().tolist() == [18, 24]
    assert colour[["width", "height"]].max().tolist() == [441, 536]


def test_one_webp_is_named_jpg(real):
    assert len(misnamed(real.catalog)) == 1
    assert format_counts(real.catalog).set_index("format").loc["WEBP", "count"] == 1


def test_one_annotator_wrote_all_upper_case_labels(real):
    upper = real.rows[real.rows["raw_label"].str.isupper()]
    assert (set(upper["annotator"]), len(upper)) == ({"jhamski"}, 921)


def test_one_annotator_holds_nearly_all_disgust_and_half_of_sadness(real):
    rows = by_annotator(real).set_index(["label", "annotator"])["rows"]
    assert (rows["disgust", "jhamski"], rows["sadness", "jhamski"]) == (195, 144)  # of 208 and of 268


def test_all_but_four_colour_images_are_one_annotator_s(real):
    labelled = real.rows.merge(real.catalog[["image", "mode"]], on="image").drop_duplicates(["image", "annotator"])
    assert labelled.loc[labelled["mode"] == "RGB", "annotator"].value_counts().to_dict() == {"jhamski": 920, "628": 4}


def test_disgust_is_226_times_as_likely_in_colour(real):
    rows = real.rows.merge(real.catalog[["image", "mode"]], on="image")
    share = (rows["label"] == "disgust").groupby(rows["mode"]).mean()
    assert share["RGB"] / share["L"] == pytest.approx(226, abs=1)


def test_file_names_tell_about_5600_persons(figures):
    assert figures["n_persons"] == pytest.approx(5600, abs=100)


def test_the_most_photographed_person_has_520_images(real):
    assert real.catalog["person"].value_counts().head(1).to_dict() == {"George_W_Bush": 520}


def test_nineteen_persons_hold_all_of_disgust(usable):
    held = usable.loc[usable["label"] == "disgust", "person"].value_counts()
    assert len(held) == 19
    assert held.head(2).sum() / held.sum() == pytest.approx(0.74, abs=0.005)


def test_always_saying_neutral_is_right_half_the_time(real):
    known = headline(real)
    assert (known.majority, round(known.majority_share, 3), round(known.majority_macro_f1, 3)) == (
        "neutral",
        0.502,
        0.084,
    )


def test_a_random_split_tests_on_persons_it_trained_on(usable):
    [fold] = make_folds("random", usable)
    test = usable.iloc[fold.test]
    known = test["person"].isin(usable["person"].iloc[[*fold.train, *fold.validation]])
    assert known.mean() == pytest.approx(0.68, abs=0.02)
    assert known[test["label"] == "disgust"].mean() == pytest.approx(0.97, abs=0.04)


def test_a_person_disjoint_split_does_not(usable):
    [fold] = make_folds("person_disjoint", usable)
    assert not usable.iloc[fold.test]["person"].isin(usable["person"].iloc[[*fold.train, *fold.validation]]).any()


def test_undersampling_to_the_rarest_class_leaves_a_handful_of_images(usable):
    [fold] = make_folds("random", usable)
    part = usable["label"].iloc[fold.train]
    result = resample(SAMPLERS["under"], part, {})
    assert len(result.indices) == 8 * part.value_counts().min() <= 72
    assert result.thrown_away_share > 0.99
