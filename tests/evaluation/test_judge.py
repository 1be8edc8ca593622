"""From predictions to figures: equal to scikit-learn's, and to what one works out by hand."""

import json

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import (
    accuracy_score,
    balanced_accuracy_score,
    cohen_kappa_score,
    f1_score,
    matthews_corrcoef,
    precision_recall_fscore_support,
)

from core.errors import BadInput
from core.evaluation import (
    evaluate,
    macro_f1,
    predicted_labels,
    probability_labels,
    thin_classes,
)

LABELS = ["joy", "fear", "anger"]


def table(y_true, y_pred, persons=None, labels=LABELS):
    """A table of predictions that are sure of themselves: 0.7 for what is said, the rest shared."""
    rest = 0.3 / (len(labels) - 1)
    scores = {f"p_{label}": np.where(np.array(y_pred) == label, 0.7, rest) for label in labels}
    persons = pd.Series(persons if persons is not None else [None] * len(y_true), dtype="str")
    names = [f"{n}.jpg" for n in range(len(y_true))]
    return pd.DataFrame({"image": names, "person": persons, "y_true": y_true, **scores})


@pytest.fixture
def small():
    """Six images: joy right twice and said fear once, fear right once and said joy once, one anger said joy."""
    return table(["joy", "joy", "joy", "fear", "fear", "anger"], ["joy", "joy", "fear", "fear", "joy", "joy"])


@pytest.fixture
def random():
    """400 images of 100 persons, guessed right more often than not; anger is rare."""
    rng = np.random.default_rng(0)
    y_true = rng.choice(LABELS, 400, p=[0.6, 0.3, 0.1])
    y_pred = np.where(rng.random(400) < 0.6, y_true, rng.choice(LABELS, 400))
    return table(y_true, y_pred, [f"person {n}" for n in rng.integers(0, 100, 400)])


# The matrix


def test_true_labels_are_in_rows(small):
    assert evaluate(small).confusion_matrix.tolist() == [[2, 1, 0], [1, 1, 0], [1, 0, 0]]


def test_labels_are_in_the_order_of_the_columns(small):
    assert evaluate(small).labels == ("joy", "fear", "anger")
    assert probability_labels(small) == LABELS


def test_what_is_said_is_the_most_probable_label(small):
    assert predicted_labels(small).tolist() == ["joy", "joy", "fear", "fear", "joy", "joy"]


def test_of_equally_probable_labels_the_first_is_said():
    even = table(["joy"], ["joy"]).assign(p_joy=0.2, p_fear=0.4, p_anger=0.4)
    assert predicted_labels(even).tolist() == ["fear"]


# The scores


def test_scores_a_class_are_worked_out_by_hand(small):
    scores = evaluate(small).per_class
    assert scores.loc["joy", ["precision", "recall", "f1", "support"]].tolist() == pytest.approx(
        [2 / 4, 2 / 3, 4 / 7, 3]
    )
    assert scores.loc["fear", ["precision", "recall", "f1", "support"]].tolist() == pytest.approx(
        [1 / 2, 1 / 2, 1 / 2, 2]
    )


def test_a_class_that_is_never_said_scores_nothing(small):
    assert evaluate(small).per_class.loc["anger", ["precision", "recall", "f1"]].tolist() == [0, 0, 0]


def test_averages_are_worked_out_by_hand(small):
    result = evaluate(small)
    assert result.accuracy == pytest.approx(3 / 6)
    assert result.macro_f1 == pytest.approx((4 / 7 + 1 / 2 + 0) / 3)
    assert result.averages.loc["weighted average", "f1"] == pytest.approx((3 * 4 / 7 + 2 / 2 + 0) / 6)


def test_scores_a_class_are_scikit_learn_s(random):
    theirs = precision_recall_fscore_support(random["y_true"], predicted_labels(random), labels=LABELS)
    ours = evaluate(random).per_class[["precision", "recall", "f1", "support"]]
    assert np.allclose(ours.to_numpy(), np.array(theirs).T)


@pytest.mark.parametrize("average", ["macro", "weighted"])
def test_averages_are_scikit_learn_s(random, average):
    theirs = f1_score(random["y_true"], predicted_labels(random), average=average)
    assert evaluate(random).averages.loc[f"{average} average", "f1"] == pytest.approx(theirs)


