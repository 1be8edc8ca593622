"""How much each mistake counts: what every loss keeps to, and the weights worked by hand."""

import inspect

import numpy as np
import pytest
import torch
from sklearn.utils.class_weight import compute_class_weight

from core.losses import LOSSES, balanced_weights

every_loss = pytest.mark.parametrize("choice", list(LOSSES), ids=LOSSES.names())
COUNTS = {
    "imbalanced": [60, 20, 3],
    "balanced": [7, 7, 7],
    "one image": [60, 20, 1],
    "a class that is not there": [60, 20, 0],
    "one class only": [60, 0, 0],
}
all_counts = pytest.mark.parametrize("counts", [np.array(counts) for counts in COUNTS.values()], ids=COUNTS)


@pytest.fixture
def logits():
    return torch.randn(32, 3, generator=torch.Generator().manual_seed(0)).requires_grad_()


def targets_of(counts):
    """32 targets of classes that are there."""
    return torch.from_numpy(np.resize(np.flatnonzero(counts), 32))


@every_loss
@all_counts
def test_a_loss_is_one_finite_number(choice, counts, logits):
    loss = choice.build(counts, **choice.settle({}))(logits, targets_of(counts))
    assert loss.shape == ()
    assert torch.isfinite(loss)


@every_loss
@all_counts
def test_a_gradient_reaches_every_image(choice, counts, logits):
    choice.build(counts, **choice.settle({}))(logits, targets_of(counts)).backward()
    assert torch.isfinite(logits.grad).all()
    assert (logits.grad.abs().sum(1) > 0).all()


@every_loss
def test_being_right_costs_less_than_being_wrong(choice):
    loss, targets = choice.build(np.array([5, 3, 2]), **choice.settle({})), torch.tensor([0, 1, 2])
    right = 5 * torch.eye(3)
    assert loss(right, targets) < loss(right.roll(1, 0), targets)


@every_loss
def test_a_loss_moves_to_a_device_with_all_it_needs(choice):
    loss = choice.build(np.array([5, 3, 2]), **choice.settle({})).to(torch.device("meta"))
    assert all(tensor.is_meta for tensor in [*loss.buffers(), *loss.parameters()])


@every_loss
@pytest.mark.parametrize("end", ["default", "low", "high"])
def test_each_parameter_s_range_settles(choice, end):
    values = {param.name: getattr(param, end) for param in choice.params}
    assert choice.settle(values) == values


@every_loss
def test_the_builder_takes_exactly_the_declared_parameters(choice):
    declared = ["class_counts", *(param.name for param in choice.params)]
    assert list(inspect.signature(choice.build).parameters) == declared


@every_loss
def test_the_menu_says_what_it_is_and_where_it_comes_from(choice):
    assert all(text.strip() for text in (choice.title, choice.summary, choice.source))


def test_class_weights_of_equal_classes_are_plain_cross_entropy(logits):
    targets, counts = torch.arange(32) % 3, np.array([9, 9, 9])
    plain, weighted = (
        LOSSES[name].build(counts)(logits.detach(), targets) for name in ("cross_entropy", "class_weights")
    )
    assert float(weighted) == pytest.approx(float(plain), abs=1e-6)


def test_class_weights_give_every_class_the_same_say():
    logits = torch.tensor([[2.0, 0.0]] * 3 + [[0.0, 0.0]])
    loss = LOSSES["class_weights"].build(np.array([3, 1]))(logits, torch.tensor([0, 0, 0, 1]))
    of_the_common, of_the_rare = np.log(1 + np.exp(-2)), np.log(2)
    assert float(loss) == pytest.approx((of_the_common + of_the_rare) / 2, abs=1e-6)


def test_balanced_weights_are_n_over_k_times_the_count():
    assert balanced_weights(np.array([6, 2])) == pytest.approx([8 / (2 * 6), 8 / (2 * 2)])


def test_balanced_weights_are_scikit_learn_s():
    counts = np.array([60, 20, 3, 1])
    y = np.repeat(np.arange(4), counts)
    assert balanced_weights(counts) == pytest.approx(compute_class_weight("balanced", classes=np.arange(4), y=y))


def test_a_class_that_is_not_there_has_no_weight_and_changes_no_other():
    assert balanced_weights(np.array([6, 0, 2])) == pytest.approx([8 / 12, 0, 2])
