"""Macro-F1 with probabilities in place of decisions, so that it has a slope."""

import torch
from torch import Tensor, nn

from core.losses.modules.per_image import weighed_targets


class SoftF1(nn.Module):
    """1 less the mean over classes of 2 TP / (2 TP + FP + FN), counted in probabilities.

    Pastor-Pellicer et al. 2013, "F-Measure as the Error Function to Train Neural Networks", for each class against the
    rest. A class that no image of the batch has is left out of the mean: its F1 would be 0 whatever is predicted. With
    targets that are blended of two classes even the best prediction costs something.
    """

    def forward(self, logits: Tensor, targets: Tensor, weights: Tensor | None = None) -> Tensor:
        """Return the loss, from 0 to 1, of logits (N, K), targets (N,) or (N, K), and weights (N,) if any."""
        actual = weighed_targets(logits, targets, weights)
        probabilities = logits.softmax(1)
        true_positives = (actual * probabilities).sum(0)
        # An image's targets sum to its weight.
        predicted = (actual.sum(1, keepdim=True) * probabilities).sum(0)
        # TP + FP is what is predicted and TP + FN what is there.
        both = (predicted + actual.sum(0)).clamp(min=torch.finfo(logits.dtype).tiny)
        present = actual.sum(0) > 0
        return (present * (1 - 2 * true_positives / both)).sum() / present.sum().clamp(min=1)
