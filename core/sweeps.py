"""Sweeps: several models, sampling strategies, losses and seeds, every combination a run; what is done stays done."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from pathlib import Path
from statistics import fmean, stdev

from core.errors import BadInput
from core.losses import LOSSES
from core.models import MODELS
from core.registry import Choice
from core.runs import Run, RunConfig, applicable, configure, known_config, read_run
from core.sampling import SAMPLERS
from core.splits import HOLD_OUT


@dataclass(frozen=True)
class Row:
    """One configuration of a sweep: its runs by seed, and why some have none."""

    config: RunConfig
    """With the first of the seeds."""
    runs: dict[int, Run]
    problems: dict[int, str]

    @property
    def mean(self) -> float | None:
        """Return the mean macro-F1 over the seeds that are trained, or None."""
        return fmean(self._scores) if self.runs else None

    @property
    def std(self) -> float | None:
        """Return the standard deviation over seeds (n - 1 in the denominator), None for fewer than two."""
        return stdev(self._scores) if len(self.runs) > 1 else None

    @property
    def _scores(self) -> list[float]:
        return [run.metrics["macro_f1"] for run in self.runs.values()]


@dataclass(frozen=True)
class Sweep:
    """Runs that belong together: seed by seed, so that one that is stopped has compared all on the same seeds."""

    configs: tuple[RunConfig, ...]

    @cached_property
    def id(self) -> str:
        """Return the sweep's name, 12 hexadecimal digits: the same runs are the same sweep."""
        runs = sorted(config.id for config in self.configs)
        return hashlib.sha256(" ".join(["sweep", *runs]).encode()).hexdigest()[:12]

    @property
    def title(self) -> str:
        """Return what it compares, in words."""
        counts = {
            "models": len({(config.model, str(config.owned("model"))) for config in self.configs}),
            "samplings": len({(config.sampling, str(config.owned("sampling"))) for config in self.configs}),
            "losses": len({(config.loss, str(config.owned("loss"))) for config in self.configs}),
            "seeds": len({config.seed for config in self.configs}),
        }
        several = [f"{n} {what}" for what, n in counts.items() if n > 1]
        return f"Sweep of {len(self.configs):,} runs" + (f": {', '.join(several)}" if several else "")

    def each(self, change: Callable[[RunConfig], RunConfig]) -> "Sweep":
        """Return the sweep of the changed configurations."""
        return Sweep(tuple(map(change, self.configs)))

    def remaining(self, runs_dir: Path) -> list[RunConfig]:
        """Return what is still to be trained."""
        return [config for config in self.configs if not (runs_dir / config.id).is_dir()]

    def to_json(self) -> dict:
        """Return plain data: the configuration of a job that trains it, and that loses no whole run when stopped."""
        return {"kind": "sweep", "resumable": "runs", "configs": [config.to_json() for config in self.configs]}

    @classmethod
    def from_json(cls, data: Mapping[str, object]) -> "Sweep":
        """Return the sweep of `to_json`; one that another version of this program wrote raises BadInput."""
        configs = tuple(map(known_config, data["configs"] if data.get("kind") == "sweep" else ()))
        if not configs or None in configs:
            raise BadInput("This sweep was set up by another version of this program; set it up again.")
        return cls(configs)

    def rows(self, runs_dir: Path, problems: Mapping[str, str] | None = None) -> list[Row]:
        """Return one row a configuration, in the sweep's order.

        Args:
            runs_dir: where finished runs are.
            problems: run id -> why it has no result, as in the history of the sweep's progress.
        """
        rows: dict[str, Row] = {}
        for config in self.configs:
            row = rows.setdefault(config.with_seed(0).id, Row(config, {}, {}))
            found = found_run(config, runs_dir)
            if isinstance(found, Run):
                row.runs[config.seed] = found
            elif why := str(found or (problems or {}).get(config.id, "")):
                row.problems[config.seed] = why
        return list(rows.values())


def known_sweep(data: Mapping[str, object]) -> Sweep | None:
    """Return the sweep in a job's record, or None where it is of another kind or version."""
    try:
        return Sweep.from_json(data)
    except BadInput:
        return None


def problems_of(history: Sequence[Mapping[str, object]]) -> dict[str, str]:
    """Return run id -> why it was not trained, from the history of a sweep's progress."""
    return {str(entry["run"]): str(entry["problem"]) for entry in history if entry["problem"]}


def plan_sweep(
    fingerprint: str,
    dataset: str,
    *,
    models: Sequence[str],
    samplings: Sequence[str] = ("none",),
    losses: Sequence[str] = ("cross_entropy",),
    seeds: Sequence[int] = (0,),
    split: str = "person_disjoint",
    folds: int = HOLD_OUT,
    values: Mapping[str, object] | None = None,
    split_seed: int = 0,
) -> Sweep:
    """Return every combination once: one that differs only in what has no say, as a loss where none is used, is one.

    Args:
        fingerprint: the dataset's.
        dataset: what opens it again.
        models: names of entries of MODELS; so samplings and losses.
        seeds: of weights and draws; the folds stay the same.
        split: as in `configure`; so folds and split_seed.
        values: parameters, by `owner.name` or by a name that one owner has; each applies wherever there is one.

    Raises:
        BadInput: a name is unknown, a value is out of its range, or fits none of the combinations.
    """
    combinations = [
        applicable(MODELS[model], SAMPLERS[sampling], LOSSES[loss])
        for model, sampling, loss in product(models, samplings, losses)
    ]
    values = dict(values or {})
    _check_fit(values, combinations)
    planned = {}
    for seed, owners in product(seeds, combinations):
        config = configure(
            fingerprint,
            dataset,
            **{owner: owners[owner].name for owner in ("model", "sampling", "loss")},
            split=split,
            folds=folds,
            values={key: value for key, value in values.items() if _fits(key, owners)},
            split_seed=split_seed,
            seed=seed,
        )
        planned.setdefault(config.id, config)
    if not planned:
        raise BadInput("A sweep needs at least one model, one sampling strategy, one loss and one seed.")
    return Sweep(tuple(planned.values()))


def _check_fit(values: Mapping[str, object], combinations: Sequence[Mapping[str, Choice]]) -> None:
    for key in values:
        if combinations and not any(_fits(key, owners) for owners in combinations):
            known = dict.fromkeys(
                f"{owner}.{param.name}"
                for owners in combinations
                for owner, choice in owners.items()
                for param in choice.params
            )
            raise BadInput(f"There is no parameter {key!r} in this sweep; its parameters: {', '.join(known)}.")


def _fits(key: str, owners: Mapping[str, Choice]) -> bool:
    return any(key in (param.name, f"{owner}.{param.name}") for owner, own in owners.items() for param in own.params)


def found_run(config: RunConfig, runs_dir: Path) -> Run | BadInput | None:
    """Return the finished run of a configuration, None where there is none, or what is wrong with what lies there."""
    folder = runs_dir / config.id
    try:
        return read_run(folder) if folder.is_dir() else None
    except BadInput as problem:
        return problem
