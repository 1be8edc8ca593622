"""Which column of a legend holds what: as the user chose, by what columns are called, else by what they hold."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

import numpy as np
import pandas as pd

from core.datasets.names import ImageNames
from core.errors import BadInput
from core.image_files import EXTENSIONS

Line = tuple[int, list[str]]
"""A line of a table: its number in the file, and its cells."""

# Column names that are taken for each role, the first choice first; `user.id` is muxspace's. Case, spaces, dots, dashes
# and underscores do not count: "File Name" and FILE_NAME are file_name.
ROLES = {
    "name": (
        *("image", "filename", "file_name", "file", "path", "filepath", "image_path", "img", "picture", "photo"),
        *("image_name", "image_file", "image_id", "img_name", "img_path", "img_id", "fname", "file_id", "pic"),
        *("image_url", "url", "name"),
    ),
    "raw_label": (
        *("emotion", "label", "class", "category", "target", "expression", "class_name", "labels", "label_name"),
        *("image_label", "emotion_label", "ground_truth", "annotation", "tag", "sentiment", "class_label"),
    ),
    "annotator": (
        *("user.id", "annotator", "user", "user_id", "rater", "labeler", "labeller", "worker", "annotator_id"),
        *("rater_id", "worker_id", "labeled_by", "labelled_by", "annotated_by", "coder", "reviewer"),
    ),
}
REQUIRED = ("name", "raw_label")
_NO_LABELS = {
    *("split", "subset", "set", "fold", "partition", "usage"),
    *("person", "subject", "identity", "age", "gender", "sex", "date", "width", "height"),
}
"""Columns that often have few values and are not what one classifies."""
_SAMPLE = 1_000  # lines that are looked at where names say nothing, evenly spread over the file
_FEW = 10  # lines; in a shorter table a label need not come twice


@dataclass(frozen=True)
class Columns:
    """Where each role's column is."""

    positions: dict[str, int]
    """Role -> position; a role that no column has is not there."""
    names: tuple[str, ...]
    """What each column is called; "#3" for the third where the file gives it no name of its own."""
    guessed_by: str
    """`name`, `content` or `chosen`, as in `core.cleaning.LegendColumns`."""
    headerless: bool
    """The first line is a row."""

    @property
    def roles(self) -> dict[str, str]:
        """Return role -> what its column is called."""
        return {role: self.names[position] for role, position in self.positions.items()}


def find_columns(
    lines: Sequence[Line],
    shown: str,
    names: ImageNames | None = None,
    chosen: Collection[tuple[str, str]] = (),
) -> Columns:
    """Return which column has which role; one that nothing tells is left out.

    Args:
        lines: the table, at least one line; the first may name the columns.
        shown: how sentences name the file.
        names: the images of the folder; None where nobody knows them.
        chosen: role and column (its name, "#3" for the third, "" for none), which overrule any guess.

    Raises:
        BadInput: a chosen column is not there.
    """
    first = [cell.strip() for cell in lines[0][1]]
    held = _Held(lines[1:] or lines, len(first), names)
    found = {role: _position(column, first, shown) for role, column in chosen if column}
    unknown = [role for role in ROLES if role not in dict(chosen)]
    called = {role: position for role, position in _called(first, found.values()).items() if role in unknown}

    if "name" in unknown:
        found |= held.image_column(called.get("name"), found.values())
    by_name = any(column in first for _, column in chosen if column)  # then the first line is no row
    headerless = "name" in found and not by_name and held.is_image(first[found["name"]])
    if headerless:
        called, held = {}, _Held(lines, len(first), names)
    found |= {role: called[role] for role in called if role != "name" and called[role] not in found.values()}
    if "raw_label" in unknown and "raw_label" not in found and "name" in found:
        found |= held.label_column(found["name"], found.values(), [] if headerless else first)

    told = all(found.get(role) == called.get(role) for role in REQUIRED)
    guessed_by = "chosen" if chosen else "name" if told else "content"
    order = {role: found[role] for role in ROLES if role in found}
    return Columns(order, _shown_names(first, headerless), guessed_by, headerless)


