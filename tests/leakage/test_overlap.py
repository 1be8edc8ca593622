"""What tests share with training, worked by hand; and what a random split is expected to share."""

from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.datasets import open_dataset
from core.leakage import expected_person_overlap, overlap
from core.leakage.overlap import ALL, _percent
from core.settings import Settings

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "data" / "facial_expressions"


@pytest.fixture
def crowd(table_dataset):
    """Twenty images, so parts of four. Bob has ten and must reach over them: eight of ten joys, two of ten fears.

    Ann labelled the first twelve, Cleo the others: of Bob's, two.
    """
    people = ["bob"] * 10 + [f"person {number}" for number in range(10)]
    labels = ["joy"] * 8 + ["fear"] * 10 + ["joy"] * 2
    annotators = ["cleo"] * 2 + ["ann"] * 12 + ["cleo"] * 6
    return table_dataset(zip(labels, people, annotators, strict=True))


def pairs_of(*pairs):
    return pd.DataFrame(pairs, columns=["first", "second"]).assign(distance=2)


def shares(found, split, column):
    """Label -> share."""
    return found.of(split).set_index("label")[column].to_dict()


# Persons


def test_a_person_with_more_images_than_a_part_holds_is_seen_in_training(crowd):
    assert shares(overlap(crowd, None), "random", "person") == {ALL: 0.5, "fear": 0.2, "joy": 0.8}


@pytest.mark.parametrize("seed", range(3))
def test_a_person_disjoint_test_shows_nobody_of_the_training(crowd, seed):
    assert set(shares(overlap(crowd, None, seed), "person_disjoint", "person").values()) == {0.0}


def test_a_person_whom_two_annotators_labelled_is_in_two_annotator_disjoint_parts(crowd):
    assert shares(overlap(crowd, None), "annotator_disjoint", "person") == {ALL: 0.5, "fear": 0.2, "joy": 0.8}


def test_nobody_known_among_known_persons_is_somebody_else(table_dataset):
    rows = [("joy", "bob"), ("fear", "bob")] * 5 + [("joy", None), ("fear", None)] * 5
    assert shares(overlap(table_dataset(rows), None), "random", "person")[ALL] == 0.5


def test_where_names_tell_no_persons_the_share_is_unknown(table_dataset):
    found = overlap(table_dataset([("joy", None), ("fear", None)] * 10), None)
    assert found.of("random")["person"].isna().all()
    assert "File names tell no persons" in found.notes[0]


# Near duplicates


def test_a_near_pair_across_parts_counts_at_both_ends(crowd):
    """The first pair, a joy and a fear, is of two annotators; the second pair is Ann's alone."""
    found = overlap(crowd, pairs_of((0, 9), (3, 4)))
    assert shares(found, "annotator_disjoint", "near_duplicate") == {ALL: 2 / 20, "fear": 1 / 10, "joy": 1 / 10}


def test_an_image_with_two_near_copies_across_parts_counts_once(crowd):
    assert shares(overlap(crowd, pairs_of((0, 8), (0, 9))), "annotator_disjoint", "near_duplicate")[ALL] == 3 / 20


def test_no_near_pairs_are_a_share_of_nothing(crowd):
    assert set(shares(overlap(crowd, pairs_of()), "random", "near_duplicate").values()) == {0.0}


def test_near_duplicates_that_were_not_sought_are_unknown(crowd):
    assert overlap(crowd, None).table["near_duplicate"].isna().all()


def test_pairs_are_positions_in_the_catalog_and_those_without_a_label_do_not_count(table_dataset):
    """Image 0 cannot be used, so the second image is the first that is dealt."""
    rows = [("joy", None, "ann", "damaged")] + [("joy", None, "ann")] * 10 + [("fear", None, "bob")] * 10
    found = overlap(table_dataset(rows), pairs_of((0, 20), (1, 11)))
    assert shares(found, "annotator_disjoint", "near_duplicate") == {ALL: 2 / 20, "fear": 1 / 10, "joy": 1 / 10}


# Annotators


def test_an_annotator_disjoint_test_has_no_label_of_an_annotator_of_the_training(crowd):
    assert set(shares(overlap(crowd, None), "annotator_disjoint", "annotator").values()) == {0.0}


def test_annotators_with_more_images_than_a_part_holds_are_in_every_random_training_part(crowd):
    assert set(shares(overlap(crowd, None), "random", "annotator").values()) == {1.0}


def test_where_no_annotator_is_named_the_share_is_unknown(table_dataset):
    found = overlap(table_dataset([("joy", "ann"), ("fear", "bob")] * 10), None)
    assert found.table["annotator"].isna().all()


# The table


