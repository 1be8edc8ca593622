"""Charts and tables as all pages show them: one look, an `alt` each, and what was clicked."""

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

_CONFIG = {"displayModeBar": False}


def chart(figure: go.Figure, key: str, alt: str) -> None:
    """Show a figure that only hovers."""
    st.plotly_chart(figure, key=key, config=_CONFIG, alt=alt)


def clickable_chart(figure: go.Figure, key: str, alt: str) -> list | None:
    """Show a figure whose marks can be clicked, and return the `customdata` of the one that was, or None."""
    event = st.plotly_chart(figure, key=key, on_select="rerun", selection_mode="points", config=_CONFIG, alt=alt)
    points = event["selection"]["points"]
    return list(points[0]["customdata"]) if points else None


def lasso_chart(figure: go.Figure, key: str, alt: str) -> list[int]:
    """Show a figure whose marks can be clicked or caught in a loop, and return the `customdata` of those that were."""
    event = st.plotly_chart(
        figure, key=key, on_select="rerun", selection_mode=("points", "lasso", "box"), config=_CONFIG, alt=alt
    )
    found = [point["customdata"] for point in event["selection"]["points"]]
    return [mark[0] if isinstance(mark, list) else mark for mark in found]


def table(data: pd.DataFrame, alt: str, columns: Mapping[str, Any] | None = None) -> None:
    """Show all rows of a short table; a cell without a value is empty."""
    st.dataframe(data, hide_index=True, height="content", placeholder="", alt=alt, column_config=columns)


def pickable_table(data: pd.DataFrame, key: str, alt: str, columns: Mapping[str, Any] | None = None) -> int | None:
    """Show all rows of a short table, and return the position of the one that was selected, or None."""
    event = st.dataframe(
        data,
        key=key,
        on_select="rerun",
        selection_mode="single-row",
        hide_index=True,
        height="content",
        placeholder="",
        alt=alt,
        column_config=columns,
    )
    rows = event["selection"]["rows"]
    return rows[0] if rows else None


def count(label: str, **options: Any) -> Any:
    """Return a column of whole numbers with thousands separators."""
    return st.column_config.NumberColumn(label, format="localized", **options)


def download(label: str, name: str, make: Callable[[], pd.DataFrame]) -> None:
    """Draw a button that saves a table as CSV; it is made when somebody clicks."""
    st.download_button(
        label,
        lambda: make().to_csv(index=False),
        name,
        "text/csv",
        icon=":material/download:",
        on_click="ignore",
        type="tertiary",
    )
