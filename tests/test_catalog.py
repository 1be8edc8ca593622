"""The catalog: one row an image file, with one label or none."""

from pathlib import Path

import pandas as pd
import pytest
from PIL import Image

from core.catalog import assemble, fingerprint, judge, person_codes, persons, positions_in, state
from core.cleaning import Cleaning
from core.datasets import open_dataset


def test_a_file_has_the_label_of_its_row(open_folder):
    catalog = open_folder(["a.jpg"], "image,label,user\na.jpg,JOY,7").catalog
    assert catalog[["image", "label", "raw_label", "annotator"]].to_numpy().tolist() == [["a.jpg", "joy", "JOY", "7"]]


def test_the_columns_are_those_of_the_contract(open_folder):
    told, header = (
        ["image", "label", "raw_label", "annotator", "person"],
        ["width", "height", "mode", "format", "n_bytes"],
    )
    assert list(open_folder(["a.jpg"], "image,label\na.jpg,joy").catalog) == [*told, *header, "problem"]


def test_a_file_without_a_row_has_no_label(open_folder):
    catalog = open_folder(["a.jpg", "b.jpg"], "image,label\na.jpg,joy").catalog.set_index("image")
    assert pd.isna(catalog.loc["b.jpg", "label"])


def test_a_row_without_a_label_labels_nothing(open_folder):
    dataset = open_folder(["a.jpg", "b.jpg"], "image,label\na.jpg,joy\nb.jpg,")
    assert dataset.usable["image"].tolist() == ["a.jpg"]


def test_a_conflicting_image_has_no_label(open_folder):
    dataset = open_folder(["a.jpg", "b.jpg"], "image,label\na.jpg,joy\na.jpg,FEAR\nb.jpg,joy")
    conflict = dataset.catalog.set_index("image").loc["a.jpg"]
    assert pd.isna(conflict["label"])
    assert conflict["raw_label"] == "joy | FEAR"


def test_a_conflicting_image_is_not_used(open_folder):
    dataset = open_folder(["a.jpg", "b.jpg"], "image,label\na.jpg,joy\na.jpg,FEAR\nb.jpg,joy")
    assert dataset.usable["image"].tolist() == ["b.jpg"]


def test_two_spellings_of_one_label_are_no_conflict(open_folder):
    dataset = open_folder(["a.jpg"], "image,label\na.jpg,joy\na.jpg,JOY")
    assert dataset.usable["label"].tolist() == ["joy"]


def test_a_repeated_image_is_one_row(open_folder):
    dataset = open_folder(["a.jpg"], "image,label\na.jpg,joy\na.jpg,joy")
    assert (len(dataset.rows), len(dataset.catalog)) == (2, 1)


def test_an_unreadable_image_is_not_used(open_folder, as_bytes):
    good = as_bytes(Image.new("L", (4, 4)), "JPEG")
    dataset = open_folder({"a.jpg": b"no", "joy/b.jpg": good}, "image,label\na.jpg,joy\nb.jpg,joy")
    assert dataset.usable["image"].tolist() == ["joy/b.jpg"]


def test_classes_come_most_frequent_first_and_ties_in_alphabetical_order(open_folder):
    rows = ["sad", "joy", "joy", "joy", "fear", "SAD", "fear"]
    legend = "image,label\n" + "\n".join(f"{n}.jpg,{label}" for n, label in enumerate(rows))
    assert open_folder([f"{n}.jpg" for n in range(7)], legend).labels == ("joy", "fear", "sad")


def test_a_file_that_no_row_names_keeps_its_header(open_folder):
    dataset = open_folder(["a.jpg", "b.jpg"], "image,label\na.jpg,joy")
    assert dataset.catalog["width"].tolist() == [12, 12]


