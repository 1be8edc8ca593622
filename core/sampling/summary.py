"""What a strategy does to each class, counted without training anything."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.errors import BadInput
from core.registry import Choice


@dataclass(frozen=True)
class Resampling:
    """A strategy applied to a training part."""

    choice: Choice
    params: dict[str, int | float]
    indices: np.ndarray
    """Positions into the training part, with repeats, shape (n_out,)."""
    table: pd.DataFrame
    """One row a class, most frequent first: `before`, `after`, `unique_after`, `thrown_away`, `copies` (mean times
    that an image still in use is shown), `most_copies`."""

    @property
    def thrown_away_share(self) -> float:
        """Share of the training images that are never shown, from 0 to 1."""
        return float(self.table["thrown_away"].sum() / self.table["before"].sum())

    @property
    def largest(self) -> int:
        """The largest count in the table, before or after: where an axis has to end."""
        return int(self.table[["before", "after"]].to_numpy().max())

    @property
    def sentence(self) -> str:
        """What the strategy costs, in words."""
        before, after = int(self.table["before"].sum()), len(self.indices)
        worst = self.table["most_copies"].idxmax()
        most = int(self.table["most_copies"].max())
        share = f"{self.thrown_away_share:.1%}" if self.thrown_away_share > 0.99 else f"{self.thrown_away_share:.0%}"
        lost = f"{share} of the data is thrown away" if self.thrown_away_share else "nothing is thrown away"
        copies = f"; a {worst} image is shown up to {most:,} times" if most > 1 else "; no image is shown twice"
        return f"{after:,} images a pass ({after / before:.2g} times the data); {lost}{copies}."


def resample(choice: Choice, labels: pd.Series, values: Mapping[str, object], seed: int = 0) -> Resampling:
    """Apply a strategy to the labels of a training part, shape (n,)."""
    if seed < 0:
        raise BadInput(f"The seed must be a whole number from 0 up, not {seed}.")
    params = choice.settle(values)
    y = labels.to_numpy(dtype=object)
    indices = np.asarray(choice.build(y, np.random.default_rng(seed), **params))
    return Resampling(choice, params, indices, _table(y, indices))


def _table(y: np.ndarray, indices: np.ndarray) -> pd.DataFrame:
    images = pd.DataFrame({"label": y, "times": np.bincount(indices, minlength=len(y))})
    table = images.groupby("label").agg(
        before=("times", "size"),
        after=("times", "sum"),
        unique_after=("times", lambda times: int((times > 0).sum())),
        most_copies=("times", "max"),
    )
    table["thrown_away"] = table["before"] - table["unique_after"]
    table["copies"] = table["after"] / table["unique_after"].where(table["unique_after"] > 0)
    return table.sort_values("before", ascending=False, kind="stable")


def side_by_side(results: list[Resampling]) -> pd.DataFrame:
    """Return one row a class: `before`, and for each strategy what is shown a pass, after resampling."""
    before = results[0].table["before"]
    return pd.DataFrame(
        {"before": before} | {result.choice.title: result.table["after"] for result in results}
    ).reset_index()


def images_shown(result: Resampling, training_part: pd.DataFrame, label: str) -> pd.DataFrame:
    """Return `image` and `caption` (how often it is shown) of a class after resampling, the most repeated first."""
    times = np.bincount(result.indices, minlength=len(training_part))
    shown = training_part[["image"]].assign(times=times)[(training_part["label"] == label).to_numpy() & (times > 0)]
    shown = shown.sort_values("times", ascending=False, kind="stable")
    return pd.DataFrame(
        {"image": shown["image"], "caption": [f"shown {n:,} x" if n > 1 else "shown once" for n in shown["times"]]}
    )
