"""Image checks: each gives every image a score from 0 (bad) to 1; the verdict is a threshold that is kept apart."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from core.catalog import Dataset
from core.registry import Param, Registry

CHECKS = Registry("check", default="dark")
GREY_BELOW = 0.03
"""An image is grey to the eye where its channels differ by less than this share of the scale, on average."""
_USUAL_LAPLACIAN = 100
_ENTROPY_LIMIT = 8
_NO_LABEL = "no label"


def _threshold(default: float) -> tuple[Param, ...]:
    return (Param("threshold", default, 0.0, 1.0, "an image whose score is below is flagged"),)


@CHECKS.add(
    "dark",
    title="Dark",
    summary="The mean brightness: 0 is black, 1 is white.",
    source="after CleanVision (Cleanlab 2022)",
    params=_threshold(0.15),
)
def _dark(catalog: pd.DataFrame, measures: pd.DataFrame) -> np.ndarray:
    return measures["brightness"].to_numpy()


@CHECKS.add(
    "light",
    title="Light",
    summary="1 less the mean brightness: 0 is white, 1 is black.",
    source="after CleanVision (Cleanlab 2022)",
    params=_threshold(0.25),
)
def _light(catalog: pd.DataFrame, measures: pd.DataFrame) -> np.ndarray:
    return 1 - measures["brightness"].to_numpy()


@CHECKS.add(
    "low_contrast",
    title="Low contrast",
    summary="Twice the standard deviation of brightness: 0 is one shade, 1 is half black and half white.",
    source="root mean square contrast, Peli 1990",
    params=_threshold(0.15),
)
def _low_contrast(catalog: pd.DataFrame, measures: pd.DataFrame) -> np.ndarray:
    return (2 * measures["contrast"].to_numpy()).clip(max=1)


@CHECKS.add(
    "blurry",
    title="Blurry",
    summary="v / (v + 100), v being the variance of the Laplacian at 128 pixels: 0 has no edges, fine grain nears 1.",
    source="Pech-Pacheco et al. 2000",
    params=_threshold(0.07),
)
def _blurry(catalog: pd.DataFrame, measures: pd.DataFrame) -> np.ndarray:
    variance = measures["sharpness"].to_numpy()
    return variance / (variance + _USUAL_LAPLACIAN)


@CHECKS.add(
    "low_information",
    title="Low information",
    summary="Entropy of the grey values, of the 8 bits there can be: 0 is one shade, 1 has all 256 equally often.",
    source="after CleanVision (Cleanlab 2022); Shannon 1948",
    params=_threshold(0.4),
)
def _low_information(catalog: pd.DataFrame, measures: pd.DataFrame) -> np.ndarray:
    return measures["entropy"].to_numpy() / _ENTROPY_LIMIT


@CHECKS.add(
    "odd_size",
    title="Odd size",
    summary=(
        "Halved with each step that the number of pixels is away from the median; a step is the interquartile range "
        "of its logarithm, or a factor of 2 where sizes vary less than that."
    ),
    source="after CleanVision (Cleanlab 2022), 3 interquartile ranges",
    params=_threshold(0.125),
)
def _odd_size(catalog: pd.DataFrame, measures: pd.DataFrame) -> np.ndarray:
    width, height = _sides(catalog)
    size = np.log2(width * height)
    known = size[~np.isnan(size)]
    if not len(known):
        return size
    first, median, third = np.quantile(known, (0.25, 0.5, 0.75))
    return 0.5 ** (np.abs(size - median) / max(third - first, 1.0))


@CHECKS.add(
    "odd_aspect_ratio",
    title="Odd aspect ratio",
    summary="The shorter side over the longer one: a square is 1, a thin strip nears 0.",
    source="after CleanVision (Cleanlab 2022)",
    params=_threshold(0.35),
)
def _odd_aspect_ratio(catalog: pd.DataFrame, measures: pd.DataFrame) -> np.ndarray:
    width, height = _sides(catalog)
    return np.minimum(width, height) / np.maximum(width, height)


@CHECKS.add(
    "minority_colour",
    title="Colour or grey minority",
    summary=(
        "The share of images of the same kind, colour or grey; grey is what looks grey (channels differ by less than "
        f"{GREY_BELOW:.0%} on average), however it is stored."
    ),
    source="after CleanVision's check for grey images (Cleanlab 2022)",
    params=_threshold(0.1),
)
def _minority_colour(catalog: pd.DataFrame, measures: pd.DataFrame) -> np.ndarray:
    colourfulness = measures["colourfulness"].to_numpy()
    measured = ~np.isnan(colourfulness)
    colour = colourfulness >= GREY_BELOW
    share = colour.sum() / max(1, measured.sum())
    return np.where(measured, np.where(colour, share, 1 - share), np.nan)


def _sides(catalog: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Return width and height as float64 with NaN where the header could not be read."""
    return tuple(catalog[side].to_numpy(dtype=np.float64, na_value=np.nan) for side in ("width", "height"))


