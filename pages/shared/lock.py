"""Which images a decision is looked at on: the test stays locked while it is tuned, and opens for a frozen one."""

import pandas as pd
import streamlit as st

from core.evaluation.decisions import Decision, changes
from core.runs import Run
from core.splits import HOLD_OUT
from pages.shared.choices import training_link
from pages.shared.decisions import TEST, VALIDATION, Watched, tuned_in_words
from pages.shared.links import remember, remembered
from pages.shared.text import plain

FROZEN = "frozen"
"""What the link calls the decision that was frozen to look at the test."""
_RELOCKED, _LOOKS = "decision-relocked", "decision-looks"


def looked_at(run: Run, known: Watched, decision: Decision) -> str | None:
    """Say which images one looks at, with the button that changes it; return that part, or None for neither.

    The test is locked while the sliders move: it opens for one frozen decision, which the link names, and closes when
    anything is changed.
    """
    if known.validation is None:
        return _without_validation(run, decision)
    name, frozen = decision.name(run.id), remembered(FROZEN)
    if frozen == name:
        _banner_of_test(run, known, decision, name)
        return TEST
    if frozen:
        remember(FROZEN, None)
        st.session_state[_RELOCKED] = run.id
    _banner_of_validation(run, known, decision, name)
    return VALIDATION


def _banner_of_test(run: Run, known: Watched, decision: Decision, name: str) -> None:
    looks = _looks(run, name)
    st.session_state.pop(_RELOCKED, None)
    with st.container(border=True):
        words = ", ".join(changes(decision, run.labels)) or "the run's own answers"
        st.success(
            f"**Test images**: {_size(known.test)}. Decision {name} is frozen: {plain(words)}. "
            "Moving a slider locks the test again.",
            icon=":material/lock_open:",
        )
        st.button("Back to the validation images", icon=":material/lock:", on_click=remember, args=(FROZEN, None))
        _count(looks)


def _banner_of_validation(run: Run, known: Watched, decision: Decision, name: str) -> None:
    with st.container(border=True):
        st.info(
            f"**Validation images (tuning)**: {_size(known.validation)}. Move what you like: the test is locked.",
            icon=":material/tune:",
        )
        if run.config.folds != HOLD_OUT:
            st.caption(
                f"{run.config.folds} folds: an image has a row for each fold that it watched, answered by that fold's "
                "network. Each row counts once; the intervals draw a person with all rows."
            )
        tuned_in_words(run, decision)
        if st.session_state.get(_RELOCKED) == run.id:
            st.caption(":material/lock: Something was changed, so the test is locked again.")
        st.button(
            "Freeze this decision and look at the test",
            icon=":material/ac_unit:",
            on_click=remember,
            args=(FROZEN, name),
        )
        _count(_looks(run))


def _without_validation(run: Run, decision: Decision) -> str | None:
    st.warning(
        "This run kept nothing of its validation images, so nothing can be tuned. One that is trained now keeps them.",
        icon=":material/warning:",
    )
    link = training_link(run.config)
    st.page_link("pages/training.py", label="Train one like it", icon=":material/model_training:", query_params=link)
    if not st.toggle("Look at the test images all the same", key="open", bind="query-params"):
        return None
    st.warning(
        "**Test images**, with the sliders free: whoever picks the best of many decisions here picks what suits these "
        "images, and its figures flatter.",
        icon=":material/lock_open:",
    )
    _count(_looks(run, decision.name(run.id)))
    return TEST


def _looks(run: Run, name: str | None = None) -> int:
    """Return how many decisions of a run this session has seen on the test, `name` among them from now on."""
    seen = st.session_state.setdefault(_LOOKS, {}).setdefault(run.id, set())
    if name:
        seen.add(name)
    return len(seen)


def _count(looks: int) -> None:
    if looks:
        st.caption(
            f":material/visibility: Test looked at with {looks} decision{'s' if looks > 1 else ''} of this run in this "
            "session. Each further look makes the best of them more likely to be luck: decide first, look once."
        )


def _size(table: pd.DataFrame) -> str:
    images, persons = table["image"].nunique(), table["person"].nunique()
    rows = f" ({len(table):,} rows)" if len(table) != images else ""
    return f"{images:,} images{rows} of {persons:,} persons"
