"""A legend: a CSV that says which label each image file has, whoever wrote it and whatever it ends its lines with."""

import csv
import io
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from core.errors import BadInput

# Lower-case column names that are taken for each role, the commonest first; `user.id` is muxspace's.
ROLES = {
    "name": ("image", "filename", "file_name", "file", "path", "filepath", "image_path", "img", "picture", "name"),
    "raw_label": ("emotion", "label", "class", "category", "target", "expression", "class_name", "labels"),
    "annotator": ("user.id", "annotator", "user", "user_id", "rater", "labeler", "labeller", "worker"),
}
REQUIRED = ("name", "raw_label")


@dataclass(frozen=True)
class Legend:
    """The rows of a legend and what was odd about its file."""

    path: Path
    rows: pd.DataFrame
    """One row a line: `line` (in the file, 1 is the header), `name`, `raw_label`, `annotator` (NA where not given)."""
    notes: tuple[str, ...]


def read_legend(path: Path, shown: str) -> Legend:
    """Read a legend; `shown` is how sentences name it.

    Raises:
        BadInput: the file is no text table, or lacks a column for file names or for labels.
    """
    text, notes = _read_text(path, shown)
    try:
        table = list(enumerate(csv.reader(io.StringIO(text), delimiter=_delimiter(text)), start=1))
    except csv.Error as error:
        raise BadInput(f"{shown} is no table that can be read ({error}); look for a quote that never ends.") from error
    if torn := next((number for number, row in table if any("\n" in cell for cell in row)), None):
        raise BadInput(f"{shown}: a quote that opens near line {torn} never ends; close or delete it.")
    filled = [(number, row) for number, row in table if any(cell.strip() for cell in row)]
    if not filled:
        raise BadInput(f"{shown} is empty; a legend's first line names its columns, such as image,label.")
    (_, header), *lines = filled
    columns = _find_columns(header, shown)
    whole = [(number, row) for number, row in lines if len(row) > max(columns.values())]
    if short := len(lines) - len(whole):
        notes.append(f"{shown}: {short} lines with too few columns were left out.")
    rows = pd.DataFrame({"line": [number for number, _ in whole]})
    for role in ROLES:
        column = columns.get(role)
        cells = [row[column].strip() or None for _, row in whole] if column is not None else None
        rows[role] = pd.Series(cells, index=rows.index, dtype="str")
    if nameless := int(rows["name"].isna().sum()):
        notes.append(f"{shown}: {nameless} lines without a file name were left out.")
    return Legend(path, rows.dropna(subset="name").reset_index(drop=True), tuple(notes))


def _read_text(path: Path, shown: str) -> tuple[str, list[str]]:
    """Return the text with plain line ends, and a note on each oddity of the file."""
    raw = path.read_bytes()
    notes = []
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            text = raw.decode("utf-16")
        except UnicodeDecodeError as error:
            raise BadInput(f"{shown} is damaged UTF-16 text; save the legend as UTF-8 CSV.") from error
        notes.append(f"{shown} is UTF-16 text; it was read as such.")
    else:
        if raw.startswith(b"\xef\xbb\xbf"):
            notes.append(f"{shown} starts with a byte-order mark; it was skipped, nothing to do.")
        try:
            text = raw.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = raw.decode("latin-1")
            notes.append(f"{shown} is not UTF-8; it was read as Latin-1. If names look wrong, save it as UTF-8.")
    if "\0" in text:
        raise BadInput(f"{shown} is not a text file; save the legend as CSV.")
    if "\r" in text.replace("\r\n", ""):
        notes.append(f"{shown} ends its lines with a bare carriage return (old Mac); it was read all the same.")
    return text.replace("\r\n", "\n").replace("\r", "\n"), notes


def _delimiter(text: str) -> str:
    """Return whichever usual delimiter the first line holds most of."""
    first = text.lstrip("\n").split("\n", 1)[0]
    return max(",;\t|", key=first.count)


def _find_columns(header: list[str], shown: str) -> dict[str, int]:
    """Return the position of each role's column, by name."""
    names = [cell.strip().casefold() for cell in header]
    found = {role: names.index(hit) for role, known in ROLES.items() if (hit := _first(known, names))}
    missing = [role for role in REQUIRED if role not in found]
    if missing:
        what = {"name": "file names", "raw_label": "labels"}
        lacks = " and ".join(f"for {what[role]} (such as {', '.join(ROLES[role][:3])})" for role in missing)
        raise BadInput(
            f"{shown} has the columns {', '.join(repr(cell) for cell in header[:8])}, but none {lacks}; "
            "rename the columns in its first line."
        )
    return found


def _first(known: tuple[str, ...], names: list[str]) -> str | None:
    return next((name for name in known if name in names), None)
