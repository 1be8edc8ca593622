"""What a pass over the training part shows: which images, how often, how heavy, and which of them are changed."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from core.augmentation import Policy


@dataclass(frozen=True)
class Plan:
    """A pass of n_out places, each filled by one image of the training part of n images, or by a made one.

    Only `indices` is always there; what is None does not happen.
    """

    indices: np.ndarray
    """The image in each place, int64, shape (n_out,): below n a position in the training part, from n on a made one."""
    partners: np.ndarray | None = None
    """A second image that is blended in, int64, shape (n_out,); where `shares` is 0 it does not matter."""
    shares: np.ndarray | None = None
    """How much of the second image is blended in, float32 from 0 to 1, shape (n_out,): 0 is a real image."""
    weights: np.ndarray | None = None
    """How much each place counts in the loss, float32, shape (n_out,), with mean 1."""
    changed: np.ndarray | None = None
    """Which places are shown through `policy`, changed anew in every pass, boolean, shape (n_out,)."""
    policy: Policy | None = None
    made_images: np.ndarray | None = None
    """Images that are not in the dataset, grey uint8, shape (m, S, S); place value n + i is the i-th."""
    made_labels: np.ndarray | None = None
    """Their labels, object, shape (m,)."""
    redraw: Callable[[float, np.random.Generator], np.ndarray] | None = None
    """Draws the `indices` of the pass that begins when this share of the training (0 to 1) is over; then `indices` is
    the pass half-way. None where every pass shows the same."""

    @property
    def blended(self) -> np.ndarray:
        """Which places show an image that is synthesised from two, boolean, shape (n_out,)."""
        return np.zeros(len(self.indices), dtype=bool) if self.shares is None else self.shares > 0

    def at(self, share: float, rng: np.random.Generator) -> "Plan":
        """Return the plan of the pass that begins when this share of the training, from 0 to 1, is over."""
        return self if self.redraw is None else replace(self, indices=self.redraw(share, rng))


def as_plan(drawn: "Plan | np.ndarray") -> Plan:
    """Return what a strategy gave as a plan: plain indices are one without anything else."""
    return drawn if isinstance(drawn, Plan) else Plan(np.asarray(drawn, dtype=np.int64))