def scores(dataset: Dataset, measures: pd.DataFrame) -> pd.DataFrame:
    """Return a column `<check>_score` for each check, in [0, 1] with low as bad and NaN where it was not measured.

    Rows are those of the catalog.
    """
    columns = {f"{check.name}_score": check.build(dataset.catalog, measures) for check in CHECKS}
    return pd.DataFrame(columns, index=dataset.catalog.index)


def default_thresholds() -> dict[str, float]:
    """Return each check's threshold as declared: on a dataset without faults, next to nothing lies below."""
    return {check.name: check.params[0].default for check in CHECKS}


def is_issue(scores: pd.DataFrame, check: str, threshold: float) -> pd.Series:
    """Return True for each image whose score is below `threshold`; never for one that has no score."""
    limit = CHECKS[check].settle({"threshold": threshold})["threshold"]
    return (_score(scores, check) < limit).rename(f"is_{CHECKS[check].name}_issue")


def _score(scores: pd.DataFrame, check: str) -> pd.Series:
    return scores[f"{CHECKS[check].name}_score"]


def check_summary(dataset: Dataset, scores: pd.DataFrame, thresholds: Mapping[str, float]) -> pd.DataFrame:
    """Return `check`, `title`, `threshold`, `flagged` and `share` (of all images), a row a check in `thresholds`."""
    rows = []
    for check, threshold in thresholds.items():
        flagged = int(is_issue(scores, check, threshold).sum())
        rows.append((CHECKS[check].name, CHECKS[check].title, threshold, flagged, flagged / len(dataset.catalog)))
    return pd.DataFrame(rows, columns=["check", "title", "threshold", "flagged", "share"])


def flagged_by_class(dataset: Dataset, scores: pd.DataFrame, check: str, threshold: float) -> pd.DataFrame:
    """Return `label`, `images`, `flagged` and `share` (of the class), the class with the largest share first.

    Images without a label come as a class of their own.
    """
    flagged = is_issue(scores, check, threshold)
    counts = flagged.groupby(dataset.catalog["label"].fillna(_NO_LABEL)).agg(["size", "sum"])
    table = counts.set_axis(["images", "flagged"], axis=1).rename_axis("label").reset_index()
    table["share"] = table["flagged"] / table["images"]
    return table.sort_values(["share", "images", "label"], ascending=[False, False, True], ignore_index=True)


def worst_images(
    dataset: Dataset, scores: pd.DataFrame, check: str, threshold: float | None = None, n: int | None = None
) -> pd.DataFrame:
    """Return `image`, `label` and `score`, worst first: of the images below `threshold`, and at most `n` of them."""
    values = _score(scores, check).to_numpy()
    below = ~np.isnan(values) if threshold is None else is_issue(scores, check, threshold).to_numpy()
    places = np.flatnonzero(below)
    worst = places[np.argsort(values[places], kind="stable")][:n]
    return dataset.catalog.iloc[worst][["image", "label"]].assign(score=values[worst]).reset_index(drop=True)


def captions(worst: pd.DataFrame) -> pd.Series:
    """Return the score and label of each row of `worst_images` in a few characters."""
    return worst["score"].map("{:.2f}".format).astype("str") + " " + worst["label"].fillna(_NO_LABEL)


def flagged_table(dataset: Dataset, scores: pd.DataFrame, thresholds: Mapping[str, float]) -> pd.DataFrame:
    """Return the images that any check in `thresholds` flags, in the catalog's order.

    Columns: `image`, `label`, `annotator`, every `<check>_score`, and an `is_<check>_issue` for each threshold.
    """
    verdicts = [is_issue(scores, check, threshold) for check, threshold in thresholds.items()]
    issues = pd.DataFrame({verdict.name: verdict for verdict in verdicts}, index=scores.index)
    flagged = issues.any(axis=1)
    about = dataset.catalog.loc[flagged, ["image", "label", "annotator"]]
    return about.join(scores[flagged]).join(issues[flagged]).reset_index(drop=True)


def score_histogram(scores: pd.DataFrame, check: str, bins: int = 40) -> pd.DataFrame:
    """Return `low`, `high` and `images`: how many scores lie in each of `bins` equal parts of [0, 1]."""
    images, edges = np.histogram(_score(scores, check).dropna(), bins=bins, range=(0.0, 1.0))
    return pd.DataFrame({"low": edges[:-1], "high": edges[1:], "images": images})
