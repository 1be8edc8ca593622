"""Decisions change the probabilities as their formulas say, and what they score is worked out by hand."""

import numpy as np
import pandas as pd
import pytest

from core.errors import BadInput
from core.evaluation import evaluate
from core.evaluation.answers import coverage_by_class, gains, one_person_an_image, risk_coverage
from core.evaluation.decisions import (
    ABSTAINED,
    Decision,
    adjusted,
    changes,
    class_shares,
    decide,
    decided_table,
    normalised,
)
from core.evaluation.deployment import expected_under

PRIORS = np.array([0.8, 0.2])


def table(y_true, joy, persons=None):
    """Predictions of two classes: `joy` is the probability of joy, fear has the rest."""
    joy = np.asarray(joy, dtype=float)
    names = [f"{n}.jpg" for n in range(len(joy))]
    persons = pd.Series(persons if persons is not None else [f"person {n}" for n in range(len(joy))], dtype="str")
    return pd.DataFrame(
        {"image": names, "person": persons, "y_true": y_true, "fold": 1, "p_joy": joy, "p_fear": 1 - joy}
    )


@pytest.fixture
def four():
    """Joy said surely and rightly, joy said unsurely and wrongly, fear said rightly, joy said wrongly."""
    return table(["joy", "fear", "fear", "fear"], [0.9, 0.55, 0.1, 0.8])


@pytest.fixture
def many():
    """300 images of 100 persons; fear is rare and seldom said."""
    rng = np.random.default_rng(0)
    y_true = rng.choice(["joy", "fear"], 300, p=[0.85, 0.15])
    joy = np.clip(rng.normal(np.where(y_true == "joy", 0.8, 0.55), 0.15), 0.01, 0.99)
    return table(y_true, joy, [f"person {n}" for n in rng.integers(0, 100, 300)])


# What a decision does to probabilities


def test_a_plain_decision_changes_nothing():
    shares = np.array([[0.7, 0.3], [0.2, 0.8]])
    assert adjusted(shares, Decision(), PRIORS) == pytest.approx(shares)


def test_tau_1_divides_by_the_priors():
    # 0.7 / 0.8 = 0.875 and 0.3 / 0.2 = 1.5
    assert adjusted(np.array([[0.7, 0.3]]), Decision(tau=1), PRIORS) == pytest.approx(
        np.array([[0.875 / 2.375, 1.5 / 2.375]])
    )


def test_a_half_tau_divides_by_the_root_of_the_priors():
    scores = np.array([0.7, 0.3]) / np.sqrt(PRIORS)
    assert adjusted(np.array([[0.7, 0.3]]), Decision(tau=0.5), PRIORS)[0] == pytest.approx(scores / scores.sum())


def test_a_bias_is_added_to_the_log_odds():
    shares = adjusted(np.array([[0.5, 0.5]]), Decision(bias=(0.0, np.log(3))), PRIORS)
    assert shares[0] == pytest.approx([0.25, 0.75])


def test_a_temperature_of_2_takes_the_root():
    # Of 0.8 and 0.2 the roots are as 2 to 1.
    assert adjusted(np.array([[0.8, 0.2]]), Decision(temperature=2), PRIORS)[0] == pytest.approx([2 / 3, 1 / 3])


def test_a_mix_weighs_by_new_share_over_old():
    # Saerens et al.: 0.6 * 0.5 / 0.8 = 0.375 and 0.4 * 0.5 / 0.2 = 1
    assert adjusted(np.array([[0.6, 0.4]]), Decision(mix=(0.5, 0.5)), PRIORS)[0] == pytest.approx(
        [0.375 / 1.375, 1 / 1.375]
    )


def test_the_mix_of_the_dataset_is_no_mix():
    shares = np.array([[0.6, 0.4]])
    assert adjusted(shares, Decision(tau=0.7, mix=tuple(PRIORS)), PRIORS) == pytest.approx(
        adjusted(shares, Decision(tau=0.7), PRIORS)
    )


def test_with_tau_1_the_mix_does_not_matter():
    shares = np.array([[0.6, 0.4]])
    assert adjusted(shares, Decision(tau=1, mix=(0.1, 0.9)), PRIORS) == pytest.approx(
        adjusted(shares, Decision(tau=1), PRIORS)
    )


@pytest.mark.parametrize("tau", [0, 1, 2])
def test_a_class_without_a_share_is_never_said(tau):
    shares = adjusted(np.array([[0.01, 0.99]]), Decision(tau=tau, mix=(1.0, 0.0)), PRIORS)
    assert shares[0].tolist() == [1, 0]


def test_a_probability_of_0_stays_finite():
    assert adjusted(np.array([[1.0, 0.0]]), Decision(tau=2), PRIORS).sum() == pytest.approx(1)


def test_what_is_less_sure_than_asked_is_left_out(four):
    answers = decide(four, Decision(abstain_below=0.6), PRIORS)
    assert answers.codes.tolist() == [0, ABSTAINED, 1, 0]
    assert answers.answered.tolist() == [True, False, True, True]


