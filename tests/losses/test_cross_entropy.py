"""Cross-entropy, plain and weighed: torch's, and values worked by hand."""

import numpy as np
import pytest
import torch
from torchvision.ops import sigmoid_focal_loss

from core.losses import LOSSES, balanced_weights

IMBALANCED = np.array([60, 20, 3])
TARGETS = torch.arange(32) % 3


@pytest.fixture
def logits():
    return torch.randn(32, 3, generator=torch.Generator().manual_seed(0))


def build(name, counts=IMBALANCED, **params):
    return LOSSES[name].build(counts, **params)


def at(probability):
    """The logits of one image of two classes, the first of which has this probability."""
    return torch.tensor([[probability, 1 - probability]], dtype=torch.float64).log()


def test_cross_entropy_is_torch_s(logits):
    theirs = torch.nn.CrossEntropyLoss()(logits, TARGETS)
    assert float(build("cross_entropy")(logits, TARGETS)) == pytest.approx(float(theirs), rel=1e-6)


def test_cross_entropy_of_shares_is_torch_s(logits):
    shares = logits.roll(1, 0).softmax(1)
    theirs = torch.nn.CrossEntropyLoss()(logits, shares)
    assert float(build("cross_entropy")(logits, shares)) == pytest.approx(float(theirs), rel=1e-6)


def test_class_weights_are_torch_s(logits):
    weight = torch.tensor(balanced_weights(IMBALANCED), dtype=torch.float32)
    theirs = torch.nn.CrossEntropyLoss(weight=weight)(logits, TARGETS)
    assert float(build("class_weights")(logits, TARGETS)) == pytest.approx(float(theirs), rel=1e-6)


def test_class_weights_multiply_into_those_of_the_images(logits):
    weights = torch.arange(32.0)
    both = weights * torch.tensor(balanced_weights(IMBALANCED), dtype=torch.float32)[TARGETS]
    costs = torch.nn.CrossEntropyLoss(reduction="none")(logits, TARGETS)
    expected = float((both * costs).sum() / both.sum())
    assert float(build("class_weights")(logits, TARGETS, weights)) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("name", ["class_weights", "class_balanced"])
def test_weights_of_equal_classes_are_plain_cross_entropy(name, logits):
    weighted = build(name, np.array([9, 9, 9]), **LOSSES[name].settle({}))(logits, TARGETS)
    assert float(weighted) == pytest.approx(float(build("cross_entropy")(logits, TARGETS)), abs=1e-6)


def test_class_weights_give_every_class_the_same_say():
    logits = torch.tensor([[2.0, 0.0]] * 3 + [[0.0, 0.0]])
    loss = build("class_weights", np.array([3, 1]))(logits, torch.tensor([0, 0, 0, 1]))
    of_the_common, of_the_rare = np.log(1 + np.exp(-2)), np.log(2)
    assert float(loss) == pytest.approx((of_the_common + of_the_rare) / 2, abs=1e-6)


@pytest.mark.parametrize(("name", "params"), [("focal", {"gamma": 0.0}), ("class_balanced", {"beta": 0.0})])
def test_at_zero_it_is_cross_entropy(name, params, logits):
    plain = build("cross_entropy")(logits, TARGETS)
    assert float(build(name, **params)(logits, TARGETS)) == pytest.approx(float(plain), abs=1e-6)


# Class-balanced


def test_class_balanced_weighs_a_class_by_its_effective_number():
    # At beta 0.5 two images count as 1.5 and one as 1: one is worth 1.5 times either of two.
    logits = torch.cat([at(0.5), at(0.5), at(0.8)])
    loss = build("class_balanced", np.array([2, 1]), beta=0.5)(logits, torch.tensor([0, 0, 1]))
    assert float(loss) == pytest.approx((2 * np.log(2) + 1.5 * np.log(5)) / 3.5)


# Focal


@pytest.mark.parametrize(
    ("probability", "gamma", "cost"),
    [(0.5, 2.0, 0.25 * np.log(2)), (0.9, 2.0, 0.01 * -np.log(0.9)), (0.75, 0.5, 0.5 * -np.log(0.75))],
)
def test_focal_takes_a_power_of_what_is_missing_to_certainty(probability, gamma, cost):
    loss = build("focal", np.array([1, 1]), gamma=gamma)(at(probability), torch.tensor([0]))
    assert float(loss) == pytest.approx(cost)


@pytest.mark.parametrize("gamma", [0.0, 0.5, 2.0, 5.0])
def test_focal_of_two_classes_is_torchvision_s(gamma, logits):
    score, targets = logits[:, 0], TARGETS % 2
    ours = build("focal", np.array([1, 1]), gamma=gamma)(torch.stack([torch.zeros(32), score], 1), targets)
    theirs = sigmoid_focal_loss(score, targets.float(), alpha=-1, gamma=gamma, reduction="mean")
    assert float(ours) == pytest.approx(float(theirs), rel=1e-5)


def test_focal_of_blended_targets_is_the_mean_of_both_classes():
    loss = build("focal", np.array([1, 1]), gamma=1.0)(at(0.75), torch.tensor([[0.5, 0.5]]))
    assert float(loss) == pytest.approx(0.5 * 0.25 * -np.log(0.75) + 0.5 * 0.75 * -np.log(0.25))
