"""Approved images as a sampling strategy gets them: in training parts only, and named in the run that uses them."""

from collections.abc import Callable, Iterable
from dataclasses import replace

import numpy as np
import pandas as pd
from PIL import Image

from core.catalog import Dataset
from core.errors import BadInput
from core.runs import RunConfig
from core.sampling import SAMPLERS
from core.settings import Settings
from core.splits import HOLD_OUT, Fold, make_folds
from core.synthesis.store import approved_images

NONE_APPROVED = "No made image is approved for this split; make some on the page Synthesis and approve them."
_CHECKSUM = "sampling.approved"


def name_approved(config: RunConfig, dataset: Dataset, settings: Settings) -> RunConfig:
    """Return the configuration with the checksum of the images that are approved now, if its strategy uses any.

    Raises:
        BadInput: none is approved, or the run has several folds, each of which tests what the GAN has seen.
    """
    if "made" not in SAMPLERS[config.sampling].needs:
        return config
    if config.folds != HOLD_OUT:
        raise BadInput(
            f"A GAN has seen the training part of a hold-out, so {config.folds} folds would test on what it has seen; "
            "choose a hold-out."
        )
    [fold] = make_folds(config.split, dataset.usable, HOLD_OUT, config.split_seed)
    found = approved_images(settings, dataset.fingerprint, frozenset(judged_images(dataset.usable, fold)))
    if not len(found.images):
        raise BadInput(NONE_APPROVED)
    return replace(config, params=config.params | {_CHECKSUM: int(found.digest, 16)})


def made_for(
    fingerprint: str, judged: Iterable[str], size: int, settings: Settings, checksum: int | None = None
) -> Callable[[], tuple[np.ndarray, np.ndarray]]:
    """Return what gives a strategy its `made` images, grey uint8 (m, size, size), and their labels.

    Args:
        fingerprint: the dataset's.
        judged: the images that are validated and tested on; what a GAN made that saw one of them is left out.
        size: width and height that the images get.
        settings: where they are kept.
        checksum: which images a run was set up with; others raise BadInput.
    """

    def give() -> tuple[np.ndarray, np.ndarray]:
        found = approved_images(settings, fingerprint, frozenset(judged))
        if not len(found.images):
            raise BadInput(NONE_APPROVED)
        if checksum is not None and int(found.digest, 16) != checksum:
            raise BadInput("Other made images are approved now than when this run was set up; set it up again.")
        return _resized(found.images, size), found.labels

    return give


def judged_images(images: pd.DataFrame, fold: Fold) -> pd.Series:
    """Return the names of what a fold validates and tests on; `images` is what was divided."""
    return images["image"].iloc[np.concatenate([fold.validation, fold.test])]


def _resized(images: np.ndarray, size: int) -> np.ndarray:
    if images.shape[1:] == (size, size):
        return images
    small = [np.asarray(Image.fromarray(image).resize((size, size), Image.Resampling.BILINEAR)) for image in images]
    return np.stack(small) if small else np.zeros((0, size, size), dtype=np.uint8)
