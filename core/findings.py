"""What is wrong with a dataset, in at most seven sentences, the one with the largest consequence first."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from core.catalog import Dataset
from core.cleaning import CONFLICTS
from core.ledger import conflicting_images, misnamed

AT_MOST = 7
FEW = 30  # images; below this one picture moves a class's recall by more than three points
_CROWDED = 10  # persons; a class that fewer hold says more about them than about the class
_ALIKE = 1.5  # times as many images; classes that differ by less are equally small


@dataclass(frozen=True)
class Finding:
    """One thing that would mislead whoever trains on this dataset."""

    name: str
    sentence: str
    why: str
    """What it does to a score, in one sentence."""
    page: str
    """The page that shows it: a file's stem in pages/."""
    images: pd.Series
    """The images behind it: paths below the dataset's root."""
    stake: float
    """Which part of a class's or the whole score it can make wrong, in [0, 1]: the order of the sentences."""


@dataclass(frozen=True)
class Evidence:
    """What is known of a dataset when its findings are asked for."""

    dataset: Dataset
    measures: pd.DataFrame | None = None
    """The table of `core.measures`; None where the pixels were not looked at yet."""


Finder = Callable[[Evidence], Finding | None]
FINDERS: list[Finder] = []


def finder(find: Finder) -> Finder:
    """Register a function that looks for one kind of fault."""
    FINDERS.append(find)
    return find


def findings(dataset: Dataset, measures: pd.DataFrame | None = None) -> list[Finding]:
    """Return what was found, at most `AT_MOST`, ranked by `stake`; nothing on a clean and balanced dataset."""
    evidence = Evidence(dataset, measures)
    found = [finding for find in FINDERS if (finding := find(evidence))]
    return sorted(found, key=lambda finding: -finding.stake)[:AT_MOST]


def in_words(label: str) -> str:
    """Return a class as a sentence names it: a number would be read as one, so "1" becomes "class '1'"."""
    return f"class '{label}'" if re.fullmatch(r"[\W\d_]*", label) else label


def labels_given(dataset: Dataset, images: pd.Series) -> pd.Series:
    """Return for each of `images` the label that rows give it, two of them joined by " or ", or "no label"."""
    rows = dataset.rows.loc[dataset.rows["image"].isin(images), ["image", "label"]].dropna().drop_duplicates()
    contradicted = rows["image"].duplicated(keep=False)
    labels = rows[~contradicted].set_index("image")["label"]
    if contradicted.any():
        labels = pd.concat([labels, rows[contradicted].groupby("image")["label"].agg(" or ".join)])
    return images.map(labels).astype("str").fillna("no label")


@finder
def shortcut(evidence: Evidence) -> Finding | None:
    """A property of the file or the picture that gives a class away. The stake is the share of the class it marks."""
    from core.shortcuts import strongest_ratio

    cue = strongest_ratio(evidence.dataset, evidence.measures)
    if cue is None:
        return None
    of_class = evidence.dataset.usable
    of_class = of_class.loc[of_class["label"] == cue.label, "image"]
    marked = of_class[of_class.isin(cue.images)]
    return Finding(
        "shortcut",
        f"{_capital(cue.sentence)}.",
        "A network can learn that instead of the face, and the test will not show it.",
        "shortcuts",
        marked,
        len(marked) / len(of_class) * (1 - 1 / cue.ratio),
    )


@finder
def seen_persons(evidence: Evidence) -> Finding | None:
    """Persons who would be in training and in a random test. The stake is their share of that test."""
    from core.leakage import expected_person_overlap

    usable = evidence.dataset.usable
    overall, per_class = expected_person_overlap(usable)
    if not overall >= 0.05:
        return None
    worst = per_class.idxmax()
    worse = f" ({in_words(worst)}: {per_class[worst]:.0%})" if per_class[worst] > overall + 0.05 else ""
    crowd = usable["person"].map(usable["person"].value_counts())
    return Finding(
        "seen_persons",
        f"{overall:.0%} of a random test set shows a person already in training{worse}.",
        "The model may know the person and not the class; the person-disjoint split prevents it.",
        "shortcuts",
        usable.assign(crowd=crowd).loc[crowd > 1].sort_values("crowd", ascending=False, kind="stable")["image"],
        overall,
    )


