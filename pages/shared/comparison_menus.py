"""What a comparison is made of, as menus: which runs, which score, against what, and which are left out."""

from collections.abc import Mapping, Sequence

import streamlit as st

from core.catalog import Dataset
from core.groups import Group
from pages.shared.choices import menu_in_link
from pages.shared.comparisons import MAJORITY
from pages.shared.links import remember, remembered
from pages.shared.runs import is_of


def pick_group(groups: Sequence[Group], dataset: Dataset) -> Group:
    """Draw the menu of what the runs were judged on, and return the chosen group.

    A link that names a run and no group opens the group that holds it.
    """
    by_id = {group.id: group for group in groups}
    if not remembered("judged") and "judged" not in st.session_state:
        holding = [group.id for group in groups if remembered("run") in {run.id for run in group.runs}]
        remember("judged", next(iter(holding), None))
    group = by_id[menu_in_link("Judged on", {name: _title(by_id[name], dataset) for name in by_id}, "judged")]
    n_shipped = sum(run.shipped for run in group.runs)
    if n_shipped:
        st.caption(f":material/inventory_2: {n_shipped} of its {len(group.runs)} runs are shipped with the program.")
    return group


def pick_reference(group: Group, commonest: str) -> str:
    """Draw the menu of what all others are compared with, the plainest first; return an id of the group or MAJORITY."""
    names = group.names | {MAJORITY: always(commonest)}
    plainest = group.plainest
    first = plainest.id if plainest else MAJORITY
    return menu_in_link("Compared with", {first: names[first]} | names, "reference")


def always(label: str) -> str:
    """Return what the baseline is called."""
    return f"always saying {label}"


def pick_left_out(names: Mapping[str, str]) -> list[str]:
    """Draw the menu of configurations to leave out, at first none, and return their ids; the link holds them."""
    asked = [name for name in (remembered("without") or "").split(",") if name in names]
    st.session_state["without"] = [name for name in st.session_state.get("without", asked) if name in names]
    chosen = st.multiselect(
        "Leave out",
        list(names),
        key="without",
        format_func=names.get,
        placeholder="none",
        help="What is left out is not tested, so nothing is corrected for it. Choose by what you ask, not by what "
        "scored badly.",
    )
    remember("without", ",".join(chosen) or None)
    return chosen


def _title(group: Group, dataset: Dataset) -> str:
    run = group.runs[0]
    return group.title if is_of(run, dataset) else f"{group.title}, shipped with the program, of {run.config.dataset}"
