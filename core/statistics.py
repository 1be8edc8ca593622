"""What is in a dataset: counts a class, spellings, shapes, formats."""

from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd

from core.catalog import Dataset
from core.labels import spelling_table
from core.ledger import conflicting_images


@dataclass(frozen=True)
class Headline:
    """The few figures that a newcomer needs first."""

    n_images: int
    """Images with one label that can be read."""
    n_classes: int
    n_persons: int
    majority: str
    majority_share: float
    """Also the accuracy of always saying the majority class."""
    majority_macro_f1: float
    """Macro-F1 of always saying it."""
    rarest: str
    rarest_count: int
    imbalance_ratio: float


def headline(dataset: Dataset) -> Headline:
    """Return the few figures that a newcomer needs first, over the images that are used."""
    counts = dataset.usable["label"].value_counts().reindex(list(dataset.labels))
    share = float(counts.max() / counts.sum())
    return Headline(
        n_images=int(counts.sum()),
        n_classes=len(counts),
        n_persons=int(dataset.usable["person"].nunique()),
        majority=str(counts.idxmax()),
        majority_share=share,
        majority_macro_f1=2 * share / (1 + share) / len(counts),
        rarest=str(counts.idxmin()),
        rarest_count=int(counts.min()),
        imbalance_ratio=imbalance_ratio(counts),
    )


def examples(dataset: Dataset, label: str, n: int) -> list[str]:
    """Return up to `n` images of a class, evenly spread over the catalog: no person or annotator crowds them out."""
    images = dataset.usable.loc[dataset.usable["label"] == label, "image"].to_list()
    positions = np.linspace(0, len(images) - 1, min(n, len(images))).astype(int)
    return [images[position] for position in positions]


def examples_by_class(dataset: Dataset, n: int = 8) -> dict[str, list[str]]:
    """Return up to `n` images of each class, the most frequent class first."""
    return {label: examples(dataset, label, n) for label in dataset.labels}


def class_counts(dataset: Dataset) -> pd.Series:
    """Return rows a class, most frequent first, as the legend counts them."""
    counts = dataset.rows["label"].value_counts()
    return counts.loc[sorted(counts.index, key=lambda label: (-counts[label], label))].rename("rows")


def imbalance_ratio(counts: pd.Series) -> float:
    """Return the largest class's count over the smallest's."""
    return float(counts.max() / counts.min())


def by_annotator(dataset: Dataset) -> pd.DataFrame:
    """Return `label`, `annotator`, `rows`; empty where the legend names no annotator."""
    told = dataset.rows.dropna(subset=["label", "annotator"])
    return told.groupby(["label", "annotator"]).size().reset_index(name="rows")


def shapes(catalog: pd.DataFrame) -> pd.DataFrame:
    """Return `height`, `width`, `mode`, `count` of each distinct shape, the commonest first; sizes in pixels."""
    sizes = catalog.dropna(subset="width").groupby(["height", "width", "mode"]).size().reset_index(name="count")
    return sizes.sort_values(["count", "height", "width"], ascending=[False, True, True]).reset_index(drop=True)


_SHAPE_COLUMNS = [
    "label",
    "images",
    "distinct_shapes",
    "smallest_width",
    "median_width",
    "largest_width",
    "median_aspect_ratio",
    "colour",
]


def shape_summary(catalog: pd.DataFrame) -> pd.DataFrame:
    """Return one row a class (and one for all): images, distinct shapes, sizes in pixels, aspect ratio, modes.

    The aspect ratio is width over height; `colour` is the share of images whose mode is not grey.
    """
    readable = catalog.dropna(subset="width")
    groups = [("all images", readable), *readable.dropna(subset="label").groupby("label")]
    order = readable["label"].value_counts()
    rows = [_shape_row(name, group) for name, group in groups]
    return (
        pd.DataFrame(rows, columns=_SHAPE_COLUMNS)
        .sort_values("label", key=lambda names: -names.map(order).fillna(np.inf))
        .reset_index(drop=True)
    )


def aspect_ratio_quantiles(catalog: pd.DataFrame) -> pd.DataFrame:
    """Return `low` (1 %), `q1`, `median`, `q3`, `high` (99 %) of width over height, a row a class, all images first."""
    readable = catalog.dropna(subset="width")
    ratio = (readable["width"] / readable["height"]).astype(float)
    order = readable["label"].value_counts().index
    groups = [("all images", ratio), *((label, ratio[readable["label"] == label]) for label in order)]
    names = ["low", "q1", "median", "q3", "high"]
    return pd.DataFrame(
        {label: values.quantile([0.01, 0.25, 0.5, 0.75, 0.99]).to_numpy() for label, values in groups}, index=names
    ).T


def _shape_row(name: str, group: pd.DataFrame) -> dict[str, object]:
    ratio = group["width"] / group["height"]
    values = (
        name,
        len(group),
        len(group[["width", "height", "mode"]].drop_duplicates()),
        int(group["width"].min()),
        float(group["width"].median()),
        int(group["width"].max()),
        float(ratio.median()),
        float((~group["mode"].isin(["L", "1", "I;16"])).mean()),
    )
    return dict(zip(_SHAPE_COLUMNS, values, strict=True))


