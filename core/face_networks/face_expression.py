"""The expression network of face-api, whose weights stand beside this file. This module imports torch."""

from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import torch
from torch import nn

from core.errors import BadInput
from core.face_networks.maps_a_class import MapsAClass, with_same_border

WEIGHTS = Path(__file__).with_name("face_expression.npz")
"""Name -> array as face-api keeps it; made by docs/convert_expression.py, licence (MIT) beside it."""
_WIDTHS = (32, 64, 128, 256)
_MEANS = (122.782 / 255, 117.001 / 255, 104.298 / 255)
"""Red, green and blue of the mean face that is taken off."""


class FaceExpression(MapsAClass):
    """Four blocks of separable convolutions, each reading the sum of all before it in its block (Mühler 2018,
    face-api.js; after Huang et al. 2017, DenseNet, and Chollet 2017, Xception)."""

    name = "face_expression"

    def __init__(self, n_classes: int, n_fixed: int = 4, dropout: float = 0.0):
        firsts = [nn.Conv2d(len(_MEANS), _WIDTHS[0], 3, 2)]
        firsts += [_separable(n_in, n_out, 2) for n_in, n_out in zip(_WIDTHS, _WIDTHS[1:], strict=False)]
        blocks = [_Block(first, width) for first, width in zip(firsts, _WIDTHS, strict=True)]
        super().__init__(nn.Identity(), blocks, _WIDTHS[-1], n_classes, n_fixed, dropout)
        self.register_buffer("means", torch.tensor(_MEANS).view(1, -1, 1, 1), persistent=False)

    def load_weights(self) -> None:
        """Replace all random weights but the last layer's by face-api's.

        Raises:
            BadInput: the file that brings them is gone or damaged.
        """
        try:
            with np.load(WEIGHTS, allow_pickle=False) as kept:
                layers = {name: torch.from_numpy(kept[name]) for name in kept.files}
        except (OSError, ValueError, EOFError, BadZipFile) as error:
            raise BadInput(f"{WEIGHTS} cannot be read ({error}); get the program's files again.") from error
        with torch.no_grad():
            for number, block in enumerate(self.blocks):
                for step, layer in enumerate(block.steps):
                    _fill(layer, layers, f"dense{number}/conv{step}")

    def prepared(self, images: torch.Tensor) -> torch.Tensor:
        """Return the grey as red, green and blue, less the mean face's."""
        return images - self.means


class _Block(nn.Module):
    """Four convolutions; the first takes every second place, and each after it reads the sum of all before it."""

    def __init__(self, first: nn.Module, width: int):
        super().__init__()
        self.steps = nn.ModuleList([first, *(_separable(width, width, 1) for _ in range(3))])

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        total = torch.relu(self.steps[0](with_same_border(maps)))
        total = total + self.steps[1](total)
        for step in self.steps[2:]:
            total = total + step(torch.relu(total))
        return torch.relu(total)


def _separable(n_in: int, n_out: int, stride: int) -> nn.Sequential:
    deep = nn.Conv2d(n_in, n_in, 3, stride, padding=0 if stride == 2 else 1, groups=n_in, bias=False)
    return nn.Sequential(deep, nn.Conv2d(n_in, n_out, 1))


def _fill(layer: nn.Module, layers: dict[str, torch.Tensor], place: str) -> None:
    """Copy weights, kept as (height, width, in, out); of a depthwise convolution the last two change places."""
    if isinstance(layer, nn.Conv2d):
        layer.weight.copy_(layers[f"{place}/filters"].permute(3, 2, 0, 1))
        layer.bias.copy_(layers[f"{place}/bias"])
        return
    deep, wide = layer
    deep.weight.copy_(layers[f"{place}/depthwise_filter"].permute(2, 3, 0, 1))
    wide.weight.copy_(layers[f"{place}/pointwise_filter"].permute(3, 2, 0, 1))
    wide.bias.copy_(layers[f"{place}/bias"])
