"""A shortcut test as sentences and as tables to show."""

from dataclasses import replace

import pandas as pd
import pytest

from core.shortcuts import CueFinding, Majority, ShortcutTest, by_class, by_cue, method, numbers, verdict

CUES = {"all": "All together", "width": "Width", "mode": "Colour", "label_case": "Case of the label"}
SCORES = {"all": 0.5, "width": 0.2, "mode": 0.6, "label_case": 0.4}


@pytest.fixture
def found():
    """Colour gives fear away, and with it all cues together do; the case of the label cuts the images alike."""
    names, labels = pd.Index(CUES, name="cue"), pd.Index(["joy", "fear"], name="label")
    table = pd.DataFrame({"title": CUES, "visible": True, "macro_f1": SCORES}).assign(
        null_low=0.1, null_high=0.3, accuracy=0.75, found=[True, False, True, True]
    )
    hit = pd.DataFrame({"joy": False, "fear": table["found"]})
    return ShortcutTest(
        table=table.rename_axis("cue"),
        f1=pd.DataFrame({"joy": [0.15, 0.2, 0.3, 0.3], "fear": [0.85, 0.2, 0.9, 0.5]}, names).rename_axis(
            columns="label"
        ),
        null_low=pd.DataFrame(0.1, names, labels),
        null_high=pd.DataFrame(0.25, names, labels),
        found=hit,
        majority=Majority("joy", 0.75, 3 / 7, pd.Series({"joy": 6 / 7, "fear": 0.0})),
        support=pd.Series({"joy": 30, "fear": 10}),
        strongest=CueFinding(
            *("mode", "a colour image", "a grey one", "fear", 0.9, 0.1, 9.0, 4.0),
            images=pd.Series(["a.jpg"]),
            also=("label_case",),
        ),
        n_images=40,
        n_sampled=40,
        n_shuffles=39,
        level=0.95,
        neutralised=False,
        notes=(),
    )


@pytest.fixture
def nothing(found):
    """The same figures, but nothing is certain."""
    return replace(found, table=found.table.assign(found=False), found=found.found & False, strongest=None)


# The verdict


def test_a_verdict_says_score_and_chance(found):
    assert "macro-F1 0.500 on persons not seen before; shuffled labels give 0.100 to 0.300." in verdict(found)


def test_a_verdict_names_the_class_that_is_hit_best_of_those_found(found):
    assert " Best hit is fear: F1 0.85, where chance gives at most 0.25." in verdict(found)


def test_a_verdict_ends_with_the_strongest_cue_and_those_that_cut_alike(found):
    assert verdict(found).endswith(
        "The strongest cue: A colour image is fear 9.0 times as often as a grey one. Case of the label would cut the "
        "images almost alike: one cannot tell which of them a model uses."
    )


def test_several_cues_that_cut_alike_are_listed(found):
    test = replace(found, strongest=replace(found.strongest, also=("width", "label_case")))
    assert "Width or case of the label would cut" in verdict(test)


def test_a_cue_that_cuts_like_no_other_is_named_alone(found):
    test = replace(found, strongest=replace(found.strongest, also=()))
    assert verdict(test).endswith("as often as a grey one.")


def test_a_cue_may_be_found_where_all_together_hit_no_class(found):
    test = replace(found, found=found.found.assign(fear=[False, False, True, False]))
    assert "Best hit" not in verdict(test)
    assert "The strongest cue" in verdict(test)


def test_nothing_found_is_said_with_the_figures(nothing):
    assert verdict(nothing) == (
        "Size, colour, brightness and the like tell nothing of the label: macro-F1 0.500, and shuffled labels give "
        "0.100 to 0.300."
    )


@pytest.mark.parametrize("test", ["found", "nothing"])
def test_a_verdict_on_neutralised_pictures_says_so(test, request):
    test = replace(request.getfixturevalue(test), neutralised=True)
    assert verdict(test).startswith("Grey and of one size, the pictures' brightness, contrast and sharpness ")


def test_random_folds_are_not_said_to_keep_persons_apart(found):
    test = replace(found, notes=("No person is known from two images, so the folds are random.",))
    assert "persons not seen before" not in verdict(test)
    assert "Five random folds." in method(test)


# The tables


def test_cues_come_with_the_best_first_below_all_together(found):
    table = by_cue(found)
    assert table.index.to_list() == ["All together", "Colour", "Case of the label", "Width"]
    assert table["macro_f1"].to_list() == [0.5, 0.6, 0.4, 0.2]


def test_classes_come_with_what_all_cues_and_the_majority_score(found):
    table = by_class(found)
    assert table.loc["joy"].to_dict() == {"f1": 0.15, "null_low": 0.1, "null_high": 0.25, "majority": 6 / 7}
    assert table.index.to_list() == ["joy", "fear"]


def test_a_class_that_the_majority_never_says_has_no_score_to_draw(found):
    assert by_class(found)["majority"].isna().to_list() == [False, True]


def test_classes_come_with_what_is_left_of_neutral_pictures(found):
    assert by_class(found, found)["neutral_f1"].to_list() == [0.15, 0.85]


def test_what_is_left_comes_with_its_own_chance(found):
    neutral = replace(found, null_low=found.null_low * 0, null_high=found.null_high * 2)
    table = by_class(found, neutral)
    assert table.loc["joy", ["null_low", "null_high"]].to_list() == [0.1, 0.25]
    assert table.loc["joy", ["neutral_low", "neutral_high"]].to_list() == [0, 0.5]


ROWS = ["All together", "Width", "Colour", "Case of the label", "always joy"]


def test_the_numbers_have_a_row_a_cue_and_one_of_the_majority(found):
    table, _ = numbers(found)
    assert table["cue"].to_list() == ROWS
    assert table.iloc[2].to_list() == ["Colour", 0.6, "0.100 to 0.300", 0.75]
    assert table.iloc[-1][["macro-F1", "accuracy"]].to_list() == [3 / 7, 0.75]


def test_the_numbers_of_the_classes_are_a_table_of_their_own(found):
    _, table = numbers(found)
    assert table["F1 by cue"].to_list() == ROWS
    assert table[["joy", "fear"]].to_numpy()[[2, -1]].tolist() == [[0.3, 0.9], [6 / 7, 0.0]]


# The method


def test_a_method_names_its_shuffles_and_its_level(found):
    assert "Five folds that keep persons apart." in method(found)
    assert "shuffled 39 times; the interval covers 95%" in method(found)


def test_a_sample_is_told_only_where_one_was_drawn(found):
    assert "A sample of 20,000 of 1,000,000 images." in method(replace(found, n_images=1_000_000, n_sampled=20_000))
    assert "sample" not in method(found)


def test_a_method_ends_with_the_notes(found):
    assert method(replace(found, notes=("One.", "Two."))).endswith(" One. Two.")
