"""Each cue is read from its place, cut into few values, and said in words."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.catalog import Dataset
from core.shortcuts.cues import CUES, Condition, cue_named, encode, one, read_cues

DTYPES = dict.fromkeys(("label", "raw_label", "annotator", "mode", "problem"), "str") | {
    "width": "Int32",
    "height": "Int32",
}
SAME = {"annotator": None, "person": None, "width": 48, "height": 48, "mode": "L", "n_bytes": 900, "problem": None}
NUMBERS = [cue.name for cue in CUES if cue.kind == "number"]


def dataset(labels, **columns):
    """A dataset that is a table only: its images are alike but for the columns given."""
    images = [f"{number}.jpg" for number in range(len(labels))]
    catalog = pd.DataFrame({"image": images, "label": labels, "raw_label": labels, **SAME, **columns}).astype(DTYPES)
    return Dataset("toy", "Toy", Path("."), "folder", catalog, catalog, "0" * 16, ())


def read(name, labels=("joy", "fear", "joy"), **columns):
    return read_cues(dataset(list(labels), **columns))[name].to_list()


def number(values):
    return encode(pd.Series(values, dtype="float64", name="brightness"))


def category(values):
    return encode(pd.Series(values, dtype="str", name="annotator"))


# What is read


def test_every_cue_has_a_name_of_its_own():
    assert len({cue.name for cue in CUES}) == len({cue.title for cue in CUES}) == len(CUES) == 9


def test_what_is_in_the_picture_comes_first():
    visible = [cue.visible for cue in CUES]
    assert visible == sorted(visible, reverse=True)


def test_a_cue_is_found_by_its_name():
    assert all(cue_named(cue.name) is cue for cue in CUES)
    with pytest.raises(KeyError):
        cue_named("smell")


@pytest.mark.parametrize(
    "name, column",
    [("mode", ["L", "RGB", "P"]), ("width", [48, 350, 64]), ("height", [48, 350, 64]), ("n_bytes", [900, 4096, 1])],
)
def test_a_property_of_the_file_is_read_from_the_catalog(name, column):
    assert read(name, **{name: column}) == column


@pytest.mark.parametrize("name", ["brightness", "contrast", "sharpness"])
def test_a_property_of_the_picture_is_read_from_the_measures(name):
    measures = pd.DataFrame({name: [0.1, 0.5, 0.2]})
    assert read_cues(dataset(["joy", "fear", "joy"]), measures)[name].to_list() == [0.1, 0.5, 0.2]


def test_without_measures_there_is_nothing_of_the_picture():
    assert list(read_cues(dataset(["joy", "fear"]))) == ["mode", "width", "height", "n_bytes"]


def test_an_annotator_is_read_as_it_is_named():
    assert read("annotator", annotator=["302", "ann", "302"]) == ["302", "ann", "302"]


def test_where_nobody_is_named_there_is_no_annotator():
    assert "annotator" not in read_cues(dataset(["joy", "fear"]))


def test_the_case_of_a_label_is_read_as_it_was_written():
    written = ["joy", "JOY", "Joy", "jOy"]
    assert read("label_case", ["joy"] * 4, raw_label=written) == ["lower", "upper", "title", "mixed"]


def test_a_label_without_letters_is_of_mixed_case():
    assert read("label_case", ["joy"] * 3, raw_label=["joy", "3", "joy"]) == ["lower", "mixed", "lower"]


@pytest.mark.parametrize("written", [["joy", "joy", "fear"], ["JOY", "JOY", "fear"], ["Joy", "Happy", "FEAR"]])
def test_how_each_class_is_spelt_is_no_cue(written):
    assert "label_case" not in read_cues(dataset(["joy", "joy", "fear"], raw_label=written))


def test_one_class_in_two_cases_is_a_cue():
    assert read("label_case", ["joy", "joy", "fear"], raw_label=["joy", "JOY", "fear"]) == ["lower", "upper", "lower"]


@pytest.mark.parametrize("name", ["mode", "annotator"])
def test_a_missing_word_is_empty(name):
    assert read(name, **{name: ["RGB", None, "L"]}) == ["RGB", "", "L"]


@pytest.mark.parametrize("name", ["width", "height"])
def test_a_missing_size_is_nan(name):
    assert np.isnan(read(name, **{name: [48, None, 64]})[1])


@pytest.mark.parametrize("name", ["brightness", "contrast", "sharpness"])
def test_a_missing_measure_is_nan(name):
    measures = pd.DataFrame({name: [0.1, None, 0.2]})
    assert np.isnan(read_cues(dataset(["joy", "fear", "joy"]), measures)[name].iloc[1])


def test_only_usable_images_are_read():
    made = dataset(["joy", None, "fear", "joy"], problem=[None, None, "damaged", None], width=[1, 2, 3, 4])
    assert read_cues(made)["width"].to_dict() == {0: 1.0, 3: 4.0}


def test_measures_are_joined_by_the_rows_of_the_catalog():
    made = dataset(["joy", None, "fear"])
    measures = pd.DataFrame({"brightness": [0.1, 0.2, 0.3]})
    assert read_cues(made, measures)["brightness"].to_list() == [0.1, 0.3]


def test_some_images_are_read_alone():
    made = dataset(["joy", None, "fear", "joy"], width=[1, 2, 3, 4])
    assert read_cues(made, positions=np.array([1, 2]))["width"].to_list() == [3, 4]


def test_some_cues_are_read_alone():
    assert list(read_cues(dataset(["joy", "fear"]), among=["n_bytes", "mode"])) == ["mode", "n_bytes"]


def test_of_a_neutralised_picture_only_what_is_left_of_it_is_read():
    names = ["brightness", "contrast", "sharpness"]
    measures = pd.DataFrame({name: [0.1, 0.2] for name in names} | {f"square_{name}": [0.3, 0.4] for name in names})
    made = dataset(["joy", "joy"], raw_label=["joy", "JOY"], annotator=["ann", "bob"], mode=["L", "RGB"])
    table = read_cues(made, measures, neutralised=True)
    assert table.to_dict("list") == dict.fromkeys(names, [0.3, 0.4])


def test_without_measures_nothing_is_left_of_a_neutralised_picture():
    assert read_cues(dataset(["joy", "fear"]), neutralised=True).empty


# Conditions


@pytest.mark.parametrize(
    "relation, holds",
    [
        ("below", [True, False, False, False]),
        ("above", [False, True, True, False]),
        ("is", [False, True, False, False]),
        ("not", [True, False, True, False]),
    ],
)
def test_a_missing_number_fulfils_no_condition(relation, holds):
    assert Condition(relation, 2.0).holds(pd.Series([1, 2, 3, np.nan])).tolist() == holds


@pytest.mark.parametrize("relation, holds", [("is", [True, False, False]), ("not", [False, True, True])])
def test_an_empty_word_is_a_word(relation, holds):
    assert Condition(relation, "ann").holds(pd.Series(["ann", "", "bob"], dtype="str")).tolist() == holds
    assert Condition(relation, "").holds(pd.Series(["", "ann", "bob"], dtype="str")).tolist() == holds


# Numbers as a few values


def test_a_number_is_cut_at_its_quantiles_into_twenty_bins():
    codes = number(np.random.default_rng(0).permutation(1000)).codes
    assert np.bincount(codes).tolist() == [50] * 20


def test_the_bins_of_a_number_ascend():
    values = np.random.default_rng(0).random(400)
    codes = number(values).codes
    assert (np.diff(codes[np.argsort(values)]) >= 0).all()


def test_each_edge_is_a_condition_both_ways():
    coded = number(np.arange(1000))
    edges = [condition.value for condition in coded.conditions if condition.relation == "below"]
    assert edges == [condition.value for condition in coded.conditions if condition.relation == "above"]
    # Of 0 to 999, the first number at or above the k-th twentieth of the way.
    assert edges == [np.ceil(999 * k / 20) for k in range(1, 20)]
    assert {condition.relation for condition in coded.conditions} == {"below", "above"}


@pytest.mark.parametrize("often", [0.0, 500.0, 1000.0])
def test_a_value_that_fills_a_bin_has_one_of_its_own(often):
    values = np.concatenate([np.full(600, often), np.arange(1, 400)])
    coded = number(values)
    [code] = set(coded.codes[values == often])
    assert (values[coded.codes == code] == often).all()
    assert {("is", often), ("not", often)} <= {(condition.relation, condition.value) for condition in coded.conditions}


def test_few_numbers_are_a_value_each():
    values = np.repeat([48.0, 64.0, 350.0], [50, 30, 20])
    coded = number(values)
    assert len(set(zip(values, coded.codes, strict=True))) == len(set(coded.codes)) == 3


def test_a_rare_number_beside_one_that_all_others_have_is_told_apart():
    values = np.repeat([48.0, 350.0], [990, 10])
    coded = number(values)
    assert len(set(coded.codes[values == 48]) & set(coded.codes[values == 350])) == 0
    assert Condition("not", 48.0) in coded.conditions


def test_nan_is_a_value_of_its_own():
    values = np.append(np.arange(100.0), [np.nan] * 3)
    coded = number(values)
    assert set(coded.codes[-3:]) == {coded.n_values - 1}
    assert (coded.codes[:-3] < coded.n_values - 1).all()


def test_only_nan_is_not_known():
    coded = number([1.0, 2.0, np.nan])
    assert coded.known.tolist() == [True] * (coded.n_values - 1) + [False]
    assert category(["ann", "", "bob"]).known.all()


@pytest.mark.parametrize("values", [[48.0] * 30, [48.0] * 30 + [np.nan] * 9, [np.nan] * 9, [48.0], []])
def test_a_constant_number_has_no_condition(values):
    coded = number(values)
    assert coded.conditions == ()
    assert coded.members.shape == (0, coded.n_values)


@pytest.mark.parametrize("seed", range(5))
def test_the_values_fulfil_a_condition_as_their_numbers_do(seed):
    rng = np.random.default_rng(seed)
    values = pd.Series(np.concatenate([rng.random(90), rng.integers(0, 4, 200) / 4, np.full(9, np.nan)]))
    coded = number(values)
    assert all(
        (members[coded.codes] == condition.holds(values)).all()
        for members, condition in zip(coded.members, coded.conditions, strict=True)
    )


# Words as a few values


def test_words_are_numbered_from_the_commonest():
    assert category(["bob", "ann", "ann", "", "ann", "bob"]).codes.tolist() == [1, 0, 0, 2, 0, 1]


def test_of_two_words_each_is_a_condition():
    assert category(["ann", "bob", "ann"]).conditions == (Condition("is", "ann"), Condition("is", "bob"))


def test_of_three_words_each_is_a_condition_both_ways():
    conditions = category(["ann", "bob", "", "ann"]).conditions
    assert conditions[:2] == (Condition("is", "ann"), Condition("not", "ann"))
    assert len(conditions) == 6


@pytest.mark.parametrize("values", [["ann"] * 5, []])
def test_one_word_has_no_condition(values):
    assert category(values).conditions == ()


@pytest.mark.parametrize("n_words", [64, 65, 100])
def test_all_words_but_the_64_commonest_are_one_value(n_words):
    values = np.repeat([f"annotator {number}" for number in range(n_words)], np.arange(n_words, 0, -1))
    coded = category(values)
    assert coded.n_values == min(n_words, 65)
    assert np.bincount(coded.codes)[:64].tolist() == list(range(n_words, n_words - 64, -1))
    assert len(coded.conditions) == 2 * 64


@pytest.mark.parametrize("n_words", [2, 3, 64, 65, 100])
def test_the_values_fulfil_a_condition_as_their_words_do(n_words):
    drawn = np.random.default_rng(0).integers(0, n_words, 900)
    values = pd.Series([f"annotator {number}" for number in [*drawn, *range(n_words)]], dtype="str")
    coded = category(values)
    assert all(
        (members[coded.codes] == condition.holds(values)).all()
        for members, condition in zip(coded.members, coded.conditions, strict=True)
    )


# Words for it


@pytest.mark.parametrize(
    "name, value, above, below, exact",
    [
        (
            "width",
            350.0,
            ("an image wider than 349 px", "one no wider"),
            ("an image narrower than 350 px", "one no narrower"),
            ("an image 350 px wide", "one not 350 px wide"),
        ),
        (
            "height",
            1350.0,
            ("an image taller than 1,349 px", "one no taller"),
            ("an image less tall than 1,350 px", "one no less tall"),
            ("an image 1,350 px tall", "one not 1,350 px tall"),
        ),
        (
            "brightness",
            0.504,
            ("an image brighter than 0.50", "one no brighter"),
            ("an image darker than 0.50", "one no darker"),
            ("an image of brightness 0.50", "one not of brightness 0.50"),
        ),
        (
            "contrast",
            0.126,
            ("an image with more contrast than 0.13", "one with no more"),
            ("an image with less contrast than 0.13", "one with no less"),
            ("an image of contrast 0.13", "one not of contrast 0.13"),
        ),
        (
            "sharpness",
            1234.4,
            ("an image sharper than 1,234", "one no sharper"),
            ("an image more blurred than 1,234", "one no more blurred"),
            ("an image of sharpness 1,234", "one not of sharpness 1,234"),
        ),
        (
            "n_bytes",
            4096.0,
            ("a file larger than 4,095 bytes", "one no larger"),
            ("a file smaller than 4,096 bytes", "one no smaller"),
            ("a file of 4,096 bytes", "one not of 4,096 bytes"),
        ),
    ],
)
def test_a_number_is_said_above_below_and_exactly(name, value, above, below, exact):
    say = cue_named(name).say
    assert (say("above", value), say("below", value), say("is", value)) == (above, below, exact)


@pytest.mark.parametrize(
    "name, without, is_it",
    [
        ("width", "an image not 64 px wide", "one 64 px wide"),
        ("height", "an image not 64 px tall", "one 64 px tall"),
        ("brightness", "an image not of brightness 64.00", "one of brightness 64.00"),
        ("contrast", "an image not of contrast 64.00", "one of contrast 64.00"),
        ("sharpness", "an image not of sharpness 64", "one of sharpness 64"),
        ("n_bytes", "a file not of 64 bytes", "one of 64 bytes"),
    ],
)
def test_any_other_number_is_said_the_other_way_round(name, without, is_it):
    assert cue_named(name).say("not", 64.0) == (without, is_it)


def test_every_number_is_said_here():
    assert NUMBERS == ["width", "height", "brightness", "contrast", "sharpness", "n_bytes"]


def test_more_than_a_value_that_fills_a_bin_is_said_with_that_value():
    coded = encode(pd.Series(np.repeat([48.0, 350.0], [50, 50]), name="width"))
    said = [cue_named("width").say(condition.relation, condition.value)[0] for condition in coded.conditions]
    assert "an image wider than 48 px" in said
    assert "an image narrower than 49 px" in said


@pytest.mark.parametrize(
    "mode, phrase, again",
    [
        ("L", "a grey image", "a grey one"),
        ("LA", "a grey image with transparency", "a grey one with transparency"),
        ("RGB", "a colour image", "a colour one"),
        ("RGBA", "a colour image with transparency", "a colour one with transparency"),
        ("P", "an image with a palette", "one with a palette"),
        ("CMYK", "an image in print colours", "one in print colours"),
        ("1", "a black-and-white image", "a black-and-white one"),
        ("I;16", "a grey image of 16 bits", "a grey one of 16 bits"),
        ("F", "an image of mode F", "one of mode F"),
    ],
)
def test_a_mode_is_said_in_words(mode, phrase, again):
    say = cue_named("mode").say
    assert say("is", mode) == (phrase, "any other")
    assert say("not", mode) == (f"an image of another mode than {mode}", again)


def test_an_annotator_is_named():
    say = cue_named("annotator").say
    assert say("is", "ann") == ("an image labelled by ann", "one labelled by anyone but ann")
    assert say("not", "ann") == ("an image labelled by anyone but ann", "one labelled by ann")


def test_that_no_annotator_is_named_is_said():
    say = cue_named("annotator").say
    assert say("is", "") == ("an image that names no annotator", "one that names its annotator")
    assert say("not", "") == ("an image that names its annotator", "one that names no annotator")


@pytest.mark.parametrize(
    "case, words",
    [("upper", "in capitals"), ("lower", "in small letters"), ("title", "capitalised"), ("mixed", "of mixed letters")],
)
def test_the_case_of_a_label_is_said_in_words(case, words):
    say = cue_named("label_case").say
    assert say("is", case) == (f"an image whose label is {words}", f"one whose label is not {words}")
    assert say("not", case) == (f"an image whose label is not {words}", f"one whose label is {words}")


@pytest.mark.parametrize(
    "phrase, again",
    [("an image of x", "one of x"), ("a file of x", "one of x"), ("a grey image", "a grey one"), ("any", "any")],
)
def test_what_was_named_is_named_again_as_one(phrase, again):
    assert one(phrase) == again
