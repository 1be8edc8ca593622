"""A map on which similar images lie close together: what the pixels, or a network, can tell apart."""

import streamlit as st

from core import embedding, figures
from core.embedding import PROJECTIONS
from core.models import MODELS
from core.runs import list_runs, recipe
from core.settings import Settings
from pages.shared.cache import kept
from pages.shared.charts import count, lasso_chart, table
from pages.shared.choices import choose, menu_in_link, parameters
from pages.shared.dataset import current_dataset
from pages.shared.gallery import contact_sheet, gallery
from pages.shared.guards import or_stop
from pages.shared.links import remember, remembered
from pages.shared.offer import lost_run
from pages.shared.progress import kept_with_progress

PIXELS = "pixels"
COLOURS = {"label": "class", "annotator": "annotator", "prediction": "what the run said", "correct": "right or wrong"}

st.title("Map")
dataset = current_dataset()
settings = Settings()
runs = {run.id: run for run in list_runs(settings.runs_dir, dataset.fingerprint) if MODELS[run.config.model].iterative}

left, middle, right = st.columns(3)
with left:
    titles = {PIXELS: "their pixels"} | {name: f"what {run.config.title} sees, {name}" for name, run in runs.items()}
    asked = remembered("alike-by")
    source = menu_in_link("Alike by", titles, "alike-by", unless=PIXELS)
    st.caption(
        "A trained run's network can be chosen here." if runs else "Once a network is trained, its view is here."
    )
    if asked and asked not in titles:
        lost_run(asked, "alike-by")
run = runs.get(source)
remember("alike-by-recipe", recipe(run.config) if run else None)
with middle:
    projection = choose(PROJECTIONS, "Drawn by", "projection")
with right:
    colours = [name for name in COLOURS if run or name in ("label", "annotator")]
    colour = st.selectbox(
        "Coloured by", colours, format_func=COLOURS.get, key="coloured-by", bind="query-params", persist_state="session"
    )
values = {}
if projection.params:
    with st.expander("Settings", icon=":material/tune:", key="settings", bind="query-params"):
        values = parameters(projection, "map")


def read(report) -> embedding.Features:
    """Return the numbers by which images are compared."""

    def step(done: int, total: int) -> None:
        report("Reading the images", done, total)

    if run is None:
        return embedding.pixel_features(dataset, settings, step)
    return embedding.network_features(run, dataset, settings, step)


features = kept_with_progress(("features", dataset.key, source), read)
if features is None:
    st.stop()
points = kept_with_progress(
    ("map", features.key, projection.name, *values.values()),
    lambda report: embedding.project(
        features,
        projection.name,
        values,
        settings,
        on_progress=lambda done, total: report("Laying out the map, step", done, total),
    ),
)
if points is None:
    st.stop()
drawing = (features.key, projection.name, *values.values())
placed = kept(dataset, embedding.map_table, dataset, points, run, key=drawing)

axes = (f"{projection.title} 1", f"{projection.title} 2")
chosen = lasso_chart(
    figures.image_map(placed, colour, dataset.labels, axes),
    f"map-{features.key}-{projection.name}-{colour}",
    "A dot an image; images that are alike lie close together",
    name="loop",
)
sampled = len(placed) < features.n_usable
n_drawn = f"{len(placed):,} of {features.n_usable:,}" if sampled else f"all {len(placed):,}"
st.caption(
    f"Drawn: {n_drawn} usable images. "
    + ("The numbers above count those drawn, rare classes in full. " if sampled else "")
    + "Draw a loop around dots to see them. Click a name above to hide its dots."
)

if chosen:
    inside = embedding.caught(placed, chosen)
    st.header(f"In the loop: {len(inside):,} image{'s' if len(inside) != 1 else ''}")
    table(
        embedding.class_mix(inside, placed),
        "Which classes the loop holds, beside the whole map",
        {
            "label": "class",
            "images": count("images"),
            "share": st.column_config.ProgressColumn("share of the loop", format="percent", min_value=0, max_value=1),
            "usual": st.column_config.NumberColumn("share of the map", format="percent"),
        },
    )
    gallery(dataset, inside["image"], "", key="map-images", captions=inside["label"])
    st.header("Near neighbours")
    st.caption("The images most like one of them, by the same measure as the map but without its squeezing to a plane.")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        image = st.selectbox("Of the image", inside["image"].head(500), key="map-image", bind="query-params", width=420)
        with st.container(width="content"):
            contact_sheet(dataset, [image], [inside.set_index("image")["label"][image]])
    neighbours = embedding.nearest(features, image)
    contact_sheet(dataset, list(neighbours["image"]), list(neighbours["label"]))

if st.toggle("How often do neighbours share a class?", key="purity", bind="query-params"):
    st.caption(
        "Of each image's 10 nearest: the share of the same class, beside what chance gives. Near chance, a map of "
        "these features cannot show the class, whatever it looks like."
        + (f" All counts are of the {len(placed):,} images drawn." if sampled else "")
        + (" Only images that the run's network never saw count." if run else "")
    )
    judged = placed["label"].where(placed["unseen"]) if run else placed["label"]
    share = {"format": "percent", "min_value": 0.0, "max_value": 1.0}
    table(
        or_stop(kept, dataset, embedding.label_purity, features, judged, key=(features.key,)),
        "How often near neighbours share a class",
        {
            "label": "class",
            "images": count("images"),
            "purity": st.column_config.ProgressColumn("same class", **share),
            "chance": st.column_config.NumberColumn("by chance", format="percent"),
        },
    )