@finder
def rare_classes(evidence: Evidence) -> Finding | None:
    """Classes of fewer than `FEW` images. The stake is their share of macro-F1, or one image's if larger; where all
    classes are small alike it is one image's, for no class is worse off than another."""
    usable = evidence.dataset.usable
    counts = usable["label"].value_counts().sort_values()
    rare = counts[counts < FEW]
    if rare.empty:
        return None
    all_alike = len(rare) == len(counts) and rare.iloc[-1] <= _ALIKE * rare.iloc[0]
    one = 1 / int(rare.iloc[0])
    return Finding(
        "rare_classes",
        _all_small(rare) if all_alike else _some_rare(rare),
        "Read no difference into the F1 of such a class without its interval.",
        "classes",
        usable.loc[usable["label"].isin(rare.index), "image"],
        one if all_alike else max(len(rare) / len(counts), one),
    )


def _all_small(counts: pd.Series) -> str:
    low, high = int(counts.iloc[0]), int(counts.iloc[-1])
    size = f"{low}" if low == high else f"{low} to {high}"
    images, most = f"image{'s' if high != 1 else ''}", "" if low == high else "up to "
    return f"Each class has only {size} {images}: one picture moves a recall by {most}{_points(low)}."


def _some_rare(rare: pd.Series) -> str:
    label, n = rare.index[0], int(rare.iloc[0])
    word, images = in_words(label), f"image{'s' if n != 1 else ''}"
    start = f"{n:,} {word} {images}" if word == label else f"{n:,} {images} of {word}"
    also = [f"{in_words(other)} has {count:,}" for other, count in rare.iloc[1:3].items()]
    more = f"; {' and '.join(also)}{' and others are as rare' if len(rare) > 3 else ''}" if also else ""
    return f"{start}: one picture moves its recall by {_points(n)}{more}."


def _points(n: int) -> str:
    """Return what one of n images is of a recall, in percentage points."""
    return f"{100 / n:.0f} point{'s' if round(100 / n) != 1 else ''}"


@finder
def imbalance(evidence: Evidence) -> Finding | None:
    """One class outweighs the others. The stake is the accuracy that it gives away for nothing."""
    usable = evidence.dataset.usable
    counts = usable["label"].value_counts()
    share = float(counts.iloc[0] / counts.sum())
    ratio = counts.iloc[0] / counts.iloc[-1]
    if ratio < 3:
        return None
    commonest, rarest = in_words(counts.index[0]), in_words(counts.index[-1])
    return Finding(
        "imbalance",
        f"Always saying {commonest} is right {share:.0%} of the time, and {commonest} is {ratio:,.0f} times as "
        f"frequent as {rarest}.",
        "Accuracy rewards ignoring the rare classes; look at macro-F1.",
        "classes",
        usable.loc[usable["label"] == counts.index[-1], "image"],
        max(0.0, share - 1 / len(counts)),
    )


@finder
def second_opinion(evidence: Evidence) -> Finding | None:
    """A second annotator who sees it differently. The stake is the share of pictures on which the two differ."""
    from core.annotators import agreement, read_second, second_files

    dataset = evidence.dataset
    for name in second_files(dataset):
        other = agreement(dataset, read_second(dataset.root / name, name, dataset))
        if other.n and other.share < 0.9:
            differ = other.pairs.loc[other.pairs["first"] != other.pairs["second"], "image"]
            return Finding(
                "second_opinion",
                f"Two annotators agree on {other.agree:,} of {other.n:,} pictures (Cohen's kappa {other.kappa:.2f}).",
                "No model can be more right than the labels are certain.",
                "annotators",
                differ,
                1 - other.share,
            )
    return None


