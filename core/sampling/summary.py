"""What a strategy does to each class, counted without training anything."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.errors import BadInput
from core.registry import Choice
from core.sampling.plan import Plan, as_plan

Material = Mapping[str, Callable[[], object]]
"""What strategies may need beside the labels, by name (`images`); fetched only where one does."""
PLACES = ("unique_after", "copied", "augmented", "synthesised")
"""The columns of a strategy's table that sum to `after`."""


@dataclass(frozen=True)
class Resampling:
    """A strategy applied to a training part."""

    choice: Choice
    params: dict[str, int | float]
    plan: Plan
    labels: np.ndarray
    """The label shown in each place, object, shape (n_out,)."""
    seconds: float
    """How long it took to draw."""
    table: pd.DataFrame
    """One row a class, most frequent first. `before` = `unique_after` (images in use) + `dropped`; `after` =
    `unique_after` + `copied` (shown again as they are) + `augmented` (shown again, changed in every pass) +
    `synthesised` (blended of two, or made). `most_copies` and `copies` (mean): in how many places an image is, as
    itself or in a blend. `weight`: mean weight of a place in the loss. `effective`: effective sample size (Kish 1965):
    so many images that are used alike would say as much."""

    @property
    def indices(self) -> np.ndarray:
        """Positions in the training part, with repeats, shape (n_out,); made images count from its end on."""
        return self.plan.indices

    @property
    def thrown_away_share(self) -> float:
        """Share of the training images that are never shown, from 0 to 1."""
        return float(self.table["dropped"].sum() / self.table["before"].sum())

    @property
    def largest(self) -> int:
        """The largest count in the table, before or after: where an axis has to end."""
        return int(self.table[["before", "after"]].to_numpy().max())

    @property
    def totals(self) -> pd.Series:
        """The sums over classes of what can be summed."""
        return self.table[["before", "dropped", *PLACES, "after"]].sum()

    @property
    def sentence(self) -> str:
        """What the strategy costs, in words."""
        before, after = int(self.table["before"].sum()), len(self.indices)
        worst = self.table["most_copies"].idxmax()
        most = int(self.table["most_copies"].max())
        share = f"{self.thrown_away_share:.1%}" if self.thrown_away_share > 0.99 else f"{self.thrown_away_share:.0%}"
        how = "waits for another pass" if self.plan.redraw else "is thrown away"
        lost = f"{share} of the data {how}" if self.thrown_away_share else "nothing is thrown away"
        copies = f"; a {worst} image is used up to {most:,} times" if most > 1 else "; no image is used twice"
        return f"{after:,} images a pass ({after / before:.2g} times the data); {lost}{copies}{self._weighing}."

    @property
    def _weighing(self) -> str:
        if self.plan.weights is None:
            return ""
        weights = self.table["weight"]
        return (
            f"; a {weights.idxmax()} image weighs {weights.max() / weights.min():,.0f} times a {weights.idxmin()} one"
        )


def resample(
    choice: Choice, labels: pd.Series, values: Mapping[str, object], seed: int = 0, material: Material | None = None
) -> Resampling:
    """Apply a strategy to the labels of a training part, shape (n,).

    Args:
        choice: an entry of SAMPLERS.
        labels: of the training part.
        values: its parameters; those left out have their defaults.
        seed: of what is drawn.
        material: gives the strategy what it needs beside the labels, in the order of `labels`.

    Raises:
        BadInput: a value is out of its range, or the strategy cannot be applied to these classes.
    """
    if seed < 0:
        raise BadInput(f"The seed must be a whole number from 0 up, not {seed}.")
    params = choice.settle(values)
    y = labels.to_numpy(dtype=object)
    needed = {name: (material or {})[name]() for name in choice.needs}
    started = time.perf_counter()
    plan = as_plan(choice.build(y, np.random.default_rng(seed), **params, **needed))
    shown = y if plan.made_labels is None else np.concatenate([y, plan.made_labels])
    seconds = time.perf_counter() - started
    return Resampling(choice, params, plan, shown[plan.indices], seconds, _table(y, plan, shown[plan.indices]))


def _table(y: np.ndarray, plan: Plan, shown: np.ndarray) -> pd.DataFrame:
    """Count images by class, and places by what is in them."""
    synthesised = plan.blended | (plan.indices >= len(y))
    changed = np.zeros_like(synthesised) if plan.changed is None else plan.changed & ~synthesised
    weights = np.ones(len(shown)) if plan.weights is None else plan.weights
    plain, altered = (np.bincount(plan.indices[of], minlength=len(y)) for of in (~synthesised & ~changed, changed))
    votes = _used(plan, len(y), weights)
    images = pd.DataFrame(
        {
            "before": 1,
            "unique_after": (plain + altered > 0).astype(int),
            "copied": np.maximum(plain - 1, 0),
            "augmented": altered - ((plain == 0) & (altered > 0)),
            "times": _times(plan, len(y)),
            "votes": votes,
            "squares": votes**2,
        }
    )
    by_class = images.groupby(y)
    table = by_class.sum()
    places = pd.DataFrame({"synthesised": synthesised, "after": 1, "weight": weights}).groupby(shown)
    table = table.join(places[["synthesised", "after"]].sum()).fillna(0).join(places["weight"].mean())
    table["dropped"] = table["before"] - table["unique_after"]
    table["copies"] = table["times"] / table["unique_after"].where(table["unique_after"] > 0)
    table["most_copies"] = by_class["times"].max()
    table["effective"] = (table["votes"] ** 2 / table["squares"].where(table["squares"] > 0)).fillna(0.0)
    counts = ["before", "dropped", *PLACES, "after", "most_copies"]
    table = table.astype(dict.fromkeys(counts, int))[[*counts, "copies", "weight", "effective"]]
    return table.rename_axis("label").sort_values("before", ascending=False, kind="stable")


def _used(plan: Plan, n: int, by: np.ndarray) -> np.ndarray:
    """Return how much of each training image is in the pass, a blended place being shared between its parents."""
    real = plan.indices < n
    if plan.shares is None:
        return np.bincount(plan.indices[real], by[real], minlength=n)
    first = np.bincount(plan.indices[real], (by * (1 - plan.shares))[real], minlength=n)
    return first + np.bincount(plan.partners, by * plan.shares, minlength=n)


def _times(plan: Plan, n: int) -> np.ndarray:
    """Return in how many places of a pass each training image is, as itself or as one of two, int64, shape (n,)."""
    times = np.bincount(plan.indices[plan.indices < n], minlength=n)
    return times if plan.partners is None else times + np.bincount(plan.partners[plan.blended], minlength=n)


def side_by_side(results: list[Resampling]) -> pd.DataFrame:
    """Return one row a class: `before`, and for each strategy what is shown a pass, after resampling."""
    before = results[0].table["before"]
    return pd.DataFrame(
        {"before": before} | {result.choice.title: result.table["after"] for result in results}
    ).reset_index()


def images_shown(result: Resampling, training_part: pd.DataFrame, label: str) -> pd.DataFrame:
    """Return `image` and `caption` (how often it is used) of a class after resampling, the most repeated first."""
    times = _times(result.plan, len(training_part))
    shown = training_part[["image"]].assign(times=times)[(training_part["label"] == label).to_numpy() & (times > 0)]
    shown = shown.sort_values("times", ascending=False, kind="stable")
    return pd.DataFrame(
        {"image": shown["image"], "caption": [f"used {n:,} x" if n > 1 else "used once" for n in shown["times"]]}
    )