@pytest.mark.parametrize(
    ("share", "n", "text"),
    [(1 / 9, 9, "11%"), (0.6828, 13_681, "68.3%"), (1 / 208, 208, "< 1%"), (1 / 13_681, 13_681, "< 0.1%")]
    + [(0.0, 208, "0%"), (1.0, 9, "100%"), (999 / 1000, 999, "> 99%"), (1.0, 1000, "100%")],
)
def test_a_share_is_written_no_finer_than_its_images_can_tell(share, n, text):
    assert _percent(n)(share) == text


def test_a_table_to_show_keeps_numbers_below_its_words(crowd):
    shown = overlap(crowd, None).shown("random")
    assert "<td" in shown.to_html()
    assert "80%" in shown.to_html()
    assert shown.data.equals(overlap(crowd, None).of("random"))


def test_what_is_unknown_is_shown_empty(crowd):
    assert "nan" not in overlap(crowd, None).shown("random").to_html()


def test_a_label_is_listed_even_where_nothing_is_known_of_its_images(table_dataset):
    found = overlap(table_dataset([("joy", None)] * 12 + [("fear", None)] * 8), None).of("random")
    assert found["label"].tolist() == [ALL, "joy", "fear"]
    assert found[["person", "near_duplicate", "annotator"]].isna().all(axis=None)


def test_every_image_is_counted_once_a_split(crowd):
    found = overlap(crowd, None)
    assert all(found.of(split)["n_test"].tolist() == [20, 10, 10] for split in found.splits)


def test_a_split_that_cannot_be_made_is_left_out_and_named(table_dataset):
    found = overlap(table_dataset([("joy", "ann"), ("fear", "bob")] * 10), None)
    assert found.splits == ["random"]
    assert [note.split(":")[0] for note in found.notes] == ["Person-disjoint", "Annotator-disjoint"]


# What is expected of a random split


def test_the_expected_overlap_is_that_of_all_possible_tests():
    """Twelve images have 220 tests of three; in each, a tested image is seen if its person is outside too."""
    persons = np.array([0] * 5 + [1] * 3 + [2, 2, 3, 4])
    labels = np.array(["joy", "fear", "joy"] * 4)
    tested, seen = np.zeros((2, 12))
    for test in combinations(range(12), 3):
        training = np.delete(persons, test)
        tested[list(test)] += 1
        seen[list(test)] += np.isin(persons[list(test)], training)
    images = pd.DataFrame({"label": labels, "person": [f"person {number}" for number in persons]}).astype("str")

    overall, per_label = expected_person_overlap(images, test_share=1 / 4)
    assert overall == pytest.approx(seen.sum() / tested.sum())
    for label in ("joy", "fear"):
        assert per_label[label] == pytest.approx((seen / tested)[labels == label].mean())


def test_random_splits_share_on_average_what_is_expected(table_dataset):
    rng = np.random.default_rng(0)
    rows = [("joy" if number % 2 else "fear", f"person {rng.integers(60)}") for number in range(120)]
    dataset = table_dataset(rows)
    measured = [shares(overlap(dataset, None, seed), "random", "person")[ALL] for seed in range(8)]
    assert np.mean(measured) == pytest.approx(expected_person_overlap(dataset.usable)[0], abs=0.03)


@pytest.mark.parametrize("persons", [list("abcdefghij"), [None] * 10], ids=["known", "unknown"])
def test_who_is_there_once_is_never_seen_before(persons):
    images = pd.DataFrame({"label": ["joy"] * 10, "person": persons}).astype("str")
    assert expected_person_overlap(images)[0] == 0


def test_one_person_alone_is_always_seen_before():
    images = pd.DataFrame({"label": ["joy"] * 10, "person": ["ann"] * 10}).astype("str")
    assert expected_person_overlap(images)[0] == 1


def test_the_other_image_of_a_pair_is_in_a_test_of_two_once_in_nine():
    images = pd.DataFrame({"label": ["joy"] * 10, "person": list("aabbccddee")}).astype("str")
    assert expected_person_overlap(images)[0] == pytest.approx(1 - 1 / 9)


# The real dataset


@pytest.mark.real
@pytest.mark.skipif(not FOLDER.is_dir(), reason="the real dataset is not at ../shared/data/facial_expressions")
def test_two_thirds_of_a_random_test_of_the_real_dataset_and_nearly_all_of_disgust_are_seen_before(tmp_path):
    dataset = open_dataset(FOLDER, Settings(data=None, home=tmp_path, hosted=False, max_megapixels=64))
    found = overlap(dataset, None)
    overall, per_label = expected_person_overlap(dataset.usable)
    assert [overall, shares(found, "random", "person")[ALL]] == pytest.approx([0.68, 0.68], abs=0.01)
    assert min(shares(found, "random", "person")["disgust"], per_label["disgust"]) > 0.95
    assert set(shares(found, "person_disjoint", "person").values()) == {0.0}
