"""How the scores of an image check are spread."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from core.figures.style import MUTED, WARNING, calm


def score_histogram(bins: pd.DataFrame, threshold: float) -> go.Figure:
    """Draw how many images have each score, those below the threshold in the warning colour, on a logarithmic axis.

    Args:
        bins: `low`, `high` (of the score) and `images`, one row a bar.
        threshold: an image whose score is below is flagged.
    """
    middle = (bins["low"] + bins["high"]) / 2
    bars = go.Bar(
        x=middle,
        y=bins["images"],
        width=bins["high"] - bins["low"],
        marker_color=np.where(middle < threshold, WARNING, MUTED),
        customdata=bins[["low", "high"]].to_numpy().tolist(),
        hovertemplate="score %{customdata[0]:.2f} to %{customdata[1]:.2f}<br>%{y:,} images<extra></extra>",
    )
    figure = calm(go.Figure(bars), 210)
    figure.update_layout(bargap=0.04)
    figure.add_vline(x=threshold, line_dash="dot", line_color=WARNING)
    figure.update_xaxes(title="score (low is bad)", range=[-0.01, 1.01])
    top = max(float(bins["images"].max()), 10.0)
    return figure.update_yaxes(title="images (log)", type="log", range=[-0.2, np.log10(top) * 1.05], dtick=1)
