"""Sampling strategies side by side: what each would show the network, before anything is trained."""

import streamlit as st

from core.errors import BadInput
from core.flags import Flag, flags
from core.models import MODELS
from core.previews import batch, blends
from core.sampling import SAMPLERS
from core.sampling.summary import Resampling, side_by_side
from core.settings import Settings
from core.splits import HOLD_OUT, SPLITS
from core.synthesis.use import judged_images, made_for
from pages.shared.cache import cached_folds
from pages.shared.charts import count, table
from pages.shared.choices import parameters
from pages.shared.dataset import current_dataset
from pages.shared.guards import or_stop
from pages.shared.pictures import batch_sheet, blend_sheet
from pages.shared.pixels import pixels_of
from pages.shared.strategies import card, draw, overview, show_flags
from pages.shared.text import plain

STARTING = ["none", "under", "over", "class_balanced"]
SIZE, BATCH = 48, 64  # what networks here are shown unless told otherwise

st.title("Sampling")
dataset = current_dataset()
st.markdown("Only the training part is resampled, after the split: a copy of a test image can never be trained on.")

names = st.multiselect(
    "Strategies",
    SAMPLERS.names(),
    STARTING,
    format_func=lambda name: SAMPLERS[name].title,
    key="strategies",
    bind="query-params",
    persist_state="session",
)
with st.expander("Settings", icon=":material/tune:", key="settings", bind="query-params"):
    split = st.selectbox(
        "Split", SPLITS.names(), format_func=lambda name: SPLITS[name].title, key="sampling-split", bind="query-params"
    )
    seed = st.number_input(
        "Seed",
        0,
        9999,
        0,
        key="sampling-seed",
        bind="query-params",
        help="Which images are dropped or repeated.",
    )
    values = {name: parameters(SAMPLERS[name], "sampling") for name in names}
if not names:
    st.info("Choose at least one strategy.")
    st.stop()

fold = or_stop(cached_folds, dataset.key, split, HOLD_OUT, dataset)[0]
pixels = pixels_of(dataset, SIZE) if any("images" in SAMPLERS[name].needs for name in names) else None
if pixels is not None:
    fold = fold.only(pixels.readable)
part, tested = dataset.usable.iloc[fold.train], dataset.usable["label"].iloc[fold.test]


def known(name: str, resampling: Resampling | None) -> list[Flag]:
    """Return what is known of a network trained on a strategy before anyone trains it."""
    network = MODELS[MODELS.default]
    return flags(network, {}, SAMPLERS[name], values.get(name, {}), part["label"], tested, resampling=resampling)


material = {
    "images": lambda: pixels.images[fold.train],
    "made": made_for(dataset.fingerprint, judged_images(dataset.usable, fold), SIZE, Settings()),
}
drawn = {
    name: draw(dataset, SAMPLERS[name], part["label"], values[name], seed, (split, HOLD_OUT), material)
    for name in names
}
results = [result for result in drawn.values() if isinstance(result, Resampling)]
st.caption(f"Training part: {len(part):,} of {len(dataset.usable):,} images ({SPLITS[split].title.lower()} hold-out).")
always = known("none", None)
show_flags(always)
if results:
    overview(results)
highest = max((result.largest for result in results), default=1)
st.caption("Grey: before. Colour: distinct images after; hatched: what fills the rest. Click a bar to see its images.")
for start in range(0, len(names), 2):  # two a row: on a telephone they follow each other in the menu's order
    for column, name in zip(st.columns(2), names[start : start + 2], strict=False):
        with column.container(border=True):
            if isinstance(drawn[name], BadInput):
                st.subheader(SAMPLERS[name].title)
                st.error(plain(drawn[name]), icon=":material/block:")
            else:
                own = [flag for flag in known(name, drawn[name]) if flag not in always]
                card(drawn[name], own, highest, dataset, part)
if not results:
    st.stop()

st.header("Images shown in a pass, class by class")
summary = side_by_side(results)
table(
    summary,
    "Images of each class before and after each strategy",
    {"label": "class"} | {name: count(name) for name in summary.columns[1:]},
)

st.header("What the network would see")
by_title = {result.choice.title: result for result in results}
left, right = st.columns(2)
shown = by_title[left.selectbox("Strategy", list(by_title), key="previewed", bind="query-params")]
number = right.number_input(
    "Batch", 1, -(-len(shown.indices) // BATCH), key="batch", bind="query-params", help="Of the first pass."
)
pixels = pixels or pixels_of(dataset, SIZE)
rows = pixels.images[fold.train]
preview = batch(shown, rows, part, dataset.labels, number, BATCH, seed)
st.caption(
    f"Batch {number} of {preview.n_batches:,}, {len(preview.images)} images at {SIZE} x {SIZE} pixels: exactly what a "
    "run with this seed is shown, made by the code that trains."
)
batch_sheet(preview)
made = blends(shown, rows, part, dataset.labels)
if made:
    st.subheader("Synthesised images between their two parents")
    blend_sheet(made)
st.page_link("pages/training.py", label="Train with one of them", icon=":material/model_training:")
