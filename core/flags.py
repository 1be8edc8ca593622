"""What a run cannot do by construction, or only by luck: known from labels and counts before anybody trains."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.errors import BadInput
from core.labels import in_words
from core.registry import Choice
from core.sampling.interpolation import filled_classes
from core.sampling.summary import Resampling
from core.splits import HOLD_OUT, Fold
from core.votes import largest_winnable

IMPOSSIBLE, FRAGILE = "impossible", "fragile"
FEW_IMAGES = 500
"""Distinct images left by a strategy: with fewer than so many, a network of any size learns them by heart."""
SMALL_SHARE = 0.05
"""Share of the training part left by a strategy: below it, more than 19 of 20 labels were gathered for nothing."""
LARGE_SHARE = 0.5
"""A strategy that leaves more than half has hardly made a small training part what it is."""
MANY_COPIES = 100
"""Uses of one image in a pass: as often as it would be seen in 100 passes, where networks know images by heart."""
FEW_TO_TEST = 10
"""Test images of a class: below it, one picture moves the recall by more than 10 points."""


@dataclass(frozen=True)
class Flag:
    """One thing that is known of a run before it is trained."""

    kind: str
    """Names the check that raised it, such as `never_predicted`."""
    sentence: str
    """What will happen to which class, with the numbers, and what to do."""
    label: str | None
    """The class it is about, or None."""
    severity: str
    """IMPOSSIBLE: cannot be trained, or cannot come out well whatever is learnt. FRAGILE: may mislead."""


@dataclass(frozen=True)
class _Setup:
    """What the checks look at; the Series have the labels as their index, in the order of the model's outputs."""

    k: int | None
    """How many neighbours vote; None for a model without votes."""
    sampling: Choice
    sampling_params: Mapping[str, int | float]
    before: pd.Series
    tested: pd.Series
    n_folds: int
    resampling: Resampling | None

    @property
    def after(self) -> pd.Series | None:
        """Training images of each class after resampling, with their copies; None where it was not drawn."""
        if self.resampling is not None:
            return self.resampling.table["after"].reindex(self.before.index, fill_value=0)
        return self.before if self.sampling.name == "none" else None

    @property
    def weights(self) -> np.ndarray | None:
        """What a vote of each class counts, where they differ."""
        if self.resampling is None or self.resampling.plan.weights is None:
            return None
        return self.resampling.table["weight"].reindex(self.before.index).fillna(1).to_numpy()


def flags(
    model: Choice,
    model_params: Mapping[str, int | float],
    sampling: Choice,
    sampling_params: Mapping[str, int | float],
    train: pd.Series,
    test: pd.Series,
    *,
    labels: Sequence[str] | None = None,
    n_folds: int = HOLD_OUT,
    resampling: Resampling | None = None,
) -> list[Flag]:
    """Return what is known of a run before it is trained, what is impossible first.

    Args:
        model: an entry of MODELS.
        model_params: its parameters, settled.
        sampling: an entry of SAMPLERS.
        sampling_params: its parameters, settled.
        train: labels of the training part; of the first fold's where there are several.
        test: labels of every image that is tested: of the test part, or of all images where there are several folds.
        labels: the classes in the order of the model's outputs, those of no image included; else those of the two
            parts in alphabetical order. The order says who wins a tie of votes.
        n_folds: as in `core.splits.make_folds`.
        resampling: what `core.sampling.summary.resample` made of `train`; what depends on it is not checked without.
    """
    before, tested = train.value_counts(), test.value_counts()
    labels = sorted({*before.index, *tested.index}) if labels is None else list(labels)
    before, tested = (counts.reindex(labels, fill_value=0) for counts in (before, tested))
    k = None if model.iterative else model_params.get("k")
    setup = _Setup(k, sampling, sampling_params, before, tested, n_folds, resampling)
    found = [flag for check in _CHECKS for flag in check(setup)]
    return sorted(found, key=lambda flag: flag.severity != IMPOSSIBLE)


def check_every_fold(
    sampling: Choice, sampling_params: Mapping[str, int | float], labels: pd.Series, folds: Sequence[Fold]
) -> None:
    """Raise BadInput where a strategy cannot be applied to one of the folds, before the others are trained.

    Args:
        sampling: an entry of SAMPLERS.
        sampling_params: its parameters, settled.
        labels: of all images, shape (n,).
        folds: positions in `labels`.
    """
    for number, fold in enumerate(folds, start=1):
        before = labels.iloc[fold.train].value_counts()
        setup = _Setup(None, sampling, sampling_params, before, before, HOLD_OUT, None)
        for flag in _too_few_to_blend(setup):
            where = f"Fold {number} of {len(folds)}: " if len(folds) > 1 else ""
            raise BadInput(where + flag.sentence)


def _not_in_training(setup: _Setup) -> Iterator[Flag]:
    for label in setup.before.index[setup.before == 0]:
        name = in_words(label)
        sentence = (
            f"{_part(setup, 'training')} holds no {name}, so {name} can never be predicted; "
            "choose another split or split seed, or map the class to another."
        )
        yield Flag("not_in_training", sentence, label, IMPOSSIBLE)


def _not_tested(setup: _Setup) -> Iterator[Flag]:
    if setup.n_folds != HOLD_OUT:
        return  # every image is tested: what is missing is missing from training too
    for label in setup.tested.index[setup.tested == 0]:
        name = in_words(label)
        sentence = (
            f"No {name} is tested, so nothing can be said of how well {name} is found; "
            "choose five folds or another split seed, so that its images are tested."
        )
        yield Flag("not_tested", sentence, label, IMPOSSIBLE)


