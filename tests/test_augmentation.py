"""Changing images at random: closed forms, and torchvision as the peer."""

from dataclasses import fields

import numpy as np
import pytest
import torch
from torchvision.transforms import InterpolationMode
from torchvision.transforms.v2 import CutMix, MixUp
from torchvision.transforms.v2 import functional as peer

from core.augmentation import POLICY_PARAMS, Policy, as_floats, erase, mix, moved, relit
from core.errors import BadInput

SIDE = 32
STILL = dict.fromkeys((field.name for field in fields(Policy)), 0.0)
IMAGES = np.random.default_rng(0).integers(0, 256, (40, SIDE, SIDE), dtype=np.uint8)
ALONG, ACROSS = np.mgrid[:SIDE, :SIDE] / SIDE
SMOOTH = (0.5 + 0.25 * np.sin(6 * ACROSS + 2 * ALONG) + 0.2 * np.cos(5 * ALONG - ACROSS)).astype(np.float32)
INSIDE = slice(8, -8)


def only(**amounts):
    """The policy that does this and nothing else."""
    return Policy(**(STILL | amounts))


def change(policy, images=IMAGES, seed=0):
    return policy.apply(images, np.random.default_rng(seed))


def move(image, scale=1.0, right=0.0, down=0.0, degrees=0.0):
    return moved(image[None], *(np.array([number]) for number in (scale, right, down, degrees)))[0]


def targets(n):
    return np.eye(n, dtype=np.float32)


# --- The policy as a whole --------------------------------------------------------------------------------------------


def test_a_policy_of_zeros_returns_the_images():
    assert np.array_equal(change(only()), IMAGES / np.float32(255))


def test_floats_are_taken_as_they_are():
    assert np.array_equal(change(only(), as_floats(IMAGES)), as_floats(IMAGES))


@pytest.mark.parametrize("images", [IMAGES, as_floats(IMAGES)], ids=["uint8", "float32"])
def test_the_given_images_stay_as_they_were(images):
    before = images.copy()
    change(Policy(flip=1, erasing=1), images)
    assert np.array_equal(images, before)


def test_both_kinds_of_numbers_are_changed_alike():
    assert np.array_equal(change(Policy()), change(Policy(), as_floats(IMAGES)))


@pytest.mark.parametrize("param", POLICY_PARAMS, ids=lambda param: param.name)
def test_values_stay_between_0_and_1_however_much_is_changed(param):
    changed = change(Policy(**{param.name: param.high}))
    assert changed.dtype == np.float32 and changed.shape == IMAGES.shape
    assert 0 <= changed.min() <= changed.max() <= 1


def test_the_same_generator_changes_the_same():
    assert np.array_equal(change(Policy(), seed=3), change(Policy(), seed=3))
    assert not np.array_equal(change(Policy(), seed=3), change(Policy(), seed=4))


@pytest.mark.parametrize("name", ["crop", "rotation", "brightness", "contrast", "erasing"])
def test_copies_of_one_image_are_changed_differently(name):
    most = {param.name: param.high for param in POLICY_PARAMS}[name]
    copies = change(only(**{name: most}), np.repeat(IMAGES[:1], 8, axis=0))
    assert len(np.unique(copies, axis=0)) == 8


def test_switching_one_change_off_leaves_the_others():
    lit = change(only(brightness=0.2, flip=0.5))
    upright = (change(only(flip=0.5)) == as_floats(IMAGES)).all(axis=(1, 2))
    assert 0 < upright.sum() < len(IMAGES)
    assert np.array_equal(lit[upright], change(only(brightness=0.2))[upright])


def test_images_are_changed_alike_however_many_are_moved_at_once(monkeypatch):
    whole = change(Policy())
    monkeypatch.setattr("core.augmentation._BLOCK", 1)
    assert np.array_equal(change(Policy()), whole)


def test_no_image_is_no_problem():
    assert change(Policy(), IMAGES[:0]).shape == (0, SIDE, SIDE)


def test_an_amount_out_of_its_range_is_refused_by_name():
    with pytest.raises(BadInput, match="flip must be a number from 0.0 to 1.0, not 1.5"):
        Policy(flip=1.5)


def test_the_form_offers_the_policy_s_numbers_and_defaults():
    assert {param.name: param.default for param in POLICY_PARAMS} == vars(Policy())
    assert all(param.help and param.low == 0 for param in POLICY_PARAMS)


# --- Mirroring, cropping, turning -------------------------------------------------------------------------------------


def test_mirroring_is_exact():
    assert np.array_equal(change(only(flip=1)), as_floats(IMAGES)[:, :, ::-1])


def test_half_of_the_images_are_mirrored():
    mirrored = (change(only(flip=0.5), np.repeat(IMAGES[:1], 1000, axis=0)) != as_floats(IMAGES[0])).any(axis=(1, 2))
    assert 450 < mirrored.sum() < 550