def test_assemble_keeps_the_order_of_the_files():
    header = dict.fromkeys(["width", "height", "mode", "format", "n_bytes", "problem"], 1)
    files = pd.DataFrame({"image": ["c", "a", "b"]}).assign(**header)
    rows = pd.DataFrame({"name": ["b"], "image": ["b"], "raw_label": ["x"], "annotator": [None]}, dtype="str")
    assert assemble(rows, files)[1]["image"].tolist() == ["c", "a", "b"]


def test_what_is_asked_for_at_every_run_is_worked_out_once(open_folder):
    dataset = open_folder(["a.jpg"], "image,label\na.jpg,joy")
    assert dataset.usable is dataset.usable
    assert dataset.verdict is dataset.verdict


# Conflicts

CONFLICT = [("a", "joy"), ("b", "sad"), ("a", "FEAR"), ("a", "Fear"), ("b", "SAD"), ("c", None), (None, "joy")]
"""Image a is joy once and fear twice, b is sad twice; c has no label, and a file is missing."""


def settled(conflicts, labellings=CONFLICT, **choices):
    """Image -> label and raw label, after joining the labellings with a file for each letter."""
    rows = pd.DataFrame(labellings, columns=["image", "raw_label"], dtype="str").assign(annotator="x")
    header = dict.fromkeys(["width", "height", "mode", "format", "n_bytes", "problem"], 1)
    files = pd.DataFrame({"image": ["a", "b", "c"]}, dtype="str").assign(**header)
    catalog = assemble(rows, files, Cleaning(conflicts=conflicts, **choices))[1]
    pairs = catalog[["image", "label", "raw_label"]].to_numpy().tolist()
    return {image: None if pd.isna(raw) else (None if pd.isna(label) else label, raw) for image, label, raw in pairs}


def test_a_conflict_is_left_out_by_default():
    assert settled("drop") == {"a": (None, "joy | FEAR | Fear"), "b": ("sad", "sad"), "c": None}


def test_a_conflict_can_be_settled_by_the_first_row():
    assert settled("first")["a"] == ("joy", "joy")


def test_a_conflict_can_be_settled_by_the_majority():
    assert settled("majority")["a"] == ("fear", "FEAR")


def test_a_majority_that_is_none_leaves_the_image_out():
    tie = [("a", "joy"), ("a", "fear"), ("b", "joy"), ("b", "fear"), ("b", "sad"), ("b", "fear")]
    assert settled("majority", tie) == {"a": (None, "joy | fear"), "b": ("fear", "fear"), "c": None}


def test_labels_that_are_mapped_to_one_do_not_conflict():
    assert settled("drop", mapping=(("fear", "joy"),))["a"] == ("joy", "joy")


def test_spellings_that_are_kept_apart_conflict():
    assert settled("drop", apart=("SAD",))["b"] == (None, "sad | SAD")


def test_a_label_that_is_mapped_to_none_does_not_conflict():
    assert settled("drop", mapping=(("fear", ""),))["a"] == ("joy", "joy")


def test_the_label_s_annotator_is_that_of_the_row_it_is_from(make_folder, settings):
    from core.datasets import open_dataset

    root = make_folder(["a.jpg"], "image,label,user\na.jpg,joy,ann\na.jpg,fear,bob\na.jpg,fear,cy")
    catalog = open_dataset(f"{root}?conflicts=majority", settings).catalog
    assert catalog["annotator"].tolist() == ["bob"]


def test_a_verdict_names_the_row_of_each_label():
    rows = pd.DataFrame({"image": ["b", "a", "b", "a", "a"], "label": ["x", "x", "x", "y", "y"]}, dtype="str")
    verdict = judge(rows, "majority")
    assert verdict.telling.tolist() == [0, 3]
    assert (verdict.contradicted.tolist(), verdict.settled.tolist()) == ([False, True], [True, True])


def test_a_verdict_knows_which_row_is_of_which_image():
    rows = pd.DataFrame({"image": ["b", "a", None, "b", "a"], "label": ["x", "x", "x", "x", None]}, dtype="str")
    assert judge(rows, "drop").image_codes.tolist() == [0, 1, -1, 0, -1]


