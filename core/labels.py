"""Spelling variants of a label become one canonical label, and a table says what changed."""

import re

import pandas as pd


def canonical(raw: object) -> str | None:
    """Return the label in lower case with single spaces, or None where there is none.

    >>> canonical(" HAPPINESS"), canonical("very_sad"), canonical("")
    ('happiness', 'very sad', None)
    """
    if pd.isna(raw):
        return None
    return re.sub(r"[\s_]+", " ", str(raw)).strip().casefold() or None


def canonical_series(raw: pd.Series) -> pd.Series:
    """Return the canonical label of each raw one; each distinct spelling is looked at once."""
    return raw.map({spelling: canonical(spelling) for spelling in raw.dropna().unique()}).astype("str")


def spelling_table(rows: pd.DataFrame) -> pd.DataFrame:
    """Return one row a spelling: `raw_label`, `label`, `rows` and `changed`, the largest class first.

    Args:
        rows: a table with `raw_label` and `label`, one row a row of the legend.
    """
    table = rows.dropna(subset="label").groupby(["raw_label", "label"], observed=True).size().reset_index(name="rows")
    table["changed"] = table["raw_label"] != table["label"]
    per_class = table.groupby("label")["rows"].transform("sum")
    order = table.assign(per_class=per_class).sort_values(
        ["per_class", "label", "rows"], ascending=[False, True, False]
    )
    return order.drop(columns="per_class").reset_index(drop=True)
