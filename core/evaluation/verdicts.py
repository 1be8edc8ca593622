"""A comparison in words and as matrices: what can be said, who pays, and which two can be told apart."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from core.evaluation.comparison import ALIKE, BETTER, WORSE, Comparison
from core.evaluation.confusion import MatrixView
from core.evaluation.resampled import score_titles

MARKS = {BETTER: "▲", WORSE: "▼", ALIKE: "≈"}
"""A sign for each verdict, for where there is no room for the word."""
_MINUS = "\N{MINUS SIGN}"


def sentence(comparison: Comparison, reference: str, labels: Sequence[str]) -> str:
    """Return what can be said, in one or two plain sentences.

    Args:
        comparison: all configurations beside one reference.
        reference: what that is called.
        labels: the classes.
    """
    n = comparison.n_compared
    if not n:
        return "There is nothing to compare yet: a second configuration, judged on the same images, is needed."
    better, worse, alike = (comparison.count(verdict) for verdict in (BETTER, WORSE, ALIKE))
    counts = [f"{_number(better)} better"]
    counts += [f"{_number(worse)} worse"] if worse else []
    counts += [f"{alike:,} cannot be told apart from it"] if alike else []
    said = " and ".join([", ".join(counts[:-1]), counts[-1]] if len(counts) > 1 else counts)
    of = f"Of {n:,} configuration{'s' if n > 1 else ''} compared with “{reference}”"
    return f"{of}, {said} ({score_titles(labels)[comparison.score]}; {seeds_in_words(comparison)})."


def seeds_in_words(comparison: Comparison) -> str:
    """Return how many seeds the configurations have, in words."""
    few, most = int(comparison.table["seeds"].min()), int(comparison.table["seeds"].max())
    if few < most:
        return f"{few} to {most} seeds each"
    return f"{most} seeds each" if most > 1 else "one seed each"


def in_words(row: Mapping[str, object], name: str) -> str:
    """Return one row of a comparison's table as a sentence."""
    spread = "" if np.isnan(row["spread"]) else f", spread over {row['seeds']} seeds {row['spread']:.3f} (SD)"
    own = f"{name}: mean {row['mean']:.3f}, 95 % interval {row['low']:.3f} to {row['high']:.3f}{spread}"
    if np.isnan(row["difference"]):
        return f"{own}."
    return f"{own}. Its difference from the reference: {_difference_in_words(_of_difference(row))} it."


def _of_difference(row: Mapping[str, object]) -> dict[str, object]:
    ends = {"low": row["difference_low"], "high": row["difference_high"]}
    return {name: row[name] for name in ("difference", "p_holm", "verdict")} | ends


def how(comparison: Comparison, n_resamples: int, n_persons: int) -> str:
    """Return how means, intervals and verdicts came about, in sentences."""
    n = comparison.n_compared
    tests = f"{n:,} comparison{'' if n == 1 else 's'}"
    return (
        f"Test persons are drawn again {n_resamples:,} times, the same for all ({n_persons:,} persons, or images of "
        "nobody known). To each resample a draw is added of what other seeds would have given: Student’s t with the "
        "standard error over seeds and Welch’s degrees of freedom; seeds are not paired. A p-value is two-sided, "
        f"(1 + count) / (1 + resamples), and corrected for {tests} (Holm 1979); a verdict needs a corrected p below "
        "0.05. Intervals are 95 %, not corrected; that of a difference typically reaches "
        f"{comparison.smallest_seen:.3f} to both sides here, and smaller ones are not seen. The split stays the same, "
        "so none of this says what other training images would have given."
    )


def p_in_words(p: float) -> str:
    """Return a p-value as it is written: p 0.043, or p < 0.001."""
    return "p < 0.001" if p < 0.001 else f"p {p:.3f}"


def _number(n: int) -> str:
    return f"{n:,} are" if n > 1 else "1 is" if n else "none is"


def signed(value: float, digits: int = 3) -> str:
    """Return a difference with its sign, such as +0.041 or −0.120; "" where there is none."""
    if np.isnan(value):
        return ""
    return f"{_MINUS if round(value, digits) < 0 else '+'}{abs(value):.{digits}f}"


