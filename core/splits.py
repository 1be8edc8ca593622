"""Which images train, which watch the training, and which judge it; resampling happens later, inside training only."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.catalog import person_codes
from core.errors import BadInput
from core.registry import Registry

SPLITS = Registry("split", default="person_disjoint")
HOLD_OUT = 0
"""The number of folds that stands for a single hold-out of a fifth."""
_TEST_FOLDS = 5
_VALIDATION_FOLDS = 8


@dataclass(frozen=True)
class Fold:
    """One division of the images: three arrays of positions, int64, that share no position."""

    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray


@SPLITS.add(
    "person_disjoint",
    title="Person-disjoint",
    summary="All images of a person fall into the same part, so the test shows only people never trained on.",
    source="StratifiedGroupKFold, scikit-learn",
)
def _person_disjoint(labels: np.ndarray, persons: np.ndarray, n_folds: int, seed: int) -> list[np.ndarray]:
    from sklearn.model_selection import StratifiedGroupKFold  # slow to import: only when a split is made

    splitter = StratifiedGroupKFold(n_folds, shuffle=True, random_state=seed)
    return [test for _, test in splitter.split(labels, labels, persons)]


@SPLITS.add(
    "random",
    title="Random",
    summary="Images are dealt at random, class by class; the test may show people who were trained on (flattering).",
    source="StratifiedKFold, scikit-learn",
)
def _random(labels: np.ndarray, persons: np.ndarray, n_folds: int, seed: int) -> list[np.ndarray]:
    from sklearn.model_selection import StratifiedKFold

    splitter = StratifiedKFold(n_folds, shuffle=True, random_state=seed)
    return [test for _, test in splitter.split(labels, labels)]


def check_split(split: str, labels: pd.Series, persons: pd.Series, n_folds: int = HOLD_OUT) -> None:
    """Raise BadInput where so many folds of these images cannot be made; cheap, so that nobody waits to be refused."""
    if n_folds != HOLD_OUT and not 2 <= n_folds <= 20:
        raise BadInput(f"The number of folds must be from 2 to 20 (or {HOLD_OUT} for a hold-out), not {n_folds}.")
    if len(labels) < 2 * _VALIDATION_FOLDS:
        raise BadInput(
            f"{len(labels)} usable images are too few to split; at least {2 * _VALIDATION_FOLDS} are needed."
        )
    counts = labels.value_counts()
    if len(counts) < 2:
        raise BadInput(f"All {len(labels)} usable images are {counts.index[0]!r}; a model needs at least two classes.")
    if counts.max() < (n_folds or _TEST_FOLDS):
        raise BadInput(
            f"No class has more than {counts.max()} images, too few for {n_folds or _TEST_FOLDS} parts; "
            "gather more images a class, or choose fewer folds."
        )
    n_parts, n_persons = n_folds or _TEST_FOLDS, len(np.unique(person_codes(persons)))
    if SPLITS[split].name == "person_disjoint" and n_persons < n_parts:
        raise BadInput(
            f"{n_persons} persons cannot be dealt into {n_parts} parts; choose the random split, or fewer folds."
        )


def make_folds(split: str, labels: pd.Series, persons: pd.Series, n_folds: int = HOLD_OUT, seed: int = 0) -> list[Fold]:
    """Divide the images by the split named `split`.

    Args:
        labels: the class of each image, shape (n,).
        persons: who each image shows, shape (n,); NA counts as someone seen once.
        n_folds: 2 or more for k-fold (each image is tested exactly once), HOLD_OUT for one fold with a fifth as test.
        seed: the same seed gives the same folds on any machine.

    Returns:
        A fold each; an eighth of what is not test is kept as validation, divided by the same rule.
    """
    check_split(split, labels, persons, n_folds)
    divide = SPLITS[split].build
    y = labels.to_numpy(dtype=object)
    groups = person_codes(persons)
    parts = _divide(divide, y, groups, n_folds or _TEST_FOLDS, seed)
    return [_with_validation(divide, y, groups, test, seed) for test in (parts if n_folds else parts[:1])]


def _with_validation(divide, y: np.ndarray, groups: np.ndarray, test: np.ndarray, seed: int) -> Fold:
    rest = np.setdiff1d(np.arange(len(y)), test)
    # Few persons or small classes: a larger part watches.
    n_parts = min(_VALIDATION_FOLDS, len(np.unique(groups[rest])), pd.Series(y[rest]).value_counts().max())
    validation = rest[_divide(divide, y[rest], groups[rest], n_parts, seed)[0]]
    return Fold(np.setdiff1d(rest, validation), validation, np.sort(test))


def _divide(divide, y: np.ndarray, groups: np.ndarray, n_folds: int, seed: int) -> list[np.ndarray]:
    """Call a splitter without its warning about classes smaller than the number of parts: pages say that in words."""
    import warnings

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The least populated class")
        try:
            return divide(y, groups, n_folds, seed)
        except ValueError as error:
            raise BadInput(f"These images cannot be split into {n_folds} parts: {error}") from error
