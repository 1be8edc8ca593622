"""One table of a run's scores, and the same as Markdown, LaTeX and CSV."""

import io

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import f1_score

from core.evaluation import evaluate
from core.evaluation.predictions import predicted_labels
from core.evaluation.tables import (
    ALL_CLASSES,
    CLASS,
    SHUFFLED,
    as_csv,
    as_latex,
    as_markdown,
    caption,
    latex_plain,
    score_table,
    with_interval,
)

LABELS = ["joy", "fear", "anger"]


def table(y_true, y_pred, persons=None, labels=LABELS):
    """A table of predictions that are sure of themselves: 0.7 for what is said, the rest shared."""
    rest = 0.3 / (len(labels) - 1)
    scores = {f"p_{label}": np.where(np.array(y_pred) == label, 0.7, rest) for label in labels}
    persons = pd.Series(persons if persons is not None else [None] * len(y_true), dtype="str")
    return pd.DataFrame(
        {"image": [f"{n}.jpg" for n in range(len(y_true))], "person": persons, "y_true": y_true} | scores
    )


@pytest.fixture
def random():
    """400 images of 100 persons, guessed right more often than not; anger is rare."""
    rng = np.random.default_rng(0)
    y_true = rng.choice(LABELS, 400, p=[0.65, 0.31, 0.04])
    y_pred = np.where(rng.random(400) < 0.6, y_true, rng.choice(LABELS, 400))
    return table(y_true, y_pred, [f"person {n}" for n in rng.integers(0, 100, 400)])


@pytest.fixture
def scored(random):
    """Its score table, a row found by its name."""
    return score_table(evaluate(random)).set_index("name")


def odd(label):
    """The score table of two classes, one of which is called so."""
    labels = [label, "plain"]
    return score_table(evaluate(table(labels * 3, labels * 3, labels=labels)))


# The table


def test_classes_come_first_and_then_the_scores_over_all(scored):
    assert scored["kind"].tolist() == [CLASS] * 3 + [ALL_CLASSES] * 7
    assert scored.index[:4].tolist() == [*LABELS, "Macro-F1"]


def test_the_score_of_a_class_is_its_f1(random, scored):
    theirs = f1_score(random["y_true"], predicted_labels(random), labels=LABELS, average=None)
    assert scored.loc[LABELS, "score"].tolist() == pytest.approx(theirs)


@pytest.mark.parametrize("score", ["score", "precision", "recall"])
def test_every_score_of_a_class_lies_in_its_interval(scored, score):
    rows = scored.loc[LABELS]
    assert (rows[f"{score}_low"] <= rows[score]).all() and (rows[score] <= rows[f"{score}_high"]).all()


def test_the_scores_over_all_are_those_of_the_evaluation(random, scored):
    overall = evaluate(random).overall
    rows = scored[scored["kind"] == ALL_CLASSES]
    assert np.allclose(rows[["score", "score_low", "score_high"]], overall[["value", "low", "high"]])


def test_a_class_says_how_many_images_and_persons_it_is_worked_out_from(random, scored):
    anger = random[random["y_true"] == "anger"]
    assert scored.loc["anger", ["images", "persons"]].tolist() == [len(anger), anger["person"].nunique()]


def test_the_shuffled_f1_of_a_class_is_what_many_shuffles_give(random, scored):
    rng, said = np.random.default_rng(0), predicted_labels(random)
    shuffles = [f1_score(random["y_true"], rng.permutation(said), labels=LABELS, average=None) for _ in range(300)]
    assert scored.loc[LABELS, SHUFFLED].tolist() == pytest.approx(np.mean(shuffles, axis=0).tolist(), abs=0.01)


def test_always_saying_the_commonest_scores_nothing_for_the_others(random, scored):
    n = (random["y_true"] == "joy").sum()
    assert scored.loc[LABELS, "always joy"].tolist() == pytest.approx([2 * n / (n + 400), 0, 0])


def test_the_mean_over_common_classes_names_those_it_leaves_out(scored):
    assert "Macro-F1 of classes with 30 images or more, without anger" in scored.index


def test_where_every_class_is_common_none_is_left_out():
    shown = score_table(evaluate(table(["joy", "fear", "anger"] * 30, ["joy", "joy", "anger"] * 30)))
    assert "Macro-F1 of classes with 30 images or more: all" in shown["name"].tolist()


def test_where_no_class_is_common_their_mean_is_empty():
    shown = score_table(evaluate(table(["joy", "fear"], ["joy", "fear"])))
    assert "without joy, fear, anger |  |" in as_markdown(shown)


# As text


def test_an_interval_stands_in_brackets_after_its_score():
    assert with_interval(0.1234, 0.045, 0.21) == "0.123 [0.045, 0.210]"


def test_markdown_has_a_line_a_row_and_equal_cells(scored):
    lines = as_markdown(scored.reset_index()).splitlines()
    assert len(lines) == 2 + 10
    assert {line.count(" | ") for line in lines} == {7}


def test_a_bar_in_a_class_name_does_not_end_a_cell_of_markdown():
    assert "| a\\|b | 1.000 [1.000, 1.000] |" in as_markdown(odd("a|b"))


def test_latex_is_a_table_of_booktabs_with_its_caption(random):
    text = as_latex(score_table(evaluate(random)), caption(evaluate(random)))
    assert [text.count(f"\\{rule}rule") for rule in ("top", "mid", "bottom")] == [1, 2, 1]
    assert "\\caption{Scores on 400 test images" in text and "95\\% interval" in text and "seed 0" in text


def test_latex_escapes_what_pandas_escapes():
    text = r"a & b % c $ d # e _ f { g } h"
    escaped = pd.DataFrame([text]).style.format(escape="latex").to_latex()
    assert latex_plain(text) in escaped


@pytest.mark.parametrize(
    ("character", "escaped"),
    [
        ("\\", r"\textbackslash{}"),
        ("~", r"\textasciitilde{}"),
        ("^", r"\textasciicircum{}"),
        ("<", r"\textless{}"),
        ("|", r"\textbar{}"),
    ],
)
def test_latex_names_the_characters_that_cannot_be_escaped(character, escaped):
    assert latex_plain(character) == escaped


def test_a_class_in_brackets_is_not_read_as_the_length_of_a_line():
    assert "\n{[}x] & " in as_latex(odd("[x]"))


def test_a_negative_score_has_a_minus_and_a_name_keeps_its_hyphen(scored):
    below = as_latex(scored.reset_index().assign(score=-0.5, score_low=-0.6, score_high=-0.4))
    assert "Macro-F1 & $-$0.500 [$-$0.600, $-$0.400]" in below


def test_a_line_break_in_a_class_name_does_not_break_its_row():
    assert "a b" in as_latex(odd("a\nb")) and "| a b |" in as_markdown(odd("a\nb"))


def test_csv_keeps_all_digits_and_the_ends_of_intervals_apart(scored):
    again = pd.read_csv(io.StringIO(as_csv(scored.reset_index()[["kind", "name", *scored.columns[1:]]])))
    assert np.array_equal(again["score"], scored["score"])
    assert {"precision_low", "precision_high", "score_low", "score_high"} <= set(again)


def test_the_caption_states_method_and_seed(random):
    n_persons = random["person"].nunique()
    assert f"1,000 bootstrap resamples of the {n_persons} persons" in caption(evaluate(random))
    assert "seed 3" in caption(evaluate(random, seed=3))
