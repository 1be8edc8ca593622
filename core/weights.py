"""Weights that others trained: fetched once through torchvision, checked each time, and missed with one sentence."""

import hashlib
import sys
from contextlib import redirect_stdout
from http.client import HTTPException
from pathlib import Path
from typing import Any

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


def _is_whole(place: Path) -> bool:
    """Return whether a file has the hash that its name ends with: network-b0353104.pth."""
    with place.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest().startswith(place.stem.rpartition("-")[2])
