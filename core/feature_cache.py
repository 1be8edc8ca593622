"""What a frozen network makes of every image of a dataset, computed once: each further strategy trains in seconds."""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from core.settings import Settings
from core.storage import thin_out, write_whole

Progress = Callable[[int, int], None]
_BATCH = 64
_LARGEST = float(np.finfo(np.float16).max)
_MOST_KEPT = 6
"""Features are large: 70 MB for 13,700 images of MobileNetV2, 170 MB of ResNet-18."""


def backbone_features(
    model: Any,
    images: np.ndarray,
    key: str | None,
    settings: Settings,
    on_progress: Progress | None = None,
    should_stop: Callable[[], bool] = lambda: False,
) -> np.ndarray:
    """Return the features of images, float16, shape (n, D); what is kept is memory-mapped and read-only.

    Half precision halves the file and rounds each number by at most 1/2048 of it; measured on the
    real faces, that changes no probability of a trained head by more than 0.0003 (with LDAM's scale, 0.0012).

    Args:
        model: has `backbone`, a module from images (N, 1, S, S) to features (N, D) with D as its `width`, and
            `backbone_key`, a name for its layers and weights.
        images: grey, uint8, shape (n, S, S).
        key: a name for exactly these images in this order; None for images that no other run will show again, whose
            features are not kept.
        on_progress: told how many of the n images are done.

    Raises:
        Cancelled: as soon as `should_stop()`, which is asked before every batch, returns True; nothing is left behind.
    """
    if key is None:
        features = np.empty((len(images), model.backbone.width), np.float16)
        _fill(features, model.backbone, images, on_progress, should_stop)
        return features
    digest = hashlib.sha256(f"{key}\t{images.shape}\t{model.backbone_key}".encode()).hexdigest()
    place = settings.features_dir / digest[:16]
    if place.is_dir():
        os.utime(place)  # it was used
    else:
        write_whole(place, lambda folder: _write(folder, model.backbone, images, on_progress, should_stop))
        thin_out(place.parent, _MOST_KEPT)
    return np.load(place / "features.npy", mmap_mode="r")


def _write(
    folder: Path, backbone: Any, images: np.ndarray, on_progress: Progress | None, should_stop: Callable[[], bool]
) -> None:
    folder.mkdir()
    shape = len(images), backbone.width
    features = np.lib.format.open_memmap(folder / "features.npy", "w+", np.float16, shape)
    _fill(features, backbone, images, on_progress, should_stop)
    features.flush()


def _fill(
    features: np.ndarray,
    backbone: Any,
    images: np.ndarray,
    on_progress: Progress | None,
    should_stop: Callable[[], bool],
) -> None:
    """Compute the features of images, batch by batch, into an array (n, D)."""
    import torch

    from core.training import Cancelled, best_device

    device = best_device()
    backbone.to(device, memory_format=torch.channels_last)
    for start in range(0, len(images), _BATCH):
        if should_stop():
            raise Cancelled
        batch = torch.from_numpy(images[start : start + _BATCH].copy()).to(device).unsqueeze(1).float().div_(255)
        with torch.no_grad():
            rows = backbone(batch).clamp(-_LARGEST, _LARGEST)
        features[start : start + len(batch)] = rows.half().cpu().numpy()
        if on_progress:
            on_progress(start + len(batch), len(images))
