"""Whether 80 % sure means right 8 times in 10: reliability, calibration errors, and the temperature that mends it."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.evaluation.bootstrap import TAILS, draws_of
from core.evaluation.decisions import Decision, adjusted, log_probabilities
from core.evaluation.predictions import persons_of, probabilities, probability_labels, true_codes

N_BINS = 15
"""Bins of a reliability curve, as in Guo et al. 2017, but each with as many images: none is empty."""
TEMPERATURES = (0.2, 5.0)
"""The temperatures that are tried, and that a slider offers."""
_SIMULATIONS = 100


@dataclass(frozen=True)
class Calibration:
    """How far a run's probabilities can be believed."""

    reliability: pd.DataFrame
    """One row a bin of equally many images by confidence: `confidence` (mean), `accuracy` with its 95 % interval by
    person (`low`, `high`), `images`."""
    ece: float
    """Expected calibration error (Naeini et al. 2015): the mean gap between confidence and accuracy over the bins,
    weighted by their images; from 0 to 1."""
    ece_by_chance: float
    """What it would be on average on so many images if every probability were exactly right: the bins are noisy."""
    by_class: pd.DataFrame
    """`label`, `images`, `said` (mean probability of the class), `there` (its share among the images) and `ece`, the
    error of the class's own probability (Kull et al. 2019)."""
    brier: float
    """Mean squared distance of the probabilities from the truth, summed over classes (Brier 1950); from 0 to 2."""
    nll: float
    """Mean negative log-likelihood in nats; below FLOOR a probability counts as FLOOR."""

    @property
    def classwise_ece(self) -> float:
        """Return the mean of the classes' errors."""
        return float(self.by_class["ece"].mean())


def calibrate(predictions: pd.DataFrame, temperature: float = 1.0, seed: int = 0) -> Calibration:
    """Return how well calibrated a run's probabilities are after a temperature.

    Args:
        predictions: the judged images.
        temperature: 1 for the run's own probabilities. It is to be fitted on other images than these.
        seed: of what a calibrated model would show by chance.
    """
    labels, y_true, persons = probability_labels(predictions), true_codes(predictions), persons_of(predictions)
    even = np.ones(len(labels))
    shares = adjusted(probabilities(predictions), Decision(temperature=temperature), even)
    confidence, right = shares.max(1), shares.argmax(1) == y_true
    truth = np.eye(len(labels))[y_true]
    return Calibration(
        reliability=_reliability(confidence, right, persons),
        ece=_error(confidence, right),
        ece_by_chance=_chance(confidence, np.random.default_rng(seed)),
        by_class=pd.DataFrame(
            {
                "label": labels,
                "images": truth.sum(0).astype(int),
                "said": shares.mean(0),
                "there": truth.mean(0),
                "ece": [_error(shares[:, code], truth[:, code]) for code in range(len(labels))],
            }
        ),
        brier=float(((shares - truth) ** 2).sum(1).mean()),
        nll=likelihood(shares, y_true),
    )


def likelihood(shares: np.ndarray, y_true: np.ndarray) -> float:
    """Return the mean negative log-likelihood in nats of the true codes, shape (n,), under probabilities (n, K)."""
    return float(-log_probabilities(shares)[np.arange(len(y_true)), y_true].mean())


def fit_temperature(predictions: pd.DataFrame) -> float:
    """Return the temperature under which the true labels are likeliest (Guo et al. 2017), to two decimals.

    It lies within TEMPERATURES. To be fitted on images that were neither trained nor tested on.
    """
    from scipy.optimize import minimize_scalar  # slow to import: only when something is fitted

    logits, y_true = log_probabilities(probabilities(predictions)), true_codes(predictions)
    rows = np.arange(len(y_true))

    def cost(log_temperature: float) -> float:
        scores = logits / np.exp(log_temperature)
        highest = scores.max(1, keepdims=True)
        totals = highest[:, 0] + np.log(np.exp(scores - highest).sum(1))
        return float((totals - scores[rows, y_true]).mean())

    found = minimize_scalar(cost, bounds=np.log(TEMPERATURES), method="bounded")
    return round(float(np.exp(found.x)), 2)


def _bins(confidence: np.ndarray) -> np.ndarray:
    """Return the bin of each row, int64, shape (n,): as many rows in each, but rows of equal confidence together."""
    edges = np.quantile(confidence, np.linspace(0, 1, N_BINS + 1)[1:-1])
    return np.unique(np.searchsorted(edges, confidence, side="right"), return_inverse=True)[1]


def _gaps(confidence: np.ndarray, right: np.ndarray, bins: np.ndarray) -> float:
    """Return the sum over bins of |rights - confidences|, divided by the number of rows."""
    return float(np.abs(np.bincount(bins, right) - np.bincount(bins, confidence)).sum() / len(bins))


def _error(confidence: np.ndarray, right: np.ndarray) -> float:
    return _gaps(confidence, right, _bins(confidence))


def _chance(confidence: np.ndarray, rng: np.random.Generator) -> float:
    bins = _bins(confidence)
    drawn = (rng.random(len(confidence)) < confidence for _ in range(_SIMULATIONS))
    return float(np.mean([_gaps(confidence, right, bins) for right in drawn]))


def _reliability(confidence: np.ndarray, right: np.ndarray, persons: np.ndarray) -> pd.DataFrame:
    bins = _bins(confidence)
    shape = (persons.max() + 1, bins.max() + 1)
    images, rights = np.zeros(shape), np.zeros(shape)
    np.add.at(images, (persons, bins), 1)
    np.add.at(rights, (persons, bins), right)
    draws = draws_of(shape[0])
    drawn = draws @ images.astype(np.float32)
    share = np.divide(draws @ rights.astype(np.float32), drawn, out=np.full(drawn.shape, np.nan), where=drawn > 0)
    low, high = np.nanquantile(share, TAILS, axis=0)
    n = images.sum(0)
    return pd.DataFrame(
        {
            "confidence": np.bincount(bins, confidence) / n,
            "accuracy": rights.sum(0) / n,
            "low": low,
            "high": high,
            "images": n.astype(int),
        }
    )
