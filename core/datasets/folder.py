"""Turn a folder into legend rows: from its legend CSV, or from a folder per class."""

import os
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from core.cleaning import NO_CHOICES, Cleaning, LegendColumns
from core.datasets.columns import Columns, find_columns
from core.datasets.legend import Legend, read_legend, read_table
from core.datasets.names import ImageNames
from core.datasets.scan import is_text
from core.errors import BadInput

_LEGEND_PLACES = ("", "data", "labels", "annotations")
_LEGEND_NAMES = ("legend", "labels", "annotations", "metadata")
_TABLES = (".csv", ".tsv", ".txt")


@dataclass(frozen=True)
class Labelled:
    """What a folder says of its images."""

    rows: pd.DataFrame
    """One row a labelling: `line`, `name`, `image` (the file, NA where it is missing), `raw_label`, `annotator`."""
    layout: str
    notes: tuple[str, ...]
    columns: LegendColumns | None = None
    """Which columns of the legend hold what; None where each class is a folder."""


def check_folder(root: Path) -> None:
    """Raise BadInput unless `root` is a folder that can be read."""
    if not is_text(str(root)):
        raise BadInput(f"The name of the folder {ascii(str(root))} is no text in UTF-8; rename it.")
    if not root.exists():
        raise BadInput(f"There is no folder {root}; check the spelling, or choose the demo.")
    if not root.is_dir():
        raise BadInput(f"{root} is a file; give the folder that holds the images.")


def read_labels(root: Path, images: pd.Series, cleaning: Cleaning = NO_CHOICES) -> Labelled:
    """Return every labelling below `root`, given the image files found there.

    Args:
        root: the folder.
        images: the image files below it, each once.
        cleaning: which legend and which of its columns to read, where the user chose them.

    Raises:
        BadInput: there is no image, neither a usable legend nor a folder per class, or not what was chosen.
    """
    if images.empty:
        raise BadInput(
            f"{root} holds no images; give a folder with JPEG, PNG or WebP files and a legend or class folders."
        )
    search = _Search(root, ImageNames(images), cleaning)
    legend = search.run()
    if legend is None and cleaning.columns and cleaning.legend is None:
        raise BadInput(search.notes[0] if search.notes else f"{root} has no legend whose columns could be chosen.")
    folders = _class_folders(images)
    n_classes = folders["raw_label"].nunique()
    if legend is None and search.spare is not None and n_classes < 2:
        legend = search.spare
    if legend is not None:
        return replace(legend, notes=(*legend.notes, *search.notes))
    if n_classes >= 2:
        return Labelled(folders, "a folder per class", (*search.notes, *search.spare_notes()))
    why = f" {' '.join(search.notes)}" if search.notes else ""
    if n_classes == 1 and not why and folders["raw_label"][0].lower() not in ("images", "data"):
        raise BadInput(f"{root} holds one class only ({folders['raw_label'][0]}); give a folder with at least two.")
    raise BadInput(
        f"{root} has neither a legend (a CSV with a column of file names and one of labels) nor a folder per class; "
        f"add one of the two.{why}"
    )


def legends(root: Path, images: pd.Series) -> list[LegendColumns]:
    """Return what each CSV file is guessed to hold, the best-named first; also where a role is missing.

    This is for a menu: a legend whose columns nobody can guess cannot be opened, but its columns can be chosen.
    """
    names, found = ImageNames(images), []
    tables = [path.relative_to(root).as_posix() for path in _tables(root)]
    for shown in tables:
        try:
            lines, _ = read_table(root / shown, shown)
        except BadInput:  # no text or nothing in it: there is nothing to choose from
            continue
        found.append(_shown_columns(find_columns(lines, shown, names), shown, tables))
    return found


def _shown_columns(columns: Columns, shown: str, tables: list[str]) -> LegendColumns:
    others = tuple(other for other in tables if other != shown)
    return LegendColumns(shown, columns.names, columns.roles, columns.guessed_by, columns.headerless, others)


