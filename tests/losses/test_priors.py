"""Losses that know how common each class is: identities, and values worked by hand."""

import numpy as np
import pytest
import torch

from core.losses import LOSSES

IMBALANCED = np.array([60, 20, 3])
TARGETS = torch.arange(32) % 3
names = pytest.mark.parametrize("name", ["balanced_softmax", "logit_adjusted"])


@pytest.fixture
def logits():
    return torch.randn(32, 3, generator=torch.Generator().manual_seed(0))


def cost(name, logits, targets=TARGETS, counts=IMBALANCED, **params):
    return float(LOSSES[name].build(counts, **LOSSES[name].settle(params))(logits, targets))


@names
def test_a_common_class_is_expected_before_anything_is_seen(name):
    # Without a lead of either, 3 of 4 images are of the first class: -log(3/4), and -log(1/4) for the second.
    logits, counts = torch.zeros(1, 2), np.array([3, 1])
    assert cost(name, logits, torch.tensor([0]), counts) == pytest.approx(np.log(4 / 3))
    assert cost(name, logits, torch.tensor([1]), counts) == pytest.approx(np.log(4))


def test_balanced_softmax_multiplies_powers_by_counts():
    # 3 e^1 / (3 e^1 + 1 e^2 + 2 e^0)
    logits, counts = torch.tensor([[1.0, 2.0, 0.0]]), np.array([3, 1, 2])
    expected = -np.log(3 * np.e / (3 * np.e + np.e**2 + 2))
    assert cost("balanced_softmax", logits, torch.tensor([0]), counts) == pytest.approx(expected, rel=1e-6)


def test_tau_is_a_power_of_the_counts():
    expected = -np.log(1 / (3**2 + 1))
    assert cost("logit_adjusted", torch.zeros(1, 2), torch.tensor([1]), np.array([3, 1]), tau=2) == pytest.approx(
        expected
    )


def test_logit_adjustment_of_strength_one_is_balanced_softmax(logits):
    assert cost("logit_adjusted", logits, tau=1) == cost("balanced_softmax", logits)


def test_logit_adjustment_of_strength_zero_is_cross_entropy(logits):
    assert cost("logit_adjusted", logits, tau=0) == pytest.approx(cost("cross_entropy", logits), abs=1e-6)


@names
def test_equal_classes_are_plain_cross_entropy(name, logits):
    equal = np.array([9, 9, 9])
    assert cost(name, logits, counts=equal) == pytest.approx(cost("cross_entropy", logits), abs=1e-6)


def test_a_class_that_is_not_there_is_taken_to_be_as_rare_as_the_rarest(logits):
    missing, rare = np.array([60, 3, 0]), np.array([60, 3, 3])
    assert cost("balanced_softmax", logits, counts=missing) == cost("balanced_softmax", logits, counts=rare)
