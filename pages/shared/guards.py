"""Input that cannot be used becomes one sentence on the page."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from core.errors import BadInput
from pages.shared.text import plain


def or_say(call: Callable[..., Any], *arguments: Any) -> bool:
    """Return whether `call` takes its input; where it refuses, show why, and the page goes on."""
    try:
        call(*arguments)
    except BadInput as problem:
        st.error(plain(problem), icon=":material/block:")
        return False
    return True


def or_stop(call: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
    """Return what `call` returns; where it refuses its input, show why and end the page."""
    try:
        return call(*arguments, **named)
    except BadInput as problem:
        st.error(plain(problem), icon=":material/error:")
        st.stop()