def test_rows_without_labels_need_no_verdict():
    rows = pd.DataFrame({"image": ["a"], "label": [None]}, dtype="str")
    assert len(judge(rows, "majority").telling) == 0


def test_positions_are_found_and_minus_one_where_there_is_none():
    among, values = (pd.Series(words, dtype="str") for words in (["b", "a"], ["a", "c", None, "b"]))
    assert positions_in(among, values).tolist() == [1, -1, -1, 0]


# Persons


def who(*images, labels=("joy",), spellings=()):
    found = persons(pd.Series(images, dtype="str"), labels, spellings)
    return [None if pd.isna(person) else person for person in found]


OTHERS = ["Cy_1.jpg", "Dee_1.jpg", "Eve_1.jpg"]


def test_the_name_less_its_trailing_number_is_the_person():
    assert who("Tony_Blair_0012.jpg", "Tony_Blair_3.jpg", *OTHERS, "Fay_1.jpg")[:2] == ["Tony_Blair", "Tony_Blair"]


@pytest.mark.parametrize("name", ["Ann_12.jpg", "Ann-12.jpg", "Ann 12.jpg", "Ann12.jpg", "Ann__12.jpg", "x/Ann_1.jpg"])
def test_the_number_may_be_set_off_in_any_way(name):
    assert who(name, *OTHERS)[0] == "Ann"


def test_a_name_without_a_number_is_a_person():
    assert who("Ann.jpg", *OTHERS)[0] == "Ann"


def test_a_name_that_is_only_a_number_tells_nobody():
    assert who("0012.jpg", *OTHERS) == [None, "Cy", "Dee", "Eve"]


def test_a_prefix_of_over_a_third_of_the_files_is_no_person():
    assert who("kim_1.jpg", "kim_2.jpg", *OTHERS) == [None] * 5


def test_a_prefix_of_a_third_of_the_files_may_be_a_person():
    assert who("Ann_1.jpg", "Ann_2.jpg", *OTHERS, "Fay_1.jpg")[0] == "Ann"


def test_no_more_prefixes_than_classes_are_no_persons():
    assert who("Fay_1.jpg", *OTHERS, labels=("joy", "fear", "anger", "awe")) == [None] * 4


@pytest.mark.parametrize("name", ["train_joy_12.png", "img-3.png", "Happy 4.png", "PublicTest_7.png", "joy.png"])
def test_parts_and_classes_are_no_persons(name):
    assert who(name, *OTHERS, spellings=("HAPPY",)) == [None, "Cy", "Dee", "Eve"]


@pytest.mark.parametrize("name", ["d41d8cd98f00b204e9800998ecf8427e", "6f1c2a34-9b1e-4c59-8f3d-1a2b3c4d5e6f"])
def test_a_long_hexadecimal_number_is_no_person(name):
    assert who(f"{name}.png", *OTHERS) == [None, "Cy", "Dee", "Eve"]


def test_words_need_no_separator_between_them():
    assert who("trainjoy_1.png", "testjoy2.png", *OTHERS, "Fay_1.png")[:2] == [None, None]


def test_any_number_of_classes_is_looked_for():
    found = persons(
        pd.Series(["train_joy_1.png"], dtype="str"), [f"a class of a long name {n}" for n in range(200_000)]
    )
    assert found.isna().all()


def test_a_class_within_a_name_is_part_of_it():
    assert who("Joy_Behar_1.jpg", *OTHERS)[0] == "Joy_Behar"


def test_numbers_alone_are_nobody_anywhere():
    assert who("1.jpg", "2.jpg") == [None, None]


def test_images_of_one_person_share_a_code():
    assert person_codes(pd.Series(["Bob", "Ann", "Bob"], dtype="str")).tolist() == [0, 1, 0]