class _Search:
    """The search for a usable legend: the best-named first, and what was found of each CSV that is not used."""

    def __init__(self, root: Path, names: ImageNames, cleaning: Cleaning):
        self.root, self.names, self.cleaning = root, names, cleaning
        self.notes: list[str] = []
        self.spare: Labelled | None = None
        """A table that could be a legend by what it holds, although neither it nor its columns are named so."""
        self.tables = [path.relative_to(root).as_posix() for path in _tables(root)]

    def run(self) -> Labelled | None:
        """Return what the legend says, None where there is none."""
        if self.cleaning.legend is not None:
            return self._read(_inside(self.root, self.cleaning.legend)) if self.cleaning.legend else None
        for number, shown in enumerate(self.tables):
            try:
                found = self._read(shown)
            except BadInput as problem:
                self.notes.append(str(problem))
                continue
            if found.columns.guessed_by != "content" or Path(shown).stem.lower() in _LEGEND_NAMES:
                self.notes += [
                    f"{other} was not read: {Path(shown).name} is the legend." for other in self.tables[number + 1 :]
                ]
                return found
            self.spare = self.spare or found
        return None

    def spare_notes(self) -> list[str]:
        """Return what to do where class folders went before a table that could be a legend."""
        if self.spare is None:
            return []
        path = self.spare.columns.path
        return [f"{path} could be a legend; class folders were read instead. Add ?legend={path} to read it."]

    def _read(self, shown: str) -> Labelled:
        legend = read_legend(self.root / shown, shown, self.names, self.cleaning.columns)
        rows, notes = _locate(legend, self.names)
        if rows["raw_label"].isna().all():
            raise BadInput(f"{shown} gives no image a label.")
        if rows["image"].isna().all():
            raise BadInput(f"None of the {len(rows):,} files named in {shown} is below {self.root}.")
        told = _shown_columns(legend.columns, shown, self.tables)
        return Labelled(rows, f"legend {shown}", (*legend.notes, *notes), told)


def _tables(root: Path) -> list[Path]:
    """Return the CSV files where a legend may lie, the best-named first."""
    places = [root / place for place in _LEGEND_PLACES if (root / place).is_dir()]
    # Names alone are looked at first: among them may be a million images.
    found = [place / name for place in places for name in sorted(os.listdir(place)) if _is_named_as_table(name)]
    found = [path for path in dict.fromkeys(found) if path.is_file()]
    return sorted(found, key=lambda path: (path.stem.lower() not in _LEGEND_NAMES, path.parent != root))


def _is_named_as_table(name: str) -> bool:
    return name.lower().endswith((".csv", ".tsv")) and not name.startswith(".")


def _inside(root: Path, legend: str) -> str:
    """Return the chosen legend's path below `root`; a path that leads out of it is not followed."""
    path = Path(os.path.normpath(root / legend))
    if not path.is_relative_to(root) or path.suffix.lower() not in _TABLES or not path.is_file():
        raise BadInput(f"There is no legend {legend} below {root}; give the path of a CSV file in that folder.")
    return path.relative_to(root).as_posix()


def _locate(legend: Legend, names: ImageNames) -> tuple[pd.DataFrame, list[str]]:
    """Return the rows with the file of each, and a note where several files could be meant."""
    located = names.locate(legend.rows["name"])
    missing = legend.rows.loc[located.isna(), "name"]
    notes = []
    if len(missing) and (shared := int(names.shared(missing).sum())):
        notes.append(f"{shared} rows name a file that several folders hold; write its path below the dataset's folder.")
    return legend.rows.assign(image=located), notes


def _class_folders(images: pd.Series) -> pd.DataFrame:
    """Take the folder that holds an image for its label; images at the top have none."""
    inside = images[images.str.contains("/", regex=False)].reset_index(drop=True)
    parents = inside.str.replace(r"/[^/]*$", "", regex=True).str.replace(r"^.*/", "", regex=True)
    nothing = {"line": "Int64", "annotator": "str"}
    rows = pd.DataFrame({"name": inside, "image": inside, "raw_label": parents}, dtype="str")
    return rows.assign(**{name: pd.Series(pd.NA, rows.index, dtype) for name, dtype in nothing.items()})
