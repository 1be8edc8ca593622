"""What was guessed of a legend, shown and correctable: which file, and which column holds what."""

import streamlit as st

from core.cleaning import LegendColumns, join_source, split_source
from core.datasets import legends_of
from core.errors import BadInput
from core.settings import Settings
from pages.shared.dataset import open_source
from pages.shared.guards import or_stop
from pages.shared.text import plain

ROLES = {"name": "Image file", "raw_label": "Label", "annotator": "Annotator (optional)"}
HOW = {
    "name": "told from their names",
    "content": "told from what they hold",
    "chosen": "as you chose",
}


def correct_unread_legend(source: str) -> None:
    """Offer the columns of a dataset that cannot be opened, for its legend may be why; nothing where it has none."""
    try:
        _, cleaning = split_source(source)
        legends = legends_of(source, Settings())
    except BadInput:  # there is no such folder, and the page has said so
        return
    if legends:
        correct_legend(source, next((legend for legend in legends if legend.path == cleaning.legend), legends[0]))


def correct_legend(source: str, legend: LegendColumns) -> None:
    """Show the legend's columns with a menu each; applying opens the dataset anew."""
    place, cleaning = split_source(source)
    st.subheader("Its legend")
    st.caption(f"Columns of {plain(legend.path)}, {HOW[legend.guessed_by]}. Correct them where they are wrong.")
    columns = legend.choices
    chosen = {}
    for role, column in zip(ROLES, st.columns(len(ROLES)), strict=True):
        now = legend.roles.get(role)
        chosen[role] = column.selectbox(
            ROLES[role],
            columns,
            columns.index(now) if now in columns else None,
            key=f"legend-{role}-{source}",
            placeholder="none",
        )
    files = [legend.path, *legend.candidates]
    path = legend.path
    if len(files) > 1:
        path = st.selectbox("Read the labels from", files, key=f"legend-path-{source}")
    wanted = or_stop(cleaning.with_legend, legend, path, chosen)
    st.button(
        "Read it this way",
        disabled=wanted == cleaning,
        on_click=open_source,
        args=(join_source(place, wanted),),
        icon=":material/check:",
    )
