"""What is known of an image besides what it shows: each cue is one entry, with how it is read and how it is said."""

import math
from collections.abc import Callable, Collection
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.catalog import Dataset

N_BINS = 20
"""A number is cut at its quantiles into about so many bins."""
_MOST_CATEGORIES = 64


@dataclass(frozen=True)
class Cue:
    """One property of an image, its file or its row in the legend that may give the label away."""

    name: str
    title: str
    kind: str
    """"number" or "category"."""
    visible: bool
    """Whether it is in the picture, where a network sees it, or in the table only. Width and height are in the
    picture: squeezed to one size, a small image is blurred and a wide one is thin."""
    read: Callable[[pd.DataFrame], pd.Series]
    """Takes the catalog joined with the measures; gives float64, or str with "" where there is nothing."""
    say: Callable[[str, object], tuple[str, str]]
    """Takes a relation and a value of `Condition`; gives who fulfils it and who does not, in words."""
    neutral: str | None = None
    """The column to read instead once the picture is grey and of one size; None where nothing is left of the cue."""


@dataclass(frozen=True)
class Condition:
    """A way to cut the images in two by one cue."""

    relation: str
    """"below" (the value), "above" (the value or more), "is" or "not"."""
    value: float | str

    def holds(self, values: pd.Series) -> np.ndarray:
        """Return where these values of the cue fulfil it, boolean, shape (n,); a missing number does not."""
        array = values.to_numpy()
        if self.relation == "below":
            return array < self.value
        if self.relation == "above":
            return array >= self.value
        return array == self.value if self.relation == "is" else (array != self.value) & values.notna().to_numpy()


@dataclass(frozen=True)
class Coded:
    """One cue of some images as a few distinct values."""

    cue: Cue
    codes: np.ndarray
    """Which value each image has, int64, shape (n,)."""
    n_values: int
    conditions: tuple[Condition, ...]
    members: np.ndarray
    """Which values fulfil each condition, boolean, shape (len(conditions), n_values)."""
    known: np.ndarray
    """Which values are not missing, boolean, shape (n_values,)."""


def read_cues(
    dataset: Dataset,
    measures: pd.DataFrame | None = None,
    neutralised: bool = False,
    positions: np.ndarray | slice = slice(None),
    among: Collection[str] | None = None,
) -> pd.DataFrame:
    """Return one row a usable image, in their order, and one column a cue that can be had.

    Args:
        dataset: whose usable images are looked at.
        measures: the table of `core.measures`; without it there is nothing of brightness, contrast and sharpness.
        neutralised: read what remains of a picture made grey and of one size. Annotator and label case are left out
            too: they are not in the picture.
        positions: which of the usable images to read.
        among: names of the cues to read; all if None.
    """
    wanted = [cue for cue in CUES if among is None or cue.name in among]
    images = dataset.usable.iloc[positions]
    if measures is not None:
        used = {column for cue in wanted for column in (cue.name, cue.neutral)} & set(measures)
        images = images.join(measures.loc[images.index, sorted(used)])
    if neutralised:
        cues = [cue for cue in wanted if cue.neutral in images]
        return pd.DataFrame({cue.name: images[cue.neutral].astype("float64") for cue in cues})
    cues = [cue for cue in wanted if cue.neutral is None or cue.name in images]
    values = {cue.name: cue.read(images) for cue in cues}
    return pd.DataFrame({name: column for name, column in values.items() if column is not None})


def encode(values: pd.Series) -> Coded:
    """Return a column of `read_cues` as a few distinct values."""
    cue = cue_named(str(values.name))
    return _encode_number(cue, values) if cue.kind == "number" else _encode_category(cue, values)


