"""Bytes become a picture, or one sentence says why not; every use sees the same picture."""

import io

import numpy as np
import pytest
from PIL import ExifTags, Image

from core.errors import BadInput
from core.image_files import check_whole, decode, grey_square, looks_whole, open_image, thumbnail, upright_size

FORMATS = ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF"]


def noise(width=64, height=64):
    return Image.fromarray(np.random.default_rng(0).integers(0, 255, (height, width, 3), np.uint8))


def turned(orientation: int) -> Image.Exif:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    return exif


@pytest.fixture
def grey(as_bytes):
    """`grey(picture, "PNG")` is what networks see of such a file, 16 x 16."""

    def grey(picture, image_format, **options):
        with open_image(as_bytes(picture, image_format, **options), "a", 64) as image:
            return grey_square(image, "a", 16)

    return grey


# Opening


def test_a_header_gives_the_size(as_bytes):
    assert open_image(as_bytes(noise(30, 20), "PNG"), "a.png", 64).size == (30, 20)


@pytest.mark.parametrize("content", [b"no picture at all", b"\xff\xd8", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"II*\0"])
def test_what_is_no_picture_is_refused_by_name(content):
    with pytest.raises(BadInput, match="^a.jpg is not a picture that can be read"):
        open_image(content, "a.jpg", 64)


def test_nothing_is_refused_as_empty():
    with pytest.raises(BadInput, match="^a.jpg is empty"):
        open_image(b"", "a.jpg", 64)


def test_an_empty_file_is_refused_as_empty(tmp_path):
    (tmp_path / "a.jpg").touch()
    with pytest.raises(BadInput, match="^a.jpg is empty"):
        open_image(tmp_path / "a.jpg", "a.jpg", 64)


def test_a_file_that_is_not_there_is_not_called_a_bad_picture(tmp_path):
    with pytest.raises(BadInput, match="^a.jpg") as refusal:
        open_image(tmp_path / "a.jpg", "a.jpg", 64)
    assert "not a picture" not in str(refusal.value)


def test_a_picture_over_the_limit_is_refused_with_both_numbers(as_bytes):
    with pytest.raises(BadInput, match="a.png is 2000 x 1000 pixels .* limit of 1.5 megapixels"):
        open_image(as_bytes(Image.new("1", (2000, 1000)), "PNG"), "a.png", 1.5)


def test_a_picture_of_exactly_the_limit_is_opened(as_bytes):
    assert open_image(as_bytes(Image.new("1", (2000, 1000)), "PNG"), "a.png", 2).size == (2000, 1000)


# Whole or cut short


@pytest.mark.parametrize("image_format", sorted(set(FORMATS) - {"TIFF"}))
def test_a_whole_file_looks_whole(as_bytes, image_format):
    content = as_bytes(noise(), image_format)
    assert looks_whole(image_format, content[-64:], len(content), content[:12])


@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP", "BMP", "GIF"])
def test_a_file_without_its_end_does_not(as_bytes, image_format):
    content = as_bytes(noise(), image_format)[:-200]
    assert not looks_whole(image_format, content[-64:], len(content), content[:12])


