"""What every loss keeps to, now and in future: one test over all that are registered."""

import inspect
from functools import partial

import numpy as np
import pytest
import torch

from core.losses import LOSSES

every_loss = pytest.mark.parametrize("choice", list(LOSSES), ids=LOSSES.names())
COUNTS = {
    "imbalanced": [60, 20, 3],
    "balanced": [7, 7, 7],
    "very many": [1_000_000, 2_000, 1],
    "a class that is not there": [60, 20, 0],
    "one class only": [60, 0, 0],
}
all_counts = pytest.mark.parametrize("counts", [np.array(counts) for counts in COUNTS.values()], ids=COUNTS)
SOME = np.array([60, 20, 3])


def variants(*ends):
    """Parametrise `build(counts)`: each loss with its parameters at these ends, and as it is late in the training."""
    found = {}
    for choice in LOSSES:
        for end in ends if choice.params else ("default",):
            found[f"{choice.name} {end}"] = partial(built, choice, end)
            if hasattr(found[f"{choice.name} {end}"](SOME), "begin_pass"):
                found[f"{choice.name} {end} late"] = partial(built, choice, end, share=0.9)
    return pytest.mark.parametrize("build", found.values(), ids=found)


def built(choice, end, counts, share=0.0):
    loss = choice.build(counts, **choice.settle({param.name: getattr(param, end) for param in choice.params}))
    if hasattr(loss, "begin_pass"):
        loss.begin_pass(share)
    return loss


usual = variants("default")
extreme = variants("default", "low", "high")


def random_logits(n=32, n_classes=3, spread=1.0):
    return (spread * torch.randn(n, n_classes, generator=torch.Generator().manual_seed(0))).requires_grad_()


def targets_of(counts, n=32):
    """`n` targets of classes that are there."""
    return torch.from_numpy(np.resize(np.flatnonzero(counts), n))


def random_weights(n=32):
    return torch.rand(n, generator=torch.Generator().manual_seed(1)) + 0.1


def blended(n=32, n_classes=3):
    return torch.rand(n, n_classes, generator=torch.Generator().manual_seed(2)).softmax(1)


# One finite number


@extreme
@all_counts
def test_a_loss_is_one_finite_number(build, counts):
    loss = build(counts)(random_logits(), targets_of(counts))
    assert loss.shape == ()
    assert torch.isfinite(loss)


@extreme
@all_counts
@pytest.mark.parametrize("met", [[0, 1, 2], [2]])
def test_classes_that_were_never_trained_on_cost_a_finite_number(build, counts, met):
    logits = random_logits()
    loss = build(counts)(logits, torch.from_numpy(np.resize(met, 32)))
    loss.backward()
    assert torch.isfinite(loss)
    assert torch.isfinite(logits.grad).all()


@extreme
@pytest.mark.parametrize("spread", [0.0, 100.0, 10_000.0])
def test_a_very_sure_network_has_a_finite_loss_and_gradient(build, spread):
    logits = random_logits(spread=spread)
    loss = build(SOME)(logits, targets_of(SOME))
    loss.backward()
    assert torch.isfinite(loss)
    assert torch.isfinite(logits.grad).all()


@extreme
def test_a_single_class_costs_a_finite_number(build):
    logits = random_logits(n_classes=1)
    loss = build(np.array([9]))(logits, torch.zeros(32, dtype=torch.int64))
    loss.backward()
    assert torch.isfinite(loss)
    assert torch.isfinite(logits.grad).all()


@usual
def test_images_that_weigh_nothing_cost_nothing(build):
    logits = random_logits()
    loss = build(SOME)(logits, targets_of(SOME), torch.zeros(32))
    loss.backward()
    assert float(loss.detach()) == 0
    assert torch.equal(logits.grad, torch.zeros(32, 3))


# Learning


@usual
@all_counts
def test_a_gradient_reaches_every_image(build, counts):
    logits = random_logits()
    build(counts)(logits, targets_of(counts)).backward()
    assert torch.isfinite(logits.grad).all()
    assert (logits.grad.abs().sum(1) > 0).all()


@extreme
@pytest.mark.parametrize("targets", [torch.tensor([0, 1, 2, 0, 1, 0]), blended(6)], ids=["classes", "shares"])
@pytest.mark.parametrize("weights", [None, random_weights(6)], ids=["unweighted", "weighted"])
def test_the_gradient_is_that_of_the_loss(build, targets, weights):
    loss, logits = build(SOME).double(), random_logits(6).detach().double().requires_grad_()
    assert torch.autograd.gradcheck(lambda given: loss(given, targets, weights), logits)


@usual
def test_being_right_costs_less_than_being_wrong(build):
    loss, targets = build(np.array([5, 3, 2])), torch.tensor([0, 1, 2])
    right = 5 * torch.eye(3)
    assert loss(right, targets) < loss(right.roll(1, 0), targets)


# Targets and weights


@usual
def test_whole_shares_are_classes(build):
    loss, targets = build(SOME), targets_of(SOME)
    shares = torch.nn.functional.one_hot(targets, 3).float()
    assert torch.equal(
        loss(random_logits(), shares, random_weights()), loss(random_logits(), targets, random_weights())
    )


@usual
def test_weights_of_one_are_no_weights(build):
    loss, targets = build(SOME), targets_of(SOME)
    assert torch.equal(loss(random_logits(), targets, torch.ones(32)), loss(random_logits(), targets))


@usual
@pytest.mark.parametrize("targets", [targets_of(SOME), blended()], ids=["classes", "shares"])
def test_an_image_of_weight_two_is_an_image_that_is_there_twice(build, targets):
    loss, logits = build(SOME), random_logits().detach()
    times = torch.arange(32) % 2 + 1
    twice = loss(logits.repeat_interleave(times, 0), targets.repeat_interleave(times, 0))
    assert float(loss(logits, targets, times.float())) == pytest.approx(float(twice), rel=1e-5)


@usual
def test_an_image_without_weight_is_not_there(build):
    loss, logits, targets = build(SOME), random_logits().detach(), targets_of(SOME)
    weights = random_weights()
    weights[targets == 1] = 0
    kept = weights > 0
    without = loss(logits[kept], targets[kept], weights[kept])
    assert float(loss(logits, targets, weights)) == pytest.approx(float(without), rel=1e-5)


@usual
def test_only_the_ratio_of_weights_matters(build):
    loss, targets, weights = build(SOME), targets_of(SOME), random_weights()
    values = [float(loss(random_logits().detach(), targets, factor * weights)) for factor in (1, 1000)]
    assert values[0] == pytest.approx(values[1], rel=1e-5)


@usual
def test_a_loss_moves_to_a_device_with_all_it_needs(build):
    loss = build(SOME).to(torch.device("meta"))
    assert all(tensor.is_meta for tensor in [*loss.buffers(), *loss.parameters()])


# The menu


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
    assert all(param.help.strip() for param in choice.params)


@every_loss
def test_the_menu_s_titles_differ(choice):
    assert [other.title for other in LOSSES].count(choice.title) == 1


def test_the_menu_starts_with_its_default():
    assert LOSSES.names()[0] == LOSSES.default
