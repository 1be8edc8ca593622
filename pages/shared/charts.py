"""Charts and tables as all pages show them: one look, an `alt` each, and what was clicked."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from pages.shared.links import remember, remembered
from pages.shared.loops import caught_in_loop, text_of_loop

_CONFIG = {"displayModeBar": False}


def chart(figure: go.Figure, key: str, alt: str) -> None:
    """Show a figure that only hovers."""
    st.plotly_chart(figure, key=key, config=_CONFIG, alt=alt)


def clickable_chart(figure: go.Figure, key: str, alt: str, name: str = "") -> list | None:
    """Show a figure whose marks can be clicked, and return the `customdata` of the one that was, or None.

    The mark is in the page's link under `name`, or under the key; a link that names a mark of the figure shows it.
    """
    name = name or key
    event = st.plotly_chart(
        figure,
        key=key,
        on_select=lambda: _take_back(name, key),
        selection_mode="points",
        config=_CONFIG,
        alt=alt,
    )
    marks = list(_marks(figure))
    clicked = _clicked(event)
    found = clicked or _called(remembered(name), marks)
    remember(name, _shortest(found, marks) if found else None)
    if found and not clicked:  # it came with a link: no double click in the chart takes it back
        _hide(name, key)
    return found


def lasso_chart(figure: go.Figure, key: str, alt: str, name: str = "") -> list[int]:
    """Show a figure whose marks can be clicked or caught in a loop, and return the `customdata` of those that were.

    The loop is in the page's link under `name`, or under the key.
    """
    name = name or key
    event = st.plotly_chart(
        figure,
        key=key,
        on_select=lambda: remember(name, text_of_loop(st.session_state[key]["selection"], figure)),
        selection_mode=("points", "lasso", "box"),
        config=_CONFIG,
        alt=alt,
    )
    drawn = text_of_loop(event["selection"], figure)
    text = drawn or remembered(name)
    found = caught_in_loop(text, figure) if text else []
    remember(name, text if found else None)
    if found and not drawn:
        _hide(name, key)
    return found


def _hide(name: str, key: str) -> None:
    hide = {"on_click": remember, "args": (name, None), "icon": ":material/visibility_off:"}
    st.button("Hide what is chosen", key=f"{key}-hide", type="tertiary", **hide)


def _take_back(name: str, key: str) -> None:
    """Forget a mark that was clicked before and is no longer; for callbacks."""
    if not _clicked(st.session_state[key]):
        remember(name, None)


def _clicked(event: Mapping) -> list | None:
    """Return the mark that a chart's event names, or None."""
    points = event["selection"]["points"]
    return list(points[0]["customdata"]) if points else None


def _called(text: str | None, marks: Sequence[list]) -> list | None:
    """Return the first mark that a link's text means, or None."""
    return next((mark for mark in marks if text and _is_called(mark, text)), None)


def _is_called(mark: Sequence, text: str) -> bool:
    return f"{_text(mark)}~".startswith(f"{text}~")


def _shortest(mark: Sequence, marks: Sequence[Sequence]) -> str:
    """Return the first parts of a mark by which it is told from all others: a link need not hold its counts."""
    for n in range(1, len(mark)):
        text = _text(mark[:n])
        if sum(_is_called(other, text) for other in marks) == 1:
            return text
    return _text(mark)


def _text(mark: Sequence) -> str:
    """Return a mark's `customdata` as a link writes it; 3.0 and 3 are one number, as they are to a browser."""
    whole = (int(part) if isinstance(part, float) and part.is_integer() else part for part in mark)
    return "~".join(map(str, whole))


def _marks(figure: go.Figure) -> Iterator[list]:
    """Yield the `customdata` of every mark, whatever the shape of the trace; a mark's are always several or one."""
    for trace in figure.data:
        marks = np.asarray(() if trace.customdata is None else trace.customdata, dtype=object)
        if marks.size:
            yield from marks.reshape(-1, marks.shape[-1]).tolist()


def table(data: pd.DataFrame, alt: str, columns: Mapping[str, Any] | None = None) -> None:
    """Show all rows of a short table; a cell without a value is empty."""
    st.dataframe(data, hide_index=True, height="content", placeholder="", alt=alt, column_config=columns)


def pickable_table(
    data: pd.DataFrame, key: str, alt: str, columns: Mapping[str, Any] | None = None, name: str = ""
) -> int | None:
    """Show all rows of a short table, and return the position of the one that was selected, or None.

    The position is in the page's link under `name`, or under the key.
    """
    name = name or key
    linked = remembered(name)
    known = linked in map(str, range(len(data)))
    event = st.dataframe(
        data,
        key=key,
        on_select="rerun",
        selection_mode="single-row",
        selection_default={"selection": {"rows": [int(linked)]}} if known else None,
        hide_index=True,
        height="content",
        placeholder="",
        alt=alt,
        column_config=columns,
    )
    rows = [row for row in event["selection"]["rows"] if row < len(data)]
    remember(name, str(rows[0]) if rows else None)
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
