"""The catalog: one row an image file, the table that everything else reads."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from core.labels import canonical_series


@dataclass(frozen=True)
class Dataset:
    """A labelled folder of images, read and cleaned up."""

    source: str
    """What opens it again: a known name or a path."""
    title: str
    root: Path
    layout: str
    rows: pd.DataFrame
    """One row a labelling: `line`, `name`, `image` (NA: the file is missing), `raw_label`, `label`, `annotator`."""
    catalog: pd.DataFrame
    """One row a file: `image`, `label`, `raw_label`, `annotator`, `person`, `width`, `height`, `mode`, `format`,
    `n_bytes`, `problem`. A label is NA where there is none or where the legend contradicts itself."""
    fingerprint: str
    """16 hexadecimal digits over names, sizes and labels: the key of every cache and run."""
    notes: tuple[str, ...]
    """Sentences on what was odd when it was read."""
    drawn: bool = False
    """The images are drawn by this program and show nobody."""

    @property
    def labels(self) -> tuple[str, ...]:
        """The classes that have an image to use, most frequent first; ties in alphabetical order."""
        counts = self.usable["label"].value_counts()
        return tuple(sorted(counts.index, key=lambda label: (-counts[label], label)))

    @property
    def usable(self) -> pd.DataFrame:
        """The catalog rows that can be trained on: one label, and readable."""
        return self.catalog[self.catalog["label"].notna() & self.catalog["problem"].isna()]


def assemble(rows: pd.DataFrame, files: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Join labellings and files.

    Args:
        rows: `name`, `image`, `raw_label`, `annotator`, one row a labelling.
        files: `image`, `n_bytes` and the header columns, one row a file.

    Returns:
        The rows with their canonical `label`, and the catalog.
    """
    rows = rows.assign(label=canonical_series(rows["raw_label"]))
    labelled = rows.dropna(subset=["image", "label"])
    told = labelled.drop_duplicates("image")[["image", "label", "raw_label", "annotator"]].set_index("image")
    # An image with two different labels is no example of either: it is shown, and left out of training.
    several = labelled[labelled["image"].duplicated(keep=False)]
    for image, labellings in several.groupby("image"):
        if labellings["label"].nunique() > 1:
            told.loc[image, "label"] = None
            told.loc[image, "raw_label"] = " | ".join(labellings["raw_label"].unique())
    catalog = files.merge(told.reset_index(), on="image", how="left")
    catalog["person"] = persons(catalog["image"], len(rows["label"].dropna().unique()))
    order = ["image", "label", "raw_label", "annotator", "person", "width", "height", "mode", "format", "n_bytes"]
    return rows, catalog[[*order, "problem"]]


def persons(images: pd.Series, n_classes: int) -> pd.Series:
    """Return who each image shows: the file name less its trailing number, or NA where names do not tell persons.

    `Tony_Blair_0012.jpg` shows `Tony_Blair`. Names such as `img_0001` or `happy_12` carry no person: where there are
    no more prefixes than classes, or one prefix covers over a third of the files, all are NA.
    """
    stems = images.str.rsplit("/", n=1).str[-1].str.rsplit(".", n=1).str[0]
    prefix = stems.str.replace(r"[_\- ]*\d+$", "", regex=True)
    prefix = prefix.where(prefix != "")
    counts = prefix.value_counts()
    if len(counts) <= n_classes or counts.iloc[0] > len(images) / 3:
        return pd.Series(pd.NA, index=images.index, dtype="str")
    return prefix.astype("str")


def person_codes(persons: pd.Series) -> np.ndarray:
    """Return an integer a person, int64, shape (n,); an image of nobody known (NA) is someone of its own."""
    codes = pd.factorize(persons)[0].astype(np.int64)
    unknown = codes < 0
    codes[unknown] = codes.max(initial=-1) + 1 + np.arange(unknown.sum())
    return codes


def fingerprint(catalog: pd.DataFrame) -> str:
    """Return 16 hexadecimal digits that change with any name, size or label, and with what can be read."""
    used = catalog["label"].where(catalog["problem"].isna(), "unreadable").fillna("")
    lines = catalog["image"] + "\t" + catalog["n_bytes"].astype("str") + "\t" + used
    return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()[:16]
