"""Everything that is checked of a dataset, as plain data: what the pages show, without a browser."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from core.annotators import SecondLabels, agreement, read_second, second_files
from core.catalog import Dataset
from core.duplicates import exact_duplicates, near_duplicates, near_pairs
from core.errors import BadInput
from core.findings import findings
from core.leakage import Overlap, overlap
from core.measures import load_measures, undecodable
from core.quality import check_summary, default_thresholds, scores
from core.settings import Settings
from core.shortcuts import ShortcutTest, load_shortcut_test

Report = Callable[[str, int, int], None]
_LEAKS = {
    "leakage": "person",
    "leakage_near_duplicates": "near_duplicate",
    "leakage_annotators": "annotator",
}
"""What is printed -> the column of `Overlap.of` that it is from."""


def audit(dataset: Dataset, settings: Settings, second: Path | None, report: Report) -> dict[str, object]:
    """Return the findings, image checks, duplicates, shortcut test, leakage and agreement of a dataset.

    What cannot be done, such as a test on few images, is None, and a note says why.

    Args:
        dataset: what is audited.
        settings: where measures and tests are kept, so that a second audit is quick.
        second: a second annotator's CSV; the first one found beside the legend if None.
        report: called with what is being done, how much of it, and of how much.
    """
    other = _second(dataset, second)  # first of all: a wrong path is told before anyone waits
    measures = load_measures(dataset, settings, lambda done, total: report("Looking at every picture", done, total))
    pairs = near_pairs(dataset, measures)
    notes = []
    test = _or_note(
        notes,
        lambda: load_shortcut_test(
            dataset, measures, settings, False, lambda done, total: report("Shortcut test", done, total)
        ),
    )
    shared = _or_note(notes, lambda: overlap(dataset, pairs))
    exact = exact_duplicates(dataset, measures, by="file_hash")
    same_pixels = exact_duplicates(dataset, measures, by="pixel_hash")
    summary = check_summary(dataset, scores(dataset, measures), default_thresholds()).set_index("check")
    return {
        "source": dataset.source,
        "fingerprint": dataset.fingerprint,
        "findings": [
            {"name": finding.name, "sentence": finding.sentence, "images": len(finding.images)}
            for finding in findings(dataset, measures)
        ],
        "checks": {name: int(n) for name, n in summary["flagged"].items()},
        "exact_duplicates": _groups(exact),
        "same_pixels": _groups(same_pixels),
        "near_duplicates": _groups(near_duplicates(dataset, measures)),
        "undecodable": undecodable(dataset, measures).to_list(),
        "shortcut": test and _shortcut(test),
        **{name: shared and _leakage(shared, column) for name, column in _LEAKS.items()},
        "agreement": other and _agreement(dataset, other),
        "notes": list(dict.fromkeys(notes)),
    }


def _or_note(notes: list[str], call: Callable[[], Any]) -> Any | None:
    """Return what `call` returns; where it is refused, which few images or one class are, None and a note on why."""
    try:
        return call()
    except BadInput as problem:
        notes.append(str(problem))
        return None


def _second(dataset: Dataset, path: Path | None) -> SecondLabels | None:
    if path is not None:
        if not path.is_file():
            raise BadInput(f"There is no file {path}; give the CSV of a second annotator.")
        return read_second(path, path.name, dataset)
    names = second_files(dataset)
    return read_second(dataset.root / names[0], names[0], dataset) if names else None


def _groups(table: pd.DataFrame) -> list[list[str]]:
    return [images.to_list() for _, images in table.groupby("group")["image"]]


def _shortcut(test: ShortcutTest) -> dict[str, object]:
    strongest = test.strongest
    whole = test.table.loc["all"]
    return {
        "per_class": _rounded(test.f1.loc["all"]),
        "macro_f1": round(float(whole["macro_f1"]), 4),
        "majority": {
            "label": test.majority.label,
            "accuracy": round(test.majority.accuracy, 4),
            "macro_f1": round(test.majority.macro_f1, 4),
        },
        "null_interval": [round(float(whole["null_low"]), 4), round(float(whole["null_high"]), 4)],
        "strongest_cue": strongest and strongest.cue,
        "sentence": strongest and strongest.sentence,
        "ratio": strongest and round(strongest.ratio, 1),
        "cues": {
            cue: {"macro_f1": round(float(row["macro_f1"]), 4), "found": bool(row["found"])}
            for cue, row in test.table.iterrows()
        },
        "n_images": test.n_images,
        "n_sampled": test.n_sampled,
    }


def _leakage(found: Overlap, column: str) -> dict[str, object]:
    """Return split -> class -> share of test images of which there is the like in training."""
    return {split: _rounded(found.of(split).set_index("label")[column]) for split in found.splits}


def _agreement(dataset: Dataset, second: SecondLabels) -> dict[str, object]:
    result = agreement(dataset, second)
    return {
        "second": second.shown,
        "n": result.n,
        "agree": result.agree,
        "kappa": _number(result.kappa),
        "kappa_interval": [_number(value) for value in result.kappa_interval],
        "mapping": dict(second.mapping),
        "left_out": second.left_out,
        "notes": list(second.notes),
    }


def _rounded(values: pd.Series) -> dict[str, float | None]:
    return {str(label): _number(value) for label, value in values.items()}


def _number(value: float) -> float | None:
    """Return a figure of four decimals, or None where it is not defined: JSON knows no NaN."""
    return None if pd.isna(value) else round(float(value), 4)
