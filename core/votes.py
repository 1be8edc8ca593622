"""Every k of k nearest neighbours in one pass, and which classes so many votes can elect at all."""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from core.evaluation import f1_of
from core.models.neighbours import MOST_NEIGHBOURS, SHARE_STEPS, check_votes

Progress = Callable[[int, int], None]
_MOST_NUMBERS = 2**23
"""Distances, and votes, of a chunk of queries that are held at once: 32 and 64 MB."""

CAN = "can_"
"""What the columns of a run's `by_k` are called that say whether k votes can elect a class, before its label."""


def predictions_by_k(
    known: np.ndarray,
    targets: np.ndarray,
    queries: np.ndarray,
    n_classes: int,
    copies: np.ndarray | None = None,
    weights: np.ndarray | None = None,
    most: int = MOST_NEIGHBOURS,
    on_progress: Progress | None = None,
    should_stop: Callable[[], bool] = lambda: False,
) -> np.ndarray:
    """Return what the k nearest neighbours elect for every k from 1 on: column k - 1 is what the model of that k says.

    The nearest are searched once, by brute force: their order is the same for every k, and so one running sum of votes
    answers all.

    Args:
        known: the n training images, or any features, shape (n, d); bytes are taken as shares of 255.
        targets: the class of each, from 0 to n_classes - 1, shape (n,).
        queries: what is predicted, shape (m, d).
        n_classes: K.
        copies: how many places each training image takes, whole numbers from 1, shape (n,); 1 each if left out.
        weights: how much a vote of each counts, shape (n,); 1 each if left out.
        most: the largest k that is asked for.
        on_progress: told of queries.
        should_stop: asked before every chunk of queries.

    Returns:
        Classes, int32, shape (m, n_ks): n_ks is `most`, or the number of training images with their copies if smaller.

    Raises:
        BadInput: there is no training image.
        Cancelled: `should_stop()` returned True.
    """
    import torch

    from core.training import Cancelled

    copies = np.ones(len(known), dtype=np.int64) if copies is None else copies
    weights = np.ones(len(known), dtype=np.float32) if weights is None else weights
    check_votes(1, int(copies.sum()))
    n_ks = min(most, int(copies.sum()))
    voters = [torch.tensor(part) for part in (targets, copies, weights)]  # copies: arrays may be read-only
    images = _as_floats(known)
    lengths = images.square().sum(1)
    size = max(1, _MOST_NUMBERS // max(len(known), n_ks * n_classes))
    said = np.empty((len(queries), n_ks), dtype=np.int32)
    for start in range(0, len(queries), size):
        if should_stop():
            raise Cancelled
        # |a - b|^2 less |a|^2, as the model has it.
        distances = lengths - 2 * _as_floats(queries[start : start + size]) @ images.T
        nearest = distances.topk(min(n_ks, len(known)), largest=False).indices
        said[start : start + size] = _elected(nearest, *voters, n_ks, n_classes)
        if on_progress:
            on_progress(min(start + size, len(queries)), len(queries))
    return said


def _as_floats(rows: np.ndarray):
    import torch

    floats = torch.tensor(rows, dtype=torch.float32)
    return floats / 255 if rows.dtype == np.uint8 else floats


def _elected(nearest, targets, copies, weights, n_ks: int, n_classes: int):
    """Return the class elected by the first k places for every k, shape (N, n_ks); of equals the first class."""
    import torch

    # Who sits in each place: a repeated image takes as many as it has copies.
    places = torch.arange(n_ks).expand(len(nearest), -1).contiguous()
    voter = nearest.gather(1, torch.searchsorted(copies[nearest].cumsum(1), places, right=True))
    ballots = torch.zeros(len(nearest), n_ks, n_classes, dtype=torch.float64)
    votes = ballots.scatter_(2, targets[voter].unsqueeze(2), weights[voter].double().unsqueeze(2)).cumsum_(1)
    share = votes / votes.sum(2, keepdim=True).clamp(min=1e-30)
    return (share * SHARE_STEPS).round_().argmax(2)


def k_curve(y_true: np.ndarray, predictions: np.ndarray, labels: Sequence[str]) -> pd.DataFrame:
    """Return how each k scores.

    Args:
        y_true: positions in `labels`, shape (m,).
        predictions: the same for each k, as `predictions_by_k` gives them; chunks or folds may be stacked.
        labels: of the classes.

    Returns:
        One row a k: `k`, `accuracy`, `macro_f1` (mean over the classes that occur in `y_true`) and `f1_<label>` for
        each label; NaN for one that does not occur, because nothing of it can be found.
    """
    f1 = np.stack([f1_of(y_true, said, len(labels)) for said in predictions.T])
    f1[:, np.bincount(y_true, minlength=len(labels)) == 0] = np.nan
    curve = pd.DataFrame(
        {
            "k": np.arange(1, len(f1) + 1),
            "accuracy": (predictions == y_true[:, None]).mean(0),
            "macro_f1": np.nanmean(f1, axis=1),
        }
    )
    return curve.join(pd.DataFrame(f1, columns=[f"f1_{label}" for label in labels]))


def largest_winnable(class_counts: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """Return the largest k with which each class can win a vote, int64, shape (K,); 0 for a class without images.

    A class wins at best if all its images are among the k, and the other places are spread over the other classes so
    that none beats it. With n_c votes each of the others can have n_c (n_c - 1 if its column comes first, as it would
    win the tie), but no more than it has images. That is exact where every image has one vote. Copies sit together, so
    with them not every spread can come about: what is beyond this k is impossible all the same.

    Args:
        class_counts: training images of each class after resampling, in the order of the columns, shape (K,).
        weights: what a vote of each class counts, above 0, where they differ, shape (K,).
    """
    counts = np.asarray(class_counts, dtype=np.int64)
    hair = 0 if weights is None else 1e-6  # 3 x 0.4 and 1 x 1.2 are equal on paper
    weights = np.ones(len(counts)) if weights is None else np.asarray(weights, dtype=float)
    votes = counts[:, None] * weights[:, None] / weights  # row c: so many votes of the other class weigh as much
    columns = np.arange(len(counts))
    wins_ties = columns[:, None] < columns
    allowed = np.where(wins_ties, np.floor(votes * (1 + hair)), np.ceil(votes * (1 - hair)) - 1)
    room = np.minimum(counts, np.maximum(allowed, 0))
    np.fill_diagonal(room, 0)
    return np.where(counts > 0, counts + room.sum(1), 0).astype(np.int64)


def reachable(class_counts: np.ndarray, k: int, weights: np.ndarray | None = None) -> np.ndarray:
    """Return for each class whether k votes can elect it at all, boolean, shape (K,).

    Arguments as in `largest_winnable`. A class that can win with k can win with any smaller number too: take from the
    others first, then from its own.
    """
    return largest_winnable(class_counts, weights) >= k


def unreachable_from(
    class_counts: np.ndarray, most: int = MOST_NEIGHBOURS, weights: np.ndarray | None = None
) -> np.ndarray:
    """Return the first k, up to `most`, from which each class can never be predicted, float64, shape (K,).

    NaN where there is none, or where so many neighbours cannot vote, as there are fewer training images. Arguments as
    in `largest_winnable`.
    """
    first = largest_winnable(class_counts, weights) + 1
    return np.where(first <= min(most, np.sum(class_counts)), first, np.nan)


def out_of_reach(by_k: pd.DataFrame) -> pd.Series:
    """Return for each label the first k that cannot elect it, NaN where there is none, from a run's `by_k`."""
    can = by_k.set_index("k").filter(regex=f"^{CAN}").astype(bool)
    first = can.idxmin().where(~can.all()).astype(float)
    return first.rename(lambda column: column.removeprefix(CAN))
