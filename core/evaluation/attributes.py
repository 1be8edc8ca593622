"""What is known of each judged image besides its label: the attributes that its run is cut into slices by."""

import itertools
from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from core.splits import Fold

ATTRIBUTES = {
    "annotator": "Annotator",
    "colour": "Colour",
    "size": "Size",
    "format": "File format",
    "seen": "Person seen in training",
    "brightness": "Brightness",
    "sharpness": "Sharpness",
    "second": "Second annotator",
    "images_of_person": "Test images of the person",
    "fold": "Fold",
}
"""Every attribute -> its title, in the order in which they are shown."""
IN_WORDS = {
    "annotator": "labelled by {}",
    "colour": "in {}",
    "size": "of {}",
    "format": "{} files",
    "seen": "person {} in training",
    "brightness": "brightness {}",
    "sharpness": "sharpness {}",
    "second": "second annotator {}",
    "images_of_person": "images a person: {}",
    "fold": "fold {}",
}
"""How a sentence says that an image has a value."""
MOST_VALUES = 50
"""An attribute with more values than this has its rarest joined to one."""
_ANY_OTHER = "any other"
_GREY_MODES = ("1", "L", "LA", "La")
_FEW = ((1, "1"), (5, "2 to 5"), (np.inf, "6 or more"))
_SEEN = ((0, "never seen"), (5, "seen 1 to 5 times"), (np.inf, "seen 6 times or more"))


def read_attributes(
    predictions: pd.DataFrame,
    images: pd.DataFrame | None = None,
    measures: pd.DataFrame | None = None,
    times_seen: np.ndarray | None = None,
    second: pd.Series | None = None,
) -> pd.DataFrame:
    """Return one row a prediction, in their order, and one categorical column an attribute that tells them apart.

    A value is NA where nothing is known; attributes with fewer than two values are left out.

    Args:
        predictions: `image`, `person`, `y_true` and `fold`, one row a judged image.
        images: the catalog of the dataset; None where the images of the run are not here.
        measures: the table of `core.measures` with the catalog's index; None to do without.
        times_seen: how many training images show the person, shape (n,), NaN for unknown; see `times_seen_in_training`.
        second: image -> the label that a second annotator gave it.
    """
    found = {"images_of_person": _images_of_person(predictions)}
    if predictions["fold"].nunique() > 1:
        found["fold"] = _named(predictions["fold"].astype("str"), _alphabetical)
    if times_seen is not None:
        found["seen"] = _counted(times_seen, _SEEN)
    if images is not None:
        found |= _of_files(predictions, images, measures)
    if second is not None:
        found["second"] = _second(predictions, second)
    kept = {name: found[name] for name in ATTRIBUTES if name in found and found[name].nunique() > 1}
    return pd.DataFrame({name: values.to_numpy() for name, values in kept.items()}, predictions.index).astype(
        {name: values.dtype for name, values in kept.items()}
    )


def times_seen_in_training(predictions: pd.DataFrame, images: pd.DataFrame, folds: Sequence[Fold]) -> np.ndarray | None:
    """Return how many images of the training part show the person of each test image, float64, shape (n,).

    NaN where the person is unknown. None where the run did not test on these folds: it was divided in another way.

    Args:
        predictions: `image` and `fold` (counted from 1), one row a judged image.
        images: the usable images, which the folds count through.
        folds: of the run.
    """
    position = pd.Index(images["image"]).get_indexer(predictions["image"])
    persons, names = pd.factorize(images["person"])
    seen = np.full(len(predictions), np.nan)
    for number, fold in enumerate(folds, start=1):
        rows = np.flatnonzero(predictions["fold"] == number)
        if not np.isin(position[rows], fold.test).all():
            return None
        trained = persons[fold.train]
        times = np.bincount(trained[trained >= 0], minlength=len(names)).astype(float)
        shown = persons[position[rows]]
        seen[rows] = np.where(shown >= 0, np.append(times, np.nan)[shown], np.nan)
    return seen


def _images_of_person(predictions: pd.DataFrame) -> pd.Series:
    person = predictions["person"]
    return _counted(person.map(person.value_counts()).to_numpy(dtype=float, na_value=np.nan), _FEW)


