"""Has the GAN copied? The nearest real picture of each made one, and whether it is nearer than people are alike."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from core.synthesis.features import PIXELS, central_blocks, shifted_blocks

_BATCH = 64  # pictures, each at 25 shifts
_MOST_COMPARED = 500
"""How many real pictures the usual distance is taken from; each is compared with all."""
_QUANTILE = 0.01
_SAME, _ALIKE = 0.05, 0.45
"""The limit is never below the first, where pictures are the same but for noise, and never above the second, where they
correlate at 0.9: a copy is at least so much alike, however little people resemble each other."""


@dataclass(frozen=True)
class Memory:
    """How near made pictures lie to real ones."""

    nearest: np.ndarray
    """Position of the nearest real picture, int64, (m,)."""
    distances: np.ndarray
    """How far away it is, from 0 (the same) to 2 (its negative), float32, (m,)."""
    memorised: np.ndarray
    """At most `limit` away, boolean, (m,)."""
    limit: float
    """At most one in a hundred real pictures has a picture of somebody else as near as this, or from 0.05 to 0.45."""
    usual: float | None
    """The median of that distance among real pictures; None where they show one person only."""
    features: str = PIXELS
    """What is compared."""


def find_copies(
    made: np.ndarray,
    real: np.ndarray,
    persons: np.ndarray,
    seed: int = 0,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> Memory:
    """Return which made pictures lie nearer to a real one than pictures of two different people do.

    A copy that is brighter, softer, mirrored or moved by a few pixels is still a copy. Distances are Euclidean between
    `central_blocks` of the real and `shifted_blocks` of the other picture, and the smallest counts.

    Args:
        made: uint8, (m, 64, 64).
        real: all that the GAN saw, uint8, (n, 64, 64).
        persons: an integer a person, (n,).
        seed: which real pictures the usual distance is taken from, where there are more than 500.
        on_progress: told how many pictures are compared, of how many.
    """
    from threadpoolctl import threadpool_limits

    known = np.concatenate([central_blocks(real), central_blocks(real[:, :, ::-1])])
    own = np.concatenate([persons, persons])
    drawn = np.random.default_rng(seed).permutation(len(real))[:_MOST_COMPARED]
    total = len(made) + len(drawn)
    apart = persons[drawn, None] != own
    with threadpool_limits(1, user_api="blas"):  # several threads would wait for each other on a busy machine
        nearest, distances = _nearest(made, known, lambda done: on_progress(done, total))
        _, among = _nearest(real[drawn], known, lambda done: on_progress(len(made) + done, total), apart)
    among = among[np.isfinite(among)]
    # Pictures of one person only say nothing of how alike two people are: then only what is the same is a copy.
    limit, usual = np.quantile(among, [_QUANTILE, 0.5]) if len(among) else (0.0, None)
    limit = float(np.clip(limit, _SAME, _ALIKE))
    return Memory(nearest % len(real), distances, distances <= limit, limit, usual and float(usual))


def _nearest(
    images: np.ndarray, known: np.ndarray, on_progress: Callable[[int], None], allowed: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Return position and distance of the nearest known row to each picture; infinite where none is allowed.

    `allowed` is boolean, (pictures, known).
    """
    positions, distances = np.zeros(len(images), dtype=np.int64), np.zeros(len(images), dtype=np.float32)
    lengths = (known**2).sum(1)
    for start in range(0, len(images), _BATCH):
        part = slice(start, start + _BATCH)
        squares = np.full((len(images[part]), len(known)), np.inf, dtype=np.float32)
        for rows in shifted_blocks(images[part]):
            np.minimum(squares, (rows**2).sum(1)[:, None] + lengths - 2 * rows @ known.T, out=squares)
        if allowed is not None:
            squares[~allowed[part]] = np.inf
        positions[part] = squares.argmin(1)
        distances[part] = np.sqrt(squares.min(1).clip(min=0))
        on_progress(start + len(squares))
    return positions, distances
