"""A face is cut out in the framing that the networks know."""

import numpy as np
import pytest

from core.faces import face_square

PICTURE = np.zeros((400, 600), np.uint8)


def test_margins_are_shares_of_the_face():
    assert face_square(PICTURE, (200, 100, 100, 100), margin=(0.1, 0.2, 0.3, 0.2)) == (190, 80, 140, 140)


def test_without_margins_a_square_box_stays_as_it_is():
    assert face_square(PICTURE, (200, 100, 80, 80), margin=(0, 0, 0, 0)) == (200, 100, 80, 80)


def test_an_oblong_box_gets_a_square_around_its_middle():
    assert face_square(PICTURE, (200, 100, 60, 80), margin=(0, 0, 0, 0)) == (190, 100, 80, 80)


def test_a_square_at_the_edge_moves_inside():
    assert face_square(PICTURE, (550, 0, 50, 50), margin=(0.5, 0.5, 0.5, 0.5)) == (500, 0, 100, 100)


def test_a_square_is_never_larger_than_the_picture():
    assert face_square(PICTURE, (100, 0, 400, 400), margin=(1, 1, 1, 1)) == (100, 0, 400, 400)


@pytest.mark.parametrize("shape", [(1, 1), (1, 500), (500, 2)])
def test_the_thinnest_picture_has_a_square(shape):
    x, y, width, height = face_square(np.zeros(shape, np.uint8), (0, 0, shape[1], shape[0]))
    assert (width, height) == (min(shape), min(shape))
    assert x + width <= shape[1] and y + height <= shape[0]
