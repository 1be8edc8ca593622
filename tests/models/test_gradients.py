"""Histograms of gradients are scikit-image's, and the linear rules on them are scikit-learn's, with weights."""

import numpy as np
import onnxruntime
import pytest
import torch
from skimage.feature import hog
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from core.models import MODELS
from core.models.gradients import histograms_of_gradients
from core.training import export_onnx

RULES = ("hog_logistic", "hog_lda")
every_rule = pytest.mark.parametrize("name", RULES)


def shades(n, size, seed=0):
    """Images of 8-bit noise, (n, 1, size, size)."""
    pixels = np.random.default_rng(seed).integers(0, 256, (n, 1, size, size))
    return torch.from_numpy(pixels).float() / 255


def striped(angles, size=16):
    """Images of stripes at these angles (degrees), on noise."""
    rows, columns = np.mgrid[:size, :size]
    waves = [np.sin(np.cos(np.radians(a)) * columns + np.sin(np.radians(a)) * rows) for a in angles]
    noise = np.random.default_rng(1).normal(0, 0.3, (len(waves), size, size))
    return torch.from_numpy(np.clip(0.5 + 0.2 * (np.array(waves) + noise), 0, 1)).float().unsqueeze(1)


def peer(images, cell):
    """The features that scikit-image computes, in double precision."""
    return np.stack([hog(image[0].double().numpy(), 9, (cell, cell), (2, 2)) for image in images])


def memorised(name, images, targets, weights=None, n_classes=3, **params):
    choice = MODELS[name]
    model = choice.build(n_classes, images.shape[-1], **choice.settle(params))
    model.memorise(images, targets, weights=weights)
    return model


def probabilities(model, images):
    return torch.softmax(model(images), 1).numpy()


@pytest.fixture
def images():
    """60 images of stripes: across, falling and down, which are classes 0, 1 and 2 of `targets`."""
    return striped(np.repeat([0, 45, 90], 20))


@pytest.fixture
def targets():
    return torch.arange(3).repeat_interleave(20)


@pytest.mark.parametrize(("size", "cell"), [(16, 4), (16, 8), (20, 6), (48, 6), (48, 8), (50, 7)])
def test_the_features_are_scikit_image_s(size, cell):
    images = shades(8, size)
    np.testing.assert_allclose(histograms_of_gradients(cell)(images).numpy(), peer(images, cell), atol=2e-6)


def test_the_features_of_a_ramp_in_each_direction_are_scikit_image_s():
    rows, columns = np.mgrid[:24, :24]
    angles = np.radians(np.arange(0, 360, 15))
    ramps = [(np.cos(a) * columns + np.sin(a) * rows) / 80 + 0.5 for a in angles]
    images = torch.from_numpy(np.round(np.array(ramps) * 255)).float().unsqueeze(1) / 255
    np.testing.assert_allclose(histograms_of_gradients(6)(images).numpy(), peer(images, 6), atol=2e-6)


@pytest.mark.parametrize("shade", [0.0, 0.5, 1.0])
def test_a_flat_image_has_no_gradients(shade):
    assert not histograms_of_gradients(8)(torch.full((1, 1, 24, 24), shade)).any()


def test_an_edge_votes_for_its_direction_alone():
    image = torch.zeros(1, 1, 16, 16)
    image[..., 8:] = 1  # left dark, right bright: the gradient points along the row
    votes = histograms_of_gradients(8).cells(image)[0]
    assert votes[0].tolist() == [[0.125, 0.125], [0.125, 0.125]]  # one of eight columns a cell, of length 1
    assert not votes[1:].any()


def test_a_negative_has_the_same_features():
    images, features = shades(4, 16), histograms_of_gradients(4)
    assert torch.allclose(features(images), features(1 - images), atol=1e-5)


