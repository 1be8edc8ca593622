"""How long runs will take, before anyone trains: from finished runs, else from a short run on noise.

A figure holds for a model with its parameters, an image size, and a number of threads.
"""

import json
import os
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import Path
from statistics import median

import numpy as np
import pandas as pd

from core.catalog import Dataset
from core.child import ask
from core.errors import BadInput
from core.models import MODELS
from core.runs import Run, RunConfig, configure, list_runs
from core.sampling import SAMPLERS
from core.sampling.summary import resample
from core.settings import Settings
from core.splits import TEST_PARTS
from core.storage import write_whole

_TRAINING_SHARE = 7 / 8
"""Of what is not test: the rest watches the training."""
_NEWEST = 3
"""So many finished runs decide; older ones may be of other days and settings."""
_NOISE = 320
"""Images of the short run: two batches and a bit, and enough neighbours for any k."""
_LONGEST = 600  # seconds that a measurement may take


@dataclass(frozen=True)
class Pace:
    """Seconds that training takes."""

    per_image: float
    """For each image that a pass shows; what watches the training is in it."""
    per_run: float
    """For what a run does besides: testing and writing."""
    once: float = 0.0
    """For each image of a dataset, one time for all runs on it: what a frozen network makes of it."""


@dataclass(frozen=True)
class Estimate:
    """How long several runs will take."""

    n_runs: int
    n_done: int
    """How many are finished already."""
    seconds: float | None
    """For all that are left; None while there is no figure for one of them."""
    unmeasured: tuple[RunConfig, ...]
    """One of each model, parameters and image size without a figure: `measure_pace` makes it."""
    by_run: dict[str, float | None]
    """Run id -> seconds for each that is left, None where there is no figure."""


def estimate(configs: Sequence[RunConfig], dataset: Dataset, settings: Settings, n_workers: int = 1) -> Estimate:
    """Return how long runs on a dataset will take; what is trained already takes no time. Measures nothing.

    A model that only memorises counts as if its time grew with the images shown; that of nearest neighbours grows
    faster, so on a dataset where none was trained yet it takes longer than foreseen.

    Args:
        configs: the runs, of any models and strategies.
        dataset: what they train on.
        settings: where finished runs and measured figures are.
        n_workers: how many run at the same time, as on a cluster.
    """
    to_do = [config for config in configs if not (settings.runs_dir / config.id).is_dir()]
    known = _Known(settings)
    counts = dataset.usable["label"].value_counts()
    paces = {config.id: known.pace(config) for config in to_do}
    by_run = {config.id: _seconds(config, paces[config.id], counts) for config in to_do}
    unmeasured = {_key(config): config for config in reversed(to_do) if paces[config.id] is None}
    seconds = None
    if not unmeasured:
        # What a frozen network makes of the images is computed once for all runs of its kind.
        once = {_key(config): paces[config.id].once * len(dataset.usable) for config in to_do}
        # No run is divided among workers: the longest is a bound.
        seconds = max([sum(by_run.values()) / n_workers, *by_run.values()]) + sum(once.values())
    return Estimate(len(configs), len(configs) - len(to_do), seconds, tuple(unmeasured.values())[::-1], by_run)


def images_shown(config: RunConfig, counts: pd.Series) -> int:
    """Return how many images the passes of a run show, all folds together, from the number of images a class.

    A strategy that needs more than labels counts as one that fills every class up to the largest; one that refuses
    these classes shows none: its run ends at once.
    """
    folds = config.folds or 1
    share = (1 - 1 / (config.folds or TEST_PARTS)) * _TRAINING_SHARE
    training = tuple((str(label), max(1, round(count * share))) for label, count in counts.items())
    passes = config.params.get("training.epochs", 1)
    return folds * passes * _places(config.sampling, tuple(sorted(config.owned("sampling").items())), training)


@lru_cache(256)
def _places(sampling: str, params: tuple[tuple[str, float], ...], training: tuple[tuple[str, int], ...]) -> int:
    labels, counts = zip(*training, strict=True)
    if SAMPLERS[sampling].needs:
        return len(counts) * max(counts)
    try:
        return len(resample(SAMPLERS[sampling], pd.Series(np.repeat(labels, counts)), dict(params)).indices)
    except BadInput:
        return 0


def _seconds(config: RunConfig, pace: Pace | None, counts: pd.Series) -> float | None:
    return None if pace is None else pace.per_image * images_shown(config, counts) + pace.per_run


def _key(config: RunConfig) -> str:
    return json.dumps([config.model, config.owned("model"), config.params["images.size"]], sort_keys=True)


# What is known


def pace_of(run: Run) -> Pace | None:
    """Return the pace of a finished run, or None where it does not say how much it showed."""
    try:
        passes = run.history.groupby("fold")["seconds"].sum()
        n_passes = run.history["epoch"].max()
    except (OSError, ValueError, KeyError):  # a damaged file must not hide the figures of others
        return None
    if not run.shown or passes.empty:
        return None
    training = float(passes.sum())
    return Pace(training / (run.shown * int(n_passes)), max(run.seconds - training, 0.0))


