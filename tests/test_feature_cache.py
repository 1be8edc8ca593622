"""What a frozen network makes of images is computed once, and kept whole or not at all."""

import numpy as np
import pytest
import torch
from torch import nn

from core import feature_cache as module
from core.feature_cache import backbone_features
from core.training import Cancelled


class Rows(nn.Module):
    """Mean and brightest pixel of each image, times a factor; counts the images it was asked for."""

    width = 2

    def __init__(self, factor):
        super().__init__()
        self.factor, self.asked = factor, 0

    def forward(self, images):
        self.asked += len(images)
        return self.factor * torch.stack([images.mean((1, 2, 3)), images.amax((1, 2, 3))], 1)


class Model(nn.Module):
    """As a model with frozen features declares itself."""

    def __init__(self, factor=1.0):
        super().__init__()
        self.backbone = Rows(factor)
        self.backbone_key = f"rows-{factor}"


@pytest.fixture
def images():
    return np.random.default_rng(0).integers(0, 256, (150, 8, 8), np.uint8)


def expected(images, factor=1.0):
    return factor * np.stack([images.mean((1, 2)), images.max((1, 2))], 1) / 255


def test_features_are_the_backbone_s_in_half_precision(images, settings):
    features = backbone_features(Model(), images, "key", settings)
    assert (features.shape, features.dtype) == ((150, 2), np.float16)
    assert np.allclose(features, expected(images), rtol=1 / 2000)


def test_a_second_call_computes_nothing(images, settings):
    first, again = Model(), Model()
    assert np.array_equal(
        backbone_features(first, images, "key", settings), backbone_features(again, images, "key", settings)
    )
    assert (first.backbone.asked, again.backbone.asked) == (150, 0)


def test_what_is_kept_is_memory_mapped_and_cannot_be_written_to(images, settings):
    features = backbone_features(Model(), images, "key", settings)
    assert isinstance(features, np.memmap)
    assert not features.flags.writeable


def test_images_without_a_key_are_not_kept(images, settings):
    features = backbone_features(Model(), images, None, settings)
    assert np.allclose(features, expected(images), rtol=1 / 2000)
    assert not settings.home.exists()


def test_other_images_and_other_weights_are_computed_apart(images, settings):
    backbone_features(Model(), images, "key", settings)
    for model, shown, key in [(Model(2.0), images, "key"), (Model(), images[:9], "key"), (Model(), images[::-1], "b")]:
        found = backbone_features(model, shown, key, settings)
        assert np.allclose(found, expected(shown, model.backbone.factor), rtol=1 / 2000)


def test_numbers_too_large_for_half_precision_stay_finite(images, settings):
    features = backbone_features(Model(1e9), images, "key", settings)
    assert features.max() == np.finfo(np.float16).max


def test_progress_ends_with_all_images_done(images, settings):
    seen = []
    backbone_features(Model(), images, "key", settings, lambda done, total: seen.append((done, total)))
    assert seen == [(64, 150), (128, 150), (150, 150)]


def test_an_interrupt_leaves_nothing(images, settings):
    def interrupt(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        backbone_features(Model(), images, "key", settings, interrupt)
    assert not [path for path in settings.home.rglob("*") if path.is_file()]


@pytest.mark.parametrize("key", ["key", None])
def test_it_stops_before_the_next_batch_and_leaves_nothing(images, settings, key):
    model = Model()
    with pytest.raises(Cancelled):
        backbone_features(model, images, key, settings, should_stop=lambda: model.backbone.asked > 64)
    assert model.backbone.asked == 128
    assert not [path for path in settings.home.rglob("*") if path.is_file()]


def test_only_the_last_used_are_kept(images, settings, monkeypatch):
    monkeypatch.setattr(module, "_MOST_KEPT", 2)
    for key in "abc":
        backbone_features(Model(), images, key, settings)
    assert len(list(settings.features_dir.iterdir())) == 2
