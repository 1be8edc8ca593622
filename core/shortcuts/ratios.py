"""The strongest cue in words: "a colour image is disgust 226 times as often as a grey one"."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.catalog import Dataset, person_codes
from core.labels import in_words
from core.shortcuts.cues import Coded, Condition, cue_named, encode, one, read_cues

MIN_RATIO = 3.0
"""What the lower bound of a ratio must exceed to be worth a headline."""
_MOST_IMAGES = 100_000
_LEVEL = 0.95
_SAME = 0.9
"""Cramér's V from which two cues cut the images alike."""


@dataclass(frozen=True)
class CueFinding:
    """A value of a cue that makes one label much likelier."""

    cue: str
    value: str
    """Who has it, in words: "a colour image"."""
    opposite: str
    """Who has it not: "a grey one"."""
    label: str
    share_with: float
    """Share of the images with the value that have the label."""
    share_without: float
    ratio: float
    """`share_with` over `share_without`; where that is 0, the lower end of the ratio's 95 % interval."""
    ratio_low: float
    """A bound that the ratio exceeds with 95 % certainty although it is the best of many."""
    images: pd.Series
    """The images with the value and the label: paths below the dataset's root."""
    also: tuple[str, ...] = ()
    """Names of other cues that cut the images almost alike: one cannot tell which of them a model would use."""

    @property
    def sentence(self) -> str:
        """Return the finding in words, without a full stop."""
        least = "" if self.share_without else "at least "
        times = f"{self.ratio:,.0f}" if self.ratio >= 9.95 else f"{self.ratio:.1f}"
        return f"{self.value} is {in_words(self.label)} {least}{times} times as often as {self.opposite}"


def strongest_ratio(dataset: Dataset, measures: pd.DataFrame | None = None) -> CueFinding | None:
    """Return the cue value that makes a label likelier than any other does, or None where none does so for certain.

    Only tables of counts are made, no model: it is fast enough for the first page. Above 100,000 images the value is
    sought in so many, drawn at random; the shares are those of all images. For certain means that the lower bound of
    the ratio is above `MIN_RATIO`.
    """
    return strongest(dataset, measures, min_ratio=MIN_RATIO)


def strongest(
    dataset: Dataset,
    measures: pd.DataFrame | None,
    neutralised: bool = False,
    among: Collection[str] | None = None,
    min_ratio: float = 1.0,
) -> CueFinding | None:
    """Return the finding with the highest lower bound of its ratio, or None where no bound is above `min_ratio`.

    The bound on a ratio of two shares is exact (conditional on the label; Przyborowski & Wilenski 1940), and it counts
    persons, not images: a hundred images of one person are one witness. The level is shared among all values and
    labels that are compared (Bonferroni). Of cues that cut the images alike, one in the picture is named.

    Args:
        dataset: whose usable images are looked at.
        measures: the table of `core.measures`, or None to do without it.
        neutralised: look at what remains of grey pictures of one size.
        among: names of the cues to compare; all if None.
        min_ratio: what the bound must exceed.
    """
    positions = _drawn(len(dataset.usable))
    table = read_cues(dataset, measures, neutralised, positions, among)
    cues = [cue for cue in (encode(table[name]) for name in table) if cue.conditions]
    # Of two labels the rarer one says it all: where one is likelier, the other is less so.
    judged = dataset.labels[1:] if len(dataset.labels) == 2 else dataset.labels
    n_compared = sum(map(_n_cuts, cues)) * len(judged)
    if not n_compared:
        return None
    level = 1 - (1 - _LEVEL) / n_compared
    images = dataset.usable.iloc[positions]
    y = pd.Categorical(images["label"], categories=list(dataset.labels)).codes.astype(np.int64)
    witness = _witness(y, person_codes(images["person"]))
    n_labels = len(dataset.labels)
    bounds = {cue.cue.name: _lower_bounds(cue, y, witness, n_labels, level)[:, -len(judged) :] for cue in cues}
    best = max(cues, key=lambda cue: bounds[cue.cue.name].max())
    condition, label = np.unravel_index(bounds[best.cue.name].argmax(), bounds[best.cue.name].shape)
    cut = best.members[condition][best.codes]
    lows = {cue.cue.name: bounds[cue.cue.name][:, label] for cue in cues if association(cue, cut) >= _SAME}
    lows = {name: low for name, low in lows.items() if low.max() > min_ratio}
    if not lows:
        return None
    named, *also = lows  # in the order of CUES: what is in the picture comes first
    conditions = next(cue.conditions for cue in cues if cue.cue.name == named)
    low = lows[named]
    whole = read_cues(dataset, measures, neutralised, among=[named])[named]
    return _finding(dataset, whole, conditions[low.argmax()], judged[label], float(low.max()), tuple(also))


