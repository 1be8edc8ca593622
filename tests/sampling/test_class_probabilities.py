"""Passes drawn by class: each strategy's counts, worked by hand, and what stratifying promises."""

from collections import Counter

import numpy as np
import pytest

from core.sampling import SAMPLERS
from core.sampling.class_probabilities import quotas

COUNTS = {"joy": 64, "fear": 16, "anger": 4}
LABELS = np.random.default_rng(1).permutation(np.repeat(list(COUNTS), list(COUNTS.values())).astype(object))
NAMES = ["square_root", "class_balanced", "progressively_balanced"]
every_name = pytest.mark.parametrize("name", NAMES)
every_share = pytest.mark.parametrize("share", [0.0, 0.3, 0.5, 1.0])


def build(name, labels=LABELS, seed=0):
    return SAMPLERS[name].build(labels, np.random.default_rng(seed))


def redraw(name, share, labels=LABELS, seed=0):
    return build(name, labels).redraw(share, np.random.default_rng(seed))


@pytest.mark.parametrize(
    ("name", "share", "counts"),
    [
        ("square_root", 0.5, {"joy": 48, "fear": 24, "anger": 12}),  # 84 images as 8 : 4 : 2
        ("class_balanced", 0.5, {"joy": 28, "fear": 28, "anger": 28}),
        ("progressively_balanced", 0.0, {"joy": 64, "fear": 16, "anger": 4}),
        ("progressively_balanced", 0.25, {"joy": 55, "fear": 19, "anger": 10}),
        ("progressively_balanced", 0.5, {"joy": 46, "fear": 22, "anger": 16}),
        ("progressively_balanced", 1.0, {"joy": 28, "fear": 28, "anger": 28}),
    ],
)
def test_a_pass_shows_each_class_so_often(name, share, counts):
    assert Counter(LABELS[redraw(name, share)]) == counts


@pytest.mark.parametrize("name", ["square_root", "class_balanced"])
@every_share
def test_a_fixed_probability_does_not_change_with_time(name, share):
    assert Counter(LABELS[redraw(name, share)]) == Counter(LABELS[build(name).indices])


@every_name
def test_the_plan_s_own_indices_are_the_pass_half_way(name):
    assert np.array_equal(build(name, seed=7).indices, redraw(name, 0.5, seed=7))


@every_name
@every_share
def test_a_pass_is_as_long_as_the_training_part(name, share):
    assert len(redraw(name, share)) == len(LABELS)


@every_name
@every_share
def test_images_of_a_class_come_equally_often_but_for_one(name, share):
    times = np.bincount(redraw(name, share), minlength=len(LABELS))
    spread = [np.ptp(times[label == LABELS]) for label in COUNTS]
    assert max(spread) <= 1


@every_name
@every_share
def test_no_class_is_left_out_however_rare(name, share):
    labels = np.array(["joy"] * 5000 + [f"rare {number}" for number in range(40)], dtype=object)
    assert set(labels[redraw(name, share, labels)]) == set(labels)


@every_name
def test_over_many_passes_every_image_of_a_class_comes_equally_often(name):
    plan, rng = build(name), np.random.default_rng(0)
    times = sum(np.bincount(plan.redraw(0.9, rng), minlength=len(LABELS)) for _ in range(400)) / 400
    quota = Counter(LABELS[plan.redraw(0.9, rng)])
    expected = np.array([quota[label] / COUNTS[label] for label in LABELS])
    np.testing.assert_allclose(times, expected, atol=0.13)  # five standard errors at most: sqrt(0.25 / 400) each


@every_name
def test_each_pass_draws_others_of_the_common_class(name):
    plan, rng = build(name), np.random.default_rng(0)
    assert set(plan.redraw(0.8, rng)) != set(plan.redraw(0.8, rng))


@every_name
def test_the_same_generator_redraws_the_same(name):
    assert np.array_equal(redraw(name, 0.4, seed=3), redraw(name, 0.4, seed=3))


@every_name
def test_a_single_class_is_shown_once_each(name):
    assert sorted(build(name, np.array(["joy"] * 5, dtype=object)).indices) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(
    ("probabilities", "n", "expected"),
    [
        ([1, 1, 1], 9, [3, 3, 3]),
        ([1, 1, 1], 10, [4, 3, 3]),  # a tie goes to the first
        ([5, 3, 1], 10, [6, 3, 1]),  # 5.56, 3.33, 1.11: the one left over goes to the first
        ([0.2, 0.5, 0.3], 7, [1, 4, 2]),  # 1.4, 3.5, 2.1
        ([1], 4, [4]),
    ],
)
def test_what_is_left_over_goes_to_the_largest_remainders(probabilities, n, expected):
    assert quotas(np.array(probabilities, dtype=float), n).tolist() == expected


@pytest.mark.parametrize("n_classes", [3, 7, 49, 1000])
def test_quotas_add_up_where_thirds_are_not_exact_in_binary(n_classes):
    assert quotas(np.full(n_classes, 1 / n_classes), n_classes).tolist() == [1] * n_classes


def test_quotas_are_the_exact_numbers_rounded_down_or_up():
    probabilities = np.random.default_rng(0).random(200)
    assert np.abs(quotas(probabilities, 999) - probabilities / probabilities.sum() * 999).max() < 1
