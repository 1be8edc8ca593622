"""The class distribution, the spellings behind it, and the images behind each bar."""

import streamlit as st

from core import figures, statistics
from pages.shared.cache import kept
from pages.shared.charts import clickable_chart, count, pickable_table
from pages.shared.dataset import current_dataset
from pages.shared.gallery import gallery

st.title("Classes")
dataset = current_dataset()
counts = kept(dataset, statistics.class_counts, dataset)

scale = st.segmented_control(
    "Axis",
    ["linear", "logarithmic"],
    default="linear",
    required=True,
    key="axis",
    bind="query-params",
    help="On a linear axis rare classes vanish, as they do for a model that counts every image the same.",
)
bar = clickable_chart(
    figures.class_distribution(counts, scale == "logarithmic"), f"class-bars-{scale}", "Rows a class", "class"
)
st.caption("Click a bar to see its images. Counts are rows of the legend, as published; repeated rows count twice.")
if bar:
    gallery(dataset, statistics.images_of(dataset, label=bar[0]), bar[0], key="class-images")

spellings = kept(dataset, statistics.spellings, dataset)
n_changed = spellings.loc[spellings["changed"], "rows"].sum()
st.header("Spellings")
st.markdown(
    f"{len(spellings)} spellings became {len(counts)} classes; {n_changed:,} rows were respelt."
    if n_changed
    else f"All {len(spellings)} labels are spelt one way; nothing was changed."
)
row = pickable_table(
    spellings,
    "spellings",
    "Each spelling and the class it became",
    {"raw_label": "as written", "label": "taken as", "rows": count("rows"), "changed": "respelt"},
    "spelling",
)
st.caption("Select a line to see its images.")
if row is not None:
    written = spellings["raw_label"][row]
    gallery(dataset, statistics.images_spelt(dataset, written), f"Written as “{written}”", key="spelling-images")

annotated = kept(dataset, statistics.by_annotator, dataset)
if len(annotated):
    st.header("Who labelled what")
    share = st.toggle("Show shares of each class", value=True, key="shares", bind="query-params")
    part = clickable_chart(
        figures.stacked_by(annotated, dataset.labels, "annotator", share),
        "annotator-bars",
        "Annotators of each class",
        "part",
    )
    st.caption(
        "A class that one annotator labelled alone may be that annotator's habit. Click a part to see its images."
    )
    if part:
        images = statistics.images_of(dataset, label=part[0], annotator=part[1])
        gallery(dataset, images, f"{part[0]}, labelled by {part[1]}", key="annotator-images")
