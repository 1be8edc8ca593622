"""Spelling variants become one label, and a table says what changed."""

import pandas as pd
import pytest

from core.labels import HOW, canonical, in_words, label_series, spelling_table, taken_as


@pytest.mark.parametrize("raw", ["happiness", "HAPPINESS", " Happiness ", "happiness\t", "_happiness"])
def test_case_and_outer_blanks_do_not_make_a_class(raw):
    assert canonical(raw) == "happiness"


@pytest.mark.parametrize("raw", ["very sad", "very_sad", "Very  Sad", "very \t sad", "very__sad"])
def test_blanks_and_underscores_are_one_blank(raw):
    assert canonical(raw) == "very sad"


@pytest.mark.parametrize("raw", [None, float("nan"), pd.NA, "", "   ", "_"])
def test_nothing_is_no_label(raw):
    assert canonical(raw) is None


def test_a_number_is_a_label():
    assert canonical(3) == "3"


def test_different_words_stay_different_classes():
    assert canonical("sad") != canonical("sadness")


def test_letters_beyond_ascii_are_folded_too():
    assert canonical("TRAURIGKEIT ÜBER ALLES") == "traurigkeit über alles"


def test_a_series_keeps_its_length_and_its_gaps():
    labels = label_series(pd.Series(["SAD", None, "sad ", ""], dtype="str"))
    assert labels.isna().tolist() == [False, True, False, True]
    assert labels.dropna().tolist() == ["sad", "sad"]


def test_a_series_without_any_label_has_none():
    assert label_series(pd.Series([None, ""], dtype="str")).isna().all()


@pytest.fixture
def table():
    raw = pd.Series(["fear"] * 2 + ["JOY"] * 3 + ["joy"] * 4 + ["FEAR"] + [None], dtype="str")
    return spelling_table(pd.DataFrame({"raw_label": raw}))


def test_the_table_has_a_row_a_spelling_the_largest_class_first(table):
    assert table["raw_label"].tolist() == ["joy", "JOY", "fear", "FEAR"]
    assert table["rows"].tolist() == [4, 3, 2, 1]


def test_the_table_says_which_spellings_were_changed(table):
    assert dict(zip(table["raw_label"], table["changed"], strict=True)) == {
        "joy": False,
        "JOY": True,
        "fear": False,
        "FEAR": True,
    }


def test_rows_without_a_label_are_no_spelling(table):
    assert table["rows"].sum() == 10


# Choices


@pytest.mark.parametrize(
    ("raw", "label", "how"),
    [
        ("joy", "joy", "as written"),
        ("JOY", "joy", "respelt"),
        ("Joy ", "Joy ", "kept apart"),
        ("sad", "sadness", "mapped"),
        ("SAD", "sadness", "mapped"),
        ("GLEE", "joy", "mapped"),
        ("blur", None, "dropped"),
        ("_", None, "no label"),
    ],
)
def test_what_becomes_of_a_spelling_is_known(raw, label, how):
    mapping = {"sad": "sadness", "GLEE": "joy", "blur": "", "joy ": "never", "sadness": "never"}
    assert taken_as(raw, apart=["Joy ", "GLEE"], mapping=mapping) == (label, how)
    assert how in HOW


def test_all_pairs_are_mapped_at_once():
    raw = pd.Series(["a", "b", "c"], dtype="str")
    assert label_series(raw, mapping={"a": "b", "b": "c", "c": "a"}).tolist() == ["b", "c", "a"]


def test_keeping_the_usual_spelling_apart_changes_nothing():
    assert taken_as("joy", apart=["joy"]) == ("joy", "as written")


def test_the_table_says_how_each_label_came_about():
    rows = pd.DataFrame({"raw_label": pd.Series(["joy"] * 3 + ["JOY", "sad", "sad", "_"], dtype="str")})
    table = spelling_table(rows, apart=["JOY"], mapping={"sad": ""})
    assert table[["raw_label", "rows", "changed", "how"]].to_numpy().tolist() == [
        ["joy", 3, False, "as written"],
        ["JOY", 1, False, "kept apart"],
        ["sad", 2, True, "dropped"],
    ]


def test_spellings_are_listed_by_the_class_they_were_mapped_to():
    rows = pd.DataFrame({"raw_label": pd.Series(["joy", "joy", "sad", "sadness", "SADNESS"], dtype="str")})
    assert spelling_table(rows, mapping={"sad": "sadness"})["label"].tolist() == ["sadness"] * 3 + ["joy"]


def test_a_table_without_any_label_is_empty():
    assert spelling_table(pd.DataFrame({"raw_label": pd.Series([None], dtype="str")})).empty


@pytest.mark.parametrize(
    ("label", "words"), [("joy", "joy"), ("7", "class '7'"), ("-1.5", "class '-1.5'"), ("a1", "a1")]
)
def test_a_class_is_named_as_a_sentence_can_hold_it(label, words):
    assert in_words(label) == words