def _encode_number(cue: Cue, values: pd.Series) -> Coded:
    numbers = values.to_numpy()
    known = numbers[~np.isnan(numbers)]
    cuts = np.quantile(known, np.arange(1, N_BINS) / N_BINS, method="higher") if len(known) else np.array([])
    cuts, times = np.unique(cuts, return_counts=True)
    # A value that fills a bin gets one of its own, such as the one size that nearly all images have.
    full = cuts[times > 1]
    edges = np.unique(np.concatenate([cuts, np.nextafter(full, np.inf)]))
    edges = edges[(edges > known.min(initial=np.inf)) & (edges <= known.max(initial=-np.inf))]
    codes = np.searchsorted(edges, numbers, side="right")  # NaN is sorted behind everything
    codes[np.isnan(numbers)] = len(edges) + 1
    conditions = [Condition(relation, float(edge)) for edge in edges for relation in ("below", "above")]
    if len(edges):  # else all numbers are one, and nothing is cut in two
        conditions += [Condition(relation, float(value)) for value in full for relation in ("is", "not")]
    bins = pd.Series([known.min(initial=np.inf), *edges, np.nan])
    return _coded(cue, codes, bins, conditions)


def _encode_category(cue: Cue, values: pd.Series) -> Coded:
    codes, names = pd.factorize(values)
    order = np.argsort(-np.bincount(codes, minlength=len(names)), kind="stable")
    rank = np.empty(len(names), dtype=np.int64)
    rank[order] = np.arange(len(names))
    names = pd.Series(names[order], dtype="str")
    # With two there is nothing that the other's "is" does not say already.
    relations = ("is", "not") if len(names) > 2 else ("is",)
    conditions = [Condition(relation, name) for name in names[:_MOST_CATEGORIES] for relation in relations]
    if len(names) == 1:
        conditions = []
    return _coded(cue, np.minimum(rank[codes], _MOST_CATEGORIES), names[: _MOST_CATEGORIES + 1], conditions)


def _coded(cue: Cue, codes: np.ndarray, values: pd.Series, conditions: list[Condition]) -> Coded:
    members = np.array([condition.holds(values) for condition in conditions]).reshape(len(conditions), len(values))
    return Coded(cue, codes.astype(np.int64), len(values), tuple(conditions), members, values.notna().to_numpy())


def one(phrase: str) -> str:
    """Return how a thing is named again: "an image of x" becomes "one of x", "a grey image" becomes "a grey one"."""
    for thing in ("an image", "a file"):
        if phrase.startswith(thing):
            return "one" + phrase.removeprefix(thing)
    return phrase.replace(" image", " one")


def _number_words(pattern: str, more: str, less: str, exact: str, whole: bool = False):
    """Return how a number is said.

    Args:
        pattern: the number with its unit.
        more: what is above the number and what is not: "an image wider than|one no wider".
        less: the same for what is below it.
        exact: "an image {} wide|an image not {} wide".
        whole: the numbers are whole: "350 or more" is "more than 349".
    """

    def say(relation: str, value: float) -> tuple[str, str]:
        if relation in ("is", "not"):
            phrase, other = (text.format(pattern.format(value)) for text in exact.split("|"))
            return (phrase, one(other)) if relation == "is" else (other, one(phrase))
        if whole:
            value = math.ceil(value) - (relation == "above")
        phrase, other = (more if relation == "above" else less).split("|")
        return f"{phrase} {pattern.format(value)}", other

    return say


_MODES = {
    "L": "a grey image",
    "LA": "a grey image with transparency",
    "RGB": "a colour image",
    "RGBA": "a colour image with transparency",
    "P": "an image with a palette",
    "CMYK": "an image in print colours",
    "1": "a black-and-white image",
    "I;16": "a grey image of 16 bits",
    "": "an image of no known mode",
}
_CASES = {"upper": "in capitals", "lower": "in small letters", "title": "capitalised", "mixed": "of mixed letters"}


def _say_mode(relation: str, mode: str) -> tuple[str, str]:
    phrase = _MODES.get(mode, f"an image of mode {mode}")
    return (phrase, "any other") if relation == "is" else (f"an image of another mode than {mode}", one(phrase))


