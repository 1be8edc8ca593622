"""What stands in the cells of a matrix, how dark they are and what they say, worked out by hand."""

import numpy as np
import pytest

from core.errors import BadInput
from core.evaluation.confusion import SHOWS, Side, confusion_order, view

LABELS = ["joy", "fear", "anger"]


@pytest.fixture
def matrix():
    """Joy: 6 right and 2 said fear; fear: 1 said joy and 1 right; nobody is angry."""
    return np.array([[6, 2, 0], [1, 1, 0], [0, 0, 0]])


def texts(shown) -> list[list[str]]:
    return [["/".join(lines) for lines in row] for row in shown.cells]


@pytest.mark.parametrize(
    ("show", "first_row"),
    [
        ("counts", ["6", "2", "0"]),
        ("row %", ["75%", "25%", "0%"]),
        ("column %", ["86%", "67%", "0%"]),
        ("both", ["6/75%", "2/25%", "0"]),
    ],
)
def test_a_cell_shows_what_was_asked_for(matrix, show, first_row):
    assert texts(view(matrix, LABELS, show))[0] == first_row


def test_a_share_that_is_not_quite_nothing_is_told_from_nothing():
    assert texts(view(np.array([[999, 1], [0, 1]]), ["a", "b"], "row %"))[0] == ["100%", "<1%"]


def test_large_counts_have_separators():
    assert texts(view(np.array([[12345]]), ["a"]))[0] == ["12,345"]


@pytest.mark.parametrize("show", ["counts", "row %", "both"])
def test_a_cell_is_shaded_by_its_share_of_the_row(matrix, show):
    assert view(matrix, LABELS, show).shade.tolist() == [[0.75, 0.25, 0], [0.5, 0.5, 0], [0, 0, 0]]


def test_shares_of_columns_are_shaded_by_the_column(matrix):
    assert view(matrix, LABELS, "column %").shade[:, 1] == pytest.approx([2 / 3, 1 / 3, 0])


def test_log_colour_of_counts_is_that_of_the_count(matrix):
    shade = view(matrix, LABELS, log=True).shade
    assert shade[0] == pytest.approx(np.log([7, 3, 1]) / np.log(7))


def test_log_colour_of_shares_is_that_of_the_share(matrix):
    shade = view(matrix, LABELS, "row %", log=True).shade
    assert shade[1] == pytest.approx(np.log([51, 51, 1]) / np.log(76))


def test_a_hidden_diagonal_has_neither_number_nor_colour(matrix):
    shown = view(matrix, LABELS, hide_diagonal=True)
    assert [shown.cells[n, n] for n in range(3)] == [(), (), ()]
    assert np.diag(shown.shade).tolist() == [0, 0, 0]


def test_without_the_diagonal_the_largest_mistake_is_the_darkest(matrix):
    assert view(matrix, LABELS, hide_diagonal=True).shade[[0, 1], [1, 0]].tolist() == [0.5, 1]


def test_a_hidden_cell_still_says_what_it_holds(matrix):
    assert view(matrix, LABELS, hide_diagonal=True).says[0, 0].startswith("true joy, said joy: 6 images")


def test_a_cell_says_all_of_it_in_one_sentence(matrix):
    says = view(matrix, LABELS).says
    assert says[0, 1] == "true joy, said fear: 2 images, 25.0% of the row, 66.7% of the column"
    assert says[1, 1] == "true fear, said fear: 1 image, 50.0% of the row, 33.3% of the column"


def test_the_sides_can_be_called_otherwise(matrix):
    shown = view(
        matrix, LABELS, rows=Side("the legend", after=" says the legend"), columns=Side("kim", after=" says kim")
    )
    assert shown.says[0, 1].startswith("joy says the legend, fear says kim: 2 images")
    assert (shown.row_title, shown.column_title) == ("the legend", "kim")


@pytest.mark.parametrize("show", SHOWS)
@pytest.mark.parametrize("log", [True, False])
@pytest.mark.parametrize("hide", [True, False])
def test_shades_lie_between_0_and_1_even_where_nothing_was_judged(show, log, hide):
    for counts in (np.zeros((2, 2), int), np.array([[5, 0], [0, 5]]), np.array([[0, 5], [5, 0]])):
        shade = view(counts, ["a", "b"], show, log, hide).shade
        assert shade.min() >= 0 and shade.max() <= 1


def test_something_else_to_show_is_refused(matrix):
    with pytest.raises(BadInput, match="one of counts, row %, column %, both, not 'entropy'"):
        view(matrix, LABELS, "entropy")


@pytest.mark.parametrize(("log", "words"), [(False, "the cell's share of its row"), (True, "logarithm of the count")])
def test_the_legend_says_what_a_shade_means(matrix, log, words):
    assert words in view(matrix, LABELS, log=log).legend


# The order


def pairs_confused() -> np.ndarray:
    """Six classes; 0 and 3, 1 and 4, 2 and 5 are taken for each other."""
    matrix = np.eye(6, dtype=int) * 20
    for one, other in ((0, 3), (1, 4), (2, 5)):
        matrix[one, other] = matrix[other, one] = 10
    return matrix


def test_classes_that_are_taken_for_each_other_lie_beside_each_other():
    order = confusion_order(pairs_confused()).tolist()
    assert all(abs(order.index(one) - order.index(other)) == 1 for one, other in ((0, 3), (1, 4), (2, 5)))


def test_a_chain_of_mistakes_is_laid_out_as_a_chain():
    chain = [2, 0, 4, 1, 3]
    matrix = np.eye(5, dtype=int) * 100
    for one, other in zip(chain, chain[1:], strict=False):
        matrix[one, other] = matrix[other, one] = 40
    assert confusion_order(matrix).tolist() in (chain, chain[::-1])


def test_an_order_counts_shares_of_rows_so_that_rare_classes_weigh_as_much():
    rare, many = np.eye(4, dtype=int) * 1000, [200, 0, 0]
    rare[0, 1], rare[1, 0] = many[0], many[0]
    rare[2, 2], rare[3, 3], rare[2, 3], rare[3, 2] = 1, 1, 9, 9
    order = confusion_order(rare).tolist()
    assert abs(order.index(2) - order.index(3)) == 1


def test_sorting_moves_rows_and_columns_together():
    shown = view(pairs_confused(), list("abcdef"), by_confusion=True)
    assert shown.rows == shown.columns == tuple("abcdef"[n] for n in confusion_order(pairs_confused()))
    assert np.diag(np.vectorize("/".join)(shown.cells)).tolist() == ["20"] * 6


@pytest.mark.parametrize("n_labels", [1, 2, 3])
def test_few_classes_without_a_mistake_stay_in_their_order(n_labels):
    assert view(np.eye(n_labels, dtype=int), list("abc")[:n_labels], by_confusion=True).rows[0] == "a"
