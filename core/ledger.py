"""The ledger of a dataset's clean-up: every step from the rows of its legend to the images used, with its rows."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from core.catalog import Dataset, positions_in
from core.labels import HOW, taken_as

COLUMNS = ["line", "name", "image", "raw_label", "label", "annotator"]
_FORMATS = {
    "jpg": "JPEG",
    "jpeg": "JPEG",
    "png": "PNG",
    "webp": "WEBP",
    "bmp": "BMP",
    "gif": "GIF",
    "tif": "TIFF",
    "tiff": "TIFF",
}
"""What a name's extension promises."""


@dataclass(frozen=True)
class LedgerLine:
    """One step of the clean-up, or a remark on it: what it is, how many, and what is behind it."""

    name: str
    """What code calls it."""
    title: str
    count: int
    """How many of what the title names: rows, images or files."""
    explanation: str
    table: pd.DataFrame
    positions: np.ndarray
    """Which rows of `table` are behind it, int64."""
    step: int = 0
    """What the line adds to the running sum from rows to images used; 0 where it is only a remark."""

    # A line of a million rows costs nothing until somebody looks at it.

    @cached_property
    def rows(self) -> pd.DataFrame:
        """The labellings behind it: `COLUMNS` and, where a file itself is the matter, its `problem` or `format`.

        `line` is NA where no legend has it. Where the title counts rows or files, there are `count` of them; of an
        image with a conflict all rows are there.
        """
        return self.table.iloc[self.positions]

    @cached_property
    def images(self) -> pd.Series:
        """The files concerned (paths below the dataset's root), each once, in the order of the rows."""
        return self.rows["image"].dropna().drop_duplicates()


def ledger(dataset: Dataset) -> list[LedgerLine]:
    """Return the way from rows to usable images, then the total, then remarks; the steps sum up to the total.

    Steps and remarks that come of a choice of the user's are there only where it was made.
    """
    return _Ledger(dataset).lines()


def ledger_table(lines: list[LedgerLine]) -> pd.DataFrame:
    """Return the ledger as a table to show: a minus before what is taken away."""
    return pd.DataFrame(
        {
            "step": [line.title for line in lines],
            "count": [f"−{line.count:,}" if line.step < 0 else f"{line.count:,}" for line in lines],
            "what it means": [line.explanation for line in lines],
        }
    )


def misnamed(catalog: pd.DataFrame) -> pd.Series:
    """Return the files whose name promises another format than their bytes have."""
    return catalog.loc[_lies(catalog), "image"]


def conflicting_images(dataset: Dataset) -> pd.Series:
    """Return the images that rows give different labels, whether or not that was settled; by their first rows."""
    verdict = dataset.verdict
    return dataset.rows["image"].iloc[verdict.telling[verdict.contradicted]]


def _lies(catalog: pd.DataFrame) -> pd.Series:
    promised = catalog["image"].str.replace(r"^.*\.", "", regex=True).str.lower()
    true = catalog["format"].replace("MPO", "JPEG")  # what many cameras write into a .jpg; every JPEG reader reads it
    return true.notna() & (true != promised.map(_FORMATS))


