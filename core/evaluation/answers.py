"""What decided answers are worth: scores over the answered, what abstaining buys, and the gain over other answers."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from core.errors import BadInput
from core.evaluation.bootstrap import TAILS, Sums, draws_of, sums_by_person
from core.evaluation.decisions import Answers
from core.evaluation.judge import Evaluation, evaluate
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


def judge_answers(predictions: pd.DataFrame, codes: np.ndarray) -> Evaluation:
    """Return the evaluation of the answered rows; BadInput where none is answered.

    Args:
        predictions: as for `evaluate`.
        codes: the position of the label that is said of each row, int64, shape (n,), -1 for none.

    Persons are drawn among all, answered or not: whether somebody is answered at all would differ among other people.
    """
    answered = codes >= 0
    if answered.all():
        return evaluate(predictions, said=codes)
    if not answered.any():
        raise BadInput("No image is answered with that confidence; abstain below a smaller one.")
    # As if all were one person: every resample is then the table itself, for these intervals are replaced.
    rows = predictions[answered]
    told = evaluate(rows.assign(person="everybody"), n_resamples=1, said=codes[answered])
    each = answered_sums(predictions, codes)
    draws = draws_of(len(each.true))
    resampled, occurs = scores(each.by(draws), each.total.true >= COMMON), each.total.occurs
    per_class, overall = told.per_class.copy(), told.overall.copy()
    for name in ("precision", "recall", "f1"):
        ends = np.nanquantile(getattr(resampled, name)[:, occurs], TAILS, axis=0)
        per_class.loc[occurs, [f"{name}_low", f"{name}_high"]] = ends.T
    shown = pd.Series(persons_of(rows)).groupby(rows["y_true"].to_numpy()).nunique()
    per_class["persons"] = shown.reindex(per_class.index, fill_value=0).to_numpy()
    for name in overall.index[overall["value"].notna()]:
        overall.loc[name, ["low", "high"]] = np.nanquantile(resampled.overall[name], TAILS)
    return replace(told, per_class=per_class, overall=overall, n_persons=len(each.true), n_resamples=len(draws))


def answered_sums(predictions: pd.DataFrame, codes: np.ndarray) -> Sums:
    """Return the sums of each person over the answered rows, shape (P, K), persons without an answer included."""
    n_labels = len(probability_labels(predictions))
    # The unanswered become a class of their own, which is then left out: so everybody keeps a row.
    true, said = (np.where(codes >= 0, one, n_labels) for one in (true_codes(predictions), codes))
    sums = sums_by_person(true, said, persons_of(predictions), n_labels + 1)
    return Sums(sums.hits[:, :-1], sums.true[:, :-1], sums.said[:, :-1])


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
