"""The shortcut test: predict the label from the cues alone, and compare with what shuffled labels give."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.catalog import Dataset, person_codes
from core.errors import BadInput
from core.shortcuts.cues import Coded, cue_named, encode, read_cues
from core.shortcuts.ratios import CueFinding, strongest
from core.splits import check_split, deal

ALL = "all"
"""What the row is called in which all cues predict together."""
N_SHUFFLES = 39
"""The lowest and the highest of 39 are a 95 % interval whatever the distribution."""
N_FOLDS = 5
_LEVEL = 0.95
_MOST_IMAGES = 20_000
_WHOLE = 500
"""A class with fewer images than that is never thinned out."""
_CROWD = 4
"""Persons whose numbers of images differ more than so many times do not swap their labels in a shuffle."""
_PRIOR = 10
"""How many images a class is taken to have in advance, with the values that all images have (Cestnik 1990)."""

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Majority:
    """What always saying the commonest label would score."""

    label: str
    accuracy: float
    macro_f1: float
    f1: pd.Series
    """F1 of each label."""


@dataclass(frozen=True)
class ShortcutTest:
    """What the cues alone tell of the labels. Every table has a row for `ALL` and then one a cue."""

    table: pd.DataFrame
    """`title`, `visible`; `macro_f1` of the balanced decision, and `null_low`, `null_high` of it with shuffled labels;
    `accuracy` of the plain decision, which is where tools that look at accuracy stop; `found`."""
    f1: pd.DataFrame
    """Out-of-fold F1 of each label (column), in [0, 1]."""
    null_low: pd.DataFrame
    null_high: pd.DataFrame
    """The interval of the same F1 when labels are shuffled; `level` says how much of it."""
    found: pd.DataFrame
    """Whether the label is hit more often than by chance, all cues and labels considered together."""
    majority: Majority
    support: pd.Series
    """Images of each label, in the order of the columns: the commonest first."""
    strongest: CueFinding | None
    """The best value of a cue that was found."""
    n_images: int
    """Usable images."""
    n_sampled: int
    """How many of them were used for the table; all of them have a say in `strongest`."""
    n_shuffles: int
    level: float
    """What the null intervals cover: 0.95, or less where there are too few shuffles for it."""
    neutralised: bool
    notes: tuple[str, ...]
    """Sentences on what could not be done as usual."""


def shortcut_test(
    dataset: Dataset,
    measures: pd.DataFrame,
    neutralised: bool = False,
    n_shuffles: int = N_SHUFFLES,
    seed: int = 0,
    on_progress: Progress | None = None,
) -> ShortcutTest:
    """Predict each image's label from its cues, all together and one at a time, by people it was not learned from.

    The estimator is naive Bayes on values cut into bins, its prior equal for all classes: it says the class in which
    the image's values are most over-represented. On the real dataset it finds what a balanced decision tree does,
    in a quarter of the time. (scikit-learn's CategoricalNB smooths towards equal shares, with which a value that few
    images have always goes to the rarest class.) Folds are five and person-disjoint, so that who is shown is not what
    is measured; random where nobody is known.

    For the null the labels are shuffled and all of it is done again. They are shuffled in runs, one a person: that one
    person's images are alike and have one label is no cue, and must not look like one. The null interval of a score is
    the range of the shuffles; with more than 78, as many are cut off at each end as leave 95 %. A label is found by a
    cue where its hits are less likely by chance (binomial, given how often it is said) than the least likely of all
    cues and labels is in 95 % of the shuffles (maxT, Westfall & Young 1993): one number for all comparisons. So a
    dataset without a cue is called clean 19 times of 20. Simulated, it is 9 of 10 where a few persons hold most images
    and each looks and is labelled alike to 70 to 90 %; shuffled image by image it would be 2 of 3.

    Args:
        dataset: whose usable images are tested; above 20,000 a sample, drawn class by class, small classes whole.
        measures: the table of `core.measures`.
        neutralised: test what remains of pictures made grey and of one size. Annotator and label case are not used
            then: it is the picture that was neutralised.
        n_shuffles: at least 19.
        seed: of folds, shuffles and sample.
        on_progress: called after each round, of `n_shuffles` + 1.

    Raises:
        BadInput: the images are too few, of one class, or have no cue that can be read.
    """
    if n_shuffles < 19:
        raise BadInput(f"{n_shuffles} shuffles cannot show a chance of 1 in 20; give at least 19.")
    rng = np.random.default_rng(seed)
    chosen = _chosen(dataset, rng)
    images = dataset.usable.iloc[chosen]
    check_split("random", images, N_FOLDS)
    cues = read_cues(dataset, measures, neutralised, chosen)
    if cues.empty or not len(cues.columns):
        raise BadInput(f"Nothing is known of the images of {dataset.title} that could be a cue; measure them first.")
    split, notes = _split(images)
    y = pd.Categorical(images["label"], categories=list(dataset.labels)).codes.astype(np.int64)
    experiment = _Experiment([encode(cues[name]) for name in cues], len(dataset.labels), deal(split, images, 5, seed))
    rounds = _rounds(experiment, y, person_codes(images["person"]), n_shuffles, rng, on_progress)
    return _result(dataset, measures, neutralised, experiment, y, rounds, notes)


def _chosen(dataset: Dataset, rng: np.random.Generator) -> np.ndarray:
    """Return the positions of the usable images to use, ascending: all, or a sample that keeps small classes whole."""
    labels = dataset.usable["label"]
    if len(labels) <= _MOST_IMAGES:
        return np.arange(len(labels))
    counts = labels.value_counts()
    least = np.minimum(counts, min(_WHOLE, _MOST_IMAGES // len(counts)))
    quota = least + ((counts - least) * (_MOST_IMAGES - least.sum()) / (counts - least).sum()).astype(int)
    shuffled = rng.permutation(len(labels))
    place = labels.iloc[shuffled].groupby(labels.iloc[shuffled]).cumcount().to_numpy()
    return np.sort(shuffled[place < labels.iloc[shuffled].map(quota).to_numpy()])


def _split(images: pd.DataFrame) -> tuple[str, tuple[str, ...]]:
    if not images["person"].duplicated(keep=False)[images["person"].notna()].any():
        return "random", ("No person is known from two images, so the folds are random.",)
    try:
        check_split("person_disjoint", images, N_FOLDS)
    except BadInput as problem:
        return "random", (f"The folds are random: {problem}",)
    return "person_disjoint", ()


@dataclass(frozen=True)
class _Round:
    """The scores of every model of one round, each of shape (models, K) or (models,)."""

    f1: np.ndarray
    surprise: np.ndarray
    """Minus the logarithm of the chance of so many hits."""
    accuracy: np.ndarray


@dataclass(frozen=True)
class _Experiment:
    """Cues, and the folds in which they predict."""

    cues: list[Coded]
    n_labels: int
    parts: list[np.ndarray]

    def play(self, y: np.ndarray) -> _Round:
        """Return the scores of all cues together and of each alone."""
        balanced, plain = (np.empty((len(self.cues) + 1, len(y)), dtype=np.int64) for _ in range(2))
        for test in self.parts:
            train = np.ones(len(y), dtype=bool)
            train[test] = False
            prior = np.log(np.bincount(y[train], minlength=self.n_labels) + 1e-9)
            together = np.zeros((len(test), self.n_labels))
            for model, cue in enumerate(self.cues, start=1):
                evidence = _evidence(cue, y, train, self.n_labels)[cue.codes[test]]
                together += evidence
                balanced[model, test], plain[model, test] = evidence.argmax(1), (evidence + prior).argmax(1)
            balanced[0, test], plain[0, test] = together.argmax(1), (together + prior).argmax(1)
        return _scores(y, balanced, plain, self.n_labels)


def _evidence(cue: Coded, y: np.ndarray, train: np.ndarray, n_labels: int) -> np.ndarray:
    """Return how much likelier each value is in a class than in all images, as logarithms, shape (n_values, K)."""
    share = np.bincount(cue.codes, minlength=cue.n_values)[:, None] / len(y)
    share = np.maximum(share, 1 / len(y))  # a bin without an image
    counts = np.bincount(cue.codes[train] * n_labels + y[train], minlength=cue.n_values * n_labels)
    counts = counts.reshape(cue.n_values, n_labels)
    return np.log((counts + _PRIOR * share) / (counts.sum(0) + _PRIOR) / share)


def _scores(y: np.ndarray, balanced: np.ndarray, plain: np.ndarray, n_labels: int) -> _Round:
    from scipy.special import bdtrc

    n_true = np.bincount(y, minlength=n_labels)
    n_said = np.stack([np.bincount(said, minlength=n_labels) for said in balanced])
    hits = np.stack([np.bincount(y[said == y], minlength=n_labels) for said in balanced])
    with np.errstate(divide="ignore"):  # a chance of 0 is an infinite surprise
        surprise = -np.log(np.where(hits > 0, bdtrc(np.maximum(hits - 1, 0), n_true, n_said / len(y)), 1.0))
    return _Round(2 * hits / np.maximum(n_true + n_said, 1), surprise, (plain == y).mean(1))


def _rounds(
    experiment: _Experiment,
    y: np.ndarray,
    persons: np.ndarray,
    n_shuffles: int,
    rng: np.random.Generator,
    on_progress: Progress | None,
) -> list[_Round]:
    """Return the round of the true labels, and then one a shuffle."""
    rounds = []
    for number in range(n_shuffles + 1):
        rounds.append(experiment.play(_shuffled(y, persons, rng) if number else y))
        if on_progress:
            on_progress(number + 1, n_shuffles + 1)
    return rounds


def _shuffled(y: np.ndarray, persons: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return the labels in another order, the labels of a person still in a row.

    Persons are put in line twice, each time anew, and the labels of the second line are given to the first. The lines
    run from few to many images, with so much chance in it that a person may stand beside one with `_CROWD` times as
    many: among persons as large as they are, labels stay as bunched as they were. One's own images are shuffled too.
    """
    log_size = np.log(np.bincount(persons))
    lines = []
    for _ in range(2):
        place = log_size + np.log(_CROWD) * rng.random(len(log_size))
        lines.append(np.lexsort((rng.random(len(y)), place[persons])))
    shuffled = np.empty_like(y)
    shuffled[lines[0]] = y[lines[1]]
    return shuffled


