"""The findings as the overview shows them: a sentence each, the page that shows it, and the images behind it."""

from collections.abc import Sequence

import streamlit as st

from core.catalog import Dataset
from core.findings import Finding
from core.ledger import labels_given
from pages.shared.cache import kept
from pages.shared.gallery import gallery
from pages.shared.links import remember, remembered
from pages.shared.navigation import title_of
from pages.shared.text import plain

_OPEN = "finding"  # the finding whose images are shown, in the link


def show_findings(dataset: Dataset, found: Sequence[Finding], unmeasured: bool) -> None:
    """Show the findings below each other; `unmeasured` says that looking at the pixels could find more."""
    st.header("What to know first")
    if not found:
        st.success("Nothing was found: the classes are even, and nothing gives a label away.", icon=":material/check:")
    else:
        with st.container(border=True, gap="xsmall"):
            for finding in found:
                _show(dataset, finding)
    if unmeasured:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption("Duplicates and poor pictures join this list once the Quality page has looked at every picture.")
            st.page_link("pages/quality.py", label="Look at every picture", icon=":material/image_search:")


def _show(dataset: Dataset, finding: Finding) -> None:
    with st.container(gap=None):
        st.markdown(f"**{plain(finding.sentence)}**")
        # Columns, not a row that wraps: they keep their widths whatever the buttons say.
        why, leads = st.columns([0.66, 0.34], vertical_alignment="center")
        why.caption(plain(finding.why))
        with leads.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
            _buttons(finding)
    if remembered(_OPEN) == finding.name:
        given = kept(dataset, labels_given, dataset, finding.images, key=(finding.sentence,))
        gallery(dataset, finding.images, "Images behind it", key=f"finding-{finding.name}-images", captions=given)


def _buttons(finding: Finding) -> None:
    is_open = remembered(_OPEN) == finding.name
    st.button(
        "Hide" if is_open else f"{len(finding.images):,} image{'s' if len(finding.images) != 1 else ''}",
        key=f"finding-{finding.name}",
        icon=":material/visibility_off:" if is_open else ":material/photo_library:",
        on_click=remember,
        args=(_OPEN, None if is_open else finding.name),
        type="tertiary",
        width=126,
    )
    if finding.page != "overview":
        st.page_link(f"pages/{finding.page}.py", label=title_of(finding.page), icon=":material/arrow_forward:")