@pytest.mark.parametrize(("degrees", "scale"), [(10, 1.0), (-25, 0.8), (90, 1.0)])
def test_turning_and_zooming_is_what_torchvision_s_affine_does(degrees, scale):
    expected = peer.affine(
        torch.from_numpy(SMOOTH)[None], degrees, [0, 0], 1 / scale, [0.0, 0.0], InterpolationMode.BILINEAR
    )[0].numpy()
    found = move(SMOOTH, scale, degrees=float(degrees))
    np.testing.assert_allclose(found[INSIDE, INSIDE], expected[INSIDE, INSIDE], atol=1e-6)


@pytest.mark.parametrize(("right", "down", "left", "top"), [(-1, -1, 0, 0), (1, 0, 16, 8), (0, 1, 8, 16)])
def test_a_crop_is_what_torchvision_s_resized_crop_does(right, down, left, top):
    expected = peer.resized_crop(torch.from_numpy(SMOOTH)[None], top, left, 16, 16, [SIDE, SIDE], antialias=False)[0]
    inner = slice(2, -2)  # it repeats the window's border, although the image goes on there
    found = move(SMOOTH, 0.5, right, down)
    np.testing.assert_allclose(found[inner, inner], expected[inner, inner], atol=1e-6)


def test_half_a_turn_is_the_image_upside_down():
    np.testing.assert_allclose(move(SMOOTH, degrees=180.0), SMOOTH[::-1, ::-1], atol=1e-5)


@pytest.mark.parametrize("policy", [only(rotation=180), only(rotation=45, crop=0.5)], ids=["turned", "cropped too"])
def test_a_turned_white_image_has_no_black_wedges(policy):
    assert change(policy, np.full((20, SIDE, SIDE), 255, dtype=np.uint8)).min() > 0.999


def test_what_lies_beyond_the_border_is_the_border():
    rows = np.tile(SMOOTH[:, :1], (1, SIDE))  # each row is one grey, so beyond the border it is still that grey
    turned = move(rows, degrees=90.0)
    np.testing.assert_allclose(turned, np.tile(turned[:1], (SIDE, 1)), atol=1e-5)


def test_a_single_pixel_can_be_moved():
    dots = np.array([[[0.2]], [[0.7]]], dtype=np.float32)
    np.testing.assert_allclose(change(only(crop=0.5, rotation=90), dots), dots)


# --- Brightness and contrast ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("factor", [0.5, 1.0, 1.7])
def test_brightness_is_torchvision_s(factor):
    expected = peer.adjust_brightness(torch.from_numpy(as_floats(IMAGES))[:, None], factor)[:, 0]
    found = relit(as_floats(IMAGES), np.full(40, factor), np.ones(40))
    np.testing.assert_allclose(found, expected, atol=1e-6)


@pytest.mark.parametrize("factor", [0.0, 0.5, 1.7])
def test_contrast_is_torchvision_s(factor):
    expected = peer.adjust_contrast(torch.from_numpy(as_floats(IMAGES))[:, None], factor)[:, 0]
    found = relit(as_floats(IMAGES), np.ones(40), np.full(40, factor))
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_black_stays_black():
    assert not change(only(brightness=1, contrast=1), np.zeros((9, SIDE, SIDE), dtype=np.uint8)).any()


def test_a_plain_grey_has_no_contrast_to_change():
    grey = np.full((9, SIDE, SIDE), 0.25, dtype=np.float32)
    np.testing.assert_allclose(change(only(contrast=1), grey), grey, atol=1e-6)


def test_brightness_multiplies_by_a_factor_in_its_range():
    factors = change(only(brightness=0.3), np.full((500, 2, 2), 0.5, dtype=np.float32))[:, 0, 0] / 0.5
    assert 0.7 <= factors.min() < 0.72 and 1.28 < factors.max() <= 1.3


def test_contrast_keeps_the_mean_where_nothing_is_cut_off():
    images = np.repeat(SMOOTH[None] / 2 + 0.25, 20, axis=0)
    np.testing.assert_allclose(
        change(only(contrast=0.5), images).mean(axis=(1, 2)), images.mean(axis=(1, 2)), atol=1e-6
    )


# --- Erasing ----------------------------------------------------------------------------------------------------------


def test_erasing_covers_one_rectangle_and_leaves_the_rest():
    for image in change(only(erasing=1), np.zeros((40, SIDE, SIDE), dtype=np.uint8)):
        rows, columns = np.flatnonzero(image.any(axis=1)), np.flatnonzero(image.any(axis=0))
        assert image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].all()


def test_an_erased_rectangle_has_a_limited_area_and_shape():
    for seed in range(200):
        image = np.zeros((100, 100), dtype=np.float32)
        erase(image, np.random.default_rng(seed))
        height, width = image.any(axis=1).sum(), image.any(axis=0).sum()
        assert 0.018 <= height * width / 10_000 <= 0.122
        assert 0.28 <= height / width <= 3.6


