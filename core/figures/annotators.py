"""Who labelled what, and where two who labelled the same pictures differ."""

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
    return figure.update_xaxes(title="share of the annotator's rows", tickformat=".0%", range=[0, 1])


def agreement_matrix(matrix: pd.DataFrame, show: str, dark: bool) -> go.Figure:
    """Draw what the second annotator says where the first one says a label; a click on a cell gives both."""
    return clickable_matrix(
        matrix, show, dark, rows=("the legend says", "the legend"), columns=("the second says", "the second annotator")
    )
