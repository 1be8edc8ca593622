"""Write docs/report.md, the students' report re-run, from the shipped runs: `python docs/report.py`."""

import sys
from collections import defaultdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # run as a file, it would not find core

from core.evaluation.resampled import resample
from core.replication import (
    EXPERIMENTS,
    Finding,
    against_reference,
    conclude,
    counts_table,
    key_of,
    known_facts,
    sharpness_table,
    table_of,
    verdicts,
    weights_table,
)
from core.runs import Run, shipped_runs

PAGE = Path(__file__).resolve().parent / "report.md"
HEAD = """# The report, re-run

A students' report on `muxspace/facial_expressions` tried one cure after the other, once each, judged on the images that
were trained on. Here is each of its experiments again. ± is the standard deviation over seeds. Intervals and verdicts
are those of the comparison page: the same persons drawn again for all, what seeds add, corrected for the number of
comparisons in an experiment.

{n} runs are in `core/shipped/`, without a network and without any image: predictions of test and validation images with
probabilities rounded to four decimals, and the figures that follow from these. They were made by

```
python -m core replicate facial_expressions --to core/shipped
```

which loads the dataset, trains a GAN and every network ({hours:.1f} hours of training on two cores), and goes on where
it stopped. The grey images were compressed anew (JPEG, quality 70) where the shipped set was made, and another number
of threads adds up in another order, so your runs differ from these: by about as much as two seeds do. A network whose
pretrained weights cannot be loaded is left out, and named: in the shipped set that is ResNet-18.

This page is written by `docs/report.py`.
"""
DATA_TABLES = {"class_counts": counts_table, "class_weights": weights_table, "smote": sharpness_table}


def page() -> str:
    """Return the text of docs/report.md."""
    runs = shipped_runs()
    known, facts = {key_of(run.config): run for run in runs}, known_facts()
    drawn: dict[str, object] = defaultdict()

    def resampled(run: Run):
        if run.id not in drawn:
            drawn[run.id] = resample(run.predictions)
        return drawn[run.id]

    parts = [HEAD.format(n=len(runs), hours=sum(run.seconds for run in runs) / 3600)]
    for experiment in EXPERIMENTS:
        finding = conclude(experiment, known)
        comparison = against_reference(finding, resampled)
        told = finding.sentences(facts) + (verdicts(comparison, experiment.reference) if comparison else [])
        parts.append(_section(finding, told, facts))
    return "\n".join(parts)


def _section(finding: Finding, told: list[str], facts) -> str:
    experiment = finding.experiment
    lines = [f"## {experiment.title}", f"**The report.** {experiment.theirs}"]
    if told:
        lines.append("\n".join(f"- {sentence}" for sentence in told))
    if experiment.name in DATA_TABLES:
        lines.append(_table(DATA_TABLES[experiment.name](facts)))
    if not finding.means.empty:
        lines.append(_table(table_of(finding)))
    lines.append(f"**{'Why it differs' if experiment.reported else 'What it adds'}.** {experiment.why}")
    if finding.missing:
        lines.append(f"Not in the shipped set, or not with every seed: {', '.join(finding.missing)}.")
    return "\n\n".join(lines) + "\n"


def _table(table) -> str:
    rows = [list(table.columns), ["---"] * len(table.columns), *(map(_cell, row) for row in table.to_numpy())]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _cell(value: object) -> str:
    if isinstance(value, float):
        return "" if value != value else f"{value:.2f}" if abs(value) < 100 else f"{value:.0f}"
    return str(value)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
