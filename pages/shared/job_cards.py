"""Jobs as pages show them: a card each, with its progress, its curves and its buttons."""

import streamlit as st

from core import figures
from core.catalog import Dataset
from core.jobs import Job, JobState
from core.models import MODELS
from core.runs import known_config
from core.settings import Settings
from core.sweeps import known_sweep
from pages.shared.cache import job_queue
from pages.shared.charts import chart
from pages.shared.text import plain


def job_card(job: Job, dataset: Dataset) -> None:
    """Show where a job stands, with its curves, and a button that cancels or clears it."""
    config = known_config(job.config)
    if job.config.get("kind", "run") != "run":
        _other(job)
        return
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            words = f"**{config.title}**  \n{config.plan}, on {config.dataset}" if config else f"**{job.id}**"
            st.markdown(words, width="stretch")
            _button(job)
        if job.state == JobState.RUNNING:
            _running(job)
        elif job.state == JobState.QUEUED:
            st.caption(":material/schedule: Waiting for the job before it.")
        elif job.state == JobState.CANCELLED:
            st.caption(":material/block: Cancelled; nothing is kept.")
        elif job.state == JobState.FAILED:
            st.warning(job.message or "It failed; the log in its folder says why.", icon=":material/warning:")
        elif config is None:
            st.caption("Done, by another version of this program.")
        elif config.fingerprint == dataset.fingerprint:
            link = {"run": job.id, "dataset": dataset.source}
            st.page_link(
                "pages/results.py", label="Done. See the results", icon=":material/check_circle:", query_params=link
            )
        else:
            st.caption(f":material/check_circle: Done. Choose {config.dataset} in the sidebar to see the results.")
        # The curves of what is done are on the results page.
        history = job.progress.history if job.progress else ()
        if history and config and job.state in (JobState.RUNNING, JobState.FAILED) and MODELS[config.model].iterative:
            curves(history, config.owned("training")["epochs"], job.id)


def _other(job: Job) -> None:
    """Show a job that has a page of its own."""
    sweep = known_sweep(job.config)
    title, page = (sweep.title, "sweep") if sweep else ("Training a GAN", "synthesis")
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{plain(title)}**: {job.state}", width="stretch")
        st.page_link(f"pages/{page}.py", label="Watch it", icon=":material/visibility:")


def resumable_buttons(job: Job, unfinished: bool) -> None:
    """Draw the buttons of a job that can be paused: those that fit its state, and whether anything is left to do."""
    queue = job_queue(str(Settings().home))
    if job.state.active:
        st.button("Pause", key=f"pause-{job.id}", on_click=queue.pause, args=(job.id,), icon=":material/pause:")
        st.button("Cancel", key=f"stop-{job.id}", on_click=queue.cancel, args=(job.id,), icon=":material/close:")
        return
    if unfinished:
        again = {"on_click": queue.submit, "args": (job.id, job.config)}
        st.button("Continue", key=f"go-{job.id}", type="primary", icon=":material/play_arrow:", **again)
    st.button("Clear", key=f"clear-{job.id}", on_click=queue.remove, args=(job.id,), icon=":material/close:")


def _button(job: Job) -> None:
    if job.state.active:
        st.button("Cancel", key=f"cancel-{job.id}", on_click=_cancel, args=(job.id,), icon=":material/stop_circle:")
    else:
        queue = job_queue(str(Settings().home))
        st.button("Clear", key=f"clear-{job.id}", on_click=queue.remove, args=(job.id,), icon=":material/close:")


def _cancel(job_id: str) -> None:
    job_queue(str(Settings().home)).cancel(job_id)
    st.toast("Cancelling…", icon=":material/stop_circle:")


def _running(job: Job) -> None:
    progress = job.progress
    if progress is None:
        st.progress(0.0, "Starting (torch takes a few seconds)")
    else:
        st.progress(progress.share, progress.sentence)


def curves(history, n_epochs: int, key: str) -> None:
    """Show loss and validation macro-F1 by epoch beside each other."""
    losses, scores = figures.history(history, n_epochs)
    left, right = st.columns(2)
    with left:
        chart(losses, f"loss-{key}", "Loss by epoch")
    with right:
        chart(scores, f"f1-{key}", "Validation macro-F1 by epoch")
