"""What metadata alone tells of the label, and what a leak between training and test is worth."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from core.figures.style import ACCENT, LEGEND_ABOVE, MUTED, PALETTE, ROW, WARNING, calm

_GREEN = PALETTE[2]


@dataclass(frozen=True)
class _Mark:
    """How a score is drawn, and by which band it is judged."""

    symbol: str
    colour: str
    band: str = ""


@dataclass(frozen=True)
class _Band:
    """What shuffled labels give: the columns it reaches between, and how it is drawn."""

    low: str
    high: str
    name: str
    colour: str


# By what a mark means, so that it looks the same whatever else is drawn.
_BANDS = {
    "shuffled": _Band("null_low", "null_high", "shuffled labels (95 %)", MUTED),
    "neutral": _Band("neutral_low", "neutral_high", "shuffled labels, neutralised", _GREEN),
}
_MARKS = {
    "macro_f1": _Mark("circle", WARNING, "shuffled"),
    "f1": _Mark("circle", WARNING, "shuffled"),
    "neutral_f1": _Mark("diamond", _GREEN, "neutral"),
    "majority": _Mark("x", ACCENT),
}
_SPLIT_MARKS = {
    "person_disjoint": _Mark("circle", WARNING),
    "random": _Mark("diamond", ACCENT),
    "annotator_disjoint": _Mark("square", _GREEN),
}
_OTHER_SPLIT = _Mark("triangle-up", PALETTE[6])
_SIZE = 11


def against_chance(table: pd.DataFrame, scores: Mapping[str, str], score: str) -> go.Figure:
    """Draw scores beside what shuffled labels give: a mark a score, hollow where it is not above its own band.

    Args:
        table: a row each, its index the name to show; columns of scores and of the bands that judge them: `null_low`
            and `null_high`, for `neutral_f1` `neutral_low` and `neutral_high`.
        scores: column (`macro_f1`, `f1`, `neutral_f1` or `majority`) -> what the legend calls it.
        score: the title of the axis, such as "macro-F1".

    Each band has a lane of its own in the row, and its marks lie on it; the majority, which no band judges, lies in
    the middle.
    """
    bands = list(dict.fromkeys(_MARKS[column].band for column in scores if _MARKS[column].band))
    lanes = dict(zip(bands, _lanes(len(bands)), strict=True))
    y, width = np.arange(len(table)), 0.5 if len(bands) == 1 else 0.34
    figure = go.Figure([_band(table, y + lane, width, _BANDS[band]) for band, lane in lanes.items()])
    hollow = False
    for column, name in scores.items():
        mark = _MARKS[column]
        above = table[column] > table[_BANDS[mark.band].high] if mark.band else pd.Series(True, table.index)
        figure.add_traces(_scores(table[column], y + lanes.get(mark.band, 0), mark, name, score, above))
        hollow |= not above.all()
    if hollow:
        figure.add_trace(_legend_entry("hollow: not above its band", "circle-open", MUTED))
    return _dots(figure, list(table.index), ROW if len(bands) == 1 else 50, f"{score} (1 is perfect)")


def _lanes(n: int) -> list[float]:
    """Return where in a row, from its middle, each of n bands is drawn."""
    return [0.0] if n == 1 else np.linspace(-0.21, 0.21, n).tolist()


def _band(table: pd.DataFrame, y: np.ndarray, width: float, band: _Band) -> go.Bar:
    low, high = table[band.low], table[band.high]
    return go.Bar(
        y=y,
        x=high - low,
        base=low,
        orientation="h",
        width=width,
        name=band.name,
        marker={"color": band.colour, "opacity": 0.4, "line": {"width": 0}},
        customdata=np.stack([low, high], 1).tolist(),
        hovertemplate=f"{band.name}: %{{customdata[0]:.3f}} to %{{customdata[1]:.3f}}<extra></extra>",
    )


def _scores(values: pd.Series, y: np.ndarray, mark: _Mark, name: str, score: str, above: pd.Series) -> list[go.Scatter]:
    """Return the marks of a score, and their entry in the legend, which must be filled whatever the first mark is."""
    marks = go.Scatter(
        x=values,
        y=y,
        mode="markers",
        name=name,
        showlegend=False,
        cliponaxis=False,
        marker={
            "size": _SIZE,
            "symbol": np.where(above, mark.symbol, f"{mark.symbol}-open").tolist(),
            "color": mark.colour,
            "line": {"width": 2, "color": mark.colour},
        },
        customdata=[[str(row)] for row in values.index],
        hovertemplate=f"<b>%{{customdata[0]}}</b><br>{name}: {score} %{{x:.3f}}<extra></extra>",
    )
    return [marks, _legend_entry(name, mark.symbol, mark.colour)]


def _legend_entry(name: str, symbol: str, colour: str) -> go.Scatter:
    marker = {"size": _SIZE, "symbol": symbol, "color": colour, "line": {"width": 2, "color": colour}}
    return go.Scatter(x=[None], y=[None], mode="markers", name=name, marker=marker, hoverinfo="skip")


def by_split(f1: pd.DataFrame, titles: Sequence[str]) -> go.Figure:
    """Draw the F1 of each class under each split, joined by a line: its length is the price of the leak.

    Args:
        f1: a row a class, a column a split.
        titles: what the legend calls the columns.
    """
    y = np.arange(len(f1))
    figure = go.Figure()
    for place, (_, row) in zip(y, f1.iterrows(), strict=True):
        figure.add_scatter(
            x=[row.min(), row.max()],
            y=[place, place],
            mode="lines",
            line={"color": MUTED, "width": 3},
            showlegend=False,
            hoverinfo="skip",
        )
    for column, title in zip(f1.columns, titles, strict=True):
        mark = _SPLIT_MARKS.get(column, _OTHER_SPLIT)
        figure.add_scatter(
            x=f1[column],
            y=y,
            mode="markers",
            name=title,
            cliponaxis=False,
            marker={"size": _SIZE, "symbol": mark.symbol, "color": mark.colour},
            customdata=[[str(label)] for label in f1.index],
            hovertemplate=f"<b>%{{customdata[0]}}</b><br>{title}: F1 %{{x:.3f}}<extra></extra>",
        )
    return _dots(figure, list(f1.index), ROW, "F1 (1 is perfect)")


def _dots(figure: go.Figure, names: list[str], row: int, title: str) -> go.Figure:
    """Give a chart of marks its axes: a row a name from above, and scores from 0."""
    figure = calm(figure, row * len(names) + 100)
    figure.update_layout(showlegend=True, legend=LEGEND_ABOVE, hovermode="closest")
    figure.update_yaxes(
        tickvals=list(range(len(names))),
        ticktext=names,
        range=[len(names) - 0.5, -0.5],
        ticklabelstandoff=8,  # a mark at 0 reaches half its width over the axis
    )
    return figure.update_xaxes(title=title, rangemode="tozero")
