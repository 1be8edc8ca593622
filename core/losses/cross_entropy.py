"""Cross-entropy, plain and weighed: an image counts by its class, or by how hard it is."""

import numpy as np

from core.losses import LOSSES
from core.losses.weights import balanced_weights, effective_weights
from core.registry import Param


@LOSSES.add(
    "cross_entropy",
    title="Cross-entropy",
    summary="Every image counts the same, so the common classes decide.",
    source="baseline",
)
def _cross_entropy(class_counts: np.ndarray):
    from core.losses.modules.cross_entropy import CrossEntropy

    return CrossEntropy(np.ones(len(class_counts)))


@LOSSES.add(
    "class_weights",
    title="Class weights",
    summary="Cross-entropy in which a class counts the more the rarer it is: every class has the same say.",
    source="class_weight='balanced', scikit-learn; King & Zeng 2001",
)
def _class_weights(class_counts: np.ndarray):
    from core.losses.modules.cross_entropy import CrossEntropy

    return CrossEntropy(balanced_weights(class_counts))


@LOSSES.add(
    "focal",
    title="Focal",
    summary="Cross-entropy in which images that the network gets right with ease count little: the hard ones decide.",
    source="Lin et al. 2017",
    params=(Param("gamma", 2.0, 0.0, 10.0, "how fast an image loses its say as it gets easy; 0 is cross-entropy"),),
)
def _focal(class_counts: np.ndarray, gamma: float):
    from core.losses.modules.cross_entropy import Focal

    return Focal(np.ones(len(class_counts)), gamma)


@LOSSES.add(
    "class_balanced",
    title="Class-balanced",
    summary="Class weights that grow less for very common classes: the more images, the less new each one shows.",
    source="Cui et al. 2019",
    params=(
        Param(
            "beta", 0.999, 0.0, 0.99999, "how much new each further image shows; 0 is cross-entropy, 1 class weights"
        ),
    ),
)
def _class_balanced(class_counts: np.ndarray, beta: float):
    from core.losses.modules.cross_entropy import CrossEntropy

    return CrossEntropy(effective_weights(class_counts, beta))
