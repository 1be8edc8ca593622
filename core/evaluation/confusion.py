"""A confusion matrix, worded and shaded: what stands in each cell, how dark it is, and one sentence that says it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from core.errors import BadInput

SHOWS = ("counts", "row %", "column %", "both")
"""What can stand in a cell; "both" is the count and below it the share of the row."""


@dataclass(frozen=True)
class Side:
    """What the rows or the columns of a matrix are called."""

    title: str
    before: str = ""
    """What stands before a label in a sentence: "true " gives "true fear"."""
    after: str = ""

    def phrase(self, label: str) -> str:
        """Return a label as a part of a sentence."""
        return f"{self.before}{label}{self.after}"


TRUE = Side("what is true", before="true ")
SAID = Side("what the model said", before="said ")


@dataclass(frozen=True)
class MatrixView:
    """A matrix as it is shown."""

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: np.ndarray
    """Lines of text, objects of shape (R, C), each a tuple of strings; empty where the cell is hidden."""
    shade: np.ndarray
    """float, shape (R, C), in [-1, 1]: 0 no colour, 1 the darkest; negative only in a difference."""
    says: np.ndarray
    """One sentence a cell, shape (R, C): what the mouse is told, and what a screen reader reads."""
    row_title: str
    column_title: str
    legend: str = ""
    """What a shade means, in words."""


def view(
    matrix: np.ndarray,
    labels: Sequence[str],
    show: str = "counts",
    log: bool = False,
    hide_diagonal: bool = False,
    by_confusion: bool = False,
    rows: Side = TRUE,
    columns: Side = SAID,
) -> MatrixView:
    """Return a matrix of counts as it is shown.

    Args:
        matrix: counts, shape (K, K), true labels in rows.
        labels: K names.
        show: one of `SHOWS`. A count is shaded by its share of the row, or rare classes would vanish.
        log: shade by the logarithm: of the count where counts are shown, else of the share.
        hide_diagonal: leave the diagonal empty, and scale the shade over the rest.
        by_confusion: order the classes as `confusion_order` does.
        rows: what the rows are called; `columns` likewise.

    Raises:
        BadInput: `show` is none of `SHOWS`.
    """
    check_show(show)
    [counts], names = ordered([matrix], labels, by_confusion)
    of_row, of_column = shares(counts, 1), shares(counts, 0)
    hidden = np.eye(len(names), dtype=bool) & hide_diagonal
    if log and show == "counts":
        values = np.log1p(counts)
    else:
        share = of_column if show == "column %" else of_row
        values = np.log1p(100 * share) if log else share
    return MatrixView(
        rows=names,
        columns=names,
        cells=each_cell(_writer(show), hidden, counts, of_row, of_column),
        # A share is its own shade, so that two matrices compare; logarithms, and mistakes alone, reach to the darkest.
        shade=_scaled(values, hidden) if log or hide_diagonal else values,
        says=each_cell(_sayer(rows, columns), *across(names), counts, of_row, of_column),
        row_title=rows.title,
        column_title=columns.title,
        legend=_legend(show, log, hide_diagonal) + order_in_words(by_confusion),
    )


def confusion_order(matrix: np.ndarray) -> np.ndarray:
    """Return an order of the classes in which those that are taken for each other lie beside each other.

    Two classes are the nearer, the larger the mean of the two shares of their rows that are taken for the other. The
    order is that of the leaves of a tree (average linkage), turned so that neighbours are as near as possible
    (Bar-Joseph et al. 2001). int64, shape (K,); of the two directions, the one in which the first class comes earlier.
    """
    n_labels = len(matrix)
    if n_labels < 3:
        return np.arange(n_labels)
    from scipy.cluster.hierarchy import leaves_list, linkage  # slow to import: only when somebody sorts
    from scipy.spatial.distance import squareform

    of_row = shares(matrix, 1)
    near = (of_row + of_row.T) / 2
    np.fill_diagonal(near, 0)
    apart = near.max() - near
    np.fill_diagonal(apart, 0)
    tree = linkage(squareform(apart, checks=False), "average", optimal_ordering=True)
    order = leaves_list(tree).astype(np.int64)
    return order if order.tolist().index(0) < n_labels / 2 else order[::-1]


def order_in_words(by_confusion: bool) -> str:
    """Return the sentence that a legend ends with where the classes are sorted."""
    return " Classes that are taken for each other lie beside each other." if by_confusion else ""


def ordered(matrices: Sequence[np.ndarray], labels: Sequence[str], by_confusion: bool) -> tuple[list, tuple[str, ...]]:
    """Return matrices and labels in the order of what all matrices together confuse, or as they are."""
    order = confusion_order(sum(matrices)) if by_confusion else np.arange(len(labels))
    return [matrix[np.ix_(order, order)] for matrix in matrices], tuple(str(labels[place]) for place in order)


def check_show(show: str) -> None:
    """Raise BadInput where `show` is none of `SHOWS`."""
    if show not in SHOWS:
        raise BadInput(f"A matrix shows one of {', '.join(SHOWS)}, not {show!r}.")


def shares(counts: np.ndarray, axis: int) -> np.ndarray:
    """Return each count's share of its row (axis 1) or column (axis 0), in [0, 1]; 0 where that is empty."""
    return counts / np.maximum(counts.sum(axis, keepdims=True), 1)


def across(labels: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Return the label of each cell's row, shape (K, 1), and of its column, shape (1, K)."""
    names = np.array(labels, dtype=object)
    return names[:, None], names[None, :]


def each_cell(write: Callable, *values: np.ndarray) -> np.ndarray:
    """Return what `write` makes of each cell's values, objects of their common shape."""
    together = np.broadcast(*values)
    cells = np.empty(together.shape, dtype=object)
    for place, cell in zip(np.ndindex(cells.shape), together, strict=True):
        cells[place] = write(*cell)
    return cells


def _writer(show: str) -> Callable[[bool, int, float, float], tuple[str, ...]]:
    lines = {
        "counts": lambda n, of_row, of_column: (f"{n:,}",),
        "row %": lambda n, of_row, of_column: (_percent(of_row),),
        "column %": lambda n, of_row, of_column: (_percent(of_column),),
        "both": lambda n, of_row, of_column: (f"{n:,}", _percent(of_row)) if n else ("0",),
    }[show]
    return lambda hidden, *values: () if hidden else lines(*values)


def _sayer(rows: Side, columns: Side) -> Callable[[str, str, int, float, float], str]:
    def says(row: str, column: str, n: int, of_row: float, of_column: float) -> str:
        images = f"{n:,} image{'' if n == 1 else 's'}"
        shares_in_words = f"{of_row:.1%} of the row, {of_column:.1%} of the column"
        return f"{rows.phrase(row)}, {columns.phrase(column)}: {images}, {shares_in_words}"

    return says


def _percent(share: float) -> str:
    return "<1%" if 0 < share < 0.005 else f"{share:.0%}"


def _scaled(values: np.ndarray, hidden: np.ndarray) -> np.ndarray:
    seen = np.where(hidden, 0.0, values)
    return seen / max(seen.max(initial=0.0), np.finfo(float).tiny)


def _legend(show: str, log: bool, hide_diagonal: bool) -> str:
    meant = f"the cell's share of its {'column' if show == 'column %' else 'row'}"
    if log:
        meant = f"the logarithm of {'the count' if show == 'counts' else meant}"
    alone = ". What is right is hidden; the darkest is the largest mistake" if hide_diagonal else ""
    return f"The stronger the blue, the larger {meant}{alone}."
