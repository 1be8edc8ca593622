"""What a run is and what it scores, in the first lines of a page."""

import streamlit as st

from core.catalog import Dataset
from core.evaluation import Evaluation
from core.runs import RESAMPLE_FIRST, TEST_ON_TRAINING, Run
from pages.shared.runs import mark
from pages.shared.text import plain

_WARNINGS = {
    RESAMPLE_FIRST: "Resampled before the split, on purpose: {copies:.0%} of its test images were learnt from too, so "
    "these figures are too good to be true.",
    TEST_ON_TRAINING: "Judged on the images that it learnt from, on purpose: these figures say what it remembers, not "
    "what it can do.",
}


def headline(name: str, run: Run, evaluation: Evaluation, dataset: Dataset) -> None:
    """Show what the run is, its scores with their intervals, and what the majority baseline would score."""
    st.subheader(f"{name}{run.config.title}")
    st.caption(
        f"{run.config.plan}{plain(mark(run, dataset))}; {evaluation.n_images:,} test images of "
        f"{evaluation.n_persons:,} persons."
    )
    if run.config.order in _WARNINGS:
        st.warning(_WARNINGS[run.config.order].format(copies=run.copies_tested), icon=":material/warning:")
        st.page_link("pages/wrong_way.py", label="What the mistake pretends", icon=":material/dangerous:")
    _scores(evaluation)
    if run.left_out:
        st.caption(f":material/broken_image: Left out, because their pixels cannot be read: {', '.join(run.left_out)}.")


def _scores(evaluation: Evaluation) -> None:
    quiet = {"delta_color": "off", "delta_arrow": "off", "help": evaluation.how}
    low, high = evaluation.macro_f1_interval
    accuracy = evaluation.overall.loc["accuracy"]
    with st.container(horizontal=True):
        st.metric("Macro-F1", f"{evaluation.macro_f1:.3f}", f"{low:.3f} to {high:.3f}", width=150, **quiet)
        between = f"{accuracy['low']:.3f} to {accuracy['high']:.3f}"
        st.metric("Accuracy", f"{evaluation.accuracy:.3f}", between, width=150, **quiet)
        always, baseline = evaluation.majority.label, evaluation.majority
        quiet["help"] = f"Macro-F1 and accuracy of a model that always says {always}."
        st.metric(
            f"Always “{always}”", f"{baseline.macro_f1:.3f}", f"accuracy {baseline.accuracy:.3f}", width=180, **quiet
        )
