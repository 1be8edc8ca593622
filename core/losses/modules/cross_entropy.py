"""Cross-entropy and focal loss of one image."""

import numpy as np
from torch import Tensor
from torch.nn.functional import logsigmoid

from core.losses.modules.per_image import PerImage, log_odds


class CrossEntropy(PerImage):
    """-log p of the true class."""

    def costs(self, logits: Tensor) -> Tensor:
        """Return -log p of each class, shape (N, K)."""
        return -logits.log_softmax(1)


class Focal(PerImage):
    """-(1 - p)^gamma log p of the true class (Lin et al. 2017, "Focal Loss for Dense Object Detection")."""

    def __init__(self, class_weights: np.ndarray, gamma: float):
        super().__init__(class_weights)
        self.gamma = gamma

    def costs(self, logits: Tensor) -> Tensor:
        """Return -(1 - p)^gamma log p of each class, shape (N, K)."""
        odds = log_odds(logits)
        # A power of 1 - p itself has an infinite slope at p = 1 for gamma below 1.
        return -(self.gamma * logsigmoid(-odds)).exp() * logsigmoid(odds)
