"""What decided answers are worth: scores over the answered, what abstaining buys, and the gain over other answers."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.evaluation.bootstrap import TAILS, Sums, draws_of, sums_by_person
from core.evaluation.decisions import Answers
from core.evaluation.predictions import persons_of, probability_labels, true_codes
from core.evaluation.scores import COMMON, OVERALL, scores

CURVE_POINTS = 60
"""How many thresholds a risk-coverage curve shows."""


@dataclass(frozen=True)
class Estimate:
    """A figure with its 95 % interval by person."""

    value: float
    low: float
    high: float

    @property
    def clear(self) -> bool:
        """Return whether the interval leaves out 0: the sign is no accident of who was photographed."""
        return self.low > 0 or self.high < 0


def one_person_an_image(predictions: pd.DataFrame) -> pd.DataFrame:
    """Return the table with the image's name as person where nobody is known.

    With several folds an image has a row a fold that it watched. These are no independent witnesses either: drawn
    together, the intervals stay as wide as they must be. Each row counts once, for each is another network's answer, as
    each test image is judged by one network.
    """
    return predictions.assign(person=predictions["person"].fillna(predictions["image"]))


def answered_sums(predictions: pd.DataFrame, codes: np.ndarray) -> Sums:
    """Return the sums of each person over the answered rows, shape (P, K), persons without an answer included."""
    return sums_by_person(true_codes(predictions), codes, persons_of(predictions), len(probability_labels(predictions)))


def gains(predictions: pd.DataFrame, codes: np.ndarray, than: np.ndarray) -> dict[str, Estimate]:
    """Return how much more one set of answers scores than another on the same images, by the names of `OVERALL`.

    Both are judged on the same resamples of persons, so what is hard for both cancels out. A score is over the answered
    images of each set; NaN where there is none to give.

    Args:
        predictions: whose answers these are.
        codes: shape (n,), -1 for unanswered.
        than: the same, of the answers to compare with.
    """
    first, second = answered_sums(predictions, codes), answered_sums(predictions, than)
    draws, common = draws_of(len(first.true)), first.total.true >= COMMON
    point, other = scores(first.total, common).overall, scores(second.total, common).overall
    drawn, others = scores(first.by(draws), common).overall, scores(second.by(draws), common).overall
    return {name: _estimate(float(point[name] - other[name]), drawn[name] - others[name]) for name in OVERALL}


def _estimate(value: float, drawn: np.ndarray) -> Estimate:
    low, high = (np.nan, np.nan) if np.isnan(value) else np.nanquantile(drawn, TAILS)
    return Estimate(value, float(low), float(high))


def coverage_by_class(predictions: pd.DataFrame, answers: Answers) -> pd.DataFrame:
    """Return `label`, `images`, `answered` and `coverage` (their share, from 0 to 1), a row a class, NaN for none."""
    labels = probability_labels(predictions)
    y_true = true_codes(predictions)
    images = np.bincount(y_true, minlength=len(labels))
    answered = np.bincount(y_true[answers.answered], minlength=len(labels))
    coverage = np.divide(answered, images, out=np.full(len(labels), np.nan), where=images > 0)
    return pd.DataFrame({"label": labels, "images": images, "answered": answered, "coverage": coverage})


def risk_coverage(predictions: pd.DataFrame, answers: Answers) -> pd.DataFrame:
    """Return what answering less buys (El-Yaniv & Wiener 2010): a row a threshold, the strictest first.

    Columns: `threshold` (the least confidence that is answered), `coverage` (share answered), `risk` (share of the
    answered that is wrong) and its 95 % interval by person, `low` and `high`. At most CURVE_POINTS rows, about as many
    images from each to the next; rows of equal confidence are answered together.
    """
    confidence = answers.confidence
    wrong = answers.probabilities.argmax(1) != true_codes(predictions)
    ranks = np.linspace(len(confidence) / CURVE_POINTS, len(confidence), CURVE_POINTS).round().astype(int) - 1
    thresholds = np.unique(np.sort(confidence)[::-1][np.maximum(ranks, 0)])[::-1]
    persons = persons_of(predictions)
    # The step at which a row joins the answered; what is summed up over steps is what each threshold answers.
    step = np.searchsorted(-thresholds, -confidence)
    shape = (persons.max() + 1, len(thresholds))
    joined, mistakes = np.zeros(shape), np.zeros(shape)
    np.add.at(joined, (persons, step), 1)
    np.add.at(mistakes, (persons, step), wrong)
    draws = draws_of(shape[0])
    drawn = [(draws @ one.astype(np.float32)).cumsum(1) for one in (joined, mistakes)]
    with np.errstate(invalid="ignore"):  # nobody answered in that resample: it has no say
        low, high = np.nanquantile(drawn[1] / drawn[0], TAILS, axis=0)
    answered, missed = joined.sum(0).cumsum(), mistakes.sum(0).cumsum()
    return pd.DataFrame(
        {
            "threshold": thresholds,
            "coverage": answered / len(confidence),
            "risk": missed / answered,
            "low": low,
            "high": high,
        }
    )
