"""How a face is cut out of a picture: with as much around it as the pictures that the networks learned from have."""

from collections.abc import Sequence

import numpy as np

MARGIN = (0.055, 0.08, 0.015, -0.01)
"""What facial_expressions shows left of, above, right of and below the detector's box, in sides of the box: the median
of 500 grey images, docs/faces.md. It ends just above the lower edge of the box."""


def face_square(
    picture: np.ndarray, box: tuple[int, int, int, int], margin: Sequence[float] = MARGIN
) -> tuple[int, int, int, int]:
    """Return x, y, width and height of the square to cut out of a picture for a face found in it.

    A square that would stick out of the picture is moved inside, and is made smaller only where the picture is: what a
    network sees is never squeezed and holds nothing that was made up.

    Args:
        picture: shape (H, W) or (H, W, 3).
        box: x, y, width and height of the face, in pixels of the picture.
        margin: what to show left of, above, right of and below the box, in units of its longer side.
    """
    x, y, width, height = box
    left, top, right, bottom = margin
    face = max(width, height)
    wanted = face * max(1 + left + right, 1 + top + bottom)
    side = max(1, round(min(wanted, *picture.shape[:2])))
    middle = x + width / 2 + face * (right - left) / 2, y + height / 2 + face * (bottom - top) / 2
    ends = picture.shape[1] - side, picture.shape[0] - side
    start = (min(max(0, round(at - side / 2)), end) for at, end in zip(middle, ends, strict=True))
    return (*start, side, side)
