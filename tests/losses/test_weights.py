"""What a class counts, from how many images of it there are: worked by hand."""

import numpy as np
import pytest
from sklearn.utils.class_weight import compute_class_weight

from core.losses import balanced_weights
from core.losses.weights import counts_above_zero, effective_weights


def test_balanced_weights_are_n_over_k_times_the_count():
    assert balanced_weights(np.array([6, 2])) == pytest.approx([8 / (2 * 6), 8 / (2 * 2)])


def test_balanced_weights_are_scikit_learn_s():
    counts = np.array([60, 20, 3, 1])
    y = np.repeat(np.arange(4), counts)
    assert balanced_weights(counts) == pytest.approx(compute_class_weight("balanced", classes=np.arange(4), y=y))


def test_a_class_that_is_not_there_has_no_weight_and_changes_no_other():
    assert balanced_weights(np.array([6, 0, 2])) == pytest.approx([8 / 12, 0, 2])


def test_effective_weights_are_one_over_the_effective_number():
    # (1 - 0.5^n) / 0.5 is 1, 1.5 and 1.75; the inverses 1, 2/3 and 4/7 sum to 47/21 and are scaled to sum to 3.
    assert effective_weights(np.array([1, 2, 3]), 0.5) == pytest.approx(np.array([63, 42, 36]) / 47)


def test_effective_weights_without_overlap_are_all_one():
    assert effective_weights(np.array([60, 20, 1]), 0.0).tolist() == [1, 1, 1]


def test_effective_weights_near_one_are_balanced_weights_up_to_a_factor():
    counts = np.array([6, 2, 1])
    ratio = effective_weights(counts, 1 - 1e-9) / balanced_weights(counts)
    assert ratio == pytest.approx(np.full(3, ratio[0]), rel=1e-6)


@pytest.mark.parametrize("beta", [0.0, 0.999, 0.99999])
def test_effective_weights_sum_to_the_number_of_classes(beta):
    assert effective_weights(np.array([5_000, 60, 1]), beta).sum() == pytest.approx(3)


@pytest.mark.parametrize("beta", [0.0, 0.999])
def test_a_class_that_is_not_there_changes_no_effective_weight(beta):
    first, second = effective_weights(np.array([6, 2]), beta)
    assert effective_weights(np.array([6, 0, 2]), beta) == pytest.approx([first, 0, second])


def test_a_class_that_is_not_there_is_as_rare_as_the_rarest():
    assert counts_above_zero(np.array([60, 0, 3])).tolist() == [60, 3, 3]
