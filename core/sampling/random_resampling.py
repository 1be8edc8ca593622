"""Strategies that only drop or repeat images, at random; imbalanced-learn draws, so that its semantics are ours."""

from collections import Counter

import numpy as np

from core.errors import BadInput
from core.registry import Param
from core.sampling import SAMPLERS

_LIBRARY = "imbalanced-learn (Lemaitre 2017)"
_TARGET = Param("target", 300, 1, 20_000, "images a class after resampling")


@SAMPLERS.add(
    "none", title="No resampling", summary="Every training image once, as imbalanced as the data is.", source="baseline"
)
def _none(labels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return np.arange(len(labels))


@SAMPLERS.add(
    "under",
    title="Random under",
    summary="Drop images at random until every class is as small as the rarest.",
    source=f"RandomUnderSampler, {_LIBRARY}",
)
def _under(labels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return _drop(labels, rng, min(Counter(labels).values()))


@SAMPLERS.add(
    "over",
    title="Random over",
    summary="Repeat images at random until every class is as large as the commonest.",
    source=f"RandomOverSampler, {_LIBRARY}",
)
def _over(labels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return _repeat(labels, rng, max(Counter(labels).values()))


@SAMPLERS.add(
    "under_over",
    title="Under + over to a target",
    summary="Drop from the large classes and repeat in the small ones until each has the target.",
    source=f"the students' report (300 a class); {_LIBRARY}",
    params=(_TARGET,),
)
def _under_over(labels: np.ndarray, rng: np.random.Generator, target: int) -> np.ndarray:
    kept = _drop(labels, rng, target)
    return kept[_repeat(labels[kept], rng, target)]


def _drop(labels: np.ndarray, rng: np.random.Generator, most: int) -> np.ndarray:
    """Return positions with at most `most` of each class, none repeated."""
    from imblearn.under_sampling import RandomUnderSampler  # brings scikit-learn along: only when something is drawn

    wanted = {label: min(count, most) for label, count in Counter(labels).items()}
    return _indices(RandomUnderSampler(sampling_strategy=wanted, random_state=state(rng)), labels)


def _repeat(labels: np.ndarray, rng: np.random.Generator, least: int) -> np.ndarray:
    """Return positions with at least `least` of each class; every image is kept."""
    from imblearn.over_sampling import RandomOverSampler

    wanted = {label: max(count, least) for label, count in Counter(labels).items()}
    return _indices(RandomOverSampler(sampling_strategy=wanted, random_state=state(rng)), labels)


def _indices(sampler, labels: np.ndarray) -> np.ndarray:
    check_several(labels)
    sampler.fit_resample(np.arange(len(labels))[:, None], labels)
    return sampler.sample_indices_


def check_several(labels: np.ndarray) -> None:
    """Raise BadInput where there is only one class: nothing can be balanced."""
    if len(set(labels)) < 2:
        raise BadInput(
            f"There is nothing to balance: all {len(labels)} images are {labels[0]!r}; choose no resampling."
        )


def state(rng: np.random.Generator) -> int:
    """Draw the integer seed that imbalanced-learn takes from the generator that is passed around here."""
    return int(rng.integers(2**31))
