"""Faces are found in real photographs, and nowhere else."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image
from skimage import data

from core.faces import find_faces, is_upside_down

EYES = (204, 102), (247, 103)
"""Where the eyes of the astronaut are: read off the photograph, right eye first, in pixels."""


@pytest.fixture(scope="module")
def astronaut() -> np.ndarray:
    """A photograph of 512 x 512 pixels with one face (NASA, public domain)."""
    return data.astronaut()


def group(astronaut: np.ndarray, columns: int, rows: int) -> np.ndarray:
    """Return the portrait as often as told, side by side."""
    portrait = np.asarray(Image.fromarray(astronaut[:256, 96:352]).resize((160, 160)))
    return np.tile(portrait, (rows, columns, 1))


def holds(box, point) -> bool:
    x, y, width, height = box
    return x <= point[0] < x + width and y <= point[1] < y + height


def test_a_face_in_a_photograph_is_found_with_both_eyes_in_its_box(astronaut):
    (face,) = find_faces(astronaut).faces
    assert holds(face.box, EYES[0])
    assert holds(face.box, EYES[1])


def test_landmarks_name_the_eyes_in_order(astronaut):
    (face,) = find_faces(astronaut).faces
    np.testing.assert_allclose(face.landmarks[:2], EYES, atol=5)


def test_a_grey_picture_shows_the_same_face(astronaut):
    grey = np.asarray(Image.fromarray(astronaut).convert("L"))
    (face,), (in_colour,) = find_faces(grey).faces, find_faces(astronaut).faces
    np.testing.assert_allclose(face.box, in_colour.box, atol=8)


@pytest.mark.parametrize("angle", [-25, 25])
def test_a_head_that_is_tilted_is_found(astronaut, angle):
    assert len(find_faces(np.asarray(Image.fromarray(astronaut).rotate(angle))).faces) == 1


@pytest.mark.parametrize("channels", ["RGB", "L"])
def test_a_face_that_stands_on_its_head_is_told_from_an_upright_one(astronaut, channels):
    portrait = Image.fromarray(astronaut[:256, 96:352]).convert(channels)
    assert not is_upside_down(np.asarray(portrait))
    assert not is_upside_down(np.asarray(portrait.rotate(25)))
    assert is_upside_down(np.asarray(portrait.rotate(180)))


@pytest.mark.parametrize("share", [0.15, 0.5, 1.3])
def test_a_dark_and_a_bright_face_are_found(astronaut, share):
    assert len(find_faces((astronaut * share).clip(0, 255).astype(np.uint8)).faces) == 1


@pytest.mark.parametrize("side", [64, 128, 256, 2000])
def test_the_size_of_the_file_moves_the_face_along(astronaut, side):
    (face,) = find_faces(np.asarray(Image.fromarray(astronaut).resize((side, side)))).faces
    np.testing.assert_allclose(np.array(face.box) * 512 / side, find_faces(astronaut).faces[0].box, atol=20)


def test_a_small_face_in_a_large_picture_is_found(astronaut):
    scene = np.full((1500, 2000, 3), 128, np.uint8)
    scene[700:1012, 900:1212] = np.asarray(Image.fromarray(astronaut).resize((312, 312)))
    (face,) = find_faces(scene).faces
    assert holds(face.box, (900 + EYES[0][0] * 312 / 512, 700 + EYES[0][1] * 312 / 512))


def test_two_faces_are_two(astronaut):
    assert len(find_faces(group(astronaut, 2, 1)).faces) == 2


def test_more_faces_than_asked_for_are_counted(astronaut):
    found = find_faces(group(astronaut, 5, 5))
    assert (len(found.faces), found.left_out) == (20, 5)


def test_the_largest_face_comes_first(astronaut):
    small = np.zeros_like(astronaut)
    small[:320, :320] = np.asarray(Image.fromarray(astronaut).resize((320, 320)))
    found = find_faces(np.hstack([small, astronaut])).faces
    assert [face.box[0] > 512 for face in found] == [True, False]


def test_a_box_ends_where_the_picture_does(astronaut):
    cut = np.ascontiguousarray(astronaut[90:180, 180:270])
    for face in find_faces(cut).faces:
        x, y, width, height = face.box
        assert min(x, y) >= 0 and x + width <= 90 and y + height <= 90


def test_threads_find_the_same_as_one(astronaut):
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(find_faces, [astronaut] * 8))
    assert all(
        each == found[0] and np.array_equal(each.faces[0].landmarks, found[0].faces[0].landmarks) for each in found
    )


@pytest.mark.parametrize("shape", [(1, 1), (20, 20), (1, 5000), (5000, 3), (480, 640), (1200, 1600)])
@pytest.mark.parametrize("level", [0, 128, 255])
def test_a_blank_picture_of_any_shape_shows_no_face(shape, level):
    found = find_faces(np.full((*shape, 3), level, np.uint8))
    assert (found.faces, found.left_out) == ((), 0)


@pytest.mark.parametrize("seed", range(5))
def test_noise_shows_no_face(seed):
    noise = np.random.default_rng(seed).integers(0, 256, (480, 640, 3), dtype=np.uint8)
    assert find_faces(noise).faces == ()


@pytest.mark.parametrize("name", ["coins", "brick", "grass", "gravel", "coffee", "page"])
def test_photographs_without_people_show_no_face(name):
    assert find_faces(getattr(data, name)()).faces == ()
