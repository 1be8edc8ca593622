"""Strategies that fill small classes with images blended from two of the class; imbalanced-learn chooses and blends.

imbalanced-learn is given unit vectors instead of pixels, and a search that looks the pixels up. What it returns are
then the shares of the real images in each new one: both parents are known, and blending their pixels by these shares
gives the very images that imbalanced-learn would have made from the pixels.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from math import floor

import numpy as np

from core.errors import BadInput
from core.registry import Param
from core.sampling import SAMPLERS
from core.sampling.plan import Plan
from core.sampling.random_resampling import check_several, state

_NEIGHBOURS = Param("neighbours", 5, 1, 50, "an image is blended with one of so many nearest ones of its class")
_SHARE = Param("share", 1.0, 0.01, 1.0, "size that each class is filled up to, as a share of the commonest one")
_BORDER_NEIGHBOURS = 10
"""How many neighbours tell whether an image lies at the border of its class: the default of imbalanced-learn."""


@SAMPLERS.add(
    "smote",
    title="SMOTE",
    summary="Fill small classes with blends of two similar images of the class; faces become double exposures.",
    source="Chawla 2002; SMOTE, imbalanced-learn",
    params=(_NEIGHBOURS, _SHARE),
    needs=("images",),
)
def _smote(labels: np.ndarray, rng: np.random.Generator, neighbours: int, share: float, images: np.ndarray) -> Plan:
    from imblearn.over_sampling import SMOTE  # brings scikit-learn along: only when something is blended

    wanted = _wanted("SMOTE", labels, share, neighbours)
    search = _Search(images, neighbours + 1)
    return _blend(SMOTE(sampling_strategy=wanted, random_state=state(rng), k_neighbors=search), labels)


@SAMPLERS.add(
    "borderline_smote",
    title="Borderline-SMOTE",
    summary="SMOTE that starts only from images with half or more, but not all, of their neighbours in other classes; "
    "a class without such images is not filled.",
    source="Han 2005; BorderlineSMOTE, imbalanced-learn",
    params=(_NEIGHBOURS, _SHARE),
    needs=("images",),
)
def _borderline_smote(
    labels: np.ndarray, rng: np.random.Generator, neighbours: int, share: float, images: np.ndarray
) -> Plan:
    from imblearn.over_sampling import BorderlineSMOTE

    wanted = _wanted("Borderline-SMOTE", labels, share, neighbours)
    search = _Search(images, neighbours + 1)
    around = _Search(images, min(_BORDER_NEIGHBOURS, len(labels) - 1) + 1)
    sampler = BorderlineSMOTE(sampling_strategy=wanted, random_state=state(rng), k_neighbors=search, m_neighbors=around)
    return _blend(sampler, labels)


@SAMPLERS.add(
    "adasyn",
    title="ADASYN",
    summary="SMOTE that makes more blends from an image the more of its neighbours are of other classes; by rounding, "
    "sizes come out nearly equal.",
    source="He 2008; ADASYN, imbalanced-learn",
    params=(_NEIGHBOURS, replace(_SHARE, default=0.7)),  # at 1, a class nearly as large as the commonest gets nothing
    needs=("images",),
)
def _adasyn(labels: np.ndarray, rng: np.random.Generator, neighbours: int, share: float, images: np.ndarray) -> Plan:
    from imblearn.over_sampling import ADASYN

    wanted = _wanted("ADASYN", labels, share, neighbours)
    search = _Search(images, neighbours + 1)
    sampler = ADASYN(sampling_strategy=wanted, random_state=state(rng), n_neighbors=search)
    try:
        return _blend(sampler, labels)
    except (RuntimeError, ValueError) as error:
        if "No samples will be generated" in str(error):
            raise BadInput(_all_rounded_off(labels, _stuck(sampler, labels), wanted)) from error
        if "belong to the majority" in str(error):
            raise BadInput(_no_border(labels, _stuck(sampler, labels), neighbours)) from error
        raise


def _stuck(sampler, labels: np.ndarray) -> str:
    """Return the class that ADASYN could not fill: the one whose neighbours it asked for last."""
    return labels[sampler.nn_.asked[0]]


def _all_rounded_off(labels: np.ndarray, label: str, wanted: dict[str, int]) -> str:
    counts = Counter(labels)
    enough = floor(100 * counts[label] / max(counts.values())) / 100
    return (
        f"ADASYN would share out {wanted[label] - counts[label]:,} new {label} images among {counts[label]:,}, and "
        f"rounding leaves none for any of them; choose a share of at most {enough}, which leaves {label} as it is, "
        "or SMOTE."
    )


def _no_border(labels: np.ndarray, label: str, neighbours: int) -> str:
    count = Counter(labels)[label]
    return (
        f"ADASYN starts where classes meet, but the {neighbours} nearest neighbours of each of the {count:,} {label} "
        f"images are {label} too; choose SMOTE or more neighbours."
    )


def filled_classes(class_counts: Mapping[str, int], share: float) -> dict[str, int]:
    """Return how many images each class that is filled up will have: `share` of the commonest class's, rounded.

    >>> filled_classes({"joy": 9, "fear": 5, "anger": 4}, 0.6)
    {'anger': 5}
    """
    size = round(share * max(class_counts.values()))
    return {label: size for label in sorted(class_counts) if class_counts[label] < size}


def most_neighbours(class_counts: Mapping[str, int], share: float) -> int:
    """Return the largest `neighbours` that the strategies of this file take; 0 where they cannot work at all.

    An image's neighbours are other images of its class, so the smallest class that is filled up sets the limit.
    """
    return min([_NEIGHBOURS.high, *(class_counts[label] - 1 for label in filled_classes(class_counts, share))])


def _wanted(title: str, labels: np.ndarray, share: float, neighbours: int) -> dict[str, int]:
    """Return `filled_classes` if every one of them can be filled, or raise BadInput."""
    check_several(labels)
    counts = Counter(labels)
    wanted = filled_classes(counts, share)
    if neighbours > most_neighbours(counts, share):
        raise BadInput(_too_few(title, min(wanted, key=counts.__getitem__), counts, neighbours))
    return wanted


def _too_few(title: str, label: str, counts: Mapping[str, int], neighbours: int) -> str:
    if counts[label] == 1:
        return (
            f"{title} blends two images of a class, but the training part has only 1 {label} image; "
            "choose a strategy that repeats images, such as random over."
        )
    return (
        f"{title} looks for {neighbours} neighbours of each {label} image, but the training part has only "
        f"{counts[label]} {label} images; choose at most {counts[label] - 1} for neighbours."
    )


def _blend(sampler, labels: np.ndarray) -> Plan:
    """Return every image once, then the new ones; the first parent is the one with the larger share.

    Which parent imbalanced-learn started from makes no difference to the image.
    """
    from scipy.sparse import identity
    from threadpoolctl import threadpool_limits

    # With one thread per core that wait for each other it took 2.5 times as long on a machine that was busy.
    with threadpool_limits(1, user_api="blas"):
        mixtures, _ = sampler.fit_resample(identity(len(labels), format="csr"), labels)
    mixtures.eliminate_zeros()
    # A row holds two shares, or one: a real image, or one that was blended with itself or by nothing.
    first, last = mixtures.indptr[:-1], mixtures.indptr[1:] - 1
    of_first, of_last = mixtures.data[first], mixtures.data[last]
    larger, smaller = np.where(of_last > of_first, (last, first), (first, last))
    shares = np.where(first == last, 0, mixtures.data[smaller])
    parents, partners = mixtures.indices[larger], mixtures.indices[smaller]
    return Plan(parents.astype(np.int64), partners.astype(np.int64), shares.astype(np.float32))


class _Search:
    """The nearest images by their pixels, asked for by unit vectors, in the form that imbalanced-learn takes.

    `n_neighbors` counts the image itself, as imbalanced-learn has it; `asked` are the positions last asked about.
    """

    def __init__(self, images: np.ndarray, n_neighbors: int):
        self.images, self.n_neighbors = images, n_neighbors

    def __sklearn_clone__(self) -> "_Search":
        return _Search(self.images, self.n_neighbors)  # the images are shared: a deep copy would double them

    def fit(self, vectors, y=None) -> "_Search":
        from sklearn.neighbors import NearestNeighbors

        self._nearest = NearestNeighbors(n_neighbors=self.n_neighbors, algorithm="brute").fit(self._pixels(vectors))
        return self

    def kneighbors(self, vectors, n_neighbors: int | None = None, return_distance: bool = True):
        self.asked = vectors.indices
        return self._nearest.kneighbors(self._pixels(vectors), n_neighbors, return_distance)

    def kneighbors_graph(self, vectors, n_neighbors: int | None = None, mode: str = "connectivity"):
        return self._nearest.kneighbors_graph(self._pixels(vectors), n_neighbors, mode)

    def _pixels(self, vectors) -> np.ndarray:
        """Return the pixels of the images that the unit vectors stand for, float32, shape (len(vectors), S * S)."""
        return self.images[vectors.indices].reshape(vectors.shape[0], -1).astype(np.float32)
