"""What a network is shown, worked by hand on pictures of one shade."""

import numpy as np
import pytest

from core.augmentation import Policy
from core.batches import TrainingSet, generators
from core.sampling.plan import Plan

CLASSES = ("joy", "fear")
ROWS = np.stack([np.full((4, 4), shade, dtype=np.uint8) for shade in (0, 51, 102, 153, 255)])
"""Rows 0 to 4; the training part is rows 1, 2 and 4, which are joy, fear and joy."""


def training_set(plan):
    return TrainingSet(ROWS, np.array([1, 0, 1, 1, 0]), np.array([1, 2, 4]), plan, CLASSES)


def shown(plan, size=10, seed=0, share=0.0):
    return list(training_set(plan).batches(size, np.random.default_rng(seed), share))


def shades(batch):
    return [round(float(shade), 3) for shade in batch.images[:, 0, 0]]


def test_positions_are_those_of_the_training_part():
    [batch] = shown(Plan(np.array([0, 2, 2])))
    assert sorted(shades(batch)) == [0.2, 1.0, 1.0]
    assert batch.targets.tolist() == [0, 0, 0]


def test_every_place_is_shown_once_a_pass():
    batches = shown(Plan(np.array([0, 1, 2, 2, 1])), size=2)
    assert [len(batch.images) for batch in batches] == [2, 2, 1]
    assert sorted(np.concatenate([batch.places for batch in batches])) == [0, 1, 2, 3, 4]


def test_images_are_floats_from_0_to_1():
    [batch] = shown(Plan(np.array([0, 1, 2])))
    assert (batch.images.dtype, batch.images.shape) == (np.float32, (3, 4, 4))
    assert batch.images.max() == 1


def test_the_order_is_drawn_anew_in_every_pass():
    whole, rng = training_set(Plan(np.arange(3).repeat(20))), np.random.default_rng(0)
    first, second = (next(whole.batches(60, rng)).places for _ in range(2))
    assert not np.array_equal(first, second)


def test_a_blended_place_lies_between_its_parents():
    plan = Plan(np.array([0, 0]), np.array([2, 1]), np.array([0.25, 0], dtype=np.float32))
    [batch] = shown(plan)
    assert sorted(shades(batch)) == [0.2, 0.4]  # 0.2 as it is, and 0.2 + 0.25 * (1 - 0.2)


def test_weights_go_with_their_places():
    [batch] = shown(Plan(np.array([0, 1, 2]), weights=np.array([1, 2, 3], dtype=np.float32)))
    assert batch.weights.tolist() == (batch.places + 1).tolist()


def test_without_weights_there_are_none():
    assert shown(Plan(np.array([0])))[0].weights is None


def test_only_what_is_marked_is_changed():
    plan = Plan(np.array([1, 1]), changed=np.array([False, True]), policy=Policy(brightness=1.0, erasing=1.0))
    [batch] = shown(plan)
    plain = batch.images[batch.places == 0][0]
    assert np.allclose(plain, 0.4)
    assert not np.allclose(batch.images[batch.places == 1][0], 0.4)


def test_a_change_is_drawn_anew_in_every_pass():
    plan = Plan(np.array([1]), changed=np.array([True]), policy=Policy(brightness=1.0))
    whole, rng = training_set(plan), np.random.default_rng(0)
    first, second = (next(whole.batches(1, rng)).images for _ in range(2))
    assert not np.array_equal(first, second)


def test_mixed_images_share_their_labels():
    policy = Policy(flip=0, crop=0, rotation=0, brightness=0, contrast=0, erasing=0, mixup=1.0)
    [batch] = shown(Plan(np.arange(3), changed=np.zeros(3, dtype=bool), policy=policy))
    assert batch.targets.shape == (3, 2)
    assert np.allclose(batch.targets.sum(1), 1)


def test_made_images_come_behind_the_part():
    made = np.full((1, 4, 4), 204, dtype=np.uint8)
    plan = Plan(np.array([0, 3]), made_images=made, made_labels=np.array(["fear"], dtype=object))
    [batch] = shown(plan)
    assert dict(zip(shades(batch), batch.targets.tolist(), strict=True)) == {0.2: 0, 0.8: 1}


def test_a_pass_that_is_drawn_anew_knows_when_it_is():
    plan = Plan(np.array([0]), redraw=lambda share, rng: np.array([2, 2]) if share else np.array([1]))
    assert shades(shown(plan)[0]) == [0.4]
    assert shades(shown(plan, share=0.5)[0]) == [1.0, 1.0]


def test_a_class_weighs_what_its_places_weigh_on_average():
    weights = np.array([1, 3, 5], dtype=np.float32)  # of joy, fear, joy
    assert training_set(Plan(np.array([0, 1, 2]), weights=weights)).class_weights.tolist() == [3, 3]
    assert training_set(Plan(np.array([0, 1, 2]))).class_weights is None


def test_classes_are_counted_as_they_are_shown():
    assert training_set(Plan(np.array([0, 1, 1, 2]))).class_counts.tolist() == [2, 2]


# Settled: for models that see each image once


def test_real_images_need_not_be_settled():
    whole = training_set(Plan(np.array([0, 1])))
    assert whole.settled(np.random.default_rng(0)) is whole


def test_what_is_blended_becomes_a_row_of_its_own():
    plan = Plan(np.array([0, 0]), np.array([2, 2]), np.array([0, 0.25], dtype=np.float32))
    settled = training_set(plan).settled(np.random.default_rng(0))
    assert settled.rows[:, 0, 0].tolist() == [51, 102, 255, 102]
    assert settled.plan.indices.tolist() == [0, 3]
    assert settled.targets.tolist() == [0, 1, 0, 0]


def test_many_settled_images_are_those_of_a_few(monkeypatch):
    plan = Plan(np.zeros(7, dtype=int), np.full(7, 2), np.linspace(0.1, 0.7, 7, dtype=np.float32))
    at_once = training_set(plan).settled(np.random.default_rng(0)).rows
    monkeypatch.setattr("core.batches._BLOCK", 3)
    assert np.array_equal(training_set(plan).settled(np.random.default_rng(0)).rows, at_once)


def test_settled_places_keep_their_weights():
    plan = Plan(np.array([1]), np.array([2]), np.array([0.5]), weights=np.array([3], dtype=np.float32))
    assert training_set(plan).settled(np.random.default_rng(0)).plan.weights.tolist() == [3]


def test_made_images_are_settled_with_their_labels():
    made = np.full((1, 4, 4), 204, dtype=np.uint8)
    plan = Plan(np.array([3]), made_images=made, made_labels=np.array(["fear"], dtype=object))
    settled = training_set(plan).settled(np.random.default_rng(0))
    assert settled.rows[settled.plan.indices[0], 0, 0] == 204
    assert settled.class_counts.tolist() == [0, 1]


# What is drawn


@pytest.mark.parametrize("other", [(1, 1), (0, 2)])
def test_each_seed_and_fold_draws_its_own(other):
    (rng, torch_seed), (again, same), (_, elsewhere) = generators(0, 1), generators(0, 1), generators(*other)
    assert (rng.random(), torch_seed) == (again.random(), same)
    assert torch_seed != elsewhere
