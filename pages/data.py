"""Open a dataset: the real one, an upload, a folder; and correct what was guessed of a legend."""

import streamlit as st

from core.datasets import REAL, known_datasets
from core.datasets.download import RELEASES, fetch
from core.datasets.imports import ACCEPTED, from_upload
from core.datasets.unpacked import unpacked_datasets
from core.settings import Settings
from pages.shared.dataset import current_dataset, delete, megabytes_of, open_source, open_typed
from pages.shared.legend import correct_legend, correct_unread_legend
from pages.shared.progress import kept_with_progress, wanted, with_progress
from pages.shared.take_away import bring_a_run
from pages.shared.text import plain

MOST = 2_000  # MB of an upload; larger ones are opened by their path

st.title("Open data")
settings = Settings()
known = known_datasets(settings)

st.header("The real one")
release = RELEASES[REAL]
if REAL in known:
    st.markdown(f"**{release.title}** is on this machine: {release.summary}")
    st.button("Open it", on_click=open_source, args=(REAL,), icon=":material/folder_open:")
elif settings.hosted:
    st.markdown("Whoever runs this server can add it with `python -m core fetch facial_expressions`.")
else:
    st.markdown(f"**{release.title}**: {release.summary}")
    hint = f"From {release.home}, under {release.licence}. If it breaks off, it goes on where the server allows it."
    if wanted(f"Download it (about {release.megabytes} MB)", "fetch", hint) and with_progress(
        "fetching", lambda report: fetch(REAL, settings, report=report), in_bytes="Downloading"
    ):
        st.success("It is here.", icon=":material/check_circle:")
        st.button("Open it", on_click=open_source, args=(REAL,), icon=":material/folder_open:", type="primary")

st.header("Your own")
if settings.hosted:
    st.info("This is a shared server, so it takes no datasets. Run the app yourself to open your own.")
else:
    st.markdown("A ZIP of any of these, or one file of the last two:")
    st.markdown("\n".join(f"- {what}" for what in ACCEPTED))
    upload = st.file_uploader(
        "Upload a file", type=["zip", "csv", "parquet"], key="dataset-upload", max_upload_size=MOST
    )
    if upload:
        folder = kept_with_progress(
            ("upload", upload.file_id), lambda report: from_upload(upload.name, upload, settings, report)
        )
        if folder:
            st.success(f"{plain(upload.name)} is unpacked where this app runs.", icon=":material/check_circle:")
            st.button("Open it", on_click=open_source, args=(str(folder),), type="primary", key="open-upload")
    with st.form("open-path", border=False):
        st.text_input(
            "Or the path of a folder or file on the computer that runs this app",
            placeholder="/home/me/faces",
            key="typed-path",
        )
        st.form_submit_button("Open", icon=":material/folder_open:", on_click=open_typed, args=("typed-path",))

    unpacked = unpacked_datasets(settings)
    if unpacked:
        st.subheader("Unpacked here")
    for folder in unpacked:
        title = plain(known.get(str(folder), folder.name))
        with st.container(horizontal=True, vertical_alignment="center", key=f"unpacked-{folder.name}"):
            st.markdown(f"**{title}**, {megabytes_of(folder):,.1f} MB", width="stretch")
            st.button("Open", key=f"open-{folder.name}", on_click=open_source, args=(str(folder),), type="tertiary")
            with st.popover("Delete", icon=":material/delete:", type="tertiary"):
                st.markdown(
                    f"Delete **{title}** from {plain(folder.parent)}? The app keeps no other copy of it; "
                    "runs that were trained on it stay."
                )
                st.button("Delete it for good", key=f"delete-{folder.name}", on_click=delete, args=(folder,))

st.header("What is open now")
dataset = current_dataset(otherwise=correct_unread_legend)
st.markdown(
    f"**{plain(dataset.title)}**: {len(dataset.catalog):,} image files, labelled by {plain(dataset.layout)}. "
    f"{len(dataset.usable):,} of them can be used."
)
if dataset.legend_columns:
    correct_legend(dataset.source, dataset.legend_columns)
else:
    st.caption("The labels are the names of the folders, so there is no legend to correct.")
bring_a_run(dataset)
