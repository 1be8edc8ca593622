"""Has the augmentation leaked? Whether made pictures show the squares, the borders and the light of changed ones.

The judging network never sees a picture as it is, so a generator may learn to make pictures with holes in them. Each
sign below is counted among real pictures, among real pictures that were changed as in training (there it must be seen,
or it is no sign) and among made ones. A sign says what is seen, not why: a generator that paints flat skin makes grey
squares too.
"""

from dataclasses import dataclass

import numpy as np

from core.synthesis.shares import share_interval

_FILL = 127.5
"""What is cut out or moved in: the middle grey."""
_NEAR, _FLAT = 20.0, 5.0
"""Grey levels: how far from the fill a hole's mean may lie, and how much a hole may vary (standard deviation).

A generator copies holes softly. Of 1,500 photographs of faces 3 % have such a place; at half the values 0.3 % have one,
but then samples whose cheeks and mouths are blanked out were hardly found."""
_STRIP = 2
"""Rows or columns of a border that count as moved in."""


@dataclass(frozen=True)
class Sign:
    """One sign of augmentation, and how often it is seen."""

    name: str
    real: float
    """Share of the real pictures that show it."""
    changed: float
    """Share of the real pictures after augmentation."""
    made: float
    """Share of the made pictures."""
    real_interval: tuple[float, float]
    made_interval: tuple[float, float]
    """Wilson's, 95 %, as `real_interval`."""

    @property
    def can_tell(self) -> bool:
        """Whether augmentation makes the sign clearly more frequent: twice as frequent, and above the interval."""
        return self.changed > max(2 * self.real, self.real_interval[1])

    @property
    def leaks(self) -> bool:
        """Whether the made pictures show the sign more often than real ones do: the two intervals do not meet."""
        return self.can_tell and self.made_interval[0] > self.real_interval[1]


def count_signs(real: np.ndarray, changed: np.ndarray, made: np.ndarray) -> list[Sign]:
    """Return each sign with its shares; pictures are uint8, (n, S, S), S at least 8."""
    usual = np.quantile(real.mean((1, 2)), [0.01, 0.99])
    detectors = {
        "grey squares": has_hole,
        "grey borders": has_border,
        "unusual light": lambda images: has_unusual_light(images, usual),
    }
    return [_sign(name, *(detect(images) for images in (real, changed, made))) for name, detect in detectors.items()]


def has_hole(images: np.ndarray) -> np.ndarray:
    """Return which pictures have a flat square of middle grey, a quarter of a side wide; boolean, (n,).

    A cutout of half a side that reaches over a corner leaves that much.
    """
    side = images.shape[1] // 4
    means, spreads = _windows(images, side, side)
    return ((np.abs(means - _FILL) < _NEAR) & (spreads < _FLAT)).any((1, 2))


def has_border(images: np.ndarray) -> np.ndarray:
    """Return which pictures have a flat strip of middle grey along a whole side, two pixels wide; boolean, (n,)."""
    found = np.zeros(len(images), dtype=bool)
    for strip in (images[:, :_STRIP], images[:, -_STRIP:], images[:, :, :_STRIP], images[:, :, -_STRIP:]):
        grey = np.abs(strip.mean((1, 2)) - _FILL) < _NEAR
        found |= grey & (strip.std((1, 2)) < _FLAT)
    return found


def has_unusual_light(images: np.ndarray, usual: np.ndarray) -> np.ndarray:
    """Return which pictures have a mean grey outside of the two bounds `usual`; boolean, (n,)."""
    light = images.mean((1, 2))
    return (light < usual[0]) | (light > usual[1])


def _windows(images: np.ndarray, height: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and standard deviation of every window, (n, S - height + 1, S - width + 1), by running sums."""
    values = np.pad(images.astype(np.float64) - _FILL, ((0, 0), (1, 0), (1, 0)))
    sums = [_window_sums(power, height, width) / (height * width) for power in (values, values**2)]
    return sums[0] + _FILL, np.sqrt((sums[1] - sums[0] ** 2).clip(min=0))


def _window_sums(values: np.ndarray, height: int, width: int) -> np.ndarray:
    whole = values.cumsum(1).cumsum(2)
    return (
        whole[:, height:, width:]
        - whole[:, :-height, width:]
        - whole[:, height:, :-width]
        + whole[:, :-height, :-width]
    )


def _sign(name: str, real: np.ndarray, changed: np.ndarray, made: np.ndarray) -> Sign:
    intervals = [share_interval(int(found.sum()), len(found)) for found in (real, made)]
    return Sign(name, *(float(found.mean()) for found in (real, changed, made)), *intervals)
