"""Is the score the same everywhere: each slice of the images beside the rest, and beside what its classes explain."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.evaluation.bootstrap import N_RESAMPLES, TAILS, Sums, draws_of, sums_by_person
from core.evaluation.predictions import persons_of, probability_labels, said_codes, true_codes
from core.evaluation.scores import scores

FEW_PERSONS = 5
"""A slice of fewer persons has no interval: drawing again those who are there says nothing of others."""


@dataclass(frozen=True)
class Judged:
    """What a run said, as numbers."""

    labels: tuple[str, ...]
    true: np.ndarray
    """Position of each image's label, int64, shape (n,)."""
    said: np.ndarray
    """Position of what was said of it, int64, shape (n,)."""
    persons: np.ndarray
    """Number of its person, from 0, int64, shape (n,)."""

    @property
    def right(self) -> np.ndarray:
        """Return where the run was right, boolean, shape (n,)."""
        return self.true == self.said


def judged(predictions: pd.DataFrame, said: np.ndarray | None = None) -> Judged:
    """Return the predictions as numbers; `said` as in `evaluate`."""
    return Judged(
        tuple(probability_labels(predictions)),
        true_codes(predictions),
        said_codes(predictions) if said is None else said,
        persons_of(predictions),
    )


def slices(
    predictions: pd.DataFrame,
    attributes: pd.DataFrame,
    n_resamples: int = N_RESAMPLES,
    seed: int = 0,
    said: np.ndarray | None = None,
) -> pd.DataFrame:
    """Judge every value of every attribute; whole persons are drawn, the same ones for a slice and for the rest.

    Args:
        predictions: as `evaluate` takes them.
        attributes: a categorical column each, one row a prediction, in their order; NA is in no slice.
        n_resamples: behind the 95 % percentile intervals.
        seed: of the draws.
        said: as in `evaluate`.

    Returns:
        One row a slice: `attribute`, `value`, `n_images`, `n_persons`; `accuracy`; `expected`, the accuracy that its
        mix of classes explains (the recall of each class over all images, weighted by the slice's images of it);
        `beyond_mix`, accuracy less expected; `difference`, accuracy less that of all other images; `macro_f1` over
        the classes that occur in the slice. All but `expected` with `_low` and `_high`, NaN below `FEW_PERSONS`
        persons. `worse`: the interval of `beyond_mix` is below 0. `n_<label>`: its images of each class.
    """
    given = judged(predictions, said)
    each = sums_by_person(given.true, given.said, given.persons, len(given.labels))
    draws = draws_of(len(each.true), n_resamples, seed)
    drawn, turned = each.by(draws), np.ascontiguousarray(draws.T)
    tables = [
        _of_attribute(name, attributes[name].cat, given, (each.total, drawn), turned) for name in attributes.columns
    ]
    return pd.concat(tables, ignore_index=True) if tables else _empty(given.labels)


def _of_attribute(
    name: str, column: pd.api.extensions.ExtensionArray, given: Judged, whole: tuple[Sums, Sums], draws: np.ndarray
) -> pd.DataFrame:
    """Return the rows of one attribute; `whole` are the sums of all images, as they are and resampled."""
    codes, values = column.codes.to_numpy().astype(np.int64), column.categories
    own, resampled = _sums_of_slices(codes, len(values), given, draws)
    known = codes >= 0
    table = pd.DataFrame({"attribute": name, "value": values.astype("str")})
    table["n_images"] = own.true.sum(1).astype(int)
    table["n_persons"] = count_persons(codes[known], given.persons[known], len(values))
    point, samples = _scores(own, whole[0]), _scores(resampled, whole[1])
    few = (table["n_persons"] < FEW_PERSONS).to_numpy()
    for score in ("accuracy", "expected", "beyond_mix", "difference", "macro_f1"):
        table[score] = point[score]
        if score != "expected":
            low, high = _interval(samples[score])
            table[f"{score}_low"], table[f"{score}_high"] = np.where(few, np.nan, low), np.where(few, np.nan, high)
    table["worse"] = table["beyond_mix_high"] < 0
    counts = pd.DataFrame(own.true.astype(int), columns=[f"n_{label}" for label in given.labels])
    return pd.concat([table, counts], axis=1)


