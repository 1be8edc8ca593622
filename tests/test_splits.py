"""Which images train, which watch and which judge: no image in two parts, and no person where that is promised."""

import numpy as np
import pandas as pd
import pytest

from core.errors import BadInput
from core.splits import HOLD_OUT, SPLITS, make_folds

every_split = pytest.mark.parametrize("split", SPLITS.names())
every_plan = pytest.mark.parametrize("n_folds", [HOLD_OUT, 2, 5])


@pytest.fixture
def images():
    """320 images of two classes, three to one; 80 persons with four each."""
    labels = pd.Series(["joy", "joy", "joy", "fear"] * 80)
    return labels, pd.Series([f"person {n // 4}" for n in range(320)])


@every_split
@every_plan
def test_every_image_is_in_exactly_one_part(images, split, n_folds):
    for fold in make_folds(split, *images, n_folds):
        assert sorted(np.concatenate([fold.train, fold.validation, fold.test])) == list(range(320))


@every_split
@every_plan
def test_no_part_is_empty(images, split, n_folds):
    for fold in make_folds(split, *images, n_folds):
        assert min(len(fold.train), len(fold.validation), len(fold.test)) > 0


@every_split
def test_k_folds_test_each_image_exactly_once(images, split):
    folds = make_folds(split, *images, 5)
    assert len(folds) == 5
    assert sorted(np.concatenate([fold.test for fold in folds])) == list(range(320))


@every_split
def test_a_hold_out_is_one_fold_with_a_fifth_as_test(images, split):
    [fold] = make_folds(split, *images)
    assert len(fold.test) == pytest.approx(320 / 5, abs=4)


@every_split
def test_an_eighth_of_the_rest_watches_the_training(images, split):
    [fold] = make_folds(split, *images)
    assert len(fold.validation) == pytest.approx((320 - len(fold.test)) / 8, abs=4)


@every_split
def test_each_part_has_the_classes_in_proportion(images, split):
    [fold] = make_folds(split, *images)
    for part in (fold.train, fold.validation, fold.test):
        assert (images[0].iloc[part] == "fear").mean() == pytest.approx(0.25, abs=0.05)


@every_plan
def test_person_disjoint_puts_no_person_into_two_parts(images, n_folds):
    persons = images[1]
    for fold in make_folds("person_disjoint", *images, n_folds):
        train, validation, test = (set(persons.iloc[part]) for part in (fold.train, fold.validation, fold.test))
        assert not (train & test or train & validation or validation & test)


def test_the_random_split_tests_on_persons_it_trained_on(images):
    [fold] = make_folds("random", *images)
    persons = images[1]
    assert set(persons.iloc[fold.train]) & set(persons.iloc[fold.test])


@every_split
def test_the_same_seed_gives_the_same_folds(images, split):
    first, again = (make_folds(split, *images, 3, seed=7) for _ in range(2))
    assert all(
        np.array_equal(a.test, b.test) and np.array_equal(a.train, b.train) for a, b in zip(first, again, strict=True)
    )


@every_split
def test_another_seed_gives_other_folds(images, split):
    tests = [make_folds(split, *images, seed=seed)[0].test.tolist() for seed in (0, 1)]
    assert tests[0] != tests[1]


def test_an_image_of_an_unknown_person_is_someone_of_its_own(images):
    nobody = pd.Series([None] * 320, dtype="str")
    [fold] = make_folds("person_disjoint", images[0], nobody)
    assert len(fold.test) == 64


def test_known_and_unknown_persons_mix(images):
    labels, persons = images
    persons = persons.where(np.arange(320) < 160).astype("str")
    [fold] = make_folds("person_disjoint", labels, persons)
    known = [set(persons.iloc[part].dropna()) for part in (fold.train, fold.validation, fold.test)]
    assert not (known[0] & known[1] or known[0] & known[2] or known[1] & known[2])


@every_split
def test_a_class_of_one_image_does_no_harm(split):
    labels = pd.Series(["joy"] * 99 + ["fear"])
    folds = make_folds(split, labels, pd.Series(range(100)).astype("str"), 5)
    assert sum((labels.iloc[fold.test] == "fear").sum() for fold in folds) == 1


def test_too_few_persons_are_refused_with_both_numbers(images):
    persons = pd.Series([f"person {n % 3}" for n in range(320)])
    with pytest.raises(BadInput, match="3 persons cannot be dealt into 5 parts"):
        make_folds("person_disjoint", images[0], persons)


@every_split
def test_too_few_images_are_refused_with_both_numbers(split):
    with pytest.raises(BadInput, match="15 usable images are too few to split; at least 16"):
        make_folds(split, pd.Series(["joy", "fear", "fear"] * 5), pd.Series(range(15)).astype("str"))


@every_split
def test_classes_that_are_all_too_small_are_refused(split):
    labels = pd.Series([f"class {n}" for n in range(20)])
    with pytest.raises(BadInput, match="No class has more than 1 images, too few for 5 parts"):
        make_folds(split, labels, pd.Series(range(20)).astype("str"))


@pytest.mark.parametrize("n_folds", [1, -2, 21])
def test_a_senseless_number_of_folds_is_refused(images, n_folds):
    with pytest.raises(BadInput, match=f"from 2 to 20 .* not {n_folds}"):
        make_folds("random", *images, n_folds)


def test_an_unknown_split_is_refused_with_the_known_ones(images):
    with pytest.raises(BadInput, match="person_disjoint, random"):
        make_folds("by_moon", *images)


def test_few_persons_still_leave_a_validation_part():
    labels = pd.Series(["joy", "fear"] * 15)
    people = pd.Series([name for name in "abcdef" for _ in range(5)])
    for fold in make_folds("person_disjoint", labels, people, n_folds=3):
        assert len(fold.validation) > 0
        assert not set(people[fold.validation]) & set(people[fold.train])
