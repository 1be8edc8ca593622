"""What the data is, what is wrong with it, how it was cleaned up, and what to look at next."""

import streamlit as st

from core import statistics
from core.findings import findings
from core.labels import in_words
from core.ledger import labels_given, ledger, ledger_table
from pages.shared.cache import kept
from pages.shared.charts import pickable_table
from pages.shared.cleaning import change_cleaning
from pages.shared.dataset import current_dataset, read_again
from pages.shared.findings import show_findings
from pages.shared.gallery import class_rows, gallery
from pages.shared.measures import measures_if_known
from pages.shared.rows import paged_rows
from pages.shared.text import plain

st.title("Overview")
st.caption("Navarasa shows why an image classifier ignores its rare classes, and what each cure really does.")
dataset = current_dataset()
headline = kept(dataset, statistics.headline, dataset)
measures = measures_if_known(dataset)

majority = plain(in_words(headline.majority))
st.markdown(
    f"**{plain(dataset.title)}** holds {headline.n_images:,} usable images in {headline.n_classes} classes. A model "
    f"that always says *{majority}* is right {headline.majority_share:.0%} of the time and finds no other class: its "
    f"macro-F1 (the mean F1 of the classes, at best 1) is {headline.majority_macro_f1:.3f}."
)
found = kept(dataset, findings, dataset, measures, key=(measures is None,))
show_findings(dataset, found, unmeasured=measures is None)

with st.container(horizontal=True):
    st.metric("Images used", f"{headline.n_images:,}", width=150)
    st.metric("Classes", headline.n_classes, width=110)
    st.metric("Imbalance ratio", f"{headline.imbalance_ratio:,.0f} : 1", help="Commonest over rarest.", width=150)
    if headline.n_persons:
        st.metric(
            "Persons",
            f"{headline.n_persons:,}",
            help="Told from file names: Ann_12.jpg and Ann_13.jpg show Ann.",
            width=120,
        )

st.header("Some of each class")
class_rows(dataset, kept(dataset, statistics.examples_by_class, dataset))

st.header("How it was cleaned up")
st.caption(f"Read from {plain(dataset.layout)}. Select a line to see its rows, its images and what it means.")
lines = kept(dataset, ledger, dataset)
row = pickable_table(
    ledger_table(lines),
    "ledger",
    "Every step from the rows of the legend to the images used",
    {"step": st.column_config.Column(width=232), "count": st.column_config.Column(width=64)},
    "step",
)
with st.container():  # always there: an expander that moves is closed by the browser
    if row is not None:
        line = lines[row]
        st.markdown(f"**{plain(line.title)}**: {plain(line.explanation)}.")
        if len(line.images):
            given = kept(dataset, labels_given, dataset, line.images, key=(line.name,))
            gallery(dataset, line.images, line.title, key=f"ledger-images-{row}", captions=given)
        paged_rows(line.rows, f"Rows behind “{line.title}”", key=f"ledger-rows-{row}")
change_cleaning(dataset)
problems = kept(dataset, statistics.problems, dataset)
if len(problems) or dataset.notes:
    n_notes = len(problems) + len(dataset.notes)
    with st.expander(f"Notes from reading it ({n_notes:,})", icon=":material/info:", key="notes", bind="query-params"):
        for note in [*dataset.notes, *problems.head(200)]:
            st.text(note)
st.button("Read the folder again", on_click=read_again, icon=":material/refresh:", type="tertiary")

st.header("Where to go next")
st.page_link(
    "pages/classes.py", label="Classes: how uneven they are, and who labelled them", icon=":material/bar_chart:"
)
st.page_link("pages/quality.py", label="Quality: poor pictures and duplicates", icon=":material/image_search:")
st.page_link("pages/sampling.py", label="Sampling: what each rebalancing would do", icon=":material/balance:")
st.page_link("pages/training.py", label="Training: train a small model and judge it", icon=":material/model_training:")
