"""Many rows of a table, a page at a time, so that a browser never gets a million of them."""

import pandas as pd
import streamlit as st

PER_PAGE = 200


def paged_rows(rows: pd.DataFrame, title: str, key: str) -> None:
    """Show a table `PER_PAGE` rows at a time in an expander whose title says how many there are."""
    if rows.empty:
        return
    with st.expander(f"{title} ({len(rows):,})", icon=":material/table_rows:"):
        n_pages = -(-len(rows) // PER_PAGE)
        page = 1
        if n_pages > 1:
            page = st.number_input(f"Page (of {n_pages:,})", 1, n_pages, key=f"{key}-page", width=160)
        shown = rows.iloc[(page - 1) * PER_PAGE : page * PER_PAGE]
        st.dataframe(shown, hide_index=True, height=320, placeholder="", alt=title)
