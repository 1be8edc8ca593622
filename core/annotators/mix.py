"""What each annotator labelled, and whether one annotator is one kind of picture."""

import pandas as pd

from core.catalog import Dataset

_STYLES = {"lower case": str.islower, "UPPER CASE": str.isupper, "Capitalised": str.istitle}


def class_mix(dataset: Dataset) -> pd.DataFrame:
    """Return what each annotator labelled, one row an annotator and label, the busiest annotator first.

    Returns:
        `annotator`, `label`, `rows`, `share` (of the annotator's rows), `share_of_label` (of the label's rows that name
        an annotator); empty where the legend names no annotator.
    """
    told = dataset.rows.dropna(subset=["label", "annotator"])
    mix = told.groupby(["annotator", "label"]).size().reset_index(name="rows")
    of_annotator, of_label = (mix.groupby(by)["rows"].transform("sum") for by in ("annotator", "label"))
    mix["share"], mix["share_of_label"] = mix["rows"] / of_annotator, mix["rows"] / of_label
    order = mix.assign(busy=of_annotator).sort_values(["busy", "annotator", "rows"], ascending=[False, True, False])
    return order.drop(columns="busy").reset_index(drop=True)


def mix_tables(mix: pd.DataFrame, labels: tuple[str, ...]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return a class mix as two tables, an annotator a row and a label a column: shares of the row, and rows.

    Labels of the mix that are not among `labels` follow at the end.
    """
    order = list(dict.fromkeys([*labels, *mix["label"]]))
    rows = mix.pivot(index="annotator", columns="label", values="rows").fillna(0).astype("int64")
    rows = rows.reindex(index=mix["annotator"].unique(), columns=order, fill_value=0)
    return rows.div(rows.sum(axis=1), axis=0), rows


def annotator_table(dataset: Dataset) -> pd.DataFrame:
    """Return one row an annotator, the busiest first; empty where the legend names no annotator.

    Returns:
        `annotator`, `rows`, `classes`, `commonest` and `commonest_share` (of the annotator's rows), `colour` (share of
        the rows whose image is not grey; NaN where no image could be read), `spelling` (the commonest style of the
        labels: lower case, UPPER CASE, Capitalised or mixed) and `spelling_share`. Where several are as common, the
        commonest is said to be a tie, such as "tie of 4".
    """
    told = dataset.rows.dropna(subset=["label", "annotator"])
    modes = told["image"].map(dataset.catalog.set_index("image")["mode"])
    styles = told["raw_label"].map({raw: _style(raw) for raw in told["raw_label"].unique()})
    told = told.assign(style=styles, colour=(~modes.isin(["L", "1", "I;16"])).astype(float).where(modes.notna()))
    groups = told.groupby("annotator")
    table = pd.DataFrame({"rows": groups.size(), "classes": groups["label"].nunique()})
    table[["commonest", "commonest_share"]] = _commonest(told, "label")
    table["colour"] = groups["colour"].mean()
    table[["spelling", "spelling_share"]] = _commonest(told, "style")
    return table.sort_values("rows", ascending=False, kind="stable").reset_index()


def _style(raw: str) -> str:
    return next((style for style, fits in _STYLES.items() if fits(raw)), "mixed")


def _commonest(told: pd.DataFrame, column: str) -> pd.DataFrame:
    """Return each annotator's commonest value of a column and its share of the annotator's rows."""
    counts = told.groupby(["annotator", column]).size().rename("n").reset_index()
    first = counts[counts["n"] == counts.groupby("annotator")["n"].transform("max")]
    n_first = first.groupby("annotator").size()
    commonest = first.drop_duplicates("annotator").set_index("annotator")
    tie = "tie of " + n_first.astype("str")
    return pd.DataFrame(
        {
            column: commonest[column].where(n_first == 1, tie),
            "share": commonest["n"] / counts.groupby("annotator")["n"].sum(),
        }
    )
