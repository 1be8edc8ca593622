"""A small experiment of its own, from nothing to the files that are shipped."""

import json
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from core.errors import BadInput
from core.evaluation import evaluate, predicted_labels
from core.evaluation.resampled import resample
from core.replication import (
    Arm,
    Experiment,
    against_reference,
    conclude,
    key_of,
    seeds_table,
    summary,
    table_of,
    verdicts,
)
from core.replication.rebuild import Rebuilt, rebuild, ship
from core.runs import TEST_ON_TRAINING

SHORT = {"images.size": 16, "training.epochs": 1, "training.batch_size": 16}
ON_TRAINING = Arm(
    "on its training images",
    {"model": "cnn_1conv", "split": "random", "order": TEST_ON_TRAINING},
    SHORT,
    seeds=(0,),
)
HONEST = Arm("on new people", {"model": "cnn_1conv"}, SHORT, seeds=(0, 1))
BROKEN = Arm(
    "cannot be trained", {"model": "cnn_1conv", "sampling": "smote"}, SHORT | {"sampling.neighbours": 20}, (0,)
)
SMALL = Experiment(
    "small",
    "A small experiment",
    "The report did this.",
    "It differs because it is small.",
    (ON_TRAINING, HONEST, BROKEN),
    {"macro_f1": 0.5, "left": 0.25},
    beside=ON_TRAINING.name,
    reference=HONEST.name,
)


@pytest.fixture(scope="module")
def rebuilt(easy, easy_settings) -> Rebuilt:
    return rebuild(easy.source, easy_settings, [SMALL])


@pytest.fixture(scope="module")
def finding(rebuilt):
    return conclude(SMALL, {key_of(run.config): run for run in rebuilt.runs})


@pytest.fixture(scope="module")
def shipped(rebuilt, tmp_path_factory):
    folder = tmp_path_factory.mktemp("ship") / "shipped"
    ship(rebuilt, folder)
    return folder


def test_every_run_that_can_be_is_trained(rebuilt):
    assert [(run.config.order, run.config.seed) for run in rebuilt.runs] == [
        ("test_on_training", 0),
        ("split_first", 0),
        ("split_first", 1),
    ]


def test_a_run_that_cannot_be_trained_says_why_and_stops_no_other(rebuilt):
    [(title, why)] = rebuilt.problems.items()
    assert title == "1-conv CNN (width 16) · SMOTE (neighbours 20), seed 0"
    assert "top" in why


def test_what_is_there_is_not_trained_again(rebuilt, easy, easy_settings):
    again = rebuild(easy.source, easy_settings, [SMALL])
    assert [run.created for run in again.runs] == [run.created for run in rebuilt.runs]


def test_facts_count_rows_and_images(rebuilt):
    assert rebuilt.facts.counts == rebuilt.facts.images == {"left": 60, "right": 30, "top": 12}


def test_weights_are_in_inverse_proportion_to_the_class(rebuilt):
    weights = rebuilt.facts.weights
    assert weights["top"] > weights["right"] > weights["left"]
    assert 1 / weights["left"] + 1 / weights["right"] + 1 / weights["top"] == pytest.approx(3)


def test_smote_s_blends_of_noise_are_less_sharp_than_the_noise(rebuilt):
    made = rebuilt.facts.sharpness_smote
    assert set(made) == {"right", "top"}
    assert all(made[label] < rebuilt.facts.sharpness[label] for label in made)


# What follows from the runs


def test_an_arm_without_runs_is_named(finding):
    assert finding.missing == ["cannot be trained"]


def test_means_and_spreads_are_over_seeds(finding):
    scores = [run.metrics["macro_f1"] for run in finding.runs["on new people"]]
    assert finding.means.loc["macro_f1", "on new people"] == pytest.approx(np.mean(scores))
    assert finding.spreads.loc["macro_f1", "on new people"] == pytest.approx(np.std(scores, ddof=1))
    assert np.isnan(finding.spreads.loc["macro_f1", "on its training images"])


def test_ours_is_held_against_the_report_s_figures(finding):
    ours = finding.means["on its training images"]
    assert finding.differences.to_dict() == pytest.approx(
        {"macro_f1": ours["macro_f1"] - 0.5, "left": ours["left"] - 0.25}
    )
    assert finding.sentences(None)[0].startswith(f"Macro-F1 is {ours['macro_f1']:.3f} here and 0.50 in the report")


def test_tables_name_every_arm_and_seed(finding):
    assert list(table_of(finding)) == ["score", "the report", "on its training images", "on new people"]
    assert seeds_table(finding)["seed"].tolist() == [0, 0, 1]
    comparison = against_reference(finding, lambda run: resample(run.predictions, 50))
    assert comparison is None  # nothing else was judged on the reference's images
    assert summary([finding], {"small": comparison})["what"].tolist() == ["on its training images", "on new people"]


def test_arms_judged_on_the_same_images_are_tested_against_the_reference(rebuilt):
    two = replace(SMALL, arms=(replace(HONEST, name="again"), HONEST))
    finding = conclude(two, {key_of(run.config): run for run in rebuilt.runs})
    comparison = against_reference(finding, lambda run: resample(run.predictions, 50))
    [said] = verdicts(comparison, HONEST.name)
    assert said.startswith("again: +0.000 macro-F1 beside on new people (95 % interval ")
    assert said.endswith(", p 1.000: **not distinguishable**.")


# What is shipped


def test_shipped_figures_are_those_of_the_shipped_predictions(shipped, rebuilt):
    for run in rebuilt.runs:
        predictions = pd.read_parquet(shipped / run.id / "predictions.parquet")
        assert json.loads((shipped / run.id / "metrics.json").read_text()) == evaluate(predictions).to_json()


def test_rounding_changes_nothing_that_is_said(shipped, rebuilt):
    for run in rebuilt.runs:
        kept = pd.read_parquet(shipped / run.id / "predictions.parquet")
        assert (predicted_labels(kept) == predicted_labels(run.predictions)).all()


def test_a_near_tie_is_kept_on_its_side():
    from core.replication.rebuild import _rounded

    close = pd.DataFrame({"p_a": [0.33333, 0.5], "p_b": [0.33334, 0.25], "p_c": [0.33333, 0.25]}, dtype="float32")
    assert predicted_labels(_rounded(close)).tolist() == ["b", "a"]


def test_nothing_but_predictions_and_figures_is_shipped(shipped, rebuilt, easy):
    names = {path.name for path in shipped.rglob("*") if path.is_file()}
    assert names == {
        "config.json",
        "metrics.json",
        "history.csv",
        "predictions.parquet",
        "validation.parquet",
        "facts.json",
    }
    records = "".join(path.read_text() for path in shipped.rglob("config.json"))
    assert not re.search(re.escape(str(easy.root)), records)


def test_a_folder_with_other_things_is_not_replaced(rebuilt, tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(BadInput, match="holds other things than shipped runs"):
        ship(rebuilt, tmp_path)
    assert (tmp_path / "thesis.txt").read_text() == "mine"
