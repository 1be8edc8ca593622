"""How the faces of a picture are cut out, the detector's answers being planted."""

import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import ExifTags, Image

from core.cutting import Picture, shows_faces
from core.errors import BadInput
from core.faces import FoundFace, FoundFaces
from core.image_files import grey_square, open_image

SIZE = 16


@pytest.fixture
def picture(settings, as_bytes):
    """`picture(image)` is that Pillow image after it was sent as a file."""
    return lambda image, kind="PNG", **options: Picture(as_bytes(image, kind, **options), "a", settings)


@pytest.fixture
def planted(monkeypatch):
    """`planted(boxes)` makes the detector find faces there; what is cut out is the very box.

    At the second look, at a picture with a border, it finds what is given as `bordered`.
    """

    def plant(*boxes, left_out=0, bordered=()):
        looks = [
            FoundFaces(tuple(FoundFace(box, 0.9, np.zeros((6, 2))) for box in found), more)
            for found, more in ((boxes, left_out), (bordered, 0))
        ]
        monkeypatch.setattr("core.cutting.find_faces", lambda pixels, most: looks.pop(0))
        monkeypatch.setattr("core.cutting.face_square", lambda picture, box: box)

    return plant


def noise(width, height):
    return Image.fromarray(np.random.default_rng(0).integers(0, 256, (height, width), np.uint8))


def halves():
    """200 x 100 pixels, black to the left and white to the right."""
    pixels = np.zeros((100, 200), np.uint8)
    pixels[:, 100:] = 255
    return Image.fromarray(pixels)


def as_trained(as_bytes, image):
    with open_image(as_bytes(image, "PNG"), "a", 64) as opened:
        return grey_square(opened, "a", SIZE)


# what is shown


def test_a_small_picture_is_shown_as_it_is(picture):
    small = picture(Image.new("RGB", (60, 30), (200, 100, 50)))
    assert small.shown.shape == (30, 60, 3)
    assert (small.shown[0, 0].tolist(), small.scale) == ([200, 100, 50], 1)


def test_a_large_picture_is_shown_smaller(picture):
    large = picture(Image.new("L", (4096, 1024)))
    assert (large.shown.shape, large.scale) == ((256, 1024, 3), 0.25)


def test_a_picture_on_its_side_is_shown_upright(picture):
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    assert picture(Image.new("RGB", (60, 30)), "JPEG", exif=exif).shown.shape == (60, 30, 3)


def test_what_is_no_picture_is_refused(settings):
    with pytest.raises(BadInput, match="a is not a picture"):
        Picture(b"nothing", "a", settings)


# the whole picture


def test_the_whole_picture_is_seen_as_training_sees_it(picture, as_bytes):
    cut = picture(noise(200, 100)).cut_whole({SIZE, 8}, of_a_face=False)
    assert np.array_equal(cut.seen[SIZE], as_trained(as_bytes, noise(200, 100)))
    assert (cut.seen[8].shape, cut.box, cut.square, cut.score) == ((8, 8), (0, 0, 200, 100), (0, 0, 200, 100), None)


def test_only_what_should_be_a_face_is_judged_as_one(picture):
    some = picture(Image.new("L", (32, 32)))
    assert some.cut_whole({SIZE}, of_a_face=False).quality is None
    assert some.cut_whole({SIZE}, of_a_face=True).quality.small_score == 0.5


# faces


def test_a_cut_is_squeezed_as_training_squeezes_a_picture_of_it(picture, planted, as_bytes):
    planted((20, 10, 70, 70))
    [cut], _ = picture(noise(200, 100)).cut_faces({SIZE}, 20)
    assert np.array_equal(cut.seen[SIZE], as_trained(as_bytes, noise(200, 100).crop((20, 10, 90, 80))))


def test_the_quality_is_that_of_the_cut(picture, planted):
    planted((10, 10, 32, 32), (120, 10, 64, 64))
    black, white = picture(halves()).cut_faces({SIZE}, 20)[0]
    assert (black.quality.small_score, black.quality.dark_score) == (0.5, 0)
    assert (white.quality.small_score, white.quality.dark_score) == (1, 1)


def test_of_a_face_that_covers_half_of_the_picture_the_whole_is_seen(picture, planted, as_bytes):
    planted((0, 0, 100, 100))
    [cut], _ = picture(noise(200, 100)).cut_faces({SIZE}, 20)
    assert np.array_equal(cut.seen[SIZE], as_trained(as_bytes, noise(200, 100)))
    assert (cut.box, cut.square) == ((0, 0, 100, 100), (0, 0, 200, 100))


def test_of_a_face_that_covers_less_only_its_square_is_seen(picture, planted):
    planted((0, 0, 99, 100))
    assert picture(noise(200, 100)).cut_faces({SIZE}, 20)[0][0].square == (0, 0, 99, 100)


