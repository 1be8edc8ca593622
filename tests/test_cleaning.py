"""The choices of a clean-up, and the source string that carries them."""

import pandas as pd
import pytest

from core.cleaning import CONFLICTS, NO_CHOICES, Cleaning, LegendColumns, join_source, split_source
from core.errors import BadInput

ALL = Cleaning(
    conflicts="first",
    apart=("HAPPINESS",),
    mapping=(("sad", "sadness"),),
    legend="data/other.csv",
    columns=(("name", "filename"), ("raw_label", "emotion"), ("annotator", "user.id")),
)
WRITTEN = (
    "demo?conflicts=first&apart=HAPPINESS&map=sad:sadness&legend=data/other.csv"
    "&image=filename&label=emotion&annotator=user.id"
)

# The source string


def test_every_choice_is_in_the_source():
    assert join_source("demo", ALL) == WRITTEN


def test_a_source_is_split_into_the_place_and_its_choices():
    assert split_source(WRITTEN) == ("demo", ALL)


def test_no_choices_leave_the_place_as_it_is():
    assert join_source("demo", Cleaning()) == "demo"
    assert split_source("demo") == ("demo", NO_CHOICES)


def test_the_default_conflict_rule_is_not_written():
    assert join_source(*split_source("demo?conflicts=drop")) == "demo"


def test_choices_come_in_one_order_whatever_order_they_were_given_in():
    turned = "demo?map=sad:sadness&map=joy:happiness&apart=B&apart=A&conflicts=majority"
    assert join_source(*split_source(turned)) == (
        "demo?conflicts=majority&apart=A&apart=B&map=joy:happiness&map=sad:sadness"
    )


ODD = ["a b", "a&b", "a=b", "a?b", "a#b", "50%", "100%25", "a:b", "a+b", "喜び", "a/b", "/", '"']


@pytest.mark.parametrize("word", ODD)
def test_any_character_survives_the_way_through_a_source(word):
    cleaning = Cleaning(apart=(word,), mapping=((word, "x"), ("y", word)), legend=word, columns=(("name", word),))
    assert split_source(join_source("/faces", cleaning)) == ("/faces", cleaning)


def test_a_spelling_is_kept_apart_as_it_is_written():
    assert split_source("demo?apart=%20HAPPINESS_")[1].apart == (" HAPPINESS_",)


def test_a_folder_with_a_question_mark_in_its_name_is_a_place(tmp_path):
    (tmp_path / "who?a=b").mkdir()
    assert split_source(str(tmp_path / "who?a=b")) == (str(tmp_path / "who?a=b"), NO_CHOICES)


def test_such_a_folder_may_have_choices_too(tmp_path):
    (tmp_path / "who?a=b").mkdir()
    place, cleaning = split_source(f"{tmp_path}/who?a=b?conflicts=first")
    assert (place, cleaning.conflicts) == (f"{tmp_path}/who?a=b", "first")


@pytest.mark.parametrize("path", ["/faces/who?", "/faces/who?knows", "?a=b"])
def test_a_question_mark_without_choices_belongs_to_the_path(path):
    assert split_source(path) == (path, NO_CHOICES)


def test_what_cannot_be_a_path_may_have_choices():
    assert split_source("x" * 5000 + "\0?conflicts=first")[1].conflicts == "first"


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("colour=red", "'colour' is no choice of a dataset; known are conflicts, apart, map, legend, image"),
        ("conflicts=last", "conflicts=last is not known; choose one of drop, first, majority"),
        ("conflicts=first&conflicts=drop", "conflicts= is given 2 times"),
        ("image=a&image=b", "image= is given 2 times"),
        ("apart=", "apart= names no spelling"),
        ("map=sad", "map=sad has no colon"),
        ("map=:sad", "names no label to map"),
        ("map=sad:a&map=SAD:b", "'sad' is mapped to 'a' and to 'b'"),
        ("image=", "image= names no column"),
        ("image=a&label=a", r"One column is chosen twice \(a\)"),
        ("image=a&label=a&annotator=", r"One column is chosen twice \(a\)"),
    ],
)
def test_a_choice_that_makes_no_sense_is_named(query, sentence):
    with pytest.raises(BadInput, match=sentence):
        split_source(f"demo?{query}")


# The choices


def test_a_conflict_rule_has_words():
    assert list(CONFLICTS) == ["drop", "first", "majority"]
    assert all(CONFLICTS.values())