def test_a_confidence_that_is_just_reached_is_answered(four):
    assert decide(four, Decision(abstain_below=0.55), PRIORS).answered.all()


@pytest.mark.parametrize(
    ("numbers", "problem"),
    [
        ({"temperature": 0}, "above 0"),
        ({"tau": np.nan}, "finite"),
        ({"mix": (0.5, 0.4)}, "add up to 1"),
        ({"mix": (1.5, -0.5)}, "0 or more"),
    ],
)
def test_numbers_without_sense_are_refused(numbers, problem):
    with pytest.raises(BadInput, match=problem):
        Decision(**numbers)


def test_shares_are_divided_by_their_sum():
    assert normalised([1, 3]) == (0.25, 0.75)


@pytest.mark.parametrize("numbers", [[0, 0], [1, -1], [np.nan, 1]])
def test_shares_of_nothing_are_refused(numbers):
    with pytest.raises(BadInput, match="one of them above 0"):
        normalised(numbers)


def test_class_shares_count_half_an_image_more():
    shares = class_shares(table(["joy", "joy", "joy"], [0.5, 0.5, 0.5]))
    assert shares == pytest.approx([3.5 / 4, 0.5 / 4])


# A decision by itself


def test_a_decision_has_the_same_name_however_its_numbers_came_about():
    assert Decision(tau=0.1 + 0.2).name("run") == Decision(tau=0.3).name("run")
    assert Decision(tau=1).name("run") == Decision(tau=1.0).name("run")


def test_another_decision_or_another_run_has_another_name():
    names = {Decision().name("a"), Decision().name("b"), Decision(tau=1).name("a"), Decision(bias=(1, 0)).name("a")}
    assert len(names) == 4


def test_the_json_says_how_to_decide_elsewhere(four):
    decision = Decision(0.5, (0.2, -0.1), 1.5, (0.3, 0.7), 0.6)
    told = decision.to_json(["joy", "fear"], PRIORS)
    mix, priors, bias = (np.array(list(told[name].values())) for name in ("mix", "priors", "bias"))
    logs = np.log(four[["p_joy", "p_fear"]].to_numpy()) / told["temperature"]
    scores = np.exp(logs + np.log(mix / priors) - told["tau"] * np.log(mix) + bias)
    assert scores / scores.sum(1, keepdims=True) == pytest.approx(decide(four, decision, PRIORS).probabilities)


def test_what_is_changed_is_told_in_words():
    decision = Decision(0.5, (0.0, -0.1), 1.5, (0.3, 0.7), 0.6)
    assert changes(decision, ["joy", "fear"]) == [
        "temperature 1.50",
        "tau 0.50",
        "bias -0.10 for fear",
        "another mix of classes",
        "no answer below 60%",
    ]
    assert changes(Decision(), ["joy", "fear"]) == []


def test_the_decided_table_holds_answer_and_confidence(four):
    decided = decided_table(four, decide(four, Decision(abstain_below=0.6), PRIORS))
    assert decided["said"].fillna("nothing").tolist() == ["joy", "nothing", "fear", "joy"]
    assert decided["confidence"].tolist() == pytest.approx([0.9, 0.55, 0.9, 0.8])


# What answers are worth


def test_where_everything_is_answered_the_scores_are_those_of_the_run(many):
    codes = decide(many, Decision(), PRIORS).codes
    assert evaluate(many, said=codes).to_json() == evaluate(many).to_json()


def test_scores_are_over_the_answered(four):
    result = evaluate(four, said=np.array([0, ABSTAINED, 1, 0]))
    assert (result.n_images, result.accuracy) == (3, pytest.approx(2 / 3))
    assert result.confusion_matrix.tolist() == [[1, 0], [1, 1]]


def test_intervals_are_those_of_all_persons_drawn_one_by_one():
    rng = np.random.default_rng(4)
    y_true, codes, persons = rng.choice(["joy", "fear"], 40), rng.integers(-1, 2, 40), rng.integers(0, 9, 40)
    persons[:9] = range(9)
    codes[persons == 8] = ABSTAINED  # somebody who is answered nowhere is drawn all the same
    result = evaluate(table(y_true, np.full(40, 0.5), [f"person {n}" for n in persons]), said=codes)

    draws = np.random.default_rng(0).multinomial(9, np.full(9, 1 / 9), size=1000)
    right = (np.array(["joy", "fear", "nothing"])[codes] == y_true).astype(float)
    weights = draws[:, persons] * (codes >= 0)
    accuracy = (weights * right).sum(1) / weights.sum(1)
    assert result.overall.loc["accuracy", ["low", "high"]].tolist() == pytest.approx(
        np.quantile(accuracy, [0.025, 0.975]).tolist()
    )
    assert result.n_persons == 9


def test_persons_are_counted_among_the_answered(four):
    result = evaluate(four, said=np.array([0, ABSTAINED, 1, 0]))
    assert result.per_class["persons"].tolist() == [1, 2]


