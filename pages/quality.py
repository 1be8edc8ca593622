"""Which pictures are poor, and which are there more than once."""

import streamlit as st

from core import duplicates, figures, quality
from core.measures import undecodable
from core.quality import CHECKS
from pages.shared.cache import kept
from pages.shared.charts import chart, count, download, table
from pages.shared.dataset import current_dataset
from pages.shared.gallery import gallery, groups
from pages.shared.links import number, remember, remembered
from pages.shared.measures import measures_or_stop

MOST_SHOWN = 3_000  # images of a check that can be paged through, the worst first
KINDS = {"near": "nearly the same", "pixel_hash": "same pixels", "file_hash": "same file"}


def threshold_of(name: str) -> float:
    """Return where the slider of a check stands, or else what the link says, or else its default."""
    key, default = f"threshold-{name}", CHECKS[name].params[0].default
    return st.session_state.get(key, number(remembered(key), 0.0, 1.0, default))


st.title("Quality")
dataset = current_dataset()
measures = measures_or_stop(dataset)
scores = kept(dataset, quality.scores, dataset, measures)

damaged = kept(dataset, undecodable, dataset, measures)
if len(damaged):
    st.warning(
        f"{len(damaged):,} of the pictures cannot be decoded although their headers are in order: they are damaged, or "
        "of a rare kind. They have no score, and no network sees them.",
        icon=":material/broken_image:",
    )
    with st.expander("Their names", key="names", bind="query-params"):
        gallery(dataset, damaged, "Cannot be decoded", key="damaged")
        download("Their names as CSV", "damaged.csv", lambda: damaged.to_frame())

st.header("Poor pictures")
name = st.pills(
    "Check",
    CHECKS.names(),
    default=CHECKS.default,
    required=True,
    format_func=lambda name: CHECKS[name].title,
    key="check",
    bind="query-params",
)
check = CHECKS[name or CHECKS.default]  # a link may say `check=`
name = check.name
st.caption(f"{check.summary} *{check.source}*")
thresholds = {other: threshold_of(other) for other in CHECKS.names()}
st.session_state[f"threshold-{name}"] = thresholds[name]
threshold = thresholds[name] = st.slider(
    f"{check.title}: flag a picture whose score is below",
    0.0,
    1.0,
    step=0.01,
    key=f"threshold-{name}",
    help="Every picture has a score from 0 (bad) to 1 (good).",
    persist_state="session",
)
for other, value in thresholds.items():  # not by `bind`: those of checks that are not shown belong to the link too
    remember(f"threshold-{other}", None if value == CHECKS[other].params[0].default else f"{value:g}")
summary = kept(dataset, quality.check_summary, dataset, scores, thresholds, key=tuple(thresholds.values()))
bins = quality.score_histogram(scores, name)
chart(figures.score_histogram(bins, threshold), f"scores-{name}", f"How many pictures have each score: {check.title}")
worst = kept(dataset, quality.worst_images, dataset, scores, name, threshold, MOST_SHOWN, key=(name, threshold))
gallery(
    dataset,
    worst["image"],
    f"{check.title}, worst first",
    key=f"flagged-{name}",
    captions=quality.captions(worst),
    n_all=summary["flagged"][CHECKS.names().index(name)],
)
if len(worst):
    with st.expander("By class", key="by-class", bind="query-params"):
        table(
            kept(dataset, quality.flagged_by_class, dataset, scores, name, threshold, key=(name, threshold)),
            f"Pictures flagged as {check.title.lower()}, by class",
            {
                "label": "class",
                "images": count("images"),
                "flagged": count("flagged"),
                "share": st.column_config.ProgressColumn("share of the class", format="percent"),
            },
        )
with st.expander("All checks", icon=":material/checklist:", key="all-checks", bind="query-params"):
    table(
        summary,
        "How many pictures each check flags",
        {
            "check": None,
            "title": "check",
            "threshold": st.column_config.NumberColumn(format="%.2f"),
            "flagged": count("flagged"),
            "share": st.column_config.NumberColumn("share of all", format="percent"),
        },
    )
    download("All flagged pictures as CSV", "flagged.csv", lambda: quality.flagged_table(dataset, scores, thresholds))

st.header("Duplicates")
kind = st.segmented_control(
    "Two pictures are duplicates where they are",
    list(KINDS),
    default="near",
    required=True,
    format_func=KINDS.get,
    key="duplicates",
    bind="query-params",
)
kind = kind or "near"  # a link may say `duplicates=`
if kind == "near":
    distance = st.slider(
        "Bits in which their perceptual hashes may differ (of 64)",
        0,
        duplicates.FARTHEST,
        duplicates.DISTANCE,
        key="distance",
        bind="query-params",
        persist_state="session",
        help="Three hashes describe the coarse pattern of a picture (pHash, and dHash in both directions); the largest "
        "of their three differences counts. At 0 the patterns are the same.",
    )
    with st.spinner("Comparing all pictures"):
        found = kept(dataset, duplicates.near_duplicates, dataset, measures, distance, key=(distance,))
else:
    found = kept(dataset, duplicates.exact_duplicates, dataset, measures, kind, key=(kind,))
st.markdown(duplicates.sentence(found))
if len(found):
    st.caption("Groups with an orange line have different labels; they come first. Click a picture to see it larger.")
groups(dataset, found, key=f"groups-{kind}")
if len(found):
    download("These groups as CSV", "duplicates.csv", lambda: found)
