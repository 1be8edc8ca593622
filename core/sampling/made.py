"""The strategy that adds images which a network made and a person approved."""

import numpy as np

from core.registry import Param
from core.sampling import SAMPLERS
from core.sampling.plan import Plan


@SAMPLERS.add(
    "gan",
    title="GAN images",
    summary="Every training image once, and with them the images that a GAN made of rare classes and you approved.",
    source="Mirza & Osindero 2014; DiffAugment, Zhao et al. 2020",
    params=(
        Param("approved", 0, 0, 2**48 - 1, "which images: the checksum of those approved at the time", filled_in=True),
    ),
    needs=("made",),
)
def _gan(labels: np.ndarray, rng: np.random.Generator, approved: int, made: tuple[np.ndarray, np.ndarray]) -> Plan:
    images, of = made
    indices = np.arange(len(labels) + len(images))
    return Plan(indices, made_images=images, made_labels=of)
