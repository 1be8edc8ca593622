"""What pictures are compared by."""

import numpy as np
import pytest

from core.synthesis.features import central_blocks, edge_features, shifted_blocks


def test_the_histograms_are_scikit_image_s(pictures):
    feature = pytest.importorskip("skimage.feature")
    for image, row in zip(pictures(4), edge_features(pictures(4)), strict=True):
        expected = feature.hog(image / 255, 9, (8, 8), (2, 2), block_norm="L2-Hys")
        assert np.corrcoef(expected, row)[0, 1] > 0.999


def test_there_are_1764_numbers_a_picture(pictures):
    assert edge_features(pictures(2)).shape == (2, 1764)


def test_a_picture_of_one_grey_has_no_edges():
    assert not edge_features(np.full((1, 64, 64), 77, dtype=np.uint8)).any()


def test_an_upright_edge_votes_for_one_direction():
    image = np.zeros((1, 64, 64), dtype=np.uint8)
    image[:, :, 32:] = 255
    histograms = edge_features(image).reshape(-1, 9)
    assert histograms[:, 0].any()
    assert not histograms[:, 1:].any()


def test_blocks_do_not_see_brightness_and_contrast(pictures):
    images = pictures(3)
    other = (images * 0.5 + 40).astype(np.float32)
    assert np.allclose(central_blocks(images), central_blocks(other), atol=1e-4)


def test_blocks_have_mean_0_and_length_1(pictures):
    blocks = central_blocks(pictures(3))
    assert blocks.shape == (3, 196)
    assert np.allclose(blocks.mean(1), 0, atol=1e-6)
    assert np.allclose(np.linalg.norm(blocks, axis=1), 1, atol=1e-5)


def test_one_of_the_shifts_is_none(pictures):
    shifted = shifted_blocks(pictures(2))
    assert shifted.shape == (25, 2, 196)
    assert np.array_equal(shifted[12], central_blocks(pictures(2)))
