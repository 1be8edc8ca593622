"""Can the label be told without looking at the face, and what does a test know that training has seen?"""

from typing import Any

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


def three_decimals(numbers: Any) -> dict[str, Any]:
    """Return the look of a table's scores."""
    return {name: st.column_config.NumberColumn(format="%.3f") for name in numbers.select_dtypes("float")}


def key_of_test(neutralised: bool) -> tuple:
    """Return under what a shortcut test is kept."""
    return ("shortcuts", dataset.key, neutralised)


def tested(neutralised: bool) -> shortcuts.ShortcutTest | None:
    """Return the shortcut test, made once."""
    return kept_with_progress(
        key_of_test(neutralised),
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
        "filled dot, right of it, is a shortcut."
    )
    cue = test.strongest
    if cue is not None:
        title = f"The images of {plain(cue.label)} behind it"
        with st.expander(title, icon=":material/photo_library:", key="cue", bind="query-params"):
            gallery(dataset, cue.images, f"{cue.label}, {cue.value}", key="cue-images")

    st.subheader("Class by class")
    neutral = None
    known = is_kept(key_of_test(True)) or shortcuts.known_shortcut_test(dataset, settings, True) is not None
    hint = "Grey, and all of one size: what is left of the shortcut?"
    if known or wanted("Neutralise it and test again", f"neutralise-{dataset.key}", hint):
        neutral = tested(True)
    chart(
        figures.against_chance(
            shortcuts.by_class(test, neutral),
            {"f1": "all cues"}
            | ({"neutral_f1": "neutralised: grey, one size"} if neutral else {})
            | {"majority": f"always {test.majority.label} (0 for others)"},
            "F1",
        ),
        f"by-class-{neutral is not None}",
        "F1 of each class from all cues together beside shuffled labels",
    )
    if neutral is not None:
        st.markdown(plain(shortcuts.verdict(neutral)))
    with st.expander("The numbers, and how they were made", key="numbers", bind="query-params"):
        whole, by_label = shortcuts.numbers(test)
        words = {
            "cue": st.column_config.TextColumn(width=134),
            "chance gives": st.column_config.TextColumn(alignment="right"),
        }
        table(whole, "Scores of each cue", three_decimals(whole) | words)
        table(
            by_label,
            "F1 of each class by each cue",
            three_decimals(by_label) | {"F1 by cue": st.column_config.TextColumn(width=134, pinned=True)},
        )
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
    overlap.shown(split or "random"),  # a link may say `leak-split=`
    "Share of images that training knows something of when they are tested",
    {
        "label": "class",
        "n_test": st.column_config.NumberColumn("images", width=64),
        "person": st.column_config.NumberColumn(width=64),
        "near_duplicate": st.column_config.NumberColumn("copy", width=58),
        "annotator": st.column_config.NumberColumn(width=82),
    },
)
st.caption(
    "The images are dealt into parts; each part in turn is the test and all others are the training, so that every "
    "image is tested once. The shares are of images of which training then holds the same person, a near copy, or "
    "another image of the same annotator."
)
for note in overlap.notes:
    st.caption(f":material/info: {plain(note)}")

st.subheader("What the leak is worth")
st.markdown(
    "The same simple model under each split: what it loses when persons are kept apart is what it owed to them."
)
key = ("price", dataset.key)
known = is_kept(key) or leakage.known_price(dataset, settings) is not None
hint = "Finds the most similar training image of each test image; no network."
if known or wanted("Weigh it", f"price-{dataset.key}", hint):
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
        with st.expander("The numbers", key="price-numbers", bind="query-params"):
            looks = three_decimals(price.table) | {
                "images": count("images"),
                "difference": st.column_config.NumberColumn(format="%+.3f"),
                "its interval (95 %)": st.column_config.TextColumn(alignment="right"),
            }
            table(price.table, "F1 of each class under each split, and the difference", looks)
            st.caption(price.method)
