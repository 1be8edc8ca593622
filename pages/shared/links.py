"""What a link says besides the widgets that are bound to it: what was clicked, and which run is shown."""

import math

import streamlit as st
from streamlit.navigation.page import StreamlitPage


def remember(name: str, value: str | None) -> None:
    """Write a query parameter that is no widget's, so that a copied link holds it; None removes it."""
    if value is None:
        st.query_params.pop(name, None)
    elif st.query_params.get(name) != value:  # each write is a message to the browser
        st.query_params[name] = value


def remembered(name: str) -> str | None:
    """Return what the link says under a name that is no widget's, or None."""
    return st.query_params.get(name) or None


def number(text: str | None, low: float, high: float, otherwise: float) -> float:
    """Return the number that a link gives, or `otherwise` where it gives none between `low` and `high`."""
    try:
        found = float(text or "")
    except ValueError:
        return otherwise
    return found if low <= found <= high else otherwise


def drop_endless_numbers(page: StreamlitPage) -> None:
    """Open the page anew where its link gives a number without end, such as inf: bound fields of whole numbers fall
    over it (OverflowError), while any other nonsense leaves them at their default.
    """
    given = {name: st.query_params.get_all(name) for name in st.query_params}
    sound = {name: [text for text in texts if not _is_endless(text)] for name, texts in given.items()}
    if sound != given:
        st.switch_page(page, query_params={name: texts for name, texts in sound.items() if texts})


def _is_endless(text: str) -> bool:
    try:
        return not math.isfinite(float(text))
    except ValueError:
        return False
