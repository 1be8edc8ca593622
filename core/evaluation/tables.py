"""An evaluation as one table: classes, scores over all of them and both baselines; and that table as text to paste."""

import re
from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from core.evaluation.bootstrap import Sums
from core.evaluation.judge import Evaluation
from core.evaluation.scores import COMMON, OVERALL, majority, scores, shuffled

CLASS, ALL_CLASSES = "class", "all classes"
"""What a row of a score table is about."""
SHUFFLED = "shuffled answers"
"""The column of what the same answers would score, dealt at random."""
_WITH_INTERVAL = {"score": "F1 or score", "precision": "Precision", "recall": "Recall"}
_COUNTS = {"images": "Images", "persons": "Persons"}
_LATEX = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    "[": "{[}",  # after a line's end it would be read as a length
    "*": "{*}",
} | {mark: f"\\{mark}" for mark in "&%$#_{}"}


def score_table(evaluation: Evaluation) -> pd.DataFrame:
    """Return the classes in the order of the labels, then one row a score over all of them.

    Returns:
        `kind` (CLASS or ALL_CLASSES) and `name`; `score`, the F1 of a class or the score that the row is named after,
        `precision` and `recall`, each with its 95 % interval in `_low` and `_high`; `images` and `persons` that it is
        worked out from; and in the last two columns what the baselines score in place of `score`: `always <label>` and
        SHUFFLED. NaN where there is nothing: precision and recall of a row over all classes, and the mean over the
        common classes where there is none.
    """
    return pd.concat([_classes(evaluation), _all_classes(evaluation)], ignore_index=True)


def caption(evaluation: Evaluation) -> str:
    """Return what the table shows and how its intervals came about, in sentences for below or above it."""
    return (
        f"Scores on {evaluation.n_images:,} test images of {evaluation.n_persons:,} persons: F1 in the rows of "
        f"classes, below them the score that the row names. In brackets: {evaluation.how} The last two columns are "
        f"what one would score who always says {evaluation.majority.label}, and who deals the same answers at random."
    )


def _classes(evaluation: Evaluation) -> pd.DataFrame:
    rows = evaluation.per_class
    always, dealt = (np.nan_to_num(f1) for f1 in _f1_of_baselines(evaluation))
    table = pd.DataFrame({"kind": CLASS, "name": [str(label) for label in rows.index]})
    for ours, column in (("f1", "score"), ("precision", "precision"), ("recall", "recall")):
        for end in ("", "_low", "_high"):
            table[column + end] = rows[ours + end].to_numpy()
    table["images"], table["persons"] = rows["support"].astype(int).to_numpy(), rows["persons"].astype(int).to_numpy()
    table[_always(evaluation)], table[SHUFFLED] = always, dealt
    return table


def _f1_of_baselines(evaluation: Evaluation) -> tuple[np.ndarray, np.ndarray]:
    """Return the F1 of each class of both baselines, shape (K,) each; NaN where a class is neither true nor said."""
    matrix = evaluation.confusion_matrix.astype(float)
    sums = Sums(matrix.diagonal(), matrix.sum(1), matrix.sum(0))
    common = sums.true >= COMMON
    return scores(majority(sums.true), common).f1, scores(shuffled(sums), common).f1


def _all_classes(evaluation: Evaluation) -> pd.DataFrame:
    rows = evaluation.overall
    table = pd.DataFrame({"kind": ALL_CLASSES, "name": [_title(name, evaluation) for name in rows.index]})
    table["score"], table["score_low"], table["score_high"] = rows[["value", "low", "high"]].to_numpy().T
    for column in ("precision", "recall"):
        table[[column, f"{column}_low", f"{column}_high"]] = np.nan
    table["images"], table["persons"] = evaluation.n_images, evaluation.n_persons
    # To 12 digits: agreement beyond chance, which is 0 of shuffled answers, may come out as a negative nothing.
    for column, baseline in ((_always(evaluation), "majority"), (SHUFFLED, "shuffled")):
        table[column] = rows[baseline].round(12).to_numpy() + 0.0
    return table


