"""Navarasa: start with `streamlit run dashboard.py`."""

import streamlit as st

from pages.shared.dataset import choose_dataset
from pages.shared.navigation import navigate

st.set_page_config("Navarasa", ":material/theater_comedy:", layout="wide")
page = navigate()
with st.sidebar:
    choose_dataset()
page.run()
