"""What the report's tables need and no run holds: class counts, class weights, and how blurred SMOTE's faces are."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from core.batches import TrainingSet, generators
from core.catalog import Dataset
from core.measures import sharpness
from core.pixels import load_pixels, targets
from core.runs import SHIPPED
from core.sampling import SAMPLERS
from core.sampling.summary import resample
from core.settings import Settings
from core.splits import make_folds
from core.statistics import describe

REPORTED_COUNTS = {
    "neutral": 6868,
    "happiness": 5696,
    "surprise": 368,
    "sadness": 268,
    "anger": 252,
    "disgust": 208,
    "fear": 21,
    "contempt": 9,
}
"""The report's rows a class."""
FACTS = SHIPPED / "facts.json"
AUGMENTED_TO = 3000
"""Images to which the report augmented each minority class."""
GAN_CLASSES = ("fear", "contempt", "disgust")
"""The classes that the GAN makes images of: the three of which there are fewest."""
_SIDE = 48
_MOST_MEASURED = 200
"""Images of a class whose sharpness is measured, real and synthetic."""


@dataclass(frozen=True)
class Facts:
    """Figures of the dataset itself, by class where they are mappings."""

    counts: dict[str, int]
    """Rows of the legend."""
    images: dict[str, int]
    """Images that can be used."""
    weights: dict[str, float]
    """Weight of a class in the loss, in inverse proportion to its training images; 1 on average over the images."""
    weights_after: dict[str, float]
    """The same after augmenting to 3,000 a class."""
    n_after: int
    """Images in a pass after that augmentation."""
    sharpness: dict[str, float]
    """Median variance of the Laplacian of the training faces, luminance from 0 to 255, at 48 x 48 pixels."""
    sharpness_smote: dict[str, float]
    """The same of the faces that SMOTE makes of them; a class that it makes none of is not there."""

    def to_json(self) -> dict:
        """Return plain data."""
        return asdict(self)


def measure_facts(
    dataset: Dataset, settings: Settings, on_progress: Callable[[int, int], None] = lambda done, total: None
) -> Facts:
    """Return the figures of a dataset; `on_progress` is told of images read."""
    [fold] = make_folds("person_disjoint", dataset.usable)
    pixels = load_pixels(dataset, _SIDE, settings, on_progress)
    labels = dataset.usable["label"].reset_index(drop=True)
    [fold] = [fold.only(pixels.readable)]
    part = labels.iloc[fold.train]
    after = resample(SAMPLERS["augment"], part, {"target": AUGMENTED_TO}, seed=0).table["after"]
    before = part.value_counts()
    real, made = _sharpness(pixels.images, labels, fold.train, dataset.labels)
    return Facts(
        counts=describe(dataset)["class_counts"],
        images={label: int(n) for label, n in dataset.usable["label"].value_counts().items()},
        weights=_weights(before),
        weights_after=_weights(after),
        n_after=int(after.sum()),
        sharpness=real,
        sharpness_smote=made,
    )


def known_facts(path: Path = FACTS) -> Facts | None:
    """Return the facts that were kept, or None where there are none."""
    return Facts(**json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else None


def counts_table(facts: Facts) -> pd.DataFrame:
    """Return rows a class in the report and here, their difference, and how many images that are."""
    table = pd.DataFrame({"report": REPORTED_COUNTS, "rows here": facts.counts, "images": facts.images})
    table.insert(2, "difference", table["rows here"] - table["report"])
    return table.sort_values("rows here", ascending=False).rename_axis("class").reset_index()


def weights_table(facts: Facts) -> pd.DataFrame:
    """Return the weight of each class `before` and `after` augmentation, the commonest class first."""
    table = pd.DataFrame({"before": facts.weights, "after": facts.weights_after})
    return table.sort_values("before").rename_axis("class").reset_index()


def sharpness_table(facts: Facts) -> pd.DataFrame:
    """Return the median sharpness of each class's real faces and of SMOTE's, and their ratio as `share`."""
    table = pd.DataFrame({"real faces": facts.sharpness, "SMOTE's faces": facts.sharpness_smote})
    table["share"] = table["SMOTE's faces"] / table["real faces"]
    return table.rename_axis("class").reset_index()


def _weights(counts) -> dict[str, float]:
    return {label: float(counts.sum() / (len(counts) * n)) for label, n in counts.items()}


def _sharpness(images: np.ndarray, labels, train: np.ndarray, classes) -> tuple[dict[str, float], dict[str, float]]:
    """Return the median sharpness of each class's training images, and of what SMOTE blends of them."""
    part = labels.iloc[train]
    sampled = resample(SAMPLERS["smote"], part, {}, 0, {"images": lambda: images[train]})
    shown = TrainingSet(images, targets(labels, classes), train, sampled.plan, classes)
    rng, _ = generators(0, 1)
    of_places = part.to_numpy()[sampled.plan.indices]
    real, made = {}, {}
    for label in classes:
        rows = rng.permutation(train[(part == label).to_numpy()])[:_MOST_MEASURED]
        real[label] = _median(images[rows])
        places = np.flatnonzero(sampled.plan.blended & (of_places == label))
        if len(places):
            blends = shown.shown(rng.choice(places, min(len(places), _MOST_MEASURED), replace=False), rng)
            made[label] = _median(blends * 255)
    return real, made


def _median(images: np.ndarray) -> float:
    return float(np.median([sharpness(np.asarray(image, dtype=np.float32)) for image in images]))
