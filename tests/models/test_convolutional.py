"""The students' two networks: layers as in their report."""

import pytest
from torch import nn

from core.models import MODELS


def layers(name, kind, **params):
    choice = MODELS[name]
    return [layer for layer in choice.build(8, 48, **choice.settle(params)) if isinstance(layer, kind)]


@pytest.mark.parametrize(("name", "n_convolutions"), [("cnn_1conv", 1), ("cnn_3conv", 3)])
def test_pooling_follows_each_convolution(name, n_convolutions):
    assert len(layers(name, nn.Conv2d)) == len(layers(name, nn.MaxPool2d)) == n_convolutions


def test_the_width_doubles_with_each_convolution():
    assert [layer.out_channels for layer in layers("cnn_3conv", nn.Conv2d, width=5)] == [5, 10, 20]


def test_dropout_is_as_asked_for():
    assert {layer.p for layer in layers("cnn_3conv", nn.Dropout, dropout=0.25)} == {0.25}


def test_the_small_network_has_no_dropout():
    assert layers("cnn_1conv", nn.Dropout) == []


@pytest.mark.parametrize(
    ("name", "n_parameters"),
    [
        ("cnn_1conv", 10 * 16 + (16 * 24 * 24 + 1) * 64 + 65 * 8),
        ("cnn_3conv", 10 * 16 + (16 * 9 + 1) * 32 + (32 * 9 + 1) * 64 + (64 * 6 * 6 + 1) * 64 + 65 * 8),
    ],
)
def test_the_number_of_weights_follows_from_the_layers(name, n_parameters):
    model = MODELS[name].build(8, 48, **MODELS[name].settle({}))
    assert sum(parameter.numel() for parameter in model.parameters()) == n_parameters
