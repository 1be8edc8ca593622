"""How a run went and how it was judged."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from core.evaluation import Evaluation
from core.figures.matrix import clickable_matrix
from core.figures.style import ACCENT, LEGEND_ABOVE, PALETTE, ROW, calm, class_colours


def history(epochs: Sequence[Mapping] | pd.DataFrame, n_epochs: int) -> tuple[go.Figure, go.Figure]:
    """Draw loss and validation macro-F1 by epoch, a line a fold.

    `epochs` has a row an epoch; `n_epochs` is how many a fold has.
    """
    epochs = pd.DataFrame(epochs)
    losses, scores = go.Figure(), go.Figure()
    for fold, rows in epochs.groupby("fold"):
        first = fold == epochs["fold"].min()
        for column, name, dash in (("train_loss", "training", "solid"), ("validation_loss", "validation", "dot")):
            losses.add_scatter(
                x=rows["epoch"],
                y=rows[column],
                name=name,
                mode="lines+markers",
                showlegend=bool(first),
                line={"color": ACCENT if dash == "solid" else PALETTE[5], "dash": dash},
                hovertemplate=f"epoch %{{x}}: {name} loss %{{y:.3f}}<extra>fold {fold}</extra>",
            )
        scores.add_scatter(
            x=rows["epoch"],
            y=rows["validation_macro_f1"],
            name=f"fold {fold}",
            mode="lines+markers",
            line={"color": PALETTE[(1 + int(fold)) % len(PALETTE)]},
            hovertemplate="epoch %{x}: macro-F1 %{y:.3f}<extra></extra>",
        )
    for figure, title in ((losses, "loss (mean an image)"), (scores, "validation macro-F1")):
        calm(figure, 260)
        figure.update_layout(showlegend=figure is losses, legend=LEGEND_ABOVE)
        figure.update_xaxes(
            title="epoch", range=[0.5, max(n_epochs, 2) + 0.5], tickformat="d", dtick=1 if n_epochs <= 12 else None
        )
        figure.update_yaxes(title=title, rangemode="tozero")
    return losses, scores


def confusion(evaluation: Evaluation, show: str, dark: bool) -> go.Figure:
    """Draw the confusion matrix, shaded by row so that rare classes are seen; a click on a cell gives (true, said).

    Args:
        evaluation: of a run.
        show: "counts", "row %" or "both".
        dark: drawn on a dark ground.
    """
    matrix = pd.DataFrame(evaluation.confusion_matrix, evaluation.labels, evaluation.labels)
    return clickable_matrix(matrix, show, dark, rows=("true", "what is true"), columns=("said", "what the model said"))


def f1_intervals(evaluations: Mapping[str, Evaluation]) -> go.Figure:
    """Draw each class's F1 with its 95 % interval, a row a class and a mark a run."""
    figure = go.Figure()
    for position, (name, evaluation) in enumerate(evaluations.items()):
        table = evaluation.per_class
        shift = 0.18 * (position - (len(evaluations) - 1) / 2)
        figure.add_scatter(
            x=table["f1"],
            y=np.arange(len(table)) + shift,
            mode="markers",
            name=name,
            marker={
                "size": 10,
                "color": (ACCENT, PALETTE[5])[position % 2],
                "symbol": ("circle", "diamond")[position % 2],
            },
            error_x={
                "type": "data",
                "symmetric": False,
                "array": table["f1_high"] - table["f1"],
                "arrayminus": table["f1"] - table["f1_low"],
                "thickness": 1.5,
            },
            customdata=np.stack([table.index, table["f1_low"], table["f1_high"], table["support"]], 1).tolist(),
            hovertemplate="<b>%{customdata[0]}</b>: F1 %{x:.3f}<br>95 %% interval %{customdata[1]:.3f} to "
            "%{customdata[2]:.3f}, %{customdata[3]} images<extra></extra>".replace("%%", "%"),
        )
    labels = list(next(iter(evaluations.values())).labels)
    figure = calm(figure, ROW * len(labels) + 100)
    figure.update_layout(showlegend=len(evaluations) > 1, legend=LEGEND_ABOVE)
    figure.update_yaxes(tickvals=list(range(len(labels))), ticktext=labels, range=[len(labels) - 0.5, -0.5])
    return figure.update_xaxes(title="F1 and its 95 % interval", range=[-0.02, 1.02])


def probabilities(scores: Mapping[str, float]) -> go.Figure:
    """Draw a bar a label, the most probable on top."""
    colours = class_colours(list(scores))
    bars = go.Bar(
        y=list(scores),
        x=list(scores.values()),
        orientation="h",
        marker_color=[colours[label] for label in scores],
        text=[f"{p:.1%}" for p in scores.values()],
        textposition="outside",
        cliponaxis=False,
        hovertemplate="<b>%{y}</b>: %{x:.1%}<extra></extra>",
    )
    figure = calm(go.Figure(bars), 30 * len(scores) + 50)
    figure.update_yaxes(autorange="reversed")
    return figure.update_xaxes(title="probability", range=[0, 1.15], tickformat=".0%", tickvals=[0, 0.25, 0.5, 0.75, 1])