def _few_to_test(setup: _Setup) -> Iterator[Flag]:
    few = setup.tested[(setup.tested > 0) & (setup.tested < FEW_TO_TEST)]
    for label, n in few.items():
        holds, advice = "All folds together hold", "do not compare runs by this class."
        if setup.n_folds == HOLD_OUT:
            holds, advice = "The test part holds", "choose five folds, so that every image is tested."
        sentence = f"{holds} {n} of {in_words(label)}: one picture moves its recall by {100 / n:.0f} points; {advice}"
        yield Flag("few_to_test", sentence, label, FRAGILE)


def _fewer_than_folds(setup: _Setup) -> Iterator[Flag]:
    few = setup.tested[(setup.tested > 0) & (setup.tested < setup.n_folds)]
    for label, n in few.items():
        name = in_words(label)
        if n == 1:
            sentence = (
                f"There is only 1 {name} image: the fold that tests it has none to train on, so it can never be found; "
                "gather more images, or map the class to another."
            )
            yield Flag("fewer_than_folds", sentence, label, IMPOSSIBLE)
        else:
            sentence = (
                f"{setup.n_folds} folds share out {n} {name} images, which leaves {setup.n_folds - n} or more of them "
                f"without any to test; choose at most {n} folds."
            )
            yield Flag("fewer_than_folds", sentence, label, FRAGILE)


def _too_few_to_blend(setup: _Setup) -> Iterator[Flag]:
    wanted = setup.sampling_params.get("neighbours")
    counts = Counter(setup.before[setup.before > 0].to_dict())
    if wanted is None or len(counts) < 2:
        return
    for label in filled_classes(counts, setup.sampling_params.get("share", 1.0)):
        n, name = counts[label], in_words(label)
        if n == 1:
            sentence = (
                f"{setup.sampling.title} blends two images of a class, but {_part(setup, 'training', 'the')} has only "
                f"1 of {name}; choose a strategy that repeats images, such as random over."
            )
            yield Flag("too_few_to_blend", sentence, label, IMPOSSIBLE)
        elif n - 1 < wanted:
            sentence = (
                f"{setup.sampling.title} looks for {wanted} neighbours of each {name} image among the others, and "
                f"there are {n - 1}; choose at most {n - 1} neighbours."
            )
            yield Flag("too_few_to_blend", sentence, label, IMPOSSIBLE)


def _votes(setup: _Setup) -> Iterator[Flag]:
    if setup.k is None or setup.after is None:
        return
    n_votes = int(setup.after.sum())
    if n_votes < setup.k:
        after = "" if setup.sampling.name == "none" else f" left by {setup.sampling.title}"
        sentence = (
            f"k = {setup.k} neighbours cannot vote among {n_votes:,} training images{after}; choose k up to {n_votes}."
        )
        yield Flag("too_few_voters", sentence, None, IMPOSSIBLE)
        return
    limits = pd.Series(largest_winnable(setup.after.to_numpy(), setup.weights), setup.after.index)
    for label, limit in limits[(limits < setup.k) & (setup.before > 0)].sort_values(kind="stable").items():
        n, name = setup.after[label], in_words(label)
        advice = f"choose k up to {limit}" if limit else "choose another strategy"
        own = "its only training image is" if n == 1 else f"its {n} training images are"
        sentence = (
            f"k = {setup.k} can never predict {name}: {own} outvoted however the other {setup.k - n} votes fall; "
            f"{advice}."
        )
        yield Flag("never_predicted", sentence, label, IMPOSSIBLE)


def _few_images_left(setup: _Setup) -> Iterator[Flag]:
    if setup.resampling is None or setup.resampling.plan.redraw:  # what waits now is shown in another pass
        return
    left, before = (int(setup.resampling.table[column].sum()) for column in ("unique_after", "before"))
    if left < SMALL_SHARE * before or (left < FEW_IMAGES and left <= LARGE_SHARE * before):
        sentence = (
            f"{setup.sampling.title} leaves {left:,} of {before:,} images ({left / before:.1%}): little is left to "
            "learn from; choose a strategy that keeps the common classes, such as class weights."
        )
        yield Flag("few_images_left", sentence, None, FRAGILE)


def _many_copies(setup: _Setup) -> Iterator[Flag]:
    if setup.resampling is None:
        return
    plan = setup.resampling.plan
    altered = plan.changed is not None or plan.shares is not None
    if altered and setup.k is not None:
        return  # each changed copy and each blend is a voter of its own
    table = setup.resampling.table
    often = table[table["most_copies"] >= MANY_COPIES].sort_values("most_copies", ascending=False, kind="stable")
    for label, row in often.iterrows():
        times, images, name = int(row["most_copies"]), int(row["unique_after"]), in_words(label)
        these = f"these {images:,}" if images > 1 else "it"
        if setup.k is None:
            how = " though never quite the same," if altered else ""
            told = f"{times:,} times a pass:{how} the network can learn {these} by heart"
        else:
            nearest = f"one of {these}" if images > 1 else these
            taken = "all" if times >= setup.k else f"{times} of"
            told = f"{times:,} times: where {nearest} is nearest, it alone takes {taken} {setup.k} votes"
        sentence = (
            f"{setup.sampling.title} uses a {name} image up to {told}; choose a strategy that repeats less, "
            "such as square root or class weights."
        )
        yield Flag("many_copies", sentence, label, FRAGILE)


def _part(setup: _Setup, name: str, article: str = "The") -> str:
    return f"{article} {name} part" if setup.n_folds == HOLD_OUT else f"{article} first fold's {name} part"


_CHECKS = (
    _not_in_training,
    _not_tested,
    _votes,
    _too_few_to_blend,
    _fewer_than_folds,
    _few_images_left,
    _many_copies,
    _few_to_test,
)
