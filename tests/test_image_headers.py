"""A file's first bytes say what Pillow says, or nothing: over a zoo of whole, odd and damaged files."""

import io
import os
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags, Image

from core import image_headers
from core.errors import BadInput
from core.image_files import check_whole, open_image
from core.image_headers import Header, read_header

REAL = Path(__file__).resolve().parents[2] / "shared" / "data" / "facial_expressions" / "images"
COLOURS = Image.fromarray(np.random.default_rng(0).integers(0, 255, (7, 9, 3), np.uint8))
"""A picture 9 pixels wide and 7 high."""


def encode(picture: Image.Image, image_format: str, **options) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, image_format, **options)
    return buffer.getvalue()


def exif(maker_bytes: int = 10) -> Image.Exif:
    """What a camera writes: it turns the picture and gives a resolution."""
    tags = Image.Exif()
    tags[ExifTags.Base.Orientation] = 6
    tags[ExifTags.Base.XResolution] = 300.0
    tags[ExifTags.Base.Make] = "m" * maker_bytes
    return tags


def with_segment(jpeg: bytes, marker: int, body: bytes) -> bytes:
    """Put one more segment after the first, which is JFIF's and 18 bytes long."""
    return jpeg[:20] + struct.pack(">HH", marker, len(body) + 2) + body + jpeg[20:]


def without_jfif(jpeg: bytes) -> bytes:
    return jpeg[:2] + jpeg[20:]


def with_chunk(png: bytes, name: bytes, body: bytes) -> bytes:
    """Put one more chunk after the first, which is IHDR's and ends at byte 33."""
    chunk = struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
    return png[:33] + chunk + png[33:]


def changed(content: bytes, position: int, value: int) -> bytes:
    return content[:position] + bytes([value]) + content[position + 1 :]


def with_header(png: bytes, position: int, value: int) -> bytes:
    """Change one byte of IHDR, which stands at bytes 12 to 28, and its checksum."""
    png = changed(png, position, value)
    return png[:29] + struct.pack(">I", zlib.crc32(png[12:29])) + png[33:]


def clear(picture: Image.Image) -> Image.Image:
    """The picture with an alpha channel that is not all opaque."""
    result = picture.convert("RGBA")
    result.putalpha(picture.convert("L"))
    return result


JPEG = encode(COLOURS, "JPEG")
PNG = encode(COLOURS, "PNG")
WEBP = encode(COLOURS, "WEBP")
LOSSLESS = encode(COLOURS, "WEBP", lossless=True)
PHOTOSHOP = b"Photoshop 3.0\0" + b"8BIM\x04\x04\0\0\0\0\0\x04abcd"
ALL_METADATA = {"exif": exif(), "icc_profile": b"p" * 501, "xmp": b"x" * 99}
SAID = {
    **{f"JPEG {mode}": encode(COLOURS.convert(mode), "JPEG") for mode in ("L", "RGB", "CMYK")},
    **{f"progressive JPEG {mode}": encode(COLOURS.convert(mode), "JPEG", progressive=True) for mode in ("L", "RGB")},
    "JPEG with restart markers": encode(COLOURS, "JPEG", restart_marker_blocks=1),
    "JPEG with fill bytes": JPEG[:20] + b"\xff" * 40 + JPEG[20:],
    "JPEG with all metadata": encode(COLOURS, "JPEG", comment=b"c" * 50, **ALL_METADATA),
    "JPEG of a camera": without_jfif(encode(COLOURS, "JPEG", exif=exif())),
    "JPEG with 60 KB of EXIF": without_jfif(encode(COLOURS, "JPEG", exif=exif(60_000))),
    "JPEG with a profile in three segments": encode(COLOURS, "JPEG", icc_profile=b"p" * 150_000),
    "JPEG of Photoshop": with_segment(JPEG, 0xFFED, PHOTOSHOP),
    "JPEG with bytes after its end": JPEG + b"\0" * 30,
    **{f"PNG {mode}": encode(COLOURS.convert(mode), "PNG") for mode in ("1", "L", "LA", "P", "RGB", "RGBA")},
    **{f"PNG of {bits} bits": encode(COLOURS.convert("P"), "PNG", bits=bits) for bits in (1, 2, 4)},
    "PNG of 16 bits": encode(Image.fromarray(np.full((7, 9), 999, np.uint16)), "PNG"),
    "PNG with a clear colour": encode(COLOURS.convert("P"), "PNG", transparency=0),
    "PNG with a clear grey": encode(COLOURS.convert("L"), "PNG", transparency=3),
    "PNG with EXIF": encode(COLOURS, "PNG", exif=exif(), dpi=(72, 72)),
    "PNG with text": with_chunk(PNG, b"tEXt", b"Title\0nine by seven"),
    "WebP": WEBP,
    "WebP with alpha": encode(clear(COLOURS), "WEBP"),
    "WebP with all metadata": encode(COLOURS, "WEBP", **ALL_METADATA),
    "WebP with alpha and all metadata": encode(clear(COLOURS), "WEBP", **ALL_METADATA),
    "WebP with a long profile": encode(COLOURS, "WEBP", icc_profile=b"p" * 20_000, exif=exif()),
    "lossless WebP": LOSSLESS,
    "lossless WebP with alpha": encode(clear(COLOURS), "WEBP", lossless=True),
    "lossless WebP with alpha and all metadata": encode(clear(COLOURS), "WEBP", lossless=True, **ALL_METADATA),
}
"""Files that are read here."""

