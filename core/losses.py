"""Losses: how much each mistake counts. A builder gets the class counts of what is trained on, and returns a module.

A new loss is one decorated function here; menus, records and the contract tests find it. torch is imported inside the
builders because pages list this menu, and a page that imports torch opens ten seconds later.
"""

import numpy as np

from core.registry import Registry

LOSSES = Registry("loss", default="cross_entropy")


@LOSSES.add(
    "cross_entropy",
    title="Cross-entropy",
    summary="Every image counts the same, so the common classes decide.",
    source="baseline",
)
def _cross_entropy(class_counts: np.ndarray):
    from torch import nn

    return nn.CrossEntropyLoss()


@LOSSES.add(
    "class_weights",
    title="Class weights",
    summary="Cross-entropy in which a class counts the more the rarer it is: every class has the same say.",
    source="class_weight='balanced', scikit-learn; King & Zeng 2001",
)
def _class_weights(class_counts: np.ndarray):
    import torch
    from torch import nn

    weights = balanced_weights(class_counts)
    return nn.CrossEntropyLoss(weight=torch.tensor(weights, dtype=torch.float32))


def balanced_weights(class_counts: np.ndarray) -> np.ndarray:
    """Return n / (K * n_c) for each class, shape (K,); 0 for a class that is not there and so never met.

    >>> balanced_weights(np.array([6, 2])).round(3).tolist()
    [0.667, 2.0]
    """
    counts = np.asarray(class_counts, dtype=np.float64)
    present = counts > 0
    weights = np.zeros_like(counts)
    weights[present] = counts.sum() / (present.sum() * counts[present])
    return weights
