"""Two runs on the same images: the difference of their matrices, the images that flipped, and whether it was luck."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.errors import BadInput
from core.evaluation.bootstrap import LEVEL, N_RESAMPLES, TAILS, draws_of
from core.evaluation.confusion import (
    SAID,
    TRUE,
    MatrixView,
    across,
    check_show,
    each_cell,
    order_in_words,
    ordered,
    shares,
)
from core.evaluation.predictions import persons_of, predicted_labels, probabilities, probability_labels

LOST, WON, OTHERWISE = "A right, B wrong", "A wrong, B right", "both wrong, each in its own way"
MINUS = "\N{MINUS SIGN}"
KINDS = (LOST, WON, OTHERWISE)
"""The ways in which two answers to one image differ."""


@dataclass(frozen=True)
class Flips:
    """Where two runs on the same images differ."""

    table: pd.DataFrame
    """One row an image that they answer differently: `image`, `person`, `true`, `said_a` and `p_a` (what A said, and
    how probable it took that to be), `said_b`, `p_b`, and `what`, one of `KINDS`. The surest answers of B first."""
    lost: int
    """Images that A has right and B wrong."""
    won: int
    """Images that A has wrong and B right."""
    p_value: float
    """McNemar's exact test: how probable so uneven a split of lost and won is, were each as likely as the other."""
    gain: float
    """Accuracy of B minus that of A."""
    low: float
    """Of its 95 % interval: persons are drawn again, since images of one person are no independent witnesses."""
    high: float
    n_images: int
    n_persons: int
    how: str
    """How test and interval come about, in words."""


def difference(
    first: np.ndarray,
    second: np.ndarray,
    labels: Sequence[str],
    show: str = "counts",
    log: bool = False,
    hide_diagonal: bool = False,
    by_confusion: bool = False,
) -> MatrixView:
    """Return the second matrix minus the first as it is shown: in images, or in points of per cent.

    Arguments as in `core.evaluation.confusion.view`; classes are ordered by what both together confuse.
    """
    check_show(show)
    [first, second], names = ordered([first, second], labels, by_confusion)
    hidden = np.eye(len(names), dtype=bool) & hide_diagonal
    more = second.astype(np.int64) - first.astype(np.int64)
    of_row, of_column = (100 * (shares(second, axis) - shares(first, axis)) for axis in (1, 0))
    values = {"counts": more, "column %": of_column}.get(show, of_row)
    return MatrixView(
        rows=names,
        columns=names,
        cells=each_cell(_writer(show), hidden, more, of_row, of_column),
        shade=_signed_shade(values.astype(float), log, hidden),
        says=each_cell(_says, *across(names), first, second, of_row),
        row_title=TRUE.title,
        column_title=SAID.title,
        legend=_legend(show, log, hide_diagonal) + order_in_words(by_confusion),
    )


def check_comparable(first: pd.DataFrame, second: pd.DataFrame, plans: tuple[str, str]) -> None:
    """Raise BadInput, one sentence, where two tables of predictions do not judge the same images of the same classes.

    `plans` say how each was judged, in words.
    """
    if probability_labels(first) != probability_labels(second):
        only = sorted(set(probability_labels(first)) ^ set(probability_labels(second)))
        raise BadInput(
            f"A and B know different classes ({', '.join(only) or 'in another order'}), so they have no common matrix; "
            "choose two runs on the same dataset."
        )
    for name, judged in (("A", first), ("B", second)):
        if judged["image"].duplicated().any():
            raise BadInput(
                f"{name} judges some images more than once, as runs do that are resampled before the split, so its "
                "answers cannot be laid beside another's one by one; choose a run that is split first."
            )
    shared = set(first["image"]) & set(second["image"])
    if not len(shared) == len(first) == len(second):
        raise BadInput(
            f"A is judged on {len(first):,} images ({plans[0]}) and B on {len(second):,} ({plans[1]}), of which "
            f"{len(shared):,} are the same, so a difference would be one of images and not of runs; train one of them "
            "with the other's split, folds and split seed."
        )
    truth = first.set_index("image")["y_true"], second.set_index("image")["y_true"]
    if n_otherwise := int((truth[0] != truth[1].reindex(truth[0].index)).sum()):
        raise BadInput(
            f"{n_otherwise:,} of the {len(first):,} images carry another label in B than in A, so right and wrong "
            "do not compare; train one of them on the other's dataset."
        )