def _of_files(predictions: pd.DataFrame, images: pd.DataFrame, measures: pd.DataFrame | None) -> dict[str, pd.Series]:
    """Return what the catalog and the measures tell."""
    if measures is not None:
        images = images.join(measures.loc[images.index, ["brightness", "sharpness"]])
    files = images.set_index("image").reindex(predictions["image"])
    pixels = files["width"].astype("float64") * files["height"].astype("float64")
    found = {
        "annotator": _named(files["annotator"].fillna("nobody named"), _commonest_first),
        "colour": _named(files["mode"].map(_colour, na_action="ignore"), _alphabetical),
        "size": quartiles(pixels.to_numpy(dtype=float, na_value=np.nan), lambda value: f"{value:,.0f} px"),
        "format": _named(files["format"], _commonest_first),
    }
    if measures is not None:
        found["brightness"] = quartiles(files["brightness"].to_numpy(), lambda value: f"{value:.2f}")
        found["sharpness"] = quartiles(files["sharpness"].to_numpy(), lambda value: f"{value:,.0f}")
    return found


def _colour(mode: str) -> str:
    return "grey" if mode in _GREY_MODES or mode.startswith(("I", "F")) else "colour"


def _second(predictions: pd.DataFrame, second: pd.Series) -> pd.Series:
    """Return whether the second annotator gave the same label; NA for images that nobody asked about."""
    other = predictions["image"].map(second)
    words = np.where(other == predictions["y_true"], "agrees", "disagrees")
    return _named(pd.Series(words, dtype="str").where(other.notna().to_numpy()), _alphabetical)


def _named(values: pd.Series, order: Callable[[pd.Series], list[str]]) -> pd.Series:
    """Return words as categories; where there are too many, the rarest are one."""
    values = values.reset_index(drop=True)
    counts = values.value_counts()
    if len(counts) > MOST_VALUES:
        rare = values.isin(counts.index[MOST_VALUES - 1 :])
        values = values.mask(rare, _ANY_OTHER)
    return pd.Series(pd.Categorical(values, categories=order(values.dropna())))


def _commonest_first(values: pd.Series) -> list[str]:
    return list(values.value_counts().index)


def _alphabetical(values: pd.Series) -> list[str]:
    return sorted(values.unique())


def _counted(times: np.ndarray, bins: Sequence[tuple[float, str]]) -> pd.Series:
    """Return whole numbers as words: each bin is the largest number in it and what it is called."""
    codes = np.searchsorted([most for most, _ in bins], times)
    return _coded(np.where(np.isnan(times), -1, codes), [words for _, words in bins])


def quartiles(values: np.ndarray, say: Callable[[float], str]) -> pd.Series:
    """Return numbers cut at their quartiles, as words; NA where there is none.

    Where a quarter of all or more have the very same value, such as the one size of most images, the cuts are around
    such values instead.

    Args:
        values: float64, shape (n,).
        say: gives a number as text, with its unit.
    """
    known = values[~np.isnan(values)]
    distinct, times = np.unique(known, return_counts=True)
    full = distinct[times >= len(known) / 4]
    if len(full):
        edges, names = np.sort([*full, *np.nextafter(full, np.inf)]), _around(full, say)
    else:
        edges = np.quantile(known, [0.25, 0.5, 0.75]) if len(known) else np.array([])
        names = _between(edges, say)
    return _coded(np.where(np.isnan(values), -1, np.searchsorted(edges, values, side="right")), names)


def _around(full: np.ndarray, say: Callable[[float], str]) -> list[str]:
    names = [f"under {say(full[0])}"]
    for value, following in zip(full, [*full[1:], None], strict=True):
        names += [say(value), f"more than {say(value)}" if following is None else f"{say(value)} to {say(following)}"]
    return names


def _between(edges: np.ndarray, say: Callable[[float], str]) -> list[str]:
    if not len(edges):
        return [""]
    middle = [f"{say(start)} to {say(end)}" for start, end in itertools.pairwise(edges)]
    return [f"under {say(edges[0])}", *middle, f"{say(edges[-1])} or more"]


def _coded(codes: np.ndarray, names: Sequence[str]) -> pd.Series:
    """Return categories in the given order, without those that nothing has; two of one name become one."""
    words = np.array([*names, None], dtype=object)[codes]
    return pd.Series(pd.Categorical(words, categories=list(dict.fromkeys(names)))).cat.remove_unused_categories()