def test_an_image_of_nobody_known_is_someone_of_its_own():
    assert person_codes(pd.Series(["Bob", None, "Bob", None], dtype="str")).tolist() == [0, 1, 0, 2]


def test_codes_of_unknown_persons_only_are_all_different():
    assert person_codes(pd.Series([None] * 3, dtype="str")).tolist() == [0, 1, 2]


# Fingerprint


@pytest.fixture
def catalog():
    columns = {"image": ["a.jpg", "b.jpg"], "n_bytes": [10, 20], "label": ["joy", None], "problem": [None, None]}
    return pd.DataFrame(columns)


def test_a_fingerprint_is_16_hexadecimal_digits(catalog):
    assert len(fingerprint(catalog)) == 16
    assert int(fingerprint(catalog), 16) > 0


@pytest.mark.parametrize(
    ("column", "value"), [("image", "c.jpg"), ("n_bytes", 11), ("label", "fear"), ("problem", "cut short")]
)
def test_a_fingerprint_changes_with_any_name_size_label_or_problem(catalog, column, value):
    changed = catalog.copy()
    changed.loc[0, column] = value
    assert fingerprint(changed) != fingerprint(catalog)


def test_a_fingerprint_does_not_depend_on_the_order(catalog):
    assert fingerprint(catalog[::-1]) == fingerprint(catalog)


def test_a_fingerprint_does_not_depend_on_where_the_folder_is(make_folder, settings):
    from core.datasets import open_dataset

    here, there = (make_folder(["a.jpg"], "image,label\na.jpg,joy", name) for name in ("here", "there"))
    assert open_dataset(here, settings).fingerprint == open_dataset(there, settings).fingerprint


@pytest.mark.parametrize(
    "choice",
    [
        Cleaning(conflicts="first"),
        Cleaning(apart=("JOY",)),
        Cleaning(mapping=(("sad", "sadness"),)),
        Cleaning(legend="b.csv"),
        Cleaning(columns=(("name", "pic"),)),
    ],
)
def test_a_choice_is_part_of_the_fingerprint_even_where_no_label_changes(catalog, choice):
    assert fingerprint(catalog, choice) != fingerprint(catalog)


def test_no_choice_leaves_the_fingerprint_as_it_was(catalog):
    assert fingerprint(catalog, Cleaning()) == fingerprint(catalog) == "1c7df5a3f1907b92"


# State


@pytest.fixture
def read():
    """A folder, its files and its rows."""
    files = pd.DataFrame({"image": ["a.jpg", "b.jpg"], "n_bytes": [10, 20], "mtime_ns": [1, 2]})
    rows = pd.DataFrame({"image": ["a.jpg"], "raw_label": ["JOY"], "label": ["joy"], "annotator": ["kim"]}, dtype="str")
    return Path("faces"), files, rows


def test_a_state_is_the_same_again(read):
    assert state(*read) == state(*read)
    assert len(state(*read)) == 16


def test_another_folder_is_another_state(read):
    assert state(Path("other"), *read[1:]) != state(*read)


@pytest.mark.parametrize("column", ["n_bytes", "mtime_ns"])
def test_a_changed_file_is_another_state(read, column):
    root, files, rows = read
    assert state(root, files.assign(**{column: [10, 99]}), rows) != state(*read)


@pytest.mark.parametrize("column", ["image", "raw_label", "label", "annotator"])
def test_a_changed_row_is_another_state(read, column):
    root, files, rows = read
    assert state(root, files, rows.assign(**{column: "b"})) != state(*read)


def test_the_same_names_sizes_and_labels_elsewhere_have_one_fingerprint_and_two_keys(make_folder, settings):
    first, second = (open_dataset(make_folder(["a/1.jpg", "b/1.jpg"], name=name), settings) for name in ("one", "two"))
    assert first.fingerprint == second.fingerprint
    assert first.key != second.key
