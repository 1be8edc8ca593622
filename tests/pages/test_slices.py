"""The slices page: what stands out first, a row's wrong images, and runs whose images are not here."""

import shutil

import pytest

from core.evaluation import predicted_labels
from core.runs import list_runs
from core.settings import Settings
from tests.pages.conftest import pictures, text


@pytest.fixture
def run(home, runs):
    """Return the run that the page shows first."""
    return list_runs(Settings(home=home).runs_dir)[0]


@pytest.fixture
def elsewhere(run, monkeypatch, tmp_path):
    """Return the name of a shipped run of a dataset that is not open, as it comes with the program."""
    place = tmp_path / "shipped" / "abcdef012345"
    shutil.copytree(run.folder, place)
    (place / "network.onnx").unlink()
    predictions = run.predictions
    predictions["image"] = "far/away/" + predictions["image"]
    predictions.to_parquet(place / "predictions.parquet", index=False)
    record = (place / "config.json").read_text().replace(run.config.fingerprint, "0" * 16)
    (place / "config.json").write_text(record)
    monkeypatch.setattr("core.runs.folder.SHIPPED", place.parent)
    return place.name


def tables(app):
    """The columns of each table of the page."""
    return [list(table.value.columns) for table in app.dataframe]


def test_what_stands_out_is_said_before_any_table(visit, run):
    assert any(words in visit("slices", run=run.id).markdown[0].value for words in ("stands out", "weak spot"))


def test_a_link_to_a_slice_shows_its_wrong_images(visit, run, demo):
    app = visit("slices", run=run.id, by="Colour", value="colour=grey")
    predictions = run.predictions
    wrong = predictions[predicted_labels(predictions) != predictions["y_true"]]
    grey = demo.usable.loc[demo.usable["mode"] == "L", "image"]
    assert "Judged wrongly: in grey" in text(app)
    assert pictures(app) and set(pictures(app)) <= set(wrong["image"]) & set(grey)


def test_the_scores_within_a_slice_are_those_of_the_results_page(visit, run):
    app = visit("slices", run=run.id, by="Colour", value="colour=grey")
    assert ["class", "F1"] in [columns[:2] for columns in tables(app)]


def test_a_link_to_a_slice_that_is_not_there_shows_none(visit, run):
    app = visit("slices", run=run.id, slice="mood=good", value="a=b")
    assert "Judged wrongly" not in text(app)


def test_a_link_chooses_the_attribute(visit, run):
    assert visit("slices", run=run.id, by="Size").selectbox(key="by").value == "size"


def test_a_person_disjoint_run_says_that_nobody_was_seen(visit, run):
    assert "nobody, by construction" in text(visit("slices", run=run.id))


def test_a_higher_least_size_leaves_nothing_to_judge(visit, run):
    app = visit("slices", run=run.id, images="1000")
    assert "none can be judged" in text(app)


def test_a_run_whose_images_are_not_here_is_cut_by_what_its_predictions_tell(visit, elsewhere):
    app = visit("slices", run=elsewhere)
    assert "does not hold the images" in text(app)
    assert app.selectbox(key="by").options == ["Test images of the person"]


def test_its_wrong_images_are_names_without_pictures(visit, elsewhere):
    app = visit("slices", run=elsewhere, value="images_of_person=2+to+5")
    assert not pictures(app) and any("image" in columns for columns in tables(app))


def test_a_slice_of_few_persons_is_named_though_it_is_not_searched(visit, run):
    app = visit("slices", run=run.id, persons="100")
    assert "Not searched, because they show fewer than 100 persons" in text(app)
