"""The mean over images: what all losses share that judge one image at a time."""

import numpy as np
import torch
from torch import Tensor, nn


class PerImage(nn.Module):
    """A weighted mean of each image's cost; what follows says by `costs` what an image costs.

    An image weighs its class's weight times its own, as in `nn.CrossEntropyLoss(weight=...)`. Where nothing weighs
    anything (a batch of nothing but classes that were never trained on) the mean is 0.
    """

    def __init__(self, class_weights: np.ndarray):
        super().__init__()
        self.register_buffer("class_weights", torch.tensor(class_weights, dtype=torch.float32))

    def costs(self, logits: Tensor) -> Tensor:
        """Return what each image costs if class c is the true one, at least 0, shape (N, K)."""
        raise NotImplementedError

    def forward(self, logits: Tensor, targets: Tensor, weights: Tensor | None = None) -> Tensor:
        """Return the mean cost of images with logits (N, K), targets (N,) or (N, K), and weights (N,) if any."""
        weighed = weighed_targets(logits, targets, weights) * self.class_weights
        total = weighed.sum().clamp(min=torch.finfo(logits.dtype).tiny)
        return (weighed * self.costs(logits)).sum() / total


def weighed_targets(logits: Tensor, targets: Tensor, weights: Tensor | None) -> Tensor:
    """Return how much of each image counts for each class, shape (N, K), in the logits' type."""
    if not targets.is_floating_point():
        targets = nn.functional.one_hot(targets, logits.shape[1])
    targets = targets.to(logits)
    return targets if weights is None else targets * weights.to(logits).unsqueeze(1)


def log_odds(logits: Tensor) -> Tensor:
    """Return log(p / (1 - p)) of each class's probability, shape (N, K).

    It is a class's logit less the logsumexp of the others, and so stays exact where 1 - p would round to 0.
    """
    top, winner = logits.detach().max(1, keepdim=True)
    powers = (logits - top).exp()
    # The others' sum is everybody's less one's own, at least 1 for all but the winner, whose others are summed apart.
    others = (powers.sum(1, keepdim=True) - powers).scatter(1, winner, 1.0).log() + top
    lowest = torch.finfo(logits.dtype).min
    others_of_winner = logits.scatter(1, winner, lowest).logsumexp(1, keepdim=True)
    return logits - others.scatter(1, winner, others_of_winner)
