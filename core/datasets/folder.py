"""Turn a folder into legend rows: from its legend CSV, or from a folder per class."""

from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import pandas as pd

from core.datasets.legend import Legend, read_legend
from core.errors import BadInput

_LEGEND_PLACES = ("", "data", "labels", "annotations")
_LEGEND_NAMES = ("legend", "labels", "annotations", "metadata")


@dataclass(frozen=True)
class Labelled:
    """What a folder says of its images."""

    rows: pd.DataFrame
    """One row a labelling: `line`, `name`, `image` (the file, NA where it is missing), `raw_label`, `annotator`."""
    layout: str
    notes: tuple[str, ...]


def check_folder(root: Path) -> None:
    """Raise BadInput unless `root` is a folder that can be read."""
    if not root.exists():
        raise BadInput(f"There is no folder {root}; check the spelling, or choose the demo.")
    if not root.is_dir():
        raise BadInput(f"{root} is a file; give the folder that holds the images.")


def read_labels(root: Path, images: pd.Series) -> Labelled:
    """Return every labelling below `root`, given the image files found there.

    Raises:
        BadInput: there is no image, or neither a usable legend nor a folder per class.
    """
    if images.empty:
        raise BadInput(
            f"{root} holds no images; give a folder with JPEG, PNG or WebP files and a legend or class folders."
        )
    legend, notes = _find_legend(root)
    if legend is not None:
        rows, more = _locate(legend, images)
        if rows["raw_label"].isna().all():
            notes.insert(0, f"{legend.path.relative_to(root)} gives no image a label.")
        elif rows["image"].notna().any():
            return Labelled(rows, f"legend {legend.path.relative_to(root)}", (*legend.notes, *more, *notes))
        else:
            notes.insert(
                0, f"None of the {len(rows):,} files named in {legend.path.relative_to(root)} is below {root}."
            )
    rows = _class_folders(images)
    if rows["raw_label"].nunique() >= 2:
        return Labelled(rows, "a folder per class", tuple(notes))
    why = f" {' '.join(notes)}" if notes else ""
    if rows["raw_label"].nunique() == 1 and not notes and rows["raw_label"][0].lower() not in ("images", "data"):
        raise BadInput(f"{root} holds one class only ({rows['raw_label'][0]}); give a folder with at least two.")
    raise BadInput(
        f"{root} has neither a legend (a CSV with a column of file names and one of labels) nor a folder per class; "
        f"add one of the two.{why}"
    )


def _find_legend(root: Path) -> tuple[Legend | None, list[str]]:
    """Return the first usable legend, the best-named first, and a note on each CSV that was not used."""
    notes: list[str] = []
    places = [root / place for place in _LEGEND_PLACES if (root / place).is_dir()]
    found = [path for place in places for path in sorted(place.iterdir()) if _is_table(path)]
    found.sort(key=lambda path: (path.stem.lower() not in _LEGEND_NAMES, path.parent != root))
    chosen: Legend | None = None
    for path in dict.fromkeys(found):
        shown = str(path.relative_to(root))
        if chosen is not None:
            notes.append(f"{shown} was not read: {chosen.path.name} is the legend.")
            continue
        try:
            chosen = read_legend(path, shown)
        except BadInput as problem:
            notes.append(str(problem))
    return chosen, notes


def _is_table(path: Path) -> bool:
    return path.suffix.lower() in (".csv", ".tsv") and path.is_file() and not path.name.startswith(".")


def _locate(legend: Legend, images: pd.Series) -> tuple[pd.DataFrame, list[str]]:
    """Find each row's file: by its path below the root, else by its bare name where only one file has it."""
    by_path = {image: image for image in images}
    bare = images.str.rsplit("/", n=1).str[-1]
    once = ~bare.duplicated(keep=False)
    by_name = dict(zip(bare[once], images[once], strict=True))
    names = legend.rows["name"].str.replace("\\", "/").str.removeprefix("./")
    located = names.map(by_path)
    located = located.fillna(names.str.rsplit("/", n=1).str[-1].map(by_name))
    notes = []
    shared = names[located.isna()].isin(set(bare[~once])).sum()
    if shared:
        notes.append(f"{shared} rows name a file that several folders hold; write its path below the dataset's folder.")
    return legend.rows.assign(image=located.astype("str")), notes


def _class_folders(images: pd.Series) -> pd.DataFrame:
    """Take the folder that holds an image for its label; images at the top have none."""
    parents = images.map(lambda image: PurePosixPath(image).parent.name or None).astype("str")
    rows = pd.DataFrame({"name": images, "image": images, "raw_label": parents}).dropna(subset="raw_label")
    return rows.assign(line=pd.NA, annotator=pd.Series(index=rows.index, dtype="str")).reset_index(drop=True)
