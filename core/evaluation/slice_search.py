"""Every slice of a run's images, and how clear its loss is against what chance does to the clearest of all.

The loss of a slice is its wrong answers less those that its mix of classes explains (the stratified count of Mantel &
Haenszel 1959), summed up by person. Chance: what each person adds changes its sign at random (a wild bootstrap of the
scores of clusters, Kline & Santos 2012), and the clearest loss among all slices counts (maxT, Westfall & Young 1993).
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from core.evaluation.conditions import CLASS, SAID, Conditions, outcome
from core.evaluation.slices import Judged, count_persons

LEVEL = 0.95
_MOST_CLUSTERS = 6000


@dataclass(frozen=True)
class Candidates:
    """All slices that were searched, one an entry: what describes them, and how clear their losses are."""

    conditions: list[Conditions] = field(default_factory=list)
    n_images: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    n_persons: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    wrong: np.ndarray = field(default_factory=lambda: np.zeros(0))
    """Share of the images."""
    loss: np.ndarray = field(default_factory=lambda: np.zeros(0))
    """`wrong` less what the mix of classes explains."""
    spread: np.ndarray = field(default_factory=lambda: np.zeros(0))
    """The standard deviation of `loss` where there is none."""
    by_chance: np.ndarray = field(default_factory=lambda: np.zeros(0))
    """How many spreads the clearest loss of all slices has in each change of signs, ascending, shape (n_flips,)."""

    @property
    def clear(self) -> np.ndarray:
        """Return how many spreads each loss has, shape (n_slices,)."""
        return np.divide(self.loss, self.spread, out=np.zeros(len(self.loss)), where=self.spread > 0)

    @property
    def p(self) -> np.ndarray:
        """Return how likely chance alone gives any slice so clear a loss, shape (n_slices,)."""
        above = len(self.by_chance) - np.searchsorted(self.by_chance, self.clear, side="left")
        return (1 + above) / (1 + len(self.by_chance))

    @property
    def at_least(self) -> np.ndarray:
        """Return bounds on the losses that hold for all slices at once, shape (n_slices,)."""
        reach = np.quantile(self.by_chance, LEVEL) if len(self.by_chance) else 0.0
        return self.loss - reach * self.spread


@dataclass(frozen=True)
class _Group:
    """Slices that share no image: the values of an attribute, or of two at once."""

    codes: np.ndarray
    """Which slice each image is in, -1 for none, int64, shape (n,)."""
    conditions: list[Conditions]
    answer: int | None = None
    """Where given, what counts as wrong is to say this label of images of another."""


@dataclass(frozen=True)
class _Part:
    """The large enough slices of a group."""

    conditions: list[Conditions]
    n_images: np.ndarray
    n_persons: np.ndarray
    wrong: np.ndarray
    scores: np.ndarray
    """What each cluster adds to each loss, in images, float64, shape (G, V)."""


class SliceSearch:
    """The sums behind the search; above some thousands of persons, persons are joined at random into clusters."""

    def __init__(self, given: Judged, attributes: pd.DataFrame, min_images: int, min_persons: int, seed: int):
        self.given, self.attributes = given, attributes
        self.min_images, self.min_persons, self.seed = min_images, min_persons, seed
        n_persons = int(given.persons.max(initial=-1)) + 1
        self.clusters, self.n_clusters = given.persons, n_persons
        if n_persons > _MOST_CLUSTERS:  # as independent as the persons themselves, and few enough for any dataset
            self.clusters = np.random.default_rng(seed).permutation(n_persons)[given.persons] % _MOST_CLUSTERS
            self.n_clusters = _MOST_CLUSTERS

    def candidates(self, n_flips: int) -> Candidates:
        """Return every slice with enough images and persons."""
        parts = [part for group in self._groups() if (part := self._large_enough(group)) is not None]
        if not parts:
            return Candidates()
        joined = {name: np.concatenate([getattr(part, name) for part in parts]) for name in ("n_images", "n_persons")}
        scores = np.concatenate([part.scores for part in parts], axis=1)
        root = np.sqrt((scores**2).sum(0))
        return Candidates(
            conditions=[conditions for part in parts for conditions in part.conditions],
            wrong=np.concatenate([part.wrong for part in parts]),
            loss=scores.sum(0) / joined["n_images"],
            spread=root / joined["n_images"],
            by_chance=self._clearest_by_chance(scores, root, n_flips),
            **joined,
        )

    def scores_of(self, rows: np.ndarray, answer: int | None) -> np.ndarray:
        """Return what each cluster adds to the loss of one slice, in images, shape (G,); `rows` is boolean, (n,)."""
        positions = np.flatnonzero(rows)
        return self._scores(positions, np.zeros(len(positions), dtype=np.int64), 1, answer)[:, 0]

    def _groups(self) -> Iterator[_Group]:
        labels, true = self.given.labels, self.given.true
        columns = [column for name in self.attributes if (column := self._frequent(name)).conditions]
        yield from columns
        yield from (_crossed(one, other) for one, other in itertools.combinations(columns, 2))
        classes = _Group(true, [((CLASS, str(label)),) for label in labels])
        for column in columns:
            yield _crossed(column, classes)
            for answer, label in enumerate(labels):
                conditions = [(*each, (SAID, str(label))) for each in column.conditions]
                yield _Group(np.where(true == answer, -1, column.codes), conditions, answer)

    def _frequent(self, name: str) -> _Group:
        """Return the values of an attribute that have enough images."""
        column = self.attributes[name].cat
        codes = column.codes.to_numpy().astype(np.int64)
        counts = np.bincount(codes[codes >= 0], minlength=len(column.categories))
        kept = np.flatnonzero(counts >= self.min_images)
        conditions = [((name, str(column.categories[value])),) for value in kept]
        return _Group(_renumbered(codes, kept, len(counts)), conditions)

    def _large_enough(self, group: _Group) -> _Part | None:
        given, n_slices = self.given, len(group.conditions)
        rows = np.flatnonzero(group.codes >= 0)
        n_images = np.bincount(group.codes[rows], minlength=n_slices)
        n_persons = count_persons(group.codes[rows], given.persons[rows], n_slices)
        kept = np.flatnonzero((n_images >= self.min_images) & (n_persons >= self.min_persons))
        if not len(kept):
            return None
        codes = _renumbered(group.codes, kept, n_slices)
        rows = np.flatnonzero(codes >= 0)
        codes = codes[rows]
        bad = outcome(given, group.answer)[rows]
        return _Part(
            [group.conditions[value] for value in kept],
            n_images[kept],
            n_persons[kept],
            np.bincount(codes, bad, len(kept)) / n_images[kept],
            self._scores(rows, codes, len(kept), group.answer),
        )

    def _scores(self, rows: np.ndarray, codes: np.ndarray, n_slices: int, answer: int | None) -> np.ndarray:
        """Return what each cluster adds to the loss of each slice, in images, float64, shape (G, V).

        Summed over clusters it is the wrong less the expected images. What a cluster adds to the rates of all images,
        by which the expected ones are counted, is taken off, so that the squares sum to the variance of that.

        Args:
            rows: positions of the images in any slice.
            codes: the slice of each, from 0 to V - 1.
            n_slices: V.
            answer: as in `_Group`.
        """
        n_labels = len(self.given.labels)
        residual, by_class = self._residuals[answer]
        own = np.bincount(self.clusters[rows] * n_slices + codes, residual[rows], self.n_clusters * n_slices)
        counts = np.bincount(self.given.true[rows] * n_slices + codes, minlength=n_labels * n_slices)
        share = counts.reshape(n_labels, n_slices) / np.maximum(self._n_true, 1)[:, None]
        return own.reshape(self.n_clusters, n_slices) - by_class @ share

    @cached_property
    def _n_true(self) -> np.ndarray:
        return np.bincount(self.given.true, minlength=len(self.given.labels))

    @cached_property
    def _residuals(self) -> dict[int | None, tuple[np.ndarray, np.ndarray]]:
        """How much more wrong each image is than its class on average, shape (n,), and its sums, shape (G, K)."""
        return {answer: self._residual(answer) for answer in (None, *range(len(self.given.labels)))}

    def _residual(self, answer: int | None) -> tuple[np.ndarray, np.ndarray]:
        n_labels, true = len(self.given.labels), self.given.true
        bad = outcome(self.given, answer).astype(float)
        residual = bad - (np.bincount(true, bad, n_labels) / np.maximum(self._n_true, 1))[true]
        by_class = np.bincount(self.clusters * n_labels + true, residual, self.n_clusters * n_labels)
        return residual, by_class.reshape(self.n_clusters, n_labels)

    def _clearest_by_chance(self, scores: np.ndarray, root: np.ndarray, n_flips: int) -> np.ndarray:
        rng = np.random.default_rng(self.seed)
        signs = rng.integers(0, 2, (n_flips, self.n_clusters), dtype=np.int8).astype(np.float32) * 2 - 1
        scaled = np.divide(scores, root, out=np.zeros_like(scores), where=root > 0).astype(np.float32)
        return np.sort((signs @ scaled).max(1).astype(float))


def _crossed(one: _Group, other: _Group) -> _Group:
    """Return the slices of images that are in a slice of both."""
    codes = np.where((one.codes < 0) | (other.codes < 0), -1, one.codes * len(other.conditions) + other.codes)
    return _Group(codes, [first + second for first in one.conditions for second in other.conditions])


def _renumbered(codes: np.ndarray, kept: np.ndarray, n_codes: int) -> np.ndarray:
    """Return codes among the kept ones only, -1 for all others."""
    new = np.full(n_codes + 1, -1)  # the last is for -1
    new[kept] = np.arange(len(kept))
    return new[codes]