def flips(
    first: pd.DataFrame,
    second: pd.DataFrame,
    plans: tuple[str, str] = ("A", "B"),
    n_resamples: int = N_RESAMPLES,
    seed: int = 0,
) -> Flips:
    """Return where two tables of predictions differ, aligned by image.

    McNemar's test (1947) is exact: binomial, two-sided. The interval is that of `bootstrap.draws_of`: both runs are
    judged on the same resamples of whole persons.

    Raises:
        BadInput: as `check_comparable`.
    """
    check_comparable(first, second, plans)
    from scipy.stats import binomtest  # slow to import: only when two runs are compared

    second = second.set_index("image").loc[first["image"]].reset_index()
    answers = _answers(first, second)
    right_a, right_b = answers["said_a"] == answers["true"], answers["said_b"] == answers["true"]
    lost, won = int((right_a & ~right_b).sum()), int((~right_a & right_b).sum())
    persons = persons_of(first)
    gains = _resampled_gains(right_b.to_numpy(float) - right_a.to_numpy(float), persons, n_resamples, seed)
    low, high = np.quantile(gains, TAILS)
    answers["what"] = np.select([right_a & ~right_b, right_b & ~right_a], [LOST, WON], OTHERWISE)
    differ = answers[answers["said_a"] != answers["said_b"]]
    n_persons = int(persons.max(initial=-1)) + 1
    return Flips(
        table=differ.sort_values("p_b", ascending=False, kind="stable").reset_index(drop=True),
        lost=lost,
        won=won,
        p_value=float(binomtest(won, lost + won).pvalue) if lost + won else 1.0,
        gain=(won - lost) / max(len(first), 1),
        low=float(low),
        high=float(high),
        n_images=len(first),
        n_persons=n_persons,
        how=f"McNemar's test: exact, two-sided, each image a witness of its own. {LEVEL:.0%} interval: {n_resamples:,} "
        f"bootstrap resamples of the {n_persons:,} persons, the same for both runs, percentile method, seed {seed}.",
    )


def _answers(first: pd.DataFrame, second: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "image": first["image"].to_numpy(),
            "person": first["person"].to_numpy(),
            "true": first["y_true"].to_numpy(),
            "said_a": predicted_labels(first),
            "p_a": probabilities(first).max(1),
            "said_b": predicted_labels(second),
            "p_b": probabilities(second).max(1),
        }
    )


def _resampled_gains(gain: np.ndarray, persons: np.ndarray, n_resamples: int, seed: int) -> np.ndarray:
    """Return the mean gain of an image in each resample of persons, shape (n_resamples,)."""
    draws = draws_of(int(persons.max()) + 1, n_resamples, seed)
    sums = np.stack([np.bincount(persons, gain), np.bincount(persons)], 1).astype(draws.dtype)
    total, n = (draws @ sums).astype(float).T
    return total / n


def _writer(show: str) -> Callable[[bool, int, float, float], tuple[str, ...]]:
    lines = {
        "counts": lambda n, of_row, of_column: (_signed(n),),
        "row %": lambda n, of_row, of_column: (_signed(of_row),),
        "column %": lambda n, of_row, of_column: (_signed(of_column),),
        "both": lambda n, of_row, of_column: (_signed(n), f"{_signed(of_row)} pt") if n or of_row else ("0",),
    }[show]
    return lambda hidden, *values: () if hidden else lines(*values)


def _says(row: str, column: str, in_a: int, in_b: int, points: float) -> str:
    change = f"{abs(in_b - in_a):,} {'more' if in_b > in_a else 'fewer'}" if in_a != in_b else "no change"
    where = f"{TRUE.phrase(row)}, {SAID.phrase(column)}"
    return f"{where}: {in_a:,} in A, {in_b:,} in B, {change} ({_signed(points, 1)} points of the row)"


def _signed(value: float, digits: int = 0) -> str:
    text = f"{abs(value):,.{digits}f}"
    if not text.strip("0."):
        return text
    return f"{'+' if value > 0 else MINUS}{text}"


def _signed_shade(values: np.ndarray, log: bool, hidden: np.ndarray) -> np.ndarray:
    sizes = np.abs(np.where(hidden, 0.0, values))
    sizes = np.log1p(sizes) if log else sizes
    return np.sign(values) * sizes / max(sizes.max(initial=0.0), np.finfo(float).tiny)


def _legend(show: str, log: bool, hide_diagonal: bool) -> str:
    points = "percentage points of the row"
    unit = {"counts": "images", "column %": "percentage points of the column", "both": f"images, below them {points}"}
    scale = "the logarithm of the difference" if log else "the difference"
    hidden = " What is right is hidden." if hide_diagonal else ""
    return (
        f"B minus A, in {unit.get(show, points)}. Blue: B has more there; orange: B has fewer; the stronger the "
        f"colour, the larger {scale}. More is better on the diagonal and worse beside it.{hidden}"
    )
