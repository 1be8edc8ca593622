"""Navarasa: start with `streamlit run dashboard.py`."""

from pathlib import Path

import streamlit as st

from pages.shared.dataset import choose_dataset
from pages.shared.links import drop_endless_numbers
from pages.shared.navigation import navigate
from pages.shared.share import share

DRAWINGS = Path(__file__).parent / "pages" / "shared"
# The dark theme's accent is light, so that text in it can be read; then white on it, as Streamlit writes, cannot.
# The dataset stands above the list of pages, which is so long that it would be out of sight below it.
# The Share button lies in the page's own header, where it is in sight on a telephone too, left of what says "Running".
STYLE = """<style>
[data-testid^="stBaseButton-primary"]:not(:disabled), [data-testid^="stBaseButton-primary"]:not(:disabled) *,
[data-testid="stMultiSelect"] [data-tag], [data-testid="stMultiSelect"] [data-tag] *
  {color: light-dark(#FFFFFF, #0F1720)}
[data-testid="stSidebarContent"] {display: flex; flex-direction: column}
[data-testid="stSidebarNav"] {order: 1}
[data-testid="stSidebarNavSeparator"] {display: none}
[data-testid="stSidebarUserContent"] {padding: 0.5rem 0}
div:has(> .st-key-share-place) {position: absolute; height: 0}
.st-key-share-place {position: fixed; top: 0.6rem; right: 1rem; width: auto; z-index: 999990}
[data-testid="stToolbar"] {padding-right: 6.5rem}
</style>"""

# Before the navigation: a browser that knows no icon yet would fetch the page's own, from Google's server.
st.set_page_config(page_icon=str(DRAWINGS / "icon.svg"), layout="wide")
page = navigate()
drop_endless_numbers(page)
st.set_page_config(f"{page.title} · Navarasa")
st.html(STYLE)
st.logo(str(DRAWINGS / "logo.svg"), icon_image=str(DRAWINGS / "icon.svg"), size="large")
with st.sidebar:
    source = choose_dataset()
with st.container(key="share-place"):
    share(source)
page.run()
