"""What a leak is worth: the same simple model judged under each split."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from core.catalog import Dataset, person_codes
from core.errors import BadInput
from core.evaluation import bootstrap_f1, f1_of
from core.labels import in_words
from core.leakage.parts import MOST_IMAGES, Parts, deal_all
from core.pixels import load_pixels
from core.settings import Settings
from core.splits import SPLITS
from core.storage import thin_out, write_whole

Progress = Callable[[int, int], None]
MACRO = "all classes (macro)"
VERSION = 2  # a change in what is computed needs a new one: prices are kept
_SIDE, _COMPONENTS = 32, 50
_LEAKY, _HONEST = "random", "person_disjoint"
_TAILS = (0.025, 0.975)
_METHOD = (
    "The model is the nearest neighbour: a test image gets the label of the training image that is most like it, by "
    f"the Euclidean distance of {_COMPONENTS} principal components of its pixels (grey, {_SIDE} x {_SIDE}; the "
    "components are fitted on all images, without labels). Every image is tested once in five parts. The interval of a "
    "difference: 95 %, 1,000 bootstrap resamples of whole persons on the same images, percentile method, seed 0."
)


@dataclass(frozen=True)
class Price:
    """The F1 of one model under each split, and how much of it is owed to persons who are in training too."""

    f1: pd.DataFrame
    """A row a label, `MACRO` first; a column a split; in [0, 1]."""
    difference: pd.DataFrame
    """The same rows: `difference` (random less person-disjoint), `low` and `high` (its 95 % interval); empty where one
    of the two splits cannot be made."""
    support: pd.Series
    """Images of each label."""
    notes: tuple[str, ...]

    @property
    def method(self) -> str:
        """How it was computed."""
        return _METHOD

    @property
    def sentence(self) -> str:
        """Return what the leak is worth, and where it is worth most."""
        if self.difference.empty:
            return "It cannot be weighed here: random and person-disjoint parts are not both possible."
        macro = self.difference.loc[MACRO]
        start = (
            f"Seeing the same persons in training is worth {macro['difference']:+.3f} macro-F1 "
            f"({macro['low']:+.3f} to {macro['high']:+.3f})"
        )
        classes = self.difference.drop(index=MACRO).sort_values("difference", ascending=False)
        clear = classes[classes["low"] > 0]
        if clear.empty:
            return f"{start}. It is clear for no class alone: no interval lies above 0."
        told = [f"{in_words(label)} {row['difference']:+.3f}" for label, row in clear.head(3).iterrows()]
        listed = f"{start}. By class it is clear, as the interval excludes 0, for {', '.join(told)}."
        most = classes.iloc[0]
        if most["low"] > 0:
            return listed
        largest = f"{in_words(most.name)} {most['difference']:+.3f}"
        interval = f"{most['low']:+.3f} to {most['high']:+.3f}"
        return f"{listed} The largest, {largest}, is not: its interval includes 0 ({interval})."

    @property
    def table(self) -> pd.DataFrame:
        """Return all of it as one table to show."""
        table = self.f1.rename(columns={name: SPLITS[name].title for name in self.f1.columns})
        table.insert(0, "images", self.support.reindex(table.index).fillna(self.support.sum()).astype("int64"))
        if not self.difference.empty:
            table["difference"] = self.difference["difference"]
            ends = self.difference[["low", "high"]].to_numpy()
            table["its interval (95 %)"] = [f"{low:+.3f} to {high:+.3f}" for low, high in ends]
        return table.rename_axis("class").reset_index()


def price(dataset: Dataset, settings: Settings, seed: int = 0, on_progress: Progress | None = None) -> Price:
    """Judge the nearest neighbour under every split.

    Args:
        dataset: its usable images; above 20,000 a sample of whole persons.
        settings: say where decoded pixels are kept.
        seed: of the splits and the sample.
        on_progress: told of images.

    Raises:
        BadInput: no split can be made.
    """
    from threadpoolctl import threadpool_limits

    # Measured on 4 busy cores: 5 s with one thread, 11 to 30 s with four that wait for each other.
    with threadpool_limits(1, user_api="blas"):
        return _price(dataset, settings, seed, on_progress or (lambda done, total: None))


def _price(dataset: Dataset, settings: Settings, seed: int, report: Progress) -> Price:
    parts, features = _features(dataset, deal_all(dataset, seed, MOST_IMAGES), settings, report)
    images, labels = parts.images, [label for label in dataset.labels if (parts.images["label"] == label).any()]
    y_true = pd.Categorical(images["label"], categories=labels).codes.astype(np.int64)
    n_all = len(images) * len(parts.of_split)
    said = {}
    for number, (split, part) in enumerate(parts.of_split.items()):
        before = number * len(images)
        said[split] = _predicted(features, y_true, part, lambda done, so_far=before: report(so_far + done, n_all))
    persons = person_codes(images["person"])
    scores = {split: f1_of(y_true, y_pred, len(labels)) for split, y_pred in said.items()}
    f1 = pd.DataFrame({split: [values.mean(), *values] for split, values in scores.items()}, index=[MACRO, *labels])
    support = images["label"].value_counts().reindex(labels)
    return Price(f1, _difference(y_true, said, persons, f1), support, parts.notes)


def _features(dataset: Dataset, parts: Parts, settings: Settings, report: Progress) -> tuple[Parts, np.ndarray]:
    """Return principal components of the pixels, float32, shape (n, d), and the parts without undecodable images."""
    from sklearn.decomposition import PCA  # slow to import: only when a price is asked for

    chosen = replace(dataset, catalog=dataset.catalog.loc[parts.images.index])
    pixels = load_pixels(chosen, _SIDE, settings, report)
    whole = np.flatnonzero(pixels.readable)
    if len(whole) < len(pixels.readable):
        of_split = {split: part[whole] for split, part in parts.of_split.items()}
        parts = replace(parts, images=parts.images.iloc[whole], of_split=of_split)
    flat = pixels.images[whole].reshape(len(whole), -1).astype(np.float32) / 255
    if any(len(np.unique(part)) < 2 for part in parts.of_split.values()):
        raise BadInput(
            f"Only {len(flat)} of {len(pixels.readable)} images of {dataset.title} can be decoded, too few to test; "
            "see which files are damaged on the overview."
        )
    # Exact, and with far more images than pixels faster than the random projections that are the default here.
    return parts, PCA(min(_COMPONENTS, *flat.shape), svd_solver="covariance_eigh").fit_transform(flat)


def _predicted(features: np.ndarray, y: np.ndarray, part: np.ndarray, report: Callable[[int], None]) -> np.ndarray:
    """Return for each image the label of the nearest one that is not in its part, int64, shape (n,)."""
    from sklearn.neighbors import NearestNeighbors

    said, done = np.empty(len(y), dtype=np.int64), 0
    for number in np.unique(part):
        test, train = np.flatnonzero(part == number), np.flatnonzero(part != number)
        search = NearestNeighbors(n_neighbors=1, algorithm="brute").fit(features[train])
        said[test] = y[train[search.kneighbors(features[test], return_distance=False)[:, 0]]]
        done += len(test)
        report(done)
    return said


def _difference(y_true: np.ndarray, said: dict[str, np.ndarray], persons: np.ndarray, f1: pd.DataFrame) -> pd.DataFrame:
    if not {_LEAKY, _HONEST} <= set(said):
        return pd.DataFrame(columns=["difference", "low", "high"], dtype=float)
    n_labels = len(f1) - 1
    leaky, honest = (bootstrap_f1(y_true, said[split], persons, n_labels) for split in (_LEAKY, _HONEST))
    samples = leaky - honest  # the same persons are drawn in both: seed and persons are the same
    samples = np.column_stack([np.nanmean(samples, axis=1), samples])
    low, high = np.nanquantile(samples, _TAILS, axis=0)
    return pd.DataFrame({"difference": f1[_LEAKY] - f1[_HONEST], "low": low, "high": high}, index=f1.index)


def load_price(dataset: Dataset, settings: Settings, on_progress: Progress | None = None) -> Price:
    """Return the price that was computed before, or compute and keep it."""
    found = known_price(dataset, settings)
    if found is None:
        found = price(dataset, settings, on_progress=on_progress)
        write_whole(_place(dataset, settings), lambda path: path.write_text(_to_json(found), encoding="utf-8"))
        thin_out(settings.audits_dir)
    return found


def known_price(dataset: Dataset, settings: Settings) -> Price | None:
    """Return the price if it was computed before, else None."""
    try:
        kept = json.loads(_place(dataset, settings).read_text(encoding="utf-8"))
        return Price(
            f1=pd.DataFrame(**kept["f1"]),
            difference=pd.DataFrame(**kept["difference"]).astype(float),
            support=pd.Series(kept["support"]),
            notes=tuple(kept["notes"]),
        )
    except (OSError, ValueError, LookupError, TypeError):  # never computed, or its file is damaged
        return None


def _to_json(found: Price) -> str:
    tables = {name: getattr(found, name).to_dict("split") for name in ("f1", "difference")}
    return json.dumps(tables | {"support": found.support.to_dict(), "notes": list(found.notes)})


def _place(dataset: Dataset, settings: Settings) -> Path:
    return settings.audits_dir / f"price-{dataset.key}-{VERSION}.json"
