"""A comparison in words and as matrices."""

import numpy as np
import pandas as pd
import pytest

from core.evaluation.comparison import ALIKE, BETTER, REFERENCE, WORSE, Comparison
from core.evaluation.verdicts import classes_view, how, in_words, pairs_view, sentence, signed


def comparison(*verdicts, seeds=3):
    n = len(verdicts)
    tested = [np.nan if verdict == REFERENCE else 0.01 for verdict in verdicts]
    columns = {"seeds": seeds, "mean": 0.3, "low": 0.2, "high": 0.4, "spread": 0.01, "difference": tested}
    columns |= {"difference_low": -0.02, "difference_high": 0.04, "p": tested, "p_holm": tested, "verdict": verdicts}
    return Comparison("macro_f1", pd.DataFrame(columns, index=list("abcdefgh")[:n]))


@pytest.fixture
def pairs():
    rows = {"first": ["a"], "second": ["b"], "difference": [0.2], "low": [0.1], "high": [0.3], "p": [0.01]}
    return pd.DataFrame(rows | {"p_holm": [0.01], "verdict": [BETTER]})


@pytest.mark.parametrize(
    ("verdicts", "said"),
    [
        ([BETTER, ALIKE, ALIKE, REFERENCE], "Of 3 configurations compared with “plain”, 1 is better and 2 cannot be"),
        ([BETTER, WORSE, WORSE, ALIKE, REFERENCE], "1 is better, 2 are worse and 1 cannot be told apart from it"),
        ([WORSE, WORSE, REFERENCE], "none is better and 2 are worse (Macro-F1"),
        ([ALIKE, REFERENCE], "Of 1 configuration compared with “plain”, none is better and 1 cannot be told apart"),
        ([REFERENCE], "There is nothing to compare yet"),
    ],
)
def test_the_sentence_counts_the_verdicts(verdicts, said):
    assert said in sentence(comparison(*verdicts), "plain", ["joy"])


@pytest.mark.parametrize(
    ("seeds", "said"), [(3, "; 3 seeds each)"), (1, "; one seed each)"), ([1, 5], "; 1 to 5 seeds each)")]
)
def test_the_sentence_says_how_many_seeds(seeds, said):
    assert said in sentence(comparison(ALIKE, REFERENCE, seeds=seeds), "plain", ["joy"])


def test_how_says_what_was_corrected_for():
    assert "corrected for 2 comparisons (Holm 1979)" in how(comparison(ALIKE, BETTER, REFERENCE), 4000, 50)


def test_a_row_is_a_sentence():
    said = in_words(comparison(BETTER, REFERENCE).table.loc["a"], "Over")
    assert said.startswith("Over: mean 0.300, 95 % interval 0.200 to 0.400, spread over 3 seeds 0.010 (SD).")
    assert said.endswith("+0.010 (95 % interval −0.020 to +0.040, corrected p 0.010), better than it.")


@pytest.mark.parametrize(("value", "text"), [(0.04, "+0.040"), (-0.12, "−0.120"), (-0.0001, "+0.000"), (np.nan, "")])
def test_a_difference_has_a_sign(value, text):
    assert signed(value) == text


def test_pairs_are_shown_both_ways_with_opposite_signs(pairs):
    view = pairs_view(pairs, {"b": "Beta", "a": "Alpha"})
    assert view.rows == ("1 Beta", "2 Alpha")
    assert view.cells.tolist() == [[(), ("−0.20", "▼")], [("+0.20", "▲"), ()]]
    assert view.shade.tolist() == [[0, -1], [1, 0]]
    assert "1 comparisons" not in view.legend


def test_a_cell_says_which_is_better_than_which(pairs):
    view = pairs_view(pairs, {"a": "Alpha", "b": "Beta"})
    assert view.says[1, 0].startswith("Beta: −0.200 (95 % interval −0.300 to −0.100")
    assert view.says[1, 0].endswith("worse than Alpha")


def test_classes_are_columns_and_the_reference_has_no_row():
    rows = {"configuration": "a", "label": ["joy", "fear"], "difference": [0.1, np.nan], "low": [0.0, np.nan]}
    rows |= {"high": [0.2, np.nan], "p": [0.3, np.nan], "p_holm": [0.3, np.nan], "verdict": ALIKE}
    view = classes_view(pd.DataFrame(rows), {"r": "Reference", "a": "Alpha"}, ["fear", "joy"], "Reference")
    assert (view.rows, view.columns) == (("Alpha",), ("fear", "joy"))
    assert view.cells.tolist() == [[(), ("+0.10", "≈")]]
