"""Parquet files of images become image files and a legend, whichever columns and shards they have."""

import pyarrow as pa
import pytest
from PIL import Image
from pyarrow import parquet

from core.datasets.imports.parquet import split_of
from core.errors import BadInput

CLASSES = ["angry", "happy"]


@pytest.fixture
def pair(images_of):
    """Two pictures, the column that most tests need."""
    return images_of("a.jpg", "b.jpg")


def test_the_classes_of_hugging_face_are_the_labels(labels, parquet_file, pair):
    assert labels(parquet_file({"image": pair, "label": [1, 0]}, CLASSES)) == {
        "images/train/a.jpg": "happy",
        "images/train/b.jpg": "angry",
    }


def test_the_bytes_of_an_image_are_kept_as_they_are(imported, parquet_file, pair, jpeg):
    folder = imported(parquet_file({"image": pair, "label": [0, 1]}, CLASSES))
    assert (folder / "images/train/a.jpg").read_bytes() == jpeg


def test_labels_may_be_words(labels, parquet_file, pair):
    assert set(labels(parquet_file({"image": pair, "emotion": ["joy", "FEAR"]})).values()) == {"joy", "fear"}


def test_labels_may_be_a_dictionary_of_words(labels, parquet_file, pair):
    words = pa.array(["joy", "fear"]).dictionary_encode()
    assert set(labels(parquet_file({"image": pair, "emotion": words})).values()) == {"joy", "fear"}


def test_numbers_without_names_are_the_classes_and_noted(labels, notes, parquet_file, pair):
    path = parquet_file({"image": pair, "label": [0, 5]})
    assert set(labels(path).values()) == {"0", "5"}
    assert "has no names for the numbers in its column 'label'" in notes(path)[0]


def test_images_may_be_plain_bytes(labels, parquet_file, jpeg):
    found = labels(parquet_file({"img": pa.array([jpeg, jpeg], pa.binary()), "label": ["joy", "fear"]}))
    assert found == {"images/train/0000000.jpg": "joy", "images/train/0000001.jpg": "fear"}


def test_yes_and_no_are_two_classes(labels, parquet_file, pair):
    found = labels(parquet_file({"image": pair, "label": [True, False]}))
    assert found == {"images/train/a.jpg": "true", "images/train/b.jpg": "false"}


@pytest.mark.parametrize("label", [-1, None, 2])
def test_a_number_without_a_class_is_no_label(opened, parquet_file, images_of, label):
    dataset = opened(parquet_file({"image": images_of("a.jpg", "b.jpg", "c.jpg"), "label": [0, 1, label]}, CLASSES))
    assert (len(dataset.catalog), len(dataset.usable)) == (3, 2)


def test_broken_metadata_are_no_metadata(labels, parquet_file, pair):
    path = parquet_file(pa.table({"image": pair, "label": [0, 1]}).replace_schema_metadata({"huggingface": "{"}))
    assert set(labels(path).values()) == {"0", "1"}


# --- Which columns ----------------------------------------------------------------------------------------------------


def test_a_usual_name_comes_before_the_order(labels, parquet_file, images_of, pair):
    columns = {"mask": images_of("x.jpg", "y.jpg"), "image": pair, "caption": ["c", "d"], "emotion": ["joy", "fear"]}
    assert labels(parquet_file(columns)) == {"images/train/a.jpg": "joy", "images/train/b.jpg": "fear"}


def test_without_usual_names_the_first_fitting_columns_are_taken(labels, parquet_file, pair):
    columns = {"id": [1, 2], "crop": pair, "file_name": ["x", "y"], "feeling": ["joy", "fear"], "note": ["n", "m"]}
    assert set(labels(parquet_file(columns)).values()) == {"joy", "fear"}


def test_classes_with_names_come_before_words(labels, parquet_file, pair):
    columns = {"image": pair, "caption": ["c", "d"], "label": [0, 1]}
    assert set(labels(parquet_file(columns, CLASSES)).values()) == {"angry", "happy"}


