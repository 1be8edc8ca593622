"""Whether a run's confidence can be believed, and what leaving the unsure unanswered buys."""

from collections.abc import Mapping

import pandas as pd
import plotly.graph_objects as go

from core.evaluation.calibration import Calibration
from core.figures.style import ACCENT, LEGEND_ABOVE, MUTED, PALETTE, calm

_HEIGHT = 360


def reliability(calibrations: Mapping[str, Calibration]) -> go.Figure:
    """Draw accuracy against confidence, a mark a bin with its 95 % interval; on the dashed line both agree.

    Args:
        calibrations: name -> calibration, two at most, such as before and after a temperature.
    """
    figure = go.Figure()
    figure.add_scatter(
        x=[0, 1], y=[0, 1], mode="lines", line={"color": MUTED, "dash": "dash"}, hoverinfo="skip", showlegend=False
    )
    looks = ((ACCENT, "circle"), (PALETTE[5], "diamond"))
    for (name, calibration), (colour, symbol) in zip(calibrations.items(), looks, strict=False):
        bins = calibration.reliability
        figure.add_scatter(
            x=bins["confidence"],
            y=bins["accuracy"],
            name=name,
            mode="lines+markers",
            line={"color": colour, "width": 1},
            marker={"size": 8, "symbol": symbol},
            error_y={
                "type": "data",
                "symmetric": False,
                "array": bins["high"] - bins["accuracy"],
                "arrayminus": bins["accuracy"] - bins["low"],
                "thickness": 1.5,
            },
            customdata=bins[["images", "low", "high"]].to_numpy().tolist(),
            hovertemplate=f"{name}: sure to %{{x:.1%}}, right in %{{y:.1%}}<br>95 % interval %{{customdata[1]:.1%}} to "
            "%{customdata[2]:.1%}, %{customdata[0]:,} images<extra></extra>",
        )
    figure = calm(figure, _HEIGHT)
    figure.update_layout(showlegend=len(calibrations) > 1, legend=LEGEND_ABOVE)
    figure.update_xaxes(title="confidence (mean of the bin)", range=[0, 1.02], tickformat=".0%")
    return figure.update_yaxes(title="share that is right", range=[0, 1.02], tickformat=".0%")


def risk_coverage(curve: pd.DataFrame, abstain_below: float) -> go.Figure:
    """Draw the share of mistakes among the answered against the share answered, with its 95 % band.

    Args:
        curve: of `core.evaluation.answers.risk_coverage`.
        abstain_below: the confidence below which nothing is said now; where that is on the curve is marked.
    """
    figure = go.Figure()
    band = {"mode": "lines", "line": {"width": 0}, "hoverinfo": "skip", "showlegend": False}
    figure.add_scatter(x=curve["coverage"], y=curve["high"], **band)
    figure.add_scatter(
        x=curve["coverage"], y=curve["low"], fill="tonexty", fillcolor="rgba(86, 180, 233, 0.25)", **band
    )
    figure.add_scatter(
        x=curve["coverage"],
        y=curve["risk"],
        mode="lines+markers",
        line={"color": ACCENT},
        marker={"size": 5},
        customdata=curve[["threshold", "low", "high"]].to_numpy().tolist(),
        hovertemplate="answers %{x:.0%} (confidence %{customdata[0]:.2f} or more)<br>%{y:.1%} of them wrong, "
        "95 % interval %{customdata[1]:.1%} to %{customdata[2]:.1%}<extra></extra>",
    )
    now = curve[curve["threshold"] >= abstain_below].tail(1)
    figure.add_scatter(
        x=now["coverage"],
        y=now["risk"],
        mode="markers+text",
        text=["now"] * len(now),
        textposition="top left",
        marker={"size": 13, "color": PALETTE[5], "symbol": "diamond"},
        hoverinfo="skip",
    )
    figure = calm(figure, _HEIGHT)
    figure.update_xaxes(title="coverage: share of images that are answered", range=[0, 1.03], tickformat=".0%")
    return figure.update_yaxes(title="risk: wrong among the answered", rangemode="tozero", tickformat=".0%")
