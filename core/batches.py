"""The images of a pass as a network gets them: gathered, blended, changed, batch by batch.

Training and the previews come through here, so what a page shows is what the network sees; numpy alone, because the
app's process has no torch.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from core.augmentation import mix
from core.sampling.plan import Plan

_BLOCK = 1024


@dataclass(frozen=True)
class Batch:
    """What a network is shown in one step."""

    images: np.ndarray
    """float32 in [0, 1], shape (N, S, S); of a network with frozen features, their rows (N, D)."""
    targets: np.ndarray
    """int64 (N,), or float32 (N, K) where images were mixed: the share of each class."""
    weights: np.ndarray | None
    """How much each image counts, float32, shape (N,); None where all count the same."""
    places: np.ndarray
    """Which places of the plan these are, int64, shape (N,)."""
    indices: np.ndarray
    """The image in each of them, int64, shape (N,), as in the plan."""


@dataclass(frozen=True)
class TrainingSet:
    """A training part and the plan of what is shown of it."""

    rows: np.ndarray
    """Every usable image, grey uint8 (n, S, S), or every image's features, float (n, D)."""
    targets: np.ndarray
    """The class of each row, int64, shape (n,)."""
    part: np.ndarray
    """Which rows are the training part; positions in the plan are positions in here."""
    plan: Plan
    classes: tuple[str, ...]
    """The classes in the order of the network's outputs."""

    @property
    def n_shown(self) -> int:
        """How many images a pass shows."""
        return len(self.plan.indices)

    @property
    def class_counts(self) -> np.ndarray:
        """How many images of each class a pass shows, int64, shape (K,)."""
        return np.bincount(self._codes(self.plan.indices), minlength=len(self.classes))

    @property
    def class_weights(self) -> np.ndarray | None:
        """The mean weight of a class's places, float64, shape (K,), 1 for a class without any; None without weights."""
        if self.plan.weights is None:
            return None
        counts = self.class_counts
        sums = np.bincount(self._codes(self.plan.indices), self.plan.weights, minlength=len(counts))
        return np.divide(sums, counts, out=np.ones(len(counts)), where=counts > 0)

    @property
    def mixes(self) -> bool:
        """Whether labels are blended along with the images: only a network can learn from such."""
        return self.plan.policy is not None and self.plan.policy.mixes

    def batches(self, size: int, rng: np.random.Generator, share: float = 0.0) -> Iterator[Batch]:
        """Yield one pass in random order, `size` images a batch; `share` of the training, from 0 to 1, is over."""
        plan = self.plan.at(share, rng)
        order = rng.permutation(len(plan.indices))
        for start in range(0, len(order), size):
            places = order[start : start + size]
            indices = plan.indices[places]
            images, targets = self._images(plan, places, rng), self._codes(indices)
            if self.mixes:
                images, targets = mix(images, np.eye(len(self.classes), dtype=np.float32)[targets], plan.policy, rng)
            yield Batch(images, targets, None if plan.weights is None else plan.weights[places], places, indices)

    def settled(self, rng: np.random.Generator) -> "TrainingSet":
        """Return the same set with every blended, changed or made image drawn once and for all, as a row of its own.

        For models that do not learn by passes over pixels: what is left of the plan are positions and weights.
        """
        plan = self.plan
        drawn = plan.blended | (plan.indices >= len(self.part))
        if plan.changed is not None:
            drawn |= plan.changed
        places = np.flatnonzero(drawn)
        if not len(places):
            return self
        extra = np.empty((len(places), *self.rows.shape[1:]), dtype=np.uint8)
        for start in range(0, len(places), _BLOCK):  # all at once as floats would be several times the memory
            block = places[start : start + _BLOCK]
            extra[start : start + len(block)] = (self._images(plan, block, rng) * 255).round()
        indices = plan.indices.copy()
        indices[places] = len(self.part) + np.arange(len(places))
        rows = np.concatenate([self.rows[self.part], extra])
        targets = np.concatenate([self.targets[self.part], self._codes(plan.indices[places])])
        return TrainingSet(rows, targets, np.arange(len(rows)), Plan(indices, weights=plan.weights), self.classes)

    def shown(self, places: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Return what is shown in these places of the plan, float32 in [0, 1], shape (N, S, S)."""
        return self._images(self.plan, places, rng)

    def with_rows(self, rows: np.ndarray) -> "TrainingSet":
        """Return the same set with something else known of each row, such as its features."""
        return replace(self, rows=rows)

    def _images(self, plan: Plan, places: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        images = self._take(plan.indices[places])
        if plan.shares is not None:
            share = plan.shares[places]
            blended = share > 0
            partners = self._take(plan.partners[places[blended]])
            images[blended] += share[blended, None, None] * (partners - images[blended])
        if plan.changed is not None:
            changed = plan.changed[places]
            images[changed] = plan.policy.apply(images[changed], rng)
        return images

    def _take(self, indices: np.ndarray) -> np.ndarray:
        """Return the rows at these positions of the training part, and made images behind it, as float32."""
        real = indices < len(self.part)
        if real.all():
            return _as_float(self.rows[self.part[indices]])
        images = np.empty((len(indices), *self.plan.made_images.shape[1:]), dtype=np.float32)
        images[real] = _as_float(self.rows[self.part[indices[real]]])
        images[~real] = _as_float(self.plan.made_images[indices[~real] - len(self.part)])
        return images

    def _codes(self, indices: np.ndarray) -> np.ndarray:
        real = indices < len(self.part)
        codes = np.empty(len(indices), dtype=np.int64)
        codes[real] = self.targets[self.part[indices[real]]]
        if not real.all():
            numbers = {label: code for code, label in enumerate(self.classes)}
            made = self.plan.made_labels[indices[~real] - len(self.part)]
            codes[~real] = [numbers[label] for label in made]
        return codes


def _as_float(rows: np.ndarray) -> np.ndarray:
    """Return pixels as float32 in [0, 1]; features, which are no bytes, as float32."""
    return rows.astype(np.float32) / np.float32(255) if rows.dtype == np.uint8 else rows.astype(np.float32)


def generators(seed: int, fold: int) -> tuple[np.random.Generator, int]:
    """Return the generator that a fold of a run draws from, and the seed of torch's own; folds count from 1."""
    rng = np.random.default_rng([seed, fold])
    return rng, int(rng.integers(2**31))
