"""Drawn pictures, and a GAN so small that it is trained in a second."""

import numpy as np
import pytest

from core.synthesis.config import configure_synthesis
from core.synthesis.making import train_gan

TINY = {"epochs": 2, "steps": 2, "batch_size": 4, "width": 2, "images": 6, "borrow": 1}


def draw(n: int, seed: int = 0) -> np.ndarray:
    """Soft random pictures, uint8 (n, 64, 64), each with its own light and dark places."""
    rng = np.random.default_rng(seed)
    coarse = np.kron(rng.normal(size=(n, 8, 8)), np.ones((8, 8)))
    soft = sum(np.roll(coarse, shift, axis) for shift in range(-4, 5) for axis in (1, 2)) / 18
    return (110 + 60 * soft + rng.normal(0, 4, (n, 64, 64))).clip(0, 255).astype(np.uint8)


@pytest.fixture(scope="session")
def pictures():
    """`pictures(n, seed)` are n drawn ones."""
    return draw


@pytest.fixture
def configure(easy):
    """`configure(**values)` is a tiny GAN for the class "top" of the easy dataset."""

    def build(labels=("top",), seed=0, **values):
        return configure_synthesis(easy.fingerprint, easy.source, labels, seed=seed, values=TINY | values)

    return build


@pytest.fixture(scope="session")
def one_thread(easy_settings):
    """The home with the decoded pixels, and one thread: of networks so small several would only wait for each other."""
    return easy_settings.model_copy(update={"threads": 1})


@pytest.fixture(scope="session")
def finished(easy, one_thread):
    """A tiny GAN's images of "top" and "right"."""
    config = configure_synthesis(easy.fingerprint, easy.source, ["top", "right"], values=TINY)
    return train_gan(config, one_thread)
