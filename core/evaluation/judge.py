"""One run, judged: its confusion matrix, and every score with an interval and beside two baselines."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.errors import BadInput
from core.evaluation.bootstrap import LEVEL, N_RESAMPLES, TAILS, draws_of, sums_by_person
from core.evaluation.predictions import persons_of, probability_labels, said_codes, true_codes
from core.evaluation.scores import COMMON, OVERALL, Scores, majority, scores, shuffled

_SCORES = ("precision", "recall", "f1")


@dataclass(frozen=True)
class Baseline:
    """What always saying the commonest class would score."""

    label: str
    accuracy: float
    macro_f1: float


@dataclass(frozen=True)
class Evaluation:
    """Everything the results page shows of one run, computed from its predictions alone."""

    labels: tuple[str, ...]
    confusion_matrix: np.ndarray
    """int64, shape (K, K): true labels in rows, predicted ones in columns."""
    per_class: pd.DataFrame
    """One row a label: `precision`, `recall` and `f1`, each with its 95 % interval (`f1_low`, `f1_high`), `support`
    (test images) and `persons` (whom they show)."""
    overall: pd.DataFrame
    """One row a name of `OVERALL`: its `value` with its 95 % interval (`low`, `high`), and what the baselines score:
    `majority` (always the commonest class) and `shuffled` (the same answers, dealt at random). NaN for the common
    classes where there is none."""
    n_images: int
    n_persons: int
    """How many persons (or images of unknown persons) the intervals were resampled by."""
    n_resamples: int
    seed: int

    @property
    def accuracy(self) -> float:
        """Return the share of images that are right."""
        return float(self.overall.loc["accuracy", "value"])

    @property
    def macro_f1(self) -> float:
        """Return the mean F1 over the classes that occur."""
        return float(self.overall.loc["macro_f1", "value"])

    @property
    def macro_f1_interval(self) -> tuple[float, float]:
        """Return its 95 % interval."""
        low, high = self.overall.loc["macro_f1", ["low", "high"]]
        return float(low), float(high)

    @property
    def majority(self) -> Baseline:
        """Return what always saying the commonest class would score; of equals, the first."""
        accuracy, macro_f1 = self.overall.loc[["accuracy", "macro_f1"], "majority"]
        return Baseline(str(self.per_class["support"].idxmax()), float(accuracy), float(macro_f1))

    @property
    def averages(self) -> pd.DataFrame:
        """Return `macro average` and `weighted average` of precision, recall and F1 over the classes that occur."""
        occurs = (self.confusion_matrix.sum(0) + self.confusion_matrix.sum(1)) > 0
        columns, support = self.per_class.loc[occurs, list(_SCORES)], self.per_class.loc[occurs, "support"]
        weighted = columns.mul(support, axis=0).sum() / support.sum()
        table = pd.DataFrame([columns.mean(), weighted], index=["macro average", "weighted average"])
        return table.assign(support=support.sum())

    @property
    def how(self) -> str:
        """Return how the intervals come about, in words."""
        return (
            f"{LEVEL:.0%} interval: {self.n_resamples:,} bootstrap resamples of the {self.n_persons:,} persons, "
            f"percentile method, seed {self.seed}."
        )

    def to_json(self) -> dict[str, object]:
        """Return plain data for JSON."""
        rows = self.per_class.to_dict("index")
        overall = self.overall.astype(object).where(self.overall.notna(), None).to_dict("index")
        return {
            "accuracy": self.accuracy,
            "macro_f1": self.macro_f1,
            "macro_f1_interval": list(self.macro_f1_interval),
            "overall": overall,
            "per_class": {label: _class_to_json(row) for label, row in rows.items()},
            "averages": {
                name: {key: float(value) for key, value in row.items()}
                for name, row in self.averages.to_dict("index").items()
            },
            "majority": {
                "label": self.majority.label,
                "accuracy": self.majority.accuracy,
                "macro_f1": self.majority.macro_f1,
            },
            "intervals": {
                "level": LEVEL,
                "method": "percentile bootstrap of whole persons",
                "n_resamples": self.n_resamples,
                "seed": self.seed,
                "n_persons": self.n_persons,
            },
            "n_images": self.n_images,
            "labels": list(self.labels),
            "confusion_matrix": self.confusion_matrix.tolist(),
        }


def _class_to_json(row: dict[str, float]) -> dict[str, object]:
    values = {name: row[name] for name in _SCORES}
    intervals = {f"{name}_interval": [row[f"{name}_low"], row[f"{name}_high"]] for name in _SCORES}
    return values | intervals | {"support": int(row["support"]), "persons": int(row["persons"])}


def macro_f1(y_true: np.ndarray, y_pred: np.ndarray, labels: np.ndarray | None = None) -> float:
    """Return the mean F1 over `labels`, or over those that occur among true or predicted ones, as scikit-learn does."""
    from sklearn.metrics import f1_score  # slow to import: only when something is scored

    return float(f1_score(y_true, y_pred, labels=labels, average="macro", zero_division=0))


def evaluate(
    predictions: pd.DataFrame, n_resamples: int = N_RESAMPLES, seed: int = 0, said: np.ndarray | None = None
) -> Evaluation:
    """Judge a run.

    Args:
        predictions: `y_true`, `person`, and a column of probabilities a label (`p_<label>`), one row a test image.
        n_resamples: bootstrap resamples behind the 95 % percentile intervals; whole persons are drawn, see
            `core.evaluation.bootstrap`. As in the point estimate, a class counts in a resample only where it occurs
            among true or predicted labels.
        seed: of the bootstrap.
        said: the position of the label that is said of each image, int64, shape (n,), -1 for an image that is left
            unanswered; the most probable one if None. Scores are over the answered images. Persons are drawn among
            all, answered or not: whether somebody is answered at all would differ among other people.

    Raises:
        BadInput: no image is answered, or a true label has no column of probabilities.
    """
    labels = probability_labels(predictions)
    y_true, persons = true_codes(predictions), persons_of(predictions)
    y_pred = said_codes(predictions) if said is None else said
    answered = y_pred >= 0
    if not answered.any():
        raise BadInput("No image is answered with that confidence; abstain below a smaller one.")
    each = sums_by_person(y_true, y_pred, persons, len(labels))
    sums = each.total
    common = sums.true >= COMMON
    point = scores(sums, common)
    resampled = scores(each.by(draws_of(len(each.true), n_resamples, seed)), common)
    table = _per_class(labels, point, resampled, sums.occurs)
    shown = pd.Series(persons[answered]).groupby(y_true[answered]).nunique()
    table["support"], table["persons"] = sums.true, shown.reindex(range(len(labels)), fill_value=0).to_numpy()
    baselines = {"majority": scores(majority(sums.true), common), "shuffled": scores(shuffled(sums), common)}
    return Evaluation(
        labels=tuple(labels),
        confusion_matrix=_matrix(y_true[answered], y_pred[answered], len(labels)),
        per_class=table,
        overall=_overall(point, resampled, baselines),
        n_images=int(answered.sum()),
        n_persons=len(each.true),
        n_resamples=n_resamples,
        seed=seed,
    )


def _matrix(y_true: np.ndarray, y_pred: np.ndarray, n_labels: int) -> np.ndarray:
    return np.bincount(y_true * n_labels + y_pred, minlength=n_labels**2).reshape(n_labels, n_labels)


def _per_class(labels: list[str], point: Scores, resampled: Scores, occurs: np.ndarray) -> pd.DataFrame:
    """Return the scores of each class with their intervals; 0 for a class that does not occur."""
    table = pd.DataFrame(index=pd.Index(labels, name="label"))
    for name in _SCORES:
        low, high = np.zeros((2, len(labels)))
        low[occurs], high[occurs] = np.nanquantile(getattr(resampled, name)[:, occurs], TAILS, axis=0)
        table[name], table[f"{name}_low"], table[f"{name}_high"] = np.nan_to_num(getattr(point, name)), low, high
    return table


def _overall(point: Scores, resampled: Scores, baselines: dict[str, Scores]) -> pd.DataFrame:
    rows = {}
    for name in OVERALL:
        value, samples = float(point.overall[name]), resampled.overall[name]
        low, high = (np.nan, np.nan) if np.isnan(value) else np.nanquantile(samples, TAILS)
        others = {title: float(scored.overall[name]) for title, scored in baselines.items()}
        rows[name] = {"value": value, "low": float(low), "high": float(high)} | others
    return pd.DataFrame.from_dict(rows, orient="index")


def thin_classes(evaluation: Evaluation, images: int = COMMON, persons: int = 10) -> list[str]:
    """Return "label (n images of m persons)" for the classes with fewer test images or persons than that.

    A resample draws again the people who are there, so a class that was never found gets the interval [0, 0]: that is
    no certainty, only ignorance.
    """
    table = evaluation.per_class
    thin = table[(table["support"] < images) | (table["persons"] < persons)]
    return [f"{label} ({row['support']:.0f} images of {row['persons']:.0f} persons)" for label, row in thin.iterrows()]
