"""A folder says which label each image has: by a legend, or by a folder per class."""

import pandas as pd
import pytest

from core.cleaning import NO_CHOICES, Cleaning
from core.datasets.folder import check_folder, legends, read_labels
from core.datasets.scan import find_files
from core.errors import BadInput


@pytest.fixture
def read(make_folder):
    """`read(images, legend)` is what such a folder says of its images, as `cleaning` has it read."""

    def read(images, legend=None, cleaning=NO_CHOICES):
        root = make_folder(images, legend)
        return read_labels(root, find_files(root)["image"], cleaning)

    return read


def located(labelled):
    return {name: None if pd.isna(image) else image for name, image in labelled.rows[["name", "image"]].to_numpy()}


def test_a_missing_folder_is_refused_by_name(tmp_path):
    with pytest.raises(BadInput, match="There is no folder .*nowhere"):
        check_folder(tmp_path / "nowhere")


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / "a.zip").touch()
    with pytest.raises(BadInput, match="a.zip is a file"):
        check_folder(tmp_path / "a.zip")


def test_a_folder_without_images_is_refused(read):
    with pytest.raises(BadInput, match="holds no images"):
        read([], "image,label\na.jpg,joy")


def test_images_without_any_labels_are_refused(read):
    with pytest.raises(BadInput, match="neither a legend .* nor a folder per class"):
        read(["a.jpg", "b.jpg"])


def test_a_single_folder_is_no_folder_per_class(read):
    with pytest.raises(BadInput, match="nor a folder per class"):
        read(["images/a.jpg", "images/b.jpg"])


def test_a_refused_legend_is_named_in_the_refusal(read):
    with pytest.raises(BadInput, match="legend.csv has the columns 'foo', 'bar'"):
        read(["a.jpg"], "foo,bar\n1,joy")


def test_a_file_is_found_by_its_path(read):
    assert located(read(["x/a.jpg"], "image,label\nx/a.jpg,joy")) == {"x/a.jpg": "x/a.jpg"}


def test_a_file_is_found_by_its_bare_name(read):
    assert located(read(["deep/er/a.jpg"], "image,label\na.jpg,joy")) == {"a.jpg": "deep/er/a.jpg"}


def test_a_path_of_another_machine_is_found_by_its_bare_name(read):
    assert located(read(["x/a.jpg"], "image,label\n/home/me/pics/a.jpg,joy"))["/home/me/pics/a.jpg"] == "x/a.jpg"


@pytest.mark.parametrize("written", ["./x/a.jpg", "x\\a.jpg", ".\\x\\a.jpg"])
def test_a_path_may_be_written_as_on_windows_or_with_a_dot(read, written):
    assert located(read(["x/a.jpg", "y/a.jpg"], f"image,label\n{written},joy")) == {written: "x/a.jpg"}


def test_a_name_that_two_folders_hold_is_not_guessed(read):
    labelled = read(["x/a.jpg", "y/a.jpg", "b.jpg"], "image,label\na.jpg,joy\nb.jpg,joy")
    assert located(labelled) == {"a.jpg": None, "b.jpg": "b.jpg"}
    assert any("1 rows name a file that several folders hold" in note for note in labelled.notes)


def test_a_missing_file_keeps_its_row(read):
    assert located(read(["a.jpg"], "image,label\na.jpg,joy\ngone.jpg,joy")) == {"a.jpg": "a.jpg", "gone.jpg": None}


def test_a_legend_none_of_whose_files_is_there_is_refused(read):
    with pytest.raises(BadInput, match="None of the 1 files named in legend.csv"):
        read(["a.jpg"], "image,label\ngone.jpg,joy")


def test_the_layout_names_the_legend(read):
    assert read(["a.jpg"], "image,label\na.jpg,joy").layout == "legend legend.csv"


def test_a_legend_is_found_in_the_data_folder(read):
    labelled = read({"images/a.jpg": b"x", "data/legend.csv": b"image,label\na.jpg,joy"})
    assert labelled.layout == "legend data/legend.csv"


def test_a_legend_may_be_written_in_capitals(read):
    assert read({"a.jpg": b"x", "LEGEND.CSV": b"image,label\na.jpg,joy"}).layout == "legend LEGEND.CSV"


def test_the_best_named_table_is_the_legend_and_the_other_is_noted(read):
    labelled = read({"a.jpg": b"x", "labels.csv": b"image,label\na.jpg,joy", "aaa.csv": b"image,label\na.jpg,fear"})
    assert labelled.layout == "legend labels.csv"
    assert labelled.notes == ("aaa.csv was not read: labels.csv is the legend.",)


def test_a_table_that_is_no_legend_is_noted_and_passed_over(read):
    labelled = read({"a.jpg": b"x", "aaa.csv": b"foo,bar\n1,2", "zzz.csv": b"image,label\na.jpg,joy"})
    assert labelled.layout == "legend zzz.csv"
    assert "aaa.csv has the columns 'foo', 'bar'" in labelled.notes[0]


def test_a_folder_that_is_named_like_a_table_is_passed_over(read):
    assert read(["legend.csv/a.jpg", "joy/b.jpg"]).layout == "a folder per class"


