"""Runs of a sweep beside each other: a dot a seed."""

import pandas as pd
import plotly.graph_objects as go

from core.evaluation import Baseline
from core.figures.style import ACCENT, MUTED, ROW, calm


def seed_dots(scores: pd.DataFrame, majority: Baseline) -> go.Figure:
    """Draw each configuration's macro-F1, a dot a seed and a line at their mean, the best mean on top.

    Args:
        scores: the table of `core.sweeps.scores`; a click on a dot gives its run and seed.
        majority: what always saying the commonest class scores on the same images.
    """
    by_configuration = scores.groupby("configuration", sort=False)
    means = by_configuration["macro_f1"].mean().sort_values()
    figure = go.Figure()
    for position, (name, mean) in enumerate(means.items()):
        runs = by_configuration.get_group(name)
        figure.add_scatter(
            x=runs["macro_f1"],
            y=[position] * len(runs),
            mode="markers",
            marker={"size": 11, "color": ACCENT, "opacity": 0.65},
            customdata=runs[["run", "seed"]].to_numpy().tolist(),
            hovertemplate=f"<b>{name}</b><br>seed %{{customdata[1]}}: macro-F1 %{{x:.3f}}<extra></extra>",
        )
        ends = {"x0": mean, "x1": mean, "y0": position - 0.32, "y1": position + 0.32}
        figure.add_shape(type="line", line={"color": ACCENT, "width": 3}, **ends)
    always = {"annotation_text": f"always {majority.label}", "annotation_position": "top right"}
    figure.add_vline(majority.macro_f1, line={"color": MUTED, "dash": "dot"}, **always)
    figure = calm(figure, ROW * len(means) + 100)
    figure.update_layout(hovermode="closest", margin_t=26)
    names = [name.replace(" · ", "<br>", 1) for name in means.index]
    figure.update_yaxes(tickvals=list(range(len(means))), ticktext=names, range=[-0.7, len(means) - 0.3])
    return figure.update_xaxes(title="macro-F1 on the test images", rangemode="tozero")
