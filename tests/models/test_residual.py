"""The small residual network: its size, its blocks, and that any last batch and any image size can be learned from."""

import numpy as np
import onnxruntime
import pytest
import torch
from torch import nn

from core.models import MODELS
from core.training import export_onnx


def network(n_classes=8, image_size=48, **params):
    torch.manual_seed(0)
    return MODELS["residual"].build(n_classes, image_size, **MODELS["residual"].settle(params))


def blocks(model):
    return [part for part in model if hasattr(part, "shortcut")]


def test_the_number_of_weights_follows_from_the_layers():
    stem = 16 * 25 + 2 * 16
    first = 2 * 16 * 16 * 9 + 2 * 2 * 16
    doubling = sum(n * 2 * n * 9 + 2 * n * 2 * n * 9 + n * 2 * n + 3 * 2 * 2 * n for n in (16, 32, 64))
    n_weights = sum(weight.numel() for weight in network().parameters())
    assert n_weights == stem + first + doubling + (128 + 1) * 8 == 308_536


def test_the_width_doubles_from_block_to_block():
    assert [block.change[0].out_channels for block in blocks(network(width=5))] == [5, 10, 20, 40]


def test_dropout_is_as_asked_for():
    assert [part.p for part in network(dropout=0.35) if isinstance(part, nn.Dropout)] == [0.35]


def test_a_block_that_changes_nothing_passes_its_input_on():
    block, images = blocks(network())[0].eval(), torch.rand(2, 16, 24, 24)
    nn.init.zeros_(block.change[-1].weight)
    assert torch.equal(block(images), images)


@pytest.mark.parametrize(("image_size", "side"), [(16, 2), (31, 4), (32, 2), (48, 3), (128, 8)])
def test_what_is_averaged_is_never_a_single_place(image_size, side):
    assert network(image_size=image_size)[:8](torch.rand(2, 1, image_size, image_size)).shape == (2, 128, side, side)


@pytest.mark.parametrize("image_size", [16, 33, 128])
def test_a_last_batch_of_one_image_can_be_learned_from(image_size):
    model = network(image_size=image_size).train()
    model(torch.rand(1, 1, image_size, image_size)).sum().backward()
    assert all(torch.isfinite(weight.grad).all() for weight in model.parameters())


def test_a_narrow_network_learns_from_large_images():
    # With a stride in the shortcut's 1x1 convolution torch 2.15 ends the whole process here.
    model = network(image_size=96, width=8).to(memory_format=torch.channels_last).train()
    model(torch.rand(64, 1, 96, 96)).sum().backward()
    assert all(torch.isfinite(weight.grad).all() for weight in model.parameters())


def test_brightness_and_contrast_of_all_images_do_not_matter():
    images = torch.rand(8, 1, 16, 16, generator=torch.Generator().manual_seed(0))
    logits = network(image_size=16).train()[:-2](images)
    assert torch.allclose(network(image_size=16).train()[:-2](images * 0.5 + 0.2), logits, atol=1e-2)


def test_onnx_runtime_gives_the_same_logits(tmp_path):
    model, images = network(image_size=20).train(), torch.rand(6, 1, 20, 20)
    model(images)  # so that the means and variances that it keeps are not those it began with
    export_onnx(model, 20, str(tmp_path / "network.onnx"))
    session = onnxruntime.InferenceSession(str(tmp_path / "network.onnx"), providers=["CPUExecutionProvider"])
    logits = session.run(None, {"images": images.numpy()})[0]
    np.testing.assert_allclose(logits, model(images).detach().numpy(), atol=1e-4)
