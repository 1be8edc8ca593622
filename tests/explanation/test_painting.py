"""A map painted over a face."""

import numpy as np
import pytest

from core.explanation import AGAINST, CLASS_ACTIVATION, FOR, OCCLUSION, ActivationMap, legend, paint

GREY = np.full((16, 16), 100, np.uint8)


def found(falls, method=CLASS_ACTIVATION, label="happiness"):
    return ActivationMap(label, method, np.float32(falls), 1.0)


def colour(name):
    return np.array([int(name[start : start + 2], 16) for start in (1, 3, 5)])


def test_a_map_without_falls_leaves_the_face_grey():
    painted = paint(found(np.zeros((3, 3))), GREY, 30)
    assert painted.shape == (30, 30, 3)
    assert (painted == 100).all()


@pytest.mark.parametrize(("sign", "name"), [(1, FOR), (-1, AGAINST)])
def test_the_place_that_matters_most_has_three_quarters_of_its_colour(sign, name):
    painted = paint(found(np.full((2, 2), sign * 0.2)), GREY, 20)
    assert painted[10, 10].tolist() == np.round(0.25 * 100 + 0.75 * colour(name)).tolist()


def test_left_and_right_of_a_map_lie_left_and_right_of_the_face():
    painted = paint(found([[1, -1], [1, -1]]), GREY, 40).astype(int)
    warmer = painted[..., 0] - painted[..., 2]
    assert warmer[:, :10].min() > 0 > warmer[:, 30:].max()


def test_colours_do_not_depend_on_how_large_the_falls_are():
    small, large = (paint(found(np.array([[1, -1], [0.5, 0]]) * size), GREY) for size in (0.01, 50))
    assert np.abs(small.astype(int) - large).max() <= 1


def test_the_face_shows_where_nothing_matters():
    half = np.repeat(np.repeat(np.uint8([[0, 255]]), 8, axis=1), 16, axis=0)
    painted = paint(found(np.zeros((2, 2))), half, 16)
    assert painted[8, [0, 15], 0].tolist() == [0, 255]


def test_the_legend_says_what_was_done_and_how_much_it_changed():
    assert "made blind there, at most by 1.5" in legend(found([[1.5, -0.2]]))
    assert "covered with grey" in legend(found([[1.5, -0.2]], OCCLUSION))


def test_the_legend_of_an_empty_map_speaks_of_no_colours():
    assert legend(found([[0]], label="3")) == "No place by itself changes the score of class '3'."
