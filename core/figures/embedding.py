"""A map on which similar images lie close together."""

import pandas as pd
import plotly.graph_objects as go

from core.figures.style import ACCENT, LEGEND_ABOVE, MUTED, PALETTE, WARNING, calm, class_colours

_OTHER, _NONE = "others", "none"
_MANY = 1_000  # dots; so many are drawn smaller, each of the same size as the others


def image_map(points: pd.DataFrame, colour: str, labels: tuple[str, ...], axes: tuple[str, str]) -> go.Figure:
    """Draw a dot an image; a lasso gives the dots' positions in `points` as `customdata`.

    Args:
        points: `x`, `y`, `image` and the column to colour by, one row an image.
        colour: the column to colour by: `label`, `prediction`, `annotator` or `correct`.
        labels: the classes, which keep the colours they have everywhere.
        axes: what the two axes are.
    """
    kinds = points[colour].astype("str").fillna(_NONE)
    if colour == "correct":
        kinds = kinds.replace({"True": "right", "False": "wrong"})
    colours = _colours(kinds, colour, labels)
    kinds = kinds.where(kinds.isin(list(colours)), _OTHER)
    size = 5 if len(points) > _MANY else 8
    figure = go.Figure()
    # The commonest first, so that rare kinds lie on top of them.
    for kind, group in sorted(points.groupby(kinds), key=lambda item: -len(item[1])):
        figure.add_scattergl(
            x=group["x"].to_numpy("float32"),
            y=group["y"].to_numpy("float32"),
            mode="markers",
            name=f"{kind} ({len(group):,})",
            text=group["image"],
            customdata=points.index.get_indexer(group.index).astype("int32"),
            marker={"size": size, "opacity": 0.7, "color": colours.get(kind, MUTED)},
            unselected={"marker": {"opacity": 0.15}},
            hovertemplate="%{text}<br>" + str(kind) + "<extra></extra>",
        )
    figure = calm(figure, 560)
    figure.update_layout(
        showlegend=True,
        legend=LEGEND_ABOVE | {"itemsizing": "constant", "traceorder": "normal"},
        dragmode="lasso",
        hovermode="closest",
    )
    figure.update_xaxes(title=axes[0], showticklabels=False, showgrid=False)
    return figure.update_yaxes(title=axes[1], showticklabels=False, showgrid=False)


def _colours(kinds: pd.Series, colour: str, labels: tuple[str, ...]) -> dict[str, str]:
    """Return kind -> colour of as many kinds as can be told apart; the rest are drawn as one."""
    if colour == "correct":
        return {"right": ACCENT, "wrong": WARNING, _NONE: MUTED}
    if colour in ("label", "prediction"):
        return class_colours(labels) | {_NONE: MUTED}
    commonest = kinds.value_counts().index[: len(PALETTE) - 1]
    return dict(zip(commonest, PALETTE, strict=False)) | {_NONE: MUTED}
