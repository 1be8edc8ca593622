"""Priors: the loss knows how common each class is, so that the network need not learn it."""

import numpy as np

from core.losses import LOSSES
from core.losses.weights import counts_above_zero
from core.registry import Param


@LOSSES.add(
    "balanced_softmax",
    title="Balanced softmax",
    summary="While training only, counts in how common each class is; what is learned is as if all were as common.",
    source="Ren et al. 2020",
)
def _balanced_softmax(class_counts: np.ndarray):
    return _adjusted(class_counts, tau=1.0)


@LOSSES.add(
    "logit_adjusted",
    title="Logit adjustment",
    summary="Balanced softmax with a strength to set: beyond 1 it favours the rare classes.",
    source="Menon et al. 2021",
    params=(Param("tau", 1.0, 0.0, 4.0, "strength; 0 is cross-entropy, 1 is balanced softmax"),),
)
def _logit_adjusted(class_counts: np.ndarray, tau: float):
    return _adjusted(class_counts, tau)


def _adjusted(class_counts: np.ndarray, tau: float):
    from core.losses.modules.priors import Adjusted

    counts = counts_above_zero(class_counts)
    return Adjusted(tau * np.log(counts / counts.sum()))
