"""Exported networks cut in two, and asked for what their last layers read."""

import numpy as np
import pytest
import torch
from torch import nn

from core.explanation.graphs import cut_at_last_map, memorised, read_by_last_layer
from core.predictors import logits

IMAGES = np.random.default_rng(0).integers(0, 256, (5, 16, 16), np.uint8)


class Network(nn.Module):
    """What `forward` makes of `layers`."""

    def __init__(self, forward, **layers):
        super().__init__()
        torch.manual_seed(0)
        self.layers, self._forward = nn.ModuleDict(layers), forward

    def forward(self, images):
        return self._forward(images, **self.layers)


def convolved(n_in=1, n_out=3):
    return nn.Sequential(nn.Conv2d(n_in, n_out, 3, padding=1), nn.ReLU())


def dense(n_in=3):
    return nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(n_in, 2))


def test_the_halves_of_a_network_give_what_the_whole_gives(predictor_of):
    predictor = predictor_of(Network(lambda x, a, b: b(a(x)), a=convolved(), b=dense()), 16)
    cut = cut_at_last_map(predictor.network)
    assert cut.logits(cut.maps(IMAGES)) == pytest.approx(logits(predictor, IMAGES), abs=1e-6)


def test_a_shortcut_around_a_map_moves_the_cut_behind_it(predictor_of):
    around = Network(lambda x, a, b, c: c(a(x) + b(a(x))), a=convolved(), b=convolved(3), c=dense())
    cut = cut_at_last_map(predictor_of(around, 16).network)
    with torch.no_grad():
        inner = around.layers["a"](torch.from_numpy(IMAGES)[:, None] / 255)
        expected = inner + around.layers["b"](inner)
    assert cut.maps(IMAGES) == pytest.approx(expected.numpy(), abs=1e-5)


def test_a_way_around_every_map_leaves_nothing_to_cut(predictor_of):
    around = Network(lambda x, a, b, c: b(a(x)) + c(x.mean((2, 3))), a=convolved(), b=dense(), c=nn.Linear(1, 2))
    assert cut_at_last_map(predictor_of(around, 16).network) is None


def test_maps_that_are_joined_behind_pooling_leave_the_one_before_them(predictor_of):
    joined = Network(
        lambda x, a, b, d: d(torch.cat([a(x).mean((2, 3)), b(a(x)).mean((2, 3))], 1)),
        a=convolved(),
        b=convolved(3, 4),
        d=nn.Linear(7, 2),
    )
    assert cut_at_last_map(predictor_of(joined, 16).network).maps(IMAGES).shape == (5, 3, 16, 16)


def test_a_network_without_a_map_is_not_cut(predictor_of):
    flat = nn.Sequential(nn.BatchNorm2d(1), nn.Flatten(), nn.Linear(256, 2))
    network = predictor_of(flat, 16).network
    assert cut_at_last_map(network) is None


def test_a_network_put_in_another_s_place_is_opened_anew(predictor_of):
    first = cut_at_last_map(predictor_of(Network(lambda x, a, b: b(a(x)), a=convolved(), b=dense()), 16).network)
    wider = predictor_of(Network(lambda x, a, b: b(a(x)), a=convolved(1, 8), b=dense(8)), 16)
    assert first.maps(IMAGES).shape[1] == 3
    assert cut_at_last_map(wider.network).maps(IMAGES).shape[1] == 8


# What the last layers read


def test_the_last_layer_reads_what_torch_gives_it(predictor_of):
    model = Network(lambda x, a, b: b(a(x)), a=convolved(), b=dense())
    with torch.no_grad():
        expected = model.layers["a"](torch.from_numpy(IMAGES)[:, None] / 255).mean((2, 3))
    assert read_by_last_layer(predictor_of(model, 16).network, IMAGES) == pytest.approx(expected.numpy(), abs=1e-5)


@pytest.mark.parametrize(
    "after",
    [lambda z: 2 * z - 1, lambda z: torch.log_softmax(z, 1), lambda z: torch.log(torch.softmax(z, 1))],
    ids=["scaled", "log-softmax", "probabilities"],
)
def test_what_comes_after_the_last_layer_is_passed_over(after, predictor_of):
    model = Network(lambda x, a, b: after(b(a(x))), a=convolved(), b=dense())
    assert read_by_last_layer(predictor_of(model, 16).network, IMAGES).shape == (5, 3)


def test_of_networks_that_answer_together_all_last_layers_count(predictor_of):
    model = Network(
        lambda x, a, b, c, d: (c(a(x)) + d(b(x))) / 2, a=convolved(), b=convolved(1, 4), c=dense(), d=dense(4)
    )
    assert read_by_last_layer(predictor_of(model, 16).network, IMAGES).shape == (5, 7)


def test_each_network_s_part_has_length_one(predictor_of):
    model = Network(
        lambda x, a, b, c, d: torch.stack([c(a(x)), d(b(x))]).mean(0),
        a=convolved(),
        b=convolved(1, 4),
        c=dense(),
        d=dense(4),
    )
    found = read_by_last_layer(predictor_of(model, 16).network, IMAGES)
    parts = found[:, :3], found[:, 3:]
    assert [np.linalg.norm(part, axis=1).tolist() for part in parts] == [pytest.approx([1] * 5, abs=1e-5)] * 2


def test_of_a_convolution_before_pooling_the_means_of_what_it_reads_count(predictor_of):
    model = Network(lambda x, a, b: b(a(x)).mean((2, 3)), a=convolved(), b=nn.Conv2d(3, 2, 1))
    with torch.no_grad():
        expected = model.layers["a"](torch.from_numpy(IMAGES)[:, None] / 255).mean((2, 3))
    assert read_by_last_layer(predictor_of(model, 16).network, IMAGES) == pytest.approx(expected.numpy(), abs=1e-5)


def test_a_network_that_ends_in_what_was_not_learnt_reads_nothing(predictor_of):
    model = Network(lambda x, a: torch.relu(a(x)).amax((2, 3)), a=nn.Conv2d(1, 2, 3))
    assert read_by_last_layer(predictor_of(model, 16).network, IMAGES) is None


def test_a_network_that_doubles_the_rows_reads_nothing_of_each(predictor_of):
    model = Network(lambda x, a, b: b(a(torch.cat([x, x.flip(3)]))).reshape(2, -1, 2).mean(0), a=convolved(), b=dense())
    assert read_by_last_layer(predictor_of(model, 16).network, IMAGES) is None


def test_a_network_memorises_no_images_of_another_size(predictor_of):
    network = predictor_of(nn.Sequential(nn.Flatten(), nn.Linear(256, 2)), 16).network
    assert memorised(network, 256) is None
