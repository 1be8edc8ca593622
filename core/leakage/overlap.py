"""How many test images show a person, a near copy or an annotator's work that training has too."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from core.catalog import Dataset, person_codes
from core.leakage.parts import deal_all
from core.splits import TEST_PARTS, annotator_codes

if TYPE_CHECKING:
    from pandas.io.formats.style import Styler

ALL = "all images"
_SHARES = ["person", "near_duplicate", "annotator"]
_MANY = 1000


@dataclass(frozen=True)
class Overlap:
    """What the test parts of each split share with their training parts."""

    table: pd.DataFrame
    """One row a split and label, `ALL` first: `split`, `label`, `n_test` (images, each tested once), and the share of
    them of which training holds the same `person`, a `near_duplicate` or the same `annotator`, in [0, 1]; NaN where
    nothing is known of them."""
    notes: tuple[str, ...]

    @property
    def splits(self) -> list[str]:
        """The splits that could be made."""
        return list(dict.fromkeys(self.table["split"]))

    def of(self, split: str) -> pd.DataFrame:
        """Return the rows of one split, without its name."""
        return self.table[self.table["split"] == split].drop(columns="split").reset_index(drop=True)

    def shown(self, split: str) -> Styler:
        """Return the same with shares written as per cent, no finer than so many images can tell; sorted as numbers."""
        table = self.of(split)
        style = table.style.format("{:,}", subset="n_test")
        for place, n in table["n_test"].items():
            style = style.format(_percent(n), subset=pd.IndexSlice[[place], _SHARES], na_rep="")
        return style


def overlap(dataset: Dataset, pairs: pd.DataFrame | None, seed: int = 0) -> Overlap:
    """Return what tests share with training under every split.

    Args:
        dataset: its usable images are dealt into five test parts (fewer by annotator, if there are fewer).
        pairs: near duplicates as `core.duplicates.near_pairs` gives them; None if not known.
        seed: of the splits.
    """
    parts = deal_all(dataset, seed)
    images = parts.images
    known = images["person"].notna().to_numpy()
    annotated = bool(images["annotator"].notna().any())
    copies = None if pairs is None else _positions(dataset, images, pairs)
    counts = images["label"].value_counts().reindex(list(dataset.labels)).dropna().astype("int64")
    rows = []
    for split, part in parts.of_split.items():
        shares = pd.DataFrame(
            {
                "person": np.where(known.any(), _in_other_part(person_codes(images["person"]), part), np.nan),
                "near_duplicate": np.nan if copies is None else _across(copies, part),
                "annotator": _in_other_part(annotator_codes(images["annotator"]), part) if annotated else np.nan,
            },
            index=images.index,
        ).astype(float)
        by_label = shares.groupby(images["label"]).mean().reindex(counts.index)
        whole = shares.mean().to_frame(ALL).T
        table = pd.concat([whole, by_label]).rename_axis("label").reset_index()
        table.insert(0, "split", split)
        table.insert(2, "n_test", table["label"].map(counts).fillna(len(images)).astype("int64"))
        rows.append(table)
    return Overlap(pd.concat(rows, ignore_index=True), parts.notes)


def _percent(n: int) -> Callable[[float], str]:
    """Return what writes shares of n images: with a decimal from 1,000 on, and never 0 % or 100 % of what is not."""
    decimals = int(n >= _MANY)
    least = 0.01 / 10**decimals

    def write(share: float) -> str:
        if 0 < share < least / 2:
            return f"< {least:.{decimals}%}"
        if 1 - least / 2 < share < 1:
            return f"> {1 - least:.{decimals}%}"
        return f"{share:.{decimals if 0 < share < 1 else 0}%}"

    return write


def _in_other_part(groups: np.ndarray, part: np.ndarray) -> np.ndarray:
    """Return 1.0 for each image whose group reaches into another part, which is in training when this one is tested."""
    n = groups.max(initial=-1) + 1
    low, high = np.full(n, part.max(initial=0) + 1), np.full(n, -1)
    np.minimum.at(low, groups, part)
    np.maximum.at(high, groups, part)
    return (low != high)[groups].astype(float)


def _positions(dataset: Dataset, images: pd.DataFrame, pairs: pd.DataFrame) -> np.ndarray:
    """Return both ends of the pairs as positions in `images`, shape (m, 2), without pairs that are not both in it."""
    place = pd.Series(np.arange(len(images)), index=images.index)
    ends = [place.reindex(dataset.catalog.index[pairs[end]]).to_numpy() for end in ("first", "second")]
    both = np.stack(ends, axis=1)
    return both[~np.isnan(both).any(axis=1)].astype(np.int64)


def _across(copies: np.ndarray, part: np.ndarray) -> np.ndarray:
    """Return 1.0 for each image that has a near duplicate in another part."""
    first, second = copies.T
    apart = part[first] != part[second]
    found = np.zeros(len(part))
    found[first[apart]] = found[second[apart]] = 1.0
    return found


def expected_person_overlap(images: pd.DataFrame, test_share: float = 1 / TEST_PARTS) -> tuple[float, pd.Series]:
    """Return the share of a random test set whose person is also in training: of all images, and of each label.

    For an image whose person has m images, it is 1 less the chance that the m - 1 others are all in the test as well
    (hypergeometric). An image of nobody known counts as somebody seen once.

    Args:
        images: `label` and `person`, one row an image.
        test_share: of the images, in (0, 1).
    """
    n, n_test = len(images), round(len(images) * test_share)
    persons = person_codes(images["person"])
    counts = np.bincount(persons)
    others = np.arange(counts.max(initial=1))  # 0, 1, ... other images of the same person
    # The chance that one more of them is in the test too, given that those before it are.
    steps = np.clip(n_test - others, 0, None)[1:] / np.clip(n - others, 1, None)[1:]
    all_in_test = np.concatenate([[1.0], np.cumprod(steps)])
    seen = pd.Series(1 - all_in_test[counts[persons] - 1], index=images.index)
    return float(seen.mean()) if n else 0.0, seen.groupby(images["label"]).mean()
