"""Files that are there twice, are of no use, or are not what their name or their label says."""

from __future__ import annotations

import pandas as pd

from core.cleaning import CONFLICTS
from core.findings.finding import Evidence, Finding, finder
from core.ledger import conflicting_images, misnamed
from core.measures import undecodable


@finder
def duplicates(evidence: Evidence) -> Finding | None:
    """The same picture under several names. The stake is the share of images that are in such a group."""
    from core.duplicates import exact_duplicates

    if evidence.measures is None:
        return None
    table = exact_duplicates(evidence.dataset, evidence.measures, by="pixel_hash")
    if table.empty:
        return None
    differ = table.loc[table["disagree"], "group"].nunique()
    n = table["group"].nunique()
    told = f", {differ:,} of them under two labels" if differ else ""
    return Finding(
        "duplicates",
        f"{n:,} picture{'s are' if n != 1 else ' is'} there more than once under different names{told}.",
        "A copy in the test part of a picture in the training part is no test.",
        "quality",
        table["image"],
        len(table) / len(evidence.dataset.catalog) + (0.01 if differ else 0),
    )


@finder
def poor_images(evidence: Evidence) -> Finding | None:
    """Pictures that a check flags at its default threshold. The stake is the share of the worst-hit check, halved."""
    from core.quality import check_summary, default_thresholds, flagged_table, scores

    if evidence.measures is None:
        return None
    thresholds = {name: value for name, value in default_thresholds().items() if name != "minority_colour"}
    judged = scores(evidence.dataset, evidence.measures)
    summary = check_summary(evidence.dataset, judged, thresholds)
    summary = summary[summary["flagged"] > 0].sort_values("flagged", ascending=False)
    if summary.empty:
        return None
    images = flagged_table(evidence.dataset, judged, thresholds)["image"]
    most = " and ".join(f"{row.title.lower()} ({row.flagged:,})" for row in summary.head(2).itertuples())
    return Finding(
        "poor_images",
        f"{len(images):,} image{'s' if len(images) != 1 else ''} may be of no use: {most}.",
        "What cannot be seen cannot be learned; look at them and decide.",
        "quality",
        images,
        float(summary["share"].max()) / 2,
    )


@finder
def contradictions(evidence: Evidence) -> Finding | None:
    """Images with two different labels. The stake is their share."""
    images = conflicting_images(evidence.dataset)
    if images.empty:
        return None
    n, choice = len(images), evidence.dataset.cleaning.conflicts
    return Finding(
        "contradictions",
        f"{n:,} image{'s have' if n != 1 else ' has'} two different labels in the legend.",
        "They are left out unless you choose otherwise below."
        if choice == "drop"
        else f"Your choice for them: {CONFLICTS[choice]}.",
        "overview",
        images,
        n / len(evidence.dataset.catalog),
    )


@finder
def lost_files(evidence: Evidence) -> Finding | None:
    """Files that cannot be read, have no label, or are missing. The stake is their share."""
    dataset = evidence.dataset
    rows, catalog = dataset.rows, dataset.catalog
    missing = rows.loc[rows["image"].isna() & rows["label"].notna(), "name"].nunique()
    damaged = catalog["image"][:0] if evidence.measures is None else undecodable(dataset, evidence.measures)
    unreadable = catalog.loc[catalog["problem"].notna(), "image"]
    labelled = catalog["image"].isin(rows.loc[rows["label"].notna(), "image"])
    unlabelled = catalog.loc[~labelled & catalog["problem"].isna(), "image"]  # each file counts once
    parts = [
        (len(unlabelled), "without a label"),
        (missing, "named but missing"),
        (len(unreadable), "that cannot be read"),
        (len(damaged), "whose picture is damaged"),
    ]
    n = sum(count for count, _ in parts)
    if not n:
        return None
    told = ", ".join(f"{count:,} {what}" for count, what in parts if count)
    return Finding(
        "lost_files",
        f"{n:,} file{'s are' if n != 1 else ' is'} of no use: {told}.",
        "Nothing is learned from them; see that none was meant to be used.",
        "overview",
        pd.concat([unlabelled, unreadable, damaged]),
        n / (len(catalog) + missing),
    )


@finder
def false_formats(evidence: Evidence) -> Finding | None:
    """Files whose name promises another format. The stake is a tenth of their share: most programs read them."""
    images = misnamed(evidence.dataset.catalog)
    if images.empty:
        return None
    n = len(images)
    return Finding(
        "false_formats",
        f"{n:,} file{'s are' if n != 1 else ' is'} of another format than the name says.",
        "Programs that trust the name refuse them or read them wrongly.",
        "shapes",
        images,
        0.1 * n / len(evidence.dataset.catalog),
    )
