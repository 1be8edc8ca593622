"""What lies near what among features: the neighbours of one image, and how often neighbours share a label."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from core.embedding.features import Features
from core.errors import BadInput

ALL = "all images"


def nearest(features: Features, image: str, n: int = 12) -> pd.DataFrame:
    """Return `image`, `distance` (Euclidean, between features) and `label` of the n nearest images, nearest first.

    Raises:
        BadInput: the image is not among those that have features.
    """
    [found] = np.nonzero(features.images == image)
    if not len(found):
        raise BadInput(f"{image} is not among the {len(features.images):,} images that were drawn; choose one of them.")
    distances = np.linalg.norm(features.matrix - features.matrix[found[0]], axis=1)
    distances[found[0]] = np.inf
    order = np.argsort(distances, kind="stable")[: min(n, len(distances) - 1)]
    table = {"image": features.images[order], "distance": distances[order], "label": features.labels[order]}
    return pd.DataFrame(table).astype({"image": "str", "label": "str"})


def caught(table: pd.DataFrame, places: Sequence[int], seed: int = 0) -> pd.DataFrame:
    """Return these rows of a map in an order that mixes the classes, the same whenever the same dots are caught."""
    return table.iloc[sorted(places)].sample(frac=1, random_state=seed)


def class_mix(inside: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    """Return which classes the dots caught in a loop have, beside the mix of the whole map.

    Args:
        inside: the rows of the map that were caught.
        table: the whole map, with a `label` each.

    Returns:
        `label`, `images` (in the loop), `share` (of the loop) and `usual` (share of the map), a row a class that is in
        the loop, the commonest first; ties in alphabetical order.
    """
    counts = inside["label"].value_counts().sort_index().sort_values(ascending=False, kind="stable")
    usual = table["label"].value_counts(normalize=True)
    columns = {"images": counts, "share": counts / len(inside), "usual": usual.reindex(counts.index)}
    return pd.DataFrame(columns).rename_axis("label").reset_index()


def label_purity(features: Features, labels: pd.Series | np.ndarray, k: int = 10) -> pd.DataFrame:
    """Return how often near neighbours share a label: what a map of these features can show at all.

    Args:
        features: n images.
        labels: a value each, shape (n,), by which they are told apart; images with NA take no part, so that a
            network's features can be judged by the images alone that it never saw.
        k: how many neighbours of each image are looked at.

    Returns:
        One row a label, the commonest first, below a row "all images": `label`, `images`, `purity` (the mean share of
        an image's k nearest others that have its label) and `chance` (the same if labels were dealt at random).
    """
    labels = pd.Series(np.asarray(labels, dtype=object))
    taking_part = labels.notna().to_numpy()
    values = labels[taking_part].reset_index(drop=True)
    n = len(values)
    if n < 2:
        raise BadInput(f"{n} images with a label are too few to look at neighbours; at least two are needed.")
    neighbours, _ = nearest_rows(features.matrix[taking_part], min(k, n - 1))
    codes = pd.factorize(values)[0]
    same = pd.Series((codes[neighbours] == codes[:, None]).mean(1))
    counts = values.value_counts()
    table = pd.DataFrame({"images": counts, "purity": same.groupby(values).mean(), "chance": (counts - 1) / (n - 1)})
    table = table.loc[counts.index]
    whole = {"images": n, "purity": same.mean(), "chance": np.average(table["chance"], weights=counts)}
    return pd.concat([pd.DataFrame([whole], index=[ALL]), table]).rename_axis("label").reset_index()


def nearest_rows(matrix: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Return positions and Euclidean distances of each row's k nearest other rows, both (n, k), nearest first."""
    from sklearn.neighbors import NearestNeighbors  # slow to import: only when neighbours are asked for

    distances, positions = NearestNeighbors(n_neighbors=k, algorithm="brute").fit(matrix).kneighbors()
    return positions, distances
