"""Strategies that show every image once and let some count more: weights instead of repeats.

A rare image that weighs 10 pulls as hard as ten copies would, but in one step and on one occasion: the pass gets no
longer, and a changed copy is never shown. The weights have mean 1 over the images, so the learning rate keeps its
meaning.
"""

import numpy as np

from core.registry import Param
from core.sampling import SAMPLERS
from core.sampling.plan import Plan


@SAMPLERS.add(
    "class_weights",
    title="Class weights",
    summary="Every image is shown once, none is repeated; an image counts the more the rarer its class is, so that "
    "every class has the same say.",
    source="class_weight='balanced', scikit-learn; King & Zeng 2001",
)
def _class_weights(labels: np.ndarray, rng: np.random.Generator) -> Plan:
    from sklearn.utils.class_weight import compute_sample_weight  # slow to import: only when weights are asked for

    return _weighted(compute_sample_weight("balanced", labels))


@SAMPLERS.add(
    "effective_number",
    title="Effective number",
    summary="Every image is shown once, none is repeated; rare classes count more, but less so than by class weights, "
    "because further images of a class add ever less that is new.",
    source="Cui 2019",
    params=(
        Param("beta", 0.999, 0.0, 0.99999, "0 weighs all images alike; towards 1 it comes close to class weights"),
    ),
)
def _effective_number(labels: np.ndarray, rng: np.random.Generator, beta: float) -> Plan:
    codes, counts = np.unique(labels, return_inverse=True, return_counts=True)[1:]
    weights = ((1 - beta) / (1 - beta**counts))[codes]
    return _weighted(weights / weights.mean())


def _weighted(weights: np.ndarray) -> Plan:
    return Plan(np.arange(len(weights)), weights=weights.astype(np.float32))
