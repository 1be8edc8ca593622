"""LDAM: its margins, when rare classes come to count more, and the classifier that it puts into a network."""

import warnings

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from torch import nn

from core.errors import BadInput
from core.explanation.graphs import _read_last
from core.face_networks.maps_a_class import MapsAClass
from core.losses import LOSSES
from core.losses.margins import margins
from core.losses.modules.margins import CosineClassifier
from core.losses.weights import effective_weights
from core.models import MODELS

IMBALANCED = np.array([60, 20, 3])
TARGETS = torch.arange(32) % 3


@pytest.fixture
def logits():
    return torch.randn(32, 3, generator=torch.Generator().manual_seed(0))


@pytest.fixture
def network():
    torch.manual_seed(0)
    return nn.Sequential(nn.Flatten(), nn.Linear(16, 5), nn.ReLU(), nn.Linear(5, 3))


def build(counts=IMBALANCED, **params):
    return LOSSES["ldam_drw"].build(counts, **LOSSES["ldam_drw"].settle(params))


def weighted_cross_entropy(weights, logits):
    return float(nn.CrossEntropyLoss(weight=torch.tensor(weights, dtype=torch.float32))(logits, TARGETS))


# The margin


def test_a_margin_falls_with_the_fourth_root_of_the_count():
    assert margins(np.array([81, 16, 1]), 0.5) == pytest.approx([0.5 / 3, 0.5 / 2, 0.5])


def test_the_rarest_class_that_is_there_has_the_largest_margin():
    assert margins(np.array([48, 3, 0]), 0.4) == pytest.approx([0.2, 0.4, 0.4])


def test_the_true_class_s_logit_is_less_its_scaled_margin():
    # Of counts 16 and 1 the second has margin 0.5, at scale 4 two less: -log(e^(3-2) / (e^(3-2) + e^1)) is log 2.
    loss = build(np.array([16, 1]), scale=4)(torch.tensor([[1.0, 3.0]]), torch.tensor([1]))
    assert float(loss) == pytest.approx(np.log(2))


def test_the_margin_is_exact_where_the_probability_rounds_to_one():
    # A lead of 15 against a margin of 30 * 0.5: as likely as not, although 1 - softmax is 3e-7.
    loss = build(np.array([1, 1]))(torch.tensor([[15.0, 0.0]]), torch.tensor([0]))
    assert float(loss) == pytest.approx(np.log(2), rel=1e-6)


def test_the_loss_is_cross_entropy_of_logits_with_the_margin_taken_off(logits):
    off = nn.functional.one_hot(TARGETS, 3) * torch.tensor(margins(IMBALANCED, 0.5), dtype=torch.float32)
    expected = nn.functional.cross_entropy(30 * (logits - off), TARGETS)
    assert float(build()(30 * logits, TARGETS)) == pytest.approx(float(expected), rel=1e-5)


def test_without_margin_it_is_cross_entropy(logits):
    plain = nn.functional.cross_entropy(logits, TARGETS)
    assert float(build(max_margin=0, scale=1)(logits, TARGETS)) == pytest.approx(float(plain), abs=1e-6)


# Deferred re-weighting


@pytest.mark.parametrize(("share", "late"), [(0.0, False), (0.79, False), (0.8, True), (0.95, True)])
def test_rare_classes_count_more_from_the_share_on(share, late, logits):
    loss = build(max_margin=0)
    loss.begin_pass(share)
    expected = weighted_cross_entropy(effective_weights(IMBALANCED, 0.9999) if late else np.ones(3), logits)
    assert float(loss(logits, TARGETS)) == pytest.approx(expected, rel=1e-5)


def test_a_share_of_one_defers_for_ever(logits):
    loss = build(max_margin=0, defer=1)
    loss.begin_pass(0.999)
    assert float(loss(logits, TARGETS)) == pytest.approx(weighted_cross_entropy(np.ones(3), logits), rel=1e-5)


def test_the_next_training_begins_without_weights(logits):
    loss = build()
    before = float(loss(logits, TARGETS))
    loss.begin_pass(0.9)
    loss.begin_pass(0.0)
    assert float(loss(logits, TARGETS)) == before


# The classifier of cosines


def test_a_logit_is_the_scaled_cosine():
    classifier = CosineClassifier(torch.tensor([[3.0, 4.0], [0.0, -2.0]]), 10.0)
    assert classifier(torch.tensor([[5.0, 0.0], [0.0, 0.1]])).tolist() == [[6, 0], [8, -10]]


