"""How far two annotators agree on the images that both labelled: shares, Cohen's kappa, and where they differ."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.annotators.second import SecondLabels
from core.catalog import Dataset, person_codes

N_RESAMPLES = 1000
_TAILS = (0.025, 0.975)
_STRENGTHS = ("slight", "fair", "moderate", "substantial", "almost perfect")
_STRENGTH_BOUNDS = (0.2, 0.4, 0.6, 0.8)
_DRAWS_AT_ONCE = 1 << 22  # 8 bytes each


@dataclass(frozen=True)
class Agreement:
    """How far two annotators agree on the images that both labelled."""

    first: str
    """Whose labels are in the rows of the matrix."""
    second: str
    """Whose labels are in its columns."""
    n: int
    """Images with a label of both; where there are none, the share and kappa are NaN."""
    agree: int
    share: float
    kappa: float
    """Cohen's: 1 is full agreement, 0 what chance gives; NaN where both give every image one and the same label."""
    kappa_interval: tuple[float, float]
    """95 %, by bootstrap over persons."""
    words: str
    """What Landis & Koch (1977) call such a kappa."""
    per_class: pd.DataFrame
    """One row a label: `first` and `second` (images that each gave it), `both`, and `agreement`: of all times that
    either gave it, the share in which the other gave it too, 2 both / (first + second) (specific agreement, Fleiss
    1975)."""
    matrix: pd.DataFrame
    """Images, int64: labels of the first in rows, of the second in columns."""
    pairs: pd.DataFrame
    """One row an image: `image`, `first`, `second` (labels)."""
    n_persons: int
    """How many persons (or images of unknown persons) the interval was resampled by."""


def agreement(dataset: Dataset, second: SecondLabels, n_resamples: int = N_RESAMPLES, seed: int = 0) -> Agreement:
    """Compare a second annotator's labels with the dataset's.

    An image counts where both give it one label: one on which the legend contradicts itself does not.

    Args:
        dataset: the first annotator's labels; whether an image can be read does not matter.
        second: the second annotator's.
        n_resamples: bootstrap resamples behind the 95 % percentile interval of kappa. Whole persons are drawn, because
            the images of one person are no independent witnesses (cluster bootstrap, Field & Welsh 2007).
        seed: of the bootstrap.
    """
    labelled = dataset.catalog.dropna(subset="label")[["image", "label"]]
    pairs = _pairs(labelled, second.rows.dropna(subset="label")[["image", "label"]])
    return _compare(dataset, pairs, "the legend", second.shown, n_resamples, seed)


def within_legend(dataset: Dataset, n_resamples: int = N_RESAMPLES, seed: int = 0) -> Agreement | None:
    """Compare two annotators whom the legend itself names for one image; None where it names two for no image.

    The first and the second to be named need not be the same two for every image. Later ones do not count, nor does
    one who labels an image again.
    """
    told = dataset.rows.dropna(subset=["image", "label", "annotator"]).drop_duplicates(["image", "annotator"])
    place = told.groupby("image").cumcount()
    pairs = _pairs(*(told.loc[place == number, ["image", "label"]] for number in (0, 1)))
    if pairs.empty:
        return None
    return _compare(dataset, pairs, "the first annotator", "the second annotator", n_resamples, seed)


def disagreements(result: Agreement, first: str, second: str) -> list[str]:
    """Return the images of a cell of the matrix: those that got the label `first` from the one and `second` from the
    other."""
    chosen = (result.pairs["first"] == first) & (result.pairs["second"] == second)
    return result.pairs.loc[chosen, "image"].to_list()


def kappa_words(kappa: float) -> str:
    """Return what Landis & Koch (1977) call an agreement of this kappa, such as "fair" for 0.32."""
    if np.isnan(kappa):
        return "undefined"
    return "poor" if kappa < 0 else _STRENGTHS[int(np.searchsorted(_STRENGTH_BOUNDS, kappa))]


