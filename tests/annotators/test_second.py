"""A second annotator's CSV, however it is written."""

import os

import pytest

from core.annotators import read_second, same_stem, second_files
from core.datasets import open_dataset
from core.errors import BadInput

NAMES = [f"p{number}.jpg" for number in range(6)]
LEGEND = "image,emotion\n" + "\n".join(
    f"{name},{label}" for name, label in zip(NAMES, ["sadness", "anger", "happiness"] * 2, strict=True)
)
SECOND = "user,image,emotion\n7,p0.jpg,sadness\n7,p1.jpg,happiness\n7,p2.jpg,happiness\n7,p3.jpg,anger\n"


@pytest.fixture
def dataset(open_folder):
    return open_folder([f"images/{name}" for name in NAMES], LEGEND)


def read(dataset, text, **options):
    return read_second(text.encode(), "second.csv", dataset, **options)


def labels(second):
    return dict(zip(second.rows["image"].str.removeprefix("images/"), second.rows["label"], strict=True))


# Columns


def test_named_columns_are_found_by_name(dataset):
    second = read(dataset, SECOND)
    assert second.columns.roles == {"name": "image", "raw_label": "emotion", "annotator": "user"}
    assert labels(second) == {"p0.jpg": "sadness", "p1.jpg": "happiness", "p2.jpg": "happiness", "p3.jpg": "anger"}


def test_a_file_without_a_header_that_ends_its_lines_as_old_macs_did_is_read_alike(dataset):
    bare = SECOND.split("\n", 1)[1].replace("\n", "\r")
    second = read(dataset, bare)
    assert labels(second) == labels(read(dataset, SECOND))
    assert second.columns.headerless


def test_a_file_may_be_a_path(dataset, tmp_path):
    (tmp_path / "other.csv").write_text(SECOND)
    assert labels(read_second(tmp_path / "other.csv", "other.csv", dataset)) == labels(read(dataset, SECOND))


def test_labels_of_other_images_are_refused(dataset):
    with pytest.raises(BadInput, match=r"None of the 1 rows of second\.csv names an image"):
        read(dataset, "image,emotion\nelsewhere.jpg,anger\n")


@pytest.mark.parametrize("text", ["", "p0.jpg\np1.jpg\n", "nothing,known\n1,2\n"])
def test_what_is_no_table_of_labels_is_refused(dataset, text):
    with pytest.raises(BadInput, match=r"second\.csv"):
        read(dataset, text)


def test_an_empty_file_is_not_called_a_legend(dataset):
    with pytest.raises(BadInput, match=r"^second\.csv is empty; its first line should name its columns"):
        read(dataset, "")


def test_a_file_without_a_column_of_labels_is_told_what_it_can_do(dataset):
    with pytest.raises(
        BadInput, match=r"none for labels .*; name the columns in its first line, such as image,label\.$"
    ):
        read(dataset, "image,age\np0.jpg,31\n")


def test_a_file_with_far_more_lines_than_images_is_refused(dataset):
    with pytest.raises(
        BadInput, match=r"^second\.csv has 100,001 lines, over the limit of 100,000 for the 6 images of"
    ):
        read(dataset, "image,emotion\n" + "p0.jpg,anger\n" * 100_000)


# Words


def test_words_are_compared_after_normalising(dataset):
    second = read(dataset, "image,emotion\np0.jpg,SADNESS\np1.jpg, Anger\n")
    assert second.mapping == {"sadness": "sadness", "anger": "anger"}
    assert set(second.words["how"]) == {"same"}


def test_a_word_of_the_same_stem_is_taken_for_the_class(dataset):
    second = read(dataset, "image,emotion\np0.jpg,sad\np1.jpg,angry\np2.jpg,happy\n")
    assert second.mapping == {"sad": "sadness", "angry": "anger", "happy": "happiness"}
    assert set(second.words["how"]) == {"stem"}


def test_a_word_that_is_no_class_is_left_out_and_named(dataset):
    second = read(dataset, SECOND + "7,p4.jpg,danger\n7,p5.jpg,danger\n")
    assert second.mapping["danger"] is None
    assert second.left_out == "2 of 6 rows are left out: 'danger' (2) is no class here."


def test_a_word_of_two_classes_stem_is_taken_for_neither(open_folder):
    dataset = open_folder(NAMES[:2], "image,emotion\np0.jpg,disgusted\np1.jpg,disgusting\n")
    assert read(dataset, "image,emotion\np0.jpg,disgust\np1.jpg,disgusted\n").mapping == {
        "disgust": None,
        "disgusted": "disgusted",
    }