def test_macro_f1_is_over_the_classes_that_occur():
    predictions = table(["joy", "joy", "fear"], ["joy", "fear", "fear"])
    theirs = f1_score(predictions["y_true"], predicted_labels(predictions), average="macro")
    assert evaluate(predictions).macro_f1 == evaluate(predictions).averages.loc["macro average", "f1"] == theirs


def test_a_class_that_is_only_said_counts_as_one_that_occurs():
    predictions = table(["joy", "joy"], ["joy", "anger"])
    assert evaluate(predictions).macro_f1 == pytest.approx((2 / 3 + 0) / 2)


def test_macro_f1_while_training_is_the_same_figure(random):
    assert macro_f1(random["y_true"], predicted_labels(random)) == pytest.approx(evaluate(random).macro_f1)


@pytest.mark.parametrize(
    ("name", "theirs"),
    [
        ("accuracy", accuracy_score),
        ("balanced_accuracy", balanced_accuracy_score),
        ("mcc", matthews_corrcoef),
        ("kappa", cohen_kappa_score),
    ],
)
def test_scores_over_all_classes_are_scikit_learn_s(random, name, theirs):
    assert evaluate(random).overall.loc[name, "value"] == pytest.approx(
        theirs(random["y_true"], predicted_labels(random))
    )


def test_the_common_classes_are_those_with_30_images():
    y_true = ["joy"] * 30 + ["fear"] * 30 + ["anger"] * 29
    result = evaluate(table(y_true, ["joy"] * 30 + ["joy"] * 15 + ["fear"] * 15 + ["joy"] * 29))
    f1 = result.per_class["f1"]
    assert result.overall.loc["macro_f1_common", "value"] == pytest.approx((f1["joy"] + f1["fear"]) / 2)


def test_where_no_class_is_common_their_mean_is_not_there(small):
    assert np.isnan(evaluate(small).overall.loc["macro_f1_common", "value"])
    assert evaluate(small).to_json()["overall"]["macro_f1_common"]["value"] is None


def test_a_true_label_without_a_column_is_refused(small):
    with pytest.raises(BadInput, match="no column p_awe"):
        evaluate(small.assign(y_true="awe"))


# The baselines


def test_shuffled_answers_score_what_many_shuffles_score_on_average(random):
    rng, said = np.random.default_rng(0), predicted_labels(random)
    shuffles = [f1_score(random["y_true"], rng.permutation(said), average="macro") for _ in range(300)]
    assert evaluate(random).overall.loc["macro_f1", "shuffled"] == pytest.approx(np.mean(shuffles), abs=0.005)


def test_chance_has_no_agreement_beyond_chance(random):
    assert evaluate(random).overall.loc[["mcc", "kappa"], ["majority", "shuffled"]].to_numpy() == pytest.approx(0)


def test_always_saying_the_commonest_is_worked_out_by_hand(small):
    baseline = evaluate(small).majority
    assert (baseline.label, baseline.accuracy) == ("joy", 0.5)
    assert baseline.macro_f1 == pytest.approx((2 * 0.5 / 1.5) / 3)


def test_always_saying_the_commonest_is_what_scikit_learn_gives_it(random):
    constant = np.full(len(random), "joy")
    assert evaluate(random).majority.macro_f1 == pytest.approx(
        f1_score(random["y_true"], constant, average="macro", zero_division=0)
    )


def test_a_run_that_always_says_the_commonest_scores_as_the_baseline():
    result = evaluate(table(["joy"] * 7 + ["fear"] * 2 + ["anger"], ["joy"] * 10))
    assert (result.accuracy, result.macro_f1) == pytest.approx((result.majority.accuracy, result.majority.macro_f1))


# The intervals


def test_intervals_hold_the_figure_itself(random):
    result = evaluate(random)
    assert result.macro_f1_interval[0] < result.macro_f1 < result.macro_f1_interval[1]
    assert (result.per_class["f1_low"] < result.per_class["f1"]).all()
    assert (result.per_class["f1"] < result.per_class["f1_high"]).all()


def test_every_score_has_an_interval_around_it(random):
    overall = evaluate(random).overall
    assert (overall["low"] < overall["value"]).all() and (overall["value"] < overall["high"]).all()


def test_precision_and_recall_have_intervals_too(random):
    rows = evaluate(random).per_class
    for name in ("precision", "recall"):
        assert (rows[f"{name}_low"] < rows[name]).all() and (rows[name] < rows[f"{name}_high"]).all()


