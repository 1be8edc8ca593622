"""What is honest to say of made pictures: four measures of one panel, and the file that keeps them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

import numpy as np

from core.errors import BadInput
from core.synthesis.artefacts import Sign, count_signs
from core.synthesis.kernel_distance import KernelDistance, kernel_distance
from core.synthesis.memory import Memory
from core.synthesis.telling import Telling, tell_apart

_MOST = 1000
_FEWEST = 4
"""A distance between fewer pictures says nothing."""


@dataclass(frozen=True)
class Copies:
    """How near the made pictures lie to those that the GAN saw."""

    memorised: int
    n: int
    limit: float
    """A made picture as near as this to one that the GAN saw counts as memorised."""
    usual: float | None
    """The median distance of a real picture to the nearest of somebody else; None where there is nobody else."""
    made: float
    """The median distance of a made picture to the nearest that the GAN saw."""
    features: str


@dataclass(frozen=True)
class Honesty:
    """The panel. What is None could not be measured: there are too few pictures."""

    copies: Copies
    telling: Telling | None
    signs: tuple[Sign, ...]
    distance: KernelDistance | None

    def to_json(self) -> dict:
        """Return plain data; `honesty_from(data)` is the same panel."""
        return asdict(self)


def judge_samples(
    memory: Memory,
    real: np.ndarray,
    real_labels: np.ndarray,
    persons: np.ndarray,
    changed: np.ndarray,
    made: np.ndarray,
    made_labels: np.ndarray,
    seed: int = 0,
) -> Honesty:
    """Return the panel of made pictures.

    Args:
        memory: what `find_copies` gave for them.
        real: pictures of the chosen classes that the GAN saw, uint8, (n, 64, 64).
        real_labels: their labels, object, (n,).
        persons: an integer a person, (n,).
        changed: the real ones after augmentation, uint8, (n, 64, 64).
        made: uint8, (m, 64, 64).
        made_labels: their labels, object, (m,).
        seed: draws equal numbers of each class.
    """
    ours, theirs = same_mix(real_labels, made_labels, np.random.default_rng(seed))
    copies = Copies(
        int(memory.memorised.sum()),
        len(made),
        memory.limit,
        memory.usual,
        float(np.median(memory.distances)),
        memory.features,
    )
    distance = kernel_distance(real[ours], made[theirs], seed) if len(ours) >= _FEWEST else None
    telling = tell_apart(real[ours], made[theirs], persons[ours], seed)
    return Honesty(copies, telling, tuple(count_signs(real[ours], changed[ours], made[theirs])), distance)


def same_mix(first: np.ndarray, second: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return positions into two arrays of labels, int64: each class as often in both as where it is rarer.

    At most about 1,000 of each: figures get no better from there on, and slower.
    """
    chosen: list[list[np.ndarray]] = [[], []]
    shared = sorted(set(first) & set(second))
    most = -(-_MOST // max(1, len(shared)))
    for label in shared:
        places = [rng.permutation(np.flatnonzero(labels == label)) for labels in (first, second)]
        fewest = min(*map(len, places), most)
        for kept, place in zip(chosen, places, strict=True):
            kept.append(place[:fewest])
    return tuple(np.concatenate([np.zeros(0, dtype=np.int64), *parts]) for parts in chosen)


def honesty_from(data: Mapping[str, object]) -> Honesty:
    """Return the panel in a record; one that is damaged raises BadInput."""
    try:
        telling, distance = data["telling"], data["distance"]
        return Honesty(
            Copies(**data["copies"]),
            telling
            and Telling(**telling | {name: tuple(telling[name]) for name in ("accuracy_interval", "auc_interval")}),
            tuple(
                Sign(**sign | {name: tuple(sign[name]) for name in ("real_interval", "made_interval")})
                for sign in data["signs"]
            ),
            distance and KernelDistance(**distance),
        )
    except (TypeError, KeyError, AttributeError, ValueError) as error:
        raise BadInput(
            f"The honesty panel is damaged ({error}); delete the made images and make them again."
        ) from error