class _Ledger:
    """The lines of one dataset. Masks are boolean, one value a row of `dataset.rows`."""

    def __init__(self, dataset: Dataset):
        self.rows, self.catalog = dataset.rows, dataset.catalog
        self.cleaning, self.verdict = dataset.cleaning, dataset.verdict
        self.from_legend = dataset.legend_columns is not None
        self.unit = "rows" if self.from_legend else "files"
        self.labelled = self.rows["label"].notna().to_numpy()
        self.located = self.rows["image"].notna().to_numpy()
        self.telling = np.zeros(len(self.rows), dtype=bool)
        self.telling[self.verdict.telling] = True
        self.table = self.rows[COLUMNS]
        self.file_of_telling = positions_in(self.catalog["image"], self.rows["image"].iloc[self.verdict.telling])
        """Position in the catalog of the file of each row in `verdict.telling`."""
        self.how = self._how()

    def lines(self) -> list[LedgerLine]:
        steps = [self._all(), self._without_label(), self._dropped(), self._missing(), self._repeated()]
        steps += [self._conflicting(), self._unreadable(), self._used()]
        remarks = [self._respelt(), self._mapped(), self._kept_apart(), self._settled()]
        remarks += [self._unlabelled_files(), self._misnamed()]
        return [line for line in [*steps, *remarks] if line is not None]

    # Steps

    def _all(self) -> LedgerLine:
        title, what = "Files in class folders", "the folder that holds a file is its label"
        if self.from_legend:
            title, what = "Rows in the legend", "one row says one label of one image"
        line = self._of_rows("rows", title, what, np.ones(len(self.rows), dtype=bool))
        return replace(line, step=line.count)

    def _without_label(self) -> LedgerLine:
        title, what = "Files whose folder names no label", "its name is only blanks or underscores"
        if self.from_legend:
            title, what = "Rows without a label", "the label is empty"
        return self._of_rows("without_label", title, what, ~self.labelled & (self.how != "dropped"), sign=-1)

    def _dropped(self) -> LedgerLine | None:
        what = self._what_was_dropped()
        if what is None:
            return None
        return self._of_rows("dropped", f"{self.unit.title()} dropped by hand", what, self.how == "dropped", sign=-1)

    def _what_was_dropped(self) -> str | None:
        dropped = [label for label, target in self.cleaning.mapping if not target]
        return f"you mapped {_listed(dropped)} to no label" if dropped else None

    def _missing(self) -> LedgerLine | None:
        if not self.from_legend:
            return None
        title, what = "Rows whose file is missing", "named in the legend, not in the folder"
        return self._of_rows("missing", title, what, self.labelled & ~self.located, sign=-1)

    def _repeated(self) -> LedgerLine | None:
        if not self.from_legend:
            return None
        mask = (self.verdict.image_codes >= 0) & ~self.telling
        return self._of_rows("repeated", "Repeated rows", "the same image again; it counts once", mask, sign=-1)

    def _conflicting(self) -> LedgerLine | None:
        if not self.from_legend:
            return None
        what = "different labels; shown, and left out of training"
        if self.cleaning.conflicts == "majority":
            what = "different labels, and none has most; shown, and left out of training"
        return self._of_images("conflicting", "Conflicting images", what, ~self.verdict.settled, sign=-1)

    def _unreadable(self) -> LedgerLine:
        mask = self.catalog["problem"].notna() & self.catalog["label"].notna()
        what = "damaged, cut short, too large or no picture"
        return self._of_files("unreadable", "Unreadable images", what, mask, "problem", sign=-1)

    def _used(self) -> LedgerLine:
        readable = self.catalog["problem"].isna().to_numpy()[self.file_of_telling]
        used = np.sort(self.verdict.telling[self.verdict.settled & readable])
        return LedgerLine("used", "Images used", len(used), "one label each, readable", self.table, used)

    # Remarks

    def _respelt(self) -> LedgerLine:
        spellings, labels = self.rows["raw_label"].nunique(), self.rows["label"].nunique()
        what = f"{spellings:,} spellings became {labels:,} classes"
        return self._of_rows("respelt", f"Respelt {self.unit}", what, self.how == "respelt")

    def _mapped(self) -> LedgerLine | None:
        mapped = [f"{label} to {target}" for label, target in self.cleaning.mapping if target]
        if not mapped:
            return None
        title = f"{self.unit.title()} mapped by hand"
        return self._of_rows("mapped", title, f"you mapped {_listed(mapped)}", self.how == "mapped")

    def _kept_apart(self) -> LedgerLine | None:
        if not self.cleaning.apart:
            return None
        title, what = f"{self.unit.title()} kept apart", f"you made {_listed(self.cleaning.apart)} a class of its own"
        return self._of_rows("kept_apart", title, what, self.how == "kept apart")

    def _settled(self) -> LedgerLine | None:
        if self.cleaning.conflicts == "drop" or not self.from_legend:
            return None
        by = {"first": "the label of the first row", "majority": "the label that most rows give"}
        mask = self.verdict.contradicted & self.verdict.settled
        what = f"different labels; you chose {by[self.cleaning.conflicts]}"
        return self._of_images("settled", "Conflicts settled", what, mask)

    def _unlabelled_files(self) -> LedgerLine:
        mask = self.catalog["raw_label"].isna()
        dropped = mask & self.catalog["image"].isin(self.rows.loc[self.how == "dropped", "image"])
        what = "in the folder, but no row gives them a label" if self.from_legend else "in no class folder"
        if dropped.any():
            by_hand = self._what_was_dropped()
            what = by_hand if dropped.equals(mask) else f"{what}, or {by_hand} ({dropped.sum():,})"
        return self._of_files("unlabelled_files", "Files without a label", what, mask)

    def _misnamed(self) -> LedgerLine:
        what = "the bytes are of another format than the name"
        return self._of_files("misnamed", "Files that lie about their format", what, _lies(self.catalog), "format")

    # What they are made of

    def _how(self) -> np.ndarray:
        """Return which of `HOW` became of each row's spelling, "" where none is written; shape (n,)."""
        codes, spellings = pd.factorize(self.rows["raw_label"])
        mapping = dict(self.cleaning.mapping)
        told = [taken_as(raw, self.cleaning.apart, mapping)[1] for raw in spellings]
        return np.array([*told, ""], dtype=f"U{max(map(len, HOW))}")[codes]  # code -1, no spelling, asks for the last

    def _of_rows(self, name: str, title: str, explanation: str, mask: np.ndarray, sign: int = 0) -> LedgerLine:
        rows = np.flatnonzero(mask)
        return LedgerLine(name, title, len(rows), explanation, self.table, rows, sign * len(rows))

    def _of_images(self, name: str, title: str, explanation: str, images: np.ndarray, sign: int = 0) -> LedgerLine:
        """Return a line that counts images, with all rows of each; `images` is a mask beside `verdict.telling`."""
        rows = np.flatnonzero(np.append(images, False)[self.verdict.image_codes])  # -1, no image, asks for the last
        return LedgerLine(name, title, int(images.sum()), explanation, self.table, rows, sign * int(images.sum()))

    def _of_files(
        self, name: str, title: str, explanation: str, mask: pd.Series, shown: str | None = None, sign: int = 0
    ) -> LedgerLine:
        """Return a line that counts files, each with the row that its label is from.

        `mask` is boolean, one value a row of the catalog; `shown` is a catalog column worth seeing.
        """
        extra = [shown] if shown else []
        told = self.table.iloc[self.verdict.telling[mask.to_numpy()[self.file_of_telling]]]
        files = self.catalog.loc[mask, ["image", *extra]].merge(told, on="image", how="left")
        files["name"] = files["name"].fillna(files["image"])
        files = files[[*COLUMNS, *extra]]
        return LedgerLine(name, title, len(files), explanation, files, np.arange(len(files)), sign * len(files))


def _listed(words: tuple[str, ...] | list[str]) -> str:
    return ", ".join(words[:5]) + (f" and {len(words) - 5} more" if len(words) > 5 else "")


def labels_given(dataset: Dataset, images: pd.Series) -> pd.Series:
    """Return for each of `images` the label that rows give it, two of them joined by " or ", or "no label"."""
    rows = dataset.rows.loc[dataset.rows["image"].isin(images), ["image", "label"]].dropna().drop_duplicates()
    contradicted = rows["image"].duplicated(keep=False)
    labels = rows[~contradicted].set_index("image")["label"]
    if contradicted.any():
        labels = pd.concat([labels, rows[contradicted].groupby("image")["label"].agg(" or ".join)])
    return images.map(labels).astype("str").fillna("no label")
