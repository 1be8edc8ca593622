"""The layers of any model as a table: drawn from what happens to one image, so that it cannot differ from the code."""

import re
from collections.abc import Mapping
from typing import Any

import pandas as pd

from core.child import ask
from core.registry import Choice
from core.settings import Settings

_COLUMNS = {"layer": "str", "name": "str", "output": "str", "parameters": "int64"}


def layer_table(choice: Choice, n_classes: int, image_size: int, params: Mapping[str, Any]) -> pd.DataFrame:
    """Return the layers of a model, one row each, in the order in which an image passes them.

    A model that memorises is one row; its parameters are the numbers that it fits, as far as they are there by now.

    Args:
        choice: an entry of MODELS.
        params: the model's parameters by bare name; what is left out has its default.

    Returns:
        `layer` (what it does, as "Convolution 3x3"), `name` (what its weights are called in `weights.safetensors`),
        `output` (channels x height x width, or features, of one image) and `parameters` (how many; where a layer is
        passed twice, at the first). `attrs` has two totals: all `parameters`, and those `learned` in training.
    """
    import torch

    with torch.random.fork_rng(), torch.no_grad():  # the caller's random numbers stay as they would have been
        model = choice.build(n_classes, image_size, **choice.settle(params)).eval()
        rows = (
            _passed(model, torch.zeros(1, 1, image_size, image_size))
            if choice.iterative
            else [_whole(model, choice, n_classes)]
        )
    table = pd.DataFrame(rows, columns=list(_COLUMNS)).astype(_COLUMNS)
    if choice.iterative:
        weights = list(model.parameters())
        learned = sum(weight.numel() for weight in weights if weight.requires_grad)
        table.attrs.update(parameters=sum(weight.numel() for weight in weights), learned=learned)
    else:
        fitted = model.head if choice.frozen else model
        learned = sum(value.numel() for value in fitted.state_dict().values())
        table.attrs.update(parameters=int(table["parameters"].sum()), learned=learned)
    return table


def layers_elsewhere(model: str, n_classes: int, params: Mapping[str, Any], settings: Settings) -> pd.DataFrame:
    """Return the `layer_table` of a model, made by a process of its own: this one needs no torch.

    `params` are those of a run, by `owner.name`.
    """
    command = ["layers", model, "--classes", str(n_classes)]
    for name, value in params.items():
        if name.startswith("model.") or name == "images.size":
            command += ["--set", f"{name}={value}"]
    answer = ask(command, settings)
    table = pd.DataFrame(answer["layers"], columns=list(_COLUMNS)).astype(_COLUMNS)
    table.attrs.update(parameters=answer["parameters"], learned=answer["learned"])
    return table


def _passed(model, image) -> list[tuple[str, str, str, int]]:
    """Return a row for each part without parts of its own, whenever the image passes it; idle ones are left out."""
    from torch import nn

    names = {
        part: name
        for name, part in model.named_modules()
        if not list(part.children()) and not isinstance(part, nn.Identity | nn.Sequential)
    }
    rows, counted = [], set()

    def note(part, inputs, output) -> None:
        n_parameters = 0 if part in counted else sum(weight.numel() for weight in part.parameters())
        counted.add(part)
        rows.append((_readable(part), names[part], _shape(output), n_parameters))

    for part in names:
        part.register_forward_hook(note)
    model(image)
    return rows


def _whole(model, choice: Choice, n_classes: int) -> tuple[str, str, str, int]:
    """Return the row of a model that has no layers: all numbers of its state are its parameters."""
    n_fitted = sum(value.numel() for value in model.state_dict().values())
    return choice.title, "", str(n_classes), n_fitted


def _shape(output) -> str:
    return " x ".join(map(str, output.shape[1:]))


def _readable(part) -> str:
    """Return what a layer does, as "Convolution 3x3, stride 2"; an unknown kind's class name in words."""
    from torch import nn

    match part:
        case nn.Conv2d():
            return _convolution(part)
        case nn.MaxPool2d():
            return f"Max pooling {_side(part.kernel_size)}"
        case nn.AvgPool2d():
            return f"Average pooling {_side(part.kernel_size)}"
        case nn.AdaptiveAvgPool2d(output_size=1 | (1, 1)):
            return "Global average pooling"
        case nn.BatchNorm1d() | nn.BatchNorm2d():
            return "Batch normalisation" if part.affine else "Standardisation"
        case nn.Dropout():
            return f"Dropout of {part.p:.0%}"
        case nn.Linear():
            return "Dense"
        case nn.ReLU() | nn.ReLU6():
            return type(part).__name__
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(part).__name__).capitalize()


def _convolution(part) -> str:
    kind = "Depthwise convolution" if 1 < part.groups == part.in_channels else "Convolution"
    stride = "" if max(part.stride) == 1 else f", stride {max(part.stride)}"
    return f"{kind} {_side(part.kernel_size)}{stride}"


def _side(size: int | tuple[int, int]) -> str:
    height, width = (size, size) if isinstance(size, int) else size
    return f"{height}x{width}"
