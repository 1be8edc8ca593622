"""What a sampling strategy does to each class."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from core.figures.style import DIM, MUTED, ROW, calm, class_colours

PARTS = {
    "unique_after": ("distinct images", ""),
    "copied": ("copies", "/"),
    "augmented": ("changed copies", "."),
    "synthesised": ("synthesised", "x"),
}
"""Column of a strategy's table -> what its part of a bar is called, and the pattern that it is filled with."""


def resampling(table: pd.DataFrame, highest: int) -> go.Figure:
    """Draw each class before and after a strategy; of the bar after, the solid part is distinct images, hatched
    ones are copies, dotted ones changed copies, crossed ones synthesised.

    Args:
        table: the table of `core.sampling.summary.Resampling`.
        highest: the right end of the axis, so that strategies beside each other compare.
    """
    labels = list(table.index)
    colours = [class_colours(labels)[label] for label in labels]
    words = [_in_words(label, row) for label, row in table.iterrows()]
    common = {"y": labels, "orientation": "h", "customdata": [[label] for label in labels], "unselected": DIM}
    figure = go.Figure()
    figure.add_bar(
        x=table["before"],
        name="before",
        marker={"color": MUTED, "opacity": 0.5},
        offsetgroup="before",
        hovertext=words,
        hoverinfo="text",
        **common,
    )
    base = pd.Series(0, table.index)
    for column, (name, shape) in PARTS.items():
        figure.add_bar(
            x=table[column],
            base=base,
            name=f"after: {name}",
            marker={"color": colours, "pattern": {"shape": shape, "fgopacity": 0.6}, "opacity": 0.6 if shape else 1},
            offsetgroup="after",
            hoverinfo="none",
            **common,
        )
        base = base + table[column]
    figure = calm(figure, ROW * len(labels) + 50)
    figure.update_layout(barmode="group", bargap=0.25, hovermode="y")
    figure.update_yaxes(autorange="reversed")
    top = np.log10(highest) + 0.1
    return figure.update_xaxes(type="log", range=[0, top], title="images (logarithmic)", dtick=1, tickformat=",d")


def _in_words(label: str, row: pd.Series) -> str:
    parts = ", ".join(f"{row[column]:,.0f} {name}" for column, (name, _) in PARTS.items() if row[column])
    return f"<b>{label}</b><br>{row['before']:,.0f} before<br>{row['after']:,.0f} after: {parts or 'none'}"
