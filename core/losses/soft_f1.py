"""Soft F1: what is measured at the end is what is trained, with shares of images in place of counts."""

import numpy as np

from core.losses import LOSSES


@LOSSES.add(
    "soft_f1",
    title="Soft F1",
    summary="Trains macro-F1 itself, from probabilities. Each batch's mean is over the classes with an image in it.",
    source="Pastor-Pellicer et al. 2013",
)
def _soft_f1(class_counts: np.ndarray):
    from core.losses.modules.soft_f1 import SoftF1

    return SoftF1()
