"""Which column of a table holds what: as it was chosen, by its name, else by what it holds."""

import pandas as pd
import pytest

from core.datasets.columns import ROLES, find_columns
from core.datasets.names import ImageNames
from core.errors import BadInput

FILES = ImageNames(pd.Series([f"images/{n:04}.jpg" for n in range(40)], dtype="str"))


def columns(text, names=FILES, **chosen):
    lines = [(number, line.split(",")) for number, line in enumerate(text.split("\n"), start=1)]
    return find_columns(lines, "legend.csv", names, tuple(chosen.items()))


def table(header, *row_of):
    """A header and 40 rows; each of `row_of` is a column's cell by the row's number."""
    rows = [",".join(str(cell(n)) for cell in row_of) for n in range(40)]
    return "\n".join([*([header] if header else []), *rows])


def image(n):
    return f"{n:04}.jpg"


def bare(n):
    return f"{n:04}"


def mood(n):
    return ("joy", "sad", "fear")[n % 3]


def person(n):
    return f"p{n}"


def number(n):
    return n % 4


def size(n):
    return 100 + n


# By name


def test_names_say_which_column_is_which():
    found = columns(table("user.id,image,emotion", person, image, mood))
    assert found.roles == {"name": "image", "raw_label": "emotion", "annotator": "user.id"}
    assert (found.guessed_by, found.headerless) == ("name", False)


@pytest.mark.parametrize("role", ROLES)
def test_no_two_roles_share_a_name(role):
    others = {name for other, names in ROLES.items() if other != role for name in names}
    assert not others & set(ROLES[role])


def test_the_likelier_of_two_names_wins():
    assert columns(table("name,file,class,label", person, image, number, mood)).roles == {
        "name": "file",
        "raw_label": "label",
    }


def test_a_column_called_image_that_names_none_gives_way_to_one_that_does():
    found = columns(table("image,pic_ref,label", person, image, mood))
    assert (found.roles["name"], found.guessed_by) == ("pic_ref", "content")


def test_a_column_called_image_stays_where_no_column_names_a_file():
    assert columns(table("image,label", person, mood)).roles == {"name": "image", "raw_label": "label"}


# By content


@pytest.mark.parametrize("names", [image, bare, lambda n: f"images/{n:04}.jpg", lambda n: f"/far/away/{n:04}.jpg"])
def test_the_column_whose_values_are_files_is_that_of_the_names(names):
    found = columns(table("datei,gefuehl", names, mood))
    assert found.roles == {"name": "datei", "raw_label": "gefuehl"}
    assert found.guessed_by == "content"


def test_what_looks_like_file_names_is_taken_for_them_where_no_file_is_known():
    assert columns(table("datei,gefuehl", image, mood), names=None).roles["name"] == "datei"


def test_of_two_columns_that_name_files_the_one_that_names_more_is_taken():
    assert columns(table("k,pic,mood", lambda n: f"{n % 3:04}", bare, mood)).roles["name"] == "pic"


@pytest.mark.parametrize(
    ("header", "row_of"),
    [
        ("who,pic,mood,px", (person, image, mood, size)),
        ("px,mood,pic", (size, mood, image)),
        ("pic,k,mood", (image, number, mood)),
        ("pic,split,mood", (image, lambda n: ("train", "test")[n % 2], mood)),
        ("pic,always,mood", (image, lambda n: "set", mood)),
        ("pic,mood,other", (image, mood, lambda n: ("a", "b")[n % 2])),
    ],
)
def test_labels_are_words_that_come_again_and_again(header, row_of):
    assert columns(table(header, *row_of)).roles["raw_label"] == "mood"


def test_numbers_that_come_again_are_labels_where_no_words_are():
    assert columns(table("pic,px,k", image, size, number)).roles["raw_label"] == "k"


def test_numbers_of_which_each_is_another_are_no_labels():
    assert "raw_label" not in columns(table("pic,px", image, size)).roles


def test_in_a_short_table_a_label_need_not_come_twice():
    assert columns("pic,mood\n0001.jpg,joy\n0002.jpg,sad").roles["raw_label"] == "mood"


def test_empty_cells_are_no_label():
    assert "raw_label" not in columns("pic,mood\n0001.jpg,\n0002.jpg,joy\n0003.jpg").roles


# Without a line of names


@pytest.mark.parametrize("names", [image, bare])
def test_a_first_line_with_a_file_s_name_is_a_row(names):
    found = columns(table("", person, names, mood))
    assert (found.headerless, found.names) == (True, ("#1", "#2", "#3"))
    assert found.roles == {"name": "#2", "raw_label": "#3"}


def test_a_first_line_may_be_the_only_one():
    assert columns("0001.jpg,joy").headerless


def test_a_class_that_is_called_like_a_column_is_no_header():
    found = columns(table("", image, lambda n: ("picture", "label", "target")[n % 3]))
    assert (found.headerless, found.roles) == (True, {"name": "#1", "raw_label": "#2"})


def test_a_header_is_no_row_although_a_file_has_its_name():
    names = ImageNames(pd.Series(["image.jpg", *FILES.images], dtype="str"))
    assert not columns(table("image,mood", image, mood), names).headerless


# Names of columns


def test_a_column_without_a_name_of_its_own_is_called_by_its_number():
    assert columns(table(",image,image,label", number, image, person, mood)).names == ("#1", "image", "#3", "label")


# Choices


def test_what_is_chosen_overrules_names():
    found = columns(table("image,label,pic,mood", person, number, image, mood), name="pic", raw_label="mood")
    assert (found.roles, found.guessed_by) == ({"name": "pic", "raw_label": "mood"}, "chosen")


def test_what_is_not_chosen_is_guessed_still():
    assert columns(table("pic,mood,user", image, mood, person), raw_label="mood").roles == {
        "name": "pic",
        "raw_label": "mood",
        "annotator": "user",
    }


def test_a_column_can_be_chosen_by_its_number():
    found = columns(table("", person, image, mood), annotator="#1")
    assert (found.headerless, found.roles) == (True, {"name": "#2", "raw_label": "#3", "annotator": "#1"})


def test_a_column_can_be_chosen_by_its_number_although_it_has_a_name():
    found = columns(table("pic,mood", image, mood), name="#1", raw_label="#2")
    assert (found.headerless, found.roles) == (False, {"name": "pic", "raw_label": "mood"})


def test_no_column_can_be_chosen_for_the_annotator():
    assert "annotator" not in columns(table("user,image,label", person, image, mood), annotator="").roles


def test_a_chosen_column_is_not_guessed_for_another_role():
    assert columns(table("image,label", image, mood), annotator="label").roles == {
        "name": "image",
        "annotator": "label",
    }


@pytest.mark.parametrize("column", ["gone", "#0", "#3", "#x"])
def test_a_chosen_column_that_is_not_there_is_refused(column):
    with pytest.raises(BadInput, match=f"legend.csv has no column '{column}'; its first line is 'pic', 'mood'"):
        columns(table("pic,mood", image, mood), name=column)


def test_a_column_of_thousands_of_digits_is_refused_briefly():
    with pytest.raises(BadInput, match=r"legend\.csv has no column '#9{79}'"):
        columns(table("pic,mood", image, mood), name="#" + "9" * 5_000)
