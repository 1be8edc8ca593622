"""Who is shown and who labelled: persons in training and test, annotators and their habits."""

from __future__ import annotations

import pandas as pd

from core.findings.classes import FEW
from core.findings.finding import Evidence, Finding, finder
from core.labels import in_words

_CROWDED = 10  # persons; a class that fewer hold says more about them than about the class


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
