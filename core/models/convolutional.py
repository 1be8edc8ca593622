"""The students' two networks. Their report gives layers and no widths; these are chosen so that ten epochs of the
real dataset take about a minute on two cores.

Both standardise their input (batch normalisation without parameters, Ioffe & Szegedy 2015): on raw [0, 1] pixels the
first epochs are lost on learning what grey is."""

from core.models import MODELS
from core.registry import Param

_REPORT = "the students' report on muxspace/facial_expressions"


@MODELS.add(
    "cnn_1conv",
    title="1-conv CNN",
    summary="The report's first network: one convolution, pooling, one dense layer.",
    source=_REPORT,
    params=(Param("width", 16, 2, 64, "filters of the convolution"),),
)
def _one_convolution(n_classes: int, image_size: int, width: int):
    from torch import nn

    side = image_size // 2
    return nn.Sequential(
        nn.BatchNorm2d(1, affine=False),
        nn.Conv2d(1, width, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(width * side * side, 64),
        nn.ReLU(),
        nn.Linear(64, n_classes),
    )


@MODELS.add(
    "cnn_3conv",
    title="3-conv CNN",
    summary="The report's final network: three convolutions, pooling after each, dropout before each dense layer.",
    source=_REPORT,
    params=(
        Param("width", 16, 2, 64, "filters of the first convolution; the next two have twice and four times as many"),
        Param("dropout", 0.3, 0.0, 0.9, "share of the activations that are dropped before each dense layer"),
    ),
)
def _three_convolutions(n_classes: int, image_size: int, width: int, dropout: float):
    from torch import nn

    side = image_size // 8
    return nn.Sequential(
        nn.BatchNorm2d(1, affine=False),
        nn.Conv2d(1, width, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(width, 2 * width, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(2 * width, 4 * width, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Dropout(dropout),
        nn.Linear(4 * width * side * side, 64),
        nn.ReLU(),
        nn.Dropout(dropout),
        nn.Linear(64, n_classes),
    )
