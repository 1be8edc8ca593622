"""How long runs will take, said before anyone starts them."""

from collections.abc import Sequence

import streamlit as st

from core.catalog import Dataset
from core.cluster import count_workers
from core.errors import BadInput
from core.job_files import duration
from core.models import MODELS
from core.pace import estimate, measure_pace
from core.runs import RunConfig
from core.settings import Settings
from pages.shared.text import plain


def foreseen(configs: Sequence[RunConfig], dataset: Dataset, key: str) -> None:
    """Say how many runs there are, how many are done, and how long the others take, here or on a cluster."""
    settings = Settings()
    n_workers = _workers(settings.scheduler) if settings.scheduler and len(configs) > 1 else 0
    found = estimate(configs, dataset, settings, max(n_workers, 1))
    left = found.n_runs - found.n_done
    runs = f"**{found.n_runs:,} run{'s' if found.n_runs > 1 else ''}**"
    done = f", {found.n_done:,} of them done already" if found.n_done else ""
    where = f"the {n_workers} workers of {settings.scheduler}" if n_workers else "this machine"
    if not left:
        st.success(f"{runs}{done}: nothing is left to train.", icon=":material/check_circle:")
    elif found.seconds is not None:
        st.markdown(f":material/timer: {runs}{done}; about **{duration(found.seconds)}** on {where}.")
    else:
        st.markdown(f":material/timer: {runs}{done}.")
        models = {config.model: config for config in found.unmeasured}
        titles = ", ".join(MODELS[name].title for name in models)
        with st.container(horizontal=True, vertical_alignment="center"):
            asked = st.button("Estimate the time", key=f"{key}-pace", icon=":material/speed:")
            st.caption(f"Trains {titles} on noise for some seconds; once for this machine.")
        if asked:
            _measure(found.unmeasured, settings)


@st.cache_data(ttl=60, show_spinner="Asking the scheduler for its workers")
def _workers(scheduler: str) -> int:
    """Return how many workers a cluster has; 0 where nobody answers, which the sweep says when it starts."""
    try:
        return count_workers(scheduler)
    except BadInput as problem:
        st.warning(plain(problem), icon=":material/warning:")
        return 0


def _measure(configs: Sequence[RunConfig], settings: Settings) -> None:
    for config in configs:
        title = MODELS[config.model].title
        try:
            with st.spinner(f"Measuring how fast this machine trains {title}"):
                measure_pace(config, settings)
        except BadInput as problem:
            st.error(plain(problem), icon=":material/error:")
            return
    st.rerun()
