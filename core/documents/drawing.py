"""Figures as numbers for inline SVG: bars of intervals and lines over a scale, in the units of the drawing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

WIDTH, HEIGHT = 320, 180
LEFT, RIGHT, TOP, BOTTOM = 38, 8, 10, 30
"""What the plot keeps free around its lines, for the scales."""
_MOST_POINTS = 300


@dataclass(frozen=True)
class Bar:
    """A score from 0 to 1 with its interval, each in per cent of the bar's width."""

    value: float
    low: float
    high: float

    @property
    def width(self) -> float:
        """Return how wide the interval is."""
        return round(self.high - self.low, 1)


@dataclass(frozen=True)
class Line:
    """A line of a plot."""

    name: str
    style: str
    """A class of the style sheet."""
    points: str
    """As SVG's polyline takes them."""


@dataclass(frozen=True)
class Plot:
    """Lines over common scales."""

    title: str
    says: str
    """What a reader who does not see it is told."""
    x_title: str
    lines: tuple[Line, ...]
    x_ticks: tuple[tuple[float, str], ...]
    y_ticks: tuple[tuple[float, str], ...]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    bottom: int = HEIGHT - BOTTOM


def bar(value: float, low: float, high: float) -> Bar | None:
    """Return a score as a bar; None where there is none. Below 0, as kappa may be, it is drawn at 0."""
    if not np.isfinite(value):
        return None
    return Bar(*(round(100 * float(np.clip(number, 0, 1)), 1) for number in (value, low, high)))


def plot(
    title: str,
    x_title: str,
    series: Sequence[tuple[str, str, Sequence[float], Sequence[float]]],
    y_range: tuple[float, float] | None = None,
    says: str = "",
) -> Plot | None:
    """Return lines over common scales; None where no line has a finite point.

    Args:
        title: what it shows.
        x_title: what lies below.
        series: name, style, x and y of each line; points that are not finite are left out.
        y_range: ends of the vertical scale; those of the values if None.
        says: what it shows, in words.
    """
    kept = {(name, style, number): _finite(x, y) for number, (name, style, x, y) in enumerate(series)}
    kept = {key: points for key, points in kept.items() if len(points)}
    if not kept:
        return None
    together = np.concatenate(list(kept.values()))
    x_low, x_high = _ends(together[:, 0])
    y_low, y_high = y_range or _ends(together[:, 1])
    lines = []
    for (name, style, _), points in kept.items():
        x = LEFT + (points[:, 0] - x_low) / (x_high - x_low) * (WIDTH - LEFT - RIGHT)
        y = HEIGHT - BOTTOM - (points[:, 1] - y_low) / (y_high - y_low) * (HEIGHT - TOP - BOTTOM)
        if len(points) == 1:  # one epoch is a dot, which a line of one point would not show
            x, y = np.append(x, x + 0.1), np.append(y, y)
        lines.append(Line(name, style, " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y, strict=True))))
    across = {value: LEFT + (value - x_low) / (x_high - x_low) * (WIDTH - LEFT - RIGHT) for value in (x_low, x_high)}
    up = {
        value: HEIGHT - BOTTOM - (value - y_low) / (y_high - y_low) * (HEIGHT - TOP - BOTTOM)
        for value in np.linspace(y_low, y_high, 3)
    }
    return Plot(title, says or title, x_title, tuple(lines), _ticks(across), _ticks(up))


def _finite(x: Sequence[float], y: Sequence[float]) -> np.ndarray:
    points = np.stack([np.asarray(x, dtype=float), np.asarray(y, dtype=float)], axis=1)
    points = points[np.isfinite(points).all(1)]
    return points[:: max(1, -(-len(points) // _MOST_POINTS))]


def _ends(values: np.ndarray) -> tuple[float, float]:
    low, high = float(values.min()), float(values.max())
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def _ticks(places: Mapping[float, float]) -> tuple[tuple[float, str], ...]:
    return tuple(
        (round(place, 1), f"{value:.2g}" if abs(value) < 1 else f"{value:.3g}") for value, place in places.items()
    )
