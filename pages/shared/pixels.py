"""The decoded images that a page gets, with a bar where they are decoded first."""

import streamlit as st

from core.catalog import Dataset
from core.pixels import Pixels, load_pixels
from core.settings import Settings
from pages.shared.progress import kept_with_progress


def pixels_of(dataset: Dataset, size: int) -> Pixels:
    """Return every usable image of the dataset at `size` x `size`; where that was cancelled, end the page."""
    found = kept_with_progress(
        ("pixels", dataset.key, size),
        lambda report: load_pixels(
            dataset, size, Settings(), lambda done, total: report("Reading the images", done, total)
        ),
    )
    if found is None:
        st.stop()
    return found
