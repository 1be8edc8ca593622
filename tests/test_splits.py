"""Which images train, which watch and which judge: no image in two parts, nor a person or annotator if so promised."""

import hashlib

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

from core.catalog import person_codes
from core.errors import BadInput
from core.splits import HOLD_OUT, SPLITS, Fold, check_split, deal, make_folds

every_split = pytest.mark.parametrize("split", SPLITS.names())
every_plan = pytest.mark.parametrize("n_folds", [HOLD_OUT, 2, 5])


@pytest.fixture
def images():
    """320 images of two classes, three to one; 80 persons with four each, 10 annotators with 32 each."""
    return pd.DataFrame(
        {
            "label": ["joy", "joy", "joy", "fear"] * 80,
            "person": [f"person {n // 4}" for n in range(320)],
            "annotator": [f"annotator {n // 4 % 10}" for n in range(320)],
        }
    )


def labelled(labels, **columns):
    """Images with these labels, each of a person and by an annotator of its own unless told otherwise."""
    numbers = pd.Series(range(len(labels))).astype("str")
    return pd.DataFrame({"label": labels, "person": numbers, "annotator": numbers} | columns)


def in_both(images, fold, column):
    """Values of a column that are in more than one part of a fold."""
    train, validation, test = (set(images[column].iloc[part]) for part in (fold.train, fold.validation, fold.test))
    return train & test | train & validation | validation & test


@every_split
@every_plan
def test_every_image_is_in_exactly_one_part(images, split, n_folds):
    for fold in make_folds(split, images, n_folds):
        assert sorted(np.concatenate([fold.train, fold.validation, fold.test])) == list(range(320))


@every_split
@every_plan
def test_no_part_is_empty(images, split, n_folds):
    for fold in make_folds(split, images, n_folds):
        assert min(len(fold.train), len(fold.validation), len(fold.test)) > 0


@every_split
def test_k_folds_test_each_image_exactly_once(images, split):
    folds = make_folds(split, images, 5)
    assert len(folds) == 5
    assert sorted(np.concatenate([fold.test for fold in folds])) == list(range(320))


@every_split
def test_a_hold_out_is_one_fold_with_a_fifth_as_test(images, split):
    [fold] = make_folds(split, images)
    assert len(fold.test) == pytest.approx(320 / 5, abs=4)


@every_split
def test_an_eighth_of_the_rest_watches_the_training(images, split):
    [fold] = make_folds(split, images)
    assert len(fold.validation) == pytest.approx((320 - len(fold.test)) / 8, abs=4)


@every_split
def test_each_part_has_the_classes_in_proportion(images, split):
    [fold] = make_folds(split, images)
    for part in (fold.train, fold.validation, fold.test):
        assert (images["label"].iloc[part] == "fear").mean() == pytest.approx(0.25, abs=0.05)


@every_plan
def test_person_disjoint_puts_no_person_into_two_parts(images, n_folds):
    for fold in make_folds("person_disjoint", images, n_folds):
        assert not in_both(images, fold, "person")


@every_plan
def test_annotator_disjoint_puts_no_annotator_into_two_parts(images, n_folds):
    for fold in make_folds("annotator_disjoint", images, n_folds):
        assert not in_both(images, fold, "annotator")


def test_the_person_disjoint_split_is_scikit_learn_s(images):
    parts = deal("person_disjoint", images, 5, seed=3)
    splitter = StratifiedGroupKFold(5, shuffle=True, random_state=3)
    expected = splitter.split(images["label"], images["label"], person_codes(images["person"]))
    assert all(np.array_equal(part, test) for part, (_, test) in zip(parts, expected, strict=True))


def test_the_random_split_is_scikit_learn_s(images):
    parts = deal("random", images, 5, seed=3)
    expected = StratifiedKFold(5, shuffle=True, random_state=3).split(images["label"], images["label"])
    assert all(np.array_equal(part, test) for part, (_, test) in zip(parts, expected, strict=True))


@pytest.mark.parametrize(
    ("split", "recorded"), {"person_disjoint": "5d330ad9cc1de61e", "random": "13e0bb8f88506e20"}.items()
)
def test_folds_are_those_that_earlier_runs_were_trained_on(images, split, recorded):
    parts = [part for fold in make_folds(split, images, 5, seed=3) for part in (fold.train, fold.validation, fold.test)]
    assert hashlib.sha256(b"".join(part.astype("<i8").tobytes() for part in parts)).hexdigest()[:16] == recorded


def test_the_random_split_tests_on_persons_it_trained_on(images):
    [fold] = make_folds("random", images)
    assert in_both(images, fold, "person")


@every_split
def test_the_same_seed_gives_the_same_folds(images, split):
    first, again = (make_folds(split, images, 3, seed=7) for _ in range(2))
    assert all(
        np.array_equal(a.test, b.test) and np.array_equal(a.train, b.train) for a, b in zip(first, again, strict=True)
    )


@every_split
def test_another_seed_gives_other_folds(images, split):
    tests = [make_folds(split, images, seed=seed)[0].test.tolist() for seed in (0, 1)]
    assert tests[0] != tests[1]


def test_an_image_of_an_unknown_person_is_someone_of_its_own(images):
    nobody = pd.Series([None] * 320, dtype="str")
    [fold] = make_folds("person_disjoint", images.assign(person=nobody))
    assert len(fold.test) == 64


