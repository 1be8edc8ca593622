"""Dropping and repeating at random: each strategy's counts, worked by hand."""

from collections import Counter

import numpy as np
import pytest

from core.sampling import SAMPLERS

LABELS = np.array(["joy"] * 50 + ["fear"] * 20 + ["anger"] * 3, dtype=object)


def draw(name, seed=0, **params):
    return SAMPLERS[name].build(LABELS, np.random.default_rng(seed), **params)


@pytest.mark.parametrize(
    ("name", "params", "counts"),
    [
        ("none", {}, {"joy": 50, "fear": 20, "anger": 3}),
        ("under", {}, {"joy": 3, "fear": 3, "anger": 3}),
        ("over", {}, {"joy": 50, "fear": 50, "anger": 50}),
        ("under_over", {"target": 10}, {"joy": 10, "fear": 10, "anger": 10}),
        ("under_over", {"target": 100}, {"joy": 100, "fear": 100, "anger": 100}),
        ("under_over", {"target": 1}, {"joy": 1, "fear": 1, "anger": 1}),
    ],
)
def test_a_strategy_shows_each_class_so_often(name, params, counts):
    assert Counter(LABELS[draw(name, **params)]) == counts


@pytest.mark.parametrize(
    ("name", "params", "distinct"),
    [
        ("none", {}, {"joy": 50, "fear": 20, "anger": 3}),
        ("under", {}, {"joy": 3, "fear": 3, "anger": 3}),
        ("over", {}, {"joy": 50, "fear": 20, "anger": 3}),
        ("under_over", {"target": 10}, {"joy": 10, "fear": 10, "anger": 3}),
        ("under_over", {"target": 30}, {"joy": 30, "fear": 20, "anger": 3}),
    ],
)
def test_a_strategy_keeps_so_many_distinct_images(name, params, distinct):
    assert Counter(LABELS[np.unique(draw(name, **params))]) == distinct


def test_no_resampling_keeps_the_order():
    assert draw("none").tolist() == list(range(73))


def test_undersampling_repeats_nothing():
    assert max(Counter(draw("under").tolist()).values()) == 1


@pytest.mark.parametrize("name", ["under", "over"])
def test_another_seed_draws_others(name):
    assert sorted(draw(name, seed=0)) != sorted(draw(name, seed=1))


def test_the_rare_class_is_repeated_evenly_enough():
    times = np.bincount(draw("over"), minlength=73)[-3:]
    assert times.sum() == 50
    assert times.min() >= 8
