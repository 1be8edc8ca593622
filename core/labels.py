"""Spelling variants of a label become one canonical label, and a table says what changed."""

import re
from collections.abc import Collection, Mapping

import pandas as pd

HOW = ("as written", "respelt", "kept apart", "mapped", "dropped", "no label")
"""What can have become of a spelling."""


def canonical(raw: object) -> str | None:
    """Return the label in lower case with single spaces, or None where there is none.

    >>> canonical(" HAPPINESS"), canonical("very_sad"), canonical("")
    ('happiness', 'very sad', None)
    """
    if pd.isna(raw):
        return None
    return re.sub(r"[\s_]+", " ", str(raw)).strip().casefold() or None


def taken_as(raw: str, apart: Collection[str] = (), mapping: Mapping[str, str] | None = None) -> tuple[str | None, str]:
    """Return the label of a spelling (None: no label), and which of `HOW` it came about.

    Args:
        raw: the label as it is written.
        apart: spellings that are classes of their own, as they are written.
        mapping: label after normalising -> the label that it becomes, "" for none.

    >>> taken_as("SAD"), taken_as("SAD", apart=["SAD"]), taken_as("SAD", mapping={"sad": "sadness"})
    (('sad', 'respelt'), ('SAD', 'kept apart'), ('sadness', 'mapped'))
    """
    usual = canonical(raw)
    label = raw if raw in apart else usual
    if label is not None and mapping and label in mapping:
        return mapping[label] or None, "mapped" if mapping[label] else "dropped"
    if label != usual:
        return label, "kept apart"
    if label is None:
        return None, "no label"
    return label, "as written" if label == raw else "respelt"


def label_series(raw: pd.Series, apart: Collection[str] = (), mapping: Mapping[str, str] | None = None) -> pd.Series:
    """Return the label of each raw one, dtype str; each distinct spelling is looked at once."""
    labels = {spelling: taken_as(spelling, apart, mapping)[0] for spelling in raw.dropna().unique()}
    return raw.map(labels).astype("str")


def spelling_table(
    rows: pd.DataFrame, apart: Collection[str] = (), mapping: Mapping[str, str] | None = None
) -> pd.DataFrame:
    """Return one row a spelling: `raw_label`, `label`, `rows`, `changed` and `how`, the largest class first.

    `label` is NA for a spelling that was dropped by hand; such come last. `how` is one of `HOW`.

    Args:
        rows: a table with `raw_label`, one row a row of the legend.
        apart: spellings that were kept apart.
        mapping: labels that were mapped by hand.
    """
    counts = rows["raw_label"].value_counts()
    told = [(raw, *taken_as(raw, apart, mapping), n) for raw, n in counts.items()]
    table = pd.DataFrame(told, columns=["raw_label", "label", "how", "rows"])
    table = table[table["label"].notna() | (table["how"] == "dropped")].astype({"raw_label": "str", "label": "str"})
    table["changed"] = table["raw_label"] != table["label"].fillna("")
    per_class = table.groupby("label")["rows"].transform("sum").fillna(0)
    order = table.assign(per_class=per_class).sort_values(
        ["per_class", "label", "rows"], ascending=[False, True, False], kind="stable"
    )
    return order[["raw_label", "label", "rows", "changed", "how"]].reset_index(drop=True)


def in_words(label: str) -> str:
    """Return a class as a sentence names it: a number would be read as one, so "1" becomes "class '1'"."""
    return f"class '{label}'" if re.fullmatch(r"[\W\d_]*", label) else label
