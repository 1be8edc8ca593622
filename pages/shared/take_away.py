"""Runs carried away and brought in: a run as one file, a report, a model card, each made when somebody clicks."""

from collections.abc import Callable, Sequence
from functools import partial

import streamlit as st

from core.catalog import Dataset
from core.documents import card_name, html_report, model_card, report_name
from core.errors import BadInput
from core.exchange import export_name, export_run, import_run
from core.runs import Run
from core.settings import Settings
from pages.shared.runs import is_of
from pages.shared.text import plain

MOST = 2_000  # MB of an upload


def take_away(runs: Sequence[Run], dataset: Dataset) -> None:
    """Draw buttons that save a report of the runs, and each run's model card and itself as one file."""
    st.header("Take it away")
    several = len(runs) > 1
    judged_on = {run.id: dataset if is_of(run, dataset) else None for run in runs}  # a shipped run may be of another
    common = dataset if all(judged_on.values()) else None
    with st.container(horizontal=True):
        title = "Report of both (HTML)" if len(runs) == 2 else "Report (HTML)"
        _save(title, report_name(runs), "text/html", partial(html_report, runs, common), ":material/description:")
        for number, run in enumerate(runs):
            which = f" {chr(ord('A') + number)}" if several else ""
            card = partial(model_card, run, judged_on[run.id])
            _save(f"Model card{which} (Markdown)", card_name(run), "text/markdown", card, ":material/badge:")
            whole = partial(export_run, run)
            _save(f"The run{which} as one file", export_name(run), "application/zip", whole, ":material/archive:")
    st.caption(
        "The report opens without a network and holds no picture. The file of a run holds its figures, predictions and "
        "network, and can be brought into another Navarasa on its page Open data; the names of the images are in it, "
        "and a network of nearest neighbours is its training pictures."
    )


def bring_a_run(dataset: Dataset) -> None:
    """Draw an upload that takes in a run which was exported elsewhere, checked; a server for the public offers none."""
    settings = Settings()
    st.subheader("A run from elsewhere")
    if settings.hosted:
        st.info("This is a shared server, so it takes in no runs. Run the app yourself to import one.")
        return
    upload = st.file_uploader(
        "Upload the file of a run",
        type=["zip"],
        key="run-upload",
        max_upload_size=MOST,
        help="The button “The run as one file” of the page Results writes it.",
    )
    if upload is None:
        return
    taken = st.session_state.setdefault("runs-taken", {})
    if upload.file_id not in taken:  # the page runs again at every click, and the file would be here already
        try:
            with st.spinner("Checking every part of it"):
                taken[upload.file_id] = import_run(upload, upload.name, settings)
        except BadInput as problem:
            st.error(plain(problem), icon=":material/error:")
            return
    _say_where(taken[upload.file_id], dataset)


def _say_where(run: Run, dataset: Dataset) -> None:
    st.success(f"The run {run.id} is here: {plain(run.config.title)}.", icon=":material/check_circle:")
    if is_of(run, dataset):
        st.page_link(
            "pages/results.py",
            label="See its results",
            icon=":material/grid_on:",
            query_params={"run": run.id, "dataset": dataset.source},
        )
    else:
        st.caption(f"It was judged on {plain(run.config.dataset)}: open that dataset to see its results.")


def _save(label: str, name: str, kind: str, make: Callable[[], str | bytes], icon: str) -> None:
    st.download_button(label, make, name, kind, icon=icon, on_click="ignore", key=f"save-{name}")
