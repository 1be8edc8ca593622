"""The strategy that fills up small classes with changed copies, so that repeating is not learning by heart."""

import numpy as np

from core.augmentation import POLICY_PARAMS, Policy
from core.registry import Param
from core.sampling import SAMPLERS
from core.sampling.plan import Plan


@SAMPLERS.add(
    "augment",
    title="Augmentation to a target",
    summary="Fill up each class below the target with copies that are turned, cropped or relit anew in every pass; "
    "larger classes stay whole.",
    source="the students' report (3,000 a class); Shorten & Khoshgoftaar 2019",
    params=(
        Param("target", 3000, 1, 20_000, "images that each class has at least, copies included"),
        Param("originals", 0.0, 0.0, 1.0, "share of the originals that are changed too; 0 changes only the copies"),
        *POLICY_PARAMS,
    ),
)
def _augment(
    labels: np.ndarray,
    rng: np.random.Generator,
    target: int,
    originals: float,
    flip: float,
    crop: float,
    rotation: float,
    brightness: float,
    contrast: float,
    erasing: float,
    mixup: float,
    cutmix: float,
) -> Plan:
    n = len(labels)
    copies = [_copies(np.flatnonzero(labels == label), target, rng) for label in np.unique(labels)]
    indices = np.concatenate([np.arange(n), *copies])
    changed = np.arange(len(indices)) >= n
    changed[rng.permutation(n)[: round(originals * n)]] = True
    return Plan(
        indices,
        changed=changed,
        policy=Policy(flip, crop, rotation, brightness, contrast, erasing, mixup, cutmix),
    )


def _copies(members: np.ndarray, target: int, rng: np.random.Generator) -> np.ndarray:
    """Return which members are copied until there are `target` in all, int64.

    One shuffled round after another, so that no two members differ by more than one copy: drawing with replacement, as
    RandomOverSampler does, would copy some several times and others never, and waste what variety a rare class has.
    """
    missing = max(target - len(members), 0)
    rounds = np.tile(members, (-(-missing // len(members)), 1))
    return rng.permuted(rounds, axis=1).reshape(-1)[:missing]
