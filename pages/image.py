"""One image: the picture, who labelled it as what, and what every run that was tested on it said. Links lead here."""

import streamlit as st

from pages.shared.dataset import current_dataset
from pages.shared.guards import or_stop
from pages.shared.links import remembered
from pages.shared.one_image import answers, facts, labellings, picture, row_of
from pages.shared.text import plain

st.title("One image")
dataset = current_dataset()
image, run = remembered("image"), remembered("run")
if image is None:
    st.info("No image is named. Choose a cell of a confusion matrix: each image below it leads here.")
    st.page_link("pages/results.py", label="Go to the results", icon=":material/grid_on:")
    st.stop()
row = or_stop(row_of, dataset, image)
if run:
    link = {"dataset": dataset.source, "run": run}
    st.page_link("pages/results.py", label="Back to the run", icon=":material/arrow_back:", query_params=link)

st.header(plain(image))
left, right = st.columns([2, 3])
with left:
    picture(dataset, image)
with right:
    facts(row)
    st.markdown("**As the legend has it**")
    labellings(dataset, image)
st.header("What the runs said of it")
answers(dataset, image)
