"""Each measure has its closed form, and no file is measured twice."""

import os

import imagehash
import numpy as np
import pandas as pd
import pytest
from PIL import ExifTags, Image
from scipy.ndimage import laplace

from core import measures as module
from core.measures import COLUMNS, known_measures, load_measures, measure_picture, undecodable
from core.settings import Settings

HASHES = ["perceptual_hash", "difference_hash", "difference_hash_vertical"]


def shade(level: int, size=(40, 30), mode="L") -> Image.Image:
    return Image.new(mode, size, level)


def halves(size=(40, 30)) -> Image.Image:
    """Black on the left, white on the right."""
    picture = shade(0, size)
    picture.paste(255, (size[0] // 2, 0, *size))
    return picture


def noise(width=64, height=64, channels=()) -> Image.Image:
    return Image.fromarray(np.random.default_rng(0).integers(0, 256, (height, width, *channels), np.uint8))


def scene(width: int, height: int) -> Image.Image:
    """A smooth picture that looks the same at any size."""
    x, y = np.meshgrid(np.linspace(0, 1, width), np.linspace(0, 1, height))
    light = 0.5 + 0.2 * np.sin(7 * x + 3 * y) + 0.2 * np.cos(11 * y - 4 * x) * x + 0.1 * np.sin(19 * x * y)
    return Image.fromarray((255 * light).astype(np.uint8))


@pytest.fixture
def four(open_folder, as_bytes):
    """Four images: black, white, halves and noise."""
    pictures = {"a.png": shade(0), "b.png": shade(255), "c.png": halves(), "d.png": noise()}
    rows = "".join(f"{name},joy\n" for name in pictures)
    images = {name: as_bytes(picture, "PNG") for name, picture in pictures.items()}
    return open_folder(images, f"image,label\n{rows}")


@pytest.fixture
def opened(monkeypatch):
    """The names of the files that are decoded from now on."""
    names = []

    def noted(content, name, max_megapixels, inner=module.open_image):
        names.append(name)
        return inner(content, name, max_megapixels)

    monkeypatch.setattr(module, "open_image", noted)
    return names


# What each measure is


@pytest.mark.parametrize(("level", "brightness"), [(0, 0.0), (51, 0.2), (255, 1.0)])
def test_one_shade_is_as_bright_as_it_is(level, brightness):
    found = measure_picture(shade(level))
    assert [found[name] for name in ("brightness", "darkest", "brightest", "square_brightness")] == pytest.approx(
        [brightness] * 4
    )


@pytest.mark.parametrize(
    "measure", ["contrast", "sharpness", "entropy", "colourfulness", "square_contrast", "square_sharpness"]
)
def test_one_shade_has_nothing_else(measure):
    assert measure_picture(shade(77))[measure] == 0


def test_halves_have_the_largest_contrast_there_is_and_one_bit():
    found = measure_picture(halves())
    assert (found["brightness"], found["contrast"], found["entropy"]) == pytest.approx((0.5, 0.5, 1.0))


def test_all_grey_values_equally_often_are_eight_bits():
    assert measure_picture(Image.fromarray(np.arange(256, dtype=np.uint8).reshape(16, 16)))["entropy"] == 8


def test_darkest_and_brightest_leave_out_a_hundredth_at_each_end():
    levels = np.repeat(np.arange(100, 200, dtype=np.uint8), 10).reshape(25, 40)
    levels[0, 0] = 0
    found = measure_picture(Image.fromarray(levels))
    assert (found["darkest"] * 255, found["brightest"] * 255) == pytest.approx((100, 198))


def test_sharpness_of_one_point_is_worked_by_hand():
    point = shade(0, (5, 5))
    point.putpixel((2, 2), 255)
    assert measure_picture(point)["sharpness"] == pytest.approx(255**2 * (4**2 + 4 * 1) / 25)


def test_sharpness_is_the_variance_of_scipys_laplacian():
    pixels = np.asarray(noise(60, 50), dtype=float)
    assert measure_picture(noise(60, 50))["sharpness"] == pytest.approx(laplace(pixels, mode="nearest").var())


def test_sharpness_does_not_grow_with_the_number_of_pixels():
    small, large = measure_picture(scene(128, 96)), measure_picture(scene(1280, 960))
    assert large["sharpness"] == pytest.approx(small["sharpness"], rel=0.2)


def test_a_blurred_picture_is_less_sharp():
    blurred = noise(120, 120).resize((20, 20)).resize((120, 120))
    assert measure_picture(blurred)["sharpness"] < measure_picture(noise(120, 120))["sharpness"] / 100


@pytest.mark.parametrize(("colour", "value"), [((255, 0, 0), 1.0), ((100, 151, 100), 0.2), ((90, 90, 90), 0.0)])
def test_colourfulness_is_how_far_the_channels_lie_apart(colour, value):
    assert measure_picture(Image.new("RGB", (8, 8), colour))["colourfulness"] == pytest.approx(value)


def test_the_square_tells_nothing_of_size_and_shape():
    wide, high = measure_picture(halves((300, 64))), measure_picture(halves((64, 500)))
    assert wide["square_contrast"] == pytest.approx(high["square_contrast"], abs=0.005)
    assert wide["square_brightness"] == pytest.approx(high["square_brightness"], abs=0.005)


@pytest.mark.parametrize("size", [(1, 1), (1, 300), (2, 2), (5000, 3)])
def test_any_size_can_be_measured(size):
    assert set(measure_picture(shade(9, size))) == set(COLUMNS) - {"file_hash"}


# Hashes


@pytest.mark.parametrize("picture", [noise(), noise(40, 90, (3,)), scene(200, 255), halves()])
def test_hashes_are_the_imagehash_library_s(picture):
    found = measure_picture(picture)
    assert found["perceptual_hash"] == int(str(imagehash.phash(picture)), 16)


@pytest.mark.parametrize("name", HASHES)
def test_hashes_of_a_large_picture_are_within_two_bits_of_the_library_s(name):
    peers = (imagehash.phash, imagehash.dhash, imagehash.dhash_vertical)
    peer = int(str(peers[HASHES.index(name)](scene(900, 700))), 16)
    assert (measure_picture(scene(900, 700))[name] ^ peer).bit_count() <= 2


def pixel_hash(picture) -> str:
    return measure_picture(picture)["pixel_hash"]


def test_a_pixel_more_or_less_bright_is_another_picture():
    other = shade(100)
    other.putpixel((3, 3), 101)
    assert pixel_hash(other) != pixel_hash(shade(100))


def test_the_same_bytes_in_another_shape_are_another_picture():
    assert pixel_hash(shade(100, (40, 30))) != pixel_hash(shade(100, (30, 40)))


def test_grey_that_is_stored_as_colour_has_the_pixels_of_grey():
    assert pixel_hash(noise().convert("RGB")) == pixel_hash(noise())


def test_colours_of_one_luminance_are_different_pixels():
    red, green = Image.new("RGB", (8, 8), (255, 0, 0)), Image.new("RGB", (8, 8), (0, 130, 0))
    assert red.convert("L").getpixel((0, 0)) == green.convert("L").getpixel((0, 0))
    assert pixel_hash(red) != pixel_hash(green)


def test_the_same_pixels_in_another_format_share_the_pixel_hash_only(open_folder, settings, as_bytes):
    images = {"a.png": as_bytes(noise(), "PNG"), "b.bmp": as_bytes(noise(), "BMP")}
    found = load_measures(open_folder(images, "image,label\na.png,joy\nb.bmp,joy\n"), settings)
    assert (found["file_hash"].nunique(), found["pixel_hash"].nunique()) == (2, 1)


def test_a_picture_is_measured_upright(open_folder, settings, as_bytes):
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 3
    turned = noise().transpose(Image.Transpose.ROTATE_180)
    images = {"a.png": as_bytes(noise(), "PNG"), "b.png": as_bytes(turned, "PNG", exif=exif)}
    found = load_measures(open_folder(images, "image,label\na.png,joy\nb.png,joy\n"), settings)
    assert found["pixel_hash"].nunique() == 1


# The table


def test_the_table_has_the_catalogs_rows_in_their_order(four, settings):
    found = load_measures(four, settings)
    assert found.index.equals(four.catalog.index)
    assert found["brightness"].round(1).tolist()[:3] == [0.0, 1.0, 0.5]


def test_the_table_has_numbers_text_and_whole_hashes(four, settings):
    found = load_measures(four, settings)
    assert found.columns.tolist() == COLUMNS
    assert [str(kind) for kind in found.dtypes] == ["float64"] * 10 + ["str"] * 2 + ["uint64"] * 3


def test_a_file_that_is_no_picture_has_a_file_hash_and_nothing_else(open_folder, settings, as_bytes):
    images = {"a.png": as_bytes(noise(), "PNG"), "b.png": b"no picture"}
    found = load_measures(open_folder(images, "image,label\na.png,joy\nb.png,joy\n"), settings).loc[1]
    assert len(found["file_hash"]) == 16
    assert found.drop(["file_hash", *HASHES]).isna().all()
    assert found[HASHES].eq(0).all()


def test_a_file_that_went_missing_has_no_measures(four, settings):
    (four.root / "b.png").unlink()
    assert load_measures(four, settings).loc[1].drop(HASHES).isna().all()


def test_a_picture_that_is_damaged_within_is_named(open_folder, settings, as_bytes):
    whole = as_bytes(noise(), "PNG")
    dataset = open_folder(
        {"joy/a.png": whole, "joy/b.png": whole[:80] + bytes(999) + whole[1079:], "fear/c.png": whole}
    )
    assert len(dataset.usable) == 3
    assert undecodable(dataset, load_measures(dataset, settings)).to_list() == ["joy/b.png"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_in_the_place_of_an_image_is_not_waited_for(four, settings):
    (four.root / "b.png").unlink()
    os.mkfifo(four.root / "b.png")
    assert load_measures(four, settings).loc[1].drop(HASHES).isna().all()


# What was measured is kept


def test_a_file_that_was_closed_to_us_is_measured_once_it_is_open(four, settings, monkeypatch):
    may_read = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: path.name != "b.png" and may_read(path, mode))
    assert load_measures(four, settings)["brightness"].isna().tolist() == [False, True, False, False]
    assert known_measures(four, settings) is not None
    monkeypatch.setattr(os, "access", may_read)
    assert known_measures(four, settings) is None
    assert load_measures(four, settings).loc[1, "brightness"] == 1


def test_nothing_is_known_before(four, settings):
    assert known_measures(four, settings) is None


def test_what_was_measured_is_known_and_the_same(four, settings):
    found = load_measures(four, settings)
    pd.testing.assert_frame_equal(known_measures(four, settings), found)


def test_a_second_call_opens_no_image(four, settings, opened):
    first = load_measures(four, settings)
    opened.clear()
    pd.testing.assert_frame_equal(load_measures(four, settings), first)
    assert opened == []


def test_hashes_keep_all_their_bits_on_the_way(four, settings, as_bytes):
    load_measures(four, settings)
    (four.root / "a.png").write_bytes(as_bytes(scene(50, 50), "PNG"))
    found = load_measures(four, settings)["perceptual_hash"].tolist()
    assert found[3] == int(str(imagehash.phash(noise())), 16)
    assert found[0] == int(str(imagehash.phash(scene(50, 50))), 16)


def test_only_an_edited_image_is_measured_again(four, settings, as_bytes, opened):
    load_measures(four, settings)
    (four.root / "b.png").write_bytes(as_bytes(shade(0, (7, 7)), "PNG"))
    assert known_measures(four, settings) is None
    opened.clear()
    assert load_measures(four, settings).loc[1, "brightness"] == 0
    assert opened == ["b.png"]


def test_a_damaged_table_is_made_anew(four, settings):
    load_measures(four, settings)
    [place] = settings.measures_dir.iterdir()
    place.write_bytes(b"PAR1 and no more")
    assert load_measures(four, settings)["brightness"].notna().all()


def test_another_limit_of_size_is_measured_apart(four, settings):
    load_measures(four, settings)
    small = Settings(**settings.model_dump() | {"max_megapixels": 0.002})
    assert load_measures(four, small)["brightness"].notna().tolist() == [True, True, True, False]


def test_a_table_of_an_older_version_is_not_used(four, settings, monkeypatch):
    load_measures(four, settings)
    monkeypatch.setattr(module, "VERSION", module.VERSION + 1)
    assert known_measures(four, settings) is None


# Progress and its end


def test_progress_ends_with_all_images_done(four, settings, monkeypatch):
    monkeypatch.setattr(module, "_CHUNK", 3)
    seen = []
    load_measures(four, settings, lambda done, total: seen.append((done, total)))
    assert seen == [(3, 4), (4, 4)]


def test_progress_counts_only_what_is_left_to_do(four, settings):
    load_measures(four, settings)
    (four.root / "b.png").write_bytes(b"")
    seen = []
    load_measures(four, settings, lambda done, total: seen.append((done, total)))
    assert seen == [(1, 1)]


def interrupt(done, total):
    raise KeyboardInterrupt


def test_an_interrupt_keeps_what_was_measured_and_no_more_is_known(four, settings, monkeypatch):
    monkeypatch.setattr(module, "_CHUNK", 3)
    with pytest.raises(KeyboardInterrupt):
        load_measures(four, settings, interrupt)
    assert known_measures(four, settings) is None
    assert len(pd.read_parquet(next(settings.measures_dir.iterdir()))) == 3


def test_the_next_pass_goes_on_where_the_last_was_interrupted(four, settings, monkeypatch, opened):
    monkeypatch.setattr(module, "_CHUNK", 3)
    with pytest.raises(KeyboardInterrupt):
        load_measures(four, settings, interrupt)
    opened.clear()
    assert load_measures(four, settings)["brightness"].notna().all()
    assert opened == ["d.png"]


def test_a_pass_that_is_killed_has_kept_what_it_wrote_on_the_way(four, settings, monkeypatch):
    monkeypatch.setattr(module, "_CHUNK", 1)
    monkeypatch.setattr(module, "_WRITE_EVERY", 2)
    on_disk = []
    load_measures(four, settings, lambda done, total: on_disk.append(len(list(settings.measures_dir.glob("*")))))
    assert on_disk == [0, 1, 1, 1]
