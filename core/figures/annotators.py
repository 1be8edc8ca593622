"""Who labelled what, and where two who labelled the same pictures differ."""

from html import escape

import pandas as pd
import plotly.graph_objects as go

from core.figures.matrix import clickable_matrix
from core.figures.style import DIM, LEGEND_ABOVE, ROW, calm, class_colours


def class_mix(shares: pd.DataFrame, rows: pd.DataFrame) -> go.Figure:
    """Draw a bar an annotator, divided by class; a click gives annotator and label in `customdata`.

    Args:
        shares: a row an annotator, a column a class: the class's share of the annotator's rows.
        rows: the same in numbers of rows.
    """
    colours = class_colours(list(shares.columns))
    names = [str(name) for name in shares.index]
    figure = go.Figure()
    for label in shares.columns:
        figure.add_bar(
            y=names,
            x=shares[label],
            orientation="h",
            name=label,
            marker_color=colours[label],
            unselected=DIM,
            customdata=[[name, label, int(n)] for name, n in zip(names, rows[label], strict=True)],
            hovertemplate="<b>%{customdata[0]}</b>: %{customdata[2]:,} rows of "
            + str(label)
            + ", %{x:.1%}<extra></extra>",
        )
    figure = calm(figure, ROW * len(names) + 130)
    figure.update_layout(barmode="stack", showlegend=True, legend=LEGEND_ABOVE | {"traceorder": "normal"})
    figure.update_yaxes(autorange="reversed", type="category")
    figure.update_layout(margin_r=24)  # for half of "100%", without which the axis seems to end early
    return figure.update_xaxes(
        title="share of the annotator's rows",
        tickformat=".0%",
        tickvals=[0, 0.25, 0.5, 0.75, 1],
        ticklabeloverflow="allow",
        range=[0, 1],
    )


def agreement_matrix(matrix: pd.DataFrame, show: str, dark: bool, first: str, second: str) -> go.Figure:
    """Draw what the second annotator says where the first one says a label; a click on a cell gives both.

    `first` and `second` are what the two are called: "the legend" and the name of a file, for example.
    """
    rows, columns = ((f"{name} says", name) for name in (escape(first, quote=False), escape(second, quote=False)))
    return clickable_matrix(matrix, show, dark, rows=rows, columns=columns)
