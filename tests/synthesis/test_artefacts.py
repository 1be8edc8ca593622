"""Signs of augmentation: seen where they were planted, not seen where they were not."""

import numpy as np
import pytest

from core.synthesis.adversaries import to_bytes, to_tensor
from core.synthesis.artefacts import count_signs, has_border, has_hole, has_unusual_light
from core.synthesis.differentiable import POLICY, augment, cutout, translation


def changed(images, change, strength):
    import torch

    return to_bytes(change(to_tensor(images), strength, torch.Generator().manual_seed(0)))


def shares(real, made):
    import torch

    control = to_bytes(augment(to_tensor(real), torch.Generator().manual_seed(0), POLICY | {"cutout": 0.5}))
    return {sign.name: sign for sign in count_signs(real, control, made)}


def test_every_cutout_leaves_a_hole(pictures):
    assert has_hole(changed(pictures(60), cutout, 0.5)).all()


def test_a_hole_is_found_at_each_edge():
    images = np.random.default_rng(0).integers(0, 256, (4, 64, 64)).astype(np.uint8)
    for image, place in zip(
        images, (np.s_[:16, :16], np.s_[-16:, -16:], np.s_[:16, -16:], np.s_[20:36, 9:25]), strict=True
    ):
        image[place] = 127
    assert has_hole(images).all()


def test_a_smaller_square_is_no_hole():
    image = np.random.default_rng(0).integers(0, 256, (1, 64, 64)).astype(np.uint8)
    image[0, 10:25, 10:25] = 127
    assert not has_hole(image).any()


def test_a_hole_with_a_little_noise_is_found(pictures):
    images = pictures(10)
    images[:, 20:40, 20:40] = 127 + np.random.default_rng(0).integers(-3, 4, (10, 20, 20))
    assert has_hole(images).all()


def test_a_black_ground_is_no_hole():
    assert not has_hole(np.zeros((1, 64, 64), dtype=np.uint8)).any()


@pytest.mark.parametrize("place", [np.s_[:, :2], np.s_[:, -2:], np.s_[:, :, :2], np.s_[:, :, -2:]])
def test_a_border_is_found_on_each_side(place):
    images = np.random.default_rng(0).integers(0, 256, (1, 64, 64)).astype(np.uint8)
    assert not has_border(images).any()
    images[place] = 128
    assert has_border(images).all()


def test_most_moved_pictures_have_a_border(pictures):
    assert has_border(changed(pictures(60), translation, 0.125)).mean() > 0.85


def test_drawn_pictures_have_neither(pictures):
    assert not has_hole(pictures(60)).any()
    assert not has_border(pictures(60)).any()


def test_light_outside_the_bounds_is_unusual():
    images = np.stack([np.full((8, 8), grey, dtype=np.uint8) for grey in (10, 100, 200)])
    assert has_unusual_light(images, np.array([50, 150])).tolist() == [True, False, True]


def test_samples_with_holes_are_told(pictures):
    signs = shares(pictures(60), changed(pictures(60, 1), cutout, 0.5))
    assert signs["grey squares"].leaks
    assert not signs["grey borders"].leaks


def test_samples_with_moved_in_borders_are_told(pictures):
    assert shares(pictures(60), changed(pictures(60, 1), translation, 0.125))["grey borders"].leaks


def test_clean_samples_leak_nothing(pictures):
    assert not any(sign.leaks for sign in shares(pictures(60), pictures(60, 1)).values())


def test_a_sign_that_augmentation_does_not_cause_can_tell_nothing(pictures):
    [squares, *_] = count_signs(pictures(30), pictures(30), changed(pictures(30), cutout, 0.5))
    assert not squares.can_tell
    assert not squares.leaks
