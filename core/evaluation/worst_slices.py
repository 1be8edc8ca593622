"""The slices that are judged worst: sought among all attributes, their pairs, and their pairs with classes and answers.

After Slice Finder (Chung et al. 2019): slices that can be said in words, no more specific than needed, with a guard
against having searched many.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.evaluation.conditions import CLASS, SAID, Conditions, in_words, position_of, rows_of
from core.evaluation.slice_search import LEVEL, Candidates, SliceSearch
from core.evaluation.slices import judged

N_FLIPS = 1000
_ALONE = 1.645
"""The one-sided 95 % quantile of a normal distribution: how clear a comparison of two slices must be."""
_SAME = 0.8
"""The share of common images from which one slice is taken to lie within another."""
_MOST_COMPARED = 200
_LEAST_LOSS = 0.01
"""A smaller loss is not worth a line, however clear."""


@dataclass(frozen=True)
class WorstSlices:
    """What the search found."""

    table: pd.DataFrame
    """One row a slice, first those that are found: `conditions`, `slice` (in words), `n_images`, `n_persons`, `wrong`
    (share of its images), `expected` (what its mix of classes explains), `loss` (wrong less expected), `at_least` (a
    bound that holds for all slices searched at once, with 95 % certainty), `p` (that chance alone gives any slice so
    clear a loss), `found` (p below 0.05) and `also` (slices of nearly the same images, in words)."""
    n_searched: int
    min_images: int
    min_persons: int
    n_flips: int
    seed: int

    @property
    def found(self) -> pd.DataFrame:
        """Return the rows that are no chance."""
        return self.table[self.table["found"]]

    @property
    def sentence(self) -> str:
        """Return what stands out, in words."""
        if not self.n_searched:
            return f"No slice has {self.min_images} images of {self.min_persons} persons, so none can be judged."
        if self.found.empty:
            return (
                f"Nothing stands out: of {self.n_searched:,} slices none is worse than its mix of classes explains by "
                "more than chance does."
            )
        worst = self.found.iloc[0]
        return (
            f"The clearest weak spot is “{worst['slice']}”: {_share_of(worst)}, where its mix of classes explains "
            f"{worst['expected']:.0%}; of the difference, chance does not explain {worst['at_least'] * 100:.0f} points "
            f"or more, although {self.n_searched:,} slices were searched."
        )

    @property
    def method(self) -> str:
        """Return how the slices were sought, in sentences."""
        return (
            f"{self.n_searched:,} slices with {self.min_images} images of {self.min_persons} persons or more were "
            "searched: each value of an attribute, each pair of two attributes' values, each value with each true "
            "class, and, for each answer, how many images of other classes are taken for it. Expected is what each "
            "class gets wrong over all images, in the slice's own mix of classes (Mantel & Haenszel 1959). Who "
            "searches many finds something in any noise, so the bound and p count that in: what each person adds to "
            f"the losses changes its sign at random, {self.n_flips:,} times with seed {self.seed}, and the clearest "
            "loss of all slices counts (maxT, Westfall & Young 1993; Kline & Santos 2012). A slice that says nothing "
            "new beside a simpler or a clearer one is left out (after Slice Finder, Chung et al. 2019)."
        )


def worst_slices(
    predictions: pd.DataFrame,
    attributes: pd.DataFrame,
    n: int = 10,
    min_images: int = 20,
    min_persons: int = 5,
    n_flips: int = N_FLIPS,
    seed: int = 0,
    said: np.ndarray | None = None,
) -> WorstSlices:
    """Return the slices that are most below what their mix of classes explains.

    Those that are no chance come first, the largest certain loss first; then the others, the clearest first.

    Args:
        predictions, attributes, said: as in `core.evaluation.slices.slices`.
        n: how many slices are listed at most.
        min_images: a slice with fewer is not looked at.
        min_persons: the same for persons.
        n_flips: random changes of sign behind the bound and p.
        seed: of them.
    """
    search = SliceSearch(judged(predictions, said), attributes, min_images, min_persons, seed)
    found = search.candidates(n_flips)
    return WorstSlices(
        _table(found, _Chosen(search, found).first(n)), len(found.conditions), min_images, min_persons, n_flips, seed
    )


@dataclass(frozen=True)
class _Listed:
    """A slice that was chosen."""

    position: int
    rows: np.ndarray
    also: list[str]


class _Chosen:
    """Chooses among the candidates those that say something of their own.

    A slice of two conditions must be worse than its attributes alone; one within a listed slice must be worse than
    that; any other must be worse than expected without the images of each listed slice. Wrong answers and one certain
    wrong answer among the same images are told apart by how many images more are concerned. Each comparison has a 95 %
    bound of its own: they decide what is worth a line, and no claim rests on them.
    """

    def __init__(self, search: SliceSearch, found: Candidates):
        self.search, self.found, self.given = search, found, search.given

    def first(self, n: int) -> list[_Listed]:
        """Return at most n slices."""
        listed: list[_Listed] = []
        for position in self._order():
            if len(listed) == n:
                break
            conditions = self.found.conditions[position]
            rows = rows_of(self.given, self.search.attributes, conditions)
            if not self._adds_to_its_parts(conditions, rows):
                continue
            known = next((one for one in listed if not self._adds_to(one, conditions, rows)), None)
            if known is None:
                listed.append(_Listed(int(position), rows, []))
            elif _are_alike(rows, known.rows):
                known.also.append(in_words(conditions))
        return listed

    def _order(self) -> np.ndarray:
        """Return positions of the candidates with a loss, those that are found first."""
        found = self.found
        certain = found.p < 1 - LEVEL
        order = np.lexsort((-np.where(certain, found.at_least, found.clear), ~certain))
        return order[found.loss[order] >= _LEAST_LOSS][:_MOST_COMPARED]

    def _adds_to_its_parts(self, conditions: Conditions, rows: np.ndarray) -> bool:
        if len(conditions) == 1 or self._answer(conditions) is not None:
            return True  # an answer's share of all images is what it is held against already
        attributes = self.search.attributes
        parts = [rows_of(self.given, attributes, (part,)) for part in conditions if part[0] != CLASS]
        return all(self._is_worse(rows, part, None) for part in parts)

    def _adds_to(self, listed: _Listed, conditions: Conditions, rows: np.ndarray) -> bool:
        answer, other = self._answer(conditions), self._answer(self.found.conditions[listed.position])
        shared = (rows & listed.rows).sum()
        if answer != other:
            if None not in (answer, other) or shared < _SAME * min(rows.sum(), listed.rows.sum()):
                return True
            return _is_clear(self.search.scores_of(rows, answer) - self.search.scores_of(listed.rows, other))
        if _are_alike(rows, listed.rows):
            return False
        if shared >= _SAME * rows.sum():
            return self._is_worse(rows, listed.rows, answer)
        rest = rows & ~listed.rows
        return rest.sum() >= self.search.min_images and _is_clear(self.search.scores_of(rest, answer))

    def _is_worse(self, rows: np.ndarray, others: np.ndarray, answer: int | None) -> bool:
        """Return whether the loss of a slice is clearly larger than that of another which holds most of it."""
        if answer is not None:
            others = others & (self.given.true != answer)
        own, other = self.search.scores_of(rows, answer), self.search.scores_of(others, answer)
        return _is_clear(own / rows.sum() - other / max(others.sum(), 1))

    def _answer(self, conditions: Conditions) -> int | None:
        return position_of(self.given, dict(conditions).get(SAID))


def _are_alike(rows: np.ndarray, others: np.ndarray) -> bool:
    return bool((rows & others).sum() >= _SAME * (rows | others).sum())


def _is_clear(scores: np.ndarray) -> bool:
    return bool(scores.sum() > _ALONE * np.sqrt((scores**2).sum()))


def _share_of(row: pd.Series) -> str:
    answer = dict(row["conditions"]).get(SAID)
    if answer is None:
        return f"{row['wrong']:.0%} of {row['n_images']:,} images are judged wrongly"
    return f"{row['wrong']:.0%} of {row['n_images']:,} images that are not {answer} are said to be it"


def _table(found: Candidates, listed: list[_Listed]) -> pd.DataFrame:
    places = np.array([one.position for one in listed], dtype=np.int64)
    conditions = [found.conditions[place] for place in places]
    numbers = ("n_images", "n_persons", "wrong", "loss", "at_least", "p")
    table = pd.DataFrame(
        {"conditions": pd.Series(conditions, dtype=object), "slice": [in_words(each) for each in conditions]}
        | {name: getattr(found, name)[places] for name in numbers}
    )
    table.insert(5, "expected", table["wrong"] - table["loss"])
    return table.assign(found=table["p"] < 1 - LEVEL, also=[one.also for one in listed]).astype({"slice": "str"})
