"""What a strategy does to each class, counted by hand."""

import numpy as np
import pandas as pd
import pytest

from core.errors import BadInput
from core.registry import Choice, Param
from core.sampling.plan import Plan
from core.sampling.summary import images_shown, resample, side_by_side

PART = pd.DataFrame({"image": list("abcdef"), "label": ["joy", "joy", "joy", "joy", "fear", "fear"]})
TAKE = Choice("take", "Take", "", "", (), lambda labels, rng: np.array([0, 0, 0, 2, 4, 4]))
FIRST = Choice("first", "First", "", "", (Param("n", 1, 1, 6, ""),), lambda labels, rng, n: np.arange(n))


@pytest.fixture
def taken():
    """`a` three times, `c` once and `e` twice; `b`, `d` and `f` never."""
    return resample(TAKE, PART["label"], {})


def test_each_class_is_counted_before_and_after(taken):
    assert taken.table["before"].to_dict() == {"joy": 4, "fear": 2}
    assert taken.table["after"].to_dict() == {"joy": 4, "fear": 2}


def test_distinct_images_are_counted_once(taken):
    assert taken.table["unique_after"].to_dict() == {"joy": 2, "fear": 1}


def test_what_is_never_shown_is_thrown_away(taken):
    assert taken.table["dropped"].to_dict() == {"joy": 2, "fear": 1}
    assert taken.thrown_away_share == 0.5


def test_copies_are_the_mean_times_that_a_shown_image_is_shown(taken):
    assert taken.table["copies"].to_dict() == {"joy": 2.0, "fear": 2.0}
    assert taken.table["most_copies"].to_dict() == {"joy": 3, "fear": 2}


def test_repeats_are_copies(taken):
    assert taken.table["copied"].to_dict() == {"joy": 2, "fear": 1}
    assert taken.table[["augmented", "synthesised"]].to_numpy().sum() == 0


def test_the_effective_sample_size_is_kish_s(taken):
    # joy: 3 + 1 = 4 times, (3 + 1)^2 / (9 + 1) = 1.6; fear: one image alone is one.
    assert taken.table["effective"].to_dict() == {"joy": 1.6, "fear": 1.0}


def test_a_blended_image_is_shared_by_its_parents():
    plan = Plan(np.array([0, 4, 4]), np.array([0, 4, 5]), np.array([0, 0, 0.25]))
    table = resample(Choice("blend", "", "", "", (), lambda labels, rng: plan), PART["label"], {}).table
    assert table.loc["fear", ["unique_after", "synthesised", "after", "dropped"]].tolist() == [1, 1, 2, 1]
    assert table.loc["fear", "most_copies"] == 2  # as itself and in the blend
    assert table.loc["fear", "effective"] == pytest.approx((1.75 + 0.25) ** 2 / (1.75**2 + 0.25**2))


def test_changed_copies_are_told_from_plain_ones():
    plan = Plan(np.array([0, 0, 0, 4, 4]), changed=np.array([False, False, True, True, True]))
    table = resample(Choice("change", "", "", "", (), lambda labels, rng: plan), PART["label"], {}).table
    assert table.loc["joy", ["unique_after", "copied", "augmented"]].tolist() == [1, 1, 1]
    assert table.loc["fear", ["unique_after", "copied", "augmented"]].tolist() == [1, 0, 1]


def test_weights_are_told_in_the_sentence():
    plan = Plan(np.arange(6), weights=np.array([0.75] * 4 + [1.5] * 2))
    result = resample(Choice("weigh", "", "", "", (), lambda labels, rng: plan), PART["label"], {})
    assert result.table["weight"].to_dict() == {"joy": 0.75, "fear": 1.5}
    assert result.sentence.endswith("a fear image weighs 2 times a joy one.")


def test_made_images_are_synthesised_and_no_image_is_used_for_them():
    made = {"made_images": np.zeros((1, 2, 2), np.uint8), "made_labels": np.array(["fear"], dtype=object)}
    plan = Plan(np.array([0, 4, 6, 6]), **made)
    table = resample(Choice("make", "", "", "", (), lambda labels, rng: plan), PART["label"], {}).table
    assert table.loc["fear", ["unique_after", "synthesised", "after", "most_copies"]].tolist() == [1, 2, 3, 1]


def test_the_sentence_says_what_it_costs(taken):
    assert taken.sentence == (
        "6 images a pass (1 times the data); 50% of the data is thrown away; a joy image is used up to 3 times."
    )


def test_the_sentence_says_where_nothing_is_lost():
    sentence = resample(FIRST, PART["label"], {"n": 6}).sentence
    assert sentence == "6 images a pass (1 times the data); nothing is thrown away; no image is used twice."


def test_classes_come_most_frequent_first():
    table = resample(FIRST, PART["label"][::-1], {"n": 6}).table
    assert table.index.tolist() == ["joy", "fear"]


def test_a_class_that_is_never_shown_has_no_copies():
    table = resample(FIRST, PART["label"], {"n": 2}).table
    assert np.isnan(table.loc["fear", "copies"])
    assert table.loc["fear", "after"] == 0


def test_parameters_are_checked_and_filled_in():
    assert resample(FIRST, PART["label"], {}).params == {"n": 1}
    with pytest.raises(BadInput, match="n must be a whole number from 1 to 6"):
        resample(FIRST, PART["label"], {"n": 7})


def test_strategies_stand_side_by_side(taken):
    table = side_by_side([taken, resample(FIRST, PART["label"], {"n": 5})])
    assert table.set_index("label").loc["fear"].to_dict() == {"before": 2, "Take": 2, "First": 1}


def test_shown_images_come_most_repeated_first(taken):
    shown = images_shown(taken, PART, "joy")
    assert shown.to_numpy().tolist() == [["a", "used 3 x"], ["c", "used once"]]


def test_shown_images_follow_the_part_whatever_its_index(taken):
    assert images_shown(taken, PART.set_axis(range(100, 106)), "fear")["image"].tolist() == ["e"]
