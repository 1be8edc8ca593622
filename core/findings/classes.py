"""Classes that are rare, uneven, or given away by a property of their pictures."""

from __future__ import annotations

import pandas as pd

from core.findings.finding import Evidence, Finding, finder
from core.labels import in_words

FEW = 30  # images; below this one picture moves a class's recall by more than three points
_ALIKE = 1.5  # times as many images; classes that differ by less are equally small


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


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]
