"""A picture opened, its faces found, and each cut out as networks see it."""

from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from threading import BoundedSemaphore

import numpy as np
from PIL import Image

from core.errors import BadInput
from core.faces import FaceQuality, FoundFace, face_quality, face_square, find_faces, is_upside_down
from core.image_files import grey_square, open_image, upright, upright_size
from core.settings import Settings

Box = tuple[int, int, int, int]
"""x, y, width, height in pixels."""
FILLED = 0.5
"""A picture of which a face's box covers this share was cut out around that face already, and is used whole."""
SHOWN = 1024
"""The longer side, in pixels, of the copy for showing."""
AROUND = 512
"""The longer side, in pixels, of what is kept around a face."""
_DECODING = BoundedSemaphore(2)
"""So many pictures are decoded at once: a huge one takes a gigabyte, and visitors of one server share its memory."""
_FINE = 2048
"""Faces are looked for in this number of pixels squared, or up to four times as many."""
_BORDER, _BORDERED = 0.5, 96
"""The share of its longer side by which a picture is widened on each side for a second look, and that side then.
Measured on 500 grey and 500 colour pictures of the real dataset, all of them cut out around a face: 99 % and 89 % are
used whole, without the second look 95 % and 73 %; no face fills any of 200 cuttings of photographs without people."""
_ASKED, _MOSTLY = 16, 0.75
"""How many pictures of a dataset are searched, and in which share of them a face is found if it is one of faces: of
facial_expressions the detector misses 1 in 30."""
_MARGIN = 0.25
"""The share of its side that is kept around a face on each side."""


@dataclass(frozen=True)
class Cut:
    """A face cut out of a picture. Boxes are in pixels of the upright picture."""

    box: Box
    """Of the face; the whole picture where no face was looked for."""
    square: Box
    """What networks see of the picture; it lies inside of it."""
    score: float | None
    """How sure the detector is, from 0 to 1; None where no face was looked for."""
    quality: FaceQuality | None
    """Whether it is large, bright and sharp enough; None where it need not be a face."""
    seen: dict[int, np.ndarray]
    """Side S -> what a network of that size sees: grey uint8, shape (S, S)."""
    around: np.ndarray
    """The square and a margin, as far as the picture goes: grey uint8, at most AROUND pixels on its longer side."""
    inner: Box
    """Where the square lies in `around`."""