def test_erased_pixels_are_noise():
    image = np.full((SIDE, SIDE), 2, dtype=np.float32)
    erase(image, np.random.default_rng(0))
    assert len(np.unique(image[image < 2])) > 10


def test_so_often_is_an_image_erased():
    erased = change(only(erasing=0.25), np.zeros((1000, 8, 8), dtype=np.uint8)).any(axis=(1, 2))
    assert 200 < erased.sum() < 300


# --- MixUp and CutMix -------------------------------------------------------------------------------------------------


def batch(n=6):
    """Image i is a plain grey of i / 10, of class i."""
    return np.full((n, SIDE, SIDE), 0.1, dtype=np.float32) * np.arange(n, dtype=np.float32)[:, None, None], targets(n)


def mixed(seed=0, **alphas):
    return mix(*batch(), only(**alphas), np.random.default_rng(seed))


def assert_as_torchvision(found, transform, **drawn):
    """The images and targets are what torchvision makes of the batch, given what was drawn."""
    pixels, soft = (torch.from_numpy(array) for array in batch())
    drawn |= {"labels": soft, "batch_size": len(soft)}
    np.testing.assert_allclose(found[0], transform.transform(pixels[:, None], drawn)[:, 0], atol=1e-6)
    np.testing.assert_allclose(found[1], transform.transform(soft, drawn), atol=1e-6)


def test_without_mixing_the_batch_is_returned():
    assert np.array_equal(mixed()[0], batch()[0]) and np.array_equal(mixed()[1], targets(6))
    assert not Policy().mixes


@pytest.mark.parametrize("alphas", [{"mixup": 0.2}, {"cutmix": 1.0}, {"mixup": 1.0, "cutmix": 1.0}])
def test_targets_are_shares_that_sum_to_1(alphas):
    for seed in range(20):
        images, soft = mixed(seed, **alphas)
        assert images.dtype == soft.dtype == np.float32
        np.testing.assert_allclose(soft.sum(axis=1), 1, atol=1e-6)


def test_mixup_blends_pixels_and_targets_as_torchvision_s_does():
    found = mixed(mixup=1.0)
    assert_as_torchvision(found, MixUp(num_classes=6), lam=float(found[1][0, 0]))


def test_mixup_s_shares_follow_the_beta_distribution():
    rng = np.random.default_rng(0)
    shares = [mix(*batch(2), only(mixup=0.5), rng)[1][0, 0] for _ in range(2000)]
    assert abs(np.mean(shares) - 0.5) < 0.03
    assert abs(np.var(shares) - 0.125) < 0.01  # alpha 0.5: 1 / (4 (2 alpha + 1))


def test_cutmix_s_share_is_that_of_the_pixels_that_stayed():
    for seed in range(50):
        images, soft = mixed(seed, cutmix=1.0)
        stayed = np.isclose(images, batch()[0]).mean(axis=(1, 2))
        np.testing.assert_allclose(np.diag(soft), stayed, atol=1e-6)


def test_cutmix_pastes_one_rectangle_of_the_image_before():
    images, soft = mixed(2, cutmix=1.0)
    pasted = np.isclose(images[3], 0.2)
    assert np.array_equal(pasted, np.outer(pasted.any(axis=1), pasted.any(axis=0)))
    assert soft[3, 2] == pytest.approx(pasted.mean(), abs=1e-6) and 0 < soft[3, 2] < 1


def test_cutmix_pastes_pixels_and_targets_as_torchvision_s_does():
    found = mixed(2, cutmix=1.0)
    rows, columns = (np.flatnonzero(np.isclose(found[0][3], 0.2).any(axis=axis)) for axis in (1, 0))
    box = (columns[0], rows[0], columns[-1] + 1, rows[-1] + 1)
    assert_as_torchvision(found, CutMix(num_classes=6), box=box, lam_adjusted=float(found[1][0, 0]))


def test_one_share_holds_for_the_whole_batch():
    for alphas in ({"mixup": 1.0}, {"cutmix": 1.0}):
        assert len(np.unique(np.diag(mixed(**alphas)[1]))) == 1


def test_with_both_on_each_batch_gets_one_of_them():
    plain = [len(np.unique(mixed(seed, mixup=1.0, cutmix=1.0)[0][3])) == 1 for seed in range(400)]
    assert 0.4 < np.mean(plain) < 0.6  # MixUp leaves a plain grey plain; a rectangle that is no pixel or all is rare


def test_the_mixed_batch_is_another_one():
    images, soft = batch()
    mix(images, soft, only(cutmix=1.0), np.random.default_rng(0))
    assert np.array_equal(images, batch()[0]) and np.array_equal(soft, targets(6))
