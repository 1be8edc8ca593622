"""One fold of a run: what is shown of the training part, what learns from it, and what that says of the test part."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch

from core.batches import TrainingSet, generators
from core.feature_cache import backbone_features
from core.losses import LOSSES
from core.models import MODELS
from core.runs import RunConfig
from core.sampling import SAMPLERS
from core.sampling.summary import Material, resample
from core.settings import Settings
from core.splits import Fold
from core.training import EpochResult, Part, Recipe, fit, predict
from core.votes import largest_winnable, predictions_by_k


@dataclass(frozen=True)
class Images:
    """Every image of a run."""

    labels: pd.Series
    """The label of each, shape (n,)."""
    targets: np.ndarray
    """The position of each label in `classes`, int64, shape (n,)."""
    rows: np.ndarray
    """Grey pixels, uint8, shape (n, S, S)."""
    classes: tuple[str, ...]
    key: str
    """Names exactly these pixels in this order; features of them are kept by it."""


class FoldOfARun:
    """What one fold needs, set up in the order in which its random numbers are drawn."""

    def __init__(
        self,
        config: RunConfig,
        images: Images,
        fold: Fold,
        number: int,
        settings: Settings,
        material: Material,
        on_features: Callable[[int, int], None],
        should_stop: Callable[[], bool],
    ):
        self.config, self.images, self.fold, self.settings = config, images, fold, settings
        self.on_features, self.should_stop = on_features, should_stop
        self.rng, torch_seed = generators(config.seed, number)
        torch.manual_seed(torch_seed)  # weights and dropout draw from torch's own generator
        sampled = resample(
            SAMPLERS[config.sampling], images.labels.iloc[fold.train], config.owned("sampling"), config.seed, material
        )
        self.train = TrainingSet(images.rows, images.targets, fold.train, sampled.plan, images.classes)
        model = MODELS[config.model]
        self.model = model.build(len(images.classes), config.params["images.size"], **config.owned("model"))
        if hasattr(self.model, "load_weights"):
            self.model.load_weights()

    def epochs(self, on_batch: Callable[[float], None]) -> Iterator[EpochResult]:
        """Train and yield the result of each epoch; `on_batch` is told the share of an epoch that is done."""
        self.learner, self.rows, train = self.model, self.images.rows, self.train
        if hasattr(self.model, "backbone"):
            self.learner, train = self.model.head, self._with_features(train)
            self.rows = self.features
        counts = train.class_counts  # as the network meets them: what weighs twice is as if it were there twice
        counts = counts if train.class_weights is None else counts * train.class_weights
        loss = LOSSES[self.config.loss].build(counts, **self.config.owned("loss"))
        if hasattr(loss, "prepare"):
            self.learner = loss.prepare(self.learner)
            if hasattr(self.model, "backbone"):
                self.model.head = self.learner
            else:
                self.model = self.learner
        training = self.config.owned("training")
        recipe = Recipe(**{"epochs": 1, "batch_size": 1, "learning_rate": 1.0, "weight_decay": 0.0} | training)
        yield from fit(
            self.learner, loss, train, self._part(self.fold.validation), recipe, self.rng, self.should_stop, on_batch
        )

    def probabilities(self, positions: np.ndarray) -> np.ndarray:
        """Return the trained model's probabilities for the images at these positions, float32, shape (n, K)."""
        return predict(self.learner, self._part(positions), self.should_stop)

    def mirrored_probabilities(self, positions: np.ndarray) -> np.ndarray:
        """Return the same for the mirror images."""
        rows = np.ascontiguousarray(self.images.rows[:, :, ::-1])
        if hasattr(self.model, "backbone"):
            rows = self._features(rows, f"{self.images.key}-mirrored")
        return predict(self.learner, Part(rows, self.images.targets, positions), self.should_stop)

    def said_by_k(self) -> np.ndarray | None:
        """Return what each number of neighbours would say of the test part, int32, shape (n, n_ks).

        None for a model that has no neighbours.
        """
        if "k" not in self.config.owned("model"):
            return None
        voters = self.model
        return predictions_by_k(
            voters.known.numpy(),
            voters.votes.argmax(1).numpy(),
            self.images.rows[self.fold.test].reshape(len(self.fold.test), -1),
            len(self.images.classes),
            voters.copies.long().numpy(),
            voters.votes.sum(1).numpy(),
            should_stop=self.should_stop,
        )

    def largest_winnable(self) -> np.ndarray:
        """Return the largest k with which each class can win a vote, int64, shape (K,)."""
        counts, weights = self.train.class_counts, self.train.class_weights
        return largest_winnable(counts, weights)

    def _part(self, positions: np.ndarray) -> Part:
        return Part(self.rows, self.images.targets, positions)

    def _with_features(self, train: TrainingSet) -> TrainingSet:
        """Return the training set in what the backbone makes of each image; that of real images is computed once."""
        self.features = self._features(self.images.rows, self.images.key)
        settled = train.settled(self.rng)
        if settled is train:
            return train.with_rows(self.features)
        extra = self._features(settled.rows[len(train.part) :], None)
        return settled.with_rows(np.concatenate([self.features[train.part], extra]))

    def _features(self, rows: np.ndarray, key: str | None) -> np.ndarray:
        return backbone_features(self.model, rows, key, self.settings, self.on_features, self.should_stop)