def test_features_of_nothing_but_zeros_have_no_direction():
    assert CosineClassifier(torch.eye(2), 10.0)(torch.zeros(1, 2)).tolist() == [[0, 0]]


def test_the_last_layer_gives_way_to_one_that_starts_in_its_directions(network):
    last = network[-1].weight.detach().clone()
    prepared = build(scale=7).prepare(network)
    assert isinstance(prepared[-1], CosineClassifier)
    assert prepared[-1].scale == 7
    assert torch.equal(prepared[-1].weight, last)


def test_all_other_layers_stay(network):
    before = list(network)[:-1]
    assert list(build().prepare(network))[:-1] == before


def test_a_layer_inside_a_layer_is_found():
    network = nn.Sequential(nn.Linear(4, 4), nn.Sequential(nn.Linear(4, 3), nn.Identity()))
    assert isinstance(build().prepare(network)[1][0], CosineClassifier)


@pytest.mark.parametrize("choice", [model for model in MODELS if model.iterative], ids=lambda model: model.name)
def test_every_network_gives_cosines_once_prepared_or_says_that_it_has_no_dense_layer(choice):
    network = choice.build(3, 32, **choice.settle({}))
    if isinstance(network, MapsAClass):
        with pytest.raises(BadInput, match="this one has none that learns; choose another loss or model"):
            build(scale=7).prepare(network)
        return
    logits = build(scale=7).prepare(network).eval()(torch.rand(2, 1, 32, 32))
    assert logits.shape == (2, 3)
    assert logits.abs().max() <= 7 + 1e-4


def test_a_frozen_backbone_s_layers_stay():
    network = nn.ModuleDict({"head": nn.Linear(4, 3), "backbone": nn.Linear(4, 4).requires_grad_(False)})
    prepared = build().prepare(network)
    assert isinstance(prepared["head"], CosineClassifier)
    assert isinstance(prepared["backbone"], nn.Linear)


def test_a_network_of_one_layer_becomes_the_classifier():
    assert isinstance(build().prepare(nn.Linear(4, 3)), CosineClassifier)


def test_a_network_without_a_linear_layer_is_refused():
    with pytest.raises(BadInput, match="choose another loss or model"):
        build().prepare(nn.Sequential(nn.Flatten(), nn.ReLU()))


def test_a_prepared_network_learns(network):
    loss, images = build(), torch.randn(60, 16, generator=torch.Generator().manual_seed(1))
    targets = torch.arange(60) % 3
    images[torch.arange(60), targets] += 6
    prepared = loss.prepare(network)
    optimizer = torch.optim.Adam(prepared.parameters(), lr=0.02)
    for _ in range(100):
        optimizer.zero_grad()
        loss(prepared(images), targets).backward()
        optimizer.step()
    assert (prepared(images).argmax(1) == targets).all()


# The exported network


@pytest.fixture
def exported(network, tmp_path):
    """A prepared network and its ONNX file, written as a run's is."""
    prepared, path = build().prepare(network).eval(), tmp_path / "network.onnx"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        torch.onnx.export(
            prepared,
            (torch.zeros(2, 16),),
            str(path),
            input_names=["images"],
            output_names=["logits"],
            dynamo=False,
            do_constant_folding=False,
            dynamic_axes={"images": {0: "n"}, "logits": {0: "n"}},
        )
    return prepared, path


def run(model, images):
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    return session.run(None, {"images": images.numpy()})[0]


@pytest.mark.parametrize("n", [1, 5])
def test_the_exported_network_gives_the_same_logits(exported, n):
    prepared, path = exported
    images = torch.rand(n, 16, generator=torch.Generator().manual_seed(0))
    assert run(path.read_bytes(), images) == pytest.approx(prepared(images).detach().numpy(), abs=1e-5)


def test_the_features_for_a_map_are_the_directions_that_the_classifier_compares(exported):
    prepared, path = exported
    model, images = onnx.load(path), torch.rand(4, 16, generator=torch.Generator().manual_seed(0))
    [name] = _read_last(model.graph)
    del model.graph.output[:]
    model.graph.output.append(onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None))
    expected = nn.functional.normalize(prepared[:-1](images), dim=1).detach().numpy()
    assert run(model.SerializeToString(), images) == pytest.approx(expected, abs=1e-6)
