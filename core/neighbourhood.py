"""Which faces that a predictor learnt from are most like the one it is shown, as it sees them."""

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from core.catalog import Dataset
from core.embedding import sample
from core.errors import BadInput
from core.explanation.graphs import memorised, read_by_last_layer
from core.pixels import Pixels, load_pixels
from core.predictors import Predictor
from core.runs import TEST_ON_TRAINING, Run, fits, read_run
from core.settings import Settings
from core.storage import thin_out, write_whole

COSINE, EUCLIDEAN = "cosine", "Euclidean"
"""Distances. Of networks' features the cosine: votes of the nearest 5 to 50 score within 0.01 macro-F1 of Euclid's, but
more of the nearest have the face's own label (84.0 % against 83.5 % with the small residual network, 80.6 % against
78.8 % with the frozen MobileNetV2; unseen persons of muxspace/facial_expressions). Of pixels Euclid's, as kNN votes."""
KNOWN = "known.parquet"
"""What a predictor brings that may not bring the pictures: `image`, `label`, `person`, and features `f0`, `f1`, ..."""
Progress = Callable[[int, int], None]
_COLUMNS = ("image", "label", "person")
_BATCH = 256
_MOST_KEPT = 40
_FORM = 1
"""Counted up when features are computed in another way, so that none that are kept are mixed with new ones."""


@dataclass(frozen=True)
class KnownFaces:
    """Faces that a predictor learnt from, as it sees them."""

    table: pd.DataFrame
    """`image`, `label`, `person` (NA where nobody is known), one row a face."""
    features: np.ndarray
    """Shape (n, D), beside the table: float32 of what a network reads, or uint8 of pixels."""
    distance: str
    """COSINE or EUCLIDEAN."""


def features_of(predictor: Predictor, images: np.ndarray, on_progress: Progress | None = None) -> np.ndarray:
    """Return what a predictor compares faces by, float32, shape (N, D).

    It is what the last layer of its network reads (`core.explanation.graphs.read_by_last_layer`); of what has no such
    layer, as nearest neighbours have not, the pixels themselves, from 0 to 1.

    Args:
        predictor: whose network reads.
        images: grey uint8, shape (N, S, S), at least one.
        on_progress: told how many of the N images are done.

    Raises:
        BadInput: the network's file is damaged or gone.
    """
    found = []
    for start in range(0, len(images), _BATCH):
        batch = np.asarray(images[start : start + _BATCH])
        read = read_by_last_layer(predictor.network, batch)
        found.append(_flat(batch) / np.float32(255) if read is None else read)
        if on_progress:
            on_progress(start + len(batch), len(images))
    return np.concatenate(found)


def _flat(images: np.ndarray) -> np.ndarray:
    return images.reshape(len(images), -1)


# The faces it knows


def known_faces(
    predictor: Predictor, settings: Settings, dataset: Dataset | None = None, on_progress: Progress | None = None
) -> KnownFaces:
    """Return the faces that a predictor learnt from, with what it compares them by.

    A network of the zoo brings them. Of a run they are computed once and kept: the images of the dataset less those
    that its network was tested on or that watched its training; of more than `core.embedding.MAX_DRAWN` a sample. Of
    nearest neighbours only images that vote are among them.

    Args:
        predictor: who learnt from them.
        settings: say where features are kept.
        dataset: what a run was trained on; a network of the zoo needs none.
        on_progress: told how many images are done.

    Raises:
        BadInput: the dataset is not the run's, or a file is damaged.
    """
    if (predictor.folder / KNOWN).is_file():
        return _brought(predictor)
    run = read_run(predictor.folder)
    if dataset is None or not fits(run, dataset):
        raise BadInput(f"{predictor.title} learnt from another dataset; open that one to see the faces it knows.")
    learnt = replace(dataset, catalog=_learnt_from(run, dataset))
    drawn = sample(learnt)
    # What was decoded for the training holds all images: where all are compared, nothing is decoded again.
    source = dataset if drawn is learnt else drawn
    pixels = load_pixels(source, predictor.size, settings, on_progress)
    rows = np.flatnonzero(source.usable["image"].isin(drawn.usable["image"]).to_numpy() & pixels.readable)
    return _compared(predictor, pixels, rows, source.usable, settings, on_progress)


def _brought(predictor: Predictor) -> KnownFaces:
    place = predictor.folder / KNOWN
    try:
        whole = pd.read_parquet(place)
        table = whole[list(_COLUMNS)].astype("str")
        features = whole.drop(columns=list(_COLUMNS))
        ordered = features[[f"f{number}" for number in range(features.shape[1])]].to_numpy(np.float32)
    except (OSError, ValueError, KeyError) as error:
        raise BadInput(f"{place} is damaged ({error}); install the program again.") from error
    return KnownFaces(table, ordered, COSINE)


def _learnt_from(run: Run, dataset: Dataset) -> pd.DataFrame:
    """Return the rows of the catalog that the run's network, which is its first fold's, may have learnt from."""
    usable, tested = dataset.usable, _first_fold(run.predictions)
    if run.config.order == TEST_ON_TRAINING:
        return usable[usable["image"].isin(tested)]
    watched = () if run.validation is None else _first_fold(run.validation)
    return usable[~usable["image"].isin([*tested, *watched])]


