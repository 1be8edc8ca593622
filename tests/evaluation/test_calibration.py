"""Confidence held against what is right: closed cases, scikit-learn's figures, and temperatures that are known."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import brier_score_loss, log_loss

from core.evaluation.calibration import N_BINS, TEMPERATURES, calibrate, fit_temperature, likelihood
from core.evaluation.decisions import Decision, adjusted

LABELS = ["joy", "fear", "anger"]


def table(shares, codes, persons=None):
    """Predictions with these probabilities, shape (n, 3), and these true classes."""
    persons = persons if persons is not None else [f"person {n}" for n in range(len(codes))]
    rows = {"image": [f"{n}.jpg" for n in range(len(codes))], "person": pd.Series(persons, dtype="str")}
    rows |= {"y_true": np.array(LABELS)[codes], "fold": 1}
    return pd.DataFrame(rows | {f"p_{label}": shares[:, code] for code, label in enumerate(LABELS)})


def drawn(n, temperature=1.0, seed=0):
    """Probabilities that are exactly right, then made too sure: the temperature makes them right again."""
    rng = np.random.default_rng(seed)
    right = rng.dirichlet(np.ones(3), n)
    codes = (rng.random((n, 1)) > right.cumsum(1)).sum(1)
    return adjusted(right, Decision(temperature=1 / temperature), np.ones(3)), codes


@pytest.fixture
def honest():
    """3,000 images whose probabilities are exactly right."""
    return table(*drawn(3000))


def test_who_is_always_sure_and_always_right_has_no_error():
    found = calibrate(table(np.eye(3)[[0, 1, 2]], [0, 1, 2]))
    assert (found.ece, found.brier, found.classwise_ece) == pytest.approx((0, 0, 0), abs=1e-6)


def test_who_is_always_sure_and_always_wrong_has_the_largest():
    found = calibrate(table(np.eye(3)[[0, 1, 2]], [1, 2, 0]))
    assert (found.ece, found.brier) == pytest.approx((1, 2), abs=1e-6)


def test_one_confidence_is_one_bin_and_its_gap_the_error():
    # Ten images, sure to 70 %, half of them right.
    shares = np.tile([0.7, 0.2, 0.1], (10, 1))
    found = calibrate(table(shares, [0, 1] * 5))
    assert found.reliability[["confidence", "accuracy", "images"]].to_numpy().tolist() == [
        [pytest.approx(0.7), 0.5, 10]
    ]
    assert found.ece == pytest.approx(0.2)


def test_the_error_is_the_mean_gap_weighted_by_images():
    # 30 images sure to 90 % of which 60 % are right, 10 sure to 50 % of which 80 % are: 0.75 * 0.3 + 0.25 * 0.3.
    shares = np.repeat([[0.9, 0.05, 0.05], [0.5, 0.3, 0.2]], [30, 10], axis=0)
    codes = [0] * 18 + [1] * 12 + [0] * 8 + [1] * 2
    assert calibrate(table(shares, codes)).ece == pytest.approx(0.3)


def test_bins_hold_as_many_images_each(honest):
    images = calibrate(honest).reliability["images"]
    assert len(images) == N_BINS and images.max() - images.min() <= 1


def test_honest_probabilities_are_on_the_line_within_their_intervals(honest):
    bins = calibrate(honest).reliability
    inside = (bins["low"] <= bins["confidence"]) & (bins["confidence"] <= bins["high"])
    assert inside.sum() >= N_BINS - 3


def test_honest_probabilities_err_as_much_as_chance_makes_them(honest):
    found = calibrate(honest)
    assert found.ece == pytest.approx(found.ece_by_chance, rel=0.5)


def test_what_is_too_sure_errs_far_more_than_by_chance():
    found = calibrate(table(*drawn(3000, temperature=3)))
    assert found.ece > 5 * found.ece_by_chance


def test_likelihood_is_scikit_learn_s(honest):
    shares, codes = drawn(3000)
    assert calibrate(honest).nll == pytest.approx(log_loss(codes, shares))


def test_an_impossible_truth_costs_as_much_as_in_scikit_learn():
    shares = np.array([[1, 0, 0], [0, 1, 0]], dtype=np.float32)
    assert likelihood(shares, np.array([0, 2])) == pytest.approx(log_loss([0, 2], shares, labels=[0, 1, 2]), rel=1e-5)


def test_the_brier_score_is_scikit_learn_s_added_up_over_classes(honest):
    shares, codes = drawn(3000)
    theirs = sum(brier_score_loss(codes == code, shares[:, code]) for code in range(3))
    assert calibrate(honest).brier == pytest.approx(theirs)


def test_each_class_has_its_own_error():
    # Fear is believed in to 30 % and never there; joy to 70 % and always.
    shares = np.tile([0.7, 0.3, 0.0], (8, 1))
    found = calibrate(table(shares, [0] * 8)).by_class.set_index("label")
    assert found["ece"].tolist() == pytest.approx([0.3, 0.3, 0], abs=1e-6)
    assert found.loc["joy", ["images", "there"]].tolist() == [8, 1]


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.5])
def test_the_temperature_that_was_applied_is_found(temperature):
    assert fit_temperature(table(*drawn(20_000, temperature))) == pytest.approx(temperature, rel=0.05)


def test_the_right_temperature_makes_it_honest():
    predictions = table(*drawn(3000, temperature=2))
    assert calibrate(predictions, 2.0).ece < calibrate(predictions).ece / 4


def test_a_temperature_stays_within_its_limits():
    sure_and_wrong = table(np.tile([0.98, 0.01, 0.01], (50, 1)), [1] * 50)
    assert fit_temperature(sure_and_wrong) == pytest.approx(TEMPERATURES[1], abs=0.01)


def test_a_temperature_changes_no_answer(honest):
    before, after = calibrate(honest), calibrate(honest, 3.0)
    assert before.reliability["accuracy"].mul(before.reliability["images"]).sum() == pytest.approx(
        after.reliability["accuracy"].mul(after.reliability["images"]).sum()
    )


def test_all_images_of_one_person_leave_no_interval_to_give():
    shares, codes = drawn(60)
    bins = calibrate(table(shares, codes, ["Ann"] * 60)).reliability
    assert (bins["low"] == bins["accuracy"]).all() and (bins["high"] == bins["accuracy"]).all()
