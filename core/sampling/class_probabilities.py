"""Strategies that draw every pass anew, as many images as there are, each class with a probability of its own.

Kang et al. 2020, "Decoupling representation and classifier": a class of n_c images is drawn with a probability that is
proportional to n_c ** q. Here the draw is stratified. How often a class comes is its expected number of images, rounded
so that the pass keeps its length; inside a class the draw runs through one random order after the other, as the paper's
own class-aware sampler does, so that no image is shown twice more than another. Dice thrown for each place would show
the same on average; this way there is less noise between passes, and what a pass shows can be counted beforehand.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np

from core.augmentation import POLICY_PARAMS, Policy
from core.sampling import SAMPLERS
from core.sampling.plan import Plan

Probabilities = Callable[[np.ndarray, float], np.ndarray]
"""From class counts (K,) and the share of the training that is over, 0 to 1, to probabilities (K,) up to a factor."""


@SAMPLERS.add(
    "square_root",
    title="Square root",
    summary="Draw a class by the square root of its size: the common ones still come more often, but far less so.",
    source="Kang 2020 (q = 1/2); Mahajan 2018",
)
def _square_root(labels: np.ndarray, rng: np.random.Generator) -> Plan:
    return _plan(labels, rng, _by_square_root)


@SAMPLERS.add(
    "square_root_augmented",
    title="Square root, augmented",
    summary="As square root, and whatever is drawn is mirrored, turned, cropped or relit anew each time: a rare image "
    "that comes often is never the very same.",
    source="Mahajan 2018; Shorten & Khoshgoftaar 2019",
    params=POLICY_PARAMS,
)
def _square_root_augmented(
    labels: np.ndarray,
    rng: np.random.Generator,
    flip: float,
    crop: float,
    rotation: float,
    brightness: float,
    contrast: float,
    erasing: float,
    mixup: float,
    cutmix: float,
) -> Plan:
    drawn = _plan(labels, rng, _by_square_root)
    policy = Policy(flip, crop, rotation, brightness, contrast, erasing, mixup, cutmix)
    return replace(drawn, changed=np.ones(len(drawn.indices), dtype=bool), policy=policy)


@SAMPLERS.add(
    "class_balanced",
    title="Class-balanced",
    summary="Draw every class equally often: a pass is as long as before, but most images of a common class wait.",
    source="Kang 2020 (q = 0); Shen 2016",
)
def _class_balanced(labels: np.ndarray, rng: np.random.Generator) -> Plan:
    return _plan(labels, rng, _equal)


@SAMPLERS.add(
    "progressively_balanced",
    title="Progressively balanced",
    summary="Begin with the data as it is and move, pass by pass, to drawing every class equally often.",
    source="Kang 2020",
)
def _progressively_balanced(labels: np.ndarray, rng: np.random.Generator) -> Plan:
    return _plan(labels, rng, _more_and_more_equal)


def _by_square_root(counts: np.ndarray, share: float) -> np.ndarray:
    return np.sqrt(counts)


def _equal(counts: np.ndarray, share: float) -> np.ndarray:
    return np.ones(len(counts))


def _more_and_more_equal(counts: np.ndarray, share: float) -> np.ndarray:
    return (1 - share) * counts / counts.sum() + share / len(counts)


def _plan(labels: np.ndarray, rng: np.random.Generator, probabilities: Probabilities) -> Plan:
    codes, counts = np.unique(labels, return_inverse=True, return_counts=True)[1:]
    members = np.split(np.argsort(codes, kind="stable"), np.cumsum(counts)[:-1])
    redraw = partial(_draw, members, probabilities)
    return Plan(redraw(0.5, rng), redraw=redraw)


def _draw(
    members: list[np.ndarray], probabilities: Probabilities, share: float, rng: np.random.Generator
) -> np.ndarray:
    """Return the positions that a pass shows, class by class, from the positions of each class."""
    counts = np.array([len(own) for own in members])
    sizes = quotas(probabilities(counts, share), counts.sum())
    return np.concatenate([_cycle(own, size, rng) for own, size in zip(members, sizes, strict=True)])


def quotas(probabilities: np.ndarray, n: int) -> np.ndarray:
    """Return how many of n images each class gets, int64, shape (K,), by the method of the largest remainder.

    Args:
        probabilities: positive numbers in proportion to which the images are shared out, shape (K,).
        n: how many images there are to share out; that many the result adds up to.

    Each number is the exact one rounded down or up. So no class is left out by a strategy of this file: the expected
    number of images of a class that has at least one is at least one.

    >>> quotas(np.array([4.0, 2.0, 1.0]), 10).tolist()
    [6, 3, 1]
    """
    exact = probabilities / probabilities.sum() * n
    whole = np.floor(exact).astype(np.int64)
    largest_remainders = np.argsort(whole - exact, kind="stable")[: n - whole.sum()]
    whole[largest_remainders] += 1
    return whole


def _cycle(members: np.ndarray, size: int, rng: np.random.Generator) -> np.ndarray:
    """Return `size` of the members, running through all of them in a random order before any comes again."""
    rounds = -(-size // len(members))
    return rng.permuted(np.tile(members, (rounds, 1)), axis=1).ravel()[:size]
