"""A sampling strategy as pages show it: a card each, and all of them in one table."""

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from core import figures
from core.catalog import Dataset
from core.errors import BadInput
from core.flags import IMPOSSIBLE, Flag
from core.labels import in_words
from core.registry import Choice
from core.sampling.summary import Material, Resampling, images_shown, resample
from pages.shared.cache import kept
from pages.shared.charts import clickable_chart, count, table
from pages.shared.gallery import gallery
from pages.shared.text import plain

_COUNTS = {
    "before": count("before", help="Images of the training part"),
    "unique_after": count("kept", width=66, help="Images that are still shown"),
    "dropped": count("dropped", width=66, help="Images that are never shown"),
    "copied": count("copied", width=66, help="Times that an image is shown again as it is"),
    "augmented": count("changed", width=66, help="Times that an image is shown again, changed at random in every pass"),
    "synthesised": count("made", width=66, help="Images that are blended of two, or made by a network"),
    "after": count("a pass", width=66, help="Images a pass: kept + copied + changed + made"),
}
_MEASURES = {
    "most_copies": count("most used", width=76, help="How often the most used image is used in a pass"),
    "copies": st.column_config.NumberColumn("mean use", format="%.1f", help="Mean times that a kept image is used"),
    "weight": st.column_config.NumberColumn("weight", format="%.3g", help="How much an image counts in the loss"),
    "effective": st.column_config.NumberColumn(
        "effective", format="%.0f", help="Effective sample size (Kish): so many images used alike say as much"
    ),
}


def draw(
    dataset: Dataset,
    choice: Choice,
    labels: pd.Series,
    values: Mapping[str, object],
    seed: int,
    key: tuple,
    material: Material | None = None,
) -> Resampling | BadInput:
    """Return what a strategy does to the labels of a training part, or why it cannot; `key` names the part."""
    asked = (choice.name, seed, *values.values(), *key)
    try:
        if "made" in choice.needs:  # what is approved may change at any time
            return resample(choice, labels, values, seed, material)
        return kept(dataset, resample, choice, labels, values, seed, material, key=asked)
    except BadInput as problem:
        return problem


def overview(results: list[Resampling]) -> None:
    """Show what each strategy costs, a row a strategy."""
    rarest = results[0].table.index[-1]
    rows = [
        result.totals.to_dict()
        | {
            "strategy": result.choice.title,
            "most_copies": result.table["most_copies"].max(),
            "effective": result.table.loc[rarest, "effective"],
            "seconds": result.seconds,
        }
        for result in results
    ]
    effective = st.column_config.NumberColumn(
        f"effective {rarest}", width=136, format="%.1f", help="Effective sample size of the rarest class"
    )
    seconds = st.column_config.NumberColumn(
        "seconds", width=70, format="%.2f", help="To decide what is shown in a pass"
    )
    columns = ["strategy", *[name for name in _COUNTS if name != "before"], "most_copies", "effective", "seconds"]
    table(
        pd.DataFrame(rows)[columns],
        "What each strategy keeps, drops, copies and makes",
        _COUNTS | _MEASURES | {"effective": effective, "seconds": seconds},
    )


def card(result: Resampling, flags: list[Flag], highest: int, dataset: Dataset, part: pd.DataFrame) -> None:
    """Show one strategy: what it costs in words, what cannot work, each class before and after, the images of a bar."""
    st.subheader(result.choice.title)
    st.caption(f"{result.choice.summary} *{result.choice.source}*")
    st.markdown(plain(result.sentence))
    show_flags(flags)
    name = result.choice.name
    bar = clickable_chart(
        figures.resampling(result.table, highest), f"resampling-{name}", result.sentence, f"class-{name}"
    )
    with st.container():  # always there: an expander that moves is closed by the browser
        if bar:
            shown = images_shown(result, part, bar[0])
            gallery(dataset, shown["image"], f"{bar[0]} in use", f"shown-{name}", shown["caption"])
    with st.expander("The numbers", key=f"numbers-{name}", bind="query-params"):
        table(result.table.reset_index(), f"Counts of {result.choice.title}", {"label": "class"} | _COUNTS | _MEASURES)


def show_flags(flags: list[Flag]) -> None:
    """Show what cannot work, and what stands on very few images, each kind in a box of its own."""
    impossible = [flag for flag in flags if flag.severity == IMPOSSIBLE]
    fragile = [flag for flag in flags if flag.severity != IMPOSSIBLE]
    if impossible:
        st.error(_lines(impossible), icon=":material/block:")
    if fragile:
        st.warning(_lines(fragile), icon=":material/warning:")


def _lines(flags: list[Flag]) -> str:
    """Return a sentence for each kind of flag: the first, and which other classes it holds for."""
    kinds: dict[str, list[Flag]] = {}
    for flag in flags:
        kinds.setdefault(flag.kind, []).append(flag)
    lines = []
    for first, *others in kinds.values():
        classes = ", ".join(in_words(flag.label) for flag in others if flag.label)
        lines.append(plain(first.sentence) + (f" So too: {plain(classes)}." if classes else ""))
    return "  \n".join(lines)
