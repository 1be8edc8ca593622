"""One image of a dataset: what is known of it, and what every run said of it."""

from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from core.catalog import Dataset
from core.errors import BadInput
from core.runs import list_runs, shipped_runs
from core.runs.answers import answers_of
from core.settings import Settings
from core.thumbnails import thumbnails
from pages.shared.cell import PER_CENT
from pages.shared.charts import table
from pages.shared.runs import is_of
from pages.shared.text import plain

_LARGE = 640  # pixels


def row_of(dataset: Dataset, image: str) -> pd.Series:
    """Return the image's row of the catalog; BadInput where the dataset has no such image."""
    rows = dataset.catalog[dataset.catalog["image"] == image]
    if rows.empty:
        raise BadInput(f"{dataset.title} has no image {image}; open the dataset that the link was made on.")
    return rows.iloc[0]


def picture(dataset: Dataset, image: str) -> None:
    """Show the image as wide as there is room, from at most `_LARGE` pixels."""
    [jpeg] = thumbnails(dataset.root, [image], _LARGE, Settings())
    if jpeg is None:
        st.warning(f"{plain(image)} cannot be read as a picture.", icon=":material/broken_image:")
    else:
        st.image(jpeg, alt=f"The image {image}", width="stretch")


def facts(row: pd.Series) -> None:
    """Show what the catalog knows of an image."""
    told = {
        "label": row["label"],
        "person": row["person"],
        "annotator": row["annotator"],
        "size": f"{row['width']} x {row['height']} pixels" if pd.notna(row["width"]) else None,
        "colour mode": row["mode"],
        "format": row["format"],
        "file": row["image"],
        "bytes": f"{row['n_bytes']:,}",
        "problem": row["problem"],
    }
    st.markdown("  \n".join(f"{name}: **{plain(value)}**" for name, value in told.items() if pd.notna(value)))


def labellings(dataset: Dataset, image: str) -> None:
    """Show each row of the legend that names the image: what was written, by whom, and what it is taken for."""
    rows = dataset.rows.loc[dataset.rows["image"] == image, ["raw_label", "label", "annotator"]]
    shown = {"raw_label": "as written", "label": "taken as"}
    table(rows.dropna(axis=1, how="all"), "Each labelling of the image", shown)


def answers(dataset: Dataset, image: str) -> None:
    """Show what every run that judged the image said of it, with a link to that cell of the run's results."""
    own = list_runs(Settings().runs_dir, dataset.fingerprint)
    ids = {run.id for run in own}
    shipped = [run for run in shipped_runs() if run.id not in ids and is_of(run, dataset)]
    found = answers_of([*own, *shipped], image)
    if found.empty:
        st.caption(f"None of the {len(own) + len(shipped):,} runs on this dataset tested it.")
        return
    right = int(found["right"].sum())
    st.caption(f"{right:,} of {len(found):,} answers are right. A run speaks only of images that it was tested on.")
    links = [
        "results?" + urlencode({"dataset": dataset.source, "run": run, "true": true, "said": said})
        for run, true, said in found[["run", "true", "said"]].to_numpy()
    ]
    shown = found.drop(columns=["true", "run"]).assign(right=found["right"].map({True: "right", False: "wrong"}))
    columns = {
        "link": st.column_config.LinkColumn("results", display_text="open", width=70),
        "title": st.column_config.TextColumn("run", width="large"),
        "plan": "judged by",
        "p_said": st.column_config.NumberColumn("probability", **PER_CENT),
        "p_true": st.column_config.NumberColumn("of the truth", **PER_CENT),
        "right": "right or wrong",
    }
    order = ["link", "right", "said", "p_said", "p_true", "title", "plan", "fold"]
    table(shown.assign(link=links)[order], "What each run said of the image", columns)
