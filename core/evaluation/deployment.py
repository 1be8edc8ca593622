"""What a decision would score where the classes are mixed otherwise than among the test images."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.evaluation.bootstrap import TAILS, Sums, draws_of
from core.evaluation.predictions import persons_of, probability_labels, true_codes
from core.evaluation.scores import Scores, scores

_SCORES = ("precision", "recall", "f1")
_SHOWN = ("macro_f1", "accuracy", "balanced_accuracy")


@dataclass(frozen=True)
class Expected:
    """What is to be expected under a mix of classes, with 95 % intervals by person."""

    per_class: pd.DataFrame
    """One row a label: `share` in the mix, and `precision`, `recall`, `f1` with `_low` and `_high`; NaN for a class
    that is neither in the mix nor ever said."""
    overall: pd.DataFrame
    """`macro_f1`, `accuracy` and `balanced_accuracy` over the answered, and `coverage`: `value`, `low`, `high`."""
    unseen: tuple[str, ...]
    """Classes with a share in the mix and no image here: nothing is known of them, and they are left out."""


def expected_under(predictions: pd.DataFrame, codes: np.ndarray, mix: tuple[float, ...]) -> Expected:
    """Return the scores under a mix of classes.

    Each image counts by the share of its class in the mix over its share here (importance weighting, Saerens et al.
    2002: the pictures of a class stay the same, only how many there are changes). So recall stays as it is, while
    precision, F1 and accuracy change: among many neutral faces, more of those called fear are neutral.

    Args:
        predictions: the judged images.
        codes: what is said of each, shape (n,), -1 for unanswered.
        mix: the share of each class, shape (K,).
    """
    labels = probability_labels(predictions)
    cells = _cells_by_person(predictions, codes, len(labels))
    shares = np.asarray(mix)
    point, covered = _scores(cells.sum(0)[None], shares)
    # A resample has its own shares of classes: each is weighted by its own, not by those of all images.
    drawn = draws_of(len(cells)) @ cells.reshape(len(cells), -1).astype(np.float32)
    resampled, coverages = _scores(drawn.reshape(-1, *cells.shape[1:]).astype(float), shares)
    per_class = pd.DataFrame({"share": shares}, index=pd.Index(labels, name="label"))
    for name in _SCORES:
        per_class[name] = getattr(point, name)[0]
        per_class[[f"{name}_low", f"{name}_high"]] = _interval(getattr(resampled, name)).T
    rows = {name: [point.overall[name][0], *_interval(resampled.overall[name])] for name in _SHOWN}
    rows["coverage"] = [covered[0], *_interval(coverages)]
    overall = pd.DataFrame.from_dict(rows, orient="index", columns=["value", "low", "high"])
    unseen = (shares > 0) & (cells.sum((0, 2)) == 0)
    return Expected(per_class, overall, tuple(label for label, lost in zip(labels, unseen, strict=True) if lost))


def _cells_by_person(predictions: pd.DataFrame, codes: np.ndarray, n_labels: int) -> np.ndarray:
    """Return each person's confusion matrix, float64, shape (P, K, K + 1); the last column holds the unanswered."""
    persons = persons_of(predictions)
    cells = np.zeros((persons.max(initial=-1) + 1, n_labels, n_labels + 1))
    np.add.at(cells, (persons, true_codes(predictions), np.where(codes < 0, n_labels, codes)), 1)
    return cells


def _scores(cells: np.ndarray, shares: np.ndarray) -> tuple[Scores, np.ndarray]:
    """Return the scores and the coverage of matrices, shape (R, K, K + 1), with their rows weighted to the shares."""
    images = cells.sum(2)
    known = np.where(images > 0, shares, 0)
    weights = np.divide(known, images, out=np.zeros(images.shape), where=images > 0)
    cells = cells * (weights / np.maximum(known.sum(1, keepdims=True), np.finfo(float).tiny))[..., None]
    answered = cells[..., :-1]
    sums = Sums(np.diagonal(answered, axis1=1, axis2=2), answered.sum(2), answered.sum(1))
    return scores(sums, shares > 0), answered.sum((1, 2))


def _interval(samples: np.ndarray) -> np.ndarray:
    """Return the ends of the 95 % interval over the first axis, shape (2, ...); NaN where there is nothing."""
    ends = np.full((2, *samples.shape[1:]), np.nan)
    there = ~np.isnan(samples).all(0)
    ends[:, there] = np.nanquantile(samples[:, there], TAILS, axis=0)
    return ends
