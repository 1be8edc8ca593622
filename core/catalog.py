"""The catalog: one row an image file, the table that everything else reads."""

import hashlib
import os
from collections.abc import Collection, Set
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from core.cleaning import NO_CHOICES, Cleaning, LegendColumns, join_source
from core.labels import label_series

_NO_PERSONS = (
    *("train", "training", "test", "testing", "val", "valid", "validation", "dev", "public", "private"),
    *("publictest", "privatetest", "img", "image", "images", "face", "pic", "picture", "photo", "frame", "sample"),
    *("screenshot", "dsc", "scan", "aug", "augmented", "copy"),
)
"""Words that name a part of a dataset or any picture, in small letters."""
_HEXADECIMAL = "[0-9a-fA-F]{8}[0-9a-fA-F-]{8,}"


@dataclass(frozen=True)
class Dataset:
    """A labelled folder of images, read and cleaned up."""

    source: str
    """What opens it again: a known name or a path, and the choices of `cleaning`."""
    title: str
    root: Path
    layout: str
    rows: pd.DataFrame
    """One row a labelling: `line`, `name`, `image` (NA: the file is missing), `raw_label`, `label`, `annotator`."""
    catalog: pd.DataFrame
    """One row a file: `image`, `label`, `raw_label`, `annotator`, `person`, `width`, `height`, `mode`, `format`,
    `n_bytes`, `problem`. A label is NA where there is none or where the legend contradicts itself."""
    fingerprint: str
    """16 hexadecimal digits over names, sizes and labels: the same wherever it lies, so that runs can be shared."""
    notes: tuple[str, ...]
    """Sentences on what was odd when it was read."""
    drawn: bool = False
    """The images are drawn by this program and show nobody."""

    cleaning: Cleaning = NO_CHOICES
    """What the user decided on its labels."""
    legend_columns: LegendColumns | None = None
    """Which columns of its legend hold what; None where each class is a folder."""
    state: str = ""
    """Digits over its place, the times of its files and all of its rows; see `core.catalog.state`."""

    @property
    def key(self) -> str:
        """What was computed of it is kept under this: it changes with all that can be read, and with each choice."""
        return f"{self.fingerprint}{self.state}"

    # These are asked for at every run of a page, and nothing in a dataset changes: they are worked out once.

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """The classes that have an image to use, most frequent first; ties in alphabetical order."""
        counts = self.usable["label"].value_counts()
        return tuple(sorted(counts.index, key=lambda label: (-counts[label], label)))

    @cached_property
    def usable(self) -> pd.DataFrame:
        """The catalog rows that can be trained on: one label, and readable. Not to be changed."""
        return self.catalog[self.catalog["label"].notna() & self.catalog["problem"].isna()]

    @cached_property
    def verdict(self) -> "Verdict":
        """Which row each labelled image has its label from, and where rows contradict each other."""
        return judge(self.rows, self.cleaning.conflicts)


@dataclass(frozen=True)
class Verdict:
    """Which row each labelled image has its label from, and where the rows contradict each other."""

    telling: np.ndarray
    """Positions into the rows, int64, one a labelled image, in the order of the images' first rows."""
    contradicted: np.ndarray
    """Boolean, beside `telling`: the image's rows give several labels."""
    settled: np.ndarray
    """Boolean, beside `telling`: the image has one label, agreed or chosen."""
    image_codes: np.ndarray
    """For every row, the position in `telling` of its image; -1 where it has no file or no label. int64."""


def judge(rows: pd.DataFrame, conflicts: str) -> Verdict:
    """Return which row each labelled image has its label from.

    Args:
        rows: `image` and `label`, one row a labelling; NA where there is no file or no label.
        conflicts: how several labels of one image are settled: a key of `core.cleaning.CONFLICTS`.
    """
    codes = np.full(len(rows), -1)
    labelled = np.flatnonzero(rows["image"].notna() & rows["label"].notna())
    codes[labelled] = pd.factorize(rows["image"].iloc[labelled])[0]
    images, labels = codes[labelled], pd.factorize(rows["label"].iloc[labelled])[0]
    first = np.unique(images, return_index=True)[1]
    contradicted = np.zeros(len(first), dtype=bool)
    contradicted[images[labels != labels[first][images]]] = True
    telling, settled = first, ~contradicted
    if conflicts == "first":
        settled = np.ones(len(first), dtype=bool)
    elif conflicts == "majority" and contradicted.any():
        open_rows = np.flatnonzero(contradicted[images])
        winners, won = _majority(images[open_rows], labels[open_rows])
        telling = first.copy()
        telling[contradicted] = open_rows[winners]
        settled[contradicted] = won
    return Verdict(labelled[telling], contradicted, settled, codes)