def _say_annotator(relation: str, name: str) -> tuple[str, str]:
    if name:
        phrase, other = f"an image labelled by {name}", f"an image labelled by anyone but {name}"
    else:
        phrase, other = "an image that names no annotator", "an image that names its annotator"
    return (phrase, one(other)) if relation == "is" else (other, one(phrase))


def _say_case(relation: str, case: str) -> tuple[str, str]:
    phrase, other = f"an image whose label is {_CASES[case]}", f"an image whose label is not {_CASES[case]}"
    return (phrase, one(other)) if relation == "is" else (other, one(phrase))


def _number(column: str) -> Callable[[pd.DataFrame], pd.Series]:
    return lambda table: table[column].astype("float64")


def _annotator(table: pd.DataFrame) -> pd.Series | None:
    return None if table["annotator"].isna().all() else table["annotator"].fillna("")


def _label_case(table: pd.DataFrame) -> pd.Series | None:
    """Return the case of each label as it was written; None where it only tells how each class is spelt."""
    spellings = table["raw_label"].drop_duplicates()
    cases = np.select(
        [spellings.str.isupper(), spellings.str.islower(), spellings.str.istitle()],
        ["upper", "lower", "title"],
        "mixed",
    )
    told = table["raw_label"].map(dict(zip(spellings, cases, strict=True))).astype("str")
    spelt = pd.DataFrame({"label": table["label"], "case": told}).drop_duplicates()
    return told if spelt["label"].duplicated().any() else None


# What is in the picture comes first: of cues that say the same, the first is named.
CUES: tuple[Cue, ...] = (
    Cue("mode", "Colour mode", "category", True, lambda table: table["mode"].fillna(""), _say_mode),
    Cue(
        "width",
        "Width",
        "number",
        True,
        _number("width"),
        _number_words(
            "{:,.0f} px",
            "an image wider than|one no wider",
            "an image narrower than|one no narrower",
            "an image {} wide|an image not {} wide",
            whole=True,
        ),
    ),
    Cue(
        "height",
        "Height",
        "number",
        True,
        _number("height"),
        _number_words(
            "{:,.0f} px",
            "an image taller than|one no taller",
            "an image less tall than|one no less tall",
            "an image {} tall|an image not {} tall",
            whole=True,
        ),
    ),
    Cue(
        "brightness",
        "Brightness",
        "number",
        True,
        _number("brightness"),
        _number_words(
            "{:.2f}",
            "an image brighter than|one no brighter",
            "an image darker than|one no darker",
            "an image of brightness {}|an image not of brightness {}",
        ),
        "square_brightness",
    ),
    Cue(
        "contrast",
        "Contrast",
        "number",
        True,
        _number("contrast"),
        _number_words(
            "{:.2f}",
            "an image with more contrast than|one with no more",
            "an image with less contrast than|one with no less",
            "an image of contrast {}|an image not of contrast {}",
        ),
        "square_contrast",
    ),
    Cue(
        "sharpness",
        "Sharpness",
        "number",
        True,
        _number("sharpness"),
        _number_words(
            "{:,.0f}",
            "an image sharper than|one no sharper",
            "an image more blurred than|one no more blurred",
            "an image of sharpness {}|an image not of sharpness {}",
        ),
        "square_sharpness",
    ),
    Cue(
        "n_bytes",
        "File size",
        "number",
        False,
        _number("n_bytes"),
        _number_words(
            "{:,.0f} bytes",
            "a file larger than|one no larger",
            "a file smaller than|one no smaller",
            "a file of {}|a file not of {}",
            whole=True,
        ),
    ),
    Cue("annotator", "Annotator", "category", False, _annotator, _say_annotator),
    Cue("label_case", "Case of the label", "category", False, _label_case, _say_case),
)


def cue_named(name: str) -> Cue:
    """Return the cue of that name; KeyError where there is none."""
    return {cue.name: cue for cue in CUES}[name]
