"""Histograms of oriented gradients under a linear rule: how far edges alone carry, in seconds and without epochs.

The features are those of `skimage.feature.hog` with 2x2 cells a block, as a torch module: it exports like a network."""

import math
from functools import partial

from core.errors import BadInput
from core.models import MODELS
from core.registry import Param

N_ORIENTATIONS = 9
_CHUNK = 64
"""Images whose histograms are computed at once; few enough to stay in the processor's cache: twice as fast as 512."""
_MOST_FEATURES = 12_000
"""Of LDA: the covariance of so many takes 1.2 GB, and solving with it twice that."""
_DEFAULTS = {"images.size": 64}
_CELL = Param("cell", 6, 4, 8, "side of a cell in pixels; each has one histogram of gradient directions")


@MODELS.add(
    "hog_logistic",
    title="HOG + logistic regression",
    summary="Edge directions in small cells, and one weight a class for each of them: no epochs, done in seconds.",
    source="Dalal & Triggs 2005; LogisticRegression, scikit-learn",
    params=(_CELL, Param("c", 0.01, 0.00001, 10.0, "inverse strength of regularisation: less keeps weights smaller")),
    iterative=False,
    defaults=_DEFAULTS,
)
def _logistic_regression(n_classes: int, image_size: int, cell: int, c: float):
    return _linear_class()(n_classes, image_size, cell, partial(_fit_logistic, c=c))


@MODELS.add(
    "hog_lda",
    title="HOG + LDA",
    summary="Edge directions in small cells; the class whose mean is nearest, given how all classes vary: in seconds.",
    source="Dalal & Triggs 2005; Fisher 1936, shrunk as by Friedman 1989",
    params=(
        _CELL,
        Param("shrinkage", 0.3, 0.001, 1.0, "0 trusts the covariance as found, 1 takes all features for unrelated"),
    ),
    iterative=False,
    defaults=_DEFAULTS,
)
def _discriminant_analysis(n_classes: int, image_size: int, cell: int, shrinkage: float):
    return _linear_class()(n_classes, image_size, cell, partial(_fit_discriminant, shrinkage=shrinkage))


def histograms_of_gradients(cell: int):
    """Return a module from images (N, 1, S, S) to features (N, b * b * 36), where b = S // cell - 1 blocks a side.

    Central differences, votes of the gradient's length for one of 9 unsigned directions, means over cells, blocks of
    2x2 cells one cell apart, L2-Hys (cut at 0.2, normalised again). Values and order are those of scikit-image's
    `hog(pixels_per_cell=(cell, cell), cells_per_block=(2, 2))`. Dalal & Triggs 2005; like scikit-image it leaves out
    their smoothing between cells and directions.
    """
    import torch
    from torch import Tensor, nn

    class HistogramsOfGradients(nn.Module):
        def __init__(self):
            super().__init__()
            self.cell = cell
            starts = torch.arange(N_ORIENTATIONS) * (math.pi / N_ORIENTATIONS)
            self.register_buffer("cosines", starts.cos().view(1, -1, 1, 1), persistent=False)
            self.register_buffer("sines", starts.sin().view(1, -1, 1, 1), persistent=False)
            self.register_buffer("directions", torch.arange(N_ORIENTATIONS).view(1, -1, 1, 1), persistent=False)

        def forward(self, images: Tensor) -> Tensor:
            return self.blocks(self.cells(images)).flatten(1)

        def cells(self, images: Tensor) -> Tensor:
            """Return the histogram of each cell, (N, 9, S // cell, S // cell)."""
            none_across, none_down = torch.zeros_like(images[..., :1]), torch.zeros_like(images[..., :1, :])
            across = torch.cat((none_across, images[..., 2:] - images[..., :-2], none_across), 3)
            down = torch.cat((none_down, images[..., 2:, :] - images[..., :-2, :], none_down), 2)
            length = (across.square() + down.square()).sqrt()
            # Half a turn does not count: all gradients point into the half plane from 0 to 180 degrees.
            turned = (down < 0) | ((down == 0) & (across < 0))
            across, down = torch.where(turned, -across, across), torch.where(turned, -down, down)
            # A direction's number is how many directions begin at or before it; exact where angles would be rounded.
            number = (down * self.cosines >= across * self.sines).sum(1, keepdim=True) - 1
            return nn.functional.avg_pool2d(length * (number == self.directions), self.cell)

        def blocks(self, cells: Tensor) -> Tensor:
            """Return the normalised blocks, (N, b, b, 36)."""
            corners = (cells[..., :-1, :-1], cells[..., :-1, 1:], cells[..., 1:, :-1], cells[..., 1:, 1:])
            together = torch.cat(corners, 1).permute(0, 2, 3, 1)
            return self.normalised(self.normalised(together).clamp(max=0.2))

        @staticmethod
        def normalised(blocks: Tensor) -> Tensor:
            return blocks / (blocks.square().sum(3, keepdim=True) + 1e-10).sqrt()  # scikit-image's epsilon, squared

    return HistogramsOfGradients()


