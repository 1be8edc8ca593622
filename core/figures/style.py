"""One calm look for every figure, and the same class in the same colour everywhere."""

from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go

# Okabe & Ito (2008), told apart with any kind of colour vision; black and yellow are replaced by a grey and an olive
# that keep their contrast on white and on dark ground.
PALETTE = ("#E69F00", "#56B4E9", "#009E73", "#B8A800", "#0072B2", "#D55E00", "#CC79A7", "#8C8C8C")
ACCENT, WARNING, MUTED = "#0072B2", "#D55E00", "#9AA5B1"
ROW = 38  # pixels a bar
PARTS = ("#3E5C76", "#8FA8BF", "#B08EA2", "#7A6C8F", "#C9CED6")  # of what is no class, in no class's colour
DIM = {"marker": {"opacity": 0.45}}  # what is not selected stays readable
LEGEND_ABOVE = {"orientation": "h", "y": 1.02, "yanchor": "bottom"}


def class_colours(labels: Sequence[str]) -> dict[str, str]:
    """Return a colour a class, by alphabetical order, so that two datasets with the same classes agree."""
    return {label: PALETTE[position % len(PALETTE)] for position, label in enumerate(sorted(labels))}


def calm(figure: go.Figure, height: int) -> go.Figure:
    """Give a figure the common look: no frame, no ground of its own, room for labels, no legend."""
    figure.update_layout(
        height=height,
        margin={"l": 8, "r": 8, "t": 12, "b": 8},
        showlegend=False,
        bargap=0.28,
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        hoverlabel={"align": "left"},
    )
    figure.update_xaxes(automargin=True, zeroline=False)
    return figure.update_yaxes(automargin=True, zeroline=False)


def interval_bars(value: pd.Series, low: pd.Series, high: pd.Series) -> dict[str, object]:
    """Return what plotly draws from `low` to `high` through each value; no bar where there is no interval."""
    above, below = (high - value).fillna(0), (value - low).fillna(0)
    return {"type": "data", "symmetric": False, "array": above, "arrayminus": below, "thickness": 1.5}