def test_where_nothing_is_answered_there_is_nothing_to_score(four):
    with pytest.raises(BadInput, match="No image is answered"):
        evaluate(four, said=np.full(4, ABSTAINED))


def test_no_change_is_no_gain(many):
    codes = decide(many, Decision(), PRIORS).codes
    gained = gains(many, codes, codes)["macro_f1"]
    assert (gained.value, gained.low, gained.high, gained.clear) == (0, 0, 0, False)


def test_a_gain_is_the_difference_of_the_scores(many):
    plain, tuned = (decide(many, decision, PRIORS).codes for decision in (Decision(), Decision(tau=1)))
    gained = gains(many, tuned, plain)["macro_f1"]
    assert gained.value == pytest.approx(evaluate(many, said=tuned).macro_f1 - evaluate(many, said=plain).macro_f1)
    assert gained.low < gained.value < gained.high


def test_rows_of_one_image_are_one_person():
    twice = pd.concat([table(["joy", "fear"], [0.9, 0.9], [None, "Ann"])] * 2, ignore_index=True)
    assert one_person_an_image(twice)["person"].tolist() == ["0.jpg", "Ann", "0.jpg", "Ann"]


# Abstaining


def test_coverage_is_counted_a_class(four):
    answers = decide(four, Decision(abstain_below=0.6), PRIORS)
    assert coverage_by_class(four, answers)[["images", "answered"]].to_numpy().tolist() == [[1, 1], [3, 2]]


def test_the_risk_of_the_surest_comes_first(four):
    curve = risk_coverage(four, decide(four, Decision(), PRIORS))
    assert curve["threshold"].tolist() == pytest.approx([0.9, 0.8, 0.55])  # two are equally sure
    assert curve["coverage"].tolist() == [0.5, 0.75, 1]
    assert curve["risk"].tolist() == pytest.approx([0, 1 / 3, 2 / 4])


def test_answering_all_has_the_risk_of_all(many):
    answers = decide(many, Decision(), PRIORS)
    last = risk_coverage(many, answers).iloc[-1]
    assert (last["coverage"], last["risk"]) == (1, pytest.approx(1 - evaluate(many).accuracy))
    accuracy = evaluate(many).overall.loc["accuracy"]
    assert (last["low"], last["high"]) == pytest.approx((1 - accuracy["high"], 1 - accuracy["low"]), abs=1e-6)


def test_a_curve_has_few_points_however_many_images(many):
    curve = risk_coverage(many, decide(many, Decision(), PRIORS))
    assert len(curve) <= 60 and curve["coverage"].is_monotonic_increasing


# Another mix


def test_under_the_mix_at_hand_the_scores_are_those_at_hand(many):
    codes, here = decide(many, Decision(), PRIORS).codes, many["y_true"].value_counts(normalize=True)
    expected, result = expected_under(many, codes, (here["joy"], here["fear"])), evaluate(many)
    assert expected.overall.loc["accuracy", "value"] == pytest.approx(result.accuracy)
    assert np.allclose(
        expected.per_class[["precision", "recall", "f1"]], result.per_class[["precision", "recall", "f1"]]
    )


def test_precision_under_a_mix_is_worked_out_by_hand():
    # Of 4 joys 3 are said to be joy, of 2 fears 1: with equal shares, joy is right in 0.375 of 0.375 + 0.25.
    predictions = table(["joy"] * 4 + ["fear"] * 2, [0.9, 0.9, 0.9, 0.1, 0.9, 0.1])
    expected = expected_under(predictions, np.array([0, 0, 0, 1, 0, 1]), (0.5, 0.5))
    assert expected.per_class["precision"].tolist() == pytest.approx([0.375 / 0.625, 0.25 / 0.375])
    assert expected.overall.loc["accuracy", "value"] == pytest.approx(0.625)


def test_recall_and_its_interval_do_not_depend_on_the_mix(many):
    codes = decide(many, Decision(), PRIORS).codes
    rare, common = (expected_under(many, codes, mix).per_class for mix in ((0.9, 0.1), (0.1, 0.9)))
    recall = ["recall", "recall_low", "recall_high"]
    assert np.allclose(rare[recall], common[recall])
    assert rare.loc["fear", "precision"] < common.loc["fear", "precision"]


def test_what_is_left_unanswered_lowers_the_coverage_by_its_share_there():
    predictions = table(["joy", "joy", "fear", "fear"], [0.9, 0.9, 0.4, 0.1])
    expected = expected_under(predictions, np.array([0, 0, ABSTAINED, 1]), (0.2, 0.8))
    assert expected.overall.loc["coverage", "value"] == pytest.approx(0.2 + 0.8 / 2)


def test_a_class_that_nobody_shows_is_named_and_left_out():
    expected = expected_under(table(["joy", "joy"], [0.9, 0.9]), np.array([0, 0]), (0.5, 0.5))
    assert expected.unseen == ("fear",)
    assert expected.overall.loc["accuracy", "value"] == 1
