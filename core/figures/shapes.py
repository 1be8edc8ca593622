"""Sizes and aspect ratios."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from core.figures.style import LEGEND_ABOVE, MUTED, PALETTE, ROW, calm, class_colours


def shape_map(shapes: pd.DataFrame, n_drawn: int = 2000) -> go.Figure:
    """Draw a dot a distinct shape, its area the number of images; a click gives width, height and mode."""
    drawn = shapes.head(n_drawn)
    figure = go.Figure()
    for position, (mode, group) in enumerate(drawn.groupby("mode")):
        figure.add_scatter(
            x=group["width"],
            y=group["height"],
            mode="markers",
            name=f"{mode} ({_MODES.get(mode, 'other')})",
            marker={
                "size": 7 + 9 * np.log10(group["count"]),
                "opacity": 0.65,
                "color": PALETTE[(4 + position) % len(PALETTE)],
            },
            customdata=group[["width", "height", "mode", "count"]].to_numpy(dtype=object).tolist(),
            hovertemplate="%{x} x %{y} px<br>%{customdata[3]:,} images<extra></extra>",
        )
    figure = calm(figure, 420)
    figure.update_layout(showlegend=True, legend=LEGEND_ABOVE, hovermode="closest")
    figure.update_xaxes(title="width (pixels)", rangemode="tozero")
    return figure.update_yaxes(title="height (pixels)", rangemode="tozero")


def aspect_ratios(quantiles: pd.DataFrame) -> go.Figure:
    """Draw a box a class from its quantiles of width over height: columns `low`, `q1`, `median`, `q3`, `high`."""
    colours = class_colours([label for label in quantiles.index if label != "all images"])
    figure = go.Figure()
    for label, row in quantiles.iterrows():
        figure.add_box(
            y=[label],
            name=str(label),
            orientation="h",
            q1=[row["q1"]],
            median=[row["median"]],
            q3=[row["q3"]],
            lowerfence=[row["low"]],
            upperfence=[row["high"]],
            marker_color=colours.get(label, MUTED),
        )
    figure = calm(figure, ROW * len(quantiles) + 70)
    figure.add_vline(x=1, line_dash="dot", line_color=MUTED)
    figure.update_yaxes(autorange="reversed")
    return figure.update_xaxes(title="width / height")


_MODES = {
    "L": "grey",
    "RGB": "colour",
    "P": "palette",
    "RGBA": "colour, transparent",
    "CMYK": "print colour",
    "1": "black, white",
}