@pytest.mark.parametrize(
    ("columns", "lacks"), [({"label": ["joy"]}, "images"), ({"image": [b"x"], "size": [1.5]}, "labels")]
)
def test_a_file_without_the_columns_is_refused_with_those_it_has(imported, parquet_file, columns, lacks):
    with pytest.raises(BadInput, match=rf"^train-0.*parquet has the columns '{next(iter(columns))}'.* none of {lacks}"):
        imported(parquet_file(columns))


# --- Names and endings ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "ending"), [("PNG", "png"), ("WEBP", "webp"), ("GIF", "gif"), ("BMP", "bmp"), ("TIFF", "tif")]
)
def test_the_ending_is_that_of_the_bytes(labels, parquet_file, images_of, as_bytes, kind, ending):
    picture = as_bytes(Image.new("L", (4, 4)), kind)
    column = pa.array([{"bytes": picture, "path": "a.jpg"}, *images_of("b.jpg").to_pylist()])
    assert f"images/train/a.{ending}" in labels(parquet_file({"image": column, "label": [0, 1]}, CLASSES))


def test_own_names_tell_persons(opened, parquet_file, images_of):
    names = [f"{person}_{number:04}.jpg" for person in ("Ann", "Bob", "Cy", "Di") for number in (1, 2)]
    dataset = opened(parquet_file({"image": images_of(*names), "label": [0, 1] * 4}, CLASSES))
    assert dataset.catalog["person"].tolist() == ["Ann", "Ann", "Bob", "Bob", "Cy", "Cy", "Di", "Di"]


def test_a_name_that_two_rows_have_is_written_twice(labels, parquet_file, images_of):
    found = labels(parquet_file({"image": images_of("0/a.jpg", "1/A.jpg"), "label": [0, 1]}, CLASSES))
    assert list(found.values()) == ["happy", "angry"]
    assert len({name.casefold() for name in found}) == 2


@pytest.mark.parametrize("path", ["../../x.jpg", "/etc/x.jpg", "..\\x.jpg", ".x.jpg", "x\n.jpg"])
def test_a_row_s_own_path_leads_nowhere(labels, parquet_file, images_of, path):
    found = labels(parquet_file({"image": images_of(path, "b.jpg"), "label": [0, 1]}, CLASSES))
    assert set(found) == {"images/train/x.jpg", "images/train/b.jpg"}


def test_a_name_that_is_too_long_for_a_file_is_cut(labels, parquet_file, images_of):
    found = labels(parquet_file({"image": images_of("喜" * 300 + ".jpg", "b.jpg"), "label": [0, 1]}, CLASSES))
    assert set(found) == {f"images/train/{'喜' * 66}.jpg", "images/train/b.jpg"}


# --- Shards and splits ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "split"),
    [
        ("data/train-00000-of-00002.parquet", "train"),
        ("data/validation-00001-of-00002-0a1b2c3d4e5f.parquet", "validation"),
        ("data/my-split-00001-of-00002.parquet", "my-split"),
        ("default/test/0000.parquet", "test"),
        ("train.parquet", "train"),
    ],
)
def test_the_split_is_in_the_name_of_a_shard(tmp_path, name, split):
    assert split_of(tmp_path / name) == split


def test_all_shards_of_a_folder_are_one_dataset(tmp_path, labels, parquet_file, images_of):
    parquet_file({"image": images_of("a.jpg"), "label": [0]}, CLASSES, "hub/data/train-00000-of-00002.parquet")
    parquet_file({"image": images_of("b.jpg"), "label": [1]}, CLASSES, "hub/data/train-00001-of-00002.parquet")
    parquet_file({"image": images_of("a.jpg"), "label": [1]}, CLASSES, "hub/data/test-00000-of-00001.parquet")
    assert labels(tmp_path / "hub") == {
        "images/test/a.jpg": "happy",
        "images/train/a.jpg": "angry",
        "images/train/b.jpg": "happy",
    }