def test_mapped_labels_are_normalised():
    assert Cleaning(mapping=(("SAD ", "Deep_Sadness"),)).mapping == (("sad", "deep sadness"),)


def test_a_label_that_is_kept_apart_is_mapped_as_it_is_written():
    cleaning = Cleaning(apart=("SAD",), mapping=(("SAD", "sadness"), ("joy", "SAD")))
    assert cleaning.mapping == (("SAD", "sadness"), ("joy", "SAD"))


def test_a_label_that_is_mapped_to_itself_is_no_choice():
    assert Cleaning(mapping=(("sad", "SAD"),)).is_default


def test_a_label_may_be_mapped_to_none():
    assert split_source("demo?map=sad:")[1].mapping == (("sad", ""),)


def test_the_annotator_may_be_no_column():
    assert split_source("demo?annotator=")[1].columns == (("annotator", ""),)


def test_an_unknown_role_is_refused():
    with pytest.raises(BadInput, match="'mood' is nothing that a column holds"):
        Cleaning(columns=(("mood", "a"),))


def test_each_decision_counts_once():
    assert (NO_CHOICES.n_changes, ALL.n_changes) == (0, 4)


def test_a_corrected_legend_is_one_decision_whatever_of_it_was_chosen():
    chosen = [Cleaning(legend="a.csv"), Cleaning(columns=ALL.columns), Cleaning(legend="", columns=ALL.columns)]
    assert [cleaning.n_changes for cleaning in chosen] == [1, 1, 1]


# Choices made in menus

ROWS = pd.DataFrame({"raw_label": pd.Series(["joy", "JOY", "joy", "Sad", None], dtype="str")})


def test_the_table_of_labels_says_what_each_becomes():
    table = Cleaning(apart=("JOY",), mapping=(("sad", ""), ("JOY", "glee"))).label_table(ROWS)
    assert table.to_numpy().tolist() == [["joy", 2, "joy"], ["JOY", 1, "glee"], ["sad", 1, ""]]


def test_an_edited_table_is_a_mapping():
    table = NO_CHOICES.label_table(ROWS)
    table["becomes"] = ["happiness", None]
    assert NO_CHOICES.with_labels(["JOY"], table, "first") == Cleaning(
        "first", apart=("JOY",), mapping=(("joy", "happiness"), ("sad", ""))
    )


def test_a_table_that_nobody_edited_changes_nothing():
    cleaning = Cleaning(apart=("JOY",), mapping=(("sad", ""), ("JOY", "glee")))
    assert cleaning.with_labels(cleaning.apart, cleaning.label_table(ROWS), cleaning.conflicts) == cleaning


def test_a_spelling_that_is_apart_no_longer_takes_its_name_with_it():
    cleaning = Cleaning(apart=("JOY",), mapping=(("JOY", "glee"), ("joy", "happiness")))
    assert cleaning.with_labels([], cleaning.label_table(ROWS), "drop").mapping == (("joy", "happiness"),)


def test_what_is_said_of_labels_that_no_row_has_stays():
    cleaning = Cleaning(mapping=(("unknown", "joy"),))
    assert cleaning.with_labels([], cleaning.label_table(ROWS), "drop") == cleaning


SHOWN = LegendColumns("a.csv", ("who", "pic", "mood"), {"name": "pic", "raw_label": "mood"}, "content", False)


def test_columns_as_they_were_guessed_are_no_choice():
    assert NO_CHOICES.with_legend(SHOWN, "a.csv", {**SHOWN.roles, "annotator": None}) == NO_CHOICES


def test_another_column_is_a_choice_with_all_the_others():
    chosen = {"name": "pic", "raw_label": "who", "annotator": None}
    assert NO_CHOICES.with_legend(SHOWN, "a.csv", chosen) == Cleaning(
        legend="a.csv", columns=(("name", "pic"), ("raw_label", "who"), ("annotator", ""))
    )


def test_another_legend_has_columns_of_its_own():
    cleaning = Cleaning(legend="a.csv", columns=(("name", "pic"),))
    assert cleaning.with_legend(SHOWN, "b.csv", {"name": "pic"}) == Cleaning(legend="b.csv")


def test_a_menu_lists_the_columns():
    assert SHOWN.choices == ["who", "pic", "mood"]
