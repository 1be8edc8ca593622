"""What a class counts, from how many images of it there are."""

import numpy as np


def balanced_weights(class_counts: np.ndarray) -> np.ndarray:
    """Return n / (K * n_c) for each class, shape (K,); 0 for a class that is not there and so never met.

    K counts the classes that are there. As class_weight="balanced" of scikit-learn (King & Zeng 2001).

    >>> balanced_weights(np.array([6, 2])).round(3).tolist()
    [0.667, 2.0]
    """
    counts = np.asarray(class_counts, dtype=np.float64)
    present = counts > 0
    weights = np.zeros_like(counts)
    weights[present] = counts.sum() / (present.sum() * counts[present])
    return weights


def effective_weights(class_counts: np.ndarray, beta: float) -> np.ndarray:
    """Return weights by the effective number of images of each class, shape (K,); 0 for a class that is not there.

    A class weighs (1 - beta) / (1 - beta^n_c), and all are scaled to sum to the number of classes that are there (Cui
    et al. 2019, "Class-Balanced Loss Based on Effective Number of Samples"). `beta` is from 0, where all classes weigh
    the same, to below 1; towards 1 the weights become `balanced_weights` up to a factor.

    >>> effective_weights(np.array([2, 1]), 0.5).round(3).tolist()  # effective numbers 1.5 and 1
    [0.8, 1.2]
    """
    counts = np.asarray(class_counts, dtype=np.float64)
    present = counts > 0
    weights = np.zeros_like(counts)
    weights[present] = (1 - beta) / (1 - beta ** counts[present])
    return weights * present.sum() / weights.sum()


def counts_above_zero(class_counts: np.ndarray) -> np.ndarray:
    """Return the counts, float64, shape (K,), in which a class without an image is as rare as the rarest that has one.

    A validation part may hold a class that the training part lacks: its logarithm and its roots have to be numbers.

    >>> counts_above_zero(np.array([6, 0, 2])).tolist()
    [6.0, 2.0, 2.0]
    """
    counts = np.asarray(class_counts, dtype=np.float64)
    return np.maximum(counts, counts[counts > 0].min())
