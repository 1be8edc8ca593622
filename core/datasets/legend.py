"""A legend: a CSV that says which label each image file has, whoever wrote it and whatever it ends its lines with."""

import csv
import io
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from core.datasets.columns import REQUIRED, ROLES, Columns, Line, find_columns
from core.datasets.names import ImageNames
from core.errors import BadInput

_END = "\0"
"""A last line of our own; no text has one like it."""


@dataclass(frozen=True)
class Legend:
    """The rows of a legend and what was odd about its file."""

    rows: pd.DataFrame
    """One row a line: `line` (its number in the file), `name`, `raw_label`, `annotator` (NA where not given)."""
    columns: Columns
    notes: tuple[str, ...]


def read_legend(
    path: Path | bytes,
    shown: str,
    names: ImageNames | None = None,
    chosen: Collection[tuple[str, str]] | None = None,
) -> Legend:
    """Read a legend.

    Args:
        path: the file, or its bytes.
        shown: how sentences name it.
        names: the images of its folder, by which a column of file names is known whatever it is called.
        chosen: role and column, which overrule any guess; see `core.cleaning.Cleaning.columns`. None where a user has
            no way to choose: then no sentence tells of one.

    Raises:
        BadInput: the file is no text table, no column holds file names or labels, or one of these has several lines.
    """
    lines, notes = read_table(path, shown)
    columns = find_columns(lines, shown, names, chosen or ())
    _check(columns, shown, can_choose=chosen is not None)
    body = lines if columns.headerless else lines[1:]
    last = max(columns.positions.values())
    whole = [line for line in body if len(line[1]) > last]
    if short := len(body) - len(whole):
        notes.append(f"{shown}: {short} lines with too few columns were left out.")
    rows = pd.DataFrame({"line": pd.Series([number for number, _ in whole], dtype="Int64")})
    for role in ROLES:
        position = columns.positions.get(role)
        cells = None if position is None else [cells[position].strip() or None for _, cells in whole]
        rows[role] = pd.Series(cells, index=rows.index, dtype="str")
    _check_cells(rows, shown)
    if nameless := int(rows["name"].isna().sum()):
        notes.append(f"{shown}: {nameless} lines without a file name were left out.")
    notes += _notes(columns, shown)
    return Legend(rows.dropna(subset="name").reset_index(drop=True), columns, tuple(notes))


def _check(columns: Columns, shown: str, can_choose: bool) -> None:
    missing = [role for role in REQUIRED if role not in columns.positions]
    if missing:
        what = {"name": "file names", "raw_label": "labels"}
        lacks = " and ".join(f"for {what[role]} (such as {', '.join(ROLES[role][:3])})" for role in missing)
        raise BadInput(
            f"{shown} has the columns {', '.join(map(repr, columns.names[:8]))}, but none {lacks}; "
            "name the columns in its first line, such as image,label"
            + (", or say which they are, such as ?image=#1&label=#2." if can_choose else ".")
        )


def _check_cells(rows: pd.DataFrame, shown: str) -> None:
    """Refuse a name or a label of several lines: between two stray quotes lie the rows that it swallowed."""
    torn = rows[REQUIRED[0]].str.contains("\n", regex=False) | rows[REQUIRED[1]].str.contains("\n", regex=False)
    if torn.any():
        raise BadInput(
            f"{shown}: a file name or a label that opens in line {rows.loc[torn, 'line'].iloc[0]} runs over several "
            "lines; look for a quote too many."
        )


def _notes(columns: Columns, shown: str) -> list[str]:
    """Return what a user should know of the columns."""
    roles = columns.roles
    notes = []
    if columns.headerless:
        notes.append(f"{shown} does not name its columns; its first line was read as a row.")
    if columns.guessed_by == "content":
        notes.append(
            f"{shown}: the file names are taken from column {roles['name']!r} and the labels from column "
            f"{roles['raw_label']!r}, by what they hold."
        )
    return notes


def read_table(source: Path | bytes, shown: str) -> tuple[list[Line], list[str]]:
    """Read a CSV file, or its bytes, whatever its encoding, line ends and delimiter; `shown` is how sentences name it.

    Returns:
        Each line that is not blank, as its number in the file (from 1) and its cells as they are written; and a note
        on each oddity of the file. A quoted cell may run over several lines; the number is that of the first.

    Raises:
        BadInput: it is no text, has nothing in it, or a quote never ends.
    """
    text, notes = _read_text(source.read_bytes() if isinstance(source, Path) else source, shown)
    try:
        filled = [(number, cells) for number, cells in _records(text) if "".join(cells).strip()]
    except csv.Error as error:
        raise BadInput(f"{shown} is no table that can be read ({error}); look for a quote that never ends.") from error
    number, cells = filled.pop()
    if cells != [_END]:
        raise BadInput(f"{shown}: a quote that opens near line {number} never ends; close or delete it.")
    if not filled:
        raise BadInput(f"{shown} is empty; its first line should name its columns, such as image,label.")
    return filled, notes


def _records(text: str) -> Iterator[Line]:
    """Yield each record and the number of its first line; `_END` is the last, unless a quote that never ends has it."""
    reader = csv.reader(io.StringIO(f"{text}\n{_END}"), delimiter=_delimiter(text))
    number = 1
    for cells in reader:
        yield number, cells
        number = reader.line_num + 1


def _read_text(raw: bytes, shown: str) -> tuple[str, list[str]]:
    """Return the text with plain line ends, and a note on each oddity of the file."""
    notes = []
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            text = raw.decode("utf-16")
        except UnicodeDecodeError as error:
            raise BadInput(f"{shown} is damaged UTF-16 text; save it as UTF-8 CSV.") from error
        notes.append(f"{shown} is UTF-16 text; it was read as such.")
    else:
        if raw.startswith(b"\xef\xbb\xbf"):
            notes.append(f"{shown} starts with a byte-order mark; it was skipped, nothing to do.")
        try:
            text = raw.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = raw.decode("latin-1")
            notes.append(f"{shown} is not UTF-8; it was read as Latin-1. If names look wrong, save it as UTF-8.")
    if _END in text:
        raise BadInput(f"{shown} is not a text file; save it as CSV.")
    if "\r" in text.replace("\r\n", ""):
        notes.append(f"{shown} ends its lines with a bare carriage return (old Mac); it was read all the same.")
    return text.replace("\r\n", "\n").replace("\r", "\n"), notes


def _delimiter(text: str) -> str:
    """Return whichever usual delimiter the first line holds most of."""
    first = text.lstrip("\n").split("\n", 1)[0]
    return max(",;\t|", key=first.count)