def _drawn(n: int) -> np.ndarray | slice:
    """Return which of n images to count: all, or as many as are enough, drawn at random."""
    if n <= _MOST_IMAGES:
        return slice(None)
    return np.sort(np.random.default_rng(0).choice(n, _MOST_IMAGES, replace=False))


def _n_cuts(cue: Coded) -> int:
    """Return how many ways to cut the images there are: of two widths the larger one is "not 48" and "above 48"."""
    return len(np.unique(cue.members[:, np.unique(cue.codes)], axis=0))


def _witness(y: np.ndarray, persons: np.ndarray) -> np.ndarray:
    """Return what each image counts as a witness, shape (n,): all images of a person with a label are one together."""
    _, pair, times = np.unique(persons * (y.max() + 1) + y, return_inverse=True, return_counts=True)
    return 1 / times[pair]


def _lower_bounds(cue: Coded, y: np.ndarray, witness: np.ndarray, n_labels: int, level: float) -> np.ndarray:
    """Return the lower bound of the ratio for each condition and label, shape (len(conditions), n_labels).

    If the label came equally often with and without the value, the witnesses with it among all witnesses would be
    binomial, whatever their number: the bound on that share (Clopper & Pearson 1934) is the bound on the ratio. It
    holds for few and for none, where the normal approximation of a logarithm does not.
    """
    from scipy.special import betaincinv  # slow to import: only when something is counted

    cells, size = cue.codes * n_labels + y, cue.n_values * n_labels
    counted = [np.bincount(cells, weights, size).reshape(cue.n_values, n_labels) for weights in (None, witness)]
    fulfil, fail = cue.members.astype(float), (~cue.members & cue.known).astype(float)
    (images_with, with_), (images_without, without) = ([side @ count for count in counted] for side in (fulfil, fail))
    # Witnesses an image; where there is no image of the label on one side, as on the other.
    both = _divided(with_ + without, images_with + images_without, 1.0)
    rate_with, rate_without = _divided(with_, images_with, both), _divided(without, images_without, both)
    n_with, n_without = (images.sum(1, keepdims=True) for images in (images_with, images_without))
    least = betaincinv(np.maximum(with_, np.finfo(float).tiny), without + 1, 1 - level)
    return _divided(least * n_without * rate_without, (1 - least) * n_with * rate_with, 0.0)


def _divided(above: np.ndarray, below: np.ndarray, otherwise: np.ndarray | float) -> np.ndarray:
    """Return a quotient, and `otherwise` where one would divide by nothing."""
    return np.divide(above, below, out=np.broadcast_to(otherwise, above.shape).astype(float), where=below > 0)


def association(cue: Coded, cut: np.ndarray) -> float:
    """Return Cramér's V of a cue's values and a cut of the same images in two, in [0, 1]: 1 if one tells the other.

    Args:
        cue: the values, one an image.
        cut: boolean, shape (n,).
    """
    share = cut.mean()
    n_each, n_cut = np.bincount(cue.codes, minlength=cue.n_values), np.bincount(cue.codes[cut], minlength=cue.n_values)
    there = n_each > 0
    spread = ((n_cut[there] - share * n_each[there]) ** 2 / n_each[there]).sum()
    return float(np.sqrt(spread / (len(cut) * share * (1 - share))))


def _finding(
    dataset: Dataset, values: pd.Series, condition: Condition, label: str, low: float, also: tuple[str, ...]
) -> CueFinding:
    """Return the finding with the shares of all images; `values` is the column of the cue."""
    cue, holds = cue_named(str(values.name)), condition.holds(values)
    has_label = (dataset.usable["label"] == label).to_numpy()
    share_with, share_without = has_label[holds].mean(), has_label[~holds & values.notna().to_numpy()].mean()
    value, opposite = cue.say(condition.relation, condition.value)
    if cue.kind == "category" and values.nunique() == 2:
        other = values[~holds].iloc[0]
        opposite = one(cue.say("is", other)[0])
    return CueFinding(
        cue.name,
        value,
        opposite,
        label,
        float(share_with),
        float(share_without),
        float(share_with / share_without) if share_without else low,
        low,
        dataset.usable["image"][holds & has_label],
        also,
    )
