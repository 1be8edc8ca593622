"""Cross-entropy of logits that are shifted by how common each class is."""

import numpy as np
import torch
from torch import Tensor

from core.losses.modules.per_image import PerImage


class Adjusted(PerImage):
    """-log softmax(logits + offsets) of the true class.

    With offsets log n_c it is the balanced softmax (Ren et al. 2020, "Balanced Meta-Softmax"), with tau log P(c) the
    logit-adjusted loss (Menon et al. 2021, "Long-tail learning via logit adjustment"). What is predicted is the plain
    softmax of the logits.
    """

    def __init__(self, offsets: np.ndarray):
        super().__init__(np.ones(len(offsets)))
        self.register_buffer("offsets", torch.tensor(offsets, dtype=torch.float32))

    def costs(self, logits: Tensor) -> Tensor:
        """Return -log p of each class after the shift, shape (N, K)."""
        return -(logits + self.offsets).log_softmax(1)
