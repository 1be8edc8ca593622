"""Configurations compared, each a few runs that differ in the seed: what can be told apart, and what cannot.

Two things are luck in a score: who is on the test images, and the seed of weights and draws. Both are let vary
(Bouthillier et al. 2021, "Accounting for variance in machine learning benchmarks").

*Persons* are resampled 4,000 times, and a resample is the same persons for every run, so that a difference is between
answers to the same images. *Seeds* are not paired: the split is fixed, and two runs of one seed share at most their
first weights; where that makes them alike, leaving it out errs on the safe side. What other seeds would have given is
Student's t with the standard error of a mean over seeds, and with Welch's (1947) degrees of freedom; one draw of it is
added to each resample.

To draw the seeds with replacement too is the usual way, and the wrong one for three: three seeds against three lie
apart by chance in one of ten comparisons, and no such draw ever crosses over. Simulated without any difference, that
way raises 18 % false alarms where seeds are most of the luck, and 35 % with two seeds; this one stays near 5 % there,
and below where persons are: seeds that err on different images count in both parts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from core.errors import BadInput
from core.evaluation.bootstrap import LEVEL, TAILS
from core.evaluation.resampled import F1_OF, Resampled

BETTER, WORSE, ALIKE, REFERENCE = "better", "worse", "not distinguishable", "the reference"
"""The verdicts on a configuration."""
_LOWEST = {"mcc": -1, "kappa": -1}  # every other score begins at 0
Seeds = Sequence[Resampled]
"""The runs of one configuration, one a seed."""


@dataclass(frozen=True)
class Mean:
    """A configuration's score over its seeds."""

    value: float
    low: float
    """End of the 95 % interval: other persons, other seeds."""
    high: float
    spread: float
    """Standard deviation over the seeds (n - 1 in the denominator); NaN for one seed."""


@dataclass(frozen=True)
class Difference:
    """One configuration's mean score less another's."""

    value: float
    low: float
    """End of the 95 % interval, as far from the value as `high`."""
    high: float
    p: float
    """Two-sided, not corrected: below 0.05 exactly where the interval leaves out 0."""


@dataclass(frozen=True)
class Comparison:
    """Every configuration beside one reference."""

    score: str
    """A name of `score_titles`."""
    table: pd.DataFrame
    """One row a configuration, the best mean first: `seeds` (how many), `mean`, `low`, `high`, `spread` as in `Mean`,
    `difference`, `difference_low`, `difference_high`, `p` as in `Difference`, `p_holm` and `verdict`. The reference
    has no difference: NaN."""

    def count(self, verdict: str) -> int:
        """Return how many configurations have this verdict."""
        return int((self.table["verdict"] == verdict).sum())

    def first(self, n: int, reference: str) -> pd.DataFrame:
        """Return the rows of the best means, and that of the reference wherever it comes."""
        shown = (self.table["mean"].rank(ascending=False, method="first") <= n) | (self.table.index == reference)
        return self.table[shown]

    @property
    def n_compared(self) -> int:
        """Return how many tests were corrected for."""
        return int(self.table["p"].notna().sum())

    @property
    def smallest_seen(self) -> float:
        """Return about how large a difference must be to leave its interval: the median half width; NaN for none."""
        half = (self.table["difference_high"] - self.table["difference_low"]) / 2
        return float(half.median())


def compare(configurations: Mapping[str, Seeds], score: str, reference: Seeds) -> Comparison:
    """Compare every configuration with a reference.

    Args:
        configurations: name -> its runs; the one that is `reference` itself is not tested.
        score: a name of `core.evaluation.resampled.score_titles`.
        reference: the runs of one of the configurations, or of a baseline.

    Raises:
        BadInput: the runs were not judged on the very same images.
    """
    _check_same_images([*configurations.values(), reference])
    rows = {name: vars(mean_of(seeds, score)) | {"seeds": len(seeds)} for name, seeds in configurations.items()}
    table = pd.DataFrame.from_dict(rows, orient="index").rename(columns={"value": "mean"})
    others = {name: seeds for name, seeds in configurations.items() if seeds is not reference}
    found = {name: vars(difference(seeds, reference, score)) for name, seeds in others.items()}
    columns = {"value": "difference", "low": "difference_low", "high": "difference_high", "p": "p"}
    tested = pd.DataFrame.from_dict(found, orient="index", columns=list(columns), dtype=float).rename(columns=columns)
    table = table.join(tested)
    table["p_holm"] = holm(table["p"].to_numpy(dtype=float))
    table["verdict"] = _verdicts(table["difference"], table["p_holm"])
    table.loc[[name for name in configurations if name not in others], "verdict"] = REFERENCE
    return Comparison(score, table.sort_values("mean", ascending=False, kind="stable"))


def compare_pairs(configurations: Mapping[str, Seeds], score: str) -> pd.DataFrame:
    """Return one row a pair: `first`, `second`, `difference` with its interval, `p`, `p_holm` over all pairs and
    `verdict` (of the first). Raises BadInput as `compare` does.
    """
    _check_same_images(list(configurations.values()))
    rows = [
        {"first": first, "second": second} | vars(difference(configurations[first], configurations[second], score))
        for first, second in combinations(configurations, 2)
    ]
    columns = ["first", "second", "value", "low", "high", "p"]
    return _tested(pd.DataFrame(rows, columns=columns))


