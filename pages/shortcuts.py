"""Can the label be told without looking at the face, and what does a test know that training has seen?"""

import streamlit as st

from core import figures, leakage, shortcuts
from core.duplicates import near_pairs
from core.settings import Settings
from core.splits import SPLITS
from pages.shared.cache import kept
from pages.shared.charts import chart, count, table
from pages.shared.dataset import current_dataset
from pages.shared.gallery import gallery
from pages.shared.guards import or_stop
from pages.shared.measures import measures_or_stop
from pages.shared.progress import is_kept, kept_with_progress, wanted
from pages.shared.text import plain

PERCENT = {"format": "percent", "min_value": 0.0, "max_value": 1.0}


def tested(neutralised: bool) -> shortcuts.ShortcutTest | None:
    """Return the shortcut test, made once."""
    return kept_with_progress(
        ("shortcuts", dataset.fingerprint, neutralised),
        lambda report: shortcuts.load_shortcut_test(
            dataset, measures, settings, neutralised, lambda done, total: report("Shuffling the labels", done, total)
        ),
    )


st.title("Shortcuts")
dataset = current_dataset()
settings = Settings()
measures = measures_or_stop(dataset)

st.header("What gives the label away")
st.markdown(
    "A network takes the easiest way. If a property of the file, such as its size or its colour, tells the class, it "
    "learns that, and a test with the same property does not notice."
)
test = tested(False)
if test is not None:
    st.markdown(plain(shortcuts.verdict(test)))
    chart(
        figures.against_chance(shortcuts.by_cue(test), {"macro_f1": "this cue alone"}, "macro-F1"),
        "by-cue",
        "Macro-F1 of each cue beside shuffled labels",
    )
    st.caption(
        "A dot is what can be said of unseen persons from that property alone. Grey is what shuffled labels give; a "
        "dot right of it is a shortcut."
    )
    cue = test.strongest
    if cue is not None:
        with st.expander(f"The images of {plain(cue.label)} behind it", icon=":material/photo_library:"):
            gallery(dataset, cue.images, f"{cue.label}: {cue.value}", key="cue-images")

    st.subheader("Class by class")
    neutral = None
    if wanted("Neutralise it and test again", "neutralise", "Grey, and all of one size: what is left of the shortcut?"):
        neutral = tested(True)
    chart(
        figures.against_chance(
            shortcuts.by_class(test, neutral),
            {"f1": "all cues"}
            | ({"neutral_f1": "neutralised: grey, one size"} if neutral else {})
            | {"majority": f"always {test.majority.label}"},
            "F1",
        ),
        f"by-class-{neutral is not None}",
        "F1 of each class from all cues together beside shuffled labels",
    )
    if neutral is not None:
        st.markdown(plain(shortcuts.verdict(neutral)))
    with st.expander("The numbers, and how they were made"):
        table(shortcuts.numbers(test), "Scores of each cue")
        st.caption(shortcuts.method(test))

st.header("What the test has seen before")
st.markdown(
    "A test image tells little if training has seen the same person, a near copy of it, or its annotator's habits."
)
pairs = kept(dataset, near_pairs, dataset, measures)
overlap = or_stop(kept, dataset, leakage.overlap, dataset, pairs)
split = st.segmented_control(
    "Split",
    list(overlap.splits),
    default="random",
    required=True,
    format_func=lambda name: SPLITS[name].title,
    key="leak-split",
    bind="query-params",
)
table(
    overlap.of(split),
    "Share of test images that training knows something of",
    {
        "label": "class",
        "n_test": count("test images"),
        "person": st.column_config.ProgressColumn("same person", **PERCENT),
        "near_duplicate": st.column_config.ProgressColumn("near copy", **PERCENT),
        "annotator": st.column_config.ProgressColumn("same annotator", **PERCENT),
    },
)
st.caption("Share of the test images of which training holds the same person, a near duplicate, the same annotator.")
for note in overlap.notes:
    st.caption(f":material/info: {plain(note)}")

st.subheader("What the leak is worth")
st.markdown(
    "The same simple model under each split: what it loses when persons are kept apart is what it owed to them."
)
key = ("price", dataset.fingerprint)
if is_kept(key) or wanted("Weigh it", "price", "Finds the most similar training image of each test image; no network."):
    price = kept_with_progress(
        key,
        lambda report: leakage.load_price(
            dataset, settings, lambda done, total: report("Comparing the images", done, total)
        ),
    )
    if price is not None:
        st.markdown(plain(price.sentence))
        chart(
            figures.by_split(price.f1, [SPLITS[name].title for name in price.f1.columns]),
            "price",
            "F1 of each class under each split",
        )
        with st.expander("The numbers"):
            table(price.table, "F1 of each class under each split, and the difference")
            st.caption(price.method)
