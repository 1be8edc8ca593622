"""Which dataset is looked at: the sidebar's picker, and the dataset that a page gets."""

import os
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.catalog import Dataset
from core.cleaning import Cleaning, join_source, split_source
from core.datasets import DEMO, known_datasets, open_dataset, title_of_path
from core.datasets.unpacked import bytes_below, delete_unpacked
from core.errors import BadInput
from core.settings import Settings
from pages.shared.navigation import through_the_dashboard
from pages.shared.progress import Bar, forget
from pages.shared.text import plain

_MOST_OPEN = 12  # each choice of a clean-up is a dataset of its own
KEY = "dataset"  # of the picker, and the name in the URL


def choose_dataset() -> str:
    """Draw the picker and return the chosen source; it is in the URL, so a link opens the same dataset."""
    settings = Settings()
    known = known_datasets(settings)
    source = _known_name(st.session_state.get(KEY) or st.query_params.get(KEY) or next(iter(known)), settings)
    if _split(source)[0] not in known and settings.hosted:
        source = next(iter(known))
    st.session_state[KEY] = source
    known = _once(known, source)
    source = st.selectbox(
        "Dataset",
        list(dict.fromkeys([*known, source])),
        key=KEY,
        format_func=lambda source: _title(source, known),
        accept_new_options=not settings.hosted,
        help=None if settings.hosted else _help(source, known),
    )
    # Written here and not by `bind`, which writes what the menu shows and leaves out the default.
    st.query_params[KEY] = source
    st.page_link("pages/data.py", label="Open another", icon=":material/folder_open:")
    return source


def opens_elsewhere(source: str, settings: Settings) -> bool:
    """Return whether a link opens this dataset for others: one that the server knows by a name, not by a path."""
    place, _ = _split(source)
    return place in known_datasets(settings) and not Path(place).is_absolute()


def open_source(source: str) -> None:
    """Make the next run look at another dataset; for callbacks of buttons."""
    st.session_state[KEY] = source


def open_typed(key: str) -> None:
    """Make the next run look at the path that was typed into the field `key`."""
    if path := st.session_state[key].strip():
        open_source(path)


@st.cache_data(max_entries=64, show_spinner=False)
def megabytes_of(folder: Path) -> float:
    """Return the size of an unpacked dataset in MB: its files do not change."""
    return bytes_below(folder) / 1e6


def delete(folder: Path) -> None:
    """Delete an unpacked dataset, and go on with the default one where it was open; for callbacks of buttons."""
    try:
        delete_unpacked(folder, Settings())
    except BadInput as problem:
        st.toast(plain(problem), icon=":material/error:")
        return
    opened = _opened()
    for source in [source for source, dataset in opened.items() if dataset.root == folder]:
        forget(opened.pop(source).key)
    if _split(st.session_state.get(KEY) or "")[0] == str(folder):
        open_source(next(iter(known_datasets(Settings()))))


def _once(known: dict[str, str], source: str) -> dict[str, str]:
    """Return the known sources without the folder that the open one, a ZIP or a file, was unpacked into."""
    place, _ = _split(source)
    opened = _opened().get(source)
    twice = {str(opened.root)} - {place} if opened else set()
    return {other: title for other, title in known.items() if other not in twice}


def _help(source: str, known: dict[str, str]) -> str:
    place, _ = _split(source)
    opened = "" if place in known else f"Open now: {plain(place)}. "
    return f"{opened}Choose one, or type the path of a folder of your own."


def _title(source: str, known: dict[str, str]) -> str:
    """Return what the menu calls a source; one with choices of the user's own is told apart from the one without."""
    place, cleaning = _split(source)
    title = known.get(place) or title_of_path(place)
    if place not in known and title in known.values():
        title = f"{title} in {Path(place).parent.name}"
    return f"{title}, your way ({cleaning.n_changes})" if cleaning.n_changes else title


def _split(source: str) -> tuple[str, Cleaning]:
    """Return place and choices; a source that makes no sense is told by whoever opens it."""
    try:
        return split_source(source)
    except BadInput:
        return source, Cleaning()


def _known_name(source: str, settings: Settings) -> str:
    """Return the name by which the folder at that path is known, or what was given."""
    if settings.hosted or settings.data is None:  # a shared server looks at no path of a visitor's
        return source
    place, cleaning = _split(source)
    is_default = os.path.abspath(os.path.expanduser(place)) == str(settings.data)
    return join_source(next(iter(known_datasets(settings))), cleaning) if is_default else source


def current_dataset(otherwise: Callable[[str], None] | None = None) -> Dataset:
    """Return the chosen dataset; where it cannot be opened, say why in one sentence and end the page.

    Before the end, `otherwise` is called with the source: it may offer a remedy.
    """
    through_the_dashboard()
    settings = Settings()
    source = st.session_state.get(KEY) or next(iter(known_datasets(settings)))
    opened = _opened()
    # Always there, so that what follows keeps its place: a browser closes expanders that move.
    place = st.empty()
    if source in opened:
        opened.move_to_end(source)
    else:
        opened[source] = _open(source, settings, place, otherwise)
        while len(opened) > _MOST_OPEN:
            opened.popitem(last=False)
    dataset = opened[source]
    if dataset.drawn:
        st.caption(
            ":material/draw: **Demo.** The dataset's faces are drawn by the program and show nobody; its faults are "
            "planted."
        )
    return dataset


def read_again() -> None:
    """Make the next page read the chosen folder again."""
    if dataset := _opened().pop(st.session_state.get(KEY), None):
        forget(dataset.key)
    st.toast("Read again; pictures that did not change were not opened.", icon=":material/refresh:")


def _open(source: str, settings: Settings, place: DeltaGenerator, otherwise: Callable[[str], None] | None) -> Dataset:
    try:
        with place.container():
            return open_dataset(source, settings, Bar(start="Opening the dataset").report)
    except BadInput as problem:
        place.empty()
        st.error(plain(problem), icon=":material/folder_off:")
        if source != DEMO:
            st.caption("The demo dataset is always there: choose it in the sidebar.")
        if otherwise:
            otherwise(source)
        st.stop()
    finally:
        place.empty()


@st.cache_resource
def _opened() -> OrderedDict[str, Dataset]:
    """Return the datasets that sessions opened, the least recent first: they are read-only, so all share them."""
    return OrderedDict()
