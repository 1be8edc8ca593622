"""The figure of every k: its scores, its baseline, and where a class stops."""

import numpy as np
import pandas as pd
import pytest

from core import figures
from core.evaluation import Baseline


@pytest.fixture
def curve():
    return pd.DataFrame(
        {
            "k": [1, 2, 3],
            "accuracy": [0.5, 0.6, 0.7],
            "macro_f1": [0.3, 0.2, 0.1],
            "f1_joy": [0.6, 0.4, 0.2],
            "f1_fear": [0.0, 0.0, 0.0],
            "f1_rage": [np.nan] * 3,
        }
    )


MAJORITY = Baseline("joy", 0.55, 0.24)
STOPS = pd.Series({"joy": np.nan, "fear": 3.0, "rage": 2.0})


def lines(figure):
    return {line.name: line for line in figure.data}


def test_both_scores_are_drawn_over_k(curve):
    drawn = lines(figures.scores_by_k(curve, STOPS, MAJORITY))
    assert (list(drawn["macro-F1"].x), list(drawn["macro-F1"].y)) == ([1, 2, 3], [0.3, 0.2, 0.1])
    assert list(drawn["accuracy"].y) == [0.5, 0.6, 0.7]


def test_the_majority_is_a_level_line_in_the_colour_of_its_score(curve):
    drawn = lines(figures.scores_by_k(curve, STOPS, MAJORITY))
    level = drawn["always joy: macro-F1 0.240"]
    assert (list(level.x), list(level.y)) == ([1, 3], [0.24, 0.24])
    assert level.line.color == drawn["macro-F1"].line.color


def test_the_box_of_a_k_tells_every_class(curve):
    text = lines(figures.scores_by_k(curve, STOPS, MAJORITY))["macro-F1"].hovertext[2]
    assert text.split("<br>") == [
        *("<b>k = 3</b>", "macro-F1 0.100", "accuracy 0.700", "joy: F1 0.200"),
        *("fear: F1 0.000, can never be predicted", "rage: not tested, can never be predicted"),
    ]


def test_a_class_stops_at_a_line_in_its_colour(curve):
    figure = figures.scores_by_k(curve, STOPS, MAJORITY)
    colours = figures.class_colours(list(STOPS.index))
    assert {shape.x0: shape.line.color for shape in figure.layout.shapes} == {2: colours["rage"], 3: colours["fear"]}
    assert [note.text for note in figure.layout.annotations] == ["no rage (2+)", "no fear (3+)"]


def test_a_class_that_stops_behind_the_last_k_is_not_marked(curve):
    assert not figures.scores_by_k(curve, STOPS + 10, MAJORITY).layout.shapes


def test_names_of_classes_that_stop_together_stand_beside_each_other(curve):
    notes = figures.scores_by_k(curve, pd.Series({"fear": 2.0, "rage": 2.0}), MAJORITY).layout.annotations
    assert len({note.xshift for note in notes}) == 2