def test_a_given_mapping_goes_above_every_rule(dataset):
    text = "image,emotion\np0.jpg,sad\np1.jpg,angry\np2.jpg,meh\n"
    second = read(dataset, text, mapping={"Sad": "Anger", "angry": None, "meh": "indifference"})
    assert second.mapping == {"sad": "anger", "angry": None, "meh": "indifference"}
    assert set(second.words["how"]) == {"given"}


def test_the_mapping_of_the_dataset_s_own_labels_holds_for_the_second(make_folder, settings):
    root = make_folder(NAMES, LEGEND)
    dataset = open_dataset(f"{root}?map=sadness:gloom&map=anger:", settings)
    second = read(dataset, "image,emotion\np0.jpg,sad\np1.jpg,sadness\np2.jpg,anger\np3.jpg,happiness\n")
    assert second.mapping == {"sad": "gloom", "sadness": "gloom", "anger": None, "happiness": "happiness"}
    assert second.words.set_index("word")["how"]["anger"] == "cleaning"


def test_rows_that_do_not_count_are_told_with_their_number(dataset):
    text = SECOND + "7,p0.jpg,anger\n7,p5.jpg,\n7,elsewhere.jpg,anger\n7,nowhere.jpg,anger\n"
    second = read(dataset, text)
    assert second.left_out == (
        "4 of 8 rows are left out: 2 name no image of this dataset, 1 gives no label, 1 labels an image again."
    )
    assert labels(second)["p0.jpg"] == "sadness"


def test_the_words_that_are_left_out_are_not_listed_by_the_thousand(open_folder):
    names = [f"p{number}.jpg" for number in range(40)]
    dataset = open_folder(
        names, "image,emotion\n" + "\n".join(f"{name},{'joy' if n % 2 else 'fear'}" for n, name in enumerate(names))
    )
    words = "\n".join(f"{name},w{number}" for number, name in enumerate(names))
    assert "and 32 more are no class here." in read(dataset, "image,emotion\n" + words).left_out


def test_a_file_of_which_all_rows_count_leaves_nothing_out(dataset):
    assert read(dataset, SECOND).left_out == ""


def test_a_word_that_is_mapped_to_none_is_told_apart_from_one_that_is_no_class(dataset):
    second = read(dataset, SECOND + "7,p4.jpg,danger\n", mapping={"anger": None})
    assert second.left_out == (
        "2 of 5 rows are left out: 'danger' (1) is no class here, 'anger' (1) is mapped to no class."
    )


@pytest.mark.parametrize(
    ("word", "label"),
    [
        *[("sad", "sadness"), ("happy", "happiness"), ("angry", "anger"), ("surprised", "surprise")],
        *[("disgusted", "disgust"), ("fearful", "fear"), ("contemptuous", "contempt"), ("cats", "cat")],
    ],
)
def test_a_noun_and_its_adjective_have_one_stem(word, label):
    assert same_stem(word, label)
    assert same_stem(label, word)


@pytest.mark.parametrize(
    ("word", "label"),
    [
        ("danger", "anger"),
        ("sad", "sadist"),
        ("happen", "happiness"),
        ("near", "fear"),
        ("glas", "glass"),
        ("as", "ass"),
    ],
)
def test_words_that_merely_look_alike_have_not(word, label):
    assert not same_stem(word, label)


# Files beside the legend


def test_a_second_file_is_found_beside_the_legend(dataset):
    (dataset.root / "data").mkdir()
    (dataset.root / "data" / "second.csv").write_text(SECOND)
    (dataset.root / "data" / "prices.csv").write_text("item,price\nbread,2\nmilk,1\n")
    assert second_files(dataset) == ["data/second.csv"]


def test_the_legend_is_no_second_file(dataset):
    assert second_files(dataset) == []


def test_a_file_of_which_no_word_is_a_class_is_no_second_file(dataset):
    (dataset.root / "ages.csv").write_text("image,label\np0.jpg,31\np1.jpg,28\np2.jpg,31\n")
    assert second_files(dataset) == []


def test_a_hidden_file_and_a_folder_named_as_a_table_are_passed_over(dataset):
    (dataset.root / "folder.csv").mkdir()
    (dataset.root / "._second.csv").write_text(SECOND)
    (dataset.root / "SECOND.CSV").write_text(SECOND)
    assert second_files(dataset) == ["SECOND.CSV"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_passed_over(dataset):
    os.mkfifo(dataset.root / "second.csv")
    assert second_files(dataset) == []


def test_a_part_of_the_legend_is_no_second_file(dataset):
    (dataset.root / "train.csv").write_text("\n".join(LEGEND.split("\n")[:5]))
    assert second_files(dataset) == []


def test_a_part_of_the_legend_in_which_a_label_differs_is_a_second_file(dataset):
    (dataset.root / "train.csv").write_text(LEGEND.replace("p0.jpg,sadness", "p0.jpg,anger"))
    assert second_files(dataset) == ["train.csv"]
