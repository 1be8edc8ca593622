"""The table of image measures that a page gets: read from disk, or made under a progress bar."""

import pandas as pd
import streamlit as st

from core.catalog import Dataset
from core.measures import known_measures, load_measures
from core.settings import Settings
from pages.shared.progress import is_kept, kept_with_progress


def measures_if_known(dataset: Dataset) -> pd.DataFrame | None:
    """Return the measures where somebody made them already; never waits."""
    if is_kept(_key(dataset)) or known_measures(dataset, Settings()) is not None:
        return _measures(dataset)
    return None


def measures_or_stop(dataset: Dataset) -> pd.DataFrame:
    """Return the measures, looking at every picture first if nobody did; where that is cancelled, end the page."""
    found = _measures(dataset)
    if found is None:
        st.stop()
    return found


def _measures(dataset: Dataset) -> pd.DataFrame | None:
    return kept_with_progress(
        _key(dataset),
        lambda report: load_measures(
            dataset, Settings(), lambda done, total: report("Looking at every picture", done, total)
        ),
    )


def _key(dataset: Dataset) -> tuple:
    return ("measures", dataset.key)
