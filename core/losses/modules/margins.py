"""Label-distribution-aware margins with deferred re-weighting, and the classifier of cosines that they are made for.

Cao et al. 2019, "Learning Imbalanced Datasets with Label-Distribution-Aware Margin Loss".
"""

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import linear, logsigmoid, normalize

from core.errors import BadInput
from core.losses.modules.per_image import PerImage, log_odds


class LdamDrw(PerImage):
    """Cross-entropy in which the true class has its margin taken off; towards the end classes weigh `late_weights`.

    `margins` are cosines, shape (K,). Logits are `scale` times cosines, as `prepare` makes a network give them.
    """

    def __init__(self, margins: np.ndarray, late_weights: np.ndarray, scale: float, defer: float):
        super().__init__(np.ones(len(margins)))
        self.scale, self.defer = scale, defer
        self.register_buffer("margins", torch.tensor(scale * margins, dtype=torch.float32))
        self.register_buffer("late_weights", torch.tensor(late_weights, dtype=torch.float32))

    def begin_pass(self, share: float) -> None:
        """Weigh classes from the share `defer` of the training on, and all the same before."""
        self.class_weights = self.late_weights if share >= self.defer else torch.ones_like(self.late_weights)

    def prepare(self, model: nn.Module) -> nn.Module:
        """Return the model with a `CosineClassifier` in place of the last linear layer that learns, changed in place.

        Raises:
            BadInput: there is no such layer, as where a convolution gives the classes.
        """
        layers = [name for name, layer in model.named_modules() if _learns_linearly(layer)]
        if not layers:
            raise BadInput(
                "LDAM-DRW replaces the last dense layer of a network, and this one has none that learns; "
                "choose another loss or model."
            )
        classifier = CosineClassifier(model.get_submodule(layers[-1]).weight, self.scale)
        if layers[-1] == "":
            return classifier
        model.set_submodule(layers[-1], classifier)
        return model

    def costs(self, logits: Tensor) -> Tensor:
        """Return -log p of each class with its own logit less its margin, shape (N, K)."""
        return -logsigmoid(log_odds(logits) - self.margins)


class CosineClassifier(nn.Module):
    """A last layer that gives `scale` times the cosine between an image's features and each class's weights.

    It starts in the directions of the weights (K, D) of the layer that it replaces.
    """

    def __init__(self, weight: Tensor, scale: float):
        super().__init__()
        self.weight = nn.Parameter(weight.detach().clone())
        self.scale = scale

    def forward(self, features: Tensor) -> Tensor:
        """Return logits (N, K), from -scale to scale, of features (N, D)."""
        return self.scale * linear(normalize(features, dim=1), normalize(self.weight, dim=1))


def _learns_linearly(layer: nn.Module) -> bool:
    # A frozen backbone's layers do not learn, and may be registered after the head.
    return isinstance(layer, nn.Linear) and layer.weight.requires_grad
