"""The choices of the clean-up as widgets: spellings kept apart, labels mapped by hand, conflicts settled."""

import streamlit as st

from core import statistics
from core.catalog import Dataset
from core.cleaning import CONFLICTS, join_source, split_source
from pages.shared.cache import kept
from pages.shared.dataset import open_source
from pages.shared.guards import or_stop


def change_cleaning(dataset: Dataset) -> None:
    """Draw the choices; applying them opens the dataset anew under a source that carries them."""
    place, cleaning = split_source(dataset.source)
    changed = f" ({cleaning.n_changes} of your own)" if cleaning.n_changes else ""
    with st.expander(f"Clean it up another way{changed}", icon=":material/tune:"):
        st.caption(
            "Your choices are part of the dataset: they are in the link, and whatever is trained on it keeps them. "
            "The files are not touched."
        )
        folded = kept(dataset, statistics.respelt, dataset)
        apart = st.multiselect(
            "Keep these spellings as classes of their own",
            [*dict.fromkeys([*folded, *cleaning.apart])],
            list(cleaning.apart),
            key=f"apart-{dataset.source}",
            placeholder="none",
        )
        st.markdown(
            "Call a class by another name; two of the same name become one, and one without a name is left out."
        )
        renamed = st.data_editor(
            kept(dataset, statistics.renamable, dataset),
            hide_index=True,
            disabled=["label", "rows"],
            key=f"mapping-{dataset.source}",
            column_config={
                "label": "class",
                "rows": st.column_config.NumberColumn("rows", format="localized"),
                "becomes": st.column_config.TextColumn("becomes", help="Write the name that it should have."),
            },
            alt="Each class and the name that it gets",
        )
        conflicts = st.radio(
            "An image with two different labels",
            list(CONFLICTS),
            list(CONFLICTS).index(cleaning.conflicts),
            format_func=CONFLICTS.get,
            key=f"conflicts-{dataset.source}",
        )
        wanted = or_stop(cleaning.with_labels, apart, renamed, conflicts)
        with st.container(horizontal=True):
            st.button(
                "Apply",
                type="primary",
                disabled=wanted == cleaning,
                on_click=open_source,
                args=(join_source(place, wanted),),
                icon=":material/check:",
            )
            if not cleaning.is_default:
                st.button(
                    "Undo all of it", on_click=open_source, args=(place,), icon=":material/undo:", type="tertiary"
                )
