"""What networks that know other faces have in common: blocks, a map a class, the mean of each. It imports torch."""

from collections.abc import Sequence

import torch
from torch import nn

from core.backbones import PooledMaps

_FIRST_READ = 1
"""What is read of a network that stays as it is: the first block's edges are left out."""


class MapsAClass(nn.Module):
    """A few layers and blocks that were learnt elsewhere, then a map a class, whose mean is the class's logit.

    Args:
        stem: layers before the first block.
        blocks: each halves the side of its map.
        width: channels of the last block's map.
        n_fixed: blocks, from the first on, that stay as they were learnt, together with the stem: edges look alike on
            everybody's faces.
        dropout: share of the last maps that are dropped before the classes.
    """

    name: str
    """As it stands in the key of kept features."""

    def __init__(
        self, stem: nn.Module, blocks: Sequence[nn.Module], width: int, n_classes: int, n_fixed: int, dropout: float
    ):
        super().__init__()
        self.fixed_steps, self.blocks = stem, nn.ModuleList(blocks)
        self.dropout = nn.Dropout(dropout)
        self.last = nn.Conv2d(width, n_classes, 3, padding=1)
        self.mean = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())
        self.n_fixed = n_fixed
        for part in self._fixed_parts():
            part.requires_grad_(False)

    def load_weights(self) -> None:
        """Replace all random weights but the last layer's by those that were learnt; BadInput where there are none."""
        raise NotImplementedError

    def prepared(self, images: torch.Tensor) -> torch.Tensor:
        """Return images (N, 1, S, S), float32 in [0, 1], as the first layer was taught to take them."""
        raise NotImplementedError

    def train(self, mode: bool = True) -> "MapsAClass":
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
        found = [self.fixed_steps(self.prepared(images))]
        for block in self.blocks:
            found.append(block(found[-1]))
        return found[1:]

    def _fixed_parts(self) -> list[nn.Module]:
        return [self.fixed_steps, *self.blocks[: self.n_fixed]] if self.n_fixed else []


class FaceBackbone(PooledMaps):
    """The maps of all blocks of such a network but the first."""

    def __init__(self, network: MapsAClass, image_size: int):
        super().__init__()
        self.name = f"{network.name}-{_FIRST_READ}"
        self.network = network
        self.network.last = nn.Identity()  # it is not asked; drawn at random, it would make every key another
        self.freeze(image_size)

    def load_weights(self) -> None:
        """Replace the random weights by those that were learnt; BadInput where they cannot be had."""
        self.network.load_weights()

    def maps(self, images: torch.Tensor) -> list[torch.Tensor]:
        """Return the map of each block that is read."""
        return self.network.maps(images)[_FIRST_READ:]


def with_same_border(maps: torch.Tensor, value: float = 0.0) -> torch.Tensor:
    """Return maps with the border that Keras adds for 3 x 3 places at every second one: before only of an odd side."""
    odd = maps.shape[-1] % 2
    return nn.functional.pad(maps, (odd, 1, odd, 1), value=value)
