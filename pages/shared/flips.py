"""The difference of two runs: a matrix of differences, and the images that flipped from one to the other."""

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from core.catalog import Dataset
from core.errors import BadInput
from core.evaluation import Evaluation
from core.evaluation.difference import KINDS, OTHERWISE, Flips, check_comparable, difference, flips
from core.runs import Run
from pages.shared.cache import cached_predictions
from pages.shared.cell import LINK, PER_CENT, judged_images
from pages.shared.matrix import matrix, remember_pair, remembered_pair
from pages.shared.text import plain


def comparable(runs: Sequence[Run]) -> bool:
    """Return whether two runs judged the same images; where not, say why in one sentence and lead to training."""
    first, second = (cached_predictions(run.id, run) for run in runs)
    try:
        check_comparable(first, second, (runs[0].config.plan, runs[1].config.plan))
    except BadInput as problem:
        st.info(plain(problem), icon=":material/difference:")
        st.page_link("pages/training.py", label="Train the other one", icon=":material/model_training:")
        return False
    return True


def differences(
    dataset: Dataset, runs: Sequence[Run], evaluations: Sequence[Evaluation], options: Mapping[str, object]
) -> None:
    """Show how B differs from A: in how many images, whether that may be luck, in which cells, and in which images."""
    found = _flips(runs[0].id, runs[1].id, runs[0], runs[1])
    _in_figures(found)
    first, second = evaluations
    shown = difference(first.confusion_matrix, second.confusion_matrix, first.labels, **options)
    cell = matrix(shown, "difference", "Difference of two confusion matrices, B minus A", remembered_pair(*LINK))
    remember_pair(*LINK, cell)
    which = st.segmented_control(
        "Images that flipped",
        KINDS,
        key="flipped",
        bind="query-params",
        help="None chosen: all of them. A chosen cell leaves those that came into it or left it.",
    )
    _images(dataset, runs, _chosen(found.table, which, cell), which, cell)


@st.cache_data(max_entries=16, show_spinner="Comparing the two runs")
def _flips(first_id: str, second_id: str, _first: Run, _second: Run) -> Flips:
    return flips(cached_predictions(first_id, _first), cached_predictions(second_id, _second))


def _in_figures(found: Flips) -> None:
    quiet = {"delta_color": "off", "delta_arrow": "off"}
    with st.container(horizontal=True):
        st.metric("A right, B wrong", f"{found.lost:,}", width=135)
        st.metric("A wrong, B right", f"{found.won:,}", width=135)
        st.metric("Both wrong, differently", f"{len(found.table) - found.lost - found.won:,}", width=180)
        between = f"{100 * found.low:+.1f} to {100 * found.high:+.1f}"
        st.metric("Accuracy, B minus A", f"{100 * found.gain:+.1f} points", between, width=220, help=found.how, **quiet)
        p_value = f"{found.p_value:.3f}" if found.p_value >= 0.001 else "<0.001"
        st.metric("McNemar's p", p_value, width=150, help=found.how)
    unsure = found.low <= 0 <= found.high
    st.caption(
        f"{'The interval holds 0: these two are not told apart by their accuracy. ' if unsure else ''}{found.how} "
        "Where the two disagree, believe the interval: images of one person are no independent witnesses."
    )


def _chosen(table: pd.DataFrame, which: str | None, cell: tuple[str, str] | None) -> pd.DataFrame:
    if which:
        table = table[table["what"] == which]
    if cell:
        true, said = cell
        table = table[(table["true"] == true) & ((table["said_a"] == said) != (table["said_b"] == said))]
    return table.reset_index(drop=True)


def _images(
    dataset: Dataset, runs: Sequence[Run], table: pd.DataFrame, which: str | None, cell: tuple[str, str] | None
) -> None:
    title = f"From A to B: {which or 'answered differently'}"
    if cell:
        title += f"; true {cell[0]} and said {cell[1]} by one of them"
    below = [_caption(row) for row in table.to_dict("records")]
    columns = {
        "said_a": "A said",
        "p_a": st.column_config.NumberColumn("A's probability", **PER_CENT),
        "said_b": "B said",
        "p_b": st.column_config.NumberColumn("B's probability", **PER_CENT),
    }
    judged_images(dataset, runs[1], table, title, below, "flipped-images", columns)


def _caption(row: Mapping[str, object]) -> str:
    """Return both answers, the right one marked; where none is, what would have been right."""
    answers = [
        f"{row[said]} {row[p]:.0%}{' ✓' if row[said] == row['true'] else ''}"
        for said, p in (("said_a", "p_a"), ("said_b", "p_b"))
    ]
    truth = f" (true: {row['true']})" if row["what"] == OTHERWISE else ""
    return " → ".join(answers) + truth
