"""A sweep as pages show it: one bar, pause and cancel, and the comparison that fills in."""

import pandas as pd
import streamlit as st

from core.evaluation.verdicts import sentence
from core.groups import Group, configuration_id
from core.jobs import Job, JobState
from core.runs import Run
from core.settings import Settings
from core.sweeps import Row, Sweep, problems_of
from pages.shared.charts import table
from pages.shared.comparison_menus import always
from pages.shared.comparison_parts import picture
from pages.shared.comparisons import MAJORITY, compared, grouped, majority_of
from pages.shared.job_cards import resumable_buttons
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
    """Show what is trained so far: what can be told apart, a dot a seed, and a row a configuration.

    A click on a dot leads to its run.
    """
    rows = sweep.rows(Settings().runs_dir, problems_of(job.progress.history if job.progress else ()))
    source = sweep.configs[0].dataset
    groups = grouped([run for row in rows for run in row.runs.values()])
    comparisons = [(group, compared(group, "macro_f1", _reference(group))) for group in groups]
    for position, (group, found) in enumerate(comparisons):
        key = f"{job.id}-{position}" if position else job.id
        against = group.names.get(_reference(group), always(majority_of(group)[0]))
        st.markdown(plain(sentence(found, against, majority_of(group)[1].labels)))
        picture(group, found.table, "macro_f1", group.names, source, f"dots-{key}", f"dot-{key}")
        link = {"dataset": source, "judged": group.id}
        words = "Other scores, other references, who pays"
        st.page_link("pages/comparison.py", label=words, icon=":material/compare_arrows:", query_params=link)
    # Always folded as long as it is a fold: one whose default changes while runs arrive keeps the state it began with.
    place = st.expander("The table", key=f"table-{job.id}", bind="query-params") if groups else st.container()
    with place:
        decimals = {name: st.column_config.NumberColumn(format="%.3f") for name in _DECIMALS}
        verdicts = pd.concat([found.table for _, found in comparisons]) if groups else pd.DataFrame(columns=["verdict"])
        columns = {"problem": "why not trained"} | decimals
        table(_table(rows, verdicts), "Mean, spread and verdict of each configuration", columns)


def _reference(group: Group) -> str:
    return group.plainest.id if group.plainest else MAJORITY


def _table(rows: list[Row], verdicts: pd.DataFrame) -> pd.DataFrame:
    """Return a row a configuration, the best mean first."""
    data = [
        {
            "configuration": row.config.title,
            "verdict": verdicts["verdict"].get(configuration_id(row.config)),
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
