"""The layers of a model, drawn from the model itself."""

import pandas as pd
import streamlit as st

from core.errors import BadInput
from core.models.layers import layers_elsewhere
from core.runs import RunConfig
from core.settings import Settings
from pages.shared.charts import count, table
from pages.shared.text import plain


def layers(config: RunConfig, n_classes: int) -> None:
    """Draw a switch behind which the layers are; a process of its own builds the model, so that pages need no torch."""
    key = f"layers-{config.model}"
    if not st.toggle("Show the layers", key=key, bind="query-params", help="Builds the model: takes some seconds."):
        return
    try:
        found = _layers(config.model, n_classes, tuple(config.params.items()))
    except BadInput as problem:
        st.error(plain(problem), icon=":material/error:")
        return
    table(found, "Layers of the model", {"name": None, "parameters": count("parameters")})
    learned, total = found.attrs["learned"], found.attrs["parameters"]
    st.caption(f"{total:,} parameters, {learned:,} of them learnt here; an image passes from top to bottom.")


@st.cache_data(max_entries=64, show_spinner="Building the model")
def _layers(model: str, n_classes: int, params: tuple) -> pd.DataFrame:
    return layers_elsewhere(model, n_classes, dict(params), Settings())
