"""Dots of a chart that somebody caught in a loop, as a short text of a link, and back."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

_MOST_CORNERS = 40
"""A loop drawn by hand has hundreds of corners, of which so many tell the same."""


def text_of_loop(selection: Mapping, figure: go.Figure) -> str | None:
    """Return a chart's selection as text: its loops by their corners, or the dots that were clicked one by one.

    `p0.5~1~2~1~2~3` is a loop with three corners, `d4~7` are the dots with this `customdata`, and `h2` says that the
    third trace was hidden when the loop was drawn. None where nothing is selected.
    """
    points = selection.get("points") or []
    if not points:
        return None
    corners = [_corners(shape["x"], shape["y"]) for shape in selection.get("lasso") or []]
    corners += [_corners_of_box(shape["x"], shape["y"]) for shape in selection.get("box") or []]
    if not corners:
        return "d" + "~".join(str(_number(point["customdata"])) for point in points)
    loops = "_".join("p" + "~".join(f"{place:.4g}" for place in of_one) for of_one in corners)
    hit = {number for number, _ in _caught_by_trace(figure, loops)}
    hidden = sorted(hit - {point.get("curve_number", 0) for point in points})
    return loops + ("_h" + "~".join(map(str, hidden)) if hidden else "")


def caught_in_loop(text: str, figure: go.Figure) -> list[int]:
    """Return the `customdata` of the dots that `text_of_loop` means; empty for a text that makes no sense."""
    try:
        clicked, hidden = set(_numbers(text, "d")), set(_numbers(text, "h"))
        inside = list(_caught_by_trace(figure, text))
    except ValueError:
        return []
    known = [int(dot) for trace in figure.data if trace.customdata is not None for dot in _dots(trace)]
    if clicked:
        return [dot for dot in known if dot in clicked]
    return [dot for number, dots in inside if number not in hidden for dot in dots]


def _caught_by_trace(figure: go.Figure, text: str) -> Iterator[tuple[int, list[int]]]:
    """Yield the number of each trace that the loops of a text hold dots of, and these dots."""
    loops = [
        np.array([float(number) for number in part[1:].split("~")]) for part in text.split("_") if part.startswith("p")
    ]
    if any(len(loop) < 6 or len(loop) % 2 or not np.isfinite(loop).all() for loop in loops):
        raise ValueError("a loop has three corners or more, each with two numbers")
    for number, trace in enumerate(figure.data):
        if trace.customdata is None or not loops:
            continue
        x, y = np.asarray(trace.x, dtype=float), np.asarray(trace.y, dtype=float)
        within = np.any([_within(x, y, loop.reshape(-1, 2)) for loop in loops], axis=0)
        if within.any():
            yield number, _dots(trace)[within].tolist()


def _within(x: np.ndarray, y: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """Return whether each place lies in a loop, shape (n,): a ray from it crosses the loop an odd number of times."""
    (x1, y1), (x2, y2) = corners.T[:, :, None], np.roll(corners, -1, axis=0).T[:, :, None]
    spans = (y1 > y) != (y2 > y)
    rise = np.where(spans, y2 - y1, 1.0)
    return (spans & (x < x1 + (y - y1) * (x2 - x1) / rise)).sum(axis=0) % 2 == 1


def _corners(x: Sequence[float], y: Sequence[float]) -> list[float]:
    step = -(-len(x) // _MOST_CORNERS) or 1
    return [place for corner in list(zip(x, y, strict=True))[::step] for place in corner]


def _corners_of_box(x: Sequence[float], y: Sequence[float]) -> list[float]:
    (left, right), (low, high) = sorted(x), sorted(y)
    return [left, low, right, low, right, high, left, high]


def _numbers(text: str, kind: str) -> list[int]:
    parts = [part[1:] for part in text.split("_") if part.startswith(kind)]
    return [int(number) for part in parts for number in part.split("~")]


def _dots(trace: go.Scattergl) -> np.ndarray:
    return np.asarray(trace.customdata).reshape(len(trace.x), -1)[:, 0]


def _number(mark: object) -> object:
    return mark[0] if isinstance(mark, list) else mark
