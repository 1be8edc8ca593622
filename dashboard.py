"""Navarasa: start with `streamlit run dashboard.py`."""

from pathlib import Path

import streamlit as st

from pages.shared.dataset import choose_dataset
from pages.shared.navigation import navigate

DRAWINGS = Path(__file__).parent / "pages" / "shared"

page = navigate()
st.set_page_config(f"{page.title} · Navarasa", str(DRAWINGS / "icon.svg"), layout="wide")
st.logo(str(DRAWINGS / "logo.svg"), icon_image=str(DRAWINGS / "icon.svg"), size="large")
with st.sidebar:
    choose_dataset()
page.run()
