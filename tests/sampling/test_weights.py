"""Weights instead of repeats: closed forms, and scikit-learn's class weights."""

import numpy as np
import pytest
from sklearn.utils.class_weight import compute_class_weight

from core.sampling import SAMPLERS

LABELS = np.array(["joy", "fear", "joy", "joy", "joy", "fear", "anger", "joy"], dtype=object)  # 5, 2 and 1
REAL = np.repeat(["neutral", "happiness", "fear", "contempt"], [4804, 3984, 15, 6]).astype(object)
NAMES = ["class_weights", "effective_number"]
every_name = pytest.mark.parametrize("name", NAMES)


def build(name, labels=LABELS, **params):
    return SAMPLERS[name].build(labels, np.random.default_rng(0), **SAMPLERS[name].settle(params))


def by_class(plan, labels=LABELS):
    """The weight of each class, which must be one number."""
    return {str(label): float(np.unique(plan.weights[labels == label]).item()) for label in np.unique(labels)}


@every_name
def test_every_image_is_shown_once_in_its_order(name):
    assert build(name).indices.tolist() == list(range(8))


@every_name
@pytest.mark.parametrize("labels", [LABELS, REAL], ids=["few", "many"])
def test_the_weights_have_mean_one(name, labels):
    weights = build(name, labels).weights
    assert weights.dtype == np.float32
    assert weights.mean(dtype=np.float64) == pytest.approx(1, abs=1e-6)


def test_class_weights_are_n_over_k_times_the_class():
    assert by_class(build("class_weights")) == pytest.approx({"joy": 8 / 15, "fear": 8 / 6, "anger": 8 / 3})


def test_class_weights_are_those_of_scikit_learn():
    classes = np.unique(REAL)
    expected = dict(zip(classes, compute_class_weight("balanced", classes=classes, y=REAL), strict=True))
    assert by_class(build("class_weights", REAL), REAL) == pytest.approx(expected)


def test_under_class_weights_every_class_has_the_same_say():
    weights = build("class_weights").weights
    assert [weights[label == LABELS].sum() for label in np.unique(LABELS)] == pytest.approx([8 / 3] * 3)


def test_beta_zero_weighs_all_images_alike():
    assert build("effective_number", beta=0).weights.tolist() == [1] * 8


def test_beta_one_half_is_worked_by_hand():
    """Effective numbers 31/16, 3/2 and 1: weights 16/31, 2/3 and 1, divided by their mean over the images."""
    mean = (5 * 16 / 31 + 2 * 2 / 3 + 1) / 8
    expected = {"joy": 16 / 31 / mean, "fear": 2 / 3 / mean, "anger": 1 / mean}
    assert by_class(build("effective_number", beta=0.5)) == pytest.approx(expected)


def test_the_effective_number_is_the_sum_of_the_powers_of_beta():
    """(1 - beta**n) / (1 - beta) is 1 + beta + ... + beta**(n - 1), and weights are in inverse ratio to these sums."""
    weights = by_class(build("effective_number", REAL, beta=0.999), REAL)
    sums = {"neutral": (0.999 ** np.arange(4804)).sum(), "contempt": (0.999 ** np.arange(6)).sum()}
    assert weights["contempt"] / weights["neutral"] == pytest.approx(sums["neutral"] / sums["contempt"])


def test_beta_near_one_comes_close_to_class_weights():
    plain = by_class(build("class_weights"))
    assert by_class(build("effective_number", beta=0.99999)) == pytest.approx(plain, rel=1e-4)


def test_the_effective_number_evens_out_less_than_class_weights():
    gentle, plain = by_class(build("effective_number", REAL), REAL), by_class(build("class_weights", REAL), REAL)
    assert 1 < gentle["contempt"] / gentle["neutral"] < plain["contempt"] / plain["neutral"]


@every_name
def test_a_single_class_weighs_one(name):
    assert build(name, np.array(["joy"] * 3, dtype=object)).weights.tolist() == [1, 1, 1]
