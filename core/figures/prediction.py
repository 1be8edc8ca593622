"""What networks say of one face."""

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from core.figures.style import MUTED, calm, class_colours

_BAR = 25  # pixels a class: a face's card is read at a glance


def probabilities(
    scores: Mapping[str, float], labels: Sequence[str] = (), classes: Sequence[str] = (), below: float = 0.0
) -> go.Figure:
    """Draw a bar a label, in the order of `scores`, the first on top.

    Args:
        scores: label -> probability.
        labels: the order of the bars where it is another, so that charts beside each other have the same rows; a label
            without a probability has no bar.
        classes: all classes that charts beside each other show, so that each has one colour; those of `scores` if not
            given.
        below: the confidence below which nothing is said, drawn as a line; 0 for none.
    """
    labels = [*labels] or [*scores]
    colours = class_colours([*classes] or labels)
    shown = [label for label in labels if label in scores]
    bars = go.Bar(
        y=shown,
        x=[scores[label] for label in shown],
        orientation="h",
        marker_color=[colours[label] for label in shown],
        text=[_percent(scores[label]) for label in shown],
        textposition="outside",
        cliponaxis=False,
        hovertemplate="<b>%{y}</b>: %{x:.1%}<extra></extra>",
    )
    figure = calm(go.Figure(bars), _BAR * len(labels)).update_layout(margin={"t": 0, "b": 0})
    if below:
        figure.add_vline(below, line={"color": MUTED, "dash": "dash", "width": 1.5})
    figure.update_yaxes(categoryorder="array", categoryarray=labels, range=[len(labels) - 0.5, -0.5])
    return figure.update_xaxes(range=[0, 1.3], showticklabels=False, tickvals=[0, 0.5, 1])


def _percent(share: float) -> str:
    """Return a probability as it is written beside its bar: nothing is written as impossible or certain."""
    return "<1%" if share < 0.005 else ">99%" if share > 0.995 else f"{share:.0%}"