class Picture:
    """One picture in memory, upright, and reduced where it is huge."""

    def __init__(self, source: Path | bytes, name: str, settings: Settings):
        """Decode it.

        Raises:
            BadInput: it cannot be read, or is larger than the settings allow.
        """
        self._source, self._name, self._most = source, name, settings.max_megapixels
        with _DECODING, open_image(source, name, self._most) as image:
            self.width, self.height = upright_size(image, name)
            image.draft("RGB", (_FINE, _FINE))
            whole = upright(image, name, "RGB")
            factor = int((whole.width * whole.height) ** 0.5 / _FINE)
            self._image = whole.reduce(factor) if factor > 1 else whole
            del whole
        self.shown = self._copy()
        """RGB uint8, at most SHOWN pixels on its longer side."""

    @property
    def scale(self) -> float:
        """Return the pixels of `shown` a pixel of the picture."""
        return max(self.shown.shape[:2]) / max(self.width, self.height)

    def cut_whole(self, sizes: Collection[int], of_a_face: bool) -> Cut:
        """Return the whole picture as one cut.

        Args:
            sizes: the sides that networks want.
            of_a_face: whether it should be one, so that its quality matters.
        """
        return self._whole((0, 0, self.width, self.height), None, sizes, of_a_face)

    def cut_faces(self, sizes: Collection[int], most: int) -> tuple[list[Cut], int]:
        """Return a cut for each face that is found, at most `most`, and how many more there are.

        Of a face that fills the picture (FILLED) the whole picture is seen, to the pixel what training would see of it.
        """
        found = find_faces(np.asarray(self._image), most)
        faces = list(found.faces)
        if len(faces) + found.left_out < 2 and not any(self._fills(face.box) for face in faces):
            filling = self._filling()
            faces = [filling] if filling else faces  # what was found before was a part of that face
        return [self._cut(face, sizes) for face in faces], found.left_out

    def shows_faces_once_turned(self) -> bool:
        """Return whether a face is found in the picture when it is turned by a quarter, a half or three quarters."""
        pixels = np.asarray(self._image)
        return any(find_faces(np.ascontiguousarray(np.rot90(pixels, turns)), 1).faces for turns in (1, 2, 3))

    def _filling(self) -> FoundFace | None:
        """Return the face that fills the picture, if there is one; its landmarks are in pixels of a smaller copy.

        A picture cut close around a face shows the detector too little around it, so it is asked again with a border.
        """
        small = self._image.copy()
        small.thumbnail((_BORDERED, _BORDERED))
        border = round(_BORDER * max(small.size))
        bordered = np.pad(np.asarray(small), ((border, border), (border, border), (0, 0)), mode="edge")
        wide, high = self._image.width / small.width, self._image.height / small.height
        for face in find_faces(bordered, 1).faces:
            x, y, width, height = face.box
            box = _scaled(_inside((x - border, y - border, width, height), *small.size), wide, high)
            if self._fills(box):
                return replace(face, box=box)
        return None

    def _fills(self, box: Box) -> bool:
        return box[2] * box[3] >= FILLED * self._image.width * self._image.height

    def _cut(self, face: FoundFace, sizes: Collection[int]) -> Cut:
        if self._fills(face.box):
            box = self._in_the_picture(face.box)
            return self._whole(box, face.score, sizes, of_a_face=True, landmarks=face.landmarks)
        x, y, width, height = square = face_square(np.asarray(self._image), face.box)
        cut = self._image.crop((x, y, x + width, y + height))
        grey = cut.convert("L")
        seen = {size: np.asarray(grey.resize((size, size), Image.Resampling.BILINEAR)) for size in sizes}
        around, inner = self._around(square)
        quality = face_quality(np.asarray(cut), face.landmarks, is_upside_down(around))
        box, place = self._in_the_picture(face.box), self._in_the_picture(square)
        return Cut(box, place, face.score, quality, seen, around, inner)

    def _whole(
        self,
        box: Box,
        score: float | None,
        sizes: Collection[int],
        of_a_face: bool,
        landmarks: np.ndarray | None = None,
    ) -> Cut:
        """Return a cut of all there is, decoded in the very way in which training decodes it."""
        seen = {}
        for size in sizes:
            with open_image(self._source, self._name, self._most) as image:
                seen[size] = grey_square(image, self._name, size)
        around, inner = self._around((0, 0, *self._image.size))
        quality = None
        if of_a_face:
            quality = face_quality(np.asarray(self._image), landmarks, score is not None and is_upside_down(around))
        return Cut(box, (0, 0, self.width, self.height), score, quality, seen, around, inner)

    def _around(self, square: Box) -> tuple[np.ndarray, Box]:
        """Return what lies around a square of the reduced picture, and where the square lies in that."""
        x, y, width, height = square
        margin = round(_MARGIN * max(width, height))
        left, top = max(0, x - margin), max(0, y - margin)
        right, bottom = min(self._image.width, x + width + margin), min(self._image.height, y + height + margin)
        part = self._image.crop((left, top, right, bottom)).convert("L")
        part.thumbnail((AROUND, AROUND))
        inner = _scaled((x - left, y - top, width, height), part.width / (right - left), part.height / (bottom - top))
        return np.asarray(part), inner

    def _in_the_picture(self, box: Box) -> Box:
        """Return a box of the reduced picture in pixels of the upright one."""
        return _scaled(box, self.width / self._image.width, self.height / self._image.height)

    def _copy(self) -> np.ndarray:
        copy = self._image.copy()
        copy.thumbnail((SHOWN, SHOWN))
        return np.asarray(copy)


def shows_faces(root: Path, images: Sequence[str], settings: Settings) -> bool:
    """Return whether a dataset's pictures are faces: in most of a few, spread over all, a face is found.

    Args:
        root: the dataset's folder.
        images: names below it, of pictures that can be read.
    """
    chosen = images[:: max(1, len(images) // _ASKED)][:_ASKED]
    found = 0
    for name in chosen:
        with suppress(BadInput):  # one that broke since shows no face
            found += bool(Picture(root / name, name, settings).cut_faces((), 1)[0])
    return found >= _MOSTLY * len(chosen) > 0


def _inside(box: Box, width: int, height: int) -> Box:
    """Return the part of a box that lies in a picture; at least a pixel."""
    x, y = min(max(0, box[0]), width - 1), min(max(0, box[1]), height - 1)
    return x, y, max(1, min(width, box[0] + box[2]) - x), max(1, min(height, box[1] + box[3]) - y)


def _scaled(box: Box, wide: float, high: float) -> Box:
    """Return a box after scaling; its edges are rounded, so that it stays inside of what it lay in."""
    x, y, width, height = box
    left, top, right, bottom = round(x * wide), round(y * high), round((x + width) * wide), round((y + height) * high)
    return left, top, max(1, right - left), max(1, bottom - top)
