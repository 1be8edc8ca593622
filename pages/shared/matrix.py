"""A matrix whose cells can be chosen with the mouse and with the keyboard, and the options of what it shows."""

from pathlib import Path

import streamlit as st

from core.evaluation.confusion import SHOWS, MatrixView
from pages.shared.links import remember, remembered

_HERE = Path(__file__).parent
_HOW = "click it, or move with the arrow keys and press Enter; Escape lets go."
_OPTIONS = {"log colour": "log", "hide the diagonal": "hide_diagonal", "sort by confusion": "by_confusion"}
"""What the page and its link call an option -> the argument of `view`."""
# Plotly's heatmaps can be reached by no keyboard, so this one is an HTML table.
_component = st.components.v2.component(
    "navarasa.matrix",
    css=(_HERE / "matrix.css").read_text(encoding="utf-8"),
    js=(_HERE / "matrix.js").read_text(encoding="utf-8"),
)


def matrix(
    view: MatrixView,
    key: str,
    name: str,
    chosen: tuple[str, str] | None = None,
    leads_to: str = "its images",
) -> tuple[str, str] | None:
    """Draw a matrix and return the cell that is chosen: (row, column), or None.

    Args:
        view: what it shows.
        key: unique on the page.
        name: what a screen reader calls it.
        chosen: the cell that is chosen unless somebody has just chosen another; one that is not in it counts as none.
        leads_to: what is shown of the chosen cell, in words.
    """
    cell = picked((key,), chosen)
    if cell and not (cell[0] in view.rows and cell[1] in view.columns):
        cell = None
    data = {
        "name": name,
        "rows": list(view.rows),
        "columns": list(view.columns),
        "cells": view.cells.tolist(),
        "shade": view.shade.round(3).tolist(),
        "says": view.says.tolist(),
        "row_title": view.row_title,
        "column_title": view.column_title,
        "legend": view.legend,
        "hint": f"Choose a cell for {leads_to}: {_HOW}",
        "chosen": list(cell) if cell else None,
    }
    _component(key=key, data=data, on_pick_change=_nothing)
    return cell


def picked(keys: tuple[str, ...], chosen: tuple[str, str] | None) -> tuple[str, str] | None:
    """Return the cell that was just chosen in one of these matrices, None where it was let go, or else `chosen`.

    It is known before they are drawn, so that matrices beside each other can mark the same cell.
    """
    for key in keys:
        pick = (st.session_state.get(key) or {}).get("pick")
        if isinstance(pick, list):
            return (str(pick[0]), str(pick[1])) if len(pick) == 2 else None
    return chosen


def remembered_pair(first: str, second: str) -> tuple[str, str] | None:
    """Return the cell that the link names under two words, or None."""
    row, column = remembered(first), remembered(second)
    return (row, column) if row and column else None


def remember_pair(first: str, second: str, cell: tuple[str, str] | None) -> None:
    """Write the chosen cell, or that there is none, into the link under two words."""
    row, column = cell or (None, None)
    remember(first, row)
    remember(second, column)


def matrix_options(before: str = "") -> dict[str, object]:
    """Draw what a confusion matrix can show, all of it in the link; return it as named arguments of `view`.

    `before` stands before the words of the link, where a page has several.
    """
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        show = st.segmented_control(
            "In each cell", SHOWS, default=SHOWS[0], required=True, key=f"{before}cells", bind="query-params"
        )
        chosen = st.pills(
            "And",
            list(_OPTIONS),
            selection_mode="multi",
            key=f"{before}with",
            bind="query-params",
            width="stretch",
            wrap=True,
            help="Log colour: shaded by the logarithm, so that a cell of 1 and one of 1,000 are both seen. Hide the "
            "diagonal: what is right is left out, so that the mistakes stand out. Sort by confusion: classes that are "
            "taken for each other lie beside each other (optimal leaf ordering of the average linkage of their mutual "
            "shares; Bar-Joseph et al. 2001).",
        )
    # An empty word in a link clears the menu.
    return {"show": show or SHOWS[0]} | {argument: option in chosen for option, argument in _OPTIONS.items()}


def _nothing() -> None:
    """Streamlit passes on only what has a callback."""
