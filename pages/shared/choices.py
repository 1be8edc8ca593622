"""A registered entry becomes a menu, and each of its parameters a widget: nothing here knows any entry by name."""

from collections.abc import Mapping, Sequence

import streamlit as st

from core.losses import LOSSES
from core.models import MODELS
from core.registry import Choice, Param, Registry
from core.runs import RunConfig, applicable
from core.sampling import SAMPLERS
from core.splits import HOLD_OUT, SPLITS
from pages.shared.links import remember, remembered

FOLDS = {HOLD_OUT: "hold-out: one fifth is tested", 5: "5-fold: every image is tested once", 10: "10-fold"}
"""Number of folds -> what it is called in menus."""


def choose(
    registry: Registry,
    label: str,
    key: str,
    default: str = "",
    among: Sequence[Choice] | None = None,
) -> Choice:
    """Draw a menu of the registry's entries, what the chosen one does below it, and return it.

    The choice is in the page's link under its key, by its title. The menu starts with `default`, or with the
    registry's own. Where not all fit, `among` says which do.
    """
    names = [choice.name for choice in registry if among is None or choice in among]
    name = st.selectbox(
        label,
        names,
        names.index(default or registry.default),
        format_func=lambda name: registry[name].title,
        key=key,
        bind="query-params",
        persist_state="session",
    )
    choice = registry[name]
    st.caption(f"{choice.summary} *{choice.source}*")
    return choice


def choose_several(registry: Registry, label: str, key: str, beside: tuple[str, ...] = ()) -> list[str]:
    """Draw a menu of which several entries can be chosen, at first the default one and those beside it."""
    return st.multiselect(
        label,
        registry.names(),
        [registry.default, *beside],
        format_func=lambda name: registry[name].title,
        key=key,
        bind="query-params",
        persist_state="session",
    )


def menu_in_link(label: str, options: Mapping[str, str], key: str, unless: str = "") -> str:
    """Draw a menu, name -> title, and return the chosen name; at first that of the link, else the first.

    The name is in the link even where nobody touched the menu, for what comes first may change with time; not so the
    name `unless`, which always comes first.
    """
    if st.session_state.get(key) not in options:
        asked = remembered(key)
        st.session_state[key] = asked if asked in options else next(iter(options))
    chosen = st.selectbox(label, list(options), key=key, format_func=options.get)
    remember(key, None if chosen == unless else chosen)
    return chosen


def parameters(choice: Choice, key: str) -> dict[str, int | float]:
    """Draw one number field a parameter under the choice's title, and return their values by name.

    Each is in the page's link under `key-choice-parameter`.
    """
    params = [param for param in choice.params if not param.filled_in]
    if params:
        st.markdown(f"**{choice.title}**")
    return {param.name: _field(param, f"{key}-{choice.name}-{param.name}") for param in params}


def _field(param: Param, key: str) -> int | float:
    whole = isinstance(param.default, int)
    tiny = 0 < param.low < 0.001
    return st.number_input(
        f"{param.name.replace('_', ' ')} ({param.low:g} to {param.high:g})",
        param.low,
        param.high,
        param.default,
        key=key,
        help=f"{param.help[0].upper()}{param.help[1:]}.",
        format="%d" if whole else "%.5f" if tiny else "%.2f",
        bind="query-params",
        persist_state="session",
        step=1 if whole else param.low if tiny else 0.05,
    )


def training_key(owner: str, model: str) -> str:
    """Return how the keys of an owner's fields on the training page begin: some defaults suit the model."""
    return f"train-{model}" if owner in ("images", "training") else "train"


def training_link(config: RunConfig) -> dict[str, str]:
    """Return the query parameters by which the training page is filled in as this run was, but for the dataset."""
    link = {
        "model": MODELS[config.model].title,
        "sampling": SAMPLERS[config.sampling].title,
        "split": SPLITS[config.split].title,
        "seed": str(config.seed),
        "settings": "true",  # the expander in which the rest is
    }
    if MODELS[config.model].iterative:
        link["loss"] = LOSSES[config.loss].title
    if config.folds in FOLDS:
        link["folds"] = FOLDS[config.folds]
    for owner, choice in applicable(MODELS[config.model], SAMPLERS[config.sampling], LOSSES[config.loss]).items():
        for name, value in config.owned(owner).items():
            link[f"{training_key(owner, config.model)}-{choice.name}-{name}"] = str(value)
    return link
