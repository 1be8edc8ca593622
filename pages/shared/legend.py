"""What was guessed of a legend, shown and correctable: which file, and which column holds what."""

import streamlit as st

from core.catalog import Dataset
from core.cleaning import join_source, split_source
from pages.shared.dataset import open_source
from pages.shared.guards import or_stop
from pages.shared.text import plain

ROLES = {"name": "Image file", "raw_label": "Label", "annotator": "Annotator (optional)"}
HOW = {
    "name": "told from their names",
    "content": "told from what they hold",
    "chosen": "as you chose",
}


def correct_legend(dataset: Dataset) -> None:
    """Show the legend's columns with a menu each; applying opens the dataset anew."""
    legend = dataset.legend_columns
    if legend is None:
        st.caption("The labels are the names of the folders, so there is no legend to correct.")
        return
    place, cleaning = split_source(dataset.source)
    st.subheader("Its legend")
    st.caption(f"Columns of {plain(legend.path)}, {HOW[legend.guessed_by]}. Correct them where they are wrong.")
    columns = legend.choices
    chosen = {}
    for (
        role,
        place_of,
    ) in zip(ROLES, st.columns(len(ROLES)), strict=True):
        now = legend.roles.get(role)
        chosen[role] = place_of.selectbox(
            ROLES[role],
            columns,
            columns.index(now) if now in columns else None,
            key=f"legend-{role}-{dataset.source}",
            placeholder="none",
        )
    files = [legend.path, *legend.candidates]
    path = legend.path
    if len(files) > 1:
        path = st.selectbox("Read the labels from", files, key=f"legend-path-{dataset.source}")
    wanted = or_stop(cleaning.with_legend, legend, path, chosen)
    st.button(
        "Read it this way",
        disabled=wanted == cleaning,
        on_click=open_source,
        args=(join_source(place, wanted),),
        icon=":material/check:",
    )
