"""Pretrained networks: grey gives what it gives torchvision's, and below a head nothing of them changes."""

import numpy as np
import onnxruntime
import pytest
import torch
from torch import nn
from torchvision.models import get_model

from core.backbones import GridPool
from core.errors import BadInput
from core.models import MODELS
from core.runs import IMAGES, TRAINING
from core.training import export_onnx

FROZEN = ["mobilenet_v2_frozen", "resnet18_frozen"]
FINE_TUNED = ["mobilenet_v2_finetuned", "resnet18_finetuned"]
UPPER = ["mobilenet_v2_upper"]
every_one = pytest.mark.parametrize("name", FROZEN + FINE_TUNED + UPPER)
every_frozen = pytest.mark.parametrize("name", FROZEN)


def build(name, size=32, n_classes=3, seed=0, **params):
    torch.manual_seed(seed)
    return MODELS[name].build(n_classes, size, **MODELS[name].settle(params)).eval()


def photographs(n=3, size=96):
    """Smooth random greys: (n, 1, size, size) in [0, 1]."""
    rough = torch.rand(n, 1, 8, 8, generator=torch.Generator().manual_seed(0))
    return nn.functional.interpolate(rough, size, mode="bilinear")


def as_colour(images):
    """What the network in colour is shown: the same grey in each channel, normalised alike."""
    return (images.repeat(1, 3, 1, 1) - 0.45) / 0.225


@pytest.fixture
def original(imagenet):
    """torchvision's MobileNetV2 with ImageNet's weights."""
    return get_model("mobilenet_v2", weights="IMAGENET1K_V1").eval()


@pytest.fixture
def residual(monkeypatch):
    """torchvision's ResNet-18; its random weights stand in for ImageNet's, of which no package brings the file."""
    torch.manual_seed(1)
    network = get_model("resnet18", weights=None).eval()
    monkeypatch.setattr("core.backbones.load_state", lambda weights: network.state_dict())
    return network


# In grey as in colour


@torch.no_grad()
def test_grey_gives_the_maps_that_the_network_in_colour_gives_of_it(original):
    model = build("mobilenet_v2_finetuned", 96)
    model.load_weights()
    found = model.network.features((photographs() - 0.45) / 0.225)
    assert (found - original.features(as_colour(photographs()))).abs().max() < 1e-4


@torch.no_grad()
def test_a_fine_tuned_network_starts_as_its_original_but_for_the_last_layer(original):
    model = build("mobilenet_v2_finetuned", 96)
    model.load_weights()
    last = model.network.classifier[1]
    pooled = original.features(as_colour(photographs())).mean((2, 3))
    assert torch.allclose(model(photographs()), last(pooled), atol=1e-4)


@torch.no_grad()
def test_frozen_features_are_the_original_s_maps_pooled(original):
    model = build("mobilenet_v2_frozen", 96)
    model.load_weights()
    pool, shown = nn.AdaptiveAvgPool2d(4), as_colour(photographs())
    maps = [original.features[:11](shown), original.features[:14](shown)]
    expected = torch.cat([pool(found).flatten(1) for found in maps], 1)
    assert expected.shape == (3, (64 + 96) * 16)
    assert (model.backbone(photographs()) - expected).abs().max() < 1e-4


@torch.no_grad()
def test_upper_layers_start_as_the_original_s(original):
    model = build("mobilenet_v2_upper", 96)
    model.load_weights()
    expected = nn.AdaptiveAvgPool2d(3)(original.features[:14](as_colour(photographs()))).flatten(1)
    assert torch.allclose(model(photographs()), model.head[-1](expected), atol=1e-3)


@torch.no_grad()
def test_a_residual_network_reads_its_middle_layers(residual):
    model = build("resnet18_frozen", 96)
    model.load_weights()
    stem = nn.Sequential(residual.conv1, residual.bn1, residual.relu, residual.maxpool, residual.layer1)
    second = residual.layer2(stem(as_colour(photographs())))
    pool = nn.AdaptiveAvgPool2d(4)
    expected = torch.cat([pool(found).flatten(1) for found in (second, residual.layer3(second))], 1)
    assert torch.allclose(model.backbone(photographs()), expected, rtol=1e-3, atol=1e-4)


