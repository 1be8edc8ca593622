"""Who labelled what."""

import pandas as pd
import plotly.graph_objects as go

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
