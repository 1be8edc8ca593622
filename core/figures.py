"""Tables and results in, plotly figures out: one calm look, and the same class in the same colour everywhere."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from core.evaluation import Evaluation

# Okabe & Ito (2008), told apart with any kind of colour vision; black and yellow are replaced by a grey and an olive
# that keep their contrast on white and on dark ground.
PALETTE = ("#E69F00", "#56B4E9", "#009E73", "#B8A800", "#0072B2", "#D55E00", "#CC79A7", "#8C8C8C")
ACCENT, MUTED = "#0072B2", "#9AA5B1"
_ROW = 38  # pixels a bar
_PARTS = ("#3E5C76", "#8FA8BF", "#B08EA2", "#7A6C8F", "#C9CED6")  # of what is no class, in no class's colour
_DIM = {"marker": {"opacity": 0.45}}  # what is not selected stays readable


def class_colours(labels: Sequence[str]) -> dict[str, str]:
    """Return a colour a class, by alphabetical order, so that two datasets with the same classes agree."""
    return {label: PALETTE[position % len(PALETTE)] for position, label in enumerate(sorted(labels))}


def class_distribution(counts: pd.Series, log: bool) -> go.Figure:
    """Draw a bar a class, the largest on top; a click on a bar gives its label in `customdata`."""
    colours = class_colours(list(counts.index))
    share = counts / counts.sum()
    bars = go.Bar(
        y=list(counts.index),
        x=counts,
        orientation="h",
        marker_color=[colours[label] for label in counts.index],
        customdata=[[label] for label in counts.index],
        text=[f"{n:,} ({p:.1%})" for n, p in zip(counts, share, strict=True)],
        textposition="outside",
        cliponaxis=False,
        unselected=_DIM,
        hovertemplate="<b>%{y}</b><br>%{x:,} rows<extra></extra>",
    )
    figure = _calm(go.Figure(bars), _ROW * len(counts) + 60)
    figure.update_yaxes(autorange="reversed")
    figure.update_layout(hovermode="y")  # a click anywhere in a row counts: a bar of 6 beside one of 7,000 is no target
    top = float(counts.max())
    if log:  # bars on a logarithmic axis start at 0.8, so that a class of one is still seen
        figure.update_xaxes(
            type="log", tickformat=",d", range=[np.log10(0.8), np.log10(top) + 0.3 * np.log10(top / 0.8)], dtick=1
        )
    else:
        figure.update_xaxes(range=[0, top * 1.5])
    return figure.update_xaxes(title="rows (logarithmic)" if log else "rows")


def stacked_by(table: pd.DataFrame, labels: Sequence[str], part: str, share: bool) -> go.Figure:
    """Draw a bar a class, divided by `part`; `table` has `label`, `part` and `rows`."""
    figure = go.Figure()
    parts = table.groupby(part)["rows"].sum().sort_values(ascending=False).index
    totals = table.groupby("label")["rows"].sum()
    for position, name in enumerate(parts):
        rows = table[table[part] == name].set_index("label")["rows"].reindex(labels).fillna(0)
        x = rows / totals.reindex(labels) if share else rows
        figure.add_bar(
            y=list(labels),
            x=x,
            orientation="h",
            name=str(name),
            marker_color=_PARTS[position % len(_PARTS)],
            unselected=_DIM,
            customdata=[[label, str(name), int(n)] for label, n in rows.items()],
            hovertemplate="<b>%{y}</b>, " + str(name) + "<br>%{customdata[2]:,} rows<extra></extra>",
        )
    figure = _calm(figure, _ROW * len(labels) + 110)
    figure.update_layout(
        barmode="stack",
        showlegend=True,
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "traceorder": "normal"},
    )
    figure.update_yaxes(autorange="reversed")
    return figure.update_xaxes(title="share of the class" if share else "rows", tickformat=".0%" if share else None)


def shape_map(shapes: pd.DataFrame, n_drawn: int = 2000) -> go.Figure:
    """Draw a dot a distinct shape, its area the number of images; a click gives width, height and mode."""
    drawn = shapes.head(n_drawn)
    figure = go.Figure()
    for position, (mode, group) in enumerate(drawn.groupby("mode")):
        figure.add_scatter(
            x=group["width"],
            y=group["height"],
            mode="markers",
            name=f"{mode} ({_MODES.get(mode, 'other')})",
            marker={
                "size": 7 + 9 * np.log10(group["count"]),
                "opacity": 0.65,
                "color": PALETTE[(4 + position) % len(PALETTE)],
            },
            customdata=group[["width", "height", "mode", "count"]].to_numpy(dtype=object).tolist(),
            hovertemplate="%{x} x %{y} px<br>%{customdata[3]:,} images<extra></extra>",
        )
    figure = _calm(figure, 420)
    figure.update_layout(
        showlegend=True, legend={"orientation": "h", "y": 1.02, "yanchor": "bottom"}, hovermode="closest"
    )
    figure.update_xaxes(title="width (pixels)", rangemode="tozero")
    return figure.update_yaxes(title="height (pixels)", rangemode="tozero")


def aspect_ratios(quantiles: pd.DataFrame) -> go.Figure:
    """Draw a box a class from its quantiles of width over height: columns `low`, `q1`, `median`, `q3`, `high`."""
    colours = class_colours([label for label in quantiles.index if label != "all images"])
    figure = go.Figure()
    for label, row in quantiles.iterrows():
        figure.add_box(
            y=[label],
            name=str(label),
            orientation="h",
            q1=[row["q1"]],
            median=[row["median"]],
            q3=[row["q3"]],
            lowerfence=[row["low"]],
            upperfence=[row["high"]],
            marker_color=colours.get(label, MUTED),
        )
    figure = _calm(figure, _ROW * len(quantiles) + 70)
    figure.add_vline(x=1, line_dash="dot", line_color=MUTED)
    figure.update_yaxes(autorange="reversed")
    return figure.update_xaxes(title="width / height")


def resampling(table: pd.DataFrame, highest: int) -> go.Figure:
    """Draw each class before and after a strategy; of the bar after, the solid part is distinct images.

    Args:
        table: the table of `core.sampling.summary.Resampling`.
        highest: the right end of the axis, so that strategies beside each other compare.
    """
    labels = list(table.index)
    colours = [class_colours(labels)[label] for label in labels]
    copies = table["after"] - table["unique_after"]
    words = [
        f"<b>{label}</b><br>{row['before']:,} before<br>{row['after']:,} after: {row['unique_after']:,} distinct "
        f"and {row['after'] - row['unique_after']:,} copies"
        for label, row in table[["before", "after", "unique_after"]].astype(int).iterrows()
    ]
    common = {"y": labels, "orientation": "h", "customdata": [[label] for label in labels], "unselected": _DIM}
    figure = go.Figure()
    figure.add_bar(
        x=table["before"],
        name="before",
        marker={"color": MUTED, "opacity": 0.5},
        offsetgroup="before",
        hovertext=words,
        hoverinfo="text",
        **common,
    )
    figure.add_bar(
        x=table["unique_after"],
        name="after: distinct images",
        marker_color=colours,
        offsetgroup="after",
        hoverinfo="none",
        **common,
    )
    figure.add_bar(
        x=copies,
        base=table["unique_after"],
        name="after: copies",
        offsetgroup="after",
        hoverinfo="none",
        marker={"color": colours, "pattern": {"shape": "/", "fgopacity": 0.6}, "opacity": 0.6},
        **common,
    )
    figure = _calm(figure, _ROW * len(labels) + 50)
    figure.update_layout(barmode="group", bargap=0.25, hovermode="y")
    figure.update_yaxes(autorange="reversed")
    top = np.log10(highest) + 0.1
    return figure.update_xaxes(type="log", range=[0, top], title="images (logarithmic)", dtick=1, tickformat=",d")


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
        _calm(figure, 260)
        figure.update_layout(showlegend=figure is losses, legend={"orientation": "h", "y": 1.02, "yanchor": "bottom"})
        figure.update_xaxes(
            title="epoch", range=[0.5, max(n_epochs, 2) + 0.5], tickformat="d", dtick=1 if n_epochs <= 12 else None
        )
        figure.update_yaxes(title=title, rangemode="tozero")
    return losses, scores


def confusion(evaluation: Evaluation, show: str, dark: bool) -> go.Figure:
    """Draw the confusion matrix, shaded by row so that rare classes are seen; a click on a cell gives (true, said).

    Args:
        show: "counts", "row %" or "both".
        dark: drawn on a dark ground.

    A heatmap sends no clicks, so invisible markers lie over it; `hoverdistance` makes the whole cell clickable.
    """
    matrix, labels = evaluation.confusion_matrix, list(evaluation.labels)
    share = matrix / np.maximum(matrix.sum(1, keepdims=True), 1)
    write = {
        "counts": lambda n, p: f"{n:,}",
        "row %": lambda n, p: f"{p:.0%}",
        "both": lambda n, p: f"{n:,}<br>{p:.0%}" if n else "0",
    }[show]
    cells = [(row, column) for row in range(len(labels)) for column in range(len(labels))]
    figure = go.Figure()
    figure.add_heatmap(
        z=share,
        x=labels,
        y=labels,
        # Both ends leave the one colour of the text its contrast.
        colorscale=[[0, "#1A232D"], [1, "#1F6FA8"]] if dark else [[0, "#F2F6FA"], [1, "#6DB5E8"]],
        zmin=0,
        zmax=1,
        text=[[write(int(n), p) for n, p in zip(*row, strict=True)] for row in zip(matrix, share, strict=True)],
        texttemplate="%{text}",
        textfont={"color": "#FFFFFF" if dark else "#17202A"},
        hoverinfo="skip",
        showscale=False,
        xgap=2,
        ygap=2,
    )
    figure.add_scatter(
        x=[labels[column] for _, column in cells],
        y=[labels[row] for row, _ in cells],
        mode="markers",
        marker={"size": 12, "opacity": 0},
        selected={"marker": {"opacity": 0}},
        unselected={"marker": {"opacity": 0}},
        customdata=[
            [labels[row], labels[column], int(matrix[row, column]), float(share[row, column])] for row, column in cells
        ],
        hovertemplate="true <b>%{customdata[0]}</b>, said <b>%{customdata[1]}</b><br>"
        "%{customdata[2]:,} images, %{customdata[3]:.1%} of the row<extra></extra>",
    )
    figure = _calm(figure, 46 * len(labels) + 130)
    figure.update_layout(hoverdistance=200, hovermode="closest", dragmode=False)
    figure.update_xaxes(title="what the model said", side="top", showgrid=False, tickangle=-40)
    return figure.update_yaxes(title="what is true", autorange="reversed", showgrid=False)


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
    figure = _calm(figure, _ROW * len(labels) + 100)
    figure.update_layout(showlegend=len(evaluations) > 1, legend={"orientation": "h", "y": 1.02, "yanchor": "bottom"})
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
    figure = _calm(go.Figure(bars), 30 * len(scores) + 50)
    figure.update_yaxes(autorange="reversed")
    return figure.update_xaxes(title="probability", range=[0, 1.15], tickformat=".0%", tickvals=[0, 0.25, 0.5, 0.75, 1])


_MODES = {
    "L": "grey",
    "RGB": "colour",
    "P": "palette",
    "RGBA": "colour, transparent",
    "CMYK": "print colour",
    "1": "black, white",
}


def _calm(figure: go.Figure, height: int) -> go.Figure:
    """Give a figure the common look: no frame, no ground of its own, room for labels, no legend."""
    figure.update_layout(
        height=height,
        margin={"l": 8, "r": 8, "t": 12, "b": 8},
        showlegend=False,
        bargap=0.28,
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        hoverlabel={"align": "left"},
    )
    figure.update_xaxes(automargin=True, zeroline=False)
    return figure.update_yaxes(automargin=True, zeroline=False)
