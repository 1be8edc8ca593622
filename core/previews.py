"""What a network would really be shown: a batch of a run before it is trained, and how synthetic images were made."""

from dataclasses import dataclass
from itertools import islice

import numpy as np
import pandas as pd

from core.batches import Batch, TrainingSet, generators
from core.sampling.plan import Plan
from core.sampling.summary import Resampling


@dataclass(frozen=True)
class Preview:
    """Images as a network gets them."""

    images: np.ndarray
    """Grey uint8, shape (n, S, S)."""
    table: pd.DataFrame
    """One row an image: `label` and `what` was done to it, in words; nothing to a real one that counts as all do."""
    n_batches: int
    """How many batches a pass has."""


@dataclass(frozen=True)
class Blend:
    """A synthetic image and the two that it was blended from, grey uint8, shape (S, S)."""

    label: str
    first: np.ndarray
    made: np.ndarray
    second: np.ndarray
    names: tuple[str, str]
    """The files of the first and the second."""
    share: float
    """How much of the second is in it, from 0 to 1."""


def batch(
    sampled: Resampling,
    rows: np.ndarray,
    part: pd.DataFrame,
    classes: tuple[str, ...],
    number: int = 1,
    size: int = 64,
    seed: int = 0,
) -> Preview:
    """Return a batch of the first pass, as the hold-out run with this seed is shown it, the commonest class first.

    Args:
        sampled: the strategy, applied to the training part.
        rows: the pixels of the training part, grey uint8, shape (n, S, S).
        part: `image` and `label` of the training part, one row an image.
        classes: the dataset's, in the order of the network's outputs.
        number: which batch, from 1; past the last one, the last.
        size: images a batch.
        seed: of the run.
    """
    training_set = _whole(sampled, rows, part, classes)
    n_batches = -(-training_set.n_shown // size)
    rng, _ = generators(seed, 1)
    *_, found = islice(training_set.batches(size, rng), min(number, n_batches))
    what = _in_words(found, sampled.plan, len(rows))
    table = pd.DataFrame({"label": _labels(found, classes), "what": what})
    order = np.argsort(table["label"].map({label: n for n, label in enumerate(sampled.table.index)}), kind="stable")
    return Preview(_as_bytes(found.images[order]), table.iloc[order].reset_index(drop=True), n_batches)


def blends(
    sampled: Resampling, rows: np.ndarray, part: pd.DataFrame, classes: tuple[str, ...], n: int = 3, seed: int = 0
) -> list[Blend]:
    """Return at most `n` synthetic images of each class with their parents, the rarest class first, drawn at random.

    Arguments as in `batch`. Empty where the strategy blends nothing.
    """
    plan, rng = sampled.plan, np.random.default_rng(seed)
    training_set = _whole(sampled, rows, part, classes)
    names = part["image"].to_numpy()
    found = []
    for label in sampled.table.index[::-1]:
        places = np.flatnonzero(plan.blended & (sampled.labels == label))
        for place in rng.choice(places, min(n, len(places)), replace=False):
            first, second = plan.indices[place], plan.partners[place]
            made = _as_bytes(training_set.shown(np.array([place]), rng))[0]
            pair = (str(names[first]), str(names[second]))
            found.append(Blend(label, rows[first], made, rows[second], pair, float(plan.shares[place])))
    return found


def _whole(sampled: Resampling, rows: np.ndarray, part: pd.DataFrame, classes: tuple[str, ...]) -> TrainingSet:
    targets = pd.Categorical(part["label"], categories=list(classes)).codes.astype(np.int64)
    return TrainingSet(rows, targets, np.arange(len(rows)), sampled.plan, classes)


def _labels(found: Batch, classes: tuple[str, ...]) -> list[str]:
    """Return the label of each image; where two were mixed, that of the larger share."""
    codes = found.targets if found.targets.ndim == 1 else found.targets.argmax(1)
    return [classes[code] for code in codes]


def _in_words(found: Batch, plan: Plan, n: int) -> list[str]:
    """Return what was done to each image of a batch; `n` is the size of the training part."""
    changed = plan.changed is not None and plan.changed[found.places]
    shares = np.zeros(len(found.places)) if plan.shares is None else plan.shares[found.places]
    weights = [""] * len(found.places) if found.weights is None else [f"weighs {w:.3g}" for w in found.weights]
    words = np.select(
        [found.indices >= n, shares > 0, np.broadcast_to(changed, len(shares))], ["made", "blended", "changed"], ""
    )
    mixed = [""] * len(words) if found.targets.ndim == 1 else [_mixed(shares) for shares in found.targets]
    return [", ".join(filter(None, parts)) for parts in zip(words, mixed, weights, strict=True)]


def _mixed(shares: np.ndarray) -> str:
    """Return how much of an image is its own, where labels were mixed."""
    return f"{shares.max():.0%} of it" if shares.max() < 1 else ""


def _as_bytes(images: np.ndarray) -> np.ndarray:
    return (images * 255).round().clip(0, 255).astype(np.uint8)
