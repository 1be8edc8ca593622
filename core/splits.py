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
TEST_PARTS = 5
"""How many parts a hold-out deals the images into, to test on one of them."""
_VALIDATION_PARTS = 8
_USEFUL = (1 / 40, 1 / 4)
"""Shares of what is not test: less watches too few images, more leaves too few to train on."""


@dataclass(frozen=True)
class Fold:
    """One division of the images: three arrays of positions, int64, that share no position."""

    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray

    def only(self, wanted: np.ndarray) -> "Fold":
        """Return the fold without the images for which `wanted`, boolean of shape (n,), is False."""
        return Fold(*(part[wanted[part]] for part in (self.train, self.validation, self.test)))


@SPLITS.add(
    "person_disjoint",
    title="Person-disjoint",
    summary="All images of a person fall into the same part, so the test shows only people never trained on.",
    source="StratifiedGroupKFold, scikit-learn",
)
def _person_disjoint(images: pd.DataFrame, n_parts: int, seed: int) -> list[np.ndarray]:
    return _deal_groups(images, person_codes(images["person"]), n_parts, seed)


@SPLITS.add(
    "random",
    title="Random",
    summary="Images are dealt at random, class by class; the test may show people who were trained on (flattering).",
    source="StratifiedKFold, scikit-learn",
)
def _random(images: pd.DataFrame, n_parts: int, seed: int) -> list[np.ndarray]:
    from sklearn.model_selection import StratifiedKFold  # slow to import: only when a split is made

    labels = _label_codes(images)
    return [test for _, test in StratifiedKFold(n_parts, shuffle=True, random_state=seed).split(labels, labels)]


@SPLITS.add(
    "annotator_disjoint",
    title="Annotator-disjoint",
    summary="All images of an annotator fall into the same part, so the test asks whether somebody else's labels are "
    "foreseen too.",
    source="StratifiedGroupKFold, scikit-learn",
)
def _annotator_disjoint(images: pd.DataFrame, n_parts: int, seed: int) -> list[np.ndarray]:
    return _deal_groups(images, annotator_codes(images["annotator"]), n_parts, seed)


def annotator_codes(annotators: pd.Series) -> np.ndarray:
    """Return an integer an annotator, int64, shape (n,); all images without one (NA) have one nameless annotator."""
    return pd.factorize(annotators, use_na_sentinel=False)[0].astype(np.int64)


def _deal_groups(images: pd.DataFrame, groups: np.ndarray, n_parts: int, seed: int) -> list[np.ndarray]:
    from sklearn.model_selection import StratifiedGroupKFold

    labels = _label_codes(images)
    splitter = StratifiedGroupKFold(n_parts, shuffle=True, random_state=seed)
    return [test for _, test in splitter.split(labels, labels, groups)]


def _label_codes(images: pd.DataFrame) -> np.ndarray:
    """Return an integer a label, in alphabetical order: the folds of the words themselves, found much faster."""
    return pd.factorize(images["label"], sort=True)[0]


def check_split(split: str, images: pd.DataFrame, n_folds: int = HOLD_OUT) -> None:
    """Raise BadInput where so many folds of these images cannot be made; cheap, so that nobody waits to be refused.

    Args:
        split: the name of an entry of SPLITS.
        images: `label`, `person` and `annotator`, one row an image.
        n_folds: as in `make_folds`.
    """
    name = SPLITS[split].name
    if n_folds != HOLD_OUT and not 2 <= n_folds <= 20:
        raise BadInput(f"The number of folds must be from 2 to 20 (or {HOLD_OUT} for a hold-out), not {n_folds}.")
    if len(images) < 2 * _VALIDATION_PARTS:
        raise BadInput(
            f"{len(images)} usable images are too few to split; at least {2 * _VALIDATION_PARTS} are needed."
        )
    counts = images["label"].value_counts()
    if len(counts) < 2:
        raise BadInput(f"All {len(images)} usable images are {counts.index[0]!r}; a model needs at least two classes.")
    n_parts = n_folds or TEST_PARTS
    if counts.max() < n_parts:
        raise BadInput(
            f"No class has more than {counts.max()} images, too few for {n_parts} parts; "
            "gather more images a class, or choose fewer folds."
        )
    if name == "person_disjoint":
        _check_persons(images["person"], n_parts)
    elif name == "annotator_disjoint":
        _check_annotators(images["annotator"], n_folds)