def _majority(images: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return, for each distinct image in ascending order, the first row of its commonest label, and if only one is."""
    votes = pd.DataFrame({"image": images, "label": labels, "row": np.arange(len(images))})
    counted = votes.groupby(["image", "label"], as_index=False)["row"].agg(["size", "min"])
    most = counted["size"] == counted.groupby("image")["size"].transform("max")
    best = counted[most].groupby("image")["min"].agg(["min", "size"])
    return best["min"].to_numpy(), (best["size"] == 1).to_numpy()


def assemble(
    rows: pd.DataFrame, files: pd.DataFrame, cleaning: Cleaning = NO_CHOICES
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Join labellings and files.

    Args:
        rows: `name`, `image`, `raw_label`, `annotator`, one row a labelling.
        files: `image`, `n_bytes` and the header columns, one row a file.
        cleaning: what the user decided on the labels.

    Returns:
        The rows with their `label`, and the catalog.
    """
    rows = rows.assign(label=label_series(rows["raw_label"], cleaning.apart, dict(cleaning.mapping)))
    verdict = judge(rows, cleaning.conflicts)
    told = rows[["image", "label", "raw_label", "annotator"]].iloc[verdict.telling].reset_index(drop=True)
    # An image with two different labels is no example of either: it is shown, and left out of training.
    told["label"] = told["label"].where(verdict.settled)
    told["raw_label"] = told["raw_label"].where(verdict.settled, _all_spellings(rows, verdict))
    catalog = files.merge(told, on="image", how="left")
    classes, spellings = (rows[column].dropna().unique() for column in ("label", "raw_label"))
    catalog["person"] = persons(catalog["image"], classes, spellings)
    order = ["image", "label", "raw_label", "annotator", "person", "width", "height", "mode", "format", "n_bytes"]
    return rows, catalog[[*order, "problem"]]


def _all_spellings(rows: pd.DataFrame, verdict: Verdict) -> pd.Series:
    """Return "joy | FEAR" for each image that is not settled, NA for the others; indexed as `telling` is."""
    unsettled = np.append(~verdict.settled, False)[verdict.image_codes]  # code -1 asks for the last, which is False
    written = pd.DataFrame({"image": verdict.image_codes[unsettled], "raw": rows["raw_label"].to_numpy()[unsettled]})
    written = written.drop_duplicates().sort_values("image", kind="stable")
    # One text is cut at the images: joining the words of half a million images one by one takes minutes.
    starts = ~written["image"].duplicated()
    separators = np.array([" | ", "\0"], dtype=object)[starts.to_numpy(dtype=int)]
    pieces = separators + written["raw"].to_numpy(dtype=object)
    joined = "".join(pieces).split("\0")[1:]
    return pd.Series(joined, index=written.loc[starts, "image"], dtype="str").reindex(np.arange(len(verdict.telling)))


def positions_in(among: pd.Series, values: pd.Series) -> np.ndarray:
    """Return where in `among` (distinct words) each of `values` is, -1 where it is not; int64, shape (n,)."""
    among, values = (pa.array(words.astype("str")) for words in (among, values))
    return pc.index_in(values, value_set=among).fill_null(-1).to_numpy().astype(np.int64)


def persons(images: pd.Series, labels: Collection[str], spellings: Collection[str] = ()) -> pd.Series:
    """Return who each image shows: the file name less its trailing number, or NA where names do not tell persons.

    `Tony_Blair_0012.jpg` shows `Tony_Blair`. A name of nothing but classes and words such as `train` or `img` carries
    no person (`train_happy_12`), nor does a long hexadecimal number. Where there are no more prefixes than classes, or
    one prefix covers over a third of the files, all are NA.

    Args:
        images: paths of image files.
        labels: the classes.
        spellings: other ways in which they are written.
    """
    # Patterns that Arrow's own engine takes, which \d is not: Python's takes seconds for a million names.
    stems = images.str.replace(r"^.*/", "", regex=True).str.replace(r"\.[^.]*$", "", regex=True)
    prefix = stems.str.replace(r"[_ -]*[0-9]+$", "", regex=True)
    prefix = prefix.where(~stems.str.fullmatch(_HEXADECIMAL))
    words = {word.lower() for word in (*_NO_PERSONS, *labels, *spellings)}
    nobody = [name for name in prefix.dropna().unique() if _is_made_of(name.lower(), words)]
    prefix = prefix.where(~prefix.isin(nobody))
    counts = prefix.value_counts()
    if len(counts) <= len(labels) or counts.iloc[0] > len(images) / 3:
        return pd.Series(pd.NA, index=images.index, dtype="str")
    return prefix.astype("str")


def _is_made_of(text: str, words: Set[str]) -> bool:
    """Return whether a text is nothing but words, one after the other, with or without separators between them."""
    reached = {0}
    for start, letter in enumerate(text):
        if start in reached:
            reached.update(end for end in range(start + 1, len(text) + 1) if text[start:end] in words)
            if start and letter in "_ -":
                reached.add(start + 1)
    return len(text) in reached


def person_codes(persons: pd.Series) -> np.ndarray:
    """Return an integer a person, int64, shape (n,); an image of nobody known (NA) is someone of its own."""
    codes = pd.factorize(persons)[0].astype(np.int64)
    unknown = codes < 0
    codes[unknown] = codes.max(initial=-1) + 1 + np.arange(unknown.sum())
    return codes


def fingerprint(catalog: pd.DataFrame, cleaning: Cleaning = NO_CHOICES) -> str:
    """Return 16 hexadecimal digits that change with any name, size or label, with what can be read, and any choice.

    A choice changes them even where all labels come out the same: a run says what was chosen.
    """
    used = catalog["label"].where(catalog["problem"].isna(), "unreadable").fillna("")
    lines = sorted(catalog["image"] + "\t" + catalog["n_bytes"].astype("str") + "\t" + used)
    if not cleaning.is_default:
        lines.append(join_source("", cleaning))
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


def state(root: Path, files: pd.DataFrame, rows: pd.DataFrame) -> str:
    """Return 16 hexadecimal digits that change with the folder, with any file's size or time, and with any row.

    The fingerprint holds neither pixels nor annotators, so that a copy elsewhere has the same; what is measured needs
    both.

    Args:
        root: the dataset's folder.
        files: `image`, `n_bytes` and `mtime_ns`.
        rows: the legend's, as in `Dataset.rows`.
    """
    digest = hashlib.sha256(os.fsencode(root.resolve()))
    for table in (files[["image", "n_bytes", "mtime_ns"]], rows[["image", "raw_label", "label", "annotator"]]):
        digest.update(pd.util.hash_pandas_object(table, index=False).to_numpy())
    return digest.hexdigest()[:16]