def _result(
    dataset: Dataset,
    measures: pd.DataFrame,
    neutralised: bool,
    experiment: _Experiment,
    y: np.ndarray,
    rounds: list[_Round],
    notes: tuple[str, ...],
) -> ShortcutTest:
    true, shuffles = rounds[0], rounds[1:]
    names = pd.Index([ALL, *(cue.cue.name for cue in experiment.cues)], name="cue")
    labels = pd.Index(dataset.labels, name="label")
    n_off, level = _cut_off(len(shuffles))
    low, high = _interval(np.stack([one.f1 for one in shuffles]), n_off)
    macro_low, macro_high = _interval(np.stack([one.f1.mean(1) for one in shuffles]), n_off)
    # The true labels are one arrangement among n_shuffles + 1: the k-th largest is reached by chance k times in them.
    largest = np.sort([one.surprise.max() for one in shuffles])[::-1]
    found = true.surprise > largest[int((1 - _LEVEL) * len(rounds) + 1e-9) - 1]
    cues = [cue_named(name) for name in names[1:]]
    table = pd.DataFrame(
        {
            "title": ["All together", *(cue.title for cue in cues)],
            "visible": [any(cue.visible for cue in cues), *(cue.visible for cue in cues)],
            "macro_f1": true.f1.mean(1),
            "null_low": macro_low,
            "null_high": macro_high,
            "accuracy": true.accuracy,
            "found": found.any(1),
        },
        index=names,
    )
    hits = [name for name in names[1:] if table.loc[name, "found"]]
    counts = np.bincount(y, minlength=len(labels))
    return ShortcutTest(
        table=table,
        f1=pd.DataFrame(true.f1, names, labels),
        null_low=pd.DataFrame(low, names, labels),
        null_high=pd.DataFrame(high, names, labels),
        found=pd.DataFrame(found, names, labels),
        majority=_majority(counts, labels),
        support=pd.Series(counts, labels),
        strongest=strongest(dataset, measures, neutralised, among=hits) if hits else None,
        n_images=len(dataset.usable),
        n_sampled=len(y),
        n_shuffles=len(shuffles),
        level=level,
        neutralised=neutralised,
        notes=notes,
    )


def _cut_off(n_shuffles: int) -> tuple[int, float]:
    """Return which of the sorted shuffles bounds the interval, from 0, and what the interval covers."""
    n_off = max(1, int((1 - _LEVEL) / 2 * (n_shuffles + 1) + 1e-9))
    return n_off - 1, 1 - 2 * n_off / (n_shuffles + 1)


def _interval(scores: np.ndarray, n_off: int) -> tuple[np.ndarray, np.ndarray]:
    scores = np.sort(scores, axis=0)
    return scores[n_off], scores[-1 - n_off]


def _majority(counts: np.ndarray, labels: pd.Index) -> Majority:
    share = counts.max() / counts.sum()
    f1 = pd.Series(0.0, labels)
    f1.iloc[counts.argmax()] = 2 * share / (1 + share)
    return Majority(str(labels[counts.argmax()]), float(share), float(f1.mean()), f1)
