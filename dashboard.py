"""Navarasa: start with `streamlit run dashboard.py`."""

from pathlib import Path

import streamlit as st

from pages.shared.dataset import choose_dataset
from pages.shared.navigation import navigate

DRAWINGS = Path(__file__).parent / "pages" / "shared"
# The dark theme's accent is light, so that text in it can be read; then white on it, as Streamlit writes, cannot.
BUTTONS = """<style>
[data-testid^="stBaseButton-primary"]:not(:disabled), [data-testid^="stBaseButton-primary"]:not(:disabled) *
  {color: light-dark(#FFFFFF, #0F1720)}
</style>"""

# Before the navigation: a browser that knows no icon yet would fetch the page's own, from Google's server.
st.set_page_config(page_icon=str(DRAWINGS / "icon.svg"), layout="wide")
page = navigate()
st.set_page_config(f"{page.title} · Navarasa")
st.html(BUTTONS)
st.logo(str(DRAWINGS / "logo.svg"), icon_image=str(DRAWINGS / "icon.svg"), size="large")
with st.sidebar:
    choose_dataset()
page.run()
