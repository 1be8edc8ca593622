"""How a run went and how it was judged."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from core.evaluation import Evaluation, score_table
from core.evaluation.tables import CLASS, SHUFFLED
from core.figures.style import ACCENT, LEGEND_ABOVE, MUTED, PALETTE, ROW, WARNING, calm, interval_bars

_RUNS = (
    (ACCENT, "circle"),
    (WARNING, "diamond"),
    (PALETTE[2], "square"),
    (PALETTE[6], "triangle-up"),
    (PALETTE[7], "x"),
)
"""Colour and mark of each of several runs."""


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


def f1_intervals(evaluations: Mapping[str, Evaluation]) -> go.Figure:
    """Draw each class's F1 with its 95 % interval, a row a class and a mark a run; of one run, also what chance gets.

    Chance is the F1 of the run's own answers, dealt at random.
    """
    figure = go.Figure()
    first = next(iter(evaluations.values()))
    if len(evaluations) == 1:
        figure.add_trace(_chance(first))
    for position, (name, evaluation) in enumerate(evaluations.items()):
        shift = 0.6 / len(evaluations) * (position - (len(evaluations) - 1) / 2)
        shown = name if len(evaluations) > 1 else "F1 with its 95 % interval"
        figure.add_trace(_interval_of_each(shown, evaluation, position, shift))
    labels = list(first.labels)
    figure = calm(figure, max(ROW, 18 * len(evaluations)) * len(labels) + 100)
    figure.update_layout(showlegend=True, legend=LEGEND_ABOVE)
    figure.update_yaxes(tickvals=list(range(len(labels))), ticktext=labels, range=[len(labels) - 0.5, -0.5])
    return figure.update_xaxes(title="F1 (1 is perfect)", range=[-0.02, 1.02])


def _interval_of_each(name: str, evaluation: Evaluation, position: int, shift: float) -> go.Scatter:
    table = evaluation.per_class
    colour, symbol = _RUNS[position % len(_RUNS)]
    return go.Scatter(
        x=table["f1"],
        y=np.arange(len(table)) + shift,
        mode="markers",
        name=name,
        cliponaxis=False,
        marker={"size": 10, "color": colour, "symbol": symbol},
        error_x=interval_bars(table["f1"], table["f1_low"], table["f1_high"]),
        customdata=np.stack([table.index, table["f1_low"], table["f1_high"], table["support"]], 1).tolist(),
        hovertemplate="<b>%{customdata[0]}</b>: F1 %{x:.3f}<br>95 % interval %{customdata[1]:.3f} to "
        "%{customdata[2]:.3f}, %{customdata[3]} images<extra></extra>",
    )


def _chance(evaluation: Evaluation) -> go.Scatter:
    table = score_table(evaluation)
    f1 = table.loc[table["kind"] == CLASS, SHUFFLED]
    return go.Scatter(
        x=f1,
        y=np.arange(len(f1)),
        mode="markers",
        name="the same answers, dealt at random",
        cliponaxis=False,
        marker={"size": 15, "symbol": "line-ns", "line": {"width": 2.5, "color": MUTED}},
        hovertemplate="dealt at random: F1 %{x:.3f}<extra></extra>",
    )
