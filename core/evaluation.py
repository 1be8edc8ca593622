"""From a table of predictions to a confusion matrix, precision, recall and F1 with intervals, beside the baseline."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.catalog import person_codes

PROBABILITY = "p_"
"""What a column of probabilities is called before its label: p_happiness."""
N_RESAMPLES = 1000
_LEVEL = 0.95


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
    """One row a label: `precision`, `recall`, `f1`, `f1_low`, `f1_high` (95 % interval), `support` (test images) and
    `persons` (whom they show)."""
    averages: pd.DataFrame
    """Rows `macro average` and `weighted average` of `precision`, `recall`, `f1`; `support` is the number of images."""
    accuracy: float
    macro_f1: float
    macro_f1_interval: tuple[float, float]
    majority: Baseline
    n_images: int
    n_persons: int
    """How many persons (or images of unknown persons) the intervals were resampled by."""

    def to_json(self) -> dict[str, object]:
        """Return plain data for JSON."""
        rows = self.per_class.to_dict("index")
        return {
            "accuracy": self.accuracy,
            "macro_f1": self.macro_f1,
            "macro_f1_interval": list(self.macro_f1_interval),
            "per_class": {
                label: {
                    "precision": row["precision"],
                    "recall": row["recall"],
                    "f1": row["f1"],
                    "f1_interval": [row["f1_low"], row["f1_high"]],
                    "support": int(row["support"]),
                }
                for label, row in rows.items()
            },
            "averages": {
                name: {key: float(value) for key, value in row.items()}
                for name, row in self.averages.to_dict("index").items()
            },
            "majority": {
                "label": self.majority.label,
                "accuracy": self.majority.accuracy,
                "macro_f1": self.majority.macro_f1,
            },
            "labels": list(self.labels),
            "confusion_matrix": self.confusion_matrix.tolist(),
        }


def macro_f1(y_true: np.ndarray, y_pred: np.ndarray, labels: np.ndarray | None = None) -> float:
    """Return the mean F1 over `labels`, or over those that occur among true or predicted ones, as scikit-learn does."""
    from sklearn.metrics import f1_score  # slow to import: only when something is scored

    return float(f1_score(y_true, y_pred, labels=labels, average="macro", zero_division=0))


def predicted_labels(predictions: pd.DataFrame) -> np.ndarray:
    """Return the most probable label of each row; of equals, the first column's."""
    labels = probability_labels(predictions)
    scores = predictions[[PROBABILITY + label for label in labels]].to_numpy()
    return np.asarray(labels, dtype=object)[scores.argmax(1)]


def probability_labels(predictions: pd.DataFrame) -> list[str]:
    """Return the labels that have a column of probabilities, in the order of the columns."""
    return [name.removeprefix(PROBABILITY) for name in predictions.columns if name.startswith(PROBABILITY)]


def evaluate(predictions: pd.DataFrame, n_resamples: int = N_RESAMPLES, seed: int = 0) -> Evaluation:
    """Judge a run.

    Args:
        predictions: `y_true`, `person`, and a column of probabilities a label (`p_<label>`), one row a test image.
        n_resamples: bootstrap resamples behind the 95 % percentile intervals. Whole persons are drawn, because the
            images of one person are no independent witnesses (cluster bootstrap, Field & Welsh 2007). As in the
            point estimate, a class counts in a resample only where it occurs among true or predicted labels.
        seed: of the bootstrap.
    """
    from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

    labels = probability_labels(predictions)
    y_true, y_pred = predictions["y_true"].to_numpy(dtype=object), predicted_labels(predictions)
    matrix = confusion_matrix(y_true, y_pred, labels=labels)
    scores = np.stack(precision_recall_fscore_support(y_true, y_pred, labels=labels, zero_division=0), axis=1)
    persons = person_codes(predictions["person"])
    codes = [pd.Categorical(y, categories=labels).codes.astype(np.int64) for y in (y_true, y_pred)]
    f1_samples = bootstrap_f1(*codes, persons, len(labels), n_resamples, seed)
    occurs = (matrix.sum(0) + matrix.sum(1)) > 0
    tails = [(1 - _LEVEL) / 2, (1 + _LEVEL) / 2]
    low, high = np.zeros((2, len(labels)))
    low[occurs], high[occurs] = np.nanquantile(f1_samples[:, occurs], tails, axis=0)
    per_class = pd.DataFrame(
        scores, index=pd.Index(labels, name="label"), columns=["precision", "recall", "f1", "support"]
    )
    per_class.insert(3, "f1_low", low)
    per_class.insert(4, "f1_high", high)
    shown_by = pd.Series(persons).groupby(y_true).nunique()
    per_class["persons"] = shown_by.reindex(labels, fill_value=0).to_numpy()
    interval = np.quantile(np.nanmean(f1_samples[:, occurs], axis=1), tails)
    return Evaluation(
        labels=tuple(labels),
        confusion_matrix=matrix,
        per_class=per_class,
        averages=_averages(per_class[occurs]),
        accuracy=float(np.trace(matrix) / matrix.sum()),
        macro_f1=float(per_class.loc[occurs, "f1"].mean()),
        macro_f1_interval=(float(interval[0]), float(interval[1])),
        majority=_majority(y_true),
        n_images=len(predictions),
        n_persons=len(np.unique(persons)),
    )