def format_counts(catalog: pd.DataFrame) -> pd.DataFrame:
    """Return `mode`, `format`, `count`: the true format, read from the bytes and not from the name."""
    readable = catalog.dropna(subset="format")
    counts = readable.groupby(["mode", "format"]).size().reset_index(name="count")
    return counts.sort_values("count", ascending=False).reset_index(drop=True)


def describe(dataset: Dataset) -> dict[str, object]:
    """Return the figures of a dataset as plain data for JSON."""
    rows, catalog = dataset.rows, dataset.catalog
    counts = class_counts(dataset)
    n_labelled, n_labellings = len(dataset.verdict.telling), int((dataset.verdict.image_codes >= 0).sum())
    sizes = shapes(catalog)
    common = sizes.iloc[0]
    return {
        "source": dataset.source,
        "layout": dataset.layout,
        "drawn": dataset.drawn,
        "n_rows": len(rows),
        "n_files": len(catalog),
        "n_images": n_labelled,
        "class_counts": {label: int(count) for label, count in counts.items()},
        "raw_labels": {label: int(count) for label, count in rows["raw_label"].value_counts().items()},
        "n_shapes": len(sizes),
        "most_common_shape": {
            "height": int(common["height"]),
            "width": int(common["width"]),
            "mode": common["mode"],
            "count": int(common["count"]),
        },
        "unlabelled_files": len(catalog) - n_labelled,
        "missing_files": int(rows.loc[rows["image"].isna(), "name"].nunique()),
        "unreadable_files": int(catalog["problem"].notna().sum()),
        "repeated_rows": n_labellings - n_labelled,
        "conflicting_images": len(conflicting_images(dataset)),
        "annotators": {name: int(count) for name, count in rows["annotator"].value_counts().items()},
        "n_persons": int(catalog["person"].nunique()),
        "imbalance_ratio": round(imbalance_ratio(counts), 2),
        "fingerprint": dataset.fingerprint,
        "cleaning": _choices(dataset),
        "legend_columns": _columns(dataset),
        "problems": catalog["problem"].dropna().tolist(),
        "notes": list(dataset.notes),
    }


def _choices(dataset: Dataset) -> dict[str, object]:
    choices = asdict(dataset.cleaning)
    return choices | {"apart": list(choices["apart"])} | {key: dict(choices[key]) for key in ("mapping", "columns")}


def _columns(dataset: Dataset) -> dict[str, object] | None:
    columns = dataset.legend_columns and asdict(dataset.legend_columns)
    return columns and columns | {key: list(columns[key]) for key in ("header", "candidates")}


def spellings(dataset: Dataset) -> pd.DataFrame:
    """Return one row a spelling of a label and what it was taken for; see `core.labels.spelling_table`."""
    return spelling_table(dataset.rows, dataset.cleaning.apart, dict(dataset.cleaning.mapping))


def respelt(dataset: Dataset) -> list[str]:
    """Return the spellings that normalising changes, those kept apart by hand among them: what could be undone."""
    table = spellings(dataset)
    return table.loc[table["how"].isin(["respelt", "kept apart"]), "raw_label"].to_list()


def renamable(dataset: Dataset) -> pd.DataFrame:
    """Return each class before it was renamed by hand: `label`, `rows` and what it `becomes`."""
    return dataset.cleaning.label_table(dataset.rows)


def problems(dataset: Dataset) -> pd.Series:
    """Return a sentence on each file that cannot be read."""
    return dataset.catalog["problem"].dropna()


def images_of(dataset: Dataset, label: str, annotator: str | None = None) -> list[str]:
    """Return the images that some row of the legend gives this label (by this annotator)."""
    rows = dataset.rows[dataset.rows["label"] == label]
    if annotator is not None:
        rows = rows[rows["annotator"] == annotator]
    return rows["image"].dropna().drop_duplicates().to_list()


def catalog_of(dataset: Dataset, label: str | None) -> pd.DataFrame:
    """Return the catalog of one class, or all of it."""
    return dataset.catalog if label is None else dataset.catalog[dataset.catalog["label"] == label]


def images_of_shape(catalog: pd.DataFrame, width: int, height: int, mode: str) -> list[str]:
    """Return the images with exactly this width and height (pixels) and mode."""
    same = (catalog["width"] == width) & (catalog["height"] == height) & (catalog["mode"] == mode)
    return catalog.loc[same.fillna(False), "image"].to_list()


def images_of_format(catalog: pd.DataFrame, mode: str, image_format: str) -> list[str]:
    """Return the images with this mode and true format."""
    return catalog.loc[(catalog["mode"] == mode) & (catalog["format"] == image_format), "image"].to_list()


def images_spelt(dataset: Dataset, raw_label: str) -> list[str]:
    """Return the images that some row of the legend gives this very spelling."""
    rows = dataset.rows[dataset.rows["raw_label"] == raw_label]
    return rows["image"].dropna().drop_duplicates().to_list()
