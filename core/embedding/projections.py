"""From features to a map in two dimensions, and the map as a table to colour.

UMAP (McInnes et al. 2018) is not among the projections: its package needs numba, which brings a compiler of its own and
compiles at the first use. t-SNE that starts from PCA keeps the large structure as well (Kobak & Linderman 2021).
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from core.catalog import Dataset
from core.embedding.features import Features, principal_components
from core.embedding.neighbours import nearest_rows
from core.errors import BadInput
from core.evaluation import predicted_labels
from core.registry import Param, Registry
from core.runs import Run
from core.settings import Settings
from core.storage import thin_out, write_whole

PROJECTIONS = Registry("projection", default="pca")
Progress = Callable[[int, int], None]
_VERSION = 1
"""Raised whenever the same choice would draw another map."""
_EXAGGERATED, _PLAIN = 250, 500  # openTSNE's own numbers of iterations
_REPORT_EVERY = 25  # iterations: about a second for 10,000 images
_FOURIER_FROM = 7_500  # images; measured: below this the Barnes-Hut tree is quicker than the Fourier transform
_THREADS = 2  # measured: 10,000 images take 37 s with one, 31 s with two, and no less with more


@PROJECTIONS.add(
    "pca",
    title="PCA",
    summary="The two directions in which the images differ most; drawn at once.",
    source="Pearson 1901, Hotelling 1933",
)
def _pca(matrix: np.ndarray, seed: int, report: Progress) -> np.ndarray:
    return principal_components(matrix, 2)


@PROJECTIONS.add(
    "tsne",
    title="t-SNE",
    summary="Keeps near neighbours together; how large groups are and how far apart they lie means nothing.",
    source="van der Maaten & Hinton 2008; openTSNE, Poličar et al. 2019",
    params=(Param("perplexity", 30, 5, 100, "how many neighbours each image counts as its own, about"),),
)
def _tsne(matrix: np.ndarray, seed: int, report: Progress, perplexity: int) -> np.ndarray:
    from openTSNE import TSNE
    from openTSNE.affinity import PerplexityBasedNN
    from openTSNE.nearest_neighbors import PrecomputedNeighbors

    if len(matrix) <= 3 * perplexity:
        raise BadInput(
            f"t-SNE with perplexity {perplexity} needs more than {3 * perplexity} images, and here are {len(matrix)}; "
            "choose a smaller perplexity, or PCA."
        )
    done = 0

    def on_iterations(iteration: int, error: float, points: np.ndarray) -> None:
        nonlocal done  # openTSNE counts each of its two phases from one
        done += _REPORT_EVERY
        report(done, _EXAGGERATED + _PLAIN)

    report(0, _EXAGGERATED + _PLAIN)
    # With exact neighbours, which so few images allow, a map is the same whatever the number of threads.
    known = PrecomputedNeighbors(*nearest_rows(matrix, 3 * perplexity))
    affinities = PerplexityBasedNN(perplexity=perplexity, knn_index=known, n_jobs=_THREADS, random_state=seed)
    tsne = TSNE(
        early_exaggeration_iter=_EXAGGERATED,
        n_iter=_PLAIN,
        initialization="pca",
        negative_gradient_method="fft" if len(matrix) >= _FOURIER_FROM else "bh",
        n_jobs=_THREADS,
        random_state=seed,
        callbacks=on_iterations,
        callbacks_every_iters=_REPORT_EVERY,
    )
    return np.asarray(tsne.fit(matrix, affinities=affinities))


def project(
    features: Features,
    projection: str,
    params: Mapping[str, object],
    settings: Settings,
    seed: int = 0,
    on_progress: Progress | None = None,
) -> pd.DataFrame:
    """Return a map: `image`, `x`, `y` (float32), one row an image of the features; computed at the first call only.

    Args:
        features: what is drawn.
        projection: a name in `PROJECTIONS`.
        params: its parameters, defaults where left out.
        settings: say where maps are kept.
        seed: of t-SNE.
        on_progress: told of iterations; an exception that it raises ends the work, and nothing is kept.

    Raises:
        BadInput: a choice is not known, or there are too few images for it.
    """
    choice = PROJECTIONS[projection]
    settled = choice.settle(params)
    place = _place(features, choice.name, settled, seed, settings)
    known = _kept(place)
    if known is not None:
        return known
    points = choice.build(features.matrix, seed, on_progress or (lambda done, total: None), **settled)
    x, y = points.astype(np.float32).T
    drawn = pd.DataFrame({"image": pd.Series(features.images, dtype="str"), "x": x, "y": y})
    write_whole(place, lambda path: drawn.to_parquet(path, index=False))
    thin_out(settings.audits_dir)
    return drawn


def _place(features: Features, projection: str, params: Mapping[str, object], seed: int, settings: Settings) -> Path:
    decisive = json.dumps([_VERSION, features.key, projection, dict(params), seed])
    return settings.audits_dir / f"map-{hashlib.sha256(decisive.encode()).hexdigest()[:16]}.parquet"


def _kept(place: Path) -> pd.DataFrame | None:
    """Return the map that was drawn before, or None where none was or its file is damaged."""
    try:
        return pd.read_parquet(place)
    except (OSError, ValueError):
        return None


def map_table(dataset: Dataset, points: pd.DataFrame, run: Run | None = None) -> pd.DataFrame:
    """Return a map with what its points can be coloured by.

    Returns:
        `image`, `x`, `y`, `label`, `annotator`, `person`, and of a run `prediction` (NA where the image was in no test
        part), `correct` (boolean, NA alike) and `unseen`: whether the image was in the first fold's test part, so that
        the run's network never saw it. Without a run these are NA, NA and False.
    """
    catalog = dataset.catalog.set_index("image")
    table = points.join(catalog[["label", "annotator", "person"]], on="image")
    said = pd.DataFrame({"prediction": [], "fold": []}, index=pd.Index([], dtype="str"))
    if run is not None:
        predictions = run.predictions
        said = predictions.assign(prediction=predicted_labels(predictions)).set_index("image")[["prediction", "fold"]]
    table = table.join(said, on="image").astype({"prediction": "str"})
    table["correct"] = (table["prediction"] == table["label"]).astype("boolean").where(table["prediction"].notna())
    table["unseen"] = table.pop("fold") == 1
    return table