def test_intervals_are_the_same_each_time(random):
    assert evaluate(random).per_class.equals(evaluate(random).per_class)


def test_another_seed_gives_other_intervals(random):
    assert evaluate(random, seed=1).macro_f1_interval != evaluate(random, seed=2).macro_f1_interval


def test_intervals_are_those_of_persons_drawn_one_by_one():
    rng = np.random.default_rng(5)
    y_true, y_pred = rng.choice(LABELS[:2], 30), rng.choice(LABELS, 30)
    persons = rng.integers(0, 8, 30)
    y_true[1:], y_pred[1:] = (
        np.where(y_true[1:] == "anger", "joy", y_true[1:]),
        np.where(y_pred[1:] == "anger", "joy", y_pred[1:]),
    )
    y_pred[0] = "anger"  # of one person only, so that some resamples lack the class
    persons[:8] = range(8)  # so that the persons are met, and thereby numbered, in order
    result = evaluate(table(y_true, y_pred, [f"person {n}" for n in persons]), n_resamples=50, seed=9)

    draws = np.random.default_rng(9).multinomial(8, np.full(8, 1 / 8), size=50)
    scores = []
    for times in draws:
        rows = np.concatenate([np.tile(np.flatnonzero(persons == n), times[n]) for n in range(8)])
        scores.append(f1_score(y_true[rows], y_pred[rows], labels=LABELS, average=None, zero_division=np.nan))
    low, high = np.nanquantile(scores, [0.025, 0.975], axis=0)
    assert np.allclose(result.per_class[["f1_low", "f1_high"]], np.stack([low, high], 1))
    assert result.macro_f1_interval == pytest.approx(tuple(np.quantile(np.nanmean(scores, 1), [0.025, 0.975])))


def test_copies_of_each_image_under_one_person_do_not_narrow_the_intervals():
    rng = np.random.default_rng(3)
    y_true, y_pred = rng.choice(LABELS, 60), rng.choice(LABELS, 60)
    persons = [f"person {n}" for n in range(60)]
    once = evaluate(table(y_true, y_pred, persons))
    tenfold = evaluate(table(np.tile(y_true, 10), np.tile(y_pred, 10), persons * 10))
    assert tenfold.macro_f1_interval == pytest.approx(once.macro_f1_interval)


def test_persons_are_counted_and_unknown_ones_are_each_their_own():
    predictions = table(["joy", "fear", "joy", "fear"], ["joy"] * 4, ["Ann", "Ann", None, None])
    assert evaluate(predictions).n_persons == 3


def test_one_person_alone_gives_an_interval_of_no_width():
    result = evaluate(table(["joy", "fear"], ["joy", "joy"], ["Ann", "Ann"]))
    assert result.macro_f1_interval == pytest.approx((result.macro_f1, result.macro_f1))


# As data


@pytest.mark.parametrize(
    "predictions",
    [
        table(["joy"], ["joy"]),
        table(["joy", "joy"], ["fear", "fear"]),
        table(["joy", "fear", "anger"], ["joy", "fear", "anger"]),
    ],
    ids=["one image", "all wrong", "all right"],
)
def test_a_result_is_valid_json_without_nan(predictions):
    result = evaluate(predictions).to_json()
    assert json.loads(json.dumps(result, allow_nan=False)) == result


def test_json_has_what_the_command_line_promises(small):
    result = evaluate(small).to_json()
    assert {"accuracy", "macro_f1", "macro_f1_interval", "per_class", "labels", "confusion_matrix"} <= set(result)
    assert {"precision", "recall", "f1", "f1_interval", "support"} <= set(result["per_class"]["joy"])


def test_a_perfect_run_has_no_spread_even_where_a_class_has_one_image():
    told = evaluate(table(["joy"] * 20 + ["fear"], ["joy"] * 20 + ["fear"], labels=["joy", "fear"]))
    assert told.macro_f1_interval == (1.0, 1.0)


def test_classes_with_few_test_images_or_persons_are_named():
    y_true = ["joy"] * 30 + ["fear"] * 2 + ["anger"] * 40
    persons = [f"person {n}" for n in range(32)] + ["Ann"] * 40
    assert thin_classes(evaluate(table(y_true, y_true, persons), n_resamples=10)) == [
        "fear (2 images of 2 persons)",
        "anger (40 images of 1 persons)",
    ]
