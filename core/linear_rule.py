"""A linear rule that is found in one go instead of being learnt in epochs; this module imports torch."""

from collections.abc import Callable, Sequence
from functools import partial

import torch
from torch import nn

_NEVER = -1e4
"""The logit of a class that no image was memorised of: its probability is 0, and still a finite number."""
_LEAST_SPREAD = 1e-4
"""A feature that varies less than this says nothing; it is not blown up to the size of the others."""
Fit = Callable[[torch.Tensor, torch.Tensor, torch.Tensor], tuple[torch.Tensor, torch.Tensor]]
"""Features (n, D), classes from 0 on (n,), weights (n,) -> weights (K, D) and bias (K,) of the rule."""


class LinearRule(nn.Module):
    """Logits that are linear in D features."""

    def __init__(self, n_features: int, n_classes: int, fit: Fit):
        super().__init__()
        self.fit = fit
        self.register_buffer("weight", torch.zeros(n_classes, n_features))
        self.register_buffer("bias", torch.zeros(n_classes))

    @torch.no_grad()
    def memorise(
        self,
        features: torch.Tensor,
        targets: torch.Tensor,
        copies: torch.Tensor | None = None,
        weights: torch.Tensor | None = None,
    ) -> None:
        """Find the rule; each image counts its copies times its weight (1 each if left out).

        A class without an image, or with no weight, gets a logit that no other falls below.
        """
        copies, weights = (torch.ones(len(features)) if of is None else of.float() for of in (copies, weights))
        weights = copies * weights
        seen = weights > 0
        present, codes = targets[seen].unique(return_inverse=True)
        weight, bias = self.fit(features[seen], codes, weights[seen])
        self.weight = torch.zeros_like(self.weight).index_copy(0, present, weight.float())
        self.bias = torch.full_like(self.bias, _NEVER).index_copy(0, present, bias.float())

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Return logits (N, K) of features (N, D)."""
        return nn.functional.linear(features, self.weight, self.bias)


class FrozenWithRule(nn.Module):
    """A pretrained network's maps, never changed, below a linear rule.

    Args:
        backbone: images (N, 1, S, S) to features (N, D); has `width` (D), `key` and `load_weights()`.
    """

    def __init__(self, backbone: nn.Module, n_classes: int, fit: Fit):
        super().__init__()
        self.backbone, self.head = backbone, LinearRule(backbone.width, n_classes, fit)

    @property
    def backbone_key(self) -> str:
        """Return a name for exactly these layers with exactly these weights: equal names give equal features."""
        return self.backbone.key

    def load_weights(self) -> None:
        """Replace the backbone's random weights by those that were learnt; BadInput where they cannot be had."""
        self.backbone.load_weights()

    @torch.no_grad()
    def memorise(
        self, images: torch.Tensor, targets: torch.Tensor, *counted: torch.Tensor, **named: torch.Tensor
    ) -> None:
        """Find the rule on images (n, 1, S, S); for what else is told see `LinearRule.memorise`."""
        self.head.memorise(self.backbone(images), targets, *counted, **named)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return logits (N, K) of images (N, 1, S, S), float32 in [0, 1]."""
        return self.head(self.backbone(images))


def discriminant_by_layer(backbone: nn.Module, n_classes: int, shrinkage: float) -> FrozenWithRule:
    """Return a backbone, which also has `widths`, below the rule that `fit_by_layer` finds."""
    return FrozenWithRule(backbone, n_classes, partial(fit_by_layer, widths=backbone.widths, shrinkage=shrinkage))


def fit_discriminant(
    features: torch.Tensor, codes: torch.Tensor, weights: torch.Tensor, shrinkage: float
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return weights (K, D) and bias (K,) of linear discriminant analysis of features (n, D), which are overwritten.

    Priors, means and the covariance that all classes share are weighted; with all weights 1 it is scikit-learn's
    `LinearDiscriminantAnalysis(solver="lsqr", shrinkage=shrinkage)`, which takes no weights.
    """
    features, weights = features.double(), weights.double()
    shares = weights / weights.sum()
    member = nn.functional.one_hot(codes).double() * shares[:, None]
    priors = member.sum(0)
    means = member.T @ features / priors[:, None]
    centred = features.sub_(means[codes]).mul_(shares.sqrt()[:, None])  # in place: it is the largest array here
    covariance = centred.T @ centred * (1 - shrinkage)
    n_features = len(covariance)
    # Images that do not differ have no spread; the least one keeps the equations solvable.
    spread = max(float(centred.square().sum()) / n_features, 1e-9)
    covariance.diagonal().add_(shrinkage * spread)
    weight = torch.cholesky_solve(means.T, torch.linalg.cholesky(covariance)).T
    return weight, priors.log() - (weight * means).sum(1) / 2


def fit_by_layer(
    features: torch.Tensor, codes: torch.Tensor, weights: torch.Tensor, widths: Sequence[int], shrinkage: float
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the same of features that come from several layers: each varies by 1, and each layer has the same say.

    Shrinking takes all features for equally varying: without this, a layer of large numbers would be all that counts.

    Args:
        widths: how many features each layer gives; they add up to D.
    """
    features, shares = features.double(), (weights / weights.sum()).double()[:, None]
    means = (features * shares).sum(0)
    spread = ((features - means).square() * shares).sum(0).sqrt().clamp(min=_LEAST_SPREAD)
    say = torch.cat([torch.full((width,), width**-0.5) for width in widths]).double()
    scale = say / spread
    weight, bias = fit_discriminant((features - means) * scale, codes, weights, shrinkage)
    weight = weight * scale  # the scale goes into the weights: what is kept reads the features as they are
    return weight, bias - weight @ means
