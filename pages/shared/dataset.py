"""Which dataset is looked at: the sidebar's picker, and the dataset that a page gets."""

from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.catalog import Dataset
from core.datasets import DEMO, known_datasets, open_dataset
from core.errors import BadInput
from core.settings import Settings
from pages.shared.navigation import through_the_dashboard

KEY = "dataset"  # of the picker, and the name in the URL


def choose_dataset() -> None:
    """Draw the picker; what is chosen is in the URL, so a link opens the same dataset."""
    settings = Settings()
    known = known_datasets(settings)
    source = _known_name(st.session_state.get(KEY) or st.query_params.get(KEY) or next(iter(known)), settings)
    if source not in known and settings.hosted:
        source = next(iter(known))
    st.session_state[KEY] = source
    source = st.selectbox(
        "Dataset",
        list(dict.fromkeys([*known, source])),
        key=KEY,
        format_func=lambda source: known.get(source, source),
        accept_new_options=not settings.hosted,
        help=None if settings.hosted else "Choose one, or type the path of a folder of your own.",
    )
    # Written here and not by `bind`, which writes what the menu shows and leaves out the default.
    st.query_params[KEY] = source
    if not settings.hosted:
        st.caption("Your own? Type its folder's path above.")


def _known_name(source: str, settings: Settings) -> str:
    """Return the name by which the folder at that path is known, or what was given."""
    is_default = settings.data is not None and Path(source).expanduser().absolute() == settings.data
    return next(iter(known_datasets(settings))) if is_default else source


def current_dataset() -> Dataset:
    """Return the chosen dataset; where it cannot be opened, say why in one sentence and end the page."""
    through_the_dashboard()
    settings = Settings()
    source = st.session_state.get(KEY) or next(iter(known_datasets(settings)))
    opened = _opened()
    # Always there, so that what follows keeps its place: a browser closes expanders that move.
    place = st.empty()
    if source not in opened:
        opened[source] = _open(source, settings, place)
    dataset = opened[source]
    if dataset.drawn:
        st.caption(
            ":material/draw: **Demo.** These faces are drawn by the program and show nobody; the faults are planted."
        )
    return dataset


def read_again() -> None:
    """Make the next page read the chosen folder again."""
    _opened().pop(st.session_state.get(KEY), None)
    st.toast("Read again; pictures that did not change were not opened.", icon=":material/refresh:")


def _open(source: str, settings: Settings, place: DeltaGenerator) -> Dataset:
    try:
        with place.container():
            bar = st.progress(0.0, "Opening the dataset")
            return open_dataset(
                source, settings, lambda what, done, total: bar.progress(done / total, f"{what}: {done:,} of {total:,}")
            )
    except BadInput as problem:
        place.empty()
        st.error(str(problem), icon=":material/folder_off:")
        if source != DEMO:
            st.caption("The demo dataset is always there: choose it in the sidebar.")
        st.stop()
    finally:
        place.empty()


@st.cache_resource
def _opened() -> dict[str, Dataset]:
    """Return the datasets that any session has opened: they are read-only, so all sessions share them."""
    return {}
