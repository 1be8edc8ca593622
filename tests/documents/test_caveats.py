"""What one must know before believing a figure is worked out from the run."""

import numpy as np
import pytest

from core.documents.caveats import caveats, few_persons, listed, never_found, shown_before
from core.documents.drawing import bar, plot
from core.documents.facts import facts_of
from core.documents.templates import fill, score
from core.runs import RESAMPLE_FIRST


def said(run, dataset=None) -> str:
    return " ".join(caveats(facts_of(run, dataset)))


def test_a_person_disjoint_split_shows_nobody_before(run, easy):
    assert shown_before(facts_of(run, easy)) == 0
    assert "was trained on too" not in said(run, easy)


def test_a_random_split_is_told_by_whom_it_showed_before(neighbours, easy):
    facts = facts_of(neighbours, easy)
    images = easy.usable.set_index("image")["person"]
    table = facts.predictions
    again = [
        (images[(images == person) & ~images.index.isin(table["image"][table["fold"] == fold])]).size > 0
        for person, fold in zip(table["person"], table["fold"], strict=True)
    ]
    # An upper bound: who watched the training is counted here, and is not among those who were trained on.
    assert 0 < shown_before(facts) <= np.mean(again)
    assert "of the tested images show a person who was trained on too" in said(neighbours, easy)


def test_without_the_dataset_a_random_split_is_told_all_the_same(neighbours):
    assert "The split does not keep persons apart" in said(neighbours)


def test_several_folds_keep_the_first_network(neighbours, run):
    assert "that of the first fold" in said(neighbours)
    assert "that of the first fold" not in said(run)


def test_classes_that_were_never_found_are_named(run, written):
    facts = facts_of(written(run.predictions.assign(p_left=1.0, p_right=0.0, p_top=0.0), run))
    assert never_found(facts) == ["right", "top"]
    text = " ".join(caveats(facts))
    assert "It never found right and top" in text
    assert "Always saying left is right as often or more often" in text
    assert "What it says may be chance" in text


def test_unknown_persons_are_told(run, written):
    table = run.predictions
    table["person"] = table["person"].where([False] * len(table))
    assert "do not tell whom they show" in said(written(table, run))


def test_a_class_of_few_persons_is_named_with_their_number(run):
    n = run.predictions.query("y_true == 'top'")["person"].nunique()
    assert f"top ({n} person{'' if n == 1 else 's'})" in few_persons(facts_of(run))


def test_copies_that_were_tested_are_told(trained):
    run = trained(model="knn", sampling="over", split="random", order=RESAMPLE_FIRST, values={"model.k": 3})
    text = said(run)
    assert "This run is a mistake made to be seen" in text
    assert f"{run.copies_tested:.0%} of the tested images are copies" in text


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        (["a"], "a"),
        (["a", "b"], "a and b"),
        (list("abc"), "a, b and c"),
        (list("abcdefgh"), "a, b, c, d, e, f and 2 more"),
    ],
)
def test_names_are_listed_as_in_a_sentence(names, sentence):
    assert listed(names) == sentence


# Drawings and templates


def test_a_bar_is_in_per_cent_of_its_width():
    assert bar(0.5, 0.25, 0.754) == type(bar(0, 0, 0))(50.0, 25.0, 75.4)
    assert bar(-0.1, -0.5, 0.1).low == 0
    assert bar(np.nan, np.nan, np.nan) is None


def test_a_line_runs_from_one_end_of_its_scales_to_the_other():
    drawn = plot("t", "x", [("a", "first", [1, 2], [0.0, 1.0])], (0, 1))
    assert drawn.lines[0].points == "38.0,150.0 312.0,10.0"


def test_points_that_are_no_numbers_are_left_out():
    assert plot("t", "x", [("a", "first", [1, 2], [np.nan, np.inf])]) is None


def test_a_long_line_is_thinned():
    drawn = plot("t", "x", [("a", "first", range(5000), range(5000))])
    assert len(drawn.lines[0].points.split()) <= 300


def test_a_value_that_a_template_lacks_is_an_error():
    with pytest.raises(Exception, match="undefined"):
        fill("card.md")


def test_a_score_that_is_none_is_a_dash():
    assert (score(np.nan), score(0.25)) == ("–", "0.250")
