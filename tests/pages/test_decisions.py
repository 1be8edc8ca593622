"""The decisions page: sliders that are free on validation images, and a test that is locked until one decides."""

import json
import shutil

import numpy as np
import pandas as pd
import pytest

from core.evaluation.decisions import Decision, class_shares, decide
from core.runs import VALIDATION
from tests.pages.conftest import button, errors, labels, text

FREEZE, BACK = "Freeze this decision and look at the test", "Back to the validation images"


@pytest.fixture
def run(runs):
    """Return the network, which has logits to move."""
    return runs[1]


@pytest.fixture
def open_desk(visit, run):
    """Return a function that opens the page on that run."""
    return lambda **link: visit("decisions", run=run.id, **link)


def test_it_begins_with_the_validation_images_and_the_test_locked(open_desk, run):
    app = open_desk()
    assert f"Validation images (tuning)**: {run.validation['image'].nunique():,} images" in app.info[0].value
    assert "the test is locked" in app.info[0].value
    assert FREEZE in labels(app) and BACK not in labels(app)


def test_nothing_of_the_test_is_shown_while_it_is_locked(open_desk, run):
    app = open_desk()
    assert f"{len(run.predictions):,} of" not in "".join(metric.delta for metric in app.metric)
    assert "test images" not in "".join(caption.value for caption in app.caption if "Plain" in caption.value)


def test_a_slider_moves_the_scores(open_desk, run):
    app = open_desk()
    app.slider(key="tau").set_value(1.0).run()
    codes = decide(run.validation, Decision(tau=1.0), class_shares(run.validation)).codes
    right = np.array(run.labels)[codes] == run.validation["y_true"]
    assert app.metric[2].label == "Accuracy" and app.metric[2].value == f"{right.mean():.3f}"


def test_freezing_opens_the_test_for_that_decision(open_desk, run):
    app = open_desk(tau="0.5")
    button(app, FREEZE).click().run()
    assert app.query_params["frozen"] == Decision(tau=0.5).name(run.id)
    assert "Test images" in app.success[0].value and "tau 0.50" in app.success[0].value


def test_a_link_with_a_frozen_decision_opens_on_the_test(open_desk, run):
    app = open_desk(tau="0.5", frozen=Decision(tau=0.5).name(run.id))
    n = len(run.predictions)
    assert app.metric[3].delta == f"{n:,} of {n:,}"


def test_a_link_whose_decision_was_changed_by_hand_stays_locked(open_desk, run):
    app = open_desk(tau="0.75", frozen=Decision(tau=0.5).name(run.id))
    assert "Validation images" in app.info[0].value and not app.success
    assert "frozen" not in app.query_params


def test_moving_a_slider_locks_the_test_again(open_desk):
    app = open_desk()
    button(app, FREEZE).click().run()
    app.slider(key="tau").set_value(0.3).run()
    assert "the test is locked again" in text(app) and not app.success


def test_each_look_at_the_test_is_counted(open_desk):
    app = open_desk()
    for tau in (0.2, 0.4):
        app.slider(key="tau").set_value(tau).run()
        button(app, FREEZE).click().run()
    assert "Test looked at with 2 decisions of this run" in text(app)


def test_looking_twice_at_one_decision_counts_once(open_desk):
    app = open_desk()
    button(app, FREEZE).click().run()
    button(app, BACK).click().run()
    button(app, FREEZE).click().run()
    assert "Test looked at with 1 decision of this run" in text(app)


def test_tuning_moves_the_sliders_and_says_what_it_is_worth(open_desk):
    app = open_desk()
    button(app, "Tune on the validation images").click().run()
    assert app.slider(key="temperature").value != 1
    assert "On persons left out of the choice it is" in text(app)
    assert FREEZE in labels(app)


def test_what_tuning_said_goes_when_a_slider_is_moved(open_desk):
    app = open_desk()
    button(app, "Tune on the validation images").click().run()
    app.slider(key="tau").set_value(1.95).run()
    assert "On persons left out of the choice" not in text(app)


