"""Where a picture shows faces: BlazeFace by ONNX Runtime, on the picture at several sizes; no torch, one thread."""

from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image

NETWORK = Path(__file__).with_name("blaze_face.onnx")
"""BlazeFace for cameras at the back (Bazarevsky et al. 2019, Apache-2.0): docs/faces.md says where it comes from."""
LOOKS = ((128, 0, 0.64), (384, 64, 0.64), (1024, 768, 0.75))
"""How the network looks at a picture, first for large faces, then for small ones: its longer side then in pixels, the
longer side from which it is worth looking, and the score from which something is a face (docs/faces.md)."""
LANDMARKS = ("right eye", "left eye", "nose", "mouth", "right ear", "left ear")
"""What the points of a face are, in their order; right and left are the person's own."""
_SAME_FACE = 0.4
"""Two boxes are one face where they share this much of the smaller one."""
_ANCHORS = ((16, 2), (32, 6))
"""Distance of the network's anchors in pixels, and how many there are at each place."""
_STEP = 32
_BORDER = 0.5
"""How far a face's surroundings are continued before it is asked whether it stands upright, in their longer sides: the
detector expects a face to be a part of what it sees."""


@dataclass(frozen=True)
class FoundFace:
    """One face of a picture."""

    box: tuple[int, int, int, int]
    """x, y, width, height in pixels of the upright picture, from the brows to the chin; within the picture."""
    score: float
    """How sure the detector is, up to 1; what is below the limits of `LOOKS` is no face."""
    landmarks: np.ndarray = field(compare=False)
    """The points of `LANDMARKS`: float32, shape (6, 2), x and y in pixels; hidden ones are guessed."""


@dataclass(frozen=True)
class FoundFaces:
    """The faces of a picture, the largest first."""

    faces: tuple[FoundFace, ...]
    left_out: int = 0
    """How many more were found than were asked for; these are the smallest."""


def find_faces(picture: np.ndarray, most: int = 20) -> FoundFaces:
    """Return the `most` largest faces of an upright picture, the same ones each time, and how many were left out.

    Four of five faces are found from 1/12 of the longer side on, in pictures of 768 pixels or more from 1/27 on.

    Args:
        picture: uint8, RGB of shape (H, W, 3) or grey of shape (H, W).
        most: how many faces are returned at most.
    """
    image = Image.fromarray(picture).convert("RGB")
    seen = np.concatenate(
        [_look(image, side, least) for side, from_side, least in LOOKS if max(image.size) >= from_side]
    )
    places = seen[_distinct(seen[:, :4], seen[:, 4])]
    faces = [face for face in (_face(place, image.size) for place in places) if face]
    faces.sort(key=lambda face: (-face.box[2] * face.box[3], face.box))
    return FoundFaces(tuple(faces[:most]), max(0, len(faces) - most))


def is_upside_down(surroundings: np.ndarray) -> bool:
    """Return whether the detector is surer of a face once it is turned by half a turn: it then stands on its head.

    The landmarks do not tell: they are guessed where those of an upright face would be. Of faces upside down this finds
    97 to 100 %, of upright ones 1 % or less (docs/faces.md).

    Args:
        surroundings: a picture of one face and little else: uint8, (H, W) or RGB of (H, W, 3).
    """
    border = round(_BORDER * max(surroundings.shape[:2]))
    widths = [(border, border)] * 2 + [(0, 0)] * (surroundings.ndim - 2)
    upright = Image.fromarray(np.pad(surroundings, widths, mode="edge")).convert("RGB")
    side = LOOKS[0][0]
    as_it_is, turned = (_look(each, side, 0.0)[:, 4].max() for each in (upright, upright.rotate(180)))
    return bool(turned > as_it_is)


def _look(image: Image.Image, side: int, least: float) -> np.ndarray:
    """Return what the network is sure of: left, top, right, bottom, score and 6 x 2 points, float32 (n, 17)."""
    scale = side / max(image.size)
    width, height = (max(1, round(length * scale)) for length in image.size)
    small = image.resize((width, height), Image.Resampling.BILINEAR, reducing_gap=2.0)
    # Black beyond the picture's end, as the network was shown in training; it takes multiples of 32 only.
    padded = np.zeros((-(-height // _STEP) * _STEP, -(-width // _STEP) * _STEP, 3), np.float32)
    padded[:height, :width] = small
    images = (padded / 127.5 - 1).transpose(2, 0, 1)[None]
    (boxes,), (logits,) = _session().run(["boxes", "logits"], {"images": images})
    scores = 1 / (1 + np.exp(-logits[:, 0].clip(-50, 50)))
    sure = scores >= least
    offsets = boxes[sure].reshape(-1, 8, 2)
    points = offsets + _anchors(*padded.shape[:2])[sure, None]
    corners = np.stack([points[:, 0] - offsets[:, 1] / 2, points[:, 0] + offsets[:, 1] / 2], axis=1)
    stretch = np.array([image.width / width, image.height / height], np.float32)
    corners, points = (each * stretch for each in (corners, points[:, 2:]))
    return np.concatenate([corners.reshape(-1, 4), scores[sure, None], points.reshape(-1, 12)], axis=1)


def _anchors(height: int, width: int) -> np.ndarray:
    """Return x and y of every anchor in pixels, float32 of shape (n, 2), in the order of the network's answers."""
    grids = []
    for step, times in _ANCHORS:
        y, x = np.indices((height // step, width // step), dtype=np.float32)
        grids.append(np.repeat(np.stack([x, y], axis=2).reshape(-1, 2) * step + step / 2, times, axis=0))
    return np.concatenate(grids)


def _distinct(corners: np.ndarray, scores: np.ndarray) -> list[int]:
    """Return the rows that are left when of several boxes on one face only the surest stays."""
    areas = (corners[:, 2:] - corners[:, :2]).clip(0).prod(axis=1)
    left, kept = np.argsort(-scores, kind="stable"), []
    while len(left):
        first, others = left[0], left[1:]
        kept.append(int(first))
        starts = np.maximum(corners[first, :2], corners[others, :2])
        ends = np.minimum(corners[first, 2:], corners[others, 2:])
        shared = (ends - starts).clip(0).prod(axis=1)
        left = others[shared <= _SAME_FACE * np.minimum(areas[first], areas[others])]
    return kept


def _face(place: np.ndarray, size: tuple[int, int]) -> FoundFace | None:
    """Return the face of one row of `_look`, cut off where the picture ends; None where nothing is left of it."""
    corners = np.rint(place[:4].reshape(2, 2)).clip(0, size).astype(int)
    (left, top), (width, height) = corners[0].tolist(), (corners[1] - corners[0]).tolist()
    if width < 1 or height < 1:
        return None
    return FoundFace((left, top, width, height), float(place[4]), place[5:].reshape(-1, 2))


@lru_cache(maxsize=1)
def _session():
    import onnxruntime  # slow to import: only when faces are looked for

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(str(NETWORK), options, providers=["CPUExecutionProvider"])
