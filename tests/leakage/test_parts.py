"""The test parts of every split, and the sample that they are dealt from."""

import numpy as np
import pandas as pd
import pytest

from core.errors import BadInput
from core.leakage import parts as module
from core.leakage.parts import deal_all, sample_of_persons
from core.splits import SPLITS

PERSONS = [f"person {number}" for number in range(20)]


@pytest.fixture
def whole(table_dataset):
    """Twenty persons of two images each; three annotators."""
    rows = [(("joy", "fear")[number % 2], person, f"{number % 3}") for number, person in enumerate(PERSONS * 2)]
    return table_dataset(rows)


# The parts


def test_every_split_tests_every_image_in_one_of_five_parts(whole):
    found = deal_all(whole).of_split
    assert list(found) == SPLITS.names()
    assert all(set(found[split]) == set(range(5)) for split in ("random", "person_disjoint"))


def test_there_are_no_more_parts_than_annotators(whole):
    part = pd.Series(deal_all(whole).of_split["annotator_disjoint"])
    assert part.groupby(whole.usable["annotator"].to_numpy()).nunique().tolist() == [1, 1, 1]
    assert part.nunique() == 3


def test_a_person_disjoint_part_holds_whole_persons(whole):
    part = pd.Series(deal_all(whole).of_split["person_disjoint"])
    assert (part.groupby(whole.usable["person"].to_numpy()).nunique() == 1).all()


def test_the_same_seed_deals_alike_and_another_does_not(whole):
    first, again, other = (deal_all(whole, seed).of_split["random"] for seed in (0, 0, 1))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_only_images_that_can_be_used_are_dealt(table_dataset):
    rows = [("joy", None, None), ("joy", None, None, "damaged"), (None, None, None)] + [("fear", None, None)] * 19
    assert deal_all(table_dataset(rows)).images.index.tolist() == [0, *range(3, 22)]


def test_nothing_is_noted_where_all_splits_can_be_made(whole):
    assert deal_all(whole).notes == ()


def test_a_split_that_cannot_be_made_is_named_with_its_reason(table_dataset):
    found = deal_all(table_dataset([(("joy", "fear")[number % 2], person) for number, person in enumerate(PERSONS)]))
    assert list(found.of_split) == ["person_disjoint", "random"]
    assert found.notes == ("Annotator-disjoint: No image names its annotator; choose another split.",)


def test_too_few_persons_are_noted(table_dataset):
    found = deal_all(table_dataset([(label, person, "ann") for label in ("joy", "fear") for person in "abc" * 4]))
    assert list(found.of_split) == ["random"]
    assert "Person-disjoint: 3 persons cannot be dealt into 5 parts" in found.notes[0]


def test_names_that_tell_no_persons_are_noted(table_dataset):
    found = deal_all(table_dataset([(label, None) for label in ("joy", "fear") for _ in range(10)]))
    assert found.notes[0] == "File names tell no persons here, so every image counts as somebody else."


@pytest.mark.parametrize("rows", [[("joy", "ann")] * 20, [("joy", "ann"), ("fear", "bob")]], ids=["a class", "images"])
def test_a_dataset_that_no_split_can_divide_is_refused_with_the_reason(table_dataset, rows):
    with pytest.raises(BadInput, match="^(All 20|2) usable images are .*(at least two classes|at least 16)"):
        deal_all(table_dataset(rows))


# The sample


@pytest.fixture
def many():
    """A thousand images: 300 persons with one to six of them, at random; 20 images are fear."""
    rng = np.random.default_rng(0)
    persons = np.repeat(np.arange(300), rng.integers(1, 7, 300))[:1000]
    labels = np.full(len(persons), "joy", dtype=object)
    labels[rng.choice(len(persons), 20, replace=False)] = "fear"
    return pd.DataFrame({"label": labels, "person": [f"person {number}" for number in persons]}).astype("str")


def test_no_more_images_than_wanted_are_left_as_they_are(many):
    assert sample_of_persons(many, len(many), 0) is many


def test_a_sample_holds_whole_persons(many, monkeypatch):
    monkeypatch.setattr(module, "_RARE", 50)
    chosen = sample_of_persons(many, 400, 0)["person"].value_counts()
    assert chosen.equals(many["person"].value_counts().reindex(chosen.index))


def test_a_sample_is_as_large_as_it_may_be_but_for_one_person(many, monkeypatch):
    monkeypatch.setattr(module, "_RARE", 50)
    assert 400 - 6 < len(sample_of_persons(many, 400, 0)) <= 400


def test_a_sample_keeps_a_rare_class_whole(many, monkeypatch):
    monkeypatch.setattr(module, "_RARE", 50)
    assert (sample_of_persons(many, 400, 0)["label"] == "fear").sum() == 20


def test_a_sample_keeps_the_order_of_the_images(many):
    assert sample_of_persons(many, 400, 0).index.is_monotonic_increasing


def test_another_seed_samples_other_persons(many, monkeypatch):
    monkeypatch.setattr(module, "_RARE", 50)
    first, again, other = (sample_of_persons(many, 400, seed).index for seed in (0, 0, 1))
    assert first.equals(again)
    assert not first.equals(other)


def test_one_person_with_more_images_than_wanted_is_sampled_all_the_same():
    images = pd.DataFrame({"label": ["joy"] * 10, "person": ["ann"] * 10}).astype("str")
    assert len(sample_of_persons(images, 4, 0)) == 10


def test_images_of_nobody_known_are_sampled_one_by_one():
    images = pd.DataFrame({"label": ["joy"] * 10, "person": [None] * 10}).astype("str")
    assert len(sample_of_persons(images, 4, 0)) == 4


def test_a_sample_is_noted(whole):
    found = deal_all(whole, at_most=30)
    assert len(found.images) == len(found.of_split["random"]) == 30
    assert found.notes == ("Of 40 images 30 were used: whole persons, drawn at random.",)
