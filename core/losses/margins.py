"""Margins: a rare class has to win by more, so that what is new of it still falls on its side."""

import numpy as np

from core.losses import LOSSES
from core.losses.weights import counts_above_zero, effective_weights
from core.registry import Param

_BETA = 0.9999  # of the weights at the end, in the paper's experiments


@LOSSES.add(
    "ldam_drw",
    title="LDAM-DRW",
    summary="The rarer a class, the larger the margin by which it has to win; towards the end rare classes count more.",
    source="Cao et al. 2019",
    params=(
        Param("max_margin", 0.5, 0.0, 1.0, "margin of the rarest class, as a cosine"),
        Param("scale", 30.0, 1.0, 100.0, "what cosines are multiplied by to be logits"),
        Param("defer", 0.8, 0.0, 1.0, "share of the training before rare classes count more; 1 is never"),
    ),
)
def _ldam_drw(class_counts: np.ndarray, max_margin: float, scale: float, defer: float):
    from core.losses.modules.margins import LdamDrw

    return LdamDrw(margins(class_counts, max_margin), effective_weights(class_counts, _BETA), scale, defer)


def margins(class_counts: np.ndarray, max_margin: float) -> np.ndarray:
    """Return each class's margin, shape (K,): proportional to n_c^(-1/4), and `max_margin` for the rarest.

    >>> margins(np.array([16, 1]), 0.5).tolist()
    [0.25, 0.5]
    """
    counts = counts_above_zero(class_counts)
    return max_margin * (counts / counts.min()) ** -0.25