def _averages(per_class: pd.DataFrame) -> pd.DataFrame:
    columns = ["precision", "recall", "f1"]
    macro = per_class[columns].mean()
    weighted = per_class[columns].mul(per_class["support"], axis=0).sum() / per_class["support"].sum()
    table = pd.DataFrame([macro, weighted], index=["macro average", "weighted average"])
    return table.assign(support=per_class["support"].sum())


def _majority(y_true: np.ndarray) -> Baseline:
    """Score the rule that always says the commonest true label: its F1 is 2a / (1 + a), every other class's is 0."""
    names, counts = np.unique(y_true, return_counts=True)
    accuracy = counts.max() / counts.sum()
    return Baseline(str(names[counts.argmax()]), float(accuracy), float(2 * accuracy / (1 + accuracy) / len(names)))


def f1_of(y_true: np.ndarray, y_pred: np.ndarray, n_labels: int) -> np.ndarray:
    """Return the F1 of each class, float64, shape (n_labels,); 0 where a class is neither true nor predicted.

    Args:
        y_true: codes from 0 to n_labels - 1, shape (n,).
        y_pred: the same, predicted.
        n_labels: K.
    """
    hits, both = _sums(y_true, y_pred, np.zeros(len(y_true), dtype=np.int64), n_labels)
    return np.divide(2 * hits[0], both[0], out=np.zeros(n_labels), where=both[0] > 0)


def bootstrap_f1(
    y_true: np.ndarray,
    y_pred: np.ndarray,
    persons: np.ndarray,
    n_labels: int,
    n_resamples: int = N_RESAMPLES,
    seed: int = 0,
) -> np.ndarray:
    """Return F1 of each class in each resample, shape (n_resamples, K); NaN where a class does not occur in one.

    Arguments as in `f1_of`; `persons` are codes from 0, shape (n,), and whole persons are drawn. Equal persons and
    seeds draw alike, so that the resamples of two models on the same images are paired.

    A resample is how often each person was drawn; F1 needs only sums a class, and these are linear in the draws: one
    matrix product answers all resamples.
    """
    n_persons = persons.max() + 1
    hits, both = _sums(y_true, y_pred, persons, n_labels)
    rng = np.random.default_rng(seed)
    draws = rng.multinomial(n_persons, np.full(n_persons, 1 / n_persons), size=n_resamples).astype(float)
    drawn = draws @ both
    return np.divide(2 * (draws @ hits), drawn, out=np.full((n_resamples, n_labels), np.nan), where=drawn > 0)


def _sums(y_true: np.ndarray, y_pred: np.ndarray, persons: np.ndarray, n_labels: int) -> tuple[np.ndarray, np.ndarray]:
    """Return each person's hits, and true plus predicted, a column a class."""
    hits, both = np.zeros((2, persons.max(initial=0) + 1, n_labels))
    right = y_true == y_pred
    np.add.at(hits, (persons[right], y_true[right]), 1)
    np.add.at(both, (persons, y_true), 1)
    np.add.at(both, (persons, y_pred), 1)
    return hits, both


def f1_table(evaluation: Evaluation) -> pd.DataFrame:
    """Return the classes, the averages and the majority baseline as one table to show."""
    averages = evaluation.averages.assign(
        f1_low=[evaluation.macro_f1_interval[0], np.nan], f1_high=[evaluation.macro_f1_interval[1], np.nan]
    )
    baseline = pd.DataFrame(
        {"f1": [evaluation.majority.macro_f1], "support": averages["support"].iloc[0]},
        index=[f"always {evaluation.majority.label}"],
    )
    table = pd.concat([evaluation.per_class.drop(columns="persons"), averages, baseline]).astype({"support": int})
    return table.rename(columns={"f1": "F1", "f1_low": "from", "f1_high": "to"}).rename_axis("class").reset_index()


def same_images(first: pd.DataFrame, second: pd.DataFrame) -> bool:
    """Return whether two tables of predictions judge the very same images."""
    return set(first["image"]) == set(second["image"])


def thin_classes(evaluation: Evaluation, images: int = 30, persons: int = 10) -> list[str]:
    """Return "label (n images of m persons)" for the classes with fewer test images or persons than that.

    A resample draws again the people who are there, so a class that was never found gets the interval [0, 0]: that is
    no certainty, only ignorance.
    """
    table = evaluation.per_class
    thin = table[(table["support"] < images) | (table["persons"] < persons)]
    return [f"{label} ({row['support']:.0f} images of {row['persons']:.0f} persons)" for label, row in thin.iterrows()]


def cell_images(predictions: pd.DataFrame, true: str, said: str) -> pd.DataFrame:
    """Return `image` and `caption` of a cell of the confusion matrix, the surest mistakes first."""
    chosen = predictions[(predictions["y_true"] == true) & (predicted_labels(predictions) == said)]
    chosen = chosen.sort_values(PROBABILITY + said, ascending=False)
    captions = [f"{said} {probability:.0%}" for probability in chosen[PROBABILITY + said]]
    return pd.DataFrame({"image": chosen["image"].to_numpy(), "caption": captions})
