"""How k nearest neighbours score for every k, and from which k on a class cannot be predicted."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from core.evaluation import Baseline
from core.figures.style import ACCENT, LEGEND_ABOVE, WARNING, calm, class_colours

_F1 = "f1_"
_SCORES = {"macro_f1": ("macro-F1", ACCENT), "accuracy": ("accuracy", WARNING)}
_TICKS = (1, 2, 5, 10, 20, 50, 100, 200)
_HEIGHT = 380


def scores_by_k(curve: pd.DataFrame, unreachable: pd.Series, majority: Baseline) -> go.Figure:
    """Draw accuracy and macro-F1 over k; the box under the mouse tells every class's F1 too.

    Args:
        curve: the table of `core.votes.k_curve`.
        unreachable: of each label the first k from which it can never be predicted, NaN where there is none; a line
            across the figure, in the colour of the class.
        majority: what always saying the commonest class would score; dotted lines.
    """
    unreachable = unreachable.sort_values(kind="stable")
    first, last = int(curve["k"].min()), int(curve["k"].max())
    figure = go.Figure()
    for column, (name, colour) in _SCORES.items():
        figure.add_scatter(x=curve["k"], y=curve[column], name=name, mode="lines", line={"color": colour, "width": 2.5})
        level = getattr(majority, column)
        figure.add_scatter(
            x=[first, last],
            y=[level, level],
            name=f"always {majority.label}: {name} {level:.3f}",
            mode="lines",
            line={"color": colour, "dash": "dot"},
            hoverinfo="skip",
        )
    # One box a k, whatever line is near: it hangs at the macro-F1.
    figure.update_traces(hoverinfo="skip", selector={"name": "accuracy"})
    figure.update_traces(hovertext=_words(curve, unreachable), hoverinfo="text", selector={"name": "macro-F1"})
    _mark(figure, unreachable[unreachable <= last], class_colours(list(unreachable.index)))
    figure = calm(figure, _HEIGHT)
    figure.update_layout(showlegend=True, legend=LEGEND_ABOVE, hovermode="x")
    figure.update_yaxes(title="score (1 is perfect)", range=[0, 1])
    ends = [np.log10(first) - 0.02, np.log10(max(last, 2)) + 0.02]
    return figure.update_xaxes(
        title="k: how many neighbours vote (logarithmic)", type="log", range=ends, tickvals=_TICKS, ticktext=_TICKS
    )


def _words(curve: pd.DataFrame, unreachable: pd.Series) -> list[str]:
    """Return for each k all that is known of it."""
    labels = [column.removeprefix(_F1) for column in curve.columns if column.startswith(_F1)]
    return [
        f"<b>k = {row['k']:.0f}</b><br>macro-F1 {row['macro_f1']:.3f}<br>accuracy {row['accuracy']:.3f}<br>"
        + "<br>".join(
            _of_class(label, row[_F1 + label], row["k"] >= unreachable.get(label, np.inf)) for label in labels
        )
        for _, row in curve.iterrows()
    ]


def _of_class(label: str, f1: float, never: bool) -> str:
    score = "not tested" if np.isnan(f1) else f"F1 {f1:.3f}"
    return f"{label}: {score}{', can never be predicted' if never else ''}"


def _mark(figure: go.Figure, unreachable: pd.Series, colours: dict[str, str]) -> None:
    """Add a line across the figure where each class stops, its name beside it; names at the same k stand in a row."""
    for k, labels in unreachable.groupby(unreachable, sort=True).groups.items():
        for place, label in enumerate(labels):
            figure.add_vline(x=k, line={"color": colours[label], "width": 1.5, "dash": "dash"})
            figure.add_annotation(
                x=np.log10(k),
                y=1,
                yref="paper",
                text=f"no {label} ({k:.0f}+)",
                textangle=-90,
                font={"color": colours[label]},
                showarrow=False,
                xanchor="left",
                yanchor="top",
                xshift=2 + 15 * place,
            )