def _first_fold(table: pd.DataFrame) -> pd.Series:
    return table.loc[table["fold"] == table["fold"].min(), "image"]


def _compared(
    predictor: Predictor,
    pixels: Pixels,
    rows: np.ndarray,
    usable: pd.DataFrame,
    settings: Settings,
    on_progress: Progress | None,
) -> KnownFaces:
    """Return the faces in some rows of the pixels with what the predictor compares them by."""
    if not len(rows):
        raise BadInput(f"{predictor.title} learnt from no image that is there and can be read; read the folder again.")
    by_pixels = read_by_last_layer(predictor.network, pixels.images[rows[:1]]) is None
    if by_pixels:
        rows = rows[_votes(predictor, pixels.images[rows])]
        features = _flat(pixels.images[rows])
    else:
        features = _kept(predictor, pixels, rows, settings, on_progress)
    table = usable[list(_COLUMNS)].iloc[rows].reset_index(drop=True)
    return KnownFaces(table, features, EUCLIDEAN if by_pixels else COSINE)


def _votes(predictor: Predictor, images: np.ndarray) -> np.ndarray:
    """Return which images (n, S, S) are among those that nearest neighbours memorised, boolean (n,)."""
    known = memorised(predictor.network, images[0].size)
    if known is None:
        return np.ones(len(images), dtype=bool)
    voting = {row.tobytes() for row in known}
    return np.fromiter((image.tobytes() in voting for image in images), bool, len(images))


def _kept(
    predictor: Predictor, pixels: Pixels, rows: np.ndarray, settings: Settings, on_progress: Progress | None
) -> np.ndarray:
    """Return the features of some rows of the pixels, computing them at the first call only."""
    changed = predictor.network.stat().st_mtime_ns
    digest = hashlib.sha256(f"{_FORM}\t{predictor.name}\t{changed}\t{pixels.key}\t".encode())
    digest.update(rows.tobytes())
    place = settings.features_dir / "known" / f"{digest.hexdigest()[:16]}.npy"
    if not place.is_file():
        features = features_of(predictor, pixels.images[rows], on_progress)
        write_whole(place, lambda path: _save(path, features))
        thin_out(place.parent, _MOST_KEPT)
    os.utime(place)
    return np.load(place)


def _save(path: Path, features: np.ndarray) -> None:
    with path.open("wb") as file:  # numpy would add an ending to the name
        np.save(file, features, allow_pickle=False)


# The nearest of them


def nearest(predictor: Predictor, seen: np.ndarray, known: KnownFaces, k: int = 12) -> pd.DataFrame:
    """Return the k known faces nearest to one face: `rank` from 1, `image`, `label`, `person`, `distance`.

    The distance is `known.distance`: of features 1 less the cosine of their angle, from 0 to 2; of pixels from 0 to 1
    the Euclidean one. Of equals the first in the table comes first. A picture that the predictor learnt from finds
    itself, at distance 0.

    Args:
        predictor: who knows the faces.
        seen: what it saw, grey uint8, shape (S, S).
        known: what `known_faces` gave for this predictor.
        k: how many are wanted; fewer where fewer are known.

    Raises:
        BadInput: the faces are described in another way than this predictor's.
    """
    [own] = features_of(predictor, seen[None])
    if known.features.shape[1:] != own.shape:
        raise BadInput(
            f"{predictor.title} compares faces by {len(own)} numbers, but its known faces have "
            f"{known.features.shape[1]}; make {KNOWN} again."
        )
    distances = _cosine(known.features, own) if known.distance == COSINE else _euclidean(known.features, own)
    order = np.argsort(distances, kind="stable")[:k]
    found = known.table.iloc[order].assign(distance=distances[order]).reset_index(drop=True)
    found.insert(0, "rank", np.arange(1, len(found) + 1))
    return found


def votes(found: pd.DataFrame) -> pd.DataFrame:
    """Return how the faces of `nearest` vote: `label`, `votes` and `share`, most first; of equals, the nearer first."""
    counts = found.groupby("label", sort=False).size().sort_values(ascending=False, kind="stable")
    return pd.DataFrame({"votes": counts, "share": counts / len(found)}).reset_index()


def _cosine(rows: np.ndarray, own: np.ndarray) -> np.ndarray:
    """Return 1 less the cosine between each row (n, D) and one (D,); 1 where either is all 0."""
    lengths = np.linalg.norm(rows, axis=1) * np.linalg.norm(own)
    cosines = np.divide(rows @ own, lengths, out=np.zeros(len(rows), np.float32), where=lengths > 0)
    return np.clip(1 - cosines, 0, 2)


def _euclidean(pixels: np.ndarray, own: np.ndarray) -> np.ndarray:
    """Return the distance between each image's pixels (n, D), uint8, and others (D,) from 0 to 1."""
    blocks = (pixels[start : start + _BATCH] for start in range(0, len(pixels), _BATCH))
    return np.concatenate([np.linalg.norm(block / np.float32(255) - own, axis=1) for block in blocks])
