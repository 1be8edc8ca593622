"""A report of one run, or of several side by side, as one HTML file that opens without a network."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from core.catalog import Dataset
from core.documents.caveats import caveats
from core.documents.drawing import Bar, Plot, bar
from core.documents.facts import Facts, facts_of
from core.documents.plots import calibration_plot, k_plots, training_plots
from core.documents.templates import fill
from core.errors import BadInput
from core.evaluation.calibration import calibrate
from core.evaluation.comparison import compare_pairs
from core.evaluation.confusion import MatrixView, view
from core.evaluation.resampled import N_COMPARED, judged_on, resample
from core.evaluation.scores import OVERALL
from core.runs import Run

MATRIX_UP_TO = 30
"""Classes: a larger matrix is thousands of cells that nobody reads on paper."""


@dataclass(frozen=True)
class Row:
    """A score in a table, with its interval as numbers and as a bar."""

    name: str
    value: float
    low: float
    high: float
    bar: Bar | None


@dataclass(frozen=True)
class ClassRow:
    """A class in a table."""

    label: str
    tested: int
    persons: int
    known: int | None
    scores: tuple[Row, ...]
    """Precision, recall and F1."""


@dataclass(frozen=True)
class Section:
    """What the report shows of one run."""

    letter: str
    facts: Facts
    overall: list[Row]
    majority: list[float]
    shuffled: list[float]
    classes: list[ClassRow]
    matrix: MatrixView | None
    plots: list[Plot]
    calibration: Plot | None
    ece: float
    caveats: list[str]
    configuration: str


@dataclass(frozen=True)
class Pair:
    """Two runs compared on the same images."""

    first: str
    second: str
    difference: float
    low: float
    high: float
    p: float
    verdict: str


def report_name(runs: Sequence[Run]) -> str:
    """Return what the file of a report is called."""
    return f"report-{'-'.join(run.id for run in runs[:4])}.html"


def html_report(runs: Sequence[Run], dataset: Dataset | None = None) -> str:
    """Return a report as one HTML file: nothing in it is loaded from anywhere, and no image of the dataset is in it.

    Args:
        runs: one, or several that are put side by side.
        dataset: what they were judged on; without it, only what was tested is counted.

    Raises:
        BadInput: no run is given, or one twice; the dataset is another one, or predictions are damaged.
    """
    if not runs or len({run.id for run in runs}) < len(runs):
        raise BadInput("A report is of one run or of several different ones; name each once.")
    letters = [chr(ord("A") + number) if number < 26 else str(number + 1) for number in range(len(runs))]
    sections = [_section(letter, facts_of(run, dataset)) for letter, run in zip(letters, runs, strict=True)]
    same = len({judged_on(section.facts.predictions) for section in sections}) == 1
    return fill(
        "report.html",
        sections=sections,
        several=len(sections) > 1,
        same_images=same,
        pairs=_pairs(sections) if same and len(sections) > 1 else [],
        labels=_labels(sections),
        n_compared=N_COMPARED,
    )


def _section(letter: str, facts: Facts) -> Section:
    evaluation = facts.evaluation
    calibration = calibrate(facts.predictions)
    few = len(evaluation.labels) <= MATRIX_UP_TO
    return Section(
        letter=letter,
        facts=facts,
        overall=[_row(OVERALL[name], row, "value", "low", "high") for name, row in evaluation.overall.iterrows()],
        majority=evaluation.overall["majority"].tolist(),
        shuffled=evaluation.overall["shuffled"].tolist(),
        classes=_classes(facts),
        matrix=view(evaluation.confusion_matrix, evaluation.labels, show="both") if few else None,
        plots=[*training_plots(facts), *k_plots(facts)],
        calibration=calibration_plot(calibration),
        ece=calibration.ece,
        caveats=caveats(facts),
        configuration=json.dumps(facts.run.config.to_json() | {"dataset": facts.source}, indent=1, ensure_ascii=False),
    )


def _classes(facts: Facts) -> list[ClassRow]:
    counts = facts.classes.set_index("label")
    return [
        ClassRow(
            label=str(label),
            tested=int(row["support"]),
            persons=int(row["persons"]),
            known=None if pd.isna(counts.loc[label, "known"]) else int(counts.loc[label, "known"]),
            scores=tuple(
                _row(name, row, name, f"{name}_low", f"{name}_high") for name in ("precision", "recall", "f1")
            ),
        )
        for label, row in facts.evaluation.per_class.iterrows()
    ]


def _row(title: str, row: pd.Series, value: str, low: str, high: str) -> Row:
    return Row(title, row[value], row[low], row[high], bar(row[value], row[low], row[high]))


def _labels(sections: Sequence[Section]) -> list[str]:
    """Return the classes of all runs, in the order of the first that has each."""
    return list(dict.fromkeys(label for section in sections for label in section.facts.evaluation.labels))


def _pairs(sections: Sequence[Section]) -> list[Pair]:
    """Return the difference of macro-F1 of every two runs, tested together."""
    drawn = {section.letter: [resample(section.facts.predictions)] for section in sections}
    table = compare_pairs(drawn, "macro_f1")
    return [
        Pair(row["first"], row["second"], row["difference"], row["low"], row["high"], row["p_holm"], row["verdict"])
        for row in table.to_dict("records")
    ]
