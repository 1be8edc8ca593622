"""The button that copies the link of what is seen now; the address bar holds that link already."""

from pathlib import Path

import streamlit as st

from core.settings import Settings
from pages.shared.dataset import opens_elsewhere

_HERE = Path(__file__).parent
_SHARE = st.components.v2.component(
    "navarasa.share", **{part: (_HERE / f"share.{part}").read_text(encoding="utf-8") for part in ("html", "css", "js")}
)
_REFUSAL = "This dataset is a folder on this computer, so a link would open it nowhere else."


def share(source: str) -> None:
    """Draw the button; a dataset that others do not have is not shared, and why is said."""
    refusal = "" if opens_elsewhere(source, Settings()) else _REFUSAL
    _SHARE(data={"dataset": "" if refusal else source, "refusal": refusal}, key="share")
