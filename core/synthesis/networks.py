"""The two networks of a class-conditional GAN for small grey images, small enough for two CPU cores.

The generator is a DCGAN (Radford, Metz & Chintala 2016) that upsamples and convolves, told the class by the scale and
shift of its batch normalisation (Miyato & Koyama 2018) and by its input. The discriminator has spectral normalisation
(Miyato et al. 2018) and asks for the class by projection (Miyato & Koyama 2018).
"""

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.parametrizations import spectral_norm

LATENT = 64
"""How many random numbers an image is made from."""
_CLASS = 32  # numbers that stand for a class
_SMALLEST = 4  # side of the first layer
_GAIN = 2.0
"""Spectral normalisation and leaky ReLU shrink what passes: without it all scores stay near 0 and nothing is learnt."""


class ClassNorm(nn.Module):
    """Batch normalisation whose scale and shift depend on the class: rare classes share all else with common ones."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(channels, affine=False)
        self.scale, self.shift = nn.Linear(_CLASS, channels), nn.Linear(_CLASS, channels)
        for layer in (self.scale, self.shift):  # all classes begin alike: a rare one starts as any face
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(self, images: Tensor, told: Tensor) -> Tensor:
        """Return normalised images; `told` (N, 32) stands for their classes."""
        scale, shift = self.scale(told)[:, :, None, None], self.shift(told)[:, :, None, None]
        return self.norm(images) * (1 + scale) + shift


class Generator(nn.Module):
    """Maps latents (N, LATENT) and classes (N,) to images (N, 1, 64, 64) in [-1, 1]."""

    def __init__(self, n_classes: int, width: int) -> None:
        super().__init__()
        channels = [8 * width, 6 * width, 4 * width, 2 * width]
        self.classes = nn.Embedding(n_classes, _CLASS)
        self.first = nn.Linear(LATENT + _CLASS, channels[0] * _SMALLEST**2)
        self.norms = nn.ModuleList(ClassNorm(number) for number in channels)
        self.layers = nn.ModuleList(
            nn.Conv2d(before, after, 3, padding=1) for before, after in zip(channels, channels[1:], strict=False)
        )
        # The last doubling is done by dealing channels out to pixels (Shi et al. 2016): layers at full size cost most.
        self.last = nn.Sequential(
            nn.Conv2d(channels[-1], 4 * width, 3, padding=1),
            nn.PixelShuffle(2),
            nn.LeakyReLU(0.2),
            nn.Conv2d(width, 1, 3, padding=1),
        )
        # Each four pixels begin alike, or a grid would have to be unlearnt (Aitken et al. 2017).
        dealt = self.last[0].weight.data
        dealt.copy_(dealt[::4].repeat_interleave(4, 0))

    def forward(self, latents: Tensor, classes: Tensor) -> Tensor:
        """Return images in [-1, 1]."""
        told = self.classes(classes)
        images = self.first(torch.cat([latents, told], 1)).view(len(latents), -1, _SMALLEST, _SMALLEST)
        images = functional.relu(self.norms[0](images, told))
        for layer, norm in zip(self.layers, self.norms[1:], strict=True):
            images = functional.interpolate(images, scale_factor=2, mode="nearest")
            images = functional.relu(norm(layer(images), told))
        return torch.tanh(self.last(images))


class Discriminator(nn.Module):
    """Maps images (N, 1, 64, 64) and classes (N,) to scores (N,): high for real images of that class."""

    def __init__(self, n_classes: int, width: int) -> None:
        super().__init__()
        channels = [1, 2 * width, 4 * width, 6 * width, 8 * width]
        steps = zip(channels, channels[1:], strict=False)
        self.layers = nn.ModuleList(
            spectral_norm(nn.Conv2d(before, after, 4, stride=2, padding=1)) for before, after in steps
        )
        n_features = channels[-1] * _SMALLEST**2
        self.real = spectral_norm(nn.Linear(n_features, 1))
        self.classes = spectral_norm(nn.Embedding(n_classes, n_features))

    def forward(self, images: Tensor, classes: Tensor) -> Tensor:
        """Return a score an image."""
        for layer in self.layers:
            images = _GAIN * functional.leaky_relu(layer(images), 0.2)
        features = images.flatten(1)
        return self.real(features).squeeze(1) + (self.classes(classes) * features).sum(1)


def discriminator_loss(real: Tensor, made: Tensor) -> Tensor:
    """Return the hinge loss of scores (N,): real ones should be above 1, made ones below -1 (Lim & Ye 2017)."""
    return functional.relu(1 - real).mean() + functional.relu(1 + made).mean()


def generator_loss(made: Tensor) -> Tensor:
    """Return what the generator lowers: the negated mean score of what it made."""
    return -made.mean()


@torch.no_grad()
def follow(average: nn.Module, model: nn.Module, decay: float) -> None:
    """Move the averaged weights towards the model's: `decay` of the old stays; the statistics of layers too."""
    state = model.state_dict()
    for name, value in average.state_dict().items():
        if value.is_floating_point():
            value.lerp_(state[name], 1 - decay)
        else:
            value.copy_(state[name])
