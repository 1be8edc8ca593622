"""Two runs on the same images: differences of cells, flips, McNemar's test and the interval by person."""

import numpy as np
import pandas as pd
import pytest

from core.errors import BadInput
from core.evaluation.bootstrap import draws_of
from core.evaluation.difference import LOST, OTHERWISE, WON, check_comparable, difference, flips

LABELS = ["joy", "fear", "anger"]


def table(y_true, said, persons=None) -> pd.DataFrame:
    """Predictions that give 0.8 to what they say."""
    shares = {f"p_{label}": np.where(np.array(said) == label, 0.8, 0.1) for label in LABELS}
    persons = pd.Series(persons or [None] * len(y_true), dtype="str")
    names = [f"{n}.png" for n in range(len(y_true))]
    return pd.DataFrame({"image": names, "person": persons, "y_true": y_true, "fold": 0, **shares})


TRUTH = ["joy", "joy", "joy", "fear", "fear", "anger"]
A = ["joy", "joy", "fear", "joy", "fear", "joy"]
B = ["joy", "fear", "joy", "fear", "fear", "fear"]


@pytest.fixture
def two():
    return table(TRUTH, A), table(TRUTH, B)


# The matrix


def test_a_difference_is_the_second_minus_the_first():
    shown = difference(np.array([[5, 1], [2, 2]]), np.array([[3, 3], [2, 2]]), ["a", "b"])
    assert [["".join(cell) for cell in row] for row in shown.cells] == [["−2", "+2"], ["0", "0"]]


def test_a_difference_of_shares_is_in_points():
    shown = difference(np.array([[5, 5], [0, 4]]), np.array([[9, 1], [1, 3]]), ["a", "b"], "row %")
    assert [["".join(cell) for cell in row] for row in shown.cells] == [["+40", "−40"], ["+25", "−25"]]


def test_both_gives_images_and_points():
    shown = difference(np.array([[5, 5], [0, 4]]), np.array([[9, 1], [0, 4]]), ["a", "b"], "both")
    assert shown.cells.tolist() == [[("+4", "+40 pt"), ("−4", "−40 pt")], [("0",), ("0",)]]


def test_fewer_is_shaded_below_zero_and_the_largest_is_the_darkest():
    shade = difference(np.array([[5, 1], [2, 2]]), np.array([[3, 3], [1, 3]]), ["a", "b"]).shade
    assert shade.tolist() == [[-1, 1], [-0.5, 0.5]]


def test_a_hidden_diagonal_scales_the_rest():
    shown = difference(np.array([[5, 1], [2, 2]]), np.array([[1, 3], [1, 3]]), ["a", "b"], hide_diagonal=True)
    assert shown.shade.tolist() == [[0, 1], [-0.5, 0]]
    assert shown.cells[0, 0] == ()


def test_two_equal_runs_have_no_colour():
    same = np.array([[5, 1], [2, 2]])
    assert not difference(same, same, ["a", "b"], log=True).shade.any()


def test_a_cell_says_both_counts():
    says = difference(np.array([[5, 1], [2, 2]]), np.array([[3, 3], [2, 2]]), ["a", "b"]).says
    assert says[0, 1] == "true a, said b: 1 in A, 3 in B, 2 more (+33.3 points of the row)"
    assert says[1, 0] == "true b, said a: 2 in A, 2 in B, no change (0.0 points of the row)"


# The images


def test_flips_are_told_by_who_is_right(two):
    found = flips(*two)
    what = found.table.set_index("image")["what"].to_dict()
    assert what == {"1.png": LOST, "2.png": WON, "3.png": WON, "5.png": OTHERWISE}
    assert (found.lost, found.won) == (1, 2)


def test_a_flip_has_both_answers(two):
    row = flips(*two).table.set_index("image").loc["2.png"]
    assert row[["true", "said_a", "p_a", "said_b", "p_b"]].to_list() == ["joy", "fear", 0.8, "joy", 0.8]


def test_runs_are_aligned_by_image(two):
    first, second = two
    assert flips(first, second[::-1].reset_index(drop=True)).table.equals(flips(first, second).table)


@pytest.mark.parametrize(("lost", "won"), [(1, 2), (0, 5), (3, 3), (0, 0)])
def test_mcnemar_is_the_binomial_tail_on_both_sides(lost, won):
    truth = ["joy"] * (lost + won + 4)
    first = table(truth, ["joy"] * lost + ["fear"] * won + ["joy"] * 4)
    second = table(truth, ["fear"] * lost + ["joy"] * won + ["joy"] * 4)
    from math import comb

    n, fewer = lost + won, min(lost, won)
    tail = sum(comb(n, k) for k in range(fewer + 1)) / 2**n
    assert flips(first, second).p_value == pytest.approx(min(1, 2 * tail))


def test_the_interval_is_that_of_persons_drawn_one_by_one():
    rng = np.random.default_rng(4)
    truth, persons = rng.choice(LABELS, 40).tolist(), [f"person {n}" for n in (*range(7), *rng.integers(0, 7, 33))]
    said_a, said_b = rng.choice(LABELS, 40), rng.choice(LABELS, 40)
    found = flips(table(truth, said_a, persons), table(truth, said_b, persons), n_resamples=60, seed=2)
    gain = (said_b == truth).astype(float) - (said_a == truth)
    gains = []
    for times in draws_of(7, 60, 2).astype(int):
        rows = np.concatenate([np.tile(np.flatnonzero(np.array(persons) == f"person {n}"), times[n]) for n in range(7)])
        gains.append(gain[rows].mean())
    assert (found.low, found.high) == pytest.approx(tuple(np.quantile(gains, [0.025, 0.975])))
    assert found.gain == pytest.approx(gain.mean())


def test_a_run_beside_itself_differs_in_nothing(two):
    found = flips(two[0], two[0])
    assert found.table.empty
    assert (found.gain, found.low, found.high, found.p_value) == (0, 0, 0, 1)


# What does not compare


def test_runs_on_other_images_are_refused_with_both_plans_and_what_they_share(two):
    with pytest.raises(BadInput) as refusal:
        check_comparable(two[0], two[1].head(2), ("hold-out, seed 0", "5-fold, seed 1"))
    for words in ("6 images (hold-out, seed 0)", "2 (5-fold, seed 1)", "2 are the same", "train one of them"):
        assert words in str(refusal.value)


def test_runs_of_other_classes_are_refused(two):
    with pytest.raises(BadInput, match=r"different classes \(anger\)"):
        check_comparable(two[0], two[1].drop(columns="p_anger"), ("a", "b"))


def test_images_that_carry_another_label_are_refused(two):
    with pytest.raises(BadInput, match="1 of the 6 images carry another label"):
        check_comparable(two[0], two[1].assign(y_true=["fear", *TRUTH[1:]]), ("a", "b"))


def test_a_run_that_judged_copies_is_refused(two):
    copies = pd.concat([two[1], two[1].head(1)])
    with pytest.raises(BadInput, match="B judges some images more than once"):
        check_comparable(two[0], copies, ("a", "b"))