def _sums_of_slices(codes: np.ndarray, n_slices: int, given: Judged, draws: np.ndarray) -> tuple[Sums, Sums]:
    """Return the sums of each slice, shape (S, K), and of each resample of it, shape (S, R, K).

    A person is in few slices with few classes, so that the sums a person are sparse: a product of a sparse matrix.
    """
    from scipy.sparse import coo_array  # slow to import: only when something is judged

    n_labels = len(given.labels)
    rows = np.flatnonzero(codes >= 0)
    right = rows[given.right[rows]]
    # A block of K sums each for hits, true and said, one block of these a slice.
    entries = np.concatenate(
        [
            (codes[images] * 3 + block) * n_labels + labels[images]
            for block, images, labels in ((0, right, given.true), (1, rows, given.true), (2, rows, given.said))
        ]
    )
    persons = np.concatenate([given.persons[right], given.persons[rows], given.persons[rows]])
    ones = np.ones(len(entries), dtype=np.float32)
    sums = coo_array((ones, (entries, persons)), shape=(n_slices * 3 * n_labels, len(draws))).tocsr()
    shape = (n_slices, 3, n_labels)
    hits, true, said = sums.sum(1).astype(float).reshape(shape).swapaxes(0, 1)
    drawn = (sums @ draws).reshape(*shape, -1).transpose(1, 0, 3, 2).astype(float)
    return Sums(hits, true, said), Sums(*drawn)


def _scores(own: Sums, whole: Sums) -> dict[str, np.ndarray]:
    """Return the scores of slices, shape (S,) or (S, R); NaN where a resample holds no image of a slice.

    Args:
        own: of each slice, shape (S, K) or (S, R, K).
        whole: of all images, shape (K,) or (R, K).
    """
    n_own, right = own.true.sum(-1), own.hits.sum(-1)
    accuracy = _divided(right, n_own)
    others = _divided(whole.hits.sum(-1) - right, whole.true.sum(-1) - n_own)
    recall = np.nan_to_num(_divided(whole.hits, whole.true))  # of a class that is not drawn, the slice has none
    expected = _divided((own.true * recall).sum(-1), n_own)
    everything = np.ones(own.true.shape[-1], dtype=bool)
    return {
        "accuracy": accuracy,
        "expected": expected,
        "beyond_mix": accuracy - expected,
        "difference": accuracy - others,
        "macro_f1": scores(own, everything).overall["macro_f1"],
    }


def _interval(samples: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the ends of the 95 % intervals, shape (S,) each, of samples of shape (S, R); NaN where there are none."""
    held = np.isfinite(samples).any(1)
    ends = np.full((2, len(samples)), np.nan)
    if held.any():
        ends[:, held] = np.nanquantile(samples[held], TAILS, axis=1)
    return ends[0], ends[1]


def count_persons(codes: np.ndarray, persons: np.ndarray, n_slices: int) -> np.ndarray:
    """Return how many persons each slice shows, int64, shape (n_slices,)."""
    return np.bincount(pd.unique(persons * n_slices + codes) % n_slices, minlength=n_slices)


def _divided(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    above, below = np.broadcast_arrays(above, below)
    return np.divide(above, below, out=np.full(above.shape, np.nan), where=below > 0)


def _empty(labels: tuple[str, ...]) -> pd.DataFrame:
    numbers = [
        *("n_images", "n_persons", "accuracy", "accuracy_low", "accuracy_high", "expected"),
        *(f"{score}{end}" for score in ("beyond_mix", "difference", "macro_f1") for end in ("", "_low", "_high")),
    ]
    columns = {"attribute": "str", "value": "str"} | dict.fromkeys(numbers, "float64") | {"worse": "bool"}
    return pd.DataFrame(columns=[*columns, *(f"n_{label}" for label in labels)]).astype(columns)
