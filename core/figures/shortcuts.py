"""What metadata alone tells of the label, and what a leak between training and test is worth."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from core.figures.style import ACCENT, LEGEND_ABOVE, MUTED, PALETTE, ROW, WARNING, calm

_SYMBOLS = ("circle", "diamond", "square")
_COLOURS = (WARNING, PALETTE[2], PALETTE[7])


def against_chance(table: pd.DataFrame, scores: Mapping[str, str], score: str) -> go.Figure:
    """Draw scores beside what shuffled labels give: a grey band a row, and a mark a score.

    Args:
        table: a row each, its index the name to show; `null_low` and `null_high` (the band), and columns of scores.
        scores: column -> what the legend calls it; the first is drawn in the warning colour where it is above the band.
        score: the title of the axis, such as "macro-F1".
    """
    names, y = list(table.index), np.arange(len(table))
    figure = go.Figure()
    figure.add_bar(
        y=y,
        x=table["null_high"] - table["null_low"],
        base=table["null_low"],
        orientation="h",
        width=0.5,
        name="shuffled labels (95 %)",
        marker={"color": MUTED, "opacity": 0.45, "line": {"width": 0}},
        customdata=np.stack([table["null_low"], table["null_high"]], 1).tolist(),
        hovertemplate="shuffled labels: %{customdata[0]:.3f} to %{customdata[1]:.3f}<extra></extra>",
    )
    for position, (column, name) in enumerate(scores.items()):
        above = table[column] > table["null_high"]
        figure.add_scatter(
            x=table[column],
            y=y,
            mode="markers",
            name=name,
            marker={
                "size": 11,
                "symbol": _SYMBOLS[position % len(_SYMBOLS)],
                "color": np.where(above, WARNING, ACCENT).tolist() if position == 0 else _COLOURS[position],
            },
            customdata=[[str(row)] for row in names],
            hovertemplate=f"<b>%{{customdata[0]}}</b><br>{name}: {score} %{{x:.3f}}<extra></extra>",
        )
    figure = calm(figure, ROW * len(names) + 100)
    figure.update_layout(showlegend=True, legend=LEGEND_ABOVE, hovermode="closest")
    figure.update_yaxes(tickvals=y.tolist(), ticktext=names, range=[len(names) - 0.5, -0.5])
    return figure.update_xaxes(title=f"{score} (1 is perfect)", rangemode="tozero")


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
    for position, (column, title) in enumerate(zip(f1.columns, titles, strict=True)):
        figure.add_scatter(
            x=f1[column],
            y=y,
            mode="markers",
            name=title,
            marker={"size": 11, "symbol": _SYMBOLS[position % 3], "color": (WARNING, ACCENT, PALETTE[2])[position % 3]},
            customdata=[[str(label)] for label in f1.index],
            hovertemplate=f"<b>%{{customdata[0]}}</b><br>{title}: F1 %{{x:.3f}}<extra></extra>",
        )
    figure = calm(figure, ROW * len(f1) + 100)
    figure.update_layout(showlegend=True, legend=LEGEND_ABOVE, hovermode="closest")
    figure.update_yaxes(tickvals=y.tolist(), ticktext=list(f1.index), range=[len(f1) - 0.5, -0.5])
    return figure.update_xaxes(title="F1 (1 is perfect)", rangemode="tozero")