def _check_persons(persons: pd.Series, n_parts: int) -> None:
    n_persons = len(np.unique(person_codes(persons)))
    if n_persons < n_parts:
        raise BadInput(
            f"{n_persons} persons cannot be dealt into {n_parts} parts; choose the random split, or fewer folds."
        )


def _check_annotators(annotators: pd.Series, n_folds: int) -> None:
    if annotators.isna().all():
        raise BadInput("No image names its annotator; choose another split.")
    n_annotators = annotators.nunique(dropna=False)
    if n_annotators == 1:
        raise BadInput(f"All images were labelled by {annotators.iloc[0]}; choose another split.")
    if n_annotators < n_folds:
        raise BadInput(
            f"{n_annotators} annotators cannot be dealt into {n_folds} folds; choose a hold-out or another split, "
            f"or at most {n_annotators} folds."
        )


def make_folds(split: str, images: pd.DataFrame, n_folds: int = HOLD_OUT, seed: int = 0) -> list[Fold]:
    """Divide the images by the split named `split`.

    Args:
        split: the name of an entry of SPLITS.
        images: one row an image: `label`; `person`, where NA is someone seen once; `annotator`, where all NA are one
            nameless annotator.
        n_folds: 2 or more for k-fold (each image is tested exactly once), HOLD_OUT for one fold with a fifth as test.
        seed: the same seed gives the same folds on any machine.

    Returns:
        A fold each; an eighth of what is not test is kept as validation, divided by the same rule. Annotators cannot be
        cut to measure: a hold-out tests on the part nearest to a fifth, and the part nearest to an eighth of the rest
        is validation. Where only one annotator is left, or none has from a fortieth to a quarter of the rest, the
        validation part is divided by person: what is tested stays apart all the same.
    """
    tests = deal(split, images, n_folds, seed)
    if not n_folds:
        tests = [_nearest(tests, len(images) / TEST_PARTS) if _is_lumpy(split) else tests[0]]
    return [_with_validation(split, images, test, seed) for test in tests]


def deal(split: str, images: pd.DataFrame, n_folds: int = HOLD_OUT, seed: int = 0) -> list[np.ndarray]:
    """Return the parts that are tested one after the other, arrays of positions; together they are all images.

    For a hold-out these are five, or as many as there are annotators if there are fewer. Arguments as in `make_folds`.
    """
    check_split(split, images, n_folds)
    n_parts = n_folds or TEST_PARTS
    if not n_folds and _is_lumpy(split):
        n_parts = min(n_parts, images["annotator"].nunique(dropna=False))
    return _divide(split, images, n_parts, seed)


def _is_lumpy(split: str) -> bool:
    """Return whether the parts of a split may differ much in size: one annotator may hold half of all images."""
    return SPLITS[split].name == "annotator_disjoint"


def _nearest(parts: list[np.ndarray], size: float) -> np.ndarray:
    """Return the part with about so many images; of equals, the first."""
    return min(parts, key=lambda part: abs(len(part) - size))


def _with_validation(split: str, images: pd.DataFrame, test: np.ndarray, seed: int) -> Fold:
    rest = np.setdiff1d(np.arange(len(images)), test)
    validation = rest[_validation_part(split, images.iloc[rest], seed)]
    return Fold(np.setdiff1d(rest, validation), validation, np.sort(test))


def _validation_part(split: str, images: pd.DataFrame, seed: int) -> np.ndarray:
    # Few persons or small classes: a larger part watches.
    n_parts = min(_VALIDATION_PARTS, images["label"].value_counts().max())
    if _is_lumpy(split):
        n_annotators = images["annotator"].nunique(dropna=False)
        parts = _divide(split, images, min(n_parts, n_annotators), seed) if n_annotators > 1 else []
        useful = [part for part in parts if _USEFUL[0] <= len(part) / len(images) <= _USEFUL[1]]
        if useful:
            return _nearest(useful, len(images) / _VALIDATION_PARTS)
        split = "person_disjoint"
    n_persons = len(np.unique(person_codes(images["person"])))
    return _divide(split, images, min(n_parts, n_persons), seed)[0]


def _divide(split: str, images: pd.DataFrame, n_parts: int, seed: int) -> list[np.ndarray]:
    """Call a splitter without its warning about classes smaller than the number of parts: pages say that in words."""
    import warnings

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The least populated class")
        try:
            return SPLITS[split].build(images, n_parts, seed)
        except ValueError as error:
            raise BadInput(f"These images cannot be split into {n_parts} parts: {error}") from error
