"""Copies are found however they were disguised, and what is new is left alone."""

import numpy as np
import pytest

from core.synthesis.memory import find_copies

COPIES = {
    "exact": lambda image: image,
    "mirrored": lambda image: image[:, ::-1],
    "darker": lambda image: image * 0.5 + 20,
    "moved": lambda image: np.roll(image, (2, -4), (0, 1)),
    "noisy": lambda image: image + np.random.default_rng(0).normal(0, 8, image.shape),
}


@pytest.fixture(scope="module")
def real(pictures):
    return pictures(60)


@pytest.mark.parametrize("disguise", COPIES.values(), ids=COPIES)
def test_a_copy_is_found_with_its_original(real, disguise):
    copy = np.clip(disguise(real[7].astype(float)), 0, 255).astype(np.uint8)
    memory = find_copies(copy[None], real, np.arange(60))
    assert memory.memorised.all()
    assert memory.nearest[0] == 7


def test_a_new_picture_is_no_copy(real, pictures):
    assert not find_copies(pictures(20, 1), real, np.arange(60)).memorised.any()


def test_noise_is_no_copy(real):
    noise = np.random.default_rng(0).integers(0, 256, (10, 64, 64)).astype(np.uint8)
    assert not find_copies(noise, real, np.arange(60)).memorised.any()


def test_a_picture_of_one_grey_is_no_copy(real):
    memory = find_copies(np.full((1, 64, 64), 128, dtype=np.uint8), real, np.arange(60))
    assert not memory.memorised.any()
    assert np.isfinite(memory.distances).all()


def test_an_exact_copy_has_distance_zero(real):
    assert find_copies(real[:1], real, np.arange(60)).distances[0] == pytest.approx(0, abs=1e-3)


def test_pictures_of_one_person_do_not_set_the_limit(real):
    alike = (0.8 * real[:1] + 0.2 * real).astype(np.uint8)
    memory = find_copies(real[:1], np.concatenate([alike, alike]), np.tile(np.arange(60), 2))
    assert 0.1 < memory.limit < 0.45


def test_pictures_without_likeness_do_not_raise_the_limit_beyond_reason(real):
    assert find_copies(real[:1], real, np.arange(60)).limit == pytest.approx(0.45)


def test_one_person_alone_leaves_only_what_is_the_same_as_a_copy(real, pictures):
    memory = find_copies(np.concatenate([real[:1], pictures(1, 1)]), real, np.zeros(60, dtype=int))
    assert memory.memorised.tolist() == [True, False]
    assert memory.usual is None


def test_the_progress_ends_at_its_total(real):
    told = []
    find_copies(real[:3], real, np.arange(60), on_progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (63, 63)
