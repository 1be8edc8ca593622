"""The picture of a comparison: a row a configuration, a dot a seed."""

import pandas as pd
import pytest

from core import figures
from core.evaluation.comparison import ALIKE, REFERENCE


@pytest.fixture
def figure():
    rows = {"seeds": [2, 1], "mean": [0.4, 0.3], "low": [0.3, 0.2], "high": [0.5, 0.4], "spread": [0.01, None]}
    table = pd.DataFrame(rows | {"verdict": [ALIKE, REFERENCE]}, index=["o", "n"])
    dots = pd.DataFrame(
        {"configuration": ["n", "o", "o"], "run": list("xyz"), "seed": [0, 0, 1], "value": [0.3, 0.39, 0.41]}
    )
    names = {"o": "Over <b>300</b>", "n": "A name that is too long for a telephone and goes on in the next line"}
    return figures.compared(table, dots, names, "Macro-F1", ("joy", 0.1))


def heads(figure):
    return [annotation.text for annotation in figure.layout.annotations]


def test_a_row_has_its_interval_its_mean_and_its_seeds(figure):
    interval, mean, dots, *_ = figure.data
    assert (list(interval.x), list(mean.x), list(dots.x)) == ([0.3, 0.5], [0.4], [0.39, 0.41])


def test_a_dot_tells_its_run_seed_and_configuration(figure):
    assert [list(mark) for mark in figure.data[2].customdata] == [["y", 0, "o"], ["z", 1, "o"]]


def test_the_verdict_is_a_word_and_not_only_a_colour(figure):
    assert any("not distinguishable" in head for head in heads(figure))


def test_a_name_is_text_whatever_it_holds(figure):
    assert any("&lt;b&gt;300" in head for head in heads(figure))


def test_a_long_name_is_broken_into_lines(figure):
    assert any("<br>" in head and "the reference" in head for head in heads(figure))


def test_the_baseline_is_a_line_with_its_name(figure):
    assert figure.layout.shapes[0].x0 == 0.1
    assert "always joy" in heads(figure)
