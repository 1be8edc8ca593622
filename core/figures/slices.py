"""How right a run is in each slice of an attribute, beside what the slice's mix of classes explains."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from core.figures.style import ACCENT, LEGEND_ABOVE, MUTED, ROW, WARNING, calm, interval_bars


def slice_accuracies(table: pd.DataFrame) -> go.Figure:
    """Draw a row a slice: its accuracy with its 95 % interval, and a tick where its mix of classes would put it.

    Args:
        table: rows of `core.evaluation.slices.slices` of one attribute, from top to bottom.
    """
    y = np.arange(len(table))
    figure = go.Figure(
        go.Scatter(
            x=table["expected"],
            y=y,
            mode="markers",
            name="what its mix of classes explains",
            cliponaxis=False,
            marker={"size": 20, "symbol": "line-ns", "line": {"width": 3, "color": MUTED}},
            hovertemplate="its mix of classes explains %{x:.1%}<extra></extra>",
        )
    )
    for worse, name, colour, symbol in (
        (False, "right, with its 95 % interval", ACCENT, "circle"),
        (True, "worse than its mix explains", WARNING, "diamond"),
    ):
        rows = (table["worse"] == worse).to_numpy()
        if rows.any():
            figure.add_trace(_accuracies(table[rows], y[rows], name, colour, symbol))
    calm(figure, ROW * len(table) + 110)
    figure.update_layout(showlegend=True, legend=LEGEND_ABOVE | {"traceorder": "normal"})
    values = [str(value) for value in table["value"]]
    figure.update_yaxes(tickvals=y.tolist(), ticktext=values, range=[len(table) - 0.5, -0.5])
    return figure.update_xaxes(title="images that are judged rightly", range=[-0.02, 1.02], tickformat=".0%")


def _accuracies(table: pd.DataFrame, y: np.ndarray, name: str, colour: str, symbol: str) -> go.Scatter:
    told = table[["value", "n_images", "n_persons"]]
    return go.Scatter(
        x=table["accuracy"],
        y=y,
        mode="markers",
        name=name,
        cliponaxis=False,
        marker={"size": 10, "color": colour, "symbol": symbol},
        error_x=interval_bars(table["accuracy"], table["accuracy_low"], table["accuracy_high"]),
        customdata=told.to_numpy(dtype=object).tolist(),
        hovertemplate="<b>%{customdata[0]}</b>: %{x:.1%} right<br>%{customdata[1]:,} images of %{customdata[2]:,} "
        "persons<extra></extra>",
    )
