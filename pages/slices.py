"""Is the score the same everywhere? The slices that are worst, found by themselves, and every attribute's table."""

import streamlit as st

from core.evaluation.attributes import ATTRIBUTES
from core.figures.slices import slice_accuracies
from pages.shared.charts import chart
from pages.shared.dataset import current_dataset
from pages.shared.guards import or_stop
from pages.shared.runs import pick_run
from pages.shared.slices import (
    attribute_table,
    attributes_of,
    behind,
    found_slices,
    judged_slices,
    scores_within,
    too_few_persons,
    what_is_missing,
    worst_table,
)
from pages.shared.text import plain

st.title("Slices")
dataset = current_dataset()
run = pick_run(dataset, "Run", "run")
attributes = or_stop(attributes_of, run, dataset)
place = st.container()  # what stands out is said first, and known last

st.header("The worst slices")
with (
    st.expander("What counts as a slice", icon=":material/tune:", key="what", bind="query-params"),
    st.container(horizontal=True),
):
    in_link = {"bind": "query-params", "width": 150}
    images = st.number_input("Images, at least", 5, 1000, 20, key="images", **in_link)
    persons = st.number_input("Persons, at least", 2, 100, 5, key="persons", **in_link)
    most = st.number_input("Slices listed", 3, 50, 10, key="most", **in_link)
found = found_slices(run, dataset, attributes, (images, persons), most)
with place:
    st.markdown(f"**{plain(found.sentence)}**")
table = judged_slices(run, dataset, attributes)
if few := too_few_persons(table, (images, persons)):
    st.caption(f":material/group_off: {plain(few)}")
if len(found.table):
    st.caption("Choose a row to see the images of it that were judged wrongly.")
    chosen = worst_table(found, f"worst-{run.id}-{images}-{persons}-{most}")
    if chosen:
        behind(run, dataset, attributes, chosen, "worst-images")
        scores_within(run, dataset, attributes, chosen, "within-worst")
with st.expander("How they were found", icon=":material/info:", key="how", bind="query-params"):
    st.markdown(plain(found.method))
    for row in found.table.itertuples():
        if row.also:
            st.markdown(plain(f"Nearly the same images as {row.slice}: {'; '.join(row.also)}."))

st.header("One attribute at a time")
if not attributes.columns.empty:
    by = st.selectbox(
        "Cut the images by", list(attributes), format_func=ATTRIBUTES.__getitem__, key="by", bind="query-params"
    )
    rows = table[table["attribute"] == by].reset_index(drop=True)
    chart(slice_accuracies(rows), f"by-{run.id}-{by}", "Share of right answers in each slice with its interval")
    chosen = attribute_table(rows, f"table-{run.id}-{by}")
    st.caption(
        "Right: the share of images that the model judged rightly. Expected: what the slice's mix of classes explains, "
        "the recall of each class over all images. Beyond its mix: right less expected, as a 95 % interval; below 0 "
        "the slice is worse than its classes explain, and its mark is a diamond. 1,000 bootstrap resamples of whole "
        "persons, the same for a slice and for the rest, percentile method, seed 0; no interval below 5 persons. "
        "Macro-F1 is over the classes that occur in a slice, so it does not compare between slices of other classes. "
        "The last columns are the images of each class. Choose a row to see its scores and its wrong images."
    )
    if chosen:
        behind(run, dataset, attributes, chosen, "slice-images")
        scores_within(run, dataset, attributes, chosen, "within")
for sentence in what_is_missing(run, dataset, attributes):
    st.caption(f":material/info: {plain(sentence)}")
