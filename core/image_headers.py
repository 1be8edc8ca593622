"""Size, mode and format of a JPEG, PNG or WebP file from its first bytes: Pillow's answer, at a fraction of the cost.

Pillow reads all metadata, and a WebP file whole. Here a file is opened once, its first 4 KB and its last bytes are
read, and long metadata is stepped over. Layouts: JPEG by ITU-T T.81 (1992), PNG by W3C (third edition, 2025), WebP by
RFC 9649 (2024). Whatever is rare, odd or damaged gets no answer here, so that Pillow alone decides about it.
"""

import os
import re
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path

from core.image_files import TAIL_BYTES, looks_whole

_WINDOW = 4096
_MOST_WINDOWS = 32
"""A file that needs more is left to Pillow: what a file says of its own lengths must not keep the reader busy."""


@dataclass(frozen=True, slots=True)
class Header:
    """What the start of a picture file says: stored size in pixels (EXIF's turn not applied), Pillow's mode, format."""

    width: int
    height: int
    mode: str
    format: str


def read_header(path: str | Path) -> Header | None:
    """Return what Pillow would tell of a JPEG, PNG or still WebP file that seems whole, or None where in doubt.

    None says nothing about the file: Pillow may read it, or has to say what is wrong with it.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    except OSError:
        return None
    try:
        return _read(_Content(descriptor))
    except (OSError, struct.error, _InDoubt):
        return None
    finally:
        os.close(descriptor)


class _InDoubt(Exception):
    """The file is not of the plain kind that is read here."""


class _Content:
    """The bytes of an open file by position, read a window at a time."""

    def __init__(self, descriptor: int):
        self.descriptor = descriptor
        self.head = self.window = os.read(descriptor, _WINDOW)
        self.start = 0
        self.windows = 1
        self.size = len(self.head) if len(self.head) < _WINDOW else os.lseek(descriptor, 0, os.SEEK_END)

    def at(self, position: int, count: int) -> bytes:
        """Return `count` bytes (at most a window) from `position` on; in doubt where the file ends before that."""
        first = position - self.start
        if first < 0 or first + count > len(self.window):
            self._move_to(position)
            first = 0
        found = self.window[first : first + count]
        if len(found) < count:
            raise _InDoubt
        return found

    def tail(self) -> bytes:
        """Return the last bytes of the file."""
        if self.size == len(self.head):
            return self.head[-TAIL_BYTES:]
        os.lseek(self.descriptor, self.size - TAIL_BYTES, os.SEEK_SET)
        return os.read(self.descriptor, TAIL_BYTES)

    def _move_to(self, position: int) -> None:
        self.windows += 1
        if self.windows > _MOST_WINDOWS or position >= self.size:
            raise _InDoubt
        os.lseek(self.descriptor, position, os.SEEK_SET)
        self.window, self.start = os.read(self.descriptor, _WINDOW), position


def _read(content: _Content) -> Header:
    head = content.head
    if head.startswith(b"\xff\xd8\xff"):
        header = _jpeg(content)
    elif head.startswith(b"\x89PNG\r\n\x1a\n"):
        header = _png(head)
    elif head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        header = _webp(content)
    else:
        raise _InDoubt
    whole = looks_whole(header.format, content.tail(), content.size, head[:12])
    if not (header.width and header.height and whole):
        raise _InDoubt
    return header


# JPEG: segments, each a marker and its length. Pillow reads all of them up to the start of the scan and refuses a
# picture for some of what stands in them, so this walk goes as far, and answers only where it sees nothing of the kind.

_SEGMENT = struct.Struct(">HH")
_FRAME = struct.Struct(">BHHB")
_FRAMES = frozenset({0xFFC0, 0xFFC1, 0xFFC2})
"""Baseline, extended and progressive; the others are lossless or arithmetically coded."""
_START_OF_SCAN = 0xFFDA
_JPEG_MODES = {1: "L", 3: "RGB", 4: "CMYK"}


def _jpeg(content: _Content) -> Header:
    position, frame = 2, None
    while True:
        marker, size = _SEGMENT.unpack(content.at(position, 4))
        if marker == 0xFFFF:  # fill bytes, as many as a writer likes, may stand before a marker
            position += 1
            continue
        start, length, end = position + 4, size - 2, position + 2 + size
        if length < 0 or end > content.size:
            raise _InDoubt
        if marker == _START_OF_SCAN and frame is not None:
            return frame
        if marker in _FRAMES and frame is None:
            frame = _frame(content.at(start, length))
        elif marker in _CHECKS:
            _CHECKS[marker](content, start, length)
        elif marker not in _SKIPPED:
            raise _InDoubt
        position = end


def _frame(body: bytes) -> Header:
    bits, height, width, n_colours = _FRAME.unpack_from(body)
    if bits != 8 or n_colours not in _JPEG_MODES or len(body) != _FRAME.size + 3 * n_colours:
        raise _InDoubt
    return Header(width, height, _JPEG_MODES[n_colours], "JPEG")


def _check_name(content: _Content, start: int, length: int) -> None:
    """Pillow wants a version number after either name."""
    if length < 7 and content.at(start, length).startswith((b"JFIF", b"Adobe")):
        raise _InDoubt


def _check_profile(content: _Content, start: int, length: int) -> None:
    """A list of further pictures makes the file an MPO; a part of a colour profile must at least have its number."""
    first = content.at(start, min(length, 12))
    if first.startswith(b"MPF\0") or (first == b"ICC_PROFILE\0" and length < 14):
        raise _InDoubt


def _check_photoshop(content: _Content, start: int, length: int) -> None:
    """Pillow trips over a resource that breaks off right after its number."""
    if content.at(start, min(length, 14)) == b"Photoshop 3.0\0" and content.at(start + length - 6, 4) == b"8BIM":
        raise _InDoubt


def _check_exif(content: _Content, start: int, length: int) -> None:
    """Pillow takes the resolution from EXIF's first directory, and trips where it is no fraction (type 5)."""
    body = content.at(start, min(length, 1024))
    if not body.startswith(b"Exif\0\0"):
        return
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(body[6:10])
    if order is None:
        raise _InDoubt
    (offset,) = struct.unpack_from(f"{order}I", body, 10)
    (n_tags,) = struct.unpack_from(f"{order}H", body, 6 + offset)
    tags = body[8 + offset : 8 + offset + 12 * n_tags]
    odd = any(tag == 0x011A and kind != 5 for tag, kind in struct.iter_unpack(f"{order}HH8x", tags))
    if odd or len(tags) < 12 * n_tags:
        raise _InDoubt


