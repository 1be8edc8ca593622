"""Kernel Inception Distance: how far two sets of pictures lie apart, with features that need no download."""

from dataclasses import dataclass

import numpy as np

from core.synthesis.features import HOG, edge_features

_SUBSETS = 100


@dataclass(frozen=True)
class KernelDistance:
    """How far made pictures lie from real ones, as a set."""

    value: float
    """Squared maximum mean discrepancy, unbiased: about 0 for two samples of the same, below 0 by chance."""
    standard_error: float
    among_real: float | None
    """The same between two halves of the real pictures: what no generator can beat. None where they are too few."""
    n: int
    """How many pictures of each kind."""
    features: str = HOG
    """What stands in for Inception's features: figures compare only where this is the same."""


def kernel_distance(real: np.ndarray, made: np.ndarray, seed: int = 0) -> KernelDistance:
    """Return the distance of two sets of pictures, uint8, (n, 64, 64) each, n at least 4.

    Binkowski, Sutherland, Arbel & Gretton (2018), with edges in place of Inception's features.
    """
    rng = np.random.default_rng(seed)
    real_features, made_features = edge_features(real), edge_features(made)
    value, error = discrepancy(real_features, made_features), subset_error(real_features, made_features, rng)
    among_real = None
    if len(real) >= 8:
        halves = np.array_split(rng.permutation(len(real)), 2)
        among_real = discrepancy(real_features[halves[0]], real_features[halves[1]])
    return KernelDistance(value, error, among_real, min(len(real), len(made)))


def discrepancy(first: np.ndarray, second: np.ndarray) -> float:
    """Return the unbiased squared MMD of rows (n, d) and (m, d) with the kernel (x.y / d + 1)^3.

    n and m are at least 2.
    """
    return _discrepancy(_kernel(first, first), _kernel(second, second), _kernel(first, second))


def subset_error(first: np.ndarray, second: np.ndarray, rng: np.random.Generator) -> float:
    """Return the standard error of `discrepancy`: its spread over subsets of half the rows, drawn without replacement.

    Both need at least four rows.

    A subset has b of n rows, so its spread is scaled by the root of b / (n - b) (Politis & Romano 1994): b / n for its
    size, and 1 - b / n is what its spread lacks because subsets share rows.
    """
    kernels = _kernel(first, first), _kernel(second, second), _kernel(first, second)
    size = min(len(first), len(second)) // 2
    values = []
    for _ in range(_SUBSETS):
        rows, columns = (rng.permutation(len(whole))[:size] for whole in (first, second))
        parts = kernels[0][np.ix_(rows, rows)], kernels[1][np.ix_(columns, columns)], kernels[2][np.ix_(rows, columns)]
        values.append(_discrepancy(*parts))
    n = min(len(first), len(second))
    return float(np.std(values, ddof=1) * np.sqrt(size / (n - size)))


def _kernel(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    return (first.astype(np.float64) @ second.T.astype(np.float64) / first.shape[1] + 1) ** 3


def _discrepancy(within_first: np.ndarray, within_second: np.ndarray, between: np.ndarray) -> float:
    """Return the estimate from kernel matrices; a row is not compared with itself."""
    alike = [
        (matrix.sum() - np.trace(matrix)) / (len(matrix) * (len(matrix) - 1))
        for matrix in (within_first, within_second)
    ]
    return float(alike[0] + alike[1] - 2 * between.mean())