def test_all_can_be_put_back(open_desk):
    app = open_desk(tau="1.2", abstain="0.3", mix="all classes equal")
    button(app, "Put all back").click().run()
    assert (app.slider(key="tau").value, app.slider(key="abstain").value) == (0, 0)
    assert app.selectbox(key="mix").value == "as in the dataset"


def test_abstaining_says_how_many_are_answered(open_desk, run):
    app = open_desk(abstain="0.5")
    answered = decide(run.validation, Decision(abstain_below=0.5), class_shares(run.validation)).answered
    assert app.metric[3].delta == f"{answered.sum():,} of {len(answered):,}"


def test_where_nothing_is_left_to_answer_it_says_so(open_desk):
    app = open_desk(abstain="0.99", temperature="5.0")
    assert errors(app) == ["No image is answered with that confidence; abstain below a smaller one."]


def test_another_mix_has_expected_scores(open_desk):
    app = open_desk(mix="all classes equal")
    assert "Where it will be used" in [header.value for header in app.header]
    assert "Recall stays as it is" in text(app)


def test_own_shares_are_normalised(open_desk, run):
    app = open_desk(mix="own shares")
    app.number_input(key=f"share-{run.labels[0]}").set_value(100.0).run()
    assert "each is divided by that" in text(app)


def test_shares_of_nothing_are_refused_in_one_sentence(open_desk, run):
    app = open_desk(mix="own shares", **{f"share-{label}": "0.0" for label in run.labels})
    assert errors(app) == ["The shares of the classes must be 0 or more, and one of them above 0."]


@pytest.mark.parametrize(
    "link", [{"tau": "9"}, {"tau": "much"}, {"mix": "moon"}, {"frozen": "1' or"}, {"true": "x", "said": "y"}]
)
def test_a_link_with_nonsense_shows_the_default(open_desk, link):
    app = open_desk(**link)
    assert app.slider(key="tau").value == 0 and "Validation images" in app.info[0].value


def test_calibration_is_shown_before_and_after_the_temperature(open_desk):
    app = open_desk(calibration="true", temperature="1.5")
    tables = [frame.value for frame in app.dataframe]
    assert ["as it is", "temperature 1.50"] in [table.iloc[:, 0].tolist() for table in tables]


def test_a_cell_shows_its_images_as_the_decision_answers_them(open_desk, run):
    decision = Decision(tau=0.5)
    codes = decide(run.validation, decision, class_shares(run.validation)).codes
    said = np.array(run.labels)[codes]
    true, often = pd.crosstab(run.validation["y_true"], said).stack().idxmax()
    n = int(((run.validation["y_true"] == true) & (said == often)).sum())
    app = open_desk(tau="0.5", true=true, said=often)
    assert f"Validation images: true {true}, said {often}: {n} images" in text(app)


def test_a_run_of_several_folds_says_how_its_rows_count(visit, home, run):
    copy = home / "runs" / "abcdefabcdef"
    try:
        shutil.copytree(run.folder, copy)
        record = json.loads((copy / "config.json").read_text())
        record["config"]["folds"] = 5
        (copy / "config.json").write_text(json.dumps(record))
        rows = pd.concat([run.validation, run.validation.assign(fold=2)])
        rows.to_parquet(copy / VALIDATION, index=False)
        app = visit("decisions", run=copy.name)
        assert f"images ({len(rows):,} rows)" in app.info[0].value
        assert "a row for each fold that it watched" in text(app)
    finally:
        shutil.rmtree(copy)


def test_a_run_without_validation_images_says_so_and_warns_before_it_shows_the_test(visit, home, run):
    copy = home / "runs" / "fedcbafedcba"
    try:
        shutil.copytree(run.folder, copy)
        (copy / VALIDATION).unlink()
        app = visit("decisions", run=copy.name)
        assert "kept nothing of its validation images" in app.warning[0].value and not app.metric
        app.toggle(key="open").set_value(True).run()
        assert "its figures flatter" in app.warning[1].value and app.metric
    finally:
        shutil.rmtree(copy)
