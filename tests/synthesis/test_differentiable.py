"""DiffAugment: each change keeps the shape, lets gradients through and does what it says."""

import pytest
import torch

from core.synthesis.differentiable import CHANGES, POLICY, augment, brightness, contrast, cutout, translation

every_change = pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def images(n=6, side=16):
    return torch.rand(n, 1, side, side, generator=generator(1)) * 2 - 1


@every_change
def test_a_change_keeps_the_shape(change):
    assert change(images(), 0.5, generator()).shape == (6, 1, 16, 16)


@every_change
def test_strength_zero_changes_nothing(change):
    assert torch.allclose(change(images(), 0.0, generator()), images(), atol=1e-6)


@every_change
def test_a_change_does_something(change):
    assert not torch.allclose(change(images(), 0.5, generator()), images())


@every_change
def test_gradients_are_those_of_finite_differences(change):
    small = images(2, 8).double().requires_grad_()
    assert torch.autograd.gradcheck(lambda given: change(given, 0.5, generator()), small)


@every_change
def test_the_same_generator_changes_alike(change):
    assert torch.equal(change(images(), 0.5, generator(3)), change(images(), 0.5, generator(3)))


@every_change
def test_each_image_is_changed_in_its_own_way(change):
    same = images(1).expand(20, 1, 16, 16)
    assert len({tuple(image.flatten().tolist()) for image in change(same, 0.5, generator())}) > 3


@every_change
def test_a_batch_of_one_works(change):
    assert change(images(1), 0.5, generator()).shape == (1, 1, 16, 16)


def test_brightness_adds_one_number_to_an_image():
    added = brightness(images(), 1.0, generator()) - images()
    assert torch.allclose(added, added[:, :, :1, :1].expand_as(added), atol=1e-6)
    assert added.abs().max() <= 0.5


def test_contrast_keeps_the_mean():
    assert torch.allclose(contrast(images(), 0.5, generator()).mean((1, 2, 3)), images().mean((1, 2, 3)), atol=1e-6)


def test_contrast_stretches_by_one_factor():
    given = images()
    ratio = contrast(given, 0.5, generator()).std((1, 2, 3)) / given.std((1, 2, 3))
    assert ((ratio >= 0.5) & (ratio <= 1.5)).all()


def test_translation_moves_whole_pixels_and_fills_with_grey():
    rows = torch.arange(1.0, 17.0)[:, None]
    given = (rows + torch.arange(0.0, 1600.0, 100.0)).expand(40, 1, 16, 16)  # each pixel says where it was
    for moved in translation(given, 0.25, generator()):
        kept = moved != 0
        assert torch.isin(moved[kept], given).all()
        assert kept.sum() >= 12 * 12


def test_translation_moves_all_pixels_of_an_image_alike():
    given = torch.arange(1.0, 257.0).view(1, 1, 16, 16)
    moved = translation(given, 0.25, generator())[0, 0]
    kept = moved != 0
    offsets = (moved - given[0, 0])[kept]
    assert len(offsets.unique()) == 1


def test_translation_goes_as_far_as_it_may_and_no_farther():
    dots = torch.zeros(500, 1, 16, 16)
    dots[:, :, 8, 8] = 1
    found = translation(dots, 0.25, generator()).nonzero()[:, 2:]
    assert found.min() == 4
    assert found.max() == 12


def test_cutout_leaves_one_grey_rectangle():
    cut = cutout(torch.ones(200, 1, 16, 16), 0.5, generator()) == 0
    heights, widths = cut.any(3).sum(2), cut.any(2).sum(2)
    assert torch.equal(cut.sum((2, 3)), heights * widths)
    assert heights.max() == widths.max() == 8
    assert heights.min() >= 4


def test_a_policy_is_applied_in_the_order_of_the_table():
    assert list(POLICY) == [name for name in CHANGES if name in POLICY]
    by_hand, own = images(), generator(5)
    for name, strength in POLICY.items():
        by_hand = CHANGES[name](by_hand, strength, own)
    assert torch.equal(augment(images(), generator(5)), by_hand)


def test_an_empty_policy_changes_nothing():
    assert torch.equal(augment(images(), generator(), {}), images())