def compare_classes(configurations: Mapping[str, Seeds], reference: Seeds) -> pd.DataFrame:
    """Return who pays: one row a configuration and class with the difference of its F1 to the reference's.

    Returns:
        `configuration`, `label`, `f1`, `difference` with its interval, `p`, `p_holm` over all rows, and `verdict`. The
        reference has no rows. NaN where neither ever says the class and no image shows it.
    """
    _check_same_images([*configurations.values(), reference])
    rows = [
        {"configuration": name, "label": label, "f1": _point(seeds, F1_OF + label).mean()}
        | vars(difference(seeds, reference, F1_OF + label))
        for name, seeds in configurations.items()
        if seeds is not reference
        for label in reference[0].labels
    ]
    return _tested(pd.DataFrame(rows, columns=["configuration", "label", "f1", "value", "low", "high", "p"]))


def mean_of(seeds: Seeds, score: str) -> Mean:
    """Return a configuration's mean score with its 95 % percentile interval; NaN where there is nothing to score."""
    point = _point(seeds, score)
    if np.isnan(point).any():
        return Mean(np.nan, np.nan, np.nan, np.nan)
    samples = np.clip(_drawn(seeds, score).mean(0) + _luck([seeds], score), _LOWEST.get(score, 0), 1)
    spread = point.std(ddof=1) if len(seeds) > 1 else np.nan
    return Mean(float(point.mean()), *map(float, np.nanquantile(samples, TAILS)), float(spread))


def difference(first: Seeds, second: Seeds, score: str) -> Difference:
    """Return the mean of the first less that of the second, with its 95 % interval and a p-value.

    The p-value is the share of resamples that lie as far from the difference as the difference lies from 0, the
    difference itself counted as one of them: (1 + count) / (1 + R) (Davison & Hinkley 1997). The interval reaches as
    far to both sides as 95 % of the resamples do. Resamples in which a class occurs for neither say nothing on its F1.
    """
    value = float(_point(first, score).mean() - _point(second, score).mean())
    if np.isnan(value):
        return Difference(np.nan, np.nan, np.nan, np.nan)
    samples = _drawn(first, score).mean(0) - _drawn(second, score).mean(0) + _luck([first, second], score)
    away = np.abs(samples[np.isfinite(samples)] - value)
    reach = float(np.quantile(away, LEVEL)) if away.size else np.nan
    p = (1 + np.count_nonzero(away >= abs(value) - 1e-12)) / (1 + away.size)
    return Difference(value, value - reach, value + reach, float(p))


def holm(p: np.ndarray) -> np.ndarray:
    """Return p-values corrected for how many there are (Holm 1979), shape (m,); NaN stays NaN and is not counted.

    >>> holm(np.array([0.01, 0.04, 0.03])).tolist()
    [0.03, 0.06, 0.06]
    """
    corrected = np.full(len(p), np.nan)
    tested = np.flatnonzero(~np.isnan(p))
    order = tested[np.argsort(p[tested], kind="stable")]
    factors = np.arange(len(order), 0, -1)
    corrected[order] = np.minimum(np.maximum.accumulate(factors * p[order]), 1)
    return corrected


def _luck(sides: Sequence[Seeds], score: str) -> np.ndarray | float:
    """Return what other seeds would add to a mean, or to a difference of two, one draw a resample."""
    several = [seeds for seeds in sides if len(seeds) > 1]  # one seed says nothing on the others
    parts = [(_point(seeds, score).var(ddof=1) / len(seeds), len(seeds) - 1) for seeds in several]
    variance = sum(part for part, _ in parts)
    if variance == 0:
        return 0.0
    freedom = variance**2 / sum(part**2 / degrees for part, degrees in parts)
    n_resamples = len(sides[0][0].drawn[score])
    return np.sqrt(variance) * np.random.default_rng(0).standard_t(freedom, n_resamples)


def _point(seeds: Seeds, score: str) -> np.ndarray:
    return np.array([run.point[score] for run in seeds])


def _drawn(seeds: Seeds, score: str) -> np.ndarray:
    return np.stack([run.drawn[score] for run in seeds])


def _tested(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table of differences with `p_holm` and `verdict`."""
    table = table.rename(columns={"value": "difference"})
    table["p_holm"] = holm(table["p"].to_numpy(dtype=float))
    table["verdict"] = _verdicts(table["difference"], table["p_holm"])
    return table


def _verdicts(differences: pd.Series, p_holm: pd.Series) -> np.ndarray:
    certain = p_holm < 1 - LEVEL
    return np.select([certain & (differences > 0), certain & (differences < 0)], [BETTER, WORSE], ALIKE)


def _check_same_images(configurations: Sequence[Seeds]) -> None:
    if len({run.judged for seeds in configurations for run in seeds}) > 1:
        raise BadInput(
            "These runs were not judged on the very same images under the same labels, so their scores do not compare; "
            "choose runs of one split."
        )
