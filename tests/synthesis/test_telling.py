"""Telling made from real: chance where there is nothing to see, certainty where there is."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from core.synthesis.telling import area_under_curve, tell_apart


def test_two_halves_of_one_set_are_told_apart_by_chance_only(pictures):
    telling = tell_apart(pictures(100, 0), pictures(100, 1))
    assert telling.accuracy_interval[0] < 0.5 < telling.accuracy_interval[1]


def test_a_faint_grid_gives_what_is_made_away(pictures):
    grid = 10 * (np.arange(64) % 4 < 2)
    telling = tell_apart(pictures(40), pictures(40, 1) // 2 + 60 + grid.astype(np.uint8))
    assert telling.accuracy > 0.95
    assert telling.auc > 0.95


def test_a_person_s_other_pictures_do_not_help(pictures):
    # Each of ten persons has one picture, ten times; what is made shows ten others.
    real, made = (np.repeat(pictures(10, seed), 10, axis=0) for seed in (0, 1))
    grouped = tell_apart(real, made[:100], np.repeat(np.arange(10), 10))
    assert grouped.accuracy < tell_apart(real, made[:100]).accuracy


def test_too_few_pictures_are_not_judged(pictures):
    assert tell_apart(pictures(9), pictures(9, 1)) is None


def test_too_few_persons_are_not_judged(pictures):
    assert tell_apart(pictures(20), pictures(20, 1), np.arange(20) % 4) is None


def test_unequal_numbers_are_refused(pictures):
    with pytest.raises(ValueError, match="same number"):
        tell_apart(pictures(12), pictures(11))


def test_the_area_is_scikit_learn_s():
    rng = np.random.default_rng(0)
    positive, negative = rng.integers(2, 8, 30), rng.integers(0, 6, 20)  # with ties
    truth = np.repeat([1, 0], [30, 20])
    expected = roc_auc_score(truth, np.concatenate([positive, negative]))
    assert area_under_curve(positive, negative)[0] == pytest.approx(expected)


def test_the_area_s_error_is_about_its_spread():
    rng = np.random.default_rng(0)
    areas, errors = zip(*(area_under_curve(rng.normal(1, 1, 50), rng.normal(size=40)) for _ in range(300)), strict=True)
    assert np.mean(errors) == pytest.approx(np.std(areas), rel=0.15)
