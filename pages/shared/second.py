"""A second annotator's labels: a file found beside the legend or an upload, and how its words are read."""

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

import pandas as pd
import streamlit as st

from core.annotators import SecondLabels, read_second, second_files
from core.catalog import Dataset
from core.errors import BadInput
from pages.shared.cache import kept
from pages.shared.charts import count
from pages.shared.links import remember, remembered
from pages.shared.text import plain

_OF_CLASS = {"same": "the same word", "cleaning": "as in the clean-up", "stem": "the same stem", "given": "your choice"}
_MENU, _UPLOAD = "second-file", "second-upload"
_WORDS = "second-words"  # in the link
_UPLOADED = 0  # the entry of the menu that is no path


def second_labels(dataset: Dataset) -> SecondLabels | None:
    """Draw what chooses the file and maps its words, and return the labels; None where there is none to be read."""
    chosen = _chosen(dataset)
    if chosen is None:
        st.info(
            "No second label file lies beside the legend. Give a CSV that names some of the same images, and this page "
            "says how far its labels agree with the legend's.",
            icon=":material/info:",
        )
        return None
    source, shown = chosen
    try:
        first = read_second(source, shown, dataset)
    except BadInput as problem:
        st.error(plain(problem), icon=":material/error:")
        return None
    mapping = _mapping(dataset, first)
    return read_second(source, shown, dataset, mapping=mapping) if mapping else first


def _chosen(dataset: Dataset) -> tuple[Path | bytes, str] | None:
    """Draw a menu of the files and a field that adds one to it; return the chosen one and its name."""
    found = kept(dataset, second_files, dataset)
    upload = st.session_state.get(_UPLOAD)  # known before the field is drawn, which is below the menu
    entries = [*found, _UPLOADED] if upload else found
    entry = None
    if entries:
        entry = st.selectbox(
            "The second annotator's labels",
            entries,
            format_func=lambda one: f"{upload.name} (your upload)" if one == _UPLOADED else one,
            key=_MENU,
            bind="query-params",
        )
    # No popover: it would lie over what is said of the file.
    with st.expander("Give another CSV" if found else "Give a CSV", expanded=not found, icon=":material/upload_file:"):
        st.file_uploader(
            "A CSV with a column of file names and one of labels",
            type=["csv", "tsv", "txt"],
            key=_UPLOAD,
            on_change=_choose,
            args=(found,),
        )
    if entry is None:
        return None
    return (upload.getvalue(), upload.name) if entry == _UPLOADED else (dataset.root / entry, entry)


def _choose(found: list[str]) -> None:
    """Make a new upload the chosen entry of the menu, and the first file again where it was taken away."""
    if st.session_state[_UPLOAD]:
        st.session_state[_MENU] = _UPLOADED
    elif found:
        st.session_state[_MENU] = found[0]


def _mapping(dataset: Dataset, labels: SecondLabels) -> dict[str, str | None]:
    """Draw how each word of the file is read; return the words that the user takes for something else.

    They are in the link, and a link's are what the table starts with.
    """
    key = f"second-words-{dataset.fingerprint}-{labels.key}"
    linked = st.session_state.setdefault(f"{key}-linked", _linked(dataset, labels))
    unknown = bool(labels.words["how"].eq("unknown").any())
    title = f"How its {len(labels.words)} words are read"
    with st.expander(title, unknown, icon=":material/translate:", key="words", bind="query-params"):
        for note in labels.notes:
            st.caption(f":material/info: {plain(note)}")
        st.caption("Choose another class where one is wrong; a word that is taken for none is left out.")
        words = st.data_editor(
            labels.words.assign(
                label=_taken_for(labels.words, linked),
                how=labels.words["how"].map(_OF_CLASS).fillna("no class of this name"),
            ),
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
    corrected = words["label"].fillna("") != labels.words["label"].fillna("")
    taken = dict(words.loc[corrected, ["word", "label"]].fillna("").to_numpy().tolist())
    remember(_WORDS, urlencode(taken) or None)
    return {word: label or None for word, label in taken.items()}


def _taken_for(words: pd.DataFrame, linked: Mapping[str, str]) -> pd.Series:
    """Return the class that each word is taken for, NA for none: the link's, else the one that was guessed."""
    given = words["word"].map(linked).astype("str")
    return words["label"].astype("str").mask(given.notna(), given.replace("", None))


def _linked(dataset: Dataset, labels: SecondLabels) -> dict[str, str]:
    """Return the words that the link takes for another class, or for none (""); what it says of others is nothing."""
    classes, words = {"", *dataset.labels}, set(labels.words["word"])
    pairs = parse_qsl(remembered(_WORDS) or "", keep_blank_values=True)
    return {word: label for word, label in pairs if word in words and label in classes}