@pytest.mark.parametrize("image_format", FORMATS)
def test_a_file_that_is_cut_short_is_refused(as_bytes, tmp_path, image_format):
    content = as_bytes(noise(), image_format)
    (tmp_path / "a").write_bytes(content[: len(content) // 2])
    with pytest.raises(BadInput, match="^a is "), open_image(tmp_path / "a", "a", 64) as image:
        check_whole(tmp_path / "a", image, "a")


def test_a_whole_tiff_is_decoded_to_be_sure(as_bytes, tmp_path):
    content = as_bytes(noise(), "TIFF")
    assert not looks_whole("TIFF", content[-64:], len(content), content[:12])
    (tmp_path / "a").write_bytes(content)
    with open_image(tmp_path / "a", "a", 64) as image:
        check_whole(tmp_path / "a", image, "a")
        assert image.size == (64, 64)


def test_a_jpeg_with_other_bytes_after_its_end_is_taken(as_bytes, tmp_path):
    (tmp_path / "a").write_bytes(as_bytes(noise(), "JPEG") + b"\0" * 500)
    with open_image(tmp_path / "a", "a", 64) as image:
        check_whole(tmp_path / "a", image, "a")
        assert image.size == (64, 64)


def test_decoding_a_damaged_picture_is_refused(as_bytes):
    with pytest.raises(BadInput, match="^a.png is damaged or cut short"):
        decode(open_image(as_bytes(noise(), "PNG")[:3000], "a.png", 64), "a.png")


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
@pytest.mark.parametrize("use", [lambda image: grey_square(image, "a", 16), lambda image: thumbnail(image, "a", 16)])
@pytest.mark.parametrize("image_format", FORMATS)
def test_a_damaged_picture_is_used_or_refused_but_never_breaks_the_caller(as_bytes, image_format, use):
    rng = np.random.default_rng(0)
    options = {"exif": turned(6)} if image_format in ("JPEG", "PNG", "WEBP") else {}
    whole = as_bytes(noise(), image_format, **options)
    refused = 0
    for _ in range(60):
        content = bytearray(whole)
        for position in rng.integers(0, 200, 4):
            content[position] = rng.integers(256)
        try:
            with open_image(bytes(content), "a", 64) as image:
                use(image)
        except BadInput:
            refused += 1
    assert refused > 0


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize(
    "exif",
    [b"Exif\0\0no exif", b"Exif\0\0MM\0*\0\0\0\x08\0\x02\x01\x12\0\x03\0\0\0\x01\0\x06"],
    ids=["no EXIF", "cut short"],
)
def test_a_picture_with_broken_exif_is_still_a_picture(grey, image_format, exif):
    assert grey(Image.new("L", (32, 32), 99), image_format, exif=exif).mean() == pytest.approx(99, abs=2)


def test_a_picture_whose_exif_contradicts_itself_is_still_a_picture(as_bytes):
    exif = turned(6)
    exif[ExifTags.Base.ImageDescription] = "abc"
    content = as_bytes(Image.new("L", (32, 32), 99), "JPEG", exif=exif)
    description, bits, text = b"\x01\x0e", b"\x01\x02", b"\0\x02"
    contradicting = content.replace(description + text, bits + text)  # so many bits a sample: "abc"
    assert contradicting != content
    with open_image(contradicting, "a", 64) as image:
        assert grey_square(image, "a", 16).mean() == pytest.approx(99, abs=2)


@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP"])
def test_a_picture_s_size_is_told_or_refused_where_it_is_cut_short(as_bytes, image_format):
    content = as_bytes(noise(), image_format)
    try:
        size = upright_size(open_image(content[: len(content) // 2], "a", 64), "a")
    except BadInput:
        size = (64, 64)
    assert size == (64, 64)


# Turning


@pytest.mark.parametrize(("orientation", "size"), [(1, (30, 20)), (3, (30, 20)), (6, (20, 30)), (8, (20, 30))])
@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP"])
def test_the_upright_size_is_that_after_turning(as_bytes, image_format, orientation, size):
    content = as_bytes(noise(30, 20), image_format, exif=turned(orientation))
    assert upright_size(open_image(content, "a", 64), "a") == size


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "LA"])
@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP"])
def test_a_picture_is_seen_upright(grey, image_format, mode):
    if image_format == "JPEG" and mode.endswith("A"):
        mode = "CMYK"  # a JPEG is never transparent
    lying = Image.new("L", (32, 32))
    lying.paste(255, (0, 0, 32, 16))  # the upper half is bright
    seen = grey(lying.convert("RGB").convert(mode), image_format, exif=turned(6))  # shown a quarter turn clockwise
    assert seen[:, -4:].mean() > 200 > 50 > seen[:, :4].mean()


def test_a_thumbnail_is_upright(as_bytes):
    image = open_image(as_bytes(noise(60, 30), "JPEG", exif=turned(6)), "a", 64)
    assert Image.open(io.BytesIO(thumbnail(image, "a", 20))).size == (10, 20)


# What networks see


def test_a_picture_is_squeezed_whole_to_a_grey_square(grey):
    seen = grey(noise(90, 30), "PNG")
    assert (seen.shape, seen.dtype) == ((16, 16), np.uint8)


def test_no_part_of_a_wide_picture_is_cut_off(grey):
    wide = Image.new("L", (160, 16))
    wide.paste(255, (150, 0, 160, 16))
    assert grey(wide, "PNG")[:, -1].min() > 200


@pytest.mark.parametrize("shade", [0, 99, 255])
@pytest.mark.parametrize("image_format", FORMATS)
def test_grey_stays_the_same_grey_in_any_format(grey, image_format, shade):
    assert grey(Image.new("RGB", (32, 32), (shade,) * 3), image_format).mean() == pytest.approx(shade, abs=2)


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "LA", "P"])
def test_grey_stays_the_same_grey_in_any_mode(grey, mode):
    assert grey(Image.new("L", (32, 32), 153).convert(mode), "PNG").mean() == pytest.approx(153, abs=1)


def test_black_and_white_is_black_and_white(grey):
    assert grey(Image.new("1", (32, 32), 1), "PNG").mean() == 255
    assert grey(Image.new("1", (32, 32), 0), "PNG").mean() == 0


@pytest.mark.parametrize("image_format", ["PNG", "TIFF"])
@pytest.mark.parametrize("shade", [0, 64, 128, 255])
def test_sixteen_bits_a_pixel_are_scaled_to_eight(grey, image_format, shade):
    deep = Image.fromarray(np.full((32, 32), shade * 257, np.uint16))
    assert grey(deep, image_format).mean() == pytest.approx(shade, abs=1)


def test_a_sixteen_bit_thumbnail_is_scaled_to_eight(as_bytes):
    deep = Image.fromarray(np.full((32, 32), 64 * 257, np.uint16))
    small = thumbnail(open_image(as_bytes(deep, "PNG"), "a", 64), "a", 16)
    assert np.asarray(Image.open(io.BytesIO(small))).mean() == pytest.approx(64, abs=2)


@pytest.mark.parametrize(("black", "shade"), [(0, 255), (255, 0), (102, 153)])
def test_print_colours_are_inverted_ink(grey, black, shade):
    assert grey(Image.new("CMYK", (32, 32), (0, 0, 0, black)), "JPEG").mean() == pytest.approx(shade, abs=2)


@pytest.mark.parametrize("image_format", ["PNG", "WEBP"])
@pytest.mark.parametrize("beneath", [0, 255])
def test_a_transparent_picture_lies_on_white_whatever_is_beneath(grey, image_format, beneath):
    assert grey(Image.new("RGBA", (32, 32), (beneath,) * 3 + (0,)), image_format).min() == 255


def test_half_transparent_black_on_white_is_grey(grey):
    assert grey(Image.new("RGBA", (32, 32), (0, 0, 0, 128)), "PNG").mean() == pytest.approx(127, abs=1)


def test_a_palette_s_transparent_colour_is_white(grey):
    assert grey(Image.new("P", (32, 32), 0), "GIF", transparency=0).min() == 255


def test_red_green_and_blue_weigh_as_the_eye_does(grey):
    shades = [grey(Image.new("RGB", (32, 32), colour), "PNG").mean() for colour in ("red", "lime", "blue")]
    assert shades == pytest.approx([76, 150, 29], abs=1)


@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_decoding_at_reduced_scale_agrees_with_decoding_whole(as_bytes, mode):
    x, y = np.meshgrid(np.linspace(0, 6, 400), np.linspace(0, 9, 300))
    smooth = Image.fromarray((127 + 90 * np.sin(x) * np.cos(y)).astype(np.uint8)).convert(mode)
    content = as_bytes(smooth, "JPEG", quality=95)
    reduced = grey_square(open_image(content, "a", 64), "a", 48)
    whole = np.asarray(Image.open(io.BytesIO(content)).convert("L").resize((48, 48), Image.Resampling.BILINEAR))
    assert np.abs(reduced.astype(float) - whole).mean() < 2


def test_a_large_jpeg_is_decoded_at_reduced_scale(as_bytes):
    image = open_image(as_bytes(noise(400, 300), "JPEG"), "a", 64)
    grey_square(image, "a", 48)
    assert image.size == (100, 75)


def test_a_jpeg_smaller_than_the_square_is_enlarged(grey):
    assert grey(Image.new("L", (5, 7), 99), "JPEG").shape == (16, 16)


def test_a_heic_picture_is_called_by_its_name():
    with pytest.raises(BadInput, match="^a.heic is a HEIC picture, which cannot be read here; save it as JPEG, PNG or"):
        open_image(b"\0\0\0\x18ftypheic" + bytes(40), "a.heic", 64)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_the_size_of_a_lying_picture_is_that_of_the_upright_one(as_bytes, kind):
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    with open_image(as_bytes(Image.new("RGB", (60, 30)), kind, exif=exif), "a", 64) as image:
        assert upright_size(image, "a") == (30, 60)


def test_a_folder_gets_a_sentence(tmp_path):
    with pytest.raises(BadInput, match="^a is a folder; name the pictures in it"):
        open_image(tmp_path, "a", 64)