def _check_quantisation(content: _Content, start: int, length: int) -> None:
    """Tables of 64 numbers, of 1 byte or of 2, must fill the segment exactly."""
    end = start + length
    while start < end:
        start += 65 if content.at(start, 1)[0] < 16 else 129
    if start > end:
        raise _InDoubt


_CHECKS = {
    0xFFE0: _check_name,
    0xFFE1: _check_exif,
    0xFFE2: _check_profile,
    0xFFED: _check_photoshop,
    0xFFEE: _check_name,
    0xFFDB: _check_quantisation,
}
_SKIPPED = frozenset({0xFFC4, 0xFFDD, 0xFFFE, *range(0xFFE3, 0xFFED), 0xFFEF})
"""Huffman tables, restart interval, comment, and what programs keep for themselves."""


# PNG: chunks, each with its length, name and checksum. Pillow reads all of them up to the pixels.

_PNG_START = struct.Struct(">I4sIIBBBBB")
_PNG_CHUNK = struct.Struct(">I4s")
_PNG_MODES = {
    **{(1, 0): "1", (2, 0): "L", (4, 0): "L", (8, 0): "L", (16, 0): "I;16"},
    **{(8, 2): "RGB", (16, 2): "RGB"},
    **{(1, 3): "P", (2, 3): "P", (4, 3): "P", (8, 3): "P"},
    **{(8, 4): "LA", (16, 4): "RGBA"},
    **{(8, 6): "RGBA", (16, 6): "RGBA"},
}
"""Bits a colour and colour type -> Pillow's mode."""
_PNG_LEAST = {
    **{b"PLTE": 0, b"tRNS": 6, b"gAMA": 4, b"cHRM": 32, b"sRGB": 1, b"pHYs": 9, b"tEXt": 0},
    **{b"eXIf": 0, b"bKGD": 0, b"sBIT": 0, b"tIME": 0, b"hIST": 0},
}
"""Chunks that Pillow takes whatever they hold, and the fewest bytes of each; not among them what is compressed."""
_TRANSPARENCY_LEAST = {"P": 0, "1": 2, "L": 2, "I;16": 2}


