"""Unpack a table of pixels: FER2013's CSV, or any other whose rows are a label and the numbers of a square picture."""

import itertools
import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.datasets.imports.pictures import LeftOut, Picture, Pictures
from core.datasets.legend import ROLES
from core.errors import BadInput

EMOTIONS = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
"""FER2013's classes by their number (Goodfellow et al. 2013, Challenges in Representation Learning)."""
_PIXELS = "pixels"
_NUMBERED = "emotion"  # the column whose numbers are FER2013's; in any other one a number is a class of that name
_SPLITS = ("usage", "split", "set", "subset")
_BLOCK = 4 * 2**20  # bytes read at a time; no row may be longer
_LONGEST_HEADER = 2**16  # bytes
_SMALLEST = 8  # pixels a side; fewer numbers are a broken row, not a picture


@dataclass(frozen=True)
class _Table:
    """What the first line of a CSV says: where each column is, None where there is no such."""

    path: Path
    delimiter: str
    columns: tuple[str, ...]
    pixels: int | None
    label: int | None
    split: int | None


@dataclass(frozen=True)
class _Row:
    """The cells of one line, as they were read."""

    pixels: bytes
    label: bytes
    split: bytes
    line: int


def is_pixel_table(path: Path) -> bool:
    """Return whether the first line of a CSV names a column `pixels`."""
    return _read_header(path).pixels is not None


def unpack(tables: Sequence[Path], pictures: Pictures, report: Callable[[int, int], None]) -> tuple[str, ...]:
    """Write each row as `images/<usage>/<row>.png`, rows counted from 0, and return notes on what was left out.

    Of several tables one that names splits is taken to hold all of them; where none does, each table is a split.

    Raises:
        BadInput: no table has labels, or no row of one can be used.
    """
    chosen, notes = _choose([_read_header(path) for path in tables])
    total = sum(_count_lines(table.path) for table in chosen)
    for table in chosen:
        left_out = LeftOut(table.path.name)
        before = pictures.n_written
        for rows in _read_rows(table, left_out):
            found = [_picture(table, row, left_out) for row in rows]
            pictures.write([picture for picture in found if picture is not None])
            report(pictures.n_written, total)
        if pictures.n_written == before:
            raise BadInput(
                f"{table.path.name} has no row that can be used ({left_out.first() or 'it has one line only'}); "
                "a row is a label and the numbers, 0 to 255, of a square picture, such as 2304 for 48 x 48."
            )
        notes.extend(left_out.notes())
    report(pictures.n_written, pictures.n_written)
    return tuple(notes)


def _choose(tables: list[_Table]) -> tuple[list[_Table], list[str]]:
    """Return the tables to read and a note on each other one."""
    labelled = [table for table in tables if table.label is not None]
    if not labelled:
        raise BadInput(
            f"{tables[0].path.name} has pixels but no column for labels (such as {', '.join(ROLES['raw_label'][:3])}); "
            "add one, or rename it in the first line."
        )
    whole = [table for table in labelled if table.split is not None]
    chosen = [max(whole, key=lambda table: table.path.stat().st_size)] if whole else labelled
    return chosen, [
        f"{table.path.name} was not read: "
        + ("it has no column for labels." if table.label is None else f"{chosen[0].path.name} has all splits.")
        for table in tables
        if table not in chosen
    ]


def _read_header(path: Path) -> _Table:
    with path.open("rb") as file:
        text = file.read(_LONGEST_HEADER).decode("utf-8-sig", "replace")
    first = (text.splitlines() or [""])[0]
    delimiter = max(",;\t|", key=first.count)
    columns = tuple(cell.strip(" \t\"'").casefold() for cell in first.split(delimiter))

    def position(known: tuple[str, ...]) -> int | None:
        return next((columns.index(name) for name in known if name in columns), None)

    return _Table(path, delimiter, columns, position((_PIXELS,)), position(ROLES["raw_label"]), position(_SPLITS))


def _count_lines(path: Path) -> int:
    """Return the number of line ends, to show how far the reading is."""
    with path.open("rb") as file:
        return sum(block.count(b"\n") for block in iter(lambda: file.read(_BLOCK), b""))


def _read_rows(table: _Table, left_out: LeftOut) -> Iterator[list[_Row]]:
    """Yield some rows at a time; torn lines are left out and counted, empty ones have no cell with anything in it."""
    import pyarrow as pa
    from pyarrow import csv

    torn: list[int] = []
    names = [str(column) for column in range(len(table.columns))]
    wanted = [names[column] for column in (table.pixels, table.label, table.split) if column is not None]
    lines = itertools.count(2)
    try:
        with csv.open_csv(
            table.path,
            # Only a single thread knows the number of a torn line.
            csv.ReadOptions(use_threads=False, block_size=_BLOCK, skip_rows=1, column_names=names),
            csv.ParseOptions(
                delimiter=table.delimiter,
                ignore_empty_lines=False,
                invalid_row_handler=lambda row: torn.append(row.number) or "skip",
            ),
            csv.ConvertOptions(include_columns=wanted, column_types=dict.fromkeys(wanted, pa.binary())),
        ) as reader:
            for batch in reader:
                cells = [column.to_pylist() for column in batch.columns]
                splits = cells[2] if table.split is not None else itertools.repeat(b"")
                skipped = set(torn)
                whole = (line for line in lines if line not in skipped)
                yield [_Row(*row) for row in zip(*cells[:2], splits, whole)]  # noqa: B905 (only the cells end)
    except pa.ArrowInvalid as error:
        why = str(error)[:150]  # it may quote a whole row
        raise BadInput(f"{table.path.name} is no table that can be read ({why}); export it as CSV again.") from error
    for number in torn:
        left_out.add("too many or too few columns", f"line {number}")


def _picture(table: _Table, row: _Row, left_out: LeftOut) -> Picture | None:
    """Return what a row holds, or None where it is empty or left out."""
    if not (row.pixels or row.label):
        return None
    try:
        pixels = _square(row.pixels)
        label = _label(_text(row.label), numbered=table.columns[table.label] == _NUMBERED)
    except ValueError as reason:
        left_out.add(str(reason), f"line {row.line}")
        return None
    return Picture(pixels, f"{row.line - 2:07}", _text(row.split) or table.path.stem, label)


def _square(text: bytes) -> np.ndarray:
    """Return the numbers as grey pixels of shape (side, side), uint8; a ValueError says what is wrong with them."""
    try:
        # For text with a separator this is the fastest reader numpy has; only its binary mode is deprecated.
        numbers = np.fromstring(text, np.int64, sep=" ")
    except ValueError:
        raise ValueError("a pixel that is no whole number") from None
    side = math.isqrt(len(numbers))
    if side < _SMALLEST or side * side != len(numbers):
        raise ValueError("a number of pixels that makes no square picture")
    if numbers.min() < 0 or numbers.max() > 255:
        raise ValueError("a pixel that is not from 0 to 255")
    return numbers.astype(np.uint8).reshape(side, side)


def _label(text: str, numbered: bool) -> str:
    """Return the class: the name of FER2013's number, or what is written; a ValueError says what is wrong with it."""
    if not (numbered and re.fullmatch(r"[+-]?\d+(\.0*)?", text)):
        return text
    number = float(text)  # int() refuses thousands of digits
    if not 0 <= number < len(EMOTIONS):
        raise ValueError(f"an emotion that is none of 0 to {len(EMOTIONS) - 1}")
    return EMOTIONS[int(number)]


def _text(cell: bytes) -> str:
    try:
        return cell.decode("utf-8").strip()
    except UnicodeDecodeError:
        return cell.decode("latin-1").strip()
