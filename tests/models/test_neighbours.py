"""k nearest neighbours: the votes are those of scikit-learn, and a vote needs k voters."""

import numpy as np
import onnxruntime
import pytest
import torch
from sklearn.neighbors import KNeighborsClassifier

from core.errors import BadInput
from core.models import MODELS
from core.training import export_onnx


@pytest.fixture
def images():
    shades = torch.randint(0, 256, (150, 1, 16, 16), generator=torch.Generator().manual_seed(0))
    return shades.float() / 255


@pytest.fixture
def targets():
    return torch.randint(0, 4, (150,), generator=torch.Generator().manual_seed(1))


def shares(model, images):
    return torch.softmax(model(images), 1)


@pytest.mark.parametrize("k", [1, 5, 101])
def test_shares_of_votes_are_scikit_learn_s(images, targets, k):
    model = MODELS["knn"].build(4, 16, k=k)
    model.memorise(images[:120], targets[:120])
    theirs = KNeighborsClassifier(k).fit(images[:120].flatten(1), targets[:120]).predict_proba(images[120:].flatten(1))
    assert torch.allclose(shares(model, images[120:]), torch.tensor(theirs, dtype=torch.float32), atol=1e-5)


def test_the_nearest_neighbour_of_a_memorised_image_is_itself(images, targets):
    model = MODELS["knn"].build(4, 16, k=1)
    model.memorise(images, targets)
    assert torch.equal(model(images).argmax(1), targets)


def test_a_share_is_votes_over_k():
    model = MODELS["knn"].build(2, 16, k=3)
    shades = torch.tensor([0.1, 0.2, 0.3, 0.9]).view(4, 1, 1, 1).expand(4, 1, 16, 16)
    model.memorise(shades, torch.tensor([0, 0, 1, 1]))
    assert shares(model, torch.zeros(1, 1, 16, 16))[0].tolist() == pytest.approx([2 / 3, 1 / 3], abs=1e-6)


def test_an_image_that_was_copied_votes_as_often():
    model = MODELS["knn"].build(2, 16, k=3)
    shades = torch.tensor([0.1, 0.2, 0.2]).view(3, 1, 1, 1).expand(3, 1, 16, 16)
    model.memorise(shades, torch.tensor([0, 1, 1]))
    assert shares(model, torch.zeros(1, 1, 16, 16))[0].tolist() == pytest.approx([1 / 3, 2 / 3], abs=1e-6)


def test_a_class_without_an_image_gets_no_votes(images, targets):
    model = MODELS["knn"].build(5, 16, k=7)
    model.memorise(images, targets)
    assert shares(model, images)[:, 4].max() < 1e-6


def test_fewer_images_than_voters_are_refused_with_both_numbers(images, targets):
    with pytest.raises(BadInput, match="k = 101 neighbours cannot vote among 100 training images"):
        MODELS["knn"].build(4, 16, k=101).memorise(images[:100], targets[:100])


def test_exactly_as_many_images_as_voters_are_enough(images, targets):
    model = MODELS["knn"].build(4, 16, k=100)
    model.memorise(images[:100], targets[:100])
    everyone = torch.bincount(targets[:100], minlength=4) / 100
    assert torch.allclose(shares(model, images[:1])[0], everyone, atol=1e-5)


@pytest.mark.parametrize("k", [1, 4, 30])
def test_copies_count_as_if_each_had_been_memorised(images, targets, k):
    copies = torch.arange(100) % 4 + 1
    short, long = (MODELS["knn"].build(4, 16, k=k) for _ in range(2))
    short.memorise(images[:100], targets[:100], copies)
    long.memorise(images[:100].repeat_interleave(copies, 0), targets[:100].repeat_interleave(copies))
    assert torch.allclose(shares(short, images[100:]), shares(long, images[100:]), atol=1e-6)


def test_up_to_201_neighbours_vote(images, targets):
    model = MODELS["knn"].build(4, 16, k=201)
    model.memorise(images, targets, torch.full((150,), 2))
    assert shares(model, images[:1])[0].sum() == pytest.approx(1)


def test_a_weighted_neighbour_takes_one_place_and_votes_by_its_weight():
    model = MODELS["knn"].build(2, 16, k=3)
    shades = torch.tensor([0.1, 0.2, 0.3, 0.9]).view(4, 1, 1, 1).expand(4, 1, 16, 16)
    model.memorise(shades, torch.tensor([0, 0, 1, 1]), weights=torch.tensor([0.5, 0.5, 3, 100]))
    assert shares(model, torch.zeros(1, 1, 16, 16))[0].tolist() == pytest.approx([1 / 4, 3 / 4], abs=2e-6)


def test_each_copy_of_a_weighted_image_has_its_weight():
    model = MODELS["knn"].build(2, 16, k=3)
    shades = torch.tensor([0.1, 0.2]).view(2, 1, 1, 1).expand(2, 1, 16, 16)
    model.memorise(shades, torch.tensor([0, 1]), torch.tensor([2, 5]), torch.tensor([1.5, 1]))
    assert shares(model, torch.zeros(1, 1, 16, 16))[0].tolist() == pytest.approx([3 / 4, 1 / 4], abs=2e-6)


def test_votes_that_are_equal_on_paper_are_a_tie():
    model = MODELS["knn"].build(2, 16, k=4)
    shades = torch.tensor([0.1, 0.2, 0.3, 0.4]).view(4, 1, 1, 1).expand(4, 1, 16, 16)
    model.memorise(shades, torch.tensor([0, 1, 1, 1]), weights=torch.tensor([1.2, 0.4, 0.4, 0.4]))
    first, second = model(torch.zeros(1, 1, 16, 16))[0].tolist()
    assert first == second


def test_where_no_vote_counts_every_class_is_as_likely(images, targets):
    model = MODELS["knn"].build(4, 16, k=3)
    model.memorise(images, targets, weights=torch.zeros(150))
    assert shares(model, images[:1])[0].tolist() == [1 / 4] * 4


def test_copies_and_weights_are_in_the_exported_network(images, targets, tmp_path):
    model = MODELS["knn"].build(4, 16, k=30)
    model.memorise(images[:100], targets[:100], torch.arange(100) % 4 + 1, torch.linspace(0.1, 3, 100))
    ours = model(images[100:]).numpy()
    export_onnx(model, 16, str(tmp_path / "network.onnx"))
    session = onnxruntime.InferenceSession(tmp_path / "network.onnx")
    [theirs] = session.run(None, {"images": images[100:].numpy()})
    assert np.allclose(ours, theirs, atol=1e-5)
