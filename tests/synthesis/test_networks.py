"""The two networks and what they learn by."""

import pytest
import torch
from torch import nn

from core.synthesis.networks import LATENT, Discriminator, Generator, discriminator_loss, follow, generator_loss


@pytest.fixture
def networks():
    torch.manual_seed(0)
    return Generator(3, 2), Discriminator(3, 2)


def test_the_generator_makes_pictures_in_range(networks):
    made = networks[0](torch.randn(5, LATENT), torch.tensor([0, 1, 2, 0, 1]))
    assert made.shape == (5, 1, 64, 64)
    assert made.abs().max() <= 1


def test_the_discriminator_gives_a_score_an_image(networks):
    assert networks[1](torch.zeros(5, 1, 64, 64), torch.tensor([0, 1, 2, 0, 1])).shape == (5,)


def test_the_score_depends_on_the_class_that_is_claimed(networks):
    image = torch.rand(1, 1, 64, 64)
    scores = networks[1].eval()(image.expand(2, 1, 64, 64), torch.tensor([0, 1]))
    assert scores[0] != scores[1]


def test_all_classes_begin_with_the_same_scale_and_shift(networks):
    told = torch.randn(2, 32)
    images = torch.randn(2, 16, 4, 4)
    norm = networks[0].norms[0]
    assert torch.equal(norm(images, told), norm.norm(images))


def test_a_layer_s_spectral_norm_comes_to_one(networks):
    linear, features = networks[1].real, torch.zeros(1, 1, 64, 64)
    for _ in range(20):
        networks[1](features, torch.tensor([0]))
    assert torch.linalg.matrix_norm(linear.weight, 2).item() == pytest.approx(1, abs=0.01)


def test_the_hinge_loss_is_zero_beyond_the_margins():
    assert discriminator_loss(torch.tensor([1.0, 3.0]), torch.tensor([-1.0, -2.0])).item() == 0


def test_the_hinge_loss_is_that_worked_by_hand():
    # real: (0.5 + 0) / 2; made: (1.5 + 0.8) / 2
    assert discriminator_loss(torch.tensor([0.5, 2.0]), torch.tensor([0.5, -0.2])).item() == pytest.approx(1.4)


def test_the_generator_s_loss_is_the_negated_mean_score():
    assert generator_loss(torch.tensor([1.0, -3.0])).item() == pytest.approx(1.0)


def test_an_average_follows_by_its_share():
    average, model = nn.BatchNorm1d(1), nn.BatchNorm1d(1)
    model.weight.data.fill_(3.0)
    model.running_mean.fill_(2.0)
    model.num_batches_tracked.fill_(7)
    follow(average, model, 0.75)
    assert average.weight.item() == pytest.approx(1.5)
    assert average.running_mean.item() == pytest.approx(0.5)
    assert average.num_batches_tracked.item() == 7
