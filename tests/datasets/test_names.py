"""A legend's names lead to files: by path, by bare name, with or without the extension."""

import pandas as pd
import pytest

from core.datasets.names import ImageNames

FILES = ["a.jpg", "x/b.jpg", "x/twice.jpg", "y/twice.jpg", "y/0001.png", "z/c.d.jpg", "p/same.jpg", "p/same.png"]


def locate(*names):
    found = ImageNames(pd.Series(FILES, dtype="str")).locate(pd.Series(names, dtype="str"))
    return [None if pd.isna(image) else image for image in found]


@pytest.mark.parametrize(
    ("name", "image"),
    [
        ("a.jpg", "a.jpg"),
        ("x/b.jpg", "x/b.jpg"),
        ("b.jpg", "x/b.jpg"),
        ("./x/twice.jpg", "x/twice.jpg"),
        ("x\\twice.jpg", "x/twice.jpg"),
        ("C:\\photos\\b.jpg", "x/b.jpg"),
        ("/home/me/b.jpg", "x/b.jpg"),
        ("https://example.org/pictures/b.jpg", "x/b.jpg"),
        ("a", "a.jpg"),
        ("x/b", "x/b.jpg"),
        ("b", "x/b.jpg"),
        ("0001", "y/0001.png"),
        ("/elsewhere/0001", "y/0001.png"),
        ("c.d", "z/c.d.jpg"),
        ("p/same.png", "p/same.png"),
        ("x/twice", "x/twice.jpg"),
    ],
)
def test_a_name_leads_to_its_file(name, image):
    assert locate(name) == [image]


@pytest.mark.parametrize(
    "name", ["twice.jpg", "twice", "p/same", "same", "gone.jpg", "c", "a.png", "A.JPG", "x", "", None]
)
def test_a_name_that_no_file_or_several_have_leads_nowhere(name):
    assert locate(name) == [None]


def test_each_name_is_looked_up_on_its_own():
    assert locate("b", "gone", "a.jpg", "b.jpg") == ["x/b.jpg", None, "a.jpg", "x/b.jpg"]


def test_a_missing_file_is_not_replaced_by_one_of_another_folder_that_is_named_too():
    assert locate("train/b.jpg", "x/b.jpg", "test/0001", "y/0001") == [None, "x/b.jpg", None, "y/0001.png"]


def test_the_answer_has_the_index_of_the_question():
    names = pd.Series(["a.jpg", "b"], index=[7, 3], dtype="str")
    assert ImageNames(pd.Series(FILES, dtype="str")).locate(names).index.tolist() == [7, 3]


def test_names_that_several_files_share_are_told():
    names = pd.Series(["twice.jpg", "twice", "same", "/far/twice.jpg", "gone.jpg", "a"], dtype="str")
    shared = ImageNames(pd.Series(FILES, dtype="str")).shared(names)
    assert shared.tolist() == [True, True, True, True, False, False]