class _Known:
    """Every figure that there is, read once."""

    def __init__(self, settings: Settings):
        self.kept = _kept(settings)
        self.setup = _setup(settings)
        self.runs = list_runs(settings.runs_dir)
        self.paces: dict[str, Pace | None] = {}

    def pace(self, config: RunConfig) -> Pace | None:
        """Return the pace of finished runs that are most like a configuration, else one that was measured, or None."""
        alike = sorted(self._of_its_kind(config), key=lambda run: _unlike(run, config))
        best = [run for run in alike if _unlike(run, config) == _unlike(alike[0], config)][:_NEWEST]
        if not best:
            return self.kept.get(_key(config) + self.setup)
        paces = [self._pace_of(run) for run in best]
        # A run's other costs depend on what is done to its images; else the least seen are those that all have.
        besides = paces if best[0].config.sampling == config.sampling else [*map(self._pace_of, alike)]
        least = median if besides is paces else min
        return Pace(median(pace.per_image for pace in paces), least(pace.per_run for pace in besides))

    def _of_its_kind(self, config: RunConfig) -> Iterable[Run]:
        elsewhere = MODELS[config.model].iterative  # what only memorises has no pace that holds for other datasets
        for run in self.runs:
            own = run.config.fingerprint == config.fingerprint
            if _key(run.config) == _key(config) and (own or elsewhere) and self._pace_of(run):
                yield run

    def _pace_of(self, run: Run) -> Pace | None:
        if run.id not in self.paces:
            self.paces[run.id] = pace_of(run)
        return self.paces[run.id]


def _unlike(run: Run, config: RunConfig) -> tuple[bool, bool]:
    return run.config.sampling != config.sampling, run.config.fingerprint != config.fingerprint


def _kept(settings: Settings) -> dict[str, Pace]:
    try:
        return {key: Pace(**pace) for key, pace in json.loads(_place(settings).read_text()).items()}
    except (OSError, ValueError, TypeError, AttributeError):  # never written, or damaged: it can be measured again
        return {}


def _keep(config: RunConfig, pace: Pace, settings: Settings) -> None:
    kept = _kept(settings) | {_key(config) + _setup(settings): pace}
    text = json.dumps({key: asdict(value) for key, value in kept.items()}, indent=1)
    write_whole(_place(settings), lambda beside: beside.write_text(text))


def _place(settings: Settings) -> Path:
    return settings.home / "paces.json"


def _setup(settings: Settings) -> str:
    return f" with {settings.threads or os.cpu_count()} of {os.cpu_count()} threads"


# Measuring


def measure_pace(config: RunConfig, settings: Settings) -> Pace:
    """Measure the pace of a configuration's model in a process of its own, keep it in `paces.json` and return it.

    Takes some seconds: this process imports no torch.

    Raises:
        BadInput: the model cannot be trained here, for instance because its pretrained weights cannot be fetched.
    """
    values = {f"model.{name}": value for name, value in config.owned("model").items()}
    values["images.size"] = config.params["images.size"]
    settled = [word for name, value in values.items() for word in ("--set", f"{name}={value}")]
    return Pace(**ask(["pace", config.model, *settled], settings, _LONGEST))


def measure_here(model: str, values: dict[str, object], settings: Settings) -> Pace:
    """Measure the pace of a model in this process, keep it in `paces.json` and return it.

    Trains on noise twice: the first run warms up, the second is timed.
    """
    with tempfile.TemporaryDirectory() as folder:
        config = _on_noise(model, values, Path(folder))
        apart = Settings(**settings.model_dump() | {"home": Path(folder) / "home", "hosted": False, "scheduler": None})
        pace = replace(_timed(config, apart), once=_backbone(config))
    _keep(config, pace, settings)
    return pace


def _on_noise(model: str, values: dict[str, object], folder: Path) -> RunConfig:
    from PIL import Image

    config = configure("noise", str(folder / "noise"), model=model, split="random", values=values)
    rng = np.random.default_rng(0)
    for number in range(_NOISE):
        place = folder / "noise" / f"class{number % 4}" / f"{number}.png"
        place.parent.mkdir(parents=True, exist_ok=True)
        side = config.params["images.size"]
        Image.fromarray(rng.integers(0, 256, (side, side)).astype(np.uint8)).save(place)
    return config


def _timed(config: RunConfig, settings: Settings) -> Pace:
    from core.datasets import open_dataset
    from core.experiment import run_experiment

    config = replace(config, fingerprint=open_dataset(config.dataset, settings).fingerprint)
    for seed, passes in enumerate((1, 2)):
        epochs = {"training.epochs": passes} if "training.epochs" in config.params else {}
        run = run_experiment(replace(config, seed=seed, params=config.params | epochs), settings)
    return pace_of(run)


def _backbone(config: RunConfig) -> float:
    """Return the seconds that the frozen part of a model takes an image, 0 for one that has none."""
    import torch

    size = config.params["images.size"]
    model = MODELS[config.model].build(4, size, **config.owned("model"))
    if not hasattr(model, "backbone"):
        return 0.0
    images = torch.rand(64, 1, size, size)
    backbone = model.backbone.to(memory_format=torch.channels_last)
    with torch.no_grad():
        backbone(images)
        started = time.perf_counter()
        backbone(images)
    return (time.perf_counter() - started) / len(images)
