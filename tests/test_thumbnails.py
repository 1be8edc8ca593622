"""Small JPEGs of many images at once; one that cannot be read leaves its place empty."""

import io

import pytest
from PIL import Image

from core.thumbnails import thumbnails


@pytest.fixture
def small(make_folder, settings, as_bytes):
    """`small(picture, "PNG", size)` is the thumbnail of such a file, opened."""

    def small(picture, image_format, size=40):
        root = make_folder({"a": as_bytes(picture, image_format)})
        [jpeg] = thumbnails(root, ["a"], size, settings)
        return Image.open(io.BytesIO(jpeg))

    return small


def test_a_thumbnail_is_a_jpeg(small):
    assert small(Image.new("RGB", (100, 100)), "PNG").format == "JPEG"


@pytest.mark.parametrize(("size", "expected"), [((100, 50), (40, 20)), ((50, 100), (20, 40)), ((3, 3000), (1, 40))])
@pytest.mark.parametrize("image_format", ["JPEG", "PNG"])
def test_the_aspect_ratio_is_kept(small, image_format, size, expected):
    assert small(Image.new("RGB", size), image_format).size == expected


def test_a_small_picture_is_not_enlarged(small):
    assert small(Image.new("RGB", (10, 8)), "PNG").size == (10, 8)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_any_mode_has_a_thumbnail(small, mode):
    assert small(Image.new(mode, (100, 100)), "PNG").size == (40, 40)


def test_thumbnails_come_in_the_order_asked_for(make_folder, settings, as_bytes):
    root = make_folder({name: as_bytes(Image.new("L", (side, side)), "PNG") for name, side in (("a", 5), ("b", 9))})
    widths = [Image.open(io.BytesIO(jpeg)).width for jpeg in thumbnails(root, ["b", "a", "b"], 40, settings)]
    assert widths == [9, 5, 9]


def test_what_cannot_be_read_leaves_its_place_empty(make_folder, settings, as_bytes):
    whole = as_bytes(Image.new("L", (50, 50)), "PNG")
    root = make_folder({"a": b"no picture", "b": b"", "c": whole[:60], "d": whole})
    missing = [jpeg is None for jpeg in thumbnails(root, ["a", "b", "c", "gone", "d"], 40, settings)]
    assert missing == [True, True, True, True, False]
