"""Every image is decoded once into an array that all runs share."""

import os

import numpy as np
import pytest
from PIL import ExifTags, Image

from core import pixels as module
from core.pixels import load_pixels, targets

LEGEND = "image,label\na.png,joy\nb.png,fear\nc.png,joy\n"


@pytest.fixture
def shades(open_folder, as_bytes):
    """Three images of one shade each: 10, 20 and 30."""
    images = {
        name: as_bytes(Image.new("L", (40, 30), 10 * n), "PNG") for n, name in enumerate(("a.png", "b.png", "c.png"), 1)
    }
    return open_folder(images, LEGEND)


def test_pixels_are_grey_bytes_in_the_order_of_the_usable_images(shades, settings):
    pixels = load_pixels(shades, 16, settings)
    assert (pixels.images.shape, pixels.images.dtype) == ((3, 16, 16), np.uint8)
    assert pixels.images[:, 0, 0].tolist() == [10, 20, 30]


def test_pixels_cannot_be_written_to(shades, settings):
    with pytest.raises(ValueError, match="read-only"):
        load_pixels(shades, 16, settings).images[0] = 0


def test_only_usable_images_are_decoded(open_folder, settings, as_bytes):
    good = as_bytes(Image.new("L", (40, 30)), "PNG")
    dataset = open_folder({"a.png": good, "b.png": b"no", "c.png": good, "d.png": good}, LEGEND + "c.png,fear\n")
    assert len(load_pixels(dataset, 16, settings).images) == len(dataset.usable) == 1


def test_a_second_call_decodes_nothing(shades, settings, monkeypatch):
    first = load_pixels(shades, 16, settings)
    monkeypatch.delattr(module, "open_image")
    assert np.array_equal(load_pixels(shades, 16, settings).images, first.images)


def test_each_size_is_decoded_apart(shades, settings):
    assert [load_pixels(shades, size, settings).images.shape[1] for size in (16, 24, 16)] == [16, 24, 16]


def test_another_dataset_is_decoded_apart(shades, open_folder, settings, as_bytes):
    load_pixels(shades, 16, settings)
    other = open_folder({"a.png": as_bytes(Image.new("L", (400, 300), 99), "PNG")}, LEGEND)
    assert load_pixels(other, 16, settings).images[0, 0, 0] == 99


def test_a_picture_that_turns_out_unreadable_is_flagged(open_folder, settings, as_bytes):
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 255, (64, 64), np.uint8))
    whole = as_bytes(noise, "PNG")
    spoilt = whole[:1000] + bytes(500) + whole[1500:]  # its end is in order, so the scan does not notice
    dataset = open_folder({"a.png": whole, "b.png": spoilt, "c.png": whole}, LEGEND)
    pixels = load_pixels(dataset, 16, settings)
    assert pixels.readable.tolist() == [True, False, True]
    assert pixels.images[1].max() == 0


def test_a_picture_that_was_edited_is_decoded_anew_even_where_its_size_stays(open_folder, settings, as_bytes):
    dark, light = (as_bytes(Image.new("L", (40, 30), shade), "BMP") for shade in (10, 90))
    dataset = open_folder({f"{name}.bmp": dark for name in "abc"}, "image,label\na.bmp,joy\nb.bmp,fear\nc.bmp,joy\n")
    load_pixels(dataset, 16, settings)
    (dataset.root / "a.bmp").write_bytes(light)
    assert load_pixels(dataset, 16, settings).images[0, 0, 0] == 90


def test_a_picture_that_went_missing_is_flagged(shades, settings):
    os.remove(shades.root / "b.png")
    assert load_pixels(shades, 16, settings).readable.tolist() == [True, False, True]


def test_a_picture_is_turned_upright(open_folder, settings, as_bytes):
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 3
    upside_down = Image.new("L", (40, 40))
    upside_down.paste(255, (0, 20, 40, 40))
    dataset = open_folder({"a.jpg": as_bytes(upside_down, "JPEG", exif=exif)}, "image,label\na.jpg,joy")
    assert load_pixels(dataset, 16, settings).images[0, 0].min() > 200


def test_progress_ends_with_all_images_done(shades, settings, monkeypatch):
    monkeypatch.setattr(module, "_CHUNK", 2)
    seen = []
    load_pixels(shades, 16, settings, lambda done, total: seen.append((done, total)))
    assert seen == [(2, 3), (3, 3)]


def test_an_interrupt_leaves_nothing(shades, settings):
    def interrupt(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load_pixels(shades, 16, settings, interrupt)
    assert list(settings.pixels_dir.iterdir()) == []


def test_targets_are_positions_among_the_classes(shades):
    found = targets(shades.usable["label"], ("joy", "fear"))
    assert (found.tolist(), found.dtype) == ([0, 1, 0], np.int64)
