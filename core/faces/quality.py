"""Whether a face can be judged at all: too small, dark, bright, blurred or far turned, said in a sentence."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd
from PIL import Image

from core.faces.detector import LANDMARKS
from core.measures import measure_picture
from core.quality import CHECKS

FULL_SIZE = 64
"""Side in pixels from which a face loses nothing by being small."""
THRESHOLDS = {"small": 0.3, "dark": 0.2, "light": 0.25, "blurry": 0.025, "tilted": 0.75}
"""Check -> score below which a face is hard to judge: docs/faces.md has the measurement."""
_SAID = {
    "small": "too small",
    "dark": "too dark",
    "light": "too bright",
    "blurry": "too blurred",
    "tilted": "not upright",
}
_SHARED = ("dark", "light", "blurry")
"""Checks that whole images are given too: a face gets the same score there."""


@dataclass(frozen=True)
class FaceQuality:
    """What can be wrong with a face: each score lies in [0, 1], and low is bad."""

    small_score: float
    """The side of the face over 64 pixels, at most 1."""
    dark_score: float
    """Mean brightness."""
    light_score: float
    """1 less the mean brightness."""
    blurry_score: float
    """v / (v + 100), v being the variance of the Laplacian at 128 pixels at most."""
    tilted_score: float = 1.0
    """1 less the angle between the eyes and the horizontal, in half turns: 0.5 lies on its side, 0 is upside down."""

    def issues(self, thresholds: Mapping[str, float] = THRESHOLDS) -> tuple[str, ...]:
        """Return the checks whose score is below the threshold."""
        scores = asdict(self)
        return tuple(check for check, threshold in thresholds.items() if scores[f"{check}_score"] < threshold)

    def verdict(self, thresholds: Mapping[str, float] = THRESHOLDS) -> str | None:
        """Return one sentence on what makes this face hard to judge, with the scores; None where nothing does."""
        scores = asdict(self)
        said = [
            f"{_SAID[check]} (score {scores[f'{check}_score']:.2f}, from {thresholds[check]:g} on is enough)"
            for check in self.issues(thresholds)
        ]
        return f"This face is {' and '.join(said)}; do not rely on the answer." if said else None


def face_quality(pixels: np.ndarray, landmarks: np.ndarray | None = None, upside_down: bool = False) -> FaceQuality:
    """Return the scores of one face.

    Args:
        pixels: the face as it is cut out of the picture, before any resizing: uint8, (H, W) or RGB of (H, W, 3).
        landmarks: of `FoundFace`; the face is taken for upright where there are none.
        upside_down: whether it stands on its head, which landmarks do not show.
    """
    measures = pd.DataFrame([measure_picture(Image.fromarray(pixels).convert("L"))])
    shared = {f"{check}_score": float(CHECKS[check].build(None, measures)[0]) for check in _SHARED}
    small, tilted = min(1.0, min(pixels.shape[:2]) / FULL_SIZE), 1.0
    if upside_down:
        tilted = 0.0
    elif landmarks is not None:
        across, down = landmarks[LANDMARKS.index("left eye")] - landmarks[LANDMARKS.index("right eye")]
        tilted = 1 - abs(math.atan2(down, across)) / math.pi  # a person's right eye is the left one in the picture
    return FaceQuality(small_score=small, tilted_score=tilted, **shared)