def _pairs(first: pd.DataFrame, second: pd.DataFrame) -> pd.DataFrame:
    return first.merge(second, on="image").set_axis(["image", "first", "second"], axis=1)


def _compare(dataset: Dataset, pairs: pd.DataFrame, first: str, second: str, n_resamples: int, seed: int) -> Agreement:
    given = {*pairs["first"], *pairs["second"]}
    labels = [label for label in dataset.labels if label in given]
    labels += sorted(given.difference(labels))
    codes = [pd.Categorical(pairs[who], categories=labels).codes.astype(np.int64) for who in ("first", "second")]
    matrix = np.zeros((len(labels), len(labels)), dtype=np.int64)
    np.add.at(matrix, tuple(codes), 1)
    persons = person_codes(pairs["image"].map(dataset.catalog.set_index("image")["person"]))
    agree = int(np.trace(matrix))
    kappa = float(_kappa(agree, matrix.sum(1), matrix.sum(0)))
    undefined = (float("nan"), float("nan"))
    interval = undefined if np.isnan(kappa) else _kappa_interval(codes, len(labels), persons, n_resamples, seed)
    return Agreement(
        first=first,
        second=second,
        n=len(pairs),
        agree=agree,
        share=agree / len(pairs) if len(pairs) else float("nan"),
        kappa=kappa,
        kappa_interval=interval,
        words=kappa_words(kappa),
        per_class=_per_class(matrix, labels),
        matrix=pd.DataFrame(matrix, index=labels, columns=labels),
        pairs=pairs,
        n_persons=len(np.unique(persons)),
    )


def _per_class(matrix: np.ndarray, labels: list[str]) -> pd.DataFrame:
    first, second, both = matrix.sum(1), matrix.sum(0), np.diag(matrix)
    table = pd.DataFrame({"first": first, "second": second, "both": both}, index=pd.Index(labels, name="label"))
    return table.assign(agreement=2 * both / (first + second))


def _kappa(agree: np.ndarray, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return Cohen's kappa (1960), NaN where chance alone always agrees.

    Args:
        agree: how many images got the same label from both, shape (...).
        first: how many got each label from the first, shape (..., K).
        second: how many got each label from the second, shape (..., K).
    """
    first, second = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    n = first.sum(-1)
    by_chance = (first * second).sum(-1)
    beyond = np.asarray(agree * n - by_chance)
    return np.divide(beyond, n**2 - by_chance, out=np.full_like(beyond, np.nan), where=n**2 > by_chance)


def _kappa_interval(
    codes: list[np.ndarray], n_labels: int, persons: np.ndarray, n_resamples: int, seed: int
) -> tuple[float, float]:
    """Return the 2.5 % and the 97.5 % quantile of kappa over resamples of persons.

    Kappa needs 2 K + 1 sums that are linear in how often each person is drawn. Persons with equal sums are one kind,
    and a resample is how often each kind is drawn: most of a million persons are of a few hundred kinds.
    """
    first, second = codes
    sums = np.zeros((persons.max() + 1, 1 + 2 * n_labels), dtype=np.int32)
    np.add.at(sums, (persons, 0), first == second)
    np.add.at(sums, (persons, 1 + first), 1)
    np.add.at(sums, (persons, 1 + n_labels + second), 1)
    kinds, copies = np.unique(sums, axis=0, return_counts=True)
    rng = np.random.default_rng(seed)
    samples = []
    for size in _portions(n_resamples, max(1, _DRAWS_AT_ONCE // len(kinds))):
        drawn = rng.multinomial(len(sums), copies / len(sums), size=size).astype(float) @ kinds
        samples.append(_kappa(drawn[:, 0], drawn[:, 1 : 1 + n_labels], drawn[:, 1 + n_labels :]))
    low, high = np.nanquantile(np.concatenate(samples), _TAILS)
    return float(low), float(high)


def _portions(total: int, size: int) -> list[int]:
    """Return the sizes of the portions that a total is taken in."""
    return [min(size, total - start) for start in range(0, total, size)]