def test_a_shard_without_labels_is_left_out_and_noted(tmp_path, labels, notes, parquet_file, images_of, pair):
    parquet_file({"image": pair, "label": [0, 1]}, CLASSES, "hub/train-00000-of-00001.parquet")
    parquet_file({"image": images_of("c.jpg")}, None, "hub/test-00000-of-00001.parquet")
    assert len(labels(tmp_path / "hub")) == 2
    assert "1 of 2 Parquet files were not read: test-00000-of-00001.parquet" in notes(tmp_path / "hub")[0]


def test_many_rows_in_many_groups_all_come_out(labels, parquet_file, images_of):
    column = images_of(*(f"{n}.jpg" for n in range(300)))
    path = parquet_file({"image": column, "label": [n % 2 for n in range(300)]}, CLASSES, row_group_size=70)
    found = labels(path)
    assert all(found[f"images/train/{n}.jpg"] == CLASSES[n % 2] for n in range(300))


# --- What is no image -------------------------------------------------------------------------------------------------


def test_rows_without_bytes_are_left_out_and_counted(notes, parquet_file, images_of):
    path = parquet_file({"image": images_of("a.jpg", None, "b.jpg", None), "label": [0, 1, 1, 0]}, CLASSES)
    assert notes(path) == (
        "train-00000-of-00001.parquet: 2 rows have no bytes of an image and were left out (the first is row 2).",
    )


def test_a_row_that_is_missing_as_a_whole_has_no_bytes(notes, parquet_file, pair):
    column = pa.array([*pair.to_pylist(), None], pair.type)
    assert "1 row has no bytes" in notes(parquet_file({"image": column, "label": [0, 1, 1]}, CLASSES))[0]


def test_bytes_that_are_no_image_are_left_out_and_counted(notes, parquet_file, pair):
    column = pa.array([*pair.to_pylist(), {"bytes": b"<html>", "path": "c.jpg"}], pair.type)
    assert "1 row has bytes that are no image" in notes(parquet_file({"image": column, "label": [0, 1, 1]}, CLASSES))[0]


@pytest.mark.parametrize("column", ["image", "label"])
def test_two_columns_of_one_name_are_refused(imported, parquet_file, pair, column):
    path = parquet_file({"image": pair, "label": ["a", "b"]})
    table = parquet.read_table(path)
    parquet.write_table(table.append_column(column, table[column]), path)
    with pytest.raises(BadInput, match=f"has several columns called '{column}'; rename all but one"):
        imported(path)


def test_a_file_without_any_image_is_refused(imported, parquet_file, images_of):
    with pytest.raises(
        BadInput, match=r"^train-0.*parquet has no row with an image \(row 1 has no bytes of an image\)"
    ):
        imported(parquet_file({"image": images_of(None), "label": [0]}, CLASSES))


def test_a_file_without_any_label_is_refused(imported, parquet_file, pair):
    with pytest.raises(BadInput, match=r"gives no image a label"):
        imported(parquet_file({"image": pair, "label": [-1, -1]}, CLASSES))


def test_a_truncated_file_is_refused(tmp_path, imported, parquet_file, pair):
    path = parquet_file({"image": pair, "label": [0, 1]}, CLASSES)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(BadInput, match=r"^train-0.*parquet is damaged or no Parquet file"):
        imported(path)


def test_a_file_that_is_damaged_in_the_middle_leaves_nothing(imported, parquet_file, pair, settings):
    path = parquet_file({"image": pair, "label": [0, 1]}, CLASSES)
    content = bytearray(path.read_bytes())
    content[4:200] = bytes(196)
    path.write_bytes(content)
    with pytest.raises(BadInput, match=r"^train-0.*parquet is damaged"):
        imported(path)
    assert list(settings.datasets_dir.iterdir()) == []


def test_a_pointer_of_git_lfs_is_told_from_the_file(tmp_path, imported):
    (tmp_path / "a.parquet").write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n")
    with pytest.raises(BadInput, match=r"^a.parquet is only a pointer of Git LFS; run git lfs pull"):
        imported(tmp_path / "a.parquet")
