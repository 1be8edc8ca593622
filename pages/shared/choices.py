"""A registered entry becomes a menu, and each of its parameters a widget: nothing here knows any entry by name."""

from collections.abc import Sequence

import streamlit as st

from core.registry import Choice, Param, Registry


def choose(
    registry: Registry,
    label: str,
    key: str,
    in_link: bool = False,
    default: str = "",
    among: Sequence[Choice] | None = None,
) -> Choice:
    """Draw a menu of the registry's entries, what the chosen one does below it, and return it.

    With `in_link` the choice is in the page's link; the menu starts with `default`, or with the registry's own. Where
    not all fit, `among` says which do.
    """
    names = [choice.name for choice in registry if among is None or choice in among]
    name = st.selectbox(
        label,
        names,
        names.index(default or registry.default),
        format_func=lambda name: registry[name].title,
        key=key,
        bind="query-params" if in_link else None,
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


def parameters(choice: Choice, key: str) -> dict[str, int | float]:
    """Draw one number field a parameter under the choice's title, and return their values by name."""
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
        persist_state="session",
        step=1 if whole else param.low if tiny else 0.05,
    )
