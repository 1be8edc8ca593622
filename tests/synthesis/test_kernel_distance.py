"""The kernel distance: as its formula says, none between two samples of the same, large where they differ."""

import numpy as np
import pytest

from core.synthesis.kernel_distance import discrepancy, kernel_distance, subset_error


def directly(first, second):
    """The unbiased estimate, term by term (Gretton et al. 2012, equation 3)."""

    def kernel(x, y):
        return (sum(a * b for a, b in zip(x, y, strict=True)) / len(x) + 1) ** 3

    n, m = len(first), len(second)
    total = sum(kernel(first[i], first[j]) for i in range(n) for j in range(n) if i != j) / (n * (n - 1))
    total += sum(kernel(second[i], second[j]) for i in range(m) for j in range(m) if i != j) / (m * (m - 1))
    return total - 2 * sum(kernel(x, y) for x in first for y in second) / (n * m)


def test_the_distance_is_that_of_a_double_loop():
    rng = np.random.default_rng(0)
    first, second = rng.normal(size=(7, 4)), rng.normal(0.5, size=(5, 4))
    assert discrepancy(first, second) == pytest.approx(directly(first, second))


def test_two_halves_of_one_set_are_about_zero_apart(pictures):
    distance = kernel_distance(pictures(120, 0), pictures(120, 1))
    assert abs(distance.value) < 4 * distance.standard_error
    assert abs(distance.among_real) < 4 * distance.standard_error


def test_noise_is_far_from_pictures(pictures):
    noise = np.random.default_rng(0).integers(0, 256, (60, 64, 64)).astype(np.uint8)
    distance = kernel_distance(pictures(60), noise)
    assert distance.value > 20 * distance.standard_error


def test_the_distance_names_its_features(pictures):
    assert "gradients" in kernel_distance(pictures(8), pictures(8, 1)).features


def test_too_few_real_pictures_have_no_halves(pictures):
    assert kernel_distance(pictures(6), pictures(6, 1)).among_real is None


def test_the_standard_error_is_about_the_spread_of_the_estimate():
    rng = np.random.default_rng(0)
    pairs = [(rng.normal(size=(60, 3)), rng.normal(0.8, size=(60, 3))) for _ in range(60)]
    spread = np.std([discrepancy(*pair) for pair in pairs])
    assert np.mean([subset_error(*pair, rng) for pair in pairs[:10]]) == pytest.approx(spread, rel=0.4)
