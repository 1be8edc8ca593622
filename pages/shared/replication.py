"""The report's experiments as its page shows them: a table of all, then a section each."""

from collections.abc import Mapping, Sequence
from urllib.parse import quote

import streamlit as st

from core import figures
from core.catalog import Dataset
from core.evaluation import Baseline
from core.evaluation.comparison import Comparison
from core.replication import (
    Facts,
    Finding,
    against_reference,
    counts_table,
    seeds_table,
    sharpness_table,
    summary,
    table_of,
    verdicts,
    weights_table,
)
from core.votes import out_of_reach
from pages.shared.charts import chart, table
from pages.shared.comparisons import resampled_run

_SCORE = {"format": "%.3f"}


def compared(findings: Sequence[Finding]) -> dict[str, Comparison | None]:
    """Return each experiment's arms beside its reference, by its name."""
    return {finding.experiment.name: against_reference(finding, resampled_run) for finding in findings}


def contents(findings: Sequence[Finding], comparisons: Mapping[str, Comparison | None]) -> None:
    """Show what every experiment came to, in one table, and where the runs are from."""
    runs = [run for finding in findings for of_arm in finding.runs.values() for run in of_arm]
    n_runs = len({run.id for run in runs})
    if not n_runs:
        st.info(
            "None of these runs is here yet; the command at the end of this page trains them.", icon=":material/info:"
        )
        return
    n_shipped = len({run.id for run in runs if run.shipped})
    told = f"{n_shipped} of these {n_runs} runs are shipped with the program" if n_shipped else f"{n_runs} runs"
    st.caption(
        f":material/inventory_2: {told}. ± is the standard deviation over seeds. Every figure is on test images of "
        "people who were not trained on, but for those that say otherwise."
    )
    columns = {
        "what": "what was trained",
        "report": "macro-F1, report",
        "here": "macro-F1, here",
        "verdict": "beside the plain network",
    }
    table(summary(findings, comparisons), "What each experiment came to, in the report and here", columns)


def section(finding: Finding, comparison: Comparison | None, facts: Facts | None, dataset: Dataset) -> None:
    """Show one experiment: what the report did, what it gives here, and why it differs."""
    experiment = finding.experiment
    st.header(experiment.title, anchor=experiment.name.replace("_", "-"))
    st.markdown(f"**The report.** {experiment.theirs}")
    told = verdicts(comparison, experiment.reference) if comparison else []
    st.markdown("\n".join(f"- {sentence}" for sentence in [*finding.sentences(facts), *told]))
    if facts is not None:
        _of_the_data(experiment.name, facts)
    if finding.means.empty:
        if experiment.arms:
            st.caption("No run of this experiment is here yet.")
    else:
        table(table_of(finding), f"{experiment.title}: scores in the report and here")
    st.markdown(
        f"**Why it differs.** {experiment.why}" if experiment.reported else f"**What it adds.** {experiment.why}"
    )
    if finding.missing:
        st.caption(
            f":material/hourglass_empty: Not trained here, or not with every seed: {', '.join(finding.missing)}."
        )
    runs = [run for of_arm in finding.runs.values() for run in of_arm]
    if runs:
        majority = Baseline(**runs[-1].metrics["majority"])
        if comparison:
            _picture(finding, comparison, majority)
        _runs(finding, majority, dataset)


def _of_the_data(name: str, facts: Facts) -> None:
    """Show the tables that no run holds, in the section that they belong to."""
    if name == "class_counts":
        table(counts_table(facts), "Rows and images of each class, in the report and here")
    elif name == "class_weights":
        decimals = {column: st.column_config.NumberColumn(format="%.2f") for column in ("before", "after")}
        table(weights_table(facts), "Weight of each class in the loss, before and after augmentation", decimals)
    elif name == "smote":
        numbers = {column: st.column_config.NumberColumn(format="%.0f") for column in ("real faces", "SMOTE's faces")}
        share = {"share": st.column_config.NumberColumn("SMOTE's share of it", format="percent")}
        table(sharpness_table(facts), "Sharpness of real faces and of SMOTE's, by class", numbers | share)


def _picture(finding: Finding, comparison: Comparison, majority: Baseline) -> None:
    """Draw a dot a seed of the arms that were judged on the same images, the best mean on top."""
    dots = seeds_table(finding).rename(columns={"arm": "configuration", "macro_f1": "value"})
    names = {name: name for name in comparison.table.index}
    baseline = (majority.label, majority.macro_f1)
    dark = st.context.theme.type == "dark"
    figure = figures.compared(comparison.table, dots, names, "Macro-F1", baseline, dark)
    chart(figure, f"arms-{finding.experiment.name}", f"{finding.experiment.title}: macro-F1 of each seed")
    st.caption(
        f"A dot is a seed, the line their mean, the bar its 95 % interval; dotted: always saying {majority.label}."
    )


def _runs(finding: Finding, majority: Baseline, dataset: Dataset) -> None:
    """Show every score, and each run with a link to its results."""
    name = finding.experiment.name
    for run in (run for of_arm in finding.runs.values() for run in of_arm if run.by_k is not None):
        shown = figures.scores_by_k(run.by_k, out_of_reach(run.by_k), majority)
        chart(shown, f"by-k-{run.id}", "Macro-F1 and accuracy by the number of neighbours")
    with st.expander("Each run, and its confusion matrix", key=f"runs-{name}", bind="query-params"):
        seeds = seeds_table(finding)
        columns = {
            "arm": "what was trained",
            "run": st.column_config.LinkColumn("run", display_text=r"run=(\w+)"),
            "macro_f1": st.column_config.NumberColumn("macro-F1", **_SCORE),
            "accuracy": st.column_config.NumberColumn(**_SCORE),
        }
        links = seeds.assign(run=f"results?dataset={quote(dataset.source)}&run=" + seeds["run"])
        table(links, f"{finding.experiment.title}: each run, with a link to its results", columns)
