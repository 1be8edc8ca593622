"""A sweep as pages show it: one bar, pause and cancel, and the comparison that fills in."""

import pandas as pd
import streamlit as st

from core import figures
from core.jobs import Job, JobState
from core.runs import Run
from core.settings import Settings
from core.sweeps import Row, Sweep, problems_of, scores
from pages.shared.cache import cached_evaluation
from pages.shared.charts import clickable_chart, table
from pages.shared.runs import resumable_buttons
from pages.shared.text import plain

_ICONS = {
    JobState.QUEUED: ":material/schedule:",
    JobState.RUNNING: ":material/play_circle:",
    JobState.PAUSED: ":material/pause_circle:",
    JobState.DONE: ":material/check_circle:",
    JobState.FAILED: ":material/warning:",
    JobState.CANCELLED: ":material/block:",
}
_STATES = {
    JobState.QUEUED: "Waiting for the job before it.",
    JobState.PAUSED: "Paused. What is finished is kept.",
    JobState.DONE: "Done.",
    JobState.CANCELLED: "Cancelled. What is finished is kept.",
}
_DECIMALS = ("mean macro-F1", "spread (SD)", "accuracy")


def sweep_status(job: Job, sweep: Sweep) -> None:
    """Show where a sweep stands, with the buttons that fit its state."""
    done = len(sweep.configs) - len(sweep.remaining(Settings().runs_dir))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"{_ICONS[job.state]} **{plain(sweep.title)}**, {done:,} done", width="stretch")
        resumable_buttons(job, unfinished=done < len(sweep.configs))
    if job.state == JobState.RUNNING:
        progress = job.progress
        st.progress(progress.share if progress else 0.0, plain(progress.sentence) if progress else "Starting")
    elif job.state == JobState.FAILED or job.message:
        st.warning(plain(job.message or "It failed; the log in its folder says why."), icon=":material/warning:")
    else:
        st.caption(_STATES[job.state])


def comparison(job: Job, sweep: Sweep) -> None:
    """Show what is trained so far: a dot a seed, and a row a configuration; a click on a dot leads to its run."""
    rows = sweep.rows(Settings().runs_dir, problems_of(job.progress.history if job.progress else ()))
    trained = [row for row in rows if row.runs]
    if trained:
        first = next(iter(trained[0].runs.values()))
        majority = cached_evaluation(first.id, first).majority
        words = "macro-F1 of each configuration, a dot a seed"
        clicked = clickable_chart(figures.seed_dots(scores(rows), majority), f"dots-{job.id}", words)
        if clicked:
            link = {"run": clicked[0], "dataset": sweep.configs[0].dataset}
            label = f"Results of {clicked[0]}, seed {clicked[1]}"
            st.page_link("pages/results.py", label=label, icon=":material/grid_on:", query_params=link)
        else:
            st.caption("A dot a seed, a bar their mean. Seeds of one row that lie apart are noise, not effect.")
    with st.expander("The table", expanded=not trained):
        decimals = {name: st.column_config.NumberColumn(format="%.3f") for name in _DECIMALS}
        table(_table(rows), "Mean and spread of each configuration", {"problem": "why not trained"} | decimals)


def _table(rows: list[Row]) -> pd.DataFrame:
    """Return a row a configuration, the best mean first."""
    data = [
        {
            "configuration": row.config.title,
            "mean macro-F1": row.mean,
            "spread (SD)": row.std,
            "accuracy": _mean_accuracy(list(row.runs.values())),
            "seeds": ", ".join(f"{run.metrics['macro_f1']:.3f}" for run in row.runs.values()),
            "problem": next(iter(row.problems.values()), None),
        }
        for row in rows
    ]
    frame = pd.DataFrame(data).sort_values("mean macro-F1", ascending=False, na_position="last")
    return frame if frame["problem"].notna().any() else frame.drop(columns="problem")


def _mean_accuracy(runs: list[Run]) -> float | None:
    return sum(run.metrics["accuracy"] for run in runs) / len(runs) if runs else None
