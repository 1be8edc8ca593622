"""The panel: figures of the same class mix, kept and read back."""

import json

import numpy as np
import pytest

from core.errors import BadInput
from core.synthesis.honesty import honesty_from, judge_samples, same_mix
from core.synthesis.memory import find_copies

LABELS = np.repeat(np.array(["fear", "disgust"], dtype=object), [10, 30])


@pytest.fixture(scope="module")
def panel(pictures):
    real, made = pictures(40), pictures(40, 1)
    made[:3] = real[:3]
    memory = find_copies(made, real, np.arange(40))
    return judge_samples(memory, real, LABELS, np.arange(40), real, made, LABELS)


def test_each_class_is_drawn_as_often_from_both():
    second = np.repeat(np.array(["disgust", "fear", "joy"], dtype=object), [8, 20, 5])
    ours, theirs = same_mix(LABELS, second, np.random.default_rng(0))
    assert sorted(LABELS[ours]) == sorted(second[theirs]) == ["disgust"] * 8 + ["fear"] * 10
    assert len(set(ours)) == len(set(theirs)) == 18


def test_no_class_in_common_draws_nothing():
    ours, theirs = same_mix(LABELS, np.array(["joy"], dtype=object), np.random.default_rng(0))
    assert len(ours) == len(theirs) == 0


def test_large_classes_are_cut_to_a_thousand_together():
    many = np.repeat(np.array(["fear", "disgust"], dtype=object), 3000)
    assert len(same_mix(many, many, np.random.default_rng(0))[0]) == 1000


def test_planted_copies_are_counted(panel):
    assert (panel.copies.memorised, panel.copies.n) == (3, 40)


def test_all_four_measures_are_there(panel):
    assert panel.telling.n == panel.distance.n == 40
    assert [sign.name for sign in panel.signs] == ["grey squares", "grey borders", "unusual light"]


def test_the_panel_comes_back_from_its_record(panel):
    assert honesty_from(json.loads(json.dumps(panel.to_json()))) == panel


def test_three_pictures_are_too_few_for_most_of_it(pictures):
    few, labels = pictures(3), LABELS[:3]
    memory = find_copies(few, few, np.arange(3))
    panel = judge_samples(memory, few, labels, np.arange(3), few, few, labels)
    assert panel.telling is None
    assert panel.distance is None
    assert honesty_from(json.loads(json.dumps(panel.to_json()))) == panel


@pytest.mark.parametrize("change", [{"copies": None}, {"signs": 3}, {"telling": {"n": 2}}, {"distance": [1]}], ids=str)
def test_a_damaged_record_is_refused(panel, change):
    with pytest.raises(BadInput, match="make them again"):
        honesty_from(panel.to_json() | change)
