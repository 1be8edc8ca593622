"""What a finding is, and the list of the functions that look for one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from core.catalog import Dataset


@dataclass(frozen=True)
class Finding:
    """One thing that would mislead whoever trains on this dataset."""

    name: str
    sentence: str
    why: str
    """What it does to a score, in one sentence."""
    page: str
    """The page that shows it: a file's stem in pages/."""
    images: pd.Series
    """The images behind it: paths below the dataset's root."""
    stake: float
    """Which part of a class's or the whole score it can make wrong, in [0, 1]: the order of the sentences."""


@dataclass(frozen=True)
class Evidence:
    """What is known of a dataset when its findings are asked for."""

    dataset: Dataset
    measures: pd.DataFrame | None = None
    """The table of `core.measures`; None where the pixels were not looked at yet."""


Finder = Callable[[Evidence], Finding | None]
FINDERS: list[Finder] = []


def finder(find: Finder) -> Finder:
    """Register a function that looks for one kind of fault."""
    FINDERS.append(find)
    return find
