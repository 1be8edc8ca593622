"""What a run scores in each resample of its persons: runs on the same images are compared resample by resample."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.evaluation.bootstrap import Sums, draws_of, sums_by_person
from core.evaluation.predictions import persons_of, probability_labels, said_codes, true_codes
from core.evaluation.scores import COMMON, OVERALL, scores

N_COMPARED = 4000
"""Resamples behind a comparison: the smallest p-value is 1 / 4001, so Holm's correction leaves something to find even
among 91 pairs (14 configurations)."""
F1_OF = "f1 "
"""What the F1 of a class is called before its label, beside the names of `OVERALL`: f1 fear."""
_MOST_DRAWN = 50_000_000
"""Draws that are held at once: persons times resamples."""


@dataclass(frozen=True)
class Resampled:
    """One run's scores, on its images and on every resample of the persons they show."""

    judged: str
    """Two runs with the same were judged on the same images of the same persons under the same labels."""
    labels: tuple[str, ...]
    persons: int
    """Persons (or images of unknown persons) that were resampled."""
    point: dict[str, float]
    """By the names of `score_titles`; NaN where there is nothing to score, as for a class that does not occur."""
    drawn: dict[str, np.ndarray]
    """The same in each resample, float64, shape (R,). Resample r draws the same persons for all runs `judged` alike."""


def score_titles(labels: Sequence[str]) -> dict[str, str]:
    """Return the scores that can be compared -> what they are called: those over all classes, and each class's F1."""
    return OVERALL | {F1_OF + label: f"F1 of {label}" for label in labels}


def judged_on(predictions: pd.DataFrame) -> str:
    """Return 16 hexadecimal digits of images, true labels, persons and classes, in whatever order the rows are."""
    rows = predictions[["image", "person", "y_true"]].astype("str").sort_values("image")
    digest = hashlib.sha256("\n".join(sorted(probability_labels(predictions))).encode())
    digest.update(pd.util.hash_pandas_object(rows, index=False).to_numpy().tobytes())
    return digest.hexdigest()[:16]


def resample(predictions: pd.DataFrame, n_resamples: int = N_COMPARED, seed: int = 0) -> Resampled:
    """Return a run's scores in each resample.

    Args:
        predictions: `image`, `person`, `y_true` and a column of probabilities a label, one row a test image.
        n_resamples: how often as many persons as there are, are drawn with replacement.
        seed: of the draws.
    """
    return _resampled(predictions, said_codes, n_resamples, seed)


def resample_majority(predictions: pd.DataFrame, n_resamples: int = N_COMPARED, seed: int = 0) -> Resampled:
    """Return what always saying the commonest class scores on the same images; of equals, the first label."""
    return _resampled(predictions, _commonest_codes, n_resamples, seed)


def commonest(predictions: pd.DataFrame) -> str:
    """Return the commonest true label; of equals, the first."""
    return probability_labels(predictions)[int(_commonest_codes(predictions)[0])]


def _commonest_codes(predictions: pd.DataFrame) -> np.ndarray:
    codes = true_codes(predictions)
    return np.full(len(codes), np.bincount(codes).argmax())


def _resampled(predictions: pd.DataFrame, said, n_resamples: int, seed: int) -> Resampled:
    labels = probability_labels(predictions)
    in_order = predictions.sort_values("image")  # persons are numbered by first appearance: alike in every run
    sums = sums_by_person(true_codes(in_order), said(in_order), persons_of(in_order), len(labels))
    common = sums.total.true >= COMMON
    blocks = [_named(sums.by(draws), common, labels) for draws in _draws(len(sums.true), n_resamples, seed)]
    return Resampled(
        judged=judged_on(predictions),
        labels=tuple(labels),
        persons=len(sums.true),
        point={name: float(value) for name, value in _named(sums.total, common, labels).items()},
        drawn={name: np.concatenate([block[name] for block in blocks]) for name in blocks[0]},
    )


def _draws(n_persons: int, n_resamples: int, seed: int) -> Iterator[np.ndarray]:
    """Yield the draws, in blocks with seeds of their own where all at once would not fit into memory."""
    block = max(1, _MOST_DRAWN // n_persons)
    if block >= n_resamples:
        yield draws_of(n_persons, n_resamples, seed)
        return
    for number, start in enumerate(range(0, n_resamples, block)):
        size = min(block, n_resamples - start)
        yield draws_of.__wrapped__(n_persons, size, seed + number)  # not kept: the next block would push it out


def _named(sums: Sums, common: np.ndarray, labels: Sequence[str]) -> dict[str, np.ndarray]:
    """Return every score by its name."""
    scored = scores(sums, common)
    return scored.overall | {F1_OF + label: scored.f1[..., code] for code, label in enumerate(labels)}