def _always(evaluation: Evaluation) -> str:
    return f"always {evaluation.majority.label}"


def _title(name: str, evaluation: Evaluation) -> str:
    """Return what a score is called; that of the common classes names those that are left out."""
    if name != "macro_f1_common":
        return OVERALL[name]
    support = evaluation.per_class["support"]
    rare = [str(label) for label in support.index[support < COMMON]]
    left_out = f", without {', '.join(rare)}" if rare else ": all"
    return f"Macro-F1 of classes with {COMMON} images or more{left_out}"


def as_csv(table: pd.DataFrame) -> str:
    """Return a table of `score_table` as CSV with all digits; the ends of an interval are columns of their own."""
    return table.to_csv(index=False, lineterminator="\n")


def as_markdown(table: pd.DataFrame) -> str:
    """Return a table of `score_table` in Markdown, intervals as 0.123 [0.045, 0.210]."""
    header, rows = _cells(table, _markdown_plain)
    lines = [header, ["---", *["---:"] * (len(header) - 1)], *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def as_latex(table: pd.DataFrame, caption: str = "") -> str:
    """Return a table of `score_table` in LaTeX with the lines of booktabs, intervals as 0.123 [0.045, 0.210]."""
    header, rows = _cells(table, latex_plain)
    n_classes = int((table["kind"] == CLASS).sum())
    lines = [
        "% needs \\usepackage{booktabs}",
        "\\begin{table}",
        *([f"\\caption{{{latex_plain(caption)}}}"] if caption else []),
        f"\\begin{{tabular}}{{l{'r' * (len(header) - 1)}}}",
        *("\\toprule", _latex_line(header), "\\midrule"),
        *map(_latex_line, rows[:n_classes]),
        "\\midrule",
        *map(_latex_line, rows[n_classes:]),
        *("\\bottomrule", "\\end{tabular}", "\\end{table}"),
    ]
    return "".join(f"{line}\n" for line in lines)


def latex_plain(text: str) -> str:
    """Return text in which nothing is a command of LaTeX.

    >>> latex_plain("50 % of {a_b}")
    '50 \\\\% of \\\\{a\\\\_b\\\\}'
    """
    return "".join(_LATEX.get(character, character) for character in " ".join(text.split()))


def _latex_line(cells: Sequence[str]) -> str:
    return " & ".join(re.sub(r"(?<![\w-])-(?=\d)", "$-$", cell) for cell in cells) + r" \\"


def _markdown_plain(text: str) -> str:
    return re.sub(r"([\\`*_{}\[\]<>#|~$])", r"\\\1", " ".join(text.split()))


def _cells(table: pd.DataFrame, plain: Callable[[str], str]) -> tuple[list[str], list[list[str]]]:
    """Return the header and the rows as text; words have gone through `plain`."""
    baselines = list(table.columns[-2:])
    header = ["", *_WITH_INTERVAL.values(), *_COUNTS.values(), *(plain(_first_upper(name)) for name in baselines)]
    rows = [
        [
            plain(row["name"]),
            *(with_interval(*(row[name + end] for end in ("", "_low", "_high"))) for name in _WITH_INTERVAL),
            *(str(row[name]) for name in _COUNTS),
            *(_number(row[name]) for name in baselines),
        ]
        for row in table.to_dict("records")
    ]
    return header, rows


def with_interval(value: float, low: float, high: float) -> str:
    """Return a score and its interval as text, such as 0.123 [0.045, 0.210]; "" where there is none."""
    return f"{_number(value)} [{_number(low)}, {_number(high)}]" if np.isfinite(value) else ""


def _number(value: float) -> str:
    return f"{round(value, 3) + 0.0:.3f}" if np.isfinite(value) else ""  # no minus before 0.000


def _first_upper(text: str) -> str:
    return text[:1].upper() + text[1:]
