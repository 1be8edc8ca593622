"""Whole persons drawn again and again: how far a figure would move had other people been photographed.

The images of one person are no independent witnesses, so persons are drawn and not images (cluster bootstrap, Field &
Welsh 2007). A resample is how often each person was drawn. Every score here needs only three sums a class (hits, true,
said), and these are linear in the draws: one matrix product answers all resamples.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

N_RESAMPLES = 1000
LEVEL = 0.95
TAILS = ((1 - LEVEL) / 2, (1 + LEVEL) / 2)
"""The quantiles that a 95 % percentile interval lies between."""
HOW = f"{N_RESAMPLES:,} bootstrap resamples of whole persons, percentile method, seed 0"
"""How intervals come about, in words, for whoever shows one."""


@dataclass(frozen=True)
class Sums:
    """What every score is worked out from; float, shape (..., K), the leading axes one a resample or a person."""

    hits: np.ndarray
    """Images of a class that were said to be of it."""
    true: np.ndarray
    """Images of a class."""
    said: np.ndarray
    """Images that were said to be of it."""

    @property
    def occurs(self) -> np.ndarray:
        """Return whether a class is among the true or the said ones."""
        return (self.true + self.said) > 0

    def by(self, draws: np.ndarray) -> "Sums":
        """Return the sums of each resample, shape (R, K), of sums a person, (P, K); `draws` has shape (R, P)."""
        n_labels = self.true.shape[-1]
        drawn = draws @ np.concatenate([self.hits, self.true, self.said], axis=1).astype(draws.dtype)
        parts = drawn.astype(float)
        return Sums(parts[:, :n_labels], parts[:, n_labels : 2 * n_labels], parts[:, 2 * n_labels :])

    @property
    def total(self) -> "Sums":
        """Return the sums over all persons, shape (K,)."""
        return Sums(self.hits.sum(0), self.true.sum(0), self.said.sum(0))


def sums_by_person(y_true: np.ndarray, y_pred: np.ndarray, persons: np.ndarray, n_labels: int) -> Sums:
    """Return the sums of each person, float64, shape (P, K); somebody of whom no image is answered keeps a row.

    Args:
        y_true: codes from 0 to n_labels - 1, shape (n,).
        y_pred: the same, said; -1 for an image that is not answered, which counts nowhere.
        persons: codes from 0, shape (n,).
        n_labels: K.
    """
    n_persons = persons.max(initial=-1) + 1
    hits, true, said = (np.zeros((n_persons, n_labels)) for _ in range(3))
    right, answered = y_true == y_pred, y_pred >= 0
    np.add.at(hits, (persons[right], y_true[right]), 1)
    np.add.at(true, (persons[answered], y_true[answered]), 1)
    np.add.at(said, (persons[answered], y_pred[answered]), 1)
    return Sums(hits, true, said)


@lru_cache(maxsize=4)
def draws_of(n_persons: int, n_resamples: int = N_RESAMPLES, seed: int = 0) -> np.ndarray:
    """Return how often each person is drawn in each resample, float32 (whole numbers), shape (n_resamples, n_persons).

    The same arguments give the same draws, so that the resamples of two models on the same images are paired. They are
    kept: a page that answers a slider needs them many times. Not to be changed.
    """
    rng = np.random.default_rng(seed)
    even = np.full(n_persons, 1 / n_persons)
    draws = rng.multinomial(n_persons, even, size=n_resamples).astype(np.float32)  # sums below 2 ** 24 stay exact
    draws.flags.writeable = False
    return draws


def bootstrap_sums(
    y_true: np.ndarray,
    y_pred: np.ndarray,
    persons: np.ndarray,
    n_labels: int,
    n_resamples: int = N_RESAMPLES,
    seed: int = 0,
) -> Sums:
    """Return the sums of each resample, shape (n_resamples, K); arguments as in `sums_by_person` and `draws_of`."""
    return sums_by_person(y_true, y_pred, persons, n_labels).by(draws_of(int(persons.max()) + 1, n_resamples, seed))


def bootstrap_f1(
    y_true: np.ndarray,
    y_pred: np.ndarray,
    persons: np.ndarray,
    n_labels: int,
    n_resamples: int = N_RESAMPLES,
    seed: int = 0,
) -> np.ndarray:
    """Return F1 of each class in each resample, shape (n_resamples, K); NaN where a class does not occur in one."""
    sums = bootstrap_sums(y_true, y_pred, persons, n_labels, n_resamples, seed)
    return _f1(sums, np.nan)


def f1_of(y_true: np.ndarray, y_pred: np.ndarray, n_labels: int) -> np.ndarray:
    """Return the F1 of each class, float64, shape (n_labels,); 0 where a class is neither true nor predicted.

    Args:
        y_true: codes from 0 to n_labels - 1, shape (n,).
        y_pred: the same, predicted.
        n_labels: K.
    """
    everybody = np.zeros(len(y_true), dtype=np.int64)
    return _f1(sums_by_person(y_true, y_pred, everybody, n_labels).total, 0.0)


def _f1(sums: Sums, absent: float) -> np.ndarray:
    both = sums.true + sums.said
    return np.divide(2 * sums.hits, both, out=np.full(both.shape, absent), where=both > 0)
