"""The decoded images that a page gets, with a bar where they are decoded first."""

import streamlit as st

from core.catalog import Dataset
from core.pixels import Pixels, load_pixels
from core.settings import Settings
from pages.shared.progress import is_kept, kept_with_progress, wanted

_MANY = 30_000
"""Decoding more than so many images takes more than half a minute: nobody should meet that unasked."""


def pixels_of(dataset: Dataset, size: int) -> Pixels:
    """Return every usable image of the dataset at `size` x `size`; where that was cancelled, end the page.

    A large dataset is decoded only when somebody asks for it; until then the page ends here.
    """
    key, n = ("pixels", dataset.key, size), len(dataset.usable)
    if n > _MANY and not is_kept(key):
        hint = f"{n:,} images have to be decoded for what comes here, once."
        if not wanted("Decode the images", f"decode-{dataset.key}-{size}", hint):
            st.stop()
    found = kept_with_progress(
        key,
        lambda report: load_pixels(
            dataset, size, Settings(), lambda done, total: report("Reading the images", done, total)
        ),
    )
    if found is None:
        st.stop()
    return found
