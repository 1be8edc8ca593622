"""Sizes, aspect ratios, modes and formats, overall and per class."""

import streamlit as st

from core import figures, statistics
from core.ledger import misnamed
from pages.shared.cache import kept
from pages.shared.charts import chart, clickable_chart, count, pickable_table, table
from pages.shared.dataset import current_dataset
from pages.shared.gallery import gallery

st.title("Shapes")
dataset = current_dataset()

label = st.selectbox(
    "Class", dataset.labels, index=None, placeholder="all images", key="class", bind="query-params", width=320
)
catalog = kept(dataset, statistics.catalog_of, dataset, label, key=(label,))
shapes = kept(dataset, statistics.shapes, catalog, key=(label,))
if shapes.empty:
    st.info("No image here can be read; the overview's notes say why.")
    st.stop()

common = shapes.iloc[0]
st.markdown(
    f"{len(catalog):,} images in {len(shapes):,} shapes. The commonest, {common['width']} x {common['height']} "
    f"pixels in mode {common['mode']}, has {common['count']:,} of them."
)
dot = clickable_chart(figures.shape_map(shapes), f"shape-map-{label}", "Width and height of each shape", "shape")
st.caption("One dot is one shape; the larger the dot, the more images. Click it to see them.")
if dot:
    width, height, mode, _ = dot
    images = statistics.images_of_shape(catalog, width, height, mode)
    gallery(dataset, images, f"{width} x {height} pixels, {mode}", key="shape-images")

st.header("By class")
ratios = kept(dataset, statistics.aspect_ratio_quantiles, dataset.catalog)
chart(figures.aspect_ratios(ratios), "ratios", "Aspect ratios of each class")
st.caption("At 1 an image is square. A box holds the middle half of a class, its whiskers 98 %.")
table(
    kept(dataset, statistics.shape_summary, dataset.catalog),
    "Sizes of each class",
    {
        "label": "class",
        "images": count("images"),
        "distinct_shapes": count("shapes", help="Distinct shapes"),
        "smallest_width": count("min width", help="pixels"),
        "median_width": count("median width", help="pixels"),
        "largest_width": count("max width", help="pixels"),
        "median_aspect_ratio": st.column_config.NumberColumn("w / h", format="%.2f", help="Median aspect ratio"),
        "colour": st.column_config.NumberColumn("colour", format="percent", help="Share of the images in colour"),
    },
)

st.header("Modes and formats")
st.caption("The format is read from the bytes, not from the file's name. Select a line to see its images.")
formats = kept(dataset, statistics.format_counts, catalog, key=(label,))
row = pickable_table(formats, f"formats-{label}", "Modes and formats", {"count": count("images")}, "format")
if row is not None:
    mode, image_format = formats["mode"][row], formats["format"][row]
    images = statistics.images_of_format(catalog, mode, image_format)
    gallery(dataset, images, f"{image_format}, {mode}", key="format-images")
lying = kept(dataset, misnamed, catalog, key=(label,))
if len(lying):
    gallery(dataset, lying.to_list(), "Named as another format than they are", key="misnamed")