def test_known_and_unknown_persons_mix(images):
    images = images.assign(person=images["person"].where(np.arange(320) < 160).astype("str"))
    [fold] = make_folds("person_disjoint", images)
    assert in_both(images, fold, "person") == {np.nan}


@every_split
def test_a_class_of_one_image_does_no_harm(split):
    images = labelled(["joy"] * 99 + ["fear"])
    folds = make_folds(split, images, 5)
    assert sum((images["label"].iloc[fold.test] == "fear").sum() for fold in folds) == 1


def test_too_few_persons_are_refused_with_both_numbers(images):
    persons = pd.Series([f"person {n % 3}" for n in range(320)])
    with pytest.raises(BadInput, match="3 persons cannot be dealt into 5 parts"):
        make_folds("person_disjoint", images.assign(person=persons))


@every_split
def test_too_few_images_are_refused_with_both_numbers(split):
    with pytest.raises(BadInput, match="15 usable images are too few to split; at least 16"):
        make_folds(split, labelled(["joy", "fear", "fear"] * 5))


@every_split
def test_classes_that_are_all_too_small_are_refused(split):
    with pytest.raises(BadInput, match="No class has more than 1 images, too few for 5 parts"):
        make_folds(split, labelled([f"class {n}" for n in range(20)]))


@pytest.mark.parametrize("n_folds", [1, -2, 21])
def test_a_senseless_number_of_folds_is_refused(images, n_folds):
    with pytest.raises(BadInput, match=f"from 2 to 20 .* not {n_folds}"):
        make_folds("random", images, n_folds)


def test_an_unknown_split_is_refused_with_the_known_ones(images):
    with pytest.raises(BadInput, match="person_disjoint, random"):
        make_folds("by_moon", images)


def test_few_persons_still_leave_a_validation_part():
    images = labelled(["joy", "fear"] * 15, person=[name for name in "abcdef" for _ in range(5)])
    for fold in make_folds("person_disjoint", images, n_folds=3):
        assert len(fold.validation) > 0
        assert not in_both(images, fold, "person")


def by_annotator(**counts):
    """Images of two classes in turn: so many of each annotator."""
    names = [name for name, count in counts.items() for _ in range(count)]
    return labelled([("joy", "fear")[n % 2] for n in range(len(names))], annotator=pd.Series(names))


def test_a_hold_out_tests_the_annotator_nearest_to_a_fifth():
    images = by_annotator(most=100, some=50, few=30, hardly=20)  # a fifth of 200 is 40: both 50 and 30 are 10 away
    [fold] = make_folds("annotator_disjoint", images)
    assert set(images["annotator"].iloc[fold.test]) in ({"some"}, {"few"})


def test_the_annotator_nearest_to_an_eighth_of_the_rest_watches():
    images = by_annotator(most=140, test=40, watch=18, hardly=2)
    [fold] = make_folds("annotator_disjoint", images)
    assert [set(images["annotator"].iloc[part]) for part in (fold.validation, fold.test)] == [{"watch"}, {"test"}]


def test_where_one_annotator_remains_the_validation_part_is_divided_by_person():
    images = by_annotator(one=160, other=40).assign(person=[f"person {n // 4}" for n in range(200)])
    [fold] = make_folds("annotator_disjoint", images)
    assert (len(fold.test), len(fold.validation)) == (40, 20)
    assert not in_both(images, fold, "person")


def test_an_annotator_of_two_images_does_not_watch_alone():
    images = by_annotator(one=158, few=2, other=40)
    [fold] = make_folds("annotator_disjoint", images)
    assert len(fold.validation) == 20


def test_images_without_an_annotator_count_as_one_annotator_s():
    images = by_annotator(anna=160, nobody=40)
    images["annotator"] = images["annotator"].where(images["annotator"] != "nobody")
    [fold] = make_folds("annotator_disjoint", images)
    assert images["annotator"].iloc[fold.test].isna().all()
    assert len(fold.test) == 40


def test_no_fold_of_annotators_is_empty():
    images = by_annotator(a=500, b=20, c=10, d=2, e=1)
    assert sorted(len(part) for part in deal("annotator_disjoint", images, 5)) == [1, 2, 10, 20, 500]


@pytest.mark.parametrize(
    ("counts", "n_folds", "sentence"),
    [
        ({"anna": 40}, HOLD_OUT, "All images were labelled by anna"),
        ({"anna": 20, "ben": 20}, 5, "2 annotators cannot be dealt into 5 folds.* at most 2 folds"),
    ],
)
def test_too_few_annotators_are_refused(counts, n_folds, sentence):
    with pytest.raises(BadInput, match=sentence):
        check_split("annotator_disjoint", by_annotator(**counts), n_folds)


def test_a_dataset_that_names_no_annotator_is_refused(images):
    with pytest.raises(BadInput, match="No image names its annotator"):
        check_split("annotator_disjoint", images.assign(annotator=pd.Series([None] * 320, dtype="str")))


def test_a_fold_can_do_without_some_images():
    fold = Fold(np.array([0, 3]), np.array([1]), np.array([2, 4]))
    kept = fold.only(np.array([True, False, True, True, False]))
    assert [part.tolist() for part in (kept.train, kept.validation, kept.test)] == [[0, 3], [], [2]]