def fold(name: str) -> str:
    """Return a column's name without what does not count in it.

    >>> fold("File Name"), fold("user.id")
    ('filename', 'userid')
    """
    return re.sub(r"[\s._\-]+", "", name.casefold())


def _called(first: list[str], taken: Collection[int]) -> dict[str, int]:
    """Return role -> the column whose name says so."""
    names = {fold(cell): position for position, cell in reversed(list(enumerate(first))) if position not in taken}
    hits = {role: [names[fold(name)] for name in known if fold(name) in names] for role, known in ROLES.items()}
    return {role: positions[0] for role, positions in hits.items() if positions}


def _position(column: str, first: list[str], shown: str) -> int:
    """Return where a chosen column is."""
    if column in first:
        return first.index(column)
    number = re.fullmatch(r"#(\d{1,9})", column)  # int() refuses thousands of digits
    if number and 1 <= int(number[1]) <= len(first):
        return int(number[1]) - 1
    known = ", ".join(repr(cell) for cell in first[:8])
    raise BadInput(f"{shown} has no column {column[:80]!r}; its first line is {known}. #2 is the second column.")


def _shown_names(first: list[str], headerless: bool) -> tuple[str, ...]:
    """Return a name of its own for each column."""
    return tuple(
        f"#{number}" if headerless or not cell or cell in first[: number - 1] else cell
        for number, cell in enumerate(first, start=1)
    )


class _Held:
    """What columns hold, in lines evenly spread over the table."""

    def __init__(self, rows: Sequence[Line], width: int, names: ImageNames | None):
        self.width, self.names = width, names
        spread = np.unique(np.linspace(0, len(rows) - 1, _SAMPLE).astype(int))
        self.lines = [rows[position][1] for position in spread]

    def values(self, column: int) -> pd.Series:
        """Return the distinct filled cells of a column, indexed from 0, dtype str."""
        cells = (line[column].strip() for line in self.lines if len(line) > column)
        return pd.Series(list(dict.fromkeys(cell for cell in cells if cell)), dtype="str")

    def image_column(self, called: int | None, taken: Collection[int]) -> dict[str, int]:
        """Return the role `name` and its column: that `called` so, unless it names no image and another column does."""
        if called is not None and self._n_images(called)[0]:
            return {"name": called}
        scores = {column: self._n_images(column) for column in range(self.width) if column not in taken}
        best = max(scores, key=scores.get, default=None)
        if best is not None and scores[best] > (0, 0) and (called is None or scores[best][0]):
            return {"name": best}
        return {} if called is None else {"name": called}

    def _n_images(self, column: int) -> tuple[int, int]:
        """Return how many distinct values are images of the folder, and how many look like an image's name."""
        values = self.values(column)
        located = 0 if self.names is None else int(self.names.locate(values).notna().sum())
        return located, sum(_looks_like_image(value) for value in values)

    def is_image(self, cell: str) -> bool:
        """Return whether a cell names an image rather than a column."""
        if _looks_like_image(cell):
            return True
        if not cell or self.names is None or any(fold(cell) == fold(name) for name in ROLES["name"]):
            return False
        return bool(self.names.locate(pd.Series([cell], dtype="str")).notna().any())

    def label_column(self, image: int, taken: Collection[int], first: list[str]) -> dict[str, int]:
        """Return the role `raw_label` and its column: words before numbers, then the nearest to the right of names."""
        skipped = {position for position, cell in enumerate(first) if fold(cell) in _NO_LABELS} | set(taken)
        ranked = []
        for column in set(range(self.width)) - skipped:
            values = self.values(column)
            numeric = pd.to_numeric(values, errors="coerce").notna().all()
            repeated = len(values) <= len(self.lines) / 2
            if len(values) >= 2 and (repeated or (len(self.lines) < _FEW and not numeric)):
                ranked.append((numeric, (column - image) % self.width, column))
        return {"raw_label": min(ranked)[-1]} if ranked else {}


def _looks_like_image(cell: str) -> bool:
    return PurePosixPath(cell.replace("\\", "/")).suffix.lower() in EXTENSIONS