def _linear_class():
    import torch
    from torch import Tensor

    from core.linear_rule import Fit, LinearRule

    class LinearOnGradients(LinearRule):
        """A linear rule on histograms of gradients."""

        def __init__(self, n_classes: int, image_size: int, cell: int, fit: Fit):
            super().__init__(4 * N_ORIENTATIONS * (image_size // cell - 1) ** 2, n_classes, fit)
            self.features = histograms_of_gradients(cell)

        @torch.no_grad()
        def memorise(self, images: Tensor, targets: Tensor, *counted: Tensor, **named: Tensor) -> None:
            """Find the rule on images; for what else is told see `LinearRule.memorise`."""
            features = torch.cat([self.features(chunk) for chunk in images.split(_CHUNK)])
            super().memorise(features, targets, *counted, **named)

        def forward(self, images: Tensor) -> Tensor:
            return super().forward(self.features(images))

    return LinearOnGradients


def _fit_logistic(features, codes, weights, c: float):
    """Return weights (K, D) and bias (K,) of multinomial logistic regression on standardised features (n, D)."""
    import torch
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler
    from threadpoolctl import threadpool_limits

    if codes.max() == 0:  # one class is always right
        return torch.zeros(1, features.shape[1]), torch.zeros(1)
    known, counted = features.numpy(), weights.numpy()
    scaler = StandardScaler().fit(known, sample_weight=counted)
    model = LogisticRegression(C=c, tol=1e-3, max_iter=500)  # stricter: the same macro-F1, later
    with threadpool_limits(1):  # more threads wait for each other: on a busy machine they took 5 to 20 times as long
        model.fit(scaler.transform(known), codes.numpy(), sample_weight=counted)
    coefficients, intercepts = torch.from_numpy(model.coef_), torch.from_numpy(model.intercept_)
    if len(coefficients) == 1:  # of two classes scikit-learn gives the second's logit over the first's
        coefficients = torch.cat([torch.zeros_like(coefficients), coefficients])
        intercepts = torch.cat([torch.zeros_like(intercepts), intercepts])
    # The scale goes into the weights: what is kept reads the histograms as they are.
    coefficients = coefficients / torch.from_numpy(scaler.scale_)
    return coefficients, intercepts - coefficients @ torch.from_numpy(scaler.mean_)


def _fit_discriminant(features, codes, weights, shrinkage: float):
    """Return `fit_discriminant`'s rule, or refuse what would not fit into memory."""
    from core.linear_rule import fit_discriminant

    if features.shape[1] > _MOST_FEATURES:
        raise BadInput(
            f"HOG has {features.shape[1]:,} features here, and their covariances would not fit into memory; choose "
            f"larger cells or smaller images, for at most {_MOST_FEATURES:,}."
        )
    return fit_discriminant(features, codes, weights, shrinkage)
