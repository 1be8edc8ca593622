"""Work that takes a while, in the page's own run: a bar with the time left, and a button that cancels."""

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import streamlit as st

from core.errors import BadInput
from pages.shared.text import plain

Report = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and of how much (0 where nobody knows)."""
_MOST_KEPT = 24
_EVERY = 0.2  # seconds between two drawings of the bar
_TELLING = 1.5  # seconds after which the time left is worth saying


def with_progress(key: str, call: Callable[[Report], Any], in_bytes: str = "") -> Any | None:
    """Return what `call(report)` returns, or None where it was cancelled or refused its input (the page says so).

    Streamlit interrupts a run where it next draws, so a click on "Cancel", or on any other page, ends the work at its
    next report. What the work keeps on the way is its own affair. `in_bytes` is the step that counts bytes.
    """
    if st.session_state.get(_flag(key)):
        st.info("Cancelled.", icon=":material/stop_circle:")
        st.button("Start again", key=f"{key}-again", on_click=_set, args=(key, False), icon=":material/replay:")
        return None
    place = st.empty()
    try:
        with place.container():
            bar = Bar(in_bytes)
            st.button("Cancel", key=f"{key}-cancel", on_click=_set, args=(key, True), icon=":material/stop_circle:")
            return call(bar.report)
    except BadInput as problem:
        place.empty()
        st.error(plain(problem), icon=":material/error:")
        st.button("Try again", key=f"{key}-again", icon=":material/replay:")
        return None
    finally:
        place.empty()


def kept_with_progress(key: tuple, call: Callable[[Report], Any], in_bytes: str = "") -> Any | None:
    """Return what `call(report)` returned the first time: all sessions share it, so it must not be changed.

    `key` says what is computed, of which dataset, with which choices. None where it was cancelled or refused.
    """
    results = _results()
    place = st.empty()  # always there, so that what follows keeps its place
    if key in results:
        results.move_to_end(key)
    else:
        with place.container():
            found = with_progress("-".join(map(str, key)), call, in_bytes)
        if found is None:
            return None
        place.empty()
        results[key] = found
        while len(results) > _MOST_KEPT:
            results.popitem(last=False)
    return results[key]


def is_kept(key: tuple) -> bool:
    """Return whether `kept_with_progress` has this result already."""
    return key in _results()


def forget(word: str) -> None:
    """Drop every kept result whose key holds `word`, such as a dataset's fingerprint."""
    for key in [key for key in _results() if word in key]:
        _results().pop(key, None)


@st.cache_resource
def _results() -> OrderedDict[tuple, Any]:
    """Return what was computed, the least recently used first."""
    return OrderedDict()


def wanted(label: str, key: str, hint: str) -> bool:
    """Draw a button that starts long work, `hint` beside it; return True from its click on."""
    if st.session_state.get(f"{key}-wanted"):
        return True
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(label, key=key, type="primary", icon=":material/play_arrow:", on_click=_want, args=(key,))
        st.caption(hint)
    return False


def _want(key: str) -> None:
    st.session_state[f"{key}-wanted"] = True


def _set(key: str, cancelled: bool) -> None:
    st.session_state[_flag(key)] = cancelled


def _flag(key: str) -> str:
    return f"{key}-cancelled"


class Bar:
    """A progress bar that tells the time left, step by step."""

    def __init__(self, in_bytes: str = "", start: str = "Starting"):
        self.bar = st.progress(0.0, start)
        self.in_bytes, self.step, self.started, self.drawn = in_bytes, "", 0.0, 0.0

    def report(self, what: str, done: int, total: int) -> None:
        """Draw how far a step is, unless it was drawn a moment ago; a `Report`."""
        now = time.monotonic()
        if what != self.step:
            self.step, self.started, self.drawn = what, now, 0.0
        ended = 0 < total <= done
        if now - self.drawn < _EVERY and not ended:
            return
        self.drawn = now
        share = min(done / total, 1.0) if total else 0.0
        self.bar.progress(share, f"{what}: {self._amount(what, done, total)}{self._left(share, now)}")

    def _amount(self, what: str, done: int, total: int) -> str:
        if what == self.in_bytes:
            return f"{done / 1e6:,.0f} of {total / 1e6:,.0f} MB" if total else f"{done / 1e6:,.0f} MB so far"
        return f"{done:,} of {total:,}" if total else f"{done:,} so far"

    def _left(self, share: float, now: float) -> str:
        spent = now - self.started
        if not 0 < share < 1 or spent < _TELLING:
            return ""
        return f", about {_seconds(spent / share * (1 - share))} left"


def _seconds(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
