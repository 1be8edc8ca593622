"""Configurations side by side, each over its seeds: which can be told apart, which cannot, and which class pays."""

import streamlit as st

from core.evaluation.resampled import N_COMPARED, score_titles
from core.evaluation.verdicts import how, sentence
from pages.shared.charts import download
from pages.shared.choices import menu_in_link
from pages.shared.comparison_menus import always, pick_group, pick_left_out, pick_reference
from pages.shared.comparison_parts import all_pairs, closer, numbers, picture, show_table, warn, who_pays
from pages.shared.comparisons import compared, groups_of, majority_of
from pages.shared.dataset import current_dataset
from pages.shared.text import plain

SHOWN = 10  # configurations in the picture before the rest is folded

st.title("Comparison")
dataset = current_dataset()
groups = groups_of(dataset)
if not groups:
    st.info("No run on this dataset yet. A sweep trains several strategies with several seeds.", icon=":material/info:")
    st.page_link("pages/sweep.py", label="Go to the sweep", icon=":material/dynamic_feed:")
    st.stop()

whole = pick_group(groups, dataset)
commonest, majority = majority_of(whole)
titles = score_titles(majority.labels)
left, right = st.columns(2)
with left:
    score = menu_in_link("Score", titles, "score")
with right:
    reference = pick_reference(whole, commonest)
with st.expander("Leave some out", icon=":material/filter_alt:", key="fewer", bind="query-params"):
    group = whole.without(pick_left_out({name: title for name, title in whole.names.items() if name != reference}))
names = group.names
against = names.get(reference, always(commonest))
comparison = compared(group, score, reference)

st.subheader(plain(sentence(comparison, against, majority.labels)))
if group.model:
    st.caption(f"All of {plain(group.model)}.")
warn(group, comparison)
top = comparison.first(SHOWN, reference)
picture(group, top, score, names, dataset.source, "dots", "dot")
rest = comparison.table.drop(top.index)
if len(rest):
    with st.expander(f"{len(rest):,} more, with lower means", key="rest", bind="query-params"):
        picture(group, rest, score, names, dataset.source, "other-dots", "other")
show_table(comparison, group, names)
download("Save the table", "comparison.csv", lambda: numbers(comparison, group, names))
with st.expander("How this is worked out", icon=":material/info:", key="how", bind="query-params"):
    st.markdown(how(comparison, N_COMPARED, majority.persons))

st.header("Look closer")
closer(group, comparison, reference, dataset)

st.header("Which class gains, which pays")
who_pays(group, comparison, reference, against, dataset)
if len(names) > 1:
    with st.expander(
        "All pairs: which two can be told apart", icon=":material/grid_on:", key="pairs", bind="query-params"
    ):
        all_pairs(group, comparison, dataset)