@torch.no_grad()
def test_a_fine_tuned_residual_network_starts_as_its_original_but_for_the_last_layer(residual):
    model = build("resnet18_finetuned", 96)
    model.load_weights()
    residual.fc = model.network.fc
    assert torch.allclose(model(photographs()), residual(as_colour(photographs())), rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("side", [1, 2, 3, 4, 5, 6, 7, 8, 12, 16])
def test_pooling_is_torch_s_for_every_side(side):
    maps, grid = torch.rand(2, 3, side, side), min(side, 4)
    assert torch.allclose(GridPool(side, grid)(maps), nn.AdaptiveAvgPool2d(grid)(maps), atol=1e-6)


# Weights


@every_one
def test_weights_that_cannot_be_had_are_named_with_where_to_put_them(name, tmp_path, monkeypatch):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")  # nobody answers there
    with pytest.raises(BadInput, match=f"get https://download.pytorch.org/.*pth by .* put it into {tmp_path}"):
        build(name).load_weights()


@pytest.mark.parametrize("name", ["mobilenet_v2_frozen", "mobilenet_v2_finetuned", "mobilenet_v2_upper"])
def test_loading_weights_leaves_what_is_new(name, imagenet):
    model = build(name)
    before = [layer.weight.clone() for layer in model.modules() if isinstance(layer, nn.Linear)]
    model.load_weights()
    after = [layer.weight for layer in model.modules() if isinstance(layer, nn.Linear)]
    assert before
    assert all(torch.equal(old, new) for old, new in zip(before, after, strict=True))


def test_equal_weights_and_layers_have_one_key(imagenet):
    first, other = build("mobilenet_v2_frozen", seed=1), build("mobilenet_v2_frozen", 96, n_classes=5, seed=2)
    assert first.backbone_key != other.backbone_key
    first.load_weights()
    other.load_weights()
    assert first.backbone_key == other.backbone_key


def test_the_key_does_not_change_while_the_head_learns():
    model = build("mobilenet_v2_frozen")
    before = model.backbone_key
    model.train()(torch.rand(4, 1, 32, 32)).sum().backward()
    torch.optim.SGD(model.parameters(), 0.1).step()
    assert model.backbone_key == before


@torch.no_grad()
def test_half_precision_is_far_below_what_a_head_tells(imagenet):
    model = build("mobilenet_v2_frozen", 96)
    model.load_weights()
    features = model.backbone(photographs(40))
    model.head.train()(features)  # its standardisation learns their means and deviations
    model.head.eval()
    logits, halved = model.head(features), model.head(features.half().float())
    assert (logits - halved).abs().max() < 1e-3 * logits.std()


# Learning


@every_frozen
def test_only_the_head_learns(name):
    model = build(name)
    learning = {key.split(".")[0] for key, value in model.named_parameters() if value.requires_grad}
    assert learning == {"head"}


@every_frozen
def test_the_backbone_is_never_in_training(name):
    model = build(name).train()
    assert model.head.training
    assert not any(part.training for part in model.backbone.modules())


@every_frozen
def test_a_frozen_network_is_its_head_on_its_backbone(name):
    model, images = build(name), torch.rand(2, 1, 32, 32)
    assert torch.equal(model(images), model.head(model.backbone(images)))


@pytest.mark.parametrize("name", FINE_TUNED)
def test_a_fine_tuned_network_learns_from_its_first_layer_on(name):
    model = build(name).train()
    model(torch.rand(4, 1, 32, 32)).square().sum().backward()
    assert all(value.grad is not None for value in model.parameters())


@pytest.mark.parametrize("n_fixed", [0, 7, 14])
def test_only_layers_above_the_fixed_ones_change(n_fixed):
    model = build("mobilenet_v2_upper", fixed=n_fixed).train()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    optimizer = torch.optim.SGD([each for each in model.parameters() if each.requires_grad], 0.1)
    model(torch.rand(8, 1, 32, 32)).square().sum().backward()
    optimizer.step()
    moved = {name for name, value in model.state_dict().items() if not torch.equal(value, before[name])}
    layers = {int(name.split(".")[1]) for name in moved if name.startswith("steps.")}
    assert layers == set(range(n_fixed, 14))
    assert any(name.startswith("head.") for name in moved)


@every_one
@pytest.mark.parametrize("size", [16, 32])
def test_a_last_batch_of_one_image_can_be_learnt_from(name, size):
    assert torch.isfinite(build(name, size).train()(torch.rand(1, 1, size, size))).all()


@every_frozen
@pytest.mark.parametrize(("hidden", "widths"), [(0, [3]), (7, [7, 3])])
def test_the_head_has_a_hidden_layer_where_asked(name, hidden, widths):
    head = build(name, hidden=hidden).head
    assert [layer.out_features for layer in head if isinstance(layer, nn.Linear)] == widths


@every_one
def test_the_defaults_of_common_parameters_are_in_their_range(name):
    owners = {"training": TRAINING, "images": IMAGES}
    for key, value in MODELS[name].defaults.items():
        owner, _, param = key.partition(".")
        assert owners[owner].settle({param: value})[param] == value


# As ONNX


@every_one
@pytest.mark.parametrize("size", [16, 30, 80])
def test_the_onnx_file_agrees_for_any_number_of_images(name, size, tmp_path):
    model = build(name, size)
    export_onnx(model, size, str(tmp_path / "network.onnx"))
    session = onnxruntime.InferenceSession(str(tmp_path / "network.onnx"), providers=["CPUExecutionProvider"])
    for n in (1, 3):
        [logits] = session.run(["logits"], {"images": photographs(n, size).numpy()})
        with torch.no_grad():
            assert np.allclose(logits, model(photographs(n, size)), rtol=1e-4, atol=1e-4)


def test_a_truncated_network_makes_a_small_file(tmp_path):
    sizes = {}
    for name in ("mobilenet_v2_frozen", "mobilenet_v2_finetuned"):
        export_onnx(build(name), 32, str(tmp_path / name))
        sizes[name] = (tmp_path / name).stat().st_size
    assert sizes["mobilenet_v2_frozen"] < sizes["mobilenet_v2_finetuned"] / 3
