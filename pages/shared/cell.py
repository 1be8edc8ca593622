"""The images behind a cell of a confusion matrix: pictures, a table and a file, each image with a link to its page."""

from collections.abc import Sequence
from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from core.catalog import Dataset
from core.evaluation.cells import captions, cell_images
from core.runs import Run
from pages.shared.cache import cached_predictions
from pages.shared.charts import download
from pages.shared.gallery import gallery
from pages.shared.runs import is_of
from pages.shared.text import plain

LINK = ("true", "said")
"""What the link calls the chosen cell."""
PER_CENT = {"format": "percent", "width": 100}


def image_link(dataset: Dataset, image: str, run: Run) -> str:
    """Return where an image's own page is; it leads back to the run."""
    return "image?" + urlencode({"dataset": dataset.source, "image": image, "run": run.id})


def images_in_cell(dataset: Dataset, run: Run, cell: tuple[str, str], key: str) -> None:
    """Show the images that are one thing and were said to be another, the surest answers first."""
    true, said = cell
    table = cell_images(cached_predictions(run.id, run), true, said)
    columns = {
        "p_said": st.column_config.NumberColumn(f"{said} (said)", **PER_CENT),
        "p_true": st.column_config.NumberColumn(f"{true} (true)", **PER_CENT),
    }
    if true == said:
        table, columns = table.drop(columns="p_true"), {"p_said": columns["p_said"]}
    title = f"True {true}, said {said}"
    judged_images(dataset, run, table, title, captions(table, true, said), key, columns)


def judged_images(
    dataset: Dataset,
    run: Run,
    table: pd.DataFrame,
    title: str,
    below: Sequence[str],
    key: str,
    columns: dict[str, object],
) -> None:
    """Show images that a run judged, what stands `below` each, and the same as a table and as CSV.

    Where the dataset does not hold the images, the table is all there is, and a sentence says how to get them.
    """
    table = _with_annotators(table, dataset)
    if is_of(run, dataset):
        links = [image_link(dataset, image, run) for image in table["image"]]
        gallery(dataset, table["image"], title, key, below, links=links)
        table = table.assign(page=links)
    else:
        st.subheader(f"{plain(title)}: {len(table):,} image{'' if len(table) == 1 else 's'}")
        _how_to_get_them(run)
    if table.empty:
        return
    words, unseen = f"As a table ({len(table):,})", not is_of(run, dataset)
    with st.expander(words, unseen, icon=":material/table_rows:", key=f"{key}-table", bind="query-params"):
        shown = {"page": st.column_config.LinkColumn("page", display_text="open", width=60)} | columns
        height = "content" if len(table) <= 12 else 420
        st.dataframe(table, hide_index=True, height=height, placeholder="", column_config=shown, alt=title)
    name = f"{run.id}-{title.replace(', ', '-').replace(' ', '-')}.csv"
    download("Save as CSV", name, lambda: table.drop(columns="page", errors="ignore"))


def _how_to_get_them(run: Run) -> None:
    st.caption(
        f":material/image_not_supported: The open dataset does not hold these images, so here are their names alone. "
        f"To see them, open {plain(run.config.dataset)}, on which this run was judged."
    )
    st.page_link("pages/data.py", label="Get the images", icon=":material/folder_open:")


def _with_annotators(table: pd.DataFrame, dataset: Dataset) -> pd.DataFrame:
    rows = dataset.catalog[dataset.catalog["image"].isin(table["image"])]
    if rows["annotator"].isna().all():
        return table
    return table.assign(annotator=table["image"].map(rows.set_index("image")["annotator"]))
