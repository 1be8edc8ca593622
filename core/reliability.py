"""How often a predictor is right when it says so, on people it never saw: what its answer to a new face is worth.

Intervals are 95 %, by whole persons (`core.evaluation.bootstrap`). Where every answer was right, or none, resampling
people finds nothing else, so the bound is Clopper and Pearson's (1934), one trial a person.

Temperature and tau of a run were found on other images. Those of a network of the zoo were found on the very answers
that are counted here: two numbers on thousands of people, which can hardly flatter.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

import numpy as np

from core.errors import BadInput
from core.evaluation.answers import answered_sums
from core.evaluation.bootstrap import TAILS, Sums, draws_of
from core.evaluation.decisions import decide
from core.evaluation.predictions import probability_labels
from core.labels import in_words
from core.predictors import Predictor

_NARROW = 0.2
"""An interval narrower than this is told in hundredths, a wider one in tenths."""
_FEW = 3
"""Of fewer people than this, no share says anything."""


@dataclass(frozen=True)
class Reliability:
    """What one answer of a predictor is worth."""

    label: str
    n_said: int
    """Of how many of the judged pictures it said this."""
    n_right: int
    """Of how many of these it was true."""
    share: float
    """n_right / n_said, from 0 to 1; NaN, as its interval, where it never said this."""
    low: float
    high: float
    """Ends of the 95 % interval of the share."""
    sentence: str
    """All of it in words."""


@dataclass(frozen=True)
class Answered:
    """What saying nothing below some confidence buys."""

    n: int
    """Judged pictures."""
    n_answered: int
    coverage: float
    """Share of the judged pictures that get an answer, from 0 to 1."""
    accuracy: float
    """Share of the answers that are right, from 0 to 1; NaN, as its interval, where there are none."""
    low: float
    high: float
    """Ends of the 95 % interval of the accuracy."""
    sentence: str
    """All of it in words."""


@lru_cache(maxsize=256)
def reliability(predictor: Predictor, rare: bool = False, below: float = 0.0) -> Mapping[str, Reliability]:
    """Return how often the predictor is right when it says each of its labels; kept for the next call.

    Args:
        predictor: who answers.
        rare: whether it weighs up rare classes.
        below: the confidence, from 0 to 1, below which it says nothing: only firmer answers are counted then.

    Raises:
        BadInput: its table of predictions is damaged or of other labels.
    """
    sums = _judged(predictor, rare, below)
    rows = zip(predictor.labels, sums.hits.T, sums.said.T, strict=True)
    return MappingProxyType({label: _of_label(predictor, label, hits, said, below) for label, hits, said in rows})


@lru_cache(maxsize=256)
def answered(predictor: Predictor, below: float = 0.0, rare: bool = False) -> Answered:
    """Return how many pictures are answered, and how many of the answers are right; arguments as in `reliability`."""
    sums, n = _judged(predictor, rare, below), len(predictor.judged)
    hits, said = sums.hits.sum(1), sums.said.sum(1)
    n_answered, (low, high) = int(said.sum()), _interval(hits, said)
    accuracy = float(hits.sum() / n_answered) if n_answered else np.nan
    right = f"{_hundredths(accuracy)} in 100 answers are right ({100 * low:.0f} to {100 * high:.0f})"
    sure = f"it is at least {100 * below:g}% sure of"
    if not n_answered:
        told = f"{sure} no picture, so it says nothing"
    else:
        told = f"{sure} {_hundredths(n_answered / n)} pictures in 100; of these, {right}" if below else right
    sentence = f"Judged on {predictor.judged_on}, {told}."
    return Answered(n, n_answered, n_answered / n, accuracy, low, high, sentence)


def _judged(predictor: Predictor, rare: bool, below: float) -> Sums:
    """Return the sums of each person over the answered pictures, shape (P, K)."""
    table = predictor.judged
    if tuple(probability_labels(table)) != predictor.labels:
        raise BadInput(f"The predictions of {predictor.name} are of other labels than its network; make them again.")
    return answered_sums(table, decide(table, predictor.decision(rare, below), np.asarray(predictor.priors)).codes)


def _of_label(predictor: Predictor, label: str, hits: np.ndarray, said: np.ndarray, below: float) -> Reliability:
    """Return what a label is worth, of the numbers of each person, shape (P,)."""
    n_said, n_right = int(said.sum()), int(hits.sum())
    low, high = _interval(hits, said)
    share = n_right / n_said if n_said else np.nan
    sure = f", at least {100 * below:g}% sure" if below else ""
    name, on = in_words(label), predictor.judged_on + sure
    sentence = f"It never said {name} of {on}."
    if n_said:
        sentence = f"When it says {name} of {on}, it {_right(n_right, n_said, np.count_nonzero(said), low, high)}."
    return Reliability(label, n_said, n_right, share, low, high, sentence)


def _right(n_right: int, n_said: int, n_persons: int, low: float, high: float) -> str:
    """Return "is right 3 times in 10 (1 to 6; it said so 21 times)"."""
    so = "it said so once" if n_said == 1 else f"it said so {n_said:,} times"
    certain = n_right in (0, n_said)
    always = "was always right" if n_right else "was never right"
    if n_persons < _FEW:
        was = always if certain else f"was right {n_right:,} time{'' if n_right == 1 else 's'}"
        return f"{was}, but {so} of {n_persons} {'person' if n_persons == 1 else 'persons'}: too few to know"
    if certain:
        bound = f"at worst it is right {_times(low, 10)}" if n_right else f"at best it is right {_times(high, 10)}"
        return f"{always} ({so}; {bound})"
    share = n_right / n_said
    whole = 100 if high - low < _NARROW or not 0.05 <= share <= 0.95 else 10
    return f"is right {_times(share, whole)} ({low * whole:.0f} to {high * whole:.0f}; {so})"


def _times(share: float, whole: int) -> str:
    """Return "3 times in 10"."""
    n = round(share * whole)
    return f"{n} time{'' if n == 1 else 's'} in {whole}"


def _hundredths(share: float) -> str:
    return "fewer than 1" if share < 0.01 else f"{100 * share:.0f}"


def _interval(hits: np.ndarray, said: np.ndarray) -> tuple[float, float]:
    """Return the 95 % interval of the share of right answers, of the numbers of each person, shape (P,)."""
    if not said.any():
        return np.nan, np.nan
    certain = TAILS[0] ** (1 / np.count_nonzero(said))  # so rarely would all persons be right, or all be wrong
    if not hits.any():
        return 0.0, float(1 - certain)
    if (hits == said).all():
        return float(certain), 1.0
    drawn = draws_of(len(said)) @ np.stack([hits, said], axis=1).astype(np.float32)
    drawn = drawn[drawn[:, 1] > 0]  # in the other resamples nobody was told so
    low, high = np.quantile(drawn[:, 0] / drawn[:, 1], TAILS)
    return float(low), float(high)
