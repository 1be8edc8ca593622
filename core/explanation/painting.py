"""A map of falls painted over the face it belongs to."""

import numpy as np
from PIL import Image

from core.explanation.maps import OCCLUSION, ActivationMap
from core.labels import in_words

FOR, AGAINST = "#E69F00", "#0072B2"
"""Orange and blue of Okabe & Ito (2008), told apart with any kind of colour vision; the grey of the face keeps both
readable on white and on dark ground."""
_MOST = 0.75
"""How much of the face the strongest colour covers."""


def paint(found: ActivationMap, seen: np.ndarray, side: int = 240) -> np.ndarray:
    """Return the face with the map over it, uint8 RGB, shape (side, side, 3).

    A place is as strongly coloured as it matters beside the one that matters most: `FOR` where it speaks for the
    class, `AGAINST` where it speaks against it.

    Args:
        found: the map.
        seen: what the network saw, grey uint8, shape (S, S).
        side: of the picture, in pixels.
    """
    grey = np.asarray(Image.fromarray(seen).resize((side, side), Image.Resampling.BICUBIC), dtype=np.float32)
    shares = found.falls / found.most if found.most else np.zeros_like(found.falls)
    smooth = np.asarray(Image.fromarray(shares).resize((side, side), Image.Resampling.BICUBIC)).clip(-1, 1)[..., None]
    colours = np.where(smooth > 0, _rgb(FOR), _rgb(AGAINST))
    cover = _MOST * np.abs(smooth)
    return ((1 - cover) * grey[..., None] + cover * colours).round().astype(np.uint8)


def legend(found: ActivationMap) -> str:
    """Return in words what the colours of `paint` mean."""
    label = in_words(found.label)
    if not found.most:
        return f"No place by itself changes the score of {label}."
    what = "that square is covered with grey" if found.method == OCCLUSION else "the network is made blind there"
    return (
        f"Orange speaks for {label}, blue against it: the stronger the colour, the more its score changes when "
        f"{what}, at most by {found.most:.2g}."
    )


def _rgb(colour: str) -> np.ndarray:
    return np.frombuffer(bytes.fromhex(colour[1:]), dtype=np.uint8).astype(np.float32)
