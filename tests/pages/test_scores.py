"""The tables of scores that several pages show: sortable, with intervals, baselines and text to copy."""

import pytest
from streamlit.testing.v1 import AppTest

from tests.pages.conftest import text


def shown(names):
    """The scores of two small runs, drawn alone."""
    import numpy as np
    import pandas as pd

    from core.evaluation import evaluate
    from pages.shared.scores import score_tables

    rng = np.random.default_rng(0)
    labels = ["joy", "fear *1*"]
    found = {}
    for name in names:
        y_true = rng.choice(labels, 80, p=[0.8, 0.2])
        said = rng.choice(labels, 80)
        found[name] = evaluate(
            pd.DataFrame(
                {"person": [f"p{n % 20}" for n in range(80)], "y_true": y_true}
                | {f"p_{label}": np.where(said == label, 0.9, 0.1) for label in labels}
            )
        )
    score_tables(found, "scores")


@pytest.fixture
def one():
    """The page with one run."""
    return AppTest.from_function(shown, args=(["A"],), default_timeout=30).run()


@pytest.fixture
def two():
    """The page with two runs."""
    return AppTest.from_function(shown, args=(["A", "B"],), default_timeout=30).run()


def test_a_run_has_a_table_of_its_classes_and_one_over_all_classes(one):
    assert not one.exception
    assert [list(table.value.columns)[0] for table in one.dataframe] == ["class", "over all classes"]


def test_both_baselines_stand_beside_every_score(one):
    assert all({"always joy", "shuffled answers"} <= set(table.value.columns) for table in one.dataframe)


def test_scores_are_numbers_so_that_they_sort(one):
    assert one.dataframe[0].value[["F1", "precision", "recall"]].dtypes.eq(float).all()


def test_the_method_is_said_once_and_thin_classes_are_named(two):
    assert text(two).count("bootstrap resamples") == 1
    assert "Few test images" in text(two) and "fear *1*" in text(two)


def test_several_runs_are_named_above_their_tables(two):
    assert [one.value for one in two.markdown][:2] == ["**A**", "**B**"]
    assert len(two.dataframe) == 4


@pytest.mark.parametrize(
    ("language", "begins"), [("Markdown", "|  | F1"), ("LaTeX", "% needs"), ("CSV", "kind,name,score")]
)
def test_the_table_can_be_copied_in_three_ways(one, language, begins):
    one.segmented_control[0].set_value(language).run()
    assert one.code[0].value.startswith(begins)


def test_what_is_copied_holds_the_same_figures_as_the_table(one):
    f1 = one.dataframe[0].value["F1"].iloc[0]
    assert f"| joy | {f1:.3f} [" in one.code[0].value
