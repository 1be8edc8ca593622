"""Sampling strategies side by side: what each would show the network, before anything is trained."""

import streamlit as st

from core import figures
from core.sampling import SAMPLERS
from core.sampling.summary import Resampling, images_shown, resample, side_by_side
from core.splits import SPLITS
from pages.shared.cache import cached_fold
from pages.shared.charts import clickable_chart, count, table
from pages.shared.choices import parameters
from pages.shared.dataset import current_dataset
from pages.shared.gallery import gallery
from pages.shared.guards import or_stop


def card(result: Resampling, highest: int) -> None:
    """Show one strategy: what it costs in words, each class before and after, and the images behind a bar."""
    st.subheader(result.choice.title)
    st.caption(f"{result.choice.summary} *{result.choice.source}*")
    st.markdown(result.sentence)
    bar = clickable_chart(
        figures.resampling(result.table, highest), f"resampling-{result.choice.name}", result.sentence
    )
    with st.container():  # always there: an expander that moves is closed by the browser
        if bar:
            shown = images_shown(result, training_part, bar[0])
            key = f"shown-{result.choice.name}"
            gallery(dataset, shown["image"], f"{bar[0]} in use", key, shown["caption"])
    with st.expander("The numbers"):
        table(
            result.table.reset_index(),
            f"Counts of {result.choice.title}",
            {
                "label": "class",
                "before": count("before"),
                "after": count("after"),
                "unique_after": None,
                "most_copies": count("most", help="Most times that one image is shown in a pass"),
                "thrown_away": count("lost", help="Images that are never shown"),
                "copies": st.column_config.NumberColumn("mean", format="%.1f", help="Mean times an image is shown"),
            },
        )


st.title("Sampling")
dataset = current_dataset()
st.markdown("Only the training part is resampled, after the split: a copy of a test image can never be trained on.")

names = st.multiselect(
    "Strategies",
    SAMPLERS.names(),
    SAMPLERS.names(),
    format_func=lambda name: SAMPLERS[name].title,
    key="strategies",
    persist_state="session",
)
with st.expander("Settings", icon=":material/tune:"):
    split = st.selectbox("Split", SPLITS.names(), format_func=lambda name: SPLITS[name].title, key="sampling-split")
    seed = st.number_input("Seed", 0, 9999, 0, key="sampling-seed", help="Which images are dropped or repeated.")
    values = {name: parameters(SAMPLERS[name], "sampling") for name in names}
if not names:
    st.info("Choose at least one strategy.")
    st.stop()

fold = or_stop(cached_fold, dataset.key, split, dataset)
training_part = dataset.usable.iloc[fold.train]
results = [or_stop(resample, SAMPLERS[name], training_part["label"], values[name], seed) for name in names]

st.caption(
    f"Training part: {len(fold.train):,} of {len(dataset.usable):,} images ({SPLITS[split].title.lower()} hold-out). "
    "Grey: before. Colour: distinct images after. Hatched: copies. Click a bar to see its images."
)
highest = max(result.largest for result in results)
for start in range(0, len(results), 2):  # two a row: on a telephone they follow each other in the menu's order
    for column, result in zip(st.columns(2), results[start : start + 2], strict=False):
        with column.container(border=True):
            card(result, highest)

st.header("Images shown in a pass, class by class")
summary = side_by_side(results)
table(
    summary,
    "Images of each class before and after each strategy",
    {"label": "class"} | {name: count(name) for name in summary.columns[1:]},
)
st.page_link("pages/training.py", label="Train with one of them", icon=":material/model_training:")
