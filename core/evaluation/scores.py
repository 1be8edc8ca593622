"""Every score of a classifier from three sums a class: for one table, or a thousand resamples at once."""

from dataclasses import dataclass

import numpy as np

from core.evaluation.bootstrap import Sums

OVERALL = {
    "macro_f1": "Macro-F1",
    "macro_f1_common": "Macro-F1 of the common classes",
    "weighted_f1": "Weighted F1",
    "accuracy": "Accuracy",
    "balanced_accuracy": "Balanced accuracy",
    "mcc": "Matthews correlation (MCC)",
    "kappa": "Cohen's kappa",
}
"""The scores over all classes -> what they are called, in the order in which they are shown."""
COMMON = 30
"""A class with fewer test images than this moves by points with a single picture."""


@dataclass(frozen=True)
class Scores:
    """Scores of each class, shape (..., K), and over all of them, shape (...)."""

    precision: np.ndarray
    """NaN, as recall and F1, where a class is neither true nor said; 0 where only the denominator is empty."""
    recall: np.ndarray
    f1: np.ndarray
    overall: dict[str, np.ndarray]
    """By the names of `OVERALL`. Means over classes are over those that occur, as in scikit-learn."""


def scores(sums: Sums, common: np.ndarray) -> Scores:
    """Return all scores.

    Args:
        sums: of a table of predictions, shape (K,), or of each resample, (R, K).
        common: which classes have at least `COMMON` images in the table itself, boolean, shape (K,).

    `mcc` is Gorodkin's (2004) for several classes, `kappa` is Cohen's (1960); both are 0 where chance explains all, as
    where one class is always said. `balanced_accuracy` is the mean recall of the classes that have images.
    """
    hits, true, said, occurs = sums.hits, sums.true, sums.said, sums.occurs
    precision = np.where(occurs, _share(hits, said), np.nan)
    recall = np.where(occurs, _share(hits, true), np.nan)
    f1 = np.where(occurs, _share(2 * hits, true + said), np.nan)
    n, right = true.sum(-1), hits.sum(-1)
    by_chance = (true * said).sum(-1)
    spread = np.sqrt((n**2 - (said**2).sum(-1)) * (n**2 - (true**2).sum(-1)))
    return Scores(
        precision,
        recall,
        f1,
        {
            "macro_f1": _mean(f1, occurs),
            "macro_f1_common": _mean(f1, occurs & common),
            "weighted_f1": _share((np.nan_to_num(f1) * true).sum(-1), n),
            "accuracy": _share(right, n),
            "balanced_accuracy": _mean(recall, true > 0),
            "mcc": _share(right * n - by_chance, spread),
            "kappa": _share(right * n - by_chance, n**2 - by_chance),
        },
    )


def majority(true: np.ndarray) -> Sums:
    """Return the sums of a model that always says the commonest class; of equals, the first. `true` has shape (K,)."""
    said = np.zeros(len(true))
    commonest = int(true.argmax())
    said[commonest] = true.sum()
    hits = np.zeros(len(true))
    hits[commonest] = true[commonest]
    return Sums(hits, true, said)


def shuffled(sums: Sums) -> Sums:
    """Return what a model would get that says the same words as often, but to images at random.

    It is the expected value, exactly: a shuffle keeps how often a class is true and said, of which hits are
    `true * said / n` on average, and every score but MCC and kappa (0 on average) is linear in the hits.
    """
    return Sums(sums.true * sums.said / max(sums.true.sum(), 1), sums.true, sums.said)


def _share(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    part, whole = np.asarray(part, dtype=float), np.asarray(whole, dtype=float)
    return np.divide(part, whole, out=np.zeros(np.broadcast(part, whole).shape), where=whole > 0)


def _mean(values: np.ndarray, among: np.ndarray) -> np.ndarray:
    """Return the mean over the last axis of those `among`; NaN where there are none."""
    n = among.sum(-1)
    return np.where(n > 0, _share(np.where(among, values, 0).sum(-1), n), np.nan)