def _png(head: bytes) -> Header:
    length, name, width, height, depth, colour, _, filtering, _ = _PNG_START.unpack_from(head, 8)
    mode = _PNG_MODES.get((depth, colour))
    if length != 13 or name != b"IHDR" or filtering != 0 or mode is None:
        raise _InDoubt
    position = _after_chunk(head, 8, length)
    while True:
        length, name = _PNG_CHUNK.unpack_from(head, position)
        if name == b"IDAT":
            return Header(width, height, mode, "PNG")
        least = _TRANSPARENCY_LEAST.get(mode, 6) if name == b"tRNS" else _PNG_LEAST.get(name, length + 1)
        if length < least:
            raise _InDoubt
        position = _after_chunk(head, position, length)


def _after_chunk(head: bytes, position: int, length: int) -> int:
    """Return where the next chunk starts; in doubt unless this one is within the head and its checksum is right."""
    end = position + 8 + length
    (checksum,) = struct.unpack_from(">I", head, end)
    if zlib.crc32(head[position + 4 : end]) != checksum:
        raise _InDoubt
    return end + 4


# WebP: chunks in a RIFF container. Pillow asks libwebp, which wants the whole container to be in order.

_RIFF_CHUNK = struct.Struct("<4sI")
_LOSSY = struct.Struct("<3s3sHH")
_LOSSLESS = struct.Struct("<BI")
_ORDER = re.compile(rb"VP8 |VP8L|VP8X(ICCP)?((ALPH)?VP8 |VP8L)(EXIF)?(XMP )?")
_NOT_STILL, _ALPHA = 0xC3, 0x10
"""Flags of a VP8X chunk: animation or reserved, and alpha."""


def _webp(content: _Content) -> Header:
    chunks = _webp_chunks(content)
    width, height, alpha = (
        _lossy(content, *chunks[b"VP8 "]) if b"VP8 " in chunks else _lossless(content, *chunks[b"VP8L"])
    )
    if b"ALPH" in chunks:
        alpha = True
    if b"VP8X" in chunks and _extended(content, *chunks[b"VP8X"]) != (width, height, alpha):
        raise _InDoubt
    return Header(width, height, "RGBA" if alpha else "RGB", "WEBP")


def _webp_chunks(content: _Content) -> dict[bytes, tuple[int, int]]:
    """Return where each chunk's bytes start and how many they are; in doubt unless they fill the container in order."""
    end = 8 + int.from_bytes(content.head[4:8], "little")
    position, chunks = 12, {}
    while position < end:
        name, length = _RIFF_CHUNK.unpack(content.at(position, 8))
        if name in chunks:
            raise _InDoubt
        chunks[name] = position + 8, length
        position += 8 + length + length % 2
    if position != end or not _ORDER.fullmatch(b"".join(chunks)):
        raise _InDoubt
    return chunks


def _lossy(content: _Content, start: int, length: int) -> tuple[int, int, bool]:
    """Return width, height and no alpha, by the frame header of VP8 (RFC 6386, 9.1)."""
    tag, sign, width, height = _LOSSY.unpack(content.at(start, _LOSSY.size))
    bits = int.from_bytes(tag, "little")
    later, version, shown, n_bytes = bits & 1, bits >> 1 & 7, bits >> 4 & 1, bits >> 5
    if length < _LOSSY.size or sign != b"\x9d\x01\x2a" or later or version > 3 or not shown or n_bytes >= length:
        raise _InDoubt
    return width & 0x3FFF, height & 0x3FFF, False


def _lossless(content: _Content, start: int, length: int) -> tuple[int, int, bool]:
    """Return width, height and whether there is alpha."""
    sign, bits = _LOSSLESS.unpack(content.at(start, _LOSSLESS.size))
    if length < _LOSSLESS.size or sign != 0x2F or bits >> 29:
        raise _InDoubt
    return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1, bool(bits >> 28 & 1)


def _extended(content: _Content, start: int, length: int) -> tuple[int, int, bool]:
    """Return what the file says of width, height and alpha, which must be what the picture in it has."""
    body = content.at(start, 10)
    if length != 10 or body[0] & _NOT_STILL:
        raise _InDoubt
    width, height = int.from_bytes(body[4:7], "little") + 1, int.from_bytes(body[7:10], "little") + 1
    return width, height, bool(body[0] & _ALPHA)
