"""Who answers when a picture is shown, and how: networks of the zoo and runs, all of it in the link."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from core.catalog import Dataset
from core.errors import BadInput
from core.predictors import Predictor, find_predictor, zoo
from core.reliability import answered
from core.runs import Run, find_run, list_runs, recipe
from core.settings import Settings
from pages.shared.guards import or_stop
from pages.shared.links import remember, remembered
from pages.shared.offer import config_in_link, offer
from pages.shared.text import plain

_KEY, _LOST, _TOUCHED = "predictors", "predictors-lost", "predictors-touched"
_MOST = 6
_RECIPE = "-recipe"
_COMMON, _RARE = "likeliest", "rare classes weighed up"
_LINKED = {"bind": "query-params"}


@dataclass(frozen=True)
class Manner:
    """How what a network believes becomes an answer."""

    rare: bool = False
    """Whether rare classes are weighed up."""
    below: float = 0.0
    """The confidence below which nothing is said."""


def ask_whom(dataset: Dataset, settings: Settings) -> list[Predictor]:
    """Draw a menu of who answers, and return the chosen: the best network of the zoo first, then the dataset's runs.

    The link names them, and holds the recipe of each run: where one is not here, the page offers to train it. Where
    there is nobody to ask, say so, link to the training page and end the page.
    """
    brought = {one.name: one for one in or_stop(zoo)}
    runs = {run.id: run for run in list_runs(settings.runs_dir, dataset.fingerprint) if run.network.is_file()}
    runs |= _linked_runs(runs, settings)
    titles = {name: one.title for name, one in brought.items()} | {name: _title(run) for name, run in runs.items()}
    lost = _settle(titles, dataset)
    for name in lost[:1]:
        offer(dataset, name, name)
    if not titles:
        if not lost:
            st.info(
                "No run on this dataset yet. Train one: a small model takes a minute or two.", icon=":material/info:"
            )
            st.page_link("pages/training.py", label="Go to training", icon=":material/model_training:")
        st.stop()
    chosen = st.multiselect(
        "Who answers",
        list(titles),
        key=_KEY,
        format_func=titles.get,
        max_selections=_MOST,
        on_change=_forget_lost,
        placeholder="Choose a network",
        select_all=False,
        wrap=True,
    )
    _remember(chosen, lost, runs)
    if not chosen:
        st.info("Choose who answers.", icon=":material/arrow_upward:")
        st.stop()
    return [or_stop(find_predictor, name, settings) for name in chosen]


def in_what_manner(predictor: Predictor) -> Manner:
    """Draw how the networks answer, folded, and what that is worth on people whom the first of them never saw."""
    with st.container(horizontal=True, vertical_alignment="center"):
        worth = st.container()
        with st.popover("How it answers", icon=":material/tune:"):
            answer = st.segmented_control(
                "Answer", [_COMMON, _RARE], default=_COMMON, required=True, key="answer", **_LINKED
            )
            st.caption(
                "Most pictures show a neutral or happy face, and who says so is mostly right. With rare classes "
                "weighed up it finds more of the rare ones, and is wrong more often."
            )
            below = st.slider("Say nothing below this confidence", 0.0, 0.99, 0.0, 0.01, "percent", "below", **_LINKED)
    manner = Manner(answer == _RARE, below)
    worth.caption(plain(or_stop(answered, predictor, manner.below, manner.rare).sentence))
    return manner


def _title(run: Run) -> str:
    """Name the run so that no other is called the same: a menu tells its options apart by what it shows."""
    return f"{run.config.title}, macro-F1 {run.metrics['macro_f1']:.3f}, {run.id}"


def _asked() -> list[str]:
    """Return the names that the link gives; a link to one run, as the results page has it, gives that one."""
    return [name for name in (remembered(_KEY) or remembered("run") or "").split(",") if name]


def _linked_runs(runs: Mapping[str, Run], settings: Settings) -> dict[str, Run]:
    """Return the runs of the link, or chosen before, that are here but were trained on another dataset."""
    found = {}
    for name in {*_asked(), *st.session_state.get(_KEY, ())} - set(runs):
        if not re.fullmatch(r"[0-9a-f]{12}", name):  # a link opens no folder somewhere on the machine
            continue
        try:
            run = find_run(name, settings.runs_dir)
        except BadInput:
            continue
        if run.network.is_file():
            found[name] = run
    return found


def _settle(titles: Mapping[str, str], dataset: Dataset) -> list[str]:
    """Settle who is chosen before the menu is drawn; return the runs of the link that are not here."""
    state = st.session_state
    if _KEY not in state:
        state.pop(_TOUCHED, None)
        asked = [_here(name, titles, dataset) for name in _asked()]
        state[_KEY] = [name for name in asked if name in titles][:_MOST]
        state[_LOST] = [name for name in asked if name not in titles]
    arrived = [name for name in state.get(_LOST, []) if name in titles]  # it was trained meanwhile
    state[_LOST] = [name for name in state.get(_LOST, []) if name not in titles]
    state[_KEY] = [*(name for name in state[_KEY] if name in titles), *arrived][:_MOST]
    if not state[_KEY] and _TOUCHED not in state:
        state[_KEY] = list(titles)[:1]
    return state[_LOST]


def _here(name: str, titles: Mapping[str, str], dataset: Dataset) -> str:
    """Return what a run of the link is called here: the same recipe on this dataset, or itself."""
    _take_over_recipe(name)
    if name in titles:
        return name
    try:
        twin = config_in_link(dataset, name).id
    except BadInput:  # told by whoever offers to train it
        return name
    return twin if twin in titles else name


def _take_over_recipe(name: str) -> None:
    """Keep the recipe of a link to one run under the name that it has in a link to several."""
    if remembered("run") == name and (text := remembered(f"run{_RECIPE}")):
        remember(name + _RECIPE, text)


def _forget_lost() -> None:
    """Let go of what the link named and is not here, once somebody chose; for callbacks."""
    st.session_state[_LOST] = []
    st.session_state[_TOUCHED] = True


def _remember(chosen: Sequence[str], lost: Sequence[str], runs: Mapping[str, Run]) -> None:
    """Write who answers into the link, with the recipe of each run; not by `bind`, which would write titles."""
    remember(_KEY, ",".join([*chosen, *lost]) or None)
    recipes = {name + _RECIPE: recipe(runs[name].config) for name in chosen if name in runs}
    recipes |= {name + _RECIPE: text for name in lost if (text := remembered(name + _RECIPE))}
    for name in [name for name in st.query_params if name.endswith(_RECIPE) and name not in recipes]:
        remember(name, None)
    remember("run", None)
    for name, text in recipes.items():
        remember(name, text)
