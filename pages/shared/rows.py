"""Many rows of a table, a page at a time, so that a browser never gets a million of them."""

import pandas as pd
import streamlit as st

PER_PAGE = 200
FEW = 20  # rows that are shown without being asked for


def paged_rows(rows: pd.DataFrame, title: str, key: str) -> None:
    """Show a table `PER_PAGE` rows at a time in an expander whose title says how many; open where they are `FEW`."""
    if rows.empty:
        st.caption("No rows.")
        return
    shown_at_once = len(rows) <= FEW
    words = f"{title} ({len(rows):,})"
    with st.expander(words, shown_at_once, icon=":material/table_rows:", key=f"{key}-open", bind="query-params"):
        n_pages = -(-len(rows) // PER_PAGE)
        page = 1
        if n_pages > 1:
            page = st.number_input(
                f"Page (of {n_pages:,})", 1, n_pages, key=f"{key}-page", width=160, bind="query-params"
            )
        shown = rows.iloc[(page - 1) * PER_PAGE : page * PER_PAGE]
        height = "content" if len(shown) <= FEW else 320
        st.dataframe(shown, hide_index=True, height=height, placeholder="", alt=title)
