"""What a GAN is shown: images of the training part alone, of the chosen classes and of others that lend a hand."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.catalog import Dataset, person_codes
from core.errors import BadInput
from core.pixels import load_pixels, targets
from core.settings import Settings
from core.splits import make_folds
from core.synthesis.config import SIDE, SynthesisConfig

_MOST = 10_000
"""Images of the chosen classes together, and again of the others: more would cost memory and teach no more."""
_FEWEST = 4
"""Of fewer images of a class a GAN can only make copies."""


@dataclass(frozen=True)
class Material:
    """What a GAN is shown, n images; the chosen classes come first among `classes`."""

    images: np.ndarray
    """Grey uint8, (n, 64, 64)."""
    names: np.ndarray
    """Paths below the dataset's root, object, (n,)."""
    targets: np.ndarray
    """Positions in `classes`, int64, (n,)."""
    persons: np.ndarray
    """An integer a person, int64, (n,)."""
    classes: tuple[str, ...]
    n_chosen: int
    """How many of `classes` were chosen."""

    @property
    def labels(self) -> np.ndarray:
        """Return the label of each image, object, (n,)."""
        return np.array(self.classes, dtype=object)[self.targets]

    @property
    def chosen(self) -> np.ndarray:
        """Return the positions of the chosen classes' images, int64."""
        return np.flatnonzero(self.targets < self.n_chosen)

    def chances(self) -> np.ndarray:
        """Return how likely a place of a batch shows each class, (classes,).

        By the root of a class's size, so that a class of nine is seen often, and not ten times in each batch. Half of
        the places belong to the chosen classes, however rare they are.
        """
        chances = np.sqrt(np.bincount(self.targets, minlength=len(self.classes)))
        if self.n_chosen < len(self.classes):
            chances[: self.n_chosen] /= chances[: self.n_chosen].sum()
            chances[self.n_chosen :] /= chances[self.n_chosen :].sum()
        return chances / chances.sum()


def gather(
    config: SynthesisConfig, dataset: Dataset, settings: Settings, on_progress: Callable[[int, int], None]
) -> Material:
    """Return what the GAN of a configuration is shown; nothing of it is in the validation or the test part.

    Raises:
        BadInput: a class is not there, or has too few images in the training part.
    """
    unknown = [label for label in config.labels if label not in dataset.labels]
    if unknown:
        raise BadInput(f"{dataset.title} has no class {unknown[0]!r}; its classes: {', '.join(dataset.labels)}.")
    pixels = load_pixels(dataset, SIDE, settings, on_progress)
    images = dataset.usable
    [fold] = make_folds(config.split, images, config.folds, config.split_seed)
    part = fold.only(pixels.readable).train
    train = images.iloc[part]
    classes = _classes(config, dataset, train["label"])
    rows = part[_drawn(train["label"], config, classes)]
    seen = images.iloc[rows]
    return Material(
        pixels.images[rows],
        seen["image"].to_numpy(dtype=object),
        targets(seen["label"], classes),
        person_codes(seen["person"]),
        classes,
        len(config.labels),
    )


def _classes(config: SynthesisConfig, dataset: Dataset, labels: pd.Series) -> tuple[str, ...]:
    counts = labels.value_counts()
    for label in config.labels:
        if counts.get(label, 0) < _FEWEST:
            raise BadInput(
                f"{label} has {counts.get(label, 0)} images in the training part; a GAN needs at least {_FEWEST}: "
                "choose another class, or another seed of the split."
            )
    others = (label for label in dataset.labels if label not in config.labels and label in counts)
    return config.labels + (tuple(others) if config.params["borrow"] else ())


def _drawn(labels: pd.Series, config: SynthesisConfig, classes: tuple[str, ...]) -> np.ndarray:
    """Return positions into `labels` of the images to show, ascending: of very large classes only a part."""
    shuffled = labels.reset_index(drop=True).sample(frac=1, random_state=config.seed)
    n_chosen, n_others = len(config.labels), max(1, len(classes) - len(config.labels))
    is_chosen = shuffled.isin(config.labels)
    places = np.where(is_chosen, -(-_MOST // n_chosen), -(-_MOST // n_others))
    kept = shuffled.isin(classes) & (shuffled.groupby(shuffled).cumcount() < places)
    return np.sort(shuffled.index[kept].to_numpy())
