"""Runs as pages show them: a menu, and what is said of one that the program brought along."""

from pathlib import Path

import streamlit as st

from core.catalog import Dataset
from core.cleaning import split_source
from core.errors import BadInput
from core.runs import SPLIT_FIRST, Run, fits, list_runs, recipe, shipped_runs
from core.settings import Settings
from pages.shared.cache import kept
from pages.shared.links import remember, remembered
from pages.shared.offer import config_in_link, offer
from pages.shared.text import plain


def pick_run(
    dataset: Dataset, label: str, key: str, beside: Run | None = None, with_network: bool = False
) -> Run | None:
    """Draw a menu of the dataset's runs, newest first, bound to the URL, and return the chosen one.

    After them come the runs that are shipped with the program: those that judged images of this dataset, then all
    others. With `beside`, the choice is optional and that run is left out; `with_network` leaves out runs whose network
    is not here. A link also holds the run's recipe: where the run is not here, the page offers to train it, and ends
    there. Where there is no run at all, say so, link to the training page and end the page.
    """
    runs = _runs_to_show(dataset, with_network)
    if beside:
        runs.pop(beside.id, None)
    asked = remembered(key)
    missing = _choose_first(runs, dataset, key, optional=beside is not None)
    if missing:
        offer(dataset, asked, key)
    elif not runs and not beside:
        st.info("No run on this dataset yet. Train one: a small model takes a minute or two.", icon=":material/info:")
        st.page_link("pages/training.py", label="Go to training", icon=":material/model_training:")
    chosen = (
        st.selectbox(
            "Or look at another run" if missing else label,
            list(runs),
            index=None if beside or missing else 0,
            key=key,
            format_func=lambda run_id: _label(runs[run_id], dataset),
            placeholder="none",
        )
        if runs
        else None
    )
    if not missing:
        _remember_run(key, runs.get(chosen))
    if chosen is None and not beside:
        st.stop()
    if chosen:
        _say_where_from(runs[chosen], dataset)
    return runs.get(chosen)


def _choose_first(runs: dict[str, Run], dataset: Dataset, key: str, optional: bool) -> bool:
    """Settle what the menu shows before it is drawn; return whether the link names a run that is not among them.

    What was chosen stays. Else it is the link's run, or the one that was trained here by its recipe, or the first.
    """
    state, asked, awaited = st.session_state, remembered(key), f"{key}-awaited"
    if state.get(key) in runs:
        state.pop(awaited, None)
    elif optional and key in state and asked != state.get(awaited):  # somebody cleared the menu
        state[key] = None
    elif asked in runs:
        state[key] = asked
    elif asked and (twin := _twin(dataset, key)) in runs:
        state[key] = twin
        st.info(
            "The run of this link was trained on another copy of the dataset or by another version of this program. "
            "This is the same configuration, trained here.",
            icon=":material/content_copy:",
        )
    elif asked:
        state[key], state[awaited] = None, asked
    else:
        state[key] = None if optional else next(iter(runs), None)
    return bool(asked) and state.get(awaited) == asked and state[key] is None


def _twin(dataset: Dataset, key: str) -> str | None:
    """Return the id that the link's recipe has on this dataset, None where it has none."""
    try:
        return config_in_link(dataset, key).id
    except BadInput:  # told by whoever offers to train it
        return None


def _remember_run(key: str, run: Run | None) -> None:
    """Write the run and its recipe into the link; not by `bind`, which leaves out what nobody touched."""
    remember(key, run.id if run else None)
    remember(f"{key}-recipe", recipe(run.config) if run else None)


def _runs_to_show(dataset: Dataset, with_network: bool) -> dict[str, Run]:
    """Return id -> run: the dataset's own, then shipped ones of it, then shipped ones of others; a trained run stands
    for its shipped twin. Among shipped ones, those that are wrong on purpose are last: no visitor meets them first.
    """
    own = list_runs(Settings().runs_dir, dataset.fingerprint)
    shipped = sorted(shipped_runs(), key=lambda run: (not is_of(run, dataset), run.config.order != SPLIT_FIRST))
    found = {}
    for run in [*own, *shipped]:
        if run.network.is_file() or not with_network:
            found.setdefault(run.id, run)
    return found


def is_of(run: Run, dataset: Dataset) -> bool:
    """Return whether the pictures that a run judged are those of the dataset."""
    if run.config.fingerprint == dataset.fingerprint:
        return True
    if run.shipped:  # all of them at once: one after the other they would fill what is kept
        return run.id in kept(dataset, _shipped_of, dataset, key=(str(run.folder.parent),))
    return kept(dataset, fits, run, dataset, key=(run.id,))


def _shipped_of(dataset: Dataset) -> frozenset[str]:
    return frozenset(run.id for run in shipped_runs() if fits(run, dataset))


def mark(run: Run, dataset: Dataset) -> str:
    """Return what a run's name is followed by where it was not trained here, such as ", shipped with the program"."""
    if not run.shipped:
        return ""
    of = "" if is_of(run, dataset) else f", of {Path(split_source(run.config.dataset)[0]).name}"
    return f", shipped with the program{of}"


def _say_where_from(run: Run, dataset: Dataset) -> None:
    if run.shipped and not is_of(run, dataset):
        of = plain(Path(split_source(run.config.dataset)[0]).name)
        st.caption(
            f":material/inventory_2: This run is shipped with the program. It was trained on {of}, not on the dataset "
            "that is open: its figures are shown, its pictures are not here."
        )
    elif run.shipped:
        st.caption(":material/inventory_2: This run is shipped with the program; it was not trained on this machine.")


def _label(run: Run, dataset: Dataset) -> str:
    """Name the run so that no other is called the same: a menu tells its options apart by what it shows."""
    score = f"macro-F1 {run.metrics['macro_f1']:.3f}"
    return f"{run.config.title} — {score}, {run.config.plan}{mark(run, dataset)}, {run.id}"
