"""What a sampling strategy does to each class."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from core.figures.style import DIM, MUTED, ROW, calm, class_colours


def resampling(table: pd.DataFrame, highest: int) -> go.Figure:
    """Draw each class before and after a strategy; of the bar after, the solid part is distinct images.

    Args:
        table: the table of `core.sampling.summary.Resampling`.
        highest: the right end of the axis, so that strategies beside each other compare.
    """
    labels = list(table.index)
    colours = [class_colours(labels)[label] for label in labels]
    copies = table["after"] - table["unique_after"]
    words = [
        f"<b>{label}</b><br>{row['before']:,} before<br>{row['after']:,} after: {row['unique_after']:,} distinct "
        f"and {row['after'] - row['unique_after']:,} copies"
        for label, row in table[["before", "after", "unique_after"]].astype(int).iterrows()
    ]
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
    figure.add_bar(
        x=table["unique_after"],
        name="after: distinct images",
        marker_color=colours,
        offsetgroup="after",
        hoverinfo="none",
        **common,
    )
    figure.add_bar(
        x=copies,
        base=table["unique_after"],
        name="after: copies",
        offsetgroup="after",
        hoverinfo="none",
        marker={"color": colours, "pattern": {"shape": "/", "fgopacity": 0.6}, "opacity": 0.6},
        **common,
    )
    figure = calm(figure, ROW * len(labels) + 50)
    figure.update_layout(barmode="group", bargap=0.25, hovermode="y")
    figure.update_yaxes(autorange="reversed")
    top = np.log10(highest) + 0.1
    return figure.update_xaxes(type="log", range=[0, top], title="images (logarithmic)", dtick=1, tickformat=",d")
