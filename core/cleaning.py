"""The choices of a dataset's clean-up, and the source string that carries them wherever the dataset is opened."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import parse_qsl, quote, unquote

import pandas as pd

from core.errors import BadInput
from core.labels import canonical, label_series

CONFLICTS = {
    "drop": "leave the image out of training",
    "first": "take the label of the first row",
    "majority": "take the label that most rows give; leave the image out where none has most",
}
"""What can be done with an image that has several labels, and in words."""
_ROLES = {"name": "image", "raw_label": "label", "annotator": "annotator"}
"""What a column of a legend can hold, and what a source string calls it."""
_KNOWN = ("conflicts", "apart", "map", "legend", *_ROLES.values())


@dataclass(frozen=True)
class Cleaning:
    """What a user decided on a dataset's labels; two equal sets of choices are equal and join to the same source.

    Raises:
        BadInput: a choice is not known, or contradicts another.
    """

    conflicts: str = "drop"
    """A key of `CONFLICTS`."""
    apart: tuple[str, ...] = ()
    """Raw spellings that are classes of their own, as they are written."""
    mapping: tuple[tuple[str, str], ...] = ()
    """A label after normalising, and the label that it becomes; "" leaves its rows without a label. All pairs are
    applied at once: where a becomes b and b becomes c, what was a is b."""
    legend: str | None = None
    """The CSV below the dataset's folder that holds the labels; "" reads class folders, None finds out."""
    columns: tuple[tuple[str, str], ...] = ()
    """A role (`name`, `raw_label`, `annotator`) and its column: the name as in the file, or "#3" for the third. "" for
    the annotator says that no column names one."""

    def __post_init__(self):
        if self.conflicts not in CONFLICTS:
            raise BadInput(f"conflicts={self.conflicts} is not known; choose one of {', '.join(CONFLICTS)}.")
        if not all(self.apart):
            raise BadInput("apart= names no spelling; write the label that is kept apart, such as apart=HAPPINESS.")
        order = {"apart": tuple(sorted(set(self.apart)))}
        order["mapping"] = _pairs_in_order(self.mapping, self.apart)
        order["columns"] = _columns_in_order(self.columns)
        for name, value in order.items():
            object.__setattr__(self, name, value)

    @property
    def is_default(self) -> bool:
        """Whether nobody decided anything."""
        return self == NO_CHOICES

    @property
    def n_changes(self) -> int:
        """How many decisions there are, 0 by default; a legend and its columns are one."""
        return (
            (self.conflicts != "drop")
            + len(self.apart)
            + len(self.mapping)
            + (self.legend is not None or bool(self.columns))
        )

    def label_table(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Return what can be mapped: `label` before mapping, `rows`, and what it `becomes` ("": no label).

        Args:
            rows: a table with `raw_label`, one row a row of the legend.
        """
        counts = label_series(rows["raw_label"], self.apart).value_counts()
        table = pd.DataFrame({"label": counts.index, "rows": counts.to_numpy()}).astype({"label": "str"})
        targets = table["label"].map(dict(self.mapping))
        return table.assign(becomes=targets.where(targets.notna(), table["label"]).astype("str"))

    def with_labels(self, apart: Collection[str], table: pd.DataFrame, conflicts: str) -> "Cleaning":
        """Return these choices with other ones on labels; `table` is that of `label_table`, edited."""
        edited = dict(zip(table["label"], table["becomes"].fillna(""), strict=True))
        gone = set(self.apart) - set(apart)  # classes that are part of another one again
        mapping = {label: target for label, target in (dict(self.mapping) | edited).items() if label not in gone}
        return replace(self, apart=tuple(apart), mapping=tuple(mapping.items()), conflicts=conflicts)

    def with_legend(self, shown: "LegendColumns", path: str, roles: Mapping[str, str | None]) -> "Cleaning":
        """Return these choices with another legend, or with other columns of the one that is `shown`.

        Args:
            shown: the columns as they are read now.
            path: the legend to read; where it is another one, its columns are guessed anew.
            roles: role -> column, None where no column has it.
        """
        if path != shown.path:
            return replace(self, legend=path, columns=())
        wanted = {role: column for role, column in roles.items() if column}
        if wanted == shown.roles:
            return self if shown.guessed_by == "chosen" else replace(self, columns=())
        if "annotator" not in wanted:
            wanted["annotator"] = ""
        return replace(self, legend=path, columns=tuple(wanted.items()))


@dataclass(frozen=True)
class LegendColumns:
    """Which columns of a legend hold what, and how that is known."""

    path: str
    """The CSV, below the dataset's folder, with forward slashes."""
    header: tuple[str, ...]
    """What each column is called: as in the file, or "#3" where the third has no name of its own."""
    roles: dict[str, str]
    """A role (`name`, `raw_label`, `annotator`) -> its column; a role that no column has is not there."""
    guessed_by: str
    """`name`, `content` (what the columns hold) or `chosen` (at least one by the user)."""
    headerless: bool
    """The first line is a row and names no columns."""
    candidates: tuple[str, ...] = ()
    """The other CSV files that could be the legend."""

    @property
    def choices(self) -> list[str]:
        """The columns, for a menu."""
        return list(self.header)


def split_source(source: str) -> tuple[str, Cleaning]:
    """Return the place (a name or a path) and the choices of `place?conflicts=first&map=sad:sadness`.

    A path that holds a question mark itself, and is there, is a place without choices.

    Raises:
        BadInput: a choice is not known.
    """
    place, _, query = source.rpartition("?")
    if "=" not in query or not place or _is_there(source):
        return source, NO_CHOICES
    return place, _from_query(query)


def join_source(place: str, cleaning: Cleaning) -> str:
    """Return the one source string that opens `place` with these choices: the place alone where there are none."""
    parts = [] if cleaning.conflicts == "drop" else [("conflicts", cleaning.conflicts)]
    parts += [("apart", spelling) for spelling in cleaning.apart]
    parts += [("map", f"{_escape(label)}:{_escape(target)}") for label, target in cleaning.mapping]
    parts += [] if cleaning.legend is None else [("legend", cleaning.legend)]
    parts += [(_ROLES[role], column) for role, column in cleaning.columns]
    query = "&".join(f"{key}={quote(value, safe='/:')}" for key, value in parts)
    return f"{place}?{query}" if query else place


def _from_query(query: str) -> Cleaning:
    pairs = parse_qsl(query, keep_blank_values=True)
    given: dict[str, list[str]] = {key: [value for name, value in pairs if name == key] for key, _ in pairs}
    if unknown := [key for key in given if key not in _KNOWN]:
        raise BadInput(f"{unknown[0]!r} is no choice of a dataset; known are {', '.join(_KNOWN)}.")
    if repeated := [key for key in given if key not in ("apart", "map") and len(given[key]) > 1]:
        raise BadInput(f"{repeated[0]}= is given {len(given[repeated[0]])} times; give it once.")
    return Cleaning(
        conflicts=given.get("conflicts", ["drop"])[0],
        apart=tuple(given.get("apart", ())),
        mapping=tuple(map(_pair, given.get("map", ()))),
        legend=given.get("legend", [None])[0],
        columns=tuple((role, given[key][0]) for role, key in _ROLES.items() if key in given),
    )


def _pair(written: str) -> tuple[str, str]:
    label, colon, target = written.partition(":")
    if not colon:
        raise BadInput(f"map={written} has no colon; write map=LABEL:NEW, such as map=sad:sadness.")
    return unquote(label), unquote(target)


def _escape(label: str) -> str:
    """Return a label without a colon, so that the colon between two labels can be found."""
    return label.replace("%", "%25").replace(":", "%3A")


def _pairs_in_order(mapping: tuple[tuple[str, str], ...], apart: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Return the mapping sorted, in normalised labels, without what changes nothing."""
    found: dict[str, str] = {}
    for label, target in mapping:
        key, value = (word if word in apart else canonical(word) or "" for word in (label, target))
        if not key:
            raise BadInput(f"map={label}:{target} names no label to map; write map=LABEL:NEW, such as map=sad:sadness.")
        if key != value and found.setdefault(key, value) != value:
            raise BadInput(f"{key!r} is mapped to {found[key]!r} and to {value!r}; keep one of the two.")
    return tuple(sorted(found.items()))


def _columns_in_order(columns: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    found = dict(columns)
    if unknown := [role for role in found if role not in _ROLES]:
        raise BadInput(f"{unknown[0]!r} is nothing that a column holds; known are {', '.join(_ROLES)}.")
    if empty := [role for role, column in found.items() if not column and role != "annotator"]:
        raise BadInput(f"{_ROLES[empty[0]]}= names no column; give its name, or #2 for the second.")
    if twice := [column for column, times in Counter(found.values()).items() if times > 1]:
        raise BadInput(f"One column is chosen twice ({twice[0]}); give each of its own.")
    return tuple((role, found[role]) for role in _ROLES if role in found)


def _is_there(path: str) -> bool:
    try:
        return Path(path).expanduser().exists()
    except (OSError, ValueError, RuntimeError):  # too long, with a null character, or of an unknown user: no path
        return False


NO_CHOICES = Cleaning()
"""Everything as it is found."""