def classes_view(table: pd.DataFrame, names: Mapping[str, str], labels: Sequence[str], reference: str) -> MatrixView:
    """Return which class gains and which pays, a row a configuration and a column a class.

    Args:
        table: of `compare_classes`.
        names: what the configurations are called, in the order of the rows; those without a row in the table are none.
        labels: the classes in the order of the columns.
        reference: what the reference is called.
    """
    shown = [name for name in names if name in set(table["configuration"])]
    ordered = table.set_index(["configuration", "label"]).reindex(pd.MultiIndex.from_product([shown, labels]))
    return _view(
        ordered,
        (len(shown), len(labels)),
        rows=tuple(names[name] for name in shown),
        columns=tuple(labels),
        says=[
            f"{names[name]}, F1 of {label}: {_difference_in_words(row)} {reference}"
            for (name, label), row in zip(ordered.index, ordered.to_dict("records"), strict=True)
        ],
        titles=("configuration", f"F1 of each class, less that of {reference}"),
        n_tests=int(table["p"].notna().sum()),
    )


def pairs_view(pairs: pd.DataFrame, names: Mapping[str, str]) -> MatrixView:
    """Return each configuration less each other, rows less columns.

    Args:
        pairs: of `compare_pairs`.
        names: what the configurations are called, in the order of rows and columns; columns have numbers.
    """
    back = pairs.rename(columns={"first": "second", "second": "first"})
    ends = {"difference": -pairs["difference"], "low": -pairs["high"], "high": -pairs["low"]}
    back = back.assign(**ends, verdict=pairs["verdict"].replace({BETTER: WORSE, WORSE: BETTER}))
    both = pd.concat([pairs, back]).set_index(["first", "second"])
    ordered = both.reindex(pd.MultiIndex.from_product([list(names), list(names)]))
    numbers = {name: str(position) for position, name in enumerate(names, 1)}
    return _view(
        ordered,
        (len(names), len(names)),
        rows=tuple(f"{numbers[name]} {title}" for name, title in names.items()),
        columns=tuple(numbers.values()),
        says=[
            f"{names[first]}: {_difference_in_words(row)} {names[second]}" if first != second else names[first]
            for (first, second), row in zip(ordered.index, ordered.to_dict("records"), strict=True)
        ],
        titles=("this one", "less that one, by its number"),
        n_tests=int(pairs["p"].notna().sum()),
    )


def _view(
    ordered: pd.DataFrame,
    shape: tuple[int, int],
    rows: tuple[str, ...],
    columns: tuple[str, ...],
    says: list[str],
    titles: tuple[str, str],
    n_tests: int,
) -> MatrixView:
    """Return differences as a matrix: those that can be told from luck have a sign, and all have their shade."""
    cells = np.empty(len(ordered), dtype=object)
    cells[:] = [_lines(row) for row in ordered.to_dict("records")]
    values = ordered["difference"].to_numpy(dtype=float)
    largest = np.nanmax(np.abs(values), initial=0) or 1
    tests = f"{n_tests:,} comparison{'' if n_tests == 1 else 's'}"
    return MatrixView(
        rows=rows,
        columns=columns,
        cells=cells.reshape(shape),
        shade=np.nan_to_num(values / largest).reshape(shape),
        says=np.array(says, dtype=object).reshape(shape),
        row_title=titles[0],
        column_title=titles[1],
        legend=f"Blue is more, orange is less; the darkest is {largest:.2f}. {MARKS[BETTER]} and {MARKS[WORSE]} can be "
        f"told from luck (Holm’s correction for {tests}), {MARKS[ALIKE]} cannot.",
    )


def _lines(row: Mapping[str, object]) -> tuple[str, ...]:
    if np.isnan(row["difference"]):
        return ()
    return (signed(row["difference"], 2), MARKS[row["verdict"]])


def _difference_in_words(row: Mapping[str, object]) -> str:
    """Return a row as the middle of a sentence that ends with the name of what it is compared with."""
    if np.isnan(row["difference"]):
        return "no image shows it and it is never said; nothing to compare with"
    ends = f"95 % interval {signed(row['low'])} to {signed(row['high'])}, corrected {p_in_words(row['p_holm'])}"
    relation = {BETTER: "better than", WORSE: "worse than", ALIKE: "not distinguishable from"}[row["verdict"]]
    return f"{signed(row['difference'])} ({ends}), {relation}"
