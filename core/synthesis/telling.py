"""Can a plain classifier tell made pictures from real ones? 0.5 says no, 1 says always."""

from dataclasses import dataclass

import numpy as np

from core.synthesis.features import HOG, edge_features
from core.synthesis.shares import share_interval

_FOLDS = 5
_PENALTY = 0.01
"""Inverse strength of the penalty: there are far more features than pictures."""
_REACH = 1.959964  # standard errors from the middle to the end of a 95 % interval


@dataclass(frozen=True)
class Telling:
    """How well made pictures are told from real ones that the classifier has not seen."""

    accuracy: float
    """Share of right answers, real and made counting half each; 0.5 is a coin."""
    accuracy_interval: tuple[float, float]
    """Wilson's, 95 %."""
    auc: float
    """How often a made picture gets the higher score of a pair; 0.5 is a coin."""
    auc_interval: tuple[float, float]
    """DeLong's, 95 %; at an area of 1 it has no width, and the accuracy's interval is the one to look at."""
    n: int
    """How many pictures of each kind."""
    features: str = HOG


def tell_apart(real: np.ndarray, made: np.ndarray, persons: np.ndarray | None = None, seed: int = 0) -> Telling | None:
    """Return how well logistic regression on edges tells made pictures from as many real ones, cross-validated.

    Args:
        real: uint8, (n, 64, 64); the same classes as often as among the made ones.
        made: uint8, (n, 64, 64).
        persons: an integer a person for the real ones, (n,): nobody is on both sides of a fold.
        seed: deals the folds.

    Returns:
        None where there are fewer than ten of each, or too few persons: no fold would mean anything.
    """
    from sklearn.model_selection import StratifiedGroupKFold
    from threadpoolctl import threadpool_limits

    if len(real) != len(made):
        raise ValueError(f"{len(real)} real and {len(made)} made pictures: the same number of each is needed")
    own = np.arange(len(real)) if persons is None else np.unique(persons, return_inverse=True)[1]
    if len(real) < 2 * _FOLDS or own.max(initial=-1) + 1 < _FOLDS:
        return None
    features = edge_features(np.concatenate([real, made]))
    is_made = np.repeat([False, True], len(real))
    groups = np.concatenate([own, own.max() + 1 + np.arange(len(made))])
    scores = np.zeros(len(features))
    splitter = StratifiedGroupKFold(_FOLDS, shuffle=True, random_state=seed)
    with threadpool_limits(1, user_api="blas"):  # several threads would wait for each other at so few pictures
        for train, test in splitter.split(features, is_made, groups):
            scores[test] = _classifier().fit(features[train], is_made[train]).decision_function(features[test])
    n_right = int(((scores > 0) == is_made).sum())
    auc, spread = area_under_curve(scores[is_made], scores[~is_made])
    interval = (max(0.0, auc - _REACH * spread), min(1.0, auc + _REACH * spread))
    return Telling(n_right / len(scores), share_interval(n_right, len(scores)), auc, interval, len(real))


def area_under_curve(positive: np.ndarray, negative: np.ndarray) -> tuple[float, float]:
    """Return the area under the ROC curve of scores, ties counting half, and its standard error (DeLong 1988)."""
    from scipy.stats import rankdata

    n, m = len(positive), len(negative)
    among_all = rankdata(np.concatenate([positive, negative]))
    below = (among_all[:n] - rankdata(positive)) / m  # share of the negatives below each positive
    above = 1 - (among_all[n:] - rankdata(negative)) / n
    return float(below.mean()), float(np.sqrt(below.var(ddof=1) / n + above.var(ddof=1) / m))


def _classifier():
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(StandardScaler(), LogisticRegression(C=_PENALTY, max_iter=1000, class_weight="balanced"))
