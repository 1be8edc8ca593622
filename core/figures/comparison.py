"""Configurations beside each other: a dot a seed, their mean and its interval, and what can be told apart."""

from collections.abc import Mapping
from html import escape
from textwrap import wrap

import pandas as pd
import plotly.graph_objects as go

from core.evaluation.comparison import ALIKE, BETTER, REFERENCE, WORSE
from core.figures.style import ACCENT, MUTED, PALETTE, WARNING, calm

_SIGNS = {BETTER: "▲ ", WORSE: "▼ ", ALIKE: "≈ ", REFERENCE: "◆ "}
_COLOURS = {BETTER: ACCENT, WORSE: WARNING, ALIKE: PALETTE[7], REFERENCE: PALETTE[2]}
_LINE, _MARKS, _LETTERS = 17, 34, 46  # pixels of a line of text and of a row's marks; letters that a telephone shows


def compared(
    table: pd.DataFrame,
    dots: pd.DataFrame,
    names: Mapping[str, str],
    title: str,
    baseline: tuple[str, float],
    dark: bool = False,
) -> go.Figure:
    """Draw a row a configuration: its interval as a bar, its mean as a line and its seeds as dots.

    Args:
        table: rows of `Comparison.table`, from top to bottom.
        dots: a row a run: `configuration` (the table's index), `run`, `seed` and `value`; a click on a dot gives its
            run, seed and configuration.
        names: what the configurations are called.
        title: of the score.
        baseline: what always saying the commonest class is called, and what it scores.
        dark: drawn on a dark ground.
    """
    ink, ground = ("#E6EAEE", "#11161C") if dark else ("#0F1720", "#FFFFFF")
    heads = {name: wrap(f"{_SIGNS[row.verdict]}{names[name]} — {row.verdict}", _LETTERS) for name, row in _rows(table)}
    figure = go.Figure()
    figure.add_vline(baseline[1], line={"color": MUTED, "dash": "dot", "width": 2})
    for position, (name, row) in enumerate(_rows(table)):
        colour = _COLOURS[row.verdict]
        _add_interval(figure, position, row, colour, names[name])
        _add_dots(figure, position, dots[dots["configuration"] == name], colour, names[name])
        figure.add_annotation(
            x=0,
            xref="paper",
            y=position - 0.16,
            text="<br>".join(escape(line) for line in heads[name]),
            align="left",
            xanchor="left",
            yanchor="bottom",
            showarrow=False,
            font={"color": ink},
            bgcolor=ground,
            borderpad=1,
        )
    lines = max((len(head) for head in heads.values()), default=1)
    figure = calm(figure, (_LINE * lines + _MARKS) * len(table) + 92)
    figure.update_layout(hovermode="closest", margin_t=30)
    label = f"always {escape(baseline[0])}"
    left = baseline[1] < 0.5  # the words stay inside the picture
    at = {"x": baseline[1], "xanchor": "left" if left else "right", "y": 1, "yref": "paper", "yanchor": "bottom"}
    figure.add_annotation(text=label, showarrow=False, font={"color": ink}, **at)
    figure.update_yaxes(visible=False, range=[len(table) - 0.6, -0.85])
    return figure.update_xaxes(title=f"{title} on the test images")


def _rows(table: pd.DataFrame):
    return zip(table.index, table.itertuples(), strict=True)


def _add_interval(figure: go.Figure, position: int, row, colour: str, name: str) -> None:
    """Draw the interval as a bar and the mean as a line across it."""
    figure.add_scatter(
        x=[row.low, row.high],
        y=[position, position],
        mode="lines",
        line={"color": colour, "width": 12},
        opacity=0.32,
        hoverinfo="skip",
    )
    spread = "" if pd.isna(row.spread) else f"<br>spread over {row.seeds} seeds {row.spread:.3f} (SD)"
    figure.add_scatter(
        x=[row.mean],
        y=[position],
        mode="markers",
        marker={"symbol": "line-ns", "size": 22, "line": {"width": 3, "color": colour}},
        hovertemplate=f"<b>{escape(name)}</b><br>mean %{{x:.3f}}, 95 % interval {row.low:.3f} to {row.high:.3f}{spread}"
        "<extra></extra>",
    )


def _add_dots(figure: go.Figure, position: int, runs: pd.DataFrame, colour: str, name: str) -> None:
    figure.add_scatter(
        x=runs["value"],
        y=[position] * len(runs),
        mode="markers",
        marker={"size": 11, "color": colour, "opacity": 0.75, "line": {"width": 1, "color": "#FFFFFF"}},
        customdata=runs[["run", "seed", "configuration"]].to_numpy().tolist(),
        hovertemplate=f"<b>{escape(name)}</b><br>seed %{{customdata[1]}}: %{{x:.3f}}<extra></extra>",
    )