FRAME, SCAN = JPEG.index(b"\xff\xc0"), JPEG.index(b"\xff\xda")
TEXT_RESOLUTION = b"Exif\0\0MM\0*\0\0\0\x08\0\x02" + struct.pack(
    ">HHI4sHHIHxx", 0x011A, 2, 1, b"\0" * 4, 0x0128, 3, 1, 2
)
"""Two tags: the resolution is a string (type 2) without letters, its unit is inches."""
LONG_DIRECTORY = b"Exif\0\0MM\0*\0\0\0\x08\0\x64" + b"\xc0\0\0\x03\0\0\0\x01\0\0\0\0" * 100
TWO = {"save_all": True, "append_images": [COLOURS.rotate(180)]}
LEFT_TO_PILLOW = {
    "nothing": b"",
    "one byte": b"\xff",
    "only magic of JPEG": b"\xff\xd8\xff",
    "only magic of PNG": b"\x89PNG\r\n\x1a\n",
    "only magic of WebP": b"RIFF\x04\0\0\0WEBP",
    "text": b"no picture at all " * 9,
    "random bytes": np.random.default_rng(0).bytes(5000),
    **{image_format: encode(COLOURS, image_format) for image_format in ("GIF", "BMP", "TIFF")},
    "MPO": encode(COLOURS, "MPO", **TWO),
    "animated PNG": encode(COLOURS, "PNG", **TWO),
    "animated WebP": encode(COLOURS, "WEBP", **TWO),
    "JPEG of 12 bits": changed(JPEG, FRAME + 4, 12),
    "JPEG with arithmetic coding": changed(JPEG, FRAME + 1, 0xC9),
    "JPEG with two frames": JPEG[:FRAME] + JPEG[FRAME : FRAME + 19] + JPEG[FRAME:],
    "JPEG of 0 lines": JPEG[: FRAME + 5] + b"\0\0" + JPEG[FRAME + 7 :],
    "JPEG with junk between segments": JPEG[:20] + b"junk" + JPEG[20:],
    "JPEG whose segment is longer than the file": with_segment(JPEG, 0xFFE5, b"")[:22] + b"\xff\xff" + JPEG[20:],
    "JPEG whose scan never starts": JPEG[:SCAN] + b"\xff\xd9",
    "JPEG whose scan starts too late": changed(JPEG, SCAN + 2, 0xFF),
    "JPEG with half a table": with_segment(JPEG, 0xFFDB, b"\0" * 30),
    "JPEG with half a JFIF segment": with_segment(JPEG, 0xFFE0, b"JFIF\0"),
    "JPEG with a profile without number": with_segment(JPEG, 0xFFE2, b"ICC_PROFILE\0"),
    "JPEG with half a Photoshop resource": with_segment(JPEG, 0xFFED, b"Photoshop 3.0\0" + b"8BIM\x04\x04"),
    "JPEG whose resolution is text": without_jfif(with_segment(JPEG, 0xFFE1, TEXT_RESOLUTION)),
    "JPEG with a long directory in EXIF": without_jfif(with_segment(JPEG, 0xFFE1, LONG_DIRECTORY)),
    "PNG with a wrong checksum": changed(PNG, 29, PNG[29] ^ 1),
    "PNG of 3 bits": with_header(PNG, 24, 3),
    "PNG with an unknown filter": with_header(PNG, 27, 1),
    "PNG with half a clear colour": with_chunk(PNG, b"tRNS", b"\0" * 4),
    "PNG with compressed text": with_chunk(PNG, b"zTXt", b"Title\0\0" + zlib.compress(b"nine by seven")),
    "PNG with half a resolution": with_chunk(PNG, b"pHYs", b"\0" * 8),
    "PNG with 5 KB before its pixels": with_chunk(PNG, b"tEXt", b"Title\0" + b"t" * 5000),
    "WebP longer than it says": changed(WEBP, 4, 0x20),
    "WebP with two pictures": b"RIFF" + struct.pack("<I", 2 * len(WEBP) - 20) + WEBP[8:] + WEBP[12:],
    "WebP that starts between key frames": changed(WEBP, 20, WEBP[20] | 1),
    "WebP of an unknown version": changed(WEBP, 20, WEBP[20] | 8),
    "WebP that is not shown": changed(WEBP, 20, WEBP[20] & ~16),
    "lossless WebP of an unknown version": changed(LOSSLESS, 24, LOSSLESS[24] | 0x20),
    **{f"{name} cut short": SAID[name][:-20] for name in ("JPEG RGB", "PNG RGB", "WebP", "lossless WebP")},
    **{f"half a {name}": SAID[name][: len(SAID[name]) // 2] for name in ("JPEG RGB", "PNG RGB", "WebP")},
}
"""Files about which nothing is said here, whatever Pillow makes of them."""


@pytest.fixture
def place(tmp_path):
    """`place(content)` is the path of a file with these bytes."""

    def write(content: bytes) -> Path:
        (tmp_path / "a.jpg").write_bytes(content)
        return tmp_path / "a.jpg"

    return write


def pillow(path: Path) -> Header | None:
    """What opening with Pillow and the check for a cut tell; None where either refuses."""
    try:
        with open_image(path, "a", 64) as image:
            check_whole(path, image, "a")
            return Header(image.width, image.height, image.mode, image.format)
    except BadInput:
        return None


def test_a_header_is_width_height_mode_and_format(place):
    assert read_header(place(JPEG)) == Header(9, 7, "RGB", "JPEG")


@pytest.mark.parametrize("content", SAID.values(), ids=SAID)
def test_what_is_said_is_what_pillow_says(place, content):
    path = place(content)
    assert read_header(path) == pillow(path)
    assert read_header(path) is not None


@pytest.mark.parametrize("content", LEFT_TO_PILLOW.values(), ids=LEFT_TO_PILLOW)
def test_nothing_is_said_where_in_doubt(place, content):
    assert read_header(place(content)) is None


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
@pytest.mark.parametrize(
    "name",
    [
        "JPEG whose segment is longer than the file",
        "JPEG whose scan starts too late",
        "JPEG with half a table",
        "JPEG with half a JFIF segment",
        "JPEG with a profile without number",
        "JPEG with half a Photoshop resource",
        "JPEG whose resolution is text",
        "PNG with a wrong checksum",
        "PNG with an unknown filter",
        "PNG with half a clear colour",
        "PNG with half a resolution",
        "WebP that starts between key frames",
        "WebP of an unknown version",
        "WebP that is not shown",
        "lossless WebP of an unknown version",
    ],
)
def test_what_pillow_trips_over_is_watched_for(place, name):
    assert pillow(place(LEFT_TO_PILLOW[name])) is None


def test_a_file_that_is_not_there_says_nothing(tmp_path):
    assert read_header(tmp_path / "a.jpg") is None


def test_a_folder_says_nothing(tmp_path):
    assert read_header(tmp_path) is None


def test_the_stored_size_is_told_and_not_the_upright_one(place):
    header = read_header(place(encode(COLOURS, "JPEG", exif=exif())))
    assert (header.width, header.height) == (9, 7)


# Reading little


@pytest.fixture
def reads(monkeypatch):
    """How many bytes each read of a file's descriptor gave."""
    seen = []
    real = os.read

    def read(descriptor, count):
        found = real(descriptor, count)
        seen.append(len(found))
        return found

    monkeypatch.setattr(image_headers.os, "read", read)
    return seen


@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP"])
def test_of_a_long_file_the_first_4_kb_and_the_last_64_bytes_are_read(place, reads, image_format):
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 255, (200, 300, 3), np.uint8))
    assert read_header(place(encode(noise, image_format, quality=90))) == Header(300, 200, "RGB", image_format)
    assert reads == [4096, 64]


