"""The results page: matrices, the images behind a cell, two runs side by side and their difference."""

import json
import shutil

import pytest

from core.experiment import run_experiment
from core.runs import configure
from core.settings import Settings
from tests.pages.conftest import labels, pick, pictures, text


@pytest.fixture(scope="module")
def folds(home, demo):
    """Return a run that is judged in five folds; others count on the two that are always there."""
    choices = {"model": "knn", "folds": 5, "values": {"images.size": 16, "model.k": 3}}
    run = run_experiment(configure(demo.fingerprint, "demo", **choices), Settings(home=home))
    yield run
    shutil.rmtree(run.folder)


def data(app, key: str) -> dict:
    """Return what a matrix was given to draw."""
    [drawn] = [one for one in app.get("bidi_component") if one.proto.id.endswith(f"-{key}")]
    return json.loads(drawn.proto.json)


def count(run, true: str, said: str) -> int:
    """Return how many images a cell of a run holds."""
    names = run.metrics["labels"]
    return run.metrics["confusion_matrix"][names.index(true)][names.index(said)]


def heading(run, true: str, said: str) -> str:
    n = count(run, true, said)
    return f"True {true}, said {said}: {n} image{'' if n == 1 else 's'}"


def test_a_picked_cell_shows_its_images_and_is_in_the_link(visit, runs):
    app = pick(visit("results", run=runs[0].id), "matrix-A", ["happiness", "neutral"])
    assert heading(runs[0], "happiness", "neutral") in [one.value for one in app.subheader]
    assert (app.query_params["true"], app.query_params["said"]) == ("happiness", "neutral")


def test_a_link_opens_the_cell_that_it_names(visit, runs):
    app = visit("results", run=runs[0].id, true="happiness", said="neutral")
    assert data(app, "matrix-A")["chosen"] == ["happiness", "neutral"]
    assert heading(runs[0], "happiness", "neutral") in [one.value for one in app.subheader]


def test_a_cell_that_is_let_go_leaves_the_link(visit, runs):
    app = pick(visit("results", run=runs[0].id, true="happiness", said="neutral"), "matrix-A", [])
    assert data(app, "matrix-A")["chosen"] is None
    assert "true" not in app.query_params


@pytest.mark.parametrize("link", [{"true": "happiness", "said": "boredom"}, {"true": "happiness"}])
def test_a_link_to_no_cell_shows_none(visit, runs, link):
    app = visit("results", run=runs[0].id, **link)
    assert data(app, "matrix-A")["chosen"] is None
    assert not any("True " in one.value for one in app.subheader)


@pytest.mark.parametrize("value", ["entropy", ""])
def test_an_unknown_option_in_a_link_is_the_default(visit, runs, value):
    app = visit("results", run=runs[0].id, cells=value, **{"with": "magic"})
    assert data(app, "matrix-A")["legend"] == "The stronger the blue, the larger the cell's share of its row."


def test_options_in_a_link_change_the_matrix(visit, runs):
    shown = data(visit("results", run=runs[0].id, cells="row %", **{"with": "hide the diagonal"}), "matrix-A")
    assert all(shown["cells"][n][n] == [] for n in range(len(shown["rows"])))
    assert "%" in shown["cells"][0][1][0]


def test_each_image_of_a_cell_leads_to_its_page(visit, runs):
    app = visit("results", run=runs[0].id, true="happiness", said="happiness")
    sheet = "".join(one.value for one in app.html)
    assert f"&amp;run={runs[0].id}" in sheet and 'href="image?dataset=demo&amp;image=images' in sheet
    assert "<a " in sheet and pictures(app)[0] in sheet


def test_the_table_of_a_cell_names_person_and_annotator(visit, runs):
    app = visit("results", run=runs[0].id, true="happiness", said="neutral")
    tables = [one.value for one in app.dataframe]
    cell = next(table for table in tables if "p_true" in table)
    assert {"image", "p_said", "p_true", "person", "annotator", "page"} <= set(cell)
    assert len(cell) == count(runs[0], "happiness", "neutral")


def test_beside_each_other_both_matrices_mark_the_same_cell(visit, runs):
    app = visit("results", run=runs[0].id, beside=runs[1].id)
    app = pick(app, "matrix-B", ["happiness", "neutral"])
    assert data(app, "matrix-A")["chosen"] == data(app, "matrix-B")["chosen"] == ["happiness", "neutral"]
    assert [heading(run, "happiness", "neutral") for run in runs] == [
        one.value for one in app.subheader if one.value.startswith("True ")
    ]


def test_the_difference_counts_what_flipped(visit, runs):
    app = visit("results", run=runs[0].id, beside=runs[1].id, two="difference")
    told = {one.label: one.value for one in app.metric}
    first, second = (
        run.predictions.set_index("image").filter(like="p_").idxmax(axis=1).str.removeprefix("p_") for run in runs
    )
    truth = runs[0].predictions.set_index("image")["y_true"]
    second = second[first.index]
    assert int(told["A right, B wrong"]) == ((first == truth) & (second != truth)).sum()
    assert int(told["A wrong, B right"]) == ((first != truth) & (second == truth)).sum()


def test_a_kind_of_flip_and_a_cell_narrow_the_images(visit, runs):
    link = {"run": runs[0].id, "beside": runs[1].id, "two": "difference"}
    whole = visit("results", **link)
    lost = visit("results", **link, flipped="A right, B wrong", true="happiness", said="happiness")
    n = next(one.value for one in whole.metric if one.label == "A right, B wrong")
    title = "From A to B: A right, B wrong; true happiness and said happiness by one of them: "
    assert 0 < int(text(lost).split(title)[1].split()[0].replace(",", "")) <= int(n)


def test_runs_on_other_folds_refuse_in_one_sentence(visit, runs, folds):
    app = visit("results", run=runs[0].id, beside=folds.id, two="difference")
    [sentence] = [one.value for one in app.info]
    assert "of which" in sentence and "are the same" in sentence and "train one of them" in sentence
    assert "person-disjoint hold-out" in sentence.replace("\\", "") and "5-fold" in sentence.replace("\\", "")
    assert not app.get("bidi_component") or all("difference" not in one.proto.id for one in app.get("bidi_component"))


def test_a_run_that_resampled_first_carries_a_warning(visit, runs, home):
    place = home / "runs" / "fedcba987654"
    shutil.copytree(runs[1].folder, place)
    record = json.loads((place / "config.json").read_text())
    record["config"]["order"], record["copies_tested"] = "resample_first", 0.75
    (place / "config.json").write_text(json.dumps(record))
    try:
        app = visit("results", run=place.name)
        assert "75% of its test images were learnt from too" in app.warning[0].value
    finally:
        shutil.rmtree(place)


def test_images_that_the_dataset_does_not_hold_are_named(visit, runs, home, monkeypatch, make_folder):
    shipped = home / "shipped"
    shutil.copytree(runs[0].folder, shipped / runs[0].id)
    monkeypatch.setattr("core.runs.folder.SHIPPED", shipped)
    folder = make_folder({f"{label}/{n}.jpg" for label in "ab" for n in range(9)}, name="other")
    try:
        app = visit("results", folder, run=runs[0].id, true="happiness", said="neutral")
        assert "The open dataset does not hold these images" in text(app)
        assert not pictures(app)
    finally:
        shutil.rmtree(shipped)


def test_the_cell_can_be_saved(visit, runs):
    app = visit("results", run=runs[0].id, true="happiness", said="neutral")
    assert "Save as CSV" in [one.label for one in app.get("download_button")] or "Save as CSV" in labels(app)
