"""Networks that were trained on ImageNet, made to see grey: kept as they are below a new head, or trained on whole.

This module imports torch: the builders in `core.models.pretrained` import it when a network is built.
"""

import hashlib
from collections import OrderedDict

import torch
from torch import nn
from torchvision.models import get_model, get_model_weights

from core.weights import load_state

_MEAN, _DEVIATION = 0.45, 0.225
"""ImageNet's, one for all channels: with one a channel, no grey would give the zeros that pad the borders."""
_GRID, _COARSE_GRID = 4, 3
"""Places to a side that maps are pooled to: below a network that stays, and below one that learns with its head."""


class FrozenNetwork(nn.Module):
    """A pretrained network's maps, never changed, below a small head that learns.

    Args:
        backbone: images (N, 1, S, S) to features (N, `width`).
        hidden: units of the head's hidden layer, 0 for a head that is linear.
    """

    def __init__(self, backbone: "Backbone", n_classes: int, hidden: int, dropout: float):
        super().__init__()
        self.backbone, width = backbone, backbone.width
        between = [nn.Linear(width, hidden), nn.ReLU(), nn.Dropout(dropout)] if hidden else []
        self.head = nn.Sequential(
            BatchNorm1d(width, affine=False), nn.Dropout(dropout), *between, nn.Linear(hidden or width, n_classes)
        )

    @property
    def backbone_key(self) -> str:
        """Return a name for exactly these layers with exactly these weights: equal names give equal features."""
        return self.backbone.key

    def load_weights(self) -> None:
        """Replace the backbone's random weights by ImageNet's; BadInput where they cannot be had."""
        self.backbone.load_weights()

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return logits (N, K) of images (N, 1, S, S), float32 in [0, 1]."""
        return self.head(self.backbone(images))


class FineTunedNetwork(nn.Module):
    """A whole pretrained network with a new last layer; all of it learns.

    Args:
        name: a network of torchvision.
        last: what torchvision calls its last part, which is replaced.
    """

    def __init__(self, name: str, last: str, n_classes: int, dropout: float):
        super().__init__()
        self.name, self.last = name, last
        self.network = _grey_network(name, norm_layer=BatchNorm2d)
        dense = [layer for layer in self.network.get_submodule(last).modules() if isinstance(layer, nn.Linear)]
        self.network.set_submodule(last, nn.Sequential(nn.Dropout(dropout), nn.Linear(dense[0].in_features, n_classes)))

    def load_weights(self) -> None:
        """Replace all random weights but the last layer's by ImageNet's; BadInput where they cannot be had."""
        state = {name: value for name, value in _grey_state(self.name).items() if not name.startswith(self.last + ".")}
        own = {name: value for name, value in self.network.state_dict().items() if name.startswith(self.last + ".")}
        self.network.load_state_dict(state | own)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return logits (N, K) of images (N, 1, S, S), float32 in [0, 1]."""
        return self.network(_normalised(images))


class UpperTunedNetwork(nn.Module):
    """The middle of a pretrained network below a linear layer on its maps: the first layers stay as they are.

    Edges look alike in all photographs; what is made of them has to be learnt anew (Yosinski et al. 2014), and the last
    layers know ImageNet's classes only. Where something is in a face counts, so the maps are pooled to 3 x 3, not to 1.

    Args:
        network: a network of torchvision.
        body: which part of it holds the layers.
        last: the layer of the body whose maps are read; what comes after it is not kept.
        n_fixed: layers of the body, from the first on, that never change.
    """

    def __init__(
        self, network: str, body: str, last: str, n_classes: int, image_size: int, n_fixed: int, dropout: float
    ):
        super().__init__()
        self.network, self.body, self.n_fixed = network, body, n_fixed
        self.steps = _first_steps(network, body, last, norm_layer=BatchNorm2d)
        with torch.no_grad():
            maps = self.steps.eval()(torch.zeros(1, 1, image_size, image_size))
        grid = min(maps.shape[-1], _COARSE_GRID)
        self.head = nn.Sequential(
            GridPool(maps.shape[-1], grid),
            nn.Flatten(),
            nn.Dropout(dropout),
            nn.Linear(maps.shape[1] * grid**2, n_classes),
        )
        self.steps[:n_fixed].requires_grad_(False)

    def load_weights(self) -> None:
        """Replace all random weights but the last layer's by ImageNet's; BadInput where they cannot be had."""
        _load_steps(self.steps, self.network, self.body)

    def train(self, mode: bool = True) -> "UpperTunedNetwork":
        """Let what is fixed stay as it is, its normalisation too."""
        super().train(mode)
        self.steps[: self.n_fixed].train(False)
        return self

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return logits (N, K) of images (N, 1, S, S), float32 in [0, 1]."""
        return self.head(self.steps(_normalised(images)))


class PooledMaps(nn.Module):
    """Maps of a network that never changes, each pooled to at most 4 x 4, as one row an image: (N, `width`)."""

    name: str
    """Of the network and what is read of it."""
    preparation: str = ""
    """What is done to images before the first layer, where it is not part of the weights."""

    def maps(self, images: torch.Tensor) -> list[torch.Tensor]:
        """Return the maps that are read of images (N, 1, S, S), float32 in [0, 1]: each (N, C, side, side)."""
        raise NotImplementedError

    def freeze(self, image_size: int) -> None:
        """Let nothing learn from here on, and fit the pooling to images of this side."""
        self.requires_grad_(False)
        self.train()
        with torch.no_grad():
            maps = self.maps(torch.zeros(1, 1, image_size, image_size))
        self.pools = nn.ModuleList(GridPool(found.shape[-1], min(found.shape[-1], _GRID)) for found in maps)
        self.widths = [pool(found).numel() for found, pool in zip(maps, self.pools, strict=True)]
        self.width = sum(self.widths)

    @property
    def key(self) -> str:
        """Return the name, the grid, and 16 hexadecimal digits over all weights and the preparation."""
        digest = hashlib.sha256(self.preparation.encode())
        for value in self.state_dict().values():
            digest.update(value.cpu().contiguous().numpy().tobytes())
        return f"{self.name}-{_GRID}-{digest.hexdigest()[:16]}"

    def train(self, mode: bool = True) -> "PooledMaps":
        """Stay as it is whatever is asked for: what is normalised by a batch would depend on the batch."""
        return super().train(False)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return features (N, `width`) of images (N, 1, S, S), float32 in [0, 1]."""
        return torch.cat([pool(found).flatten(1) for found, pool in zip(self.maps(images), self.pools, strict=True)], 1)


