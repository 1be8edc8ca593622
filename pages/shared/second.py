"""A second annotator's labels: a file found beside the legend or an upload, and how its words are read."""

import streamlit as st

from core.annotators import SecondLabels, read_second, second_files
from core.catalog import Dataset
from pages.shared.cache import kept
from pages.shared.charts import count
from pages.shared.guards import or_stop
from pages.shared.text import plain

_OF_CLASS = {"same": "the same word", "cleaning": "as in the clean-up", "stem": "the same stem", "given": "your choice"}


def second_labels(dataset: Dataset) -> SecondLabels | None:
    """Draw what chooses the file and maps its words, and return the labels; None where there is no file."""
    files = kept(dataset, second_files, dataset)
    upload = None
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.selectbox("Labels found beside the legend", files, key="second-file") if files else None
        with st.popover("Give another CSV", icon=":material/upload_file:"):
            upload = st.file_uploader(
                "A CSV with a column of file names and one of labels", type=["csv", "tsv", "txt"], key="second-upload"
            )
    if upload is None and name is None:
        st.info(
            "No second label file lies beside the legend. Give a CSV that names some of the same images, and this page "
            "says how far its labels agree with the legend's.",
            icon=":material/info:",
        )
        return None
    source = upload.getvalue() if upload else dataset.root / name
    shown = upload.name if upload else name
    first = or_stop(read_second, source, shown, dataset)
    key = f"second-words-{dataset.fingerprint}-{first.key}"
    with st.expander(f"How its {len(first.words)} words are read", icon=":material/translate:"):
        for note in first.notes:
            st.caption(f":material/info: {plain(note)}")
        st.caption("Choose another class where one is wrong; a word that is taken for none is left out.")
        words = st.data_editor(
            first.words.assign(how=first.words["how"].map(_OF_CLASS).fillna("no class of this name")),
            hide_index=True,
            disabled=["word", "rows", "how"],
            key=key,
            column_config={
                "rows": count("rows"),
                "label": st.column_config.SelectboxColumn("taken for", options=list(dataset.labels)),
                "how": "because",
            },
            alt="Each word of the second file and the class that it is taken for",
        )
    corrected = words["label"].fillna("") != first.words["label"].fillna("")
    mapping = {word: label or None for word, label in words.loc[corrected, ["word", "label"]].fillna("").to_numpy()}
    return read_second(source, shown, dataset, mapping=mapping) if mapping else first
