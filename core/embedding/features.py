"""A row of numbers for each image: principal components of its pixels, or what a network's last layer reads."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from core.catalog import Dataset
from core.errors import BadInput
from core.explanation.graphs import read_by_last_layer
from core.models import MODELS
from core.pixels import Pixels, load_pixels
from core.runs import Run
from core.settings import Settings

MAX_DRAWN = 10_000
"""How many images a map has at most: what a browser draws and a projection takes in good time."""
Progress = Callable[[int, int], None]
_SIDE = 32
_COMPONENTS = 50  # as van der Maaten & Hinton (2008) do before t-SNE
_BATCH = 256


@dataclass(frozen=True)
class Features:
    """Numbers that say how alike images are: the nearer two rows, the more alike."""

    title: str
    images: np.ndarray
    """Paths below the dataset's root, object, shape (n,)."""
    labels: np.ndarray
    """The label of each, object, shape (n,)."""
    matrix: np.ndarray
    """float32, shape (n, d)."""
    key: str
    """16 hexadecimal digits over what the numbers were computed from."""
    n_usable: int
    """How many usable images these n stand for."""


def sample(dataset: Dataset, n: int = MAX_DRAWN, seed: int = 0) -> Dataset:
    """Return the dataset with at most `n` of its usable images.

    Half of the places are shared out evenly among the classes, so that a class with no more images than its places
    stays whole; the other half in proportion to the images that are left.
    """
    labels = dataset.usable["label"]
    if len(labels) <= n:
        return dataset
    shuffled = labels.sample(frac=1, random_state=seed)
    chosen = shuffled.index[shuffled.groupby(shuffled).cumcount() < shuffled.map(_places(labels.value_counts(), n))]
    return replace(dataset, catalog=dataset.catalog.loc[chosen.sort_values()])


def _places(counts: pd.Series, n: int) -> pd.Series:
    """Return how many images of each class are drawn, `n` in all."""
    ensured = counts.clip(upper=n // (2 * len(counts)))
    left = counts - ensured
    so_far = left.cumsum() * (n - ensured.sum()) // left.sum()  # rounded as a running sum, so that none is lost
    return ensured + np.diff(so_far, prepend=0)


def pixel_features(dataset: Dataset, settings: Settings, on_progress: Progress | None = None) -> Features:
    """Return the first 50 principal components of the images in grey at 32 x 32, each pixel scaled to variance 1.

    Of a dataset of more than `MAX_DRAWN` usable images only a `sample` is decoded.
    """
    from sklearn.preprocessing import StandardScaler  # slow to import: only when a map is made

    pixels, images = _load(sample(dataset), _SIDE, settings, on_progress)
    rows = StandardScaler().fit_transform(pixels.reshape(len(pixels), -1).astype(np.float32))
    _check_variety(rows, dataset)
    components = principal_components(rows, _COMPONENTS)
    return _features("pixels", components, images, _key("pixels", pixels, images), dataset)


def network_features(run: Run, dataset: Dataset, settings: Settings, on_progress: Progress | None = None) -> Features:
    """Return what the last layer of a run's network reads of each image (`core.explanation.graphs.read_by_last_layer`).

    The network is the run's first fold's: images that it was trained on lie in better order than new ones would, so
    `map_table` says which it never saw.

    Raises:
        BadInput: the model has no such layer, or its file is damaged.
    """
    if not MODELS[run.config.model].iterative:
        raise BadInput(
            f"{run.config.title} compares pixels and learns no features; "
            "choose a run of a network, or the map of the pixels."
        )
    pixels, images = _load(sample(dataset), int(run.config.params["images.size"]), settings, on_progress)
    batches = []
    for start in range(0, len(pixels), _BATCH):
        batch = pixels[start : start + _BATCH]
        read = read_by_last_layer(run.network, batch, settings.threads or 0)
        if read is None:
            raise BadInput(
                f"The network in {run.network} does not end in a dense layer, so it has no features to show."
            )
        batches.append(read)
        if on_progress:
            on_progress(start + len(batch), len(pixels))
    matrix = np.concatenate(batches)
    _check_variety(matrix, dataset)
    return _features(f"last layer of {run.config.title}", matrix, images, _key(run.id, pixels, images), dataset)


def principal_components(rows: np.ndarray, n: int) -> np.ndarray:
    """Return the first `n` principal components of rows (or as many as there are), shape (rows, n)."""
    from sklearn.decomposition import PCA  # slow to import: only when a map is made
    from threadpoolctl import threadpool_limits

    # Measured for 10,000 x 1024 on 4 busy cores: 0.5 s with one thread, 11 s with four that wait for each other. And
    # with one, the numbers are the same on every machine of a kind.
    with threadpool_limits(1, user_api="blas"):
        return PCA(min(n, *rows.shape), svd_solver="covariance_eigh").fit_transform(rows)


def _load(
    dataset: Dataset, side: int, settings: Settings, on_progress: Progress | None
) -> tuple[np.ndarray, pd.DataFrame]:
    """Return the images that can be read, uint8 (n, side, side), and their rows of the catalog."""
    pixels: Pixels = load_pixels(dataset, side, settings, on_progress)
    if pixels.readable.sum() < 3:
        raise BadInput(f"{dataset.title} has fewer than three images that can be read; a map needs more.")
    return pixels.images[pixels.readable], dataset.usable[pixels.readable]


def _check_variety(rows: np.ndarray, dataset: Dataset) -> None:
    if not np.ptp(rows, axis=0).any():
        raise BadInput(f"All images of {dataset.title} look the same to these features, so no map can set them apart.")


def _key(of: str, pixels: np.ndarray, images: pd.DataFrame) -> str:
    digest = hashlib.sha256("\n".join([of, *images["image"]]).encode())
    digest.update(pixels.tobytes())
    return digest.hexdigest()[:16]


def _features(title: str, matrix: np.ndarray, images: pd.DataFrame, key: str, dataset: Dataset) -> Features:
    names, labels = (images[column].to_numpy(dtype=object) for column in ("image", "label"))
    return Features(title, names, labels, matrix.astype(np.float32), key, len(dataset.usable))
