"""The one place where bytes become a picture: every refusal is a sentence, every use decodes alike."""

import io
import struct
import zlib
from pathlib import Path

import numpy as np
from PIL import ExifTags, Image, UnidentifiedImageError

from core.errors import BadInput

# Pillow warns above 89 megapixels and raises above 179; the limit here is the caller's, and is checked from the header.
Image.MAX_IMAGE_PIXELS = None

EXTENSIONS = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff"})
_FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF")
"""What is tried, whatever the name says: no format whose reader runs another program."""
_HEIC = (b"heic", b"heix", b"hevc", b"mif1", b"msf1")
TAIL_BYTES = 64
"""How much of a file's end `looks_whole` is given."""
# What Pillow's readers raise on files that are damaged, cut short or made to mislead.
_DAMAGED = (
    UnidentifiedImageError,
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    OverflowError,
    EOFError,
    struct.error,
    zlib.error,
)
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""How a picture is brought upright, by its EXIF orientation."""


def open_image(source: Path | bytes, name: str, max_megapixels: float) -> Image.Image:
    """Read the header only and return the undecoded picture.

    Raises:
        BadInput: the file is empty, is no picture, or has more than `max_megapixels` million pixels.
    """
    try:
        n_bytes = len(source) if isinstance(source, bytes) else source.stat().st_size
    except OSError as error:
        raise BadInput(f"{name} cannot be opened ({error.strerror or error}); check the path.") from error
    if isinstance(source, Path) and source.is_dir():
        raise BadInput(f"{name} is a folder; name the pictures in it.")
    if n_bytes == 0:
        raise BadInput(f"{name} is empty (0 bytes); copy or export it again.")
    try:
        image = Image.open(io.BytesIO(source) if isinstance(source, bytes) else source, formats=_FORMATS)
    except PermissionError as error:
        raise BadInput(f"{name} cannot be opened (permission denied); ask its owner for access.") from error
    except _DAMAGED as error:
        what = "a HEIC picture, which cannot be read here" if _is_heic(source) else "not a picture that can be read"
        raise BadInput(f"{name} is {what}; save it as JPEG, PNG or WebP.") from error
    megapixels = image.width * image.height / 1e6
    if megapixels > max_megapixels:
        size = f"{image.width} x {image.height} pixels ({megapixels:.0f} megapixels)"
        raise BadInput(f"{name} is {size}, over the limit of {max_megapixels:g} megapixels; make it smaller.")
    return image


def _is_heic(source: Path | bytes) -> bool:
    """Return whether a file is what iPhones write; no permissively licensed package decodes it (docs/faces.md)."""
    with io.BytesIO(source) if isinstance(source, bytes) else source.open("rb") as file:
        head = file.read(12)
    return head[4:8] == b"ftyp" and head[8:12] in _HEIC


def looks_whole(image_format: str, tail: bytes, n_bytes: int, head: bytes) -> bool:
    """Return False where a file seems to end before its picture does, or where its last bytes cannot tell; cheap."""
    if image_format in ("JPEG", "MPO"):
        return b"\xff\xd9" in tail
    if image_format == "PNG":
        return b"IEND" in tail
    if image_format == "WEBP":
        return int.from_bytes(head[4:8], "little") + 8 <= n_bytes
    if image_format == "BMP":
        return int.from_bytes(head[2:6], "little") <= n_bytes
    if image_format == "GIF":
        return tail.rstrip(b"\0").endswith(b";")
    return False  # a TIFF has its parts in any order


def check_whole(path: Path, image: Image.Image, name: str) -> None:
    """Raise BadInput where the file ends before its picture does; only a suspicious file is decoded to be sure."""
    with path.open("rb") as file:
        head = file.read(12)
        n_bytes = file.seek(0, io.SEEK_END)
        file.seek(max(0, n_bytes - TAIL_BYTES))
        tail = file.read()
    if not looks_whole(image.format or "", tail, n_bytes, head):
        decode(image, name)


def decode(image: Image.Image, name: str) -> Image.Image:
    """Decode all of the picture; a truncated or damaged one raises BadInput."""
    try:
        image.load()
    except _DAMAGED as error:
        raise BadInput(f"{name} is damaged or cut short ({error}); copy it again from where it came from.") from error
    return image


def upright_size(image: Image.Image, name: str) -> tuple[int, int]:
    """Return width and height after turning; orientations 5 to 8 lie on their side."""
    if image.format == "PNG":  # it is decoded when asked for its orientation, and damage would then go unnoticed
        decode(image, name)
    lying = _orientation(image) >= 5 and image.format != "TIFF"  # Pillow tells a TIFF's size as it is upright
    return (image.height, image.width) if lying else image.size


def _orientation(image: Image.Image) -> int:
    """Return the EXIF orientation, 1 to 8; 1, which is upright, where EXIF is missing or nonsense."""
    try:
        found = image.getexif().get(ExifTags.Base.Orientation, 1)
    except _DAMAGED:
        return 1
    return found if found in _TURNS else 1


def upright(image: Image.Image, name: str, mode: str) -> Image.Image:
    """Return the whole picture at full size, turned upright, in `mode` ("L" or "RGB"); what is clear lies on white."""
    return _plain(decode(image, name), name, mode)


def grey_square(image: Image.Image, name: str, size: int) -> np.ndarray:
    """Return the whole picture as networks here see it: grey, squeezed to `size` x `size`, uint8 of shape (size, size).

    A JPEG is decoded at the smallest of its reduced scales (1/2, 1/4, 1/8) that is still large enough: measured 1.6
    times faster than decoding it whole. Training and prediction both come through here, so they see the same pixels.
    """
    image.draft("L", (size, size))
    grey = _plain(decode(image, name), name, "L")
    return np.asarray(grey.resize((size, size), Image.Resampling.BILINEAR))


def thumbnail(image: Image.Image, name: str, size: int) -> bytes:
    """Return a JPEG no larger than `size` x `size` pixels, the aspect ratio kept."""
    image.draft("RGB", (size, size))
    small = _plain(decode(image, name), name, "RGB")
    small.thumbnail((size, size))
    buffer = io.BytesIO()
    small.save(buffer, "JPEG", quality=82)
    return buffer.getvalue()


def _plain(image: Image.Image, name: str, mode: str) -> Image.Image:
    """Return a decoded picture upright, in `mode` ("L" or "RGB"), and laid on white where it is transparent."""
    turn = _TURNS.get(_orientation(image))
    try:
        if image.mode == "F":
            raise ValueError("numbers with fractions have no agreed black and white")
        if image.mode.startswith("I"):  # 16 bits; Pillow's own conversion would turn all but the darkest into white
            image = Image.fromarray((np.asarray(image).astype(np.int64).clip(0, 65535) // 257).astype(np.uint8))
        elif image.has_transparency_data:  # dropping the alpha channel would show whatever lies beneath it
            rgba = image.convert("RGBA")
            image = Image.alpha_composite(Image.new("RGBA", rgba.size, "white"), rgba)
        image = image.convert(mode)
    except _DAMAGED as error:
        raise BadInput(f"{name} has colours of a rare kind ({image.mode}); save it as JPEG, PNG or WebP.") from error
    return image if turn is None else image.transpose(turn)