@every_rule
def test_stripes_are_told_apart_by_their_direction(name, images, targets):
    unseen = striped([0, 45, 90, 90, 45, 0])
    assert memorised(name, images, targets)(unseen).argmax(1).tolist() == [0, 1, 2, 2, 1, 0]


@every_rule
def test_onnx_runtime_gives_the_same_logits(name, images, targets, tmp_path):
    model = memorised(name, images, targets)
    export_onnx(model, 16, str(tmp_path / "network.onnx"))
    session = onnxruntime.InferenceSession(str(tmp_path / "network.onnx"), providers=["CPUExecutionProvider"])
    unseen = torch.cat([shades(20, 16), torch.zeros(1, 1, 16, 16)])
    logits = session.run(None, {"images": unseen.numpy()})[0]
    np.testing.assert_allclose(logits, model(unseen).numpy(), rtol=1e-4, atol=1e-3)


@every_rule
def test_what_was_memorised_is_all_in_the_state(name, images, targets):
    model, choice = memorised(name, images, targets), MODELS[name]
    other = choice.build(3, 16, **choice.settle({}))
    other.load_state_dict(model.state_dict())
    assert torch.equal(other(images), model(images))


@every_rule
def test_a_class_without_an_image_is_never_said(name, images, targets):
    model = memorised(name, images, targets, n_classes=5)
    assert probabilities(model, images)[:, 3:].max() == 0
    assert torch.isfinite(model(images)).all()


@every_rule
def test_a_class_of_weight_zero_is_as_if_it_were_not_there(name, images, targets):
    weighted = memorised(name, images, targets, (targets < 2).float())
    without = memorised(name, images[:40], targets[:40])
    np.testing.assert_allclose(probabilities(weighted, images), probabilities(without, images), atol=1e-5)


@every_rule
def test_a_single_class_is_always_said(name, images):
    model = memorised(name, images, torch.ones(60, dtype=torch.int64))
    assert probabilities(model, images)[:, 1].min() == 1


@every_rule
def test_images_without_any_difference_leave_the_classes_shares(name):
    flat, targets = torch.full((4, 1, 16, 16), 0.5), torch.tensor([0, 0, 0, 1])
    shares = probabilities(memorised(name, flat, targets, n_classes=2), flat[:1])[0]
    assert shares.tolist() == pytest.approx([0.75, 0.25], abs=2e-3)


@every_rule
def test_a_weight_of_two_is_the_same_as_giving_the_image_twice(name, images, targets):
    copies = torch.arange(60) % 3 + 1
    short = memorised(name, images, targets, copies)
    long = memorised(name, images.repeat_interleave(copies, 0), targets.repeat_interleave(copies))
    np.testing.assert_allclose(probabilities(short, images), probabilities(long, images), atol=2e-3)


@pytest.mark.parametrize("shrinkage", [0.01, 0.1, 1.0])
def test_discriminant_analysis_is_scikit_learn_s(images, targets, shrinkage):
    unseen = shades(10, 16)
    theirs = LinearDiscriminantAnalysis(solver="lsqr", shrinkage=shrinkage).fit(peer(images, 6), targets)
    model = memorised("hog_lda", images, targets, cell=6, shrinkage=shrinkage)
    np.testing.assert_allclose(probabilities(model, unseen), theirs.predict_proba(peer(unseen, 6)), atol=1e-3)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_logistic_regression_is_scikit_learn_s_on_standardised_features(images, targets, n_classes):
    known, unseen = targets < n_classes, shades(10, 16)
    scaler = StandardScaler().fit(peer(images[known], 6))
    theirs = LogisticRegression(C=0.01, tol=1e-6).fit(scaler.transform(peer(images[known], 6)), targets[known])
    model = memorised("hog_logistic", images[known], targets[known], n_classes=n_classes, cell=6, c=0.01)
    expected = theirs.predict_proba(scaler.transform(peer(unseen, 6)))
    np.testing.assert_allclose(probabilities(model, unseen), expected, atol=5e-3)