class Backbone(PooledMaps):
    """Maps of inner layers of a network of torchvision.

    A middle layer tells faces apart better than the last ones, which know ImageNet's classes (Yosinski et al. 2014).

    Args:
        network: a network of torchvision.
        body: which part of it holds the layers; "" where the network itself does.
        layers: those of the body whose maps are read; what comes after them is not kept.
    """

    preparation = f"{_MEAN} {_DEVIATION}"

    def __init__(self, network: str, body: str, layers: tuple[str, ...], image_size: int):
        super().__init__()
        self.network, self.body, self.layers = network, body, layers
        self.name = "-".join([network, *layers])
        self.steps = _first_steps(network, body, layers[-1])
        self.freeze(image_size)

    def load_weights(self) -> None:
        """Replace the random weights by ImageNet's."""
        _load_steps(self.steps, self.network, self.body)

    def maps(self, images: torch.Tensor) -> list[torch.Tensor]:
        """Return the map of each of `layers`."""
        values, maps = _normalised(images), []
        for name, step in self.steps.named_children():
            values = step(values)
            if name in self.layers:
                maps.append(values)
        return maps


class GridPool(nn.Module):
    """`AdaptiveAvgPool2d` for maps of one known size, as two products of matrices: ONNX has no pooling by shares."""

    def __init__(self, side: int, grid: int):
        super().__init__()
        self.register_buffer("shares", nn.functional.adaptive_avg_pool1d(torch.eye(side), grid).T, persistent=False)

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        """Return (N, C, grid, grid) of maps (N, C, side, side)."""
        return self.shares @ maps @ self.shares.T


class _LoneValues:
    """A batch normalisation that takes a last batch of one image: its variance is unknown, so the running one does."""

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        if self.training and values.numel() == self.num_features:
            known = self.running_mean, self.running_var, self.weight, self.bias
            return nn.functional.batch_norm(values, *known, training=False, eps=self.eps)
        return super().forward(values)


class BatchNorm1d(_LoneValues, nn.BatchNorm1d):
    """torch's, for a batch of any size."""


class BatchNorm2d(_LoneValues, nn.BatchNorm2d):
    """torch's, for a batch of any size."""


def _grey_network(name: str, **options) -> nn.Module:
    """Return torchvision's network with random weights and a first convolution of one channel."""
    network = get_model(name, weights=None, **options)
    first, colour = next((n, layer) for n, layer in network.named_modules() if isinstance(layer, nn.Conv2d))
    grey = nn.Conv2d(1, colour.out_channels, colour.kernel_size, colour.stride, colour.padding, bias=False)
    network.set_submodule(first, grey)
    for layer in network.modules():
        if isinstance(layer, nn.Conv2d):  # as torchvision draws MobileNetV2's, signals die out before the last layer
            nn.init.kaiming_normal_(layer.weight)
    return network


def _first_steps(network: str, body: str, last: str, **options) -> nn.Sequential:
    """Return the layers of a part of torchvision's network ("" for the whole) up to the one that is called `last`."""
    steps = dict(_grey_network(network, **options).get_submodule(body).named_children())
    return nn.Sequential(OrderedDict(list(steps.items())[: list(steps).index(last) + 1]))


def _load_steps(steps: nn.Sequential, network: str, body: str) -> None:
    """Replace the random weights of layers that `_first_steps` made by ImageNet's."""
    state, prefix = _grey_state(network), f"{body}." if body else ""
    steps.load_state_dict({name: state[prefix + name] for name in steps.state_dict()})


def _grey_state(name: str) -> dict[str, torch.Tensor]:
    """Return ImageNet's weights; the first convolution's are summed over its channels, as if each saw the same grey."""
    state = dict(load_state(get_model_weights(name).IMAGENET1K_V1))
    first = next(iter(state))
    return state | {first: state[first].sum(1, keepdim=True)}


def _normalised(images: torch.Tensor) -> torch.Tensor:
    return (images - _MEAN) / _DEVIATION