def test_a_face_that_is_found_only_with_a_border_fills_the_picture(picture, planted):
    # looked at as 96 x 48 pixels, with a border of 48: the picture lies at (48, 48, 96, 48)
    planted((150, 10, 40, 40), bordered=[(48, 48, 72, 60)])
    [cut], n_left_out = picture(halves()).cut_faces({SIZE}, 20)
    assert (cut.box, cut.square, n_left_out) == ((0, 0, 150, 100), (0, 0, 200, 100), 0)


def test_what_is_small_even_with_a_border_is_no_face(picture, planted):
    planted(bordered=[(48, 48, 30, 30)])
    assert picture(halves()).cut_faces({SIZE}, 20) == ([], 0)


def test_two_faces_are_not_taken_for_one_that_fills_the_picture(picture, planted):
    planted((10, 10, 40, 40), (110, 10, 40, 40), bordered=[(48, 48, 96, 48)])
    assert [cut.box for cut in picture(halves()).cut_faces({SIZE}, 20)[0]] == [(10, 10, 40, 40), (110, 10, 40, 40)]


def test_faces_beyond_the_most_are_counted(picture, planted):
    planted((10, 10, 40, 40), left_out=7)
    assert picture(halves()).cut_faces({SIZE}, 1)[1] == 7


def test_boxes_are_those_of_the_picture_though_a_huge_one_is_looked_at_smaller(picture, planted):
    planted((100, 200, 300, 300))  # of the picture that is looked at, a third as wide
    [cut], _ = picture(Image.new("L", (6300, 6300))).cut_faces({SIZE}, 20)
    assert (cut.box, cut.square) == ((300, 600, 900, 900), (300, 600, 900, 900))


@pytest.mark.parametrize("size", [(1, 1), (1, 3000), (3000, 1)], ids=str)
def test_a_picture_as_thin_as_a_line_has_no_face(picture, size):
    assert picture(Image.new("L", size)).cut_faces({SIZE}, 20) == ([], 0)


# around a face


def test_a_quarter_of_its_side_is_kept_around_a_face(picture, planted):
    planted((80, 40, 40, 40))
    [cut], _ = picture(halves()).cut_faces({SIZE}, 20)
    assert (cut.around.shape, cut.inner) == ((60, 60), (10, 10, 40, 40))
    assert (cut.around[:, :30].max(), cut.around[:, 30:].min()) == (0, 255)


def test_what_lies_around_ends_with_the_picture(picture, planted):
    planted((0, 60, 40, 40))
    [cut], _ = picture(halves()).cut_faces({SIZE}, 20)
    assert (cut.around.shape, cut.inner) == ((50, 50), (0, 10, 40, 40))


def test_what_lies_around_a_large_face_is_kept_smaller(picture):
    cut = picture(Image.new("L", (1024, 2048))).cut_whole({SIZE}, of_a_face=False)
    assert (cut.around.shape, cut.inner) == ((512, 256), (0, 0, 256, 512))


def test_visitors_do_not_all_decode_at_once(picture, monkeypatch):
    at_once, most = [], []

    def slowly(image, name, mode):
        at_once.append(name)
        most.append(len(at_once))
        time.sleep(0.05)
        at_once.pop()
        return image.convert(mode)

    monkeypatch.setattr("core.cutting.upright", slowly)
    with ThreadPoolExecutor(6) as visitors:
        list(visitors.map(lambda _: picture(noise(20, 20)), range(6)))
    assert len(most) == 6
    assert max(most) == 2


# Whether a dataset shows faces


@pytest.fixture
def searched(make_folder, as_bytes, settings, monkeypatch):
    """`searched(n_faces)` tells whether 20 pictures show faces of which the detector finds so many."""

    def ask(n_faces):
        found = iter([FoundFaces((FoundFace((0, 0, 40, 40), 0.9, np.zeros((6, 2))),))] * n_faces)
        monkeypatch.setattr("core.cutting.find_faces", lambda pixels, most: next(found, FoundFaces(())))
        names = [f"{number:02}.png" for number in range(20)]
        return shows_faces(make_folder({name: as_bytes(noise(40, 40), "PNG") for name in names}), names, settings)

    return ask


@pytest.mark.parametrize(("n_faces", "shown"), [(16, True), (12, True), (11, False), (0, False)])
def test_a_dataset_shows_faces_where_most_of_its_pictures_do(searched, n_faces, shown):
    assert searched(n_faces) is shown


def test_no_picture_shows_no_face(tmp_path, settings):
    assert not shows_faces(tmp_path, [], settings)


def test_a_picture_that_is_gone_shows_no_face(tmp_path, settings):
    assert not shows_faces(tmp_path, ["gone.png"], settings)
