"""Runs put together: those that differ only in the seed are one configuration, and those judged alike are compared."""

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from core.runs import MISTAKES, SPLIT_FIRST, Run, RunConfig
from core.splits import HOLD_OUT, SPLITS

_BETWEEN = " · "  # between the parts of a title, the model first


@dataclass(frozen=True)
class Configuration:
    """Runs that differ only in the seed."""

    id: str
    """12 hexadecimal digits, the same wherever this configuration is trained on this dataset."""
    name: str
    """What tells it from the others of its group, in words."""
    runs: tuple[Run, ...]
    """One a seed, in the order of the seeds."""

    @property
    def config(self) -> RunConfig:
        """Return the configuration of the first seed."""
        return self.runs[0].config

    @property
    def plain(self) -> bool:
        """Return whether nothing was done about rare classes."""
        return self.config.sampling == "none" and self.config.loss == "cross_entropy"


@dataclass(frozen=True)
class Group:
    """Configurations whose runs were judged on the same images, after training on the same others."""

    id: str
    """8 hexadecimal digits of what they have in common."""
    configurations: tuple[Configuration, ...]

    @property
    def judged_on(self) -> str:
        """Return how all of them were judged, in words."""
        run = self.configurations[0].runs[0]
        config, n_images = run.config, run.metrics["n_images"]
        how = "hold-out" if config.folds == HOLD_OUT else f"{config.folds}-fold"
        words = f"{SPLITS[config.split].title.lower()} {how}, split seed {config.split_seed} ({n_images:,} images)"
        return f"{words}, {MISTAKES[config.order]}" if self.is_mistake else words

    @property
    def title(self) -> str:
        """Return that and how many there are."""
        n = len(self.configurations)
        return f"{self.judged_on}: {n:,} configuration{'' if n == 1 else 's'}"

    @property
    def is_mistake(self) -> bool:
        """Return whether it shows what goes wrong, and no honest score."""
        return self.configurations[0].config.order != SPLIT_FIRST

    @property
    def plainest(self) -> Configuration | None:
        """Return what the others are compared with unless somebody says otherwise: plain training of the model that
        most of them use. None where nothing was trained plainly.
        """
        uses = Counter(configuration.config.model for configuration in self.configurations)
        plain = [configuration for configuration in self.configurations if configuration.plain]
        return max(plain, key=lambda one: (uses[one.config.model], len(one.runs)), default=None)

    @property
    def runs(self) -> list[Run]:
        """Return all runs."""
        return [run for configuration in self.configurations for run in configuration.runs]

    @property
    def model(self) -> str | None:
        """Return the model of all of them as their names call it, or None where there are several."""
        models = {one.name.split(_BETWEEN)[0] for one in self.configurations}
        return models.pop() if len(models) == 1 else None

    @property
    def names(self) -> dict[str, str]:
        """Return id -> name, without the model where all have the same one."""
        common = f"{self.model}{_BETWEEN}" if self.model else ""
        return {one.id: one.name.removeprefix(common) for one in self.configurations}

    def without(self, ids: Sequence[str]) -> "Group":
        """Return the group without some configurations."""
        return replace(self, configurations=tuple(one for one in self.configurations if one.id not in ids))


def group_runs(runs: Sequence[Run], judged: Callable[[Run], str]) -> list[Group]:
    """Return the groups, honest ones first, then those with the most configurations.

    Args:
        runs: of one dataset. Of two with the same configuration and seed, as where one came with the program, the
            first counts.
        judged: gives what a run was judged on (`core.evaluation.judged_on`). Runs that were judged alike are still
            apart where the split differs: they were trained on other images.
    """
    groups: dict[str, dict[str, dict[int, Run]]] = {}
    for run in runs:
        config = run.config
        common = (judged(run), config.split, config.folds, config.split_seed, config.order)
        name = hashlib.sha256(repr(common).encode()).hexdigest()[:8]
        seeds = groups.setdefault(name, {}).setdefault(configuration_id(config), {})
        seeds.setdefault(config.seed, run)
    found = [Group(name, _configurations(members)) for name, members in groups.items()]
    return sorted(found, key=lambda group: (group.is_mistake, -len(group.configurations), group.id))


def configuration_id(config: RunConfig) -> str:
    """Return the id that all seeds of a configuration share; the same on a copy that was compressed anew."""
    return replace(config, seed=0, fingerprint="").id


def _configurations(members: dict[str, dict[int, Run]]) -> tuple[Configuration, ...]:
    runs = {name: tuple(seeds[seed] for seed in sorted(seeds)) for name, seeds in members.items()}
    configs = {name: own[0].config for name, own in runs.items()}
    names = _names(configs)
    unsorted = [Configuration(name, names[name], own) for name, own in runs.items()]
    return tuple(sorted(unsorted, key=lambda one: (one.name, one.id)))


def _names(configs: dict[str, RunConfig]) -> dict[str, str]:
    """Return id -> title; where titles are the same, with the parameters that differ."""
    alike: dict[str, list[str]] = {}
    for name, config in configs.items():
        alike.setdefault(config.title, []).append(name)
    return {
        name: title + _details(configs[name], [configs[other] for other in names])
        for title, names in alike.items()
        for name in names
    }


def _details(config: RunConfig, alike: Sequence[RunConfig]) -> str:
    """Return the values in which a configuration differs from those with the same title, or nothing."""
    own = _values(config)
    telling = [key for key, value in own.items() if any(_values(other).get(key) != value for other in alike)]
    return f"{_BETWEEN}{', '.join(f'{key} {own[key]:g}' for key in telling)}" if telling else ""


def _values(config: RunConfig) -> dict[str, float]:
    """Return every number of a configuration by its bare name, and the version of the program's training."""
    bare = {key.partition(".")[2].replace("_", " "): value for key, value in config.params.items()}
    return bare | {"version": config.version}
