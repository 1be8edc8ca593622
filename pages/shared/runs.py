"""Runs and jobs as pages show them: a picker, and a card a job."""

import streamlit as st

from core import figures
from core.catalog import Dataset
from core.jobs import Job, JobState
from core.models import MODELS
from core.runs import Run, RunConfig, list_runs
from core.settings import Settings
from pages.shared.cache import job_queue
from pages.shared.charts import chart


def pick_run(dataset: Dataset, label: str, key: str, optional: bool = False) -> Run | None:
    """Draw a menu of the dataset's runs, newest first, bound to the URL, and return the chosen one.

    Where there is no run yet, say so, link to the training page and end the page.
    """
    runs = {run.id: run for run in list_runs(Settings().runs_dir, dataset.fingerprint)}
    if not runs:
        st.info(
            "No run on this dataset yet. Train one: two minutes are enough for a first one.",
            icon=":material/hourglass_empty:",
        )
        st.page_link("pages/training.py", label="Go to training", icon=":material/model_training:")
        st.stop()
    asked = st.query_params.get(key)
    if asked and asked not in runs:
        st.warning(f"The run {asked} of this link is not here or is of another dataset; choose one below, or train it.")
    if st.session_state.get(key) not in runs:  # the first visit, or another dataset was chosen meanwhile
        newest = None if optional else next(iter(runs))
        st.session_state[key] = asked if asked in runs else newest
    chosen = st.selectbox(
        label,
        list(runs),
        index=None if optional else 0,
        key=key,
        format_func=lambda run_id: f"{runs[run_id].config.title} — {runs[run_id].config.plan}",
        placeholder="none",
    )
    # Written here and not by `bind`, which leaves out what nobody touched: a copied link must name the run it shows.
    if chosen:
        st.query_params[key] = chosen
    else:
        st.query_params.pop(key, None)
    return runs.get(chosen)


def job_card(job: Job) -> None:
    """Show where a job stands, with its curves, and a button that cancels or clears it."""
    config = RunConfig(**job.config) if job.config else None
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{config.title}**  \n{config.plan}, on {config.dataset}" if config else f"**{job.id}**")
            _button(job)
        if job.state == JobState.RUNNING:
            _running(job)
        elif job.state == JobState.QUEUED:
            st.caption(":material/schedule: Waiting for the job before it.")
        elif job.state == JobState.DONE:
            st.page_link(
                "pages/results.py",
                label="Done. See the results",
                icon=":material/check_circle:",
                query_params={"run": job.id},
            )
        elif job.state == JobState.CANCELLED:
            st.caption(":material/block: Cancelled; nothing is kept.")
        else:
            st.warning(job.message or "It failed; the log in its folder says why.", icon=":material/warning:")
        # The curves of what is done are on the results page.
        history = job.progress.history if job.progress and job.state != JobState.DONE else ()
        if history and config and MODELS[config.model].iterative:
            curves(history, config.owned("training")["epochs"], job.id)


def _button(job: Job) -> None:
    queue = job_queue(str(Settings().home))
    if job.state.active:
        st.button(
            "Cancel", key=f"cancel-{job.id}", on_click=queue.cancel, args=(job.id,), icon=":material/stop_circle:"
        )
    else:
        st.button("Clear", key=f"clear-{job.id}", on_click=queue.remove, args=(job.id,), type="tertiary")


def _running(job: Job) -> None:
    progress = job.progress
    if progress is None:
        st.progress(0.0, "Starting (torch takes a few seconds)")
        return
    left = "" if progress.seconds_left is None else f" — about {progress.seconds_left:.0f} s left"
    unit = "epochs" if progress.stage == "Training" else ""
    st.progress(
        min(progress.done / max(progress.total, 1), 1.0),
        f"{progress.stage}: {progress.done:,} of {progress.total:,} {unit}{left}",
    )


def curves(history, n_epochs: int, key: str) -> None:
    """Show loss and validation macro-F1 by epoch beside each other."""
    losses, scores = figures.history(history, n_epochs)
    left, right = st.columns(2)
    with left:
        chart(losses, f"loss-{key}", "Loss by epoch")
    with right:
        chart(scores, f"f1-{key}", "Validation macro-F1 by epoch")