def test_a_short_file_is_read_once(place, reads):
    read_header(place(JPEG))
    assert reads == [len(JPEG)]


def test_long_metadata_is_stepped_over(place, reads):
    content = SAID["JPEG with a profile in three segments"]
    assert read_header(place(content)) == Header(9, 7, "RGB", "JPEG")
    assert sum(reads) < 5 * 4096 < len(content) / 5


def test_a_file_that_sends_the_reader_around_for_ever_is_left_to_pillow(place, reads):
    content = JPEG[:20] + (b"\xff\xfe\xff\xff" + b"c" * 0xFFFD) * 40 + JPEG[20:]
    assert read_header(place(content)) is None
    assert len(reads) == image_headers._MOST_WINDOWS


# Damage


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
@pytest.mark.parametrize("name", SAID)
def test_of_a_damaged_file_nothing_is_said_that_pillow_does_not_say(place, name):
    rng = np.random.default_rng(list(SAID).index(name))
    whole = SAID[name]
    for _ in range(60):
        content = bytearray(whole)
        for position in rng.integers(0, min(len(content), rng.choice([40, 300, 2000])), rng.integers(1, 4)):
            content[position] = rng.choice([0, 1, 2, 7, 255, rng.integers(256)])
        path = place(bytes(content))
        assert read_header(path) in (None, pillow(path))


@pytest.mark.parametrize("name", ["JPEG with all metadata", "PNG with EXIF", "WebP with alpha and all metadata"])
def test_of_a_file_cut_anywhere_nothing_is_said_that_pillow_does_not_say(place, name):
    for length in range(0, len(SAID[name]), 7):
        path = place(SAID[name][:length])
        assert read_header(path) in (None, pillow(path))


@pytest.mark.real
@pytest.mark.skipif(not REAL.is_dir(), reason="the real dataset is not at ../shared/data/facial_expressions")
def test_every_file_of_the_real_dataset_is_read_as_pillow_reads_it():
    paths = sorted(REAL.iterdir())
    assert [read_header(path) for path in paths] == [pillow(path) for path in paths]
