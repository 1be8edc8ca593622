"""How many images each class has, and who labelled them."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from core.figures.style import DIM, PARTS, ROW, calm, class_colours


def class_distribution(counts: pd.Series, log: bool) -> go.Figure:
    """Draw a bar a class, the largest on top; a click on a bar gives its label in `customdata`."""
    colours = class_colours(list(counts.index))
    share = counts / counts.sum()
    bars = go.Bar(
        y=list(counts.index),
        x=counts,
        orientation="h",
        marker_color=[colours[label] for label in counts.index],
        customdata=[[label] for label in counts.index],
        text=[f"{n:,} ({p:.1%})" for n, p in zip(counts, share, strict=True)],
        textposition="outside",
        cliponaxis=False,
        unselected=DIM,
        hovertemplate="<b>%{y}</b><br>%{x:,} rows<extra></extra>",
    )
    figure = calm(go.Figure(bars), ROW * len(counts) + 60)
    figure.update_yaxes(autorange="reversed")
    figure.update_layout(hovermode="y")  # a click anywhere in a row counts: a bar of 6 beside one of 7,000 is no target
    top = float(counts.max())
    if log:  # bars on a logarithmic axis start at 0.8, so that a class of one is still seen
        figure.update_xaxes(
            type="log", tickformat=",d", range=[np.log10(0.8), np.log10(top) + 0.3 * np.log10(top / 0.8)], dtick=1
        )
    else:
        figure.update_xaxes(range=[0, top * 1.5])
    return figure.update_xaxes(title="rows (logarithmic)" if log else "rows")


def stacked_by(table: pd.DataFrame, labels: Sequence[str], part: str, share: bool) -> go.Figure:
    """Draw a bar a class, divided by `part`; `table` has `label`, `part` and `rows`."""
    figure = go.Figure()
    parts = table.groupby(part)["rows"].sum().sort_values(ascending=False).index
    totals = table.groupby("label")["rows"].sum()
    for position, name in enumerate(parts):
        rows = table[table[part] == name].set_index("label")["rows"].reindex(labels).fillna(0)
        x = rows / totals.reindex(labels) if share else rows
        figure.add_bar(
            y=list(labels),
            x=x,
            orientation="h",
            name=str(name),
            marker_color=PARTS[position % len(PARTS)],
            unselected=DIM,
            customdata=[[label, str(name), int(n)] for label, n in rows.items()],
            hovertemplate="<b>%{y}</b>, " + str(name) + "<br>%{customdata[2]:,} rows<extra></extra>",
        )
    figure = calm(figure, ROW * len(labels) + 110)
    figure.update_layout(
        barmode="stack",
        showlegend=True,
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "traceorder": "normal"},
    )
    figure.update_yaxes(autorange="reversed")
    return figure.update_xaxes(title="share of the class" if share else "rows", tickformat=".0%" if share else None)
