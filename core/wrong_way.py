"""The mistake, made on purpose: resampling before the split, beside the same model with the split first.

Copies of one image then lie on both sides of the split, so the test asks for what was learnt by heart. The difference
between the two scores is what the mistake pretends.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from core.errors import BadInput
from core.registry import Choice
from core.runs import RESAMPLE_FIRST, SPLIT_FIRST, Run, configure
from core.sampling import SAMPLERS
from core.sampling.plan import as_plan
from core.sweeps import Sweep, found_run

_SPLIT = "random"
"""Of both: so that nothing but the order differs."""


@dataclass(frozen=True)
class Inflation:
    """The same model judged in both orders, on the seeds for which both are trained."""

    seeds: tuple[int, ...]
    wrong: np.ndarray
    """Macro-F1 by seed where the images were resampled first, shape (n_seeds,)."""
    right: np.ndarray
    """The same where they were split first."""
    per_class: pd.DataFrame
    """One row a class: F1 `right` and `wrong`, means over the seeds, and `inflation`, their difference."""
    copies_tested: float
    """Share of the test images, resampling first, that were learnt from too; from 0 to 1."""

    @property
    def mean(self) -> float:
        """The mean inflation of macro-F1."""
        return float((self.wrong - self.right).mean())

    @property
    def std(self) -> float | None:
        """Its standard deviation over seeds; None for fewer than two."""
        return float((self.wrong - self.right).std(ddof=1)) if len(self.seeds) > 1 else None


@cache
def resampling_strategies() -> tuple[Choice, ...]:
    """Return the strategies for which the order matters: those that drop, repeat or blend images of the dataset."""
    fit = (choice for choice in SAMPLERS if "made" not in choice.needs)
    return tuple(choice for choice in fit if choice.needs or _shows_others(choice))


def _shows_others(choice: Choice) -> bool:
    labels = np.repeat(np.array(["common", "rare"], dtype=object), [8, 2])
    plan = as_plan(choice.build(labels, np.random.default_rng(0), **choice.settle({})))
    return not np.array_equal(np.sort(plan.indices), np.arange(len(labels)))


def plan_both_orders(
    fingerprint: str, dataset: str, *, model: str, sampling: str, seeds: Sequence[int], values: dict[str, object]
) -> Sweep:
    """Return the runs of both orders: arguments as in `core.runs.configure`; the split is random in both.

    Raises:
        BadInput: as `configure`, or the strategy is not one of `resampling_strategies`.
    """
    if SAMPLERS[sampling] not in resampling_strategies():
        names = ", ".join(choice.name for choice in resampling_strategies())
        raise BadInput(
            f"{SAMPLERS[sampling].title} shows each image once, whatever comes first; choose one of: {names}."
        )
    return Sweep(
        tuple(
            configure(
                fingerprint,
                dataset,
                model=model,
                sampling=sampling,
                split=_SPLIT,
                values=values,
                seed=seed,
                order=order,
            )
            for seed in seeds
            for order in (SPLIT_FIRST, RESAMPLE_FIRST)
        )
    )


def inflation(sweep: Sweep, runs_dir: Path) -> Inflation | None:
    """Return what the wrong order pretends, from the runs of `plan_both_orders` that are there; None without a pair."""
    found = {(config.order, config.seed): found_run(config, runs_dir) for config in sweep.configs}
    runs = {key: run for key, run in found.items() if isinstance(run, Run)}
    seeds = tuple(seed for order, seed in runs if order == SPLIT_FIRST and (RESAMPLE_FIRST, seed) in runs)
    if not seeds:
        return None
    wrong, right = ([runs[order, seed] for seed in seeds] for order in (RESAMPLE_FIRST, SPLIT_FIRST))
    per_class = pd.DataFrame({"right": _f1(right), "wrong": _f1(wrong)})
    return Inflation(
        seeds,
        *(np.array([run.metrics["macro_f1"] for run in of_order]) for of_order in (wrong, right)),
        per_class.assign(inflation=per_class["wrong"] - per_class["right"]).rename_axis("label"),
        float(np.mean([run.copies_tested for run in wrong])),
    )


def _f1(runs: list[Run]) -> pd.Series:
    """Return the mean F1 of each class."""
    return pd.DataFrame([{label: row["f1"] for label, row in run.metrics["per_class"].items()} for run in runs]).mean()
