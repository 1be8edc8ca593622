"""What the data is, how it was cleaned up, and what to look at next."""

import streamlit as st

from core import statistics
from pages.shared.charts import pickable_table
from pages.shared.dataset import current_dataset, read_again
from pages.shared.gallery import class_rows, gallery

st.title("Overview")
st.caption("Navarasa shows why an image classifier ignores its rare classes, and what each cure really does.")
dataset = current_dataset()
headline = statistics.headline(dataset)

st.markdown(
    f"**{dataset.title}** holds {headline.n_images:,} usable images in {headline.n_classes} classes. "
    f"{headline.majority_share:.0%} of them are *{headline.majority}*, and only {headline.rarest_count:,} are "
    f"*{headline.rarest}*. A model that always says *{headline.majority}* is right {headline.majority_share:.0%} of "
    f"the time and finds no other class: its macro-F1 (the mean F1 of the classes, at best 1) is "
    f"{headline.majority_macro_f1:.3f}."
)
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
class_rows(dataset, {label: statistics.examples(dataset, label, 8) for label in dataset.labels})

st.header("How it was cleaned up")
st.caption(f"Read from {dataset.layout}. Select a line to see its images.")
lines = statistics.ledger(dataset)
row = pickable_table(
    statistics.ledger_table(lines), "ledger", "Every step from the rows of the legend to the images used"
)
with st.container():  # always there: an expander that moves is closed by the browser
    if row is not None:
        gallery(dataset, lines[row].images.to_list(), lines[row].title, key="ledger-images")
problems = dataset.catalog["problem"].dropna().to_list()
if problems or dataset.notes:
    with st.expander(f"Notes from reading it ({len(problems) + len(dataset.notes)})", icon=":material/info:"):
        for note in [*dataset.notes, *problems]:
            st.text(note)
st.button("Read the folder again", on_click=read_again, icon=":material/refresh:", type="tertiary")

st.header("Where to go next")
st.page_link(
    "pages/classes.py", label="Classes: how uneven they are, and who labelled them", icon=":material/bar_chart:"
)
st.page_link("pages/sampling.py", label="Sampling: what each rebalancing would do", icon=":material/balance:")
st.page_link("pages/training.py", label="Training: train a small model and judge it", icon=":material/model_training:")