def test_class_folders_are_the_labels(read):
    labelled = read(["happy/a.jpg", "happy/b.jpg", "sad/c.jpg"])
    assert labelled.rows["raw_label"].tolist() == ["happy", "happy", "sad"]
    assert labelled.layout == "a folder per class"


def test_the_innermost_folder_is_the_label(read):
    labelled = read(["train/happy/x.jpg", "train/sad/y.jpg", "test/happy/x.jpg"])
    assert dict(labelled.rows[["image", "raw_label"]].to_numpy().tolist()) == {
        "train/happy/x.jpg": "happy",
        "train/sad/y.jpg": "sad",
        "test/happy/x.jpg": "happy",
    }


def test_an_image_beside_the_class_folders_has_no_label(read):
    assert "stray.jpg" not in read(["stray.jpg", "happy/a.jpg", "sad/c.jpg"]).rows["image"].tolist()


def test_an_unusable_legend_beside_class_folders_is_noted(read):
    labelled = read(["happy/a.jpg", "sad/c.jpg"], "foo,bar\n1,2")
    assert labelled.layout == "a folder per class"
    assert "legend.csv" in labelled.notes[0]


# Tables that could be legends


def test_a_table_with_columns_of_any_name_is_the_legend_where_nothing_else_is(read):
    labelled = read({"a.jpg": b"x", "b.jpg": b"x", "faces.csv": b"pic,mood\na.jpg,joy\nb.jpg,sad"})
    assert (labelled.layout, labelled.columns.guessed_by) == ("legend faces.csv", "content")


FOLDERS = {"joy/a.jpg": b"x", "sad/b.jpg": b"x"}


def test_class_folders_go_before_a_table_that_only_could_be_a_legend(read):
    labelled = read(FOLDERS | {"sizes.csv": b"pic,kind\na.jpg,big\nb.jpg,small"})
    assert labelled.layout == "a folder per class"
    assert labelled.notes[-1] == (
        "sizes.csv could be a legend; class folders were read instead. Add ?legend=sizes.csv to read it."
    )


def test_a_table_that_is_named_as_a_legend_goes_before_class_folders(read):
    assert read(FOLDERS, "pic,kind\na.jpg,big\nb.jpg,small").layout == "legend legend.csv"


def test_a_table_whose_columns_are_named_goes_before_one_whose_are_not(read):
    tables = {"a.csv": b"pic,mood\na.jpg,joy\nb.jpg,sad", "b.csv": b"image,label\na.jpg,fear\nb.jpg,sad"}
    assert read(FOLDERS | tables).layout == "legend b.csv"


def test_a_legend_none_of_whose_files_is_there_gives_way_to_the_next(read):
    labelled = read({"a.jpg": b"x", "legend.csv": b"image,label\ngone.jpg,joy", "z.csv": b"image,label\na.jpg,joy"})
    assert labelled.layout == "legend z.csv"
    assert "None of the 1 files named in legend.csv" in labelled.notes[0]


def test_the_other_tables_are_candidates(read):
    tables = {"legend.csv": b"image,label\na.jpg,joy", "data/b.csv": b"", "a.tsv": b""}
    assert read({"a.jpg": b"x"} | tables).columns.candidates == ("a.tsv", "data/b.csv")


# Choices

TWO = {"a.jpg": b"x", "legend.csv": b"image,label\na.jpg,joy", "deep/er/b.txt": b"image,label\na.jpg,sad"}


def test_a_legend_can_be_chosen_wherever_it_lies(read):
    assert read(TWO, cleaning=Cleaning(legend="deep/er/b.txt")).rows["raw_label"].tolist() == ["sad"]


def test_class_folders_can_be_chosen_although_there_is_a_legend(read):
    labelled = read(FOLDERS, "image,label\na.jpg,fear", Cleaning(legend=""))
    assert (labelled.layout, labelled.columns) == ("a folder per class", None)


def test_a_chosen_legend_that_cannot_be_used_is_refused(read):
    with pytest.raises(BadInput, match="^None of the 1 files named in legend.csv"):
        read(FOLDERS, "image,label\ngone.jpg,fear", Cleaning(legend="legend.csv"))


def test_a_chosen_column_that_is_not_there_is_refused_with_those_that_are(read):
    with pytest.raises(BadInput, match="^legend.csv has no column 'mood'; its first line is 'image', 'label'"):
        read(FOLDERS, "image,label\na.jpg,fear", Cleaning(columns=(("raw_label", "mood"),)))


def test_columns_cannot_be_chosen_without_a_legend(read):
    with pytest.raises(BadInput, match="has no legend whose columns could be chosen"):
        read(FOLDERS, cleaning=Cleaning(columns=(("raw_label", "mood"),)))


def test_each_table_is_offered_with_what_it_seems_to_hold(make_folder):
    root = make_folder({"a.jpg": b"x", "z.csv": b"pic,mood\na.jpg,joy", "legend.csv": b"image,label\na.jpg,joy"})
    first, second = legends(root, find_files(root)["image"])
    assert (first.path, first.roles) == ("legend.csv", {"name": "image", "raw_label": "label"})
    assert (second.path, second.roles, second.candidates) == ("z.csv", {"name": "pic"}, ("legend.csv",))