@finder
def one_annotator(evidence: Evidence) -> Finding | None:
    """A class that one annotator labelled nearly alone, while others did most of the rest. The stake is halved: it may
    be chance that this annotator was given that class. Shares are of all images, those of no known annotator too."""
    usable = evidence.dataset.usable
    if usable["annotator"].nunique() < 2:
        return None
    table = usable.groupby(["label", "annotator"]).size().rename("n").reset_index()
    table["share"] = table["n"] / table["label"].map(usable["label"].value_counts())
    table["usual"] = table["annotator"].map(usable["annotator"].value_counts()) / len(usable)
    alone = table[(table["share"] >= 0.8) & (table["usual"] <= 0.5) & (table["n"] >= 20)]
    if alone.empty:
        return None
    one = alone.assign(gap=alone["share"] - alone["usual"]).nlargest(1, "gap").iloc[0]
    theirs = (usable["label"] == one["label"]) & (usable["annotator"] == one["annotator"])
    return Finding(
        "one_annotator",
        f"{one['share']:.0%} of {in_words(one['label'])} was labelled by {one['annotator']}, who labelled "
        f"{one['usual']:.0%} of all images.",
        "What the class looks like may be that annotator's habit.",
        "annotators",
        usable.loc[theirs, "image"],
        float(one["gap"]) / 2,
    )


@finder
def few_persons(evidence: Evidence) -> Finding | None:
    """A class that few persons hold. The stake is the share of its images that are repeats of a person, halved.

    An image of no known person counts as one of a person of its own.
    """
    usable = evidence.dataset.usable
    held = usable.groupby(["label", "person"]).size().rename("n").reset_index()
    if held.empty:
        return None
    by_class = held.groupby("label")["n"]
    classes = pd.DataFrame({"known": by_class.sum(), "persons": by_class.size()})
    classes["images"] = usable["label"].value_counts().reindex(classes.index)
    squares = (held["n"] ** 2).groupby(held["label"]).sum() + classes["images"] - classes["known"]
    # The number of persons with equally many images that would be as varied (inverse Simpson index).
    classes["effective"] = classes["images"] ** 2 / squares
    crowded = classes[(classes["images"] >= FEW) & (classes["effective"] < _CROWDED)]
    if crowded.empty:
        return None
    label = (crowded["effective"] / crowded["images"]).idxmin()
    largest = held[held["label"] == label].nlargest(2, "n")
    theirs = (usable["label"] == label) & usable["person"].isin(largest["person"])
    return Finding(
        "few_persons",
        _held(label, crowded.loc[label], int(theirs.sum())),
        "A model can learn these persons; a test without them has little of the class.",
        "shortcuts",
        usable.loc[theirs, "image"],
        float(1 - crowded.loc[label, "effective"] / crowded.loc[label, "images"]) / 2,
    )


def _held(label: str, of_class: pd.Series, of_two: int) -> str:
    """Return who holds a class, and what part of it the `of_two` images of the two most frequent persons are."""
    persons, known, images = (int(of_class[name]) for name in ("persons", "known", "images"))
    who = "One person holds" if persons == 1 else f"{persons:,} persons hold"
    what = f"all {images:,}" if known == images else f"{known:,} of the {images:,}"
    two = f", two of them {of_two / images:.0%}" if persons > 2 else ""
    return f"{who} {what} images of {in_words(label)}{two}."


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
    unreadable = catalog.loc[catalog["problem"].notna(), "image"]
    labelled = catalog["image"].isin(rows.loc[rows["label"].notna(), "image"])
    unlabelled = catalog.loc[~labelled & catalog["problem"].isna(), "image"]  # each file counts once
    parts = [
        (len(unlabelled), "without a label"),
        (missing, "named but missing"),
        (len(unreadable), "that cannot be read"),
    ]
    n = sum(count for count, _ in parts)
    if not n:
        return None
    told = ", ".join(f"{count:,} {what}" for count, what in parts if count)
    return Finding(
        "lost_files",
        f"{n:,} file{'s are' if n != 1 else ' is'} of no use: {told}.",
        "They are counted in the ledger below and used nowhere.",
        "overview",
        pd.concat([unlabelled, unreadable]),
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


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]
