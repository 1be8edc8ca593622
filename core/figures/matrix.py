"""A matrix of counts whose cells can be clicked."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from core.figures.style import calm

_WRITE = {
    "counts": lambda n, p: f"{n:,}",
    "row %": lambda n, p: f"{p:.0%}",
    "both": lambda n, p: f"{n:,}<br>{p:.0%}" if n else "0",
}


def clickable_matrix(
    matrix: pd.DataFrame, show: str, dark: bool, rows: tuple[str, str], columns: tuple[str, str]
) -> go.Figure:
    """Draw counts, shaded by their share of the row; a click on a cell gives (row, column, count, share).

    Args:
        matrix: counts; index and columns are what is compared.
        show: "counts", "row %" or "both".
        dark: drawn on a dark ground.
        rows: what a row is called when the mouse is over a cell, and the title of its axis.
        columns: the same for a column.

    A heatmap sends no clicks, so invisible markers lie over it; `hoverdistance` makes the whole cell clickable.
    """
    counts, across, down = matrix.to_numpy(), list(matrix.columns), list(matrix.index)
    share = counts / np.maximum(counts.sum(1, keepdims=True), 1)
    cells = [(row, column) for row in range(len(down)) for column in range(len(across))]
    figure = go.Figure()
    figure.add_heatmap(
        z=share,
        x=across,
        y=down,
        # Both ends leave the one colour of the text its contrast.
        colorscale=[[0, "#1A232D"], [1, "#1F6FA8"]] if dark else [[0, "#F2F6FA"], [1, "#6DB5E8"]],
        zmin=0,
        zmax=1,
        text=[[_WRITE[show](int(n), p) for n, p in zip(*row, strict=True)] for row in zip(counts, share, strict=True)],
        texttemplate="%{text}",
        textfont={"color": "#FFFFFF" if dark else "#17202A"},
        hoverinfo="skip",
        showscale=False,
        xgap=2,
        ygap=2,
    )
    unseen = {"marker": {"opacity": 0}}
    figure.add_scatter(
        x=[across[column] for _, column in cells],
        y=[down[row] for row, _ in cells],
        mode="markers",
        marker={"size": 12, "opacity": 0},
        selected=unseen,
        unselected=unseen,
        customdata=[
            [down[row], across[column], int(counts[row, column]), float(share[row, column])] for row, column in cells
        ],
        hovertemplate=f"{rows[0]} <b>%{{customdata[0]}}</b>, {columns[0]} <b>%{{customdata[1]}}</b><br>"
        "%{customdata[2]:,} images, %{customdata[3]:.1%} of the row<extra></extra>",
    )
    figure = calm(figure, 46 * len(down) + 130)
    figure.update_layout(hoverdistance=200, hovermode="closest", dragmode=False)
    # Names are level where they have room, else upright: slanted ones collide on a telephone and take from its width.
    # The ranges are those of the cells; for the markers more would be left free around them.
    figure.update_xaxes(
        title=columns[1], side="top", showgrid=False, autotickangles=[0, -90], range=[-0.5, len(across) - 0.5]
    )
    return figure.update_yaxes(title=rows[1], title_standoff=8, showgrid=False, range=[len(down) - 0.5, -0.5])
