"""The test parts of every split of one dataset, and the images that they are dealt from."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.catalog import Dataset, person_codes
from core.errors import BadInput
from core.splits import SPLITS, TEST_PARTS, check_split, deal

MOST_IMAGES = 20_000
"""Above this a model is judged on a sample, and persons are dealt without regard to class, which takes minutes."""
_RARE = 500  # images; a class with fewer is sampled whole


@dataclass(frozen=True)
class Parts:
    """Every image in one test part of every split that can be made."""

    images: pd.DataFrame
    """Rows of `Dataset.usable`, n of them, with their index."""
    of_split: dict[str, np.ndarray]
    """Name of a split -> the number of the part that tests each image, int64, shape (n,)."""
    notes: tuple[str, ...]
    """Sentences on splits that cannot be made, and on a sample."""


def deal_all(dataset: Dataset, seed: int = 0, at_most: int | None = None) -> Parts:
    """Return the test parts of every entry of SPLITS: five each, or as many as there are annotators if fewer.

    Args:
        dataset: whose usable images are dealt.
        seed: of the splits and the sample.
        at_most: deal a sample of whole persons where there are more images; all of them if None.
    """
    images = dataset.usable if at_most is None else sample_of_persons(dataset.usable, at_most, seed)
    notes = []
    if len(images) < len(dataset.usable):
        notes.append(f"Of {len(dataset.usable):,} images {len(images):,} were used: whole persons, drawn at random.")
    if not images["person"].notna().any():
        notes.append("File names tell no persons here, so every image counts as somebody else.")
    of_split, problems = {}, {}
    for split in SPLITS.names():
        try:
            parts = _deal(split, images, seed)
        except BadInput as problem:
            problems[split] = problem
            continue
        numbers = np.empty(len(images), dtype=np.int64)
        for number, part in enumerate(parts):
            numbers[part] = number
        of_split[split] = numbers
    if not of_split:
        raise next(iter(problems.values()))
    notes += [f"{SPLITS[split].title}: {problem}" for split, problem in problems.items()]
    return Parts(images, of_split, tuple(notes))


def _deal(split: str, images: pd.DataFrame, seed: int) -> list[np.ndarray]:
    """Return the test parts, those of very many persons in a fast way: so many images mix the classes by themselves."""
    if split != "person_disjoint" or len(images) <= MOST_IMAGES:
        return deal(split, images, seed=seed)
    from sklearn.model_selection import GroupKFold  # slow to import: only when a split is made

    check_split(split, images)
    persons = person_codes(images["person"])
    return [test for _, test in GroupKFold(TEST_PARTS, shuffle=True, random_state=seed).split(persons, groups=persons)]


def sample_of_persons(usable: pd.DataFrame, n: int, seed: int) -> pd.DataFrame:
    """Return about `n` images of whole persons, so that everybody is as often there as in all of them.

    Persons of whom a class with fewer than 500 images has one come first, the others at random.
    """
    if len(usable) <= n:
        return usable
    persons = person_codes(usable["person"])
    counts = usable["label"].value_counts()
    rare = np.bincount(persons, usable["label"].map(counts < _RARE).to_numpy(dtype=float)) > 0
    rank = np.random.default_rng(seed).permutation(len(rare)) + np.where(rare, 0, len(rare))
    order = np.argsort(rank)
    within = np.cumsum(np.bincount(persons)[order]) <= n
    within[0] = True  # one person alone may have more
    chosen = np.zeros(len(rare), dtype=bool)
    chosen[order[within]] = True
    return usable[chosen[persons]]
