"""Filling up with changed copies: counts, and which places are changed, worked by hand."""

from collections import Counter

import numpy as np
import pytest

from core.augmentation import POLICY_PARAMS, Policy
from core.errors import BadInput
from core.sampling import SAMPLERS

LABELS = np.array(["joy"] * 50 + ["fear"] * 20 + ["anger"] * 3, dtype=object)
AUGMENT = SAMPLERS["augment"]


def draw(seed=0, labels=LABELS, **values):
    return AUGMENT.build(labels, np.random.default_rng(seed), **AUGMENT.settle(values))


@pytest.mark.parametrize(
    ("target", "counts"),
    [
        (1, {"joy": 50, "fear": 20, "anger": 3}),
        (20, {"joy": 50, "fear": 20, "anger": 20}),
        (30, {"joy": 50, "fear": 30, "anger": 30}),
        (100, {"joy": 100, "fear": 100, "anger": 100}),
    ],
)
def test_classes_below_the_target_reach_it_and_larger_ones_stay_whole(target, counts):
    assert Counter(LABELS[draw(target=target).indices]) == counts


def test_every_original_comes_first_and_once_then_the_copies():
    assert draw(target=30).indices[:73].tolist() == list(range(73))


def test_exactly_the_copies_are_changed():
    plan = draw(target=30)
    assert np.flatnonzero(plan.changed).tolist() == list(range(73, 73 + 10 + 27))


def test_nothing_is_changed_where_every_class_has_the_target():
    assert not draw(target=3).changed.any()


def test_members_of_a_class_are_copied_equally_often_or_once_more():
    times = np.bincount(draw(target=30).indices, minlength=73)
    assert sorted(times[70:]) == [10, 10, 10]  # 27 copies of 3 images, and themselves
    assert sorted(times[50:70]) == [1] * 10 + [2] * 10


def test_which_members_get_one_more_copy_is_drawn():
    assert not np.array_equal(np.sort(draw(seed=0, target=30).indices), np.sort(draw(seed=1, target=30).indices))


@pytest.mark.parametrize(("share", "count"), [(0.0, 0), (0.5, 36), (1.0, 73)])
def test_a_share_of_the_originals_is_changed_too(share, count):
    plan = draw(target=30, originals=share)
    assert plan.changed[:73].sum() == count
    assert plan.changed[73:].all()


def test_the_changed_originals_are_drawn():
    first, second = (draw(seed=seed, target=1, originals=0.5).changed for seed in (0, 1))
    assert not np.array_equal(first, second)


def test_the_policy_is_made_of_the_parameters():
    values = {param.name: param.high / (2 + number) for number, param in enumerate(POLICY_PARAMS)}
    assert draw(**values).policy == Policy(**values)


def test_nothing_is_blended_weighted_or_made():
    plan = draw()
    assert not plan.blended.any()
    assert plan.weights is None and plan.made_images is None


def test_a_single_class_is_filled_up_too():
    assert len(draw(labels=np.array(["joy"] * 4, dtype=object), target=10).indices) == 10


def test_a_number_out_of_its_range_is_refused_by_name():
    with pytest.raises(BadInput, match="rotation must be a number from 0.0 to 180.0, not 200"):
        draw(rotation=200)
