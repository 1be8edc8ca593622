"""All of it from nothing: the GAN, every run, the facts, and the small set of files that comes with the program."""

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from core.catalog import Dataset
from core.datasets import open_dataset
from core.errors import BadInput
from core.evaluation import PROBABILITY, evaluate
from core.job_files import Progress
from core.replication.experiments import DATASET, EXPERIMENTS, Experiment, every_config
from core.replication.facts import GAN_CLASSES, Facts, measure_facts
from core.runs import BY_K, VALIDATION, Run, RunConfig, existing_run
from core.settings import Settings
from core.storage import write_whole
from core.sweep_runner import train_each
from core.synthesis.config import configure_synthesis
from core.synthesis.store import approve_all
from core.synthesis.use import name_approved

Report = Callable[[Progress], None]
_DECIMALS = 4
"""Of shipped probabilities: ten thousand values pack into two bytes each."""


@dataclass(frozen=True)
class Rebuilt:
    """What was trained, and what could not be."""

    runs: list[Run]
    problems: dict[str, str]
    """Title of a run -> why there is none."""
    facts: Facts


def rebuild(
    source: str,
    settings: Settings,
    experiments: Sequence[Experiment] = EXPERIMENTS,
    report: Report = lambda progress: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Rebuilt:
    """Train whatever is missing of these experiments, and measure the facts.

    What is there is not trained again, so that a rebuild that was stopped goes on where it stopped. A run that cannot
    be trained, as one whose pretrained weights cannot be loaded, does not stop the others.
    """

    def opening(what: str, done: int, total: int) -> None:
        report(Progress(what, done, total))

    dataset = open_dataset(source, settings, opening)
    facts = measure_facts(dataset, settings, lambda done, total: report(Progress("Reading images", done, total)))
    configs = every_config(experiments, dataset.fingerprint, dataset.source)
    if any(config.sampling == "gan" for config in configs):
        _make_images(dataset, settings, report, should_stop)
    named, problems = _name_approved(configs, dataset, settings)
    runs = {config.id: run for config in named if (run := existing_run(config, settings.runs_dir))}
    waiting = [config for config in named if config.id not in runs]
    for config, outcome in train_each(waiting, settings, report, should_stop):
        if isinstance(outcome, BadInput):
            problems[f"{config.title}, seed {config.seed}"] = str(outcome)
        else:
            runs[config.id] = outcome
    return Rebuilt([runs[config.id] for config in named if config.id in runs], problems, facts)


def _make_images(dataset: Dataset, settings: Settings, report: Report, should_stop: Callable[[], bool]) -> None:
    """Train the GAN and approve what it made, but for what is nearly a copy of a face that it saw."""
    from core.synthesis.making import train_gan  # brings torch

    made = train_gan(
        configure_synthesis(dataset.fingerprint, dataset.source, GAN_CLASSES), settings, report, should_stop
    )
    approve_all(made.folder)


def _name_approved(
    configs: Sequence[RunConfig], dataset: Dataset, settings: Settings
) -> tuple[list[RunConfig], dict[str, str]]:
    named, problems = [], {}
    for config in configs:
        try:
            named.append(name_approved(config, dataset, settings))
        except BadInput as problem:
            problems[f"{config.title}, seed {config.seed}"] = str(problem)
    return named, problems


def ship(rebuilt: Rebuilt, folder: Path) -> None:
    """Write the predictions and figures of the runs, and the facts, into `folder`, which is replaced as a whole.

    No image, no network and no path of this machine is in it. Probabilities are rounded to four decimals, and the
    figures are those of the rounded ones, so that anybody gets the same from the files. The labels that are said do
    not change.
    """

    def write(temporary: Path) -> None:
        temporary.mkdir()
        for run in rebuilt.runs:
            _ship_run(run, temporary / run.id)
        facts = json.dumps(rebuilt.facts.to_json(), indent=1)
        (temporary / "facts.json").write_text(facts + "\n", encoding="utf-8")

    if folder.is_dir():
        if any(path.name != "facts.json" and not (path / "config.json").is_file() for path in folder.iterdir()):
            raise BadInput(f"{folder} holds other things than shipped runs; name a new folder, or an empty one.")
        shutil.rmtree(folder)
    write_whole(folder, write)


def _ship_run(run: Run, place: Path) -> None:
    place.mkdir()
    record = json.loads((run.folder / "config.json").read_text(encoding="utf-8"))
    record["config"] = replace(run.config, dataset=DATASET).to_json()
    (place / "config.json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    predictions = _rounded(run.predictions)
    _write_table(predictions, place / "predictions.parquet")
    if run.validation is not None:
        _write_table(_rounded(run.validation), place / VALIDATION)
    (place / "metrics.json").write_text(json.dumps(evaluate(predictions).to_json(), indent=1) + "\n", encoding="utf-8")
    for name in ("history.csv", BY_K):
        if (run.folder / name).is_file():
            pd.read_csv(run.folder / name).round(6).to_csv(place / name, index=False)


def _rounded(predictions: pd.DataFrame) -> pd.DataFrame:
    """Return the table with rounded probabilities; what is said of an image stays said of it."""
    names = [name for name in predictions.columns if name.startswith(PROBABILITY)]
    exact = predictions[names].to_numpy()
    rounded = exact.round(_DECIMALS)
    rows, said = np.arange(len(exact)), exact.argmax(1)
    tied = rounded.argmax(1) != said  # two that differ by less than is kept
    rounded[rows[tied], said[tied]] += 10.0**-_DECIMALS
    return predictions.assign(**{name: rounded[:, k].astype(np.float32) for k, name in enumerate(names)})


def _write_table(table: pd.DataFrame, place: Path) -> None:
    # Names differ from row to row: a dictionary of them would be larger than they are.
    packed = [name for name in table if name != "image"]
    table.to_parquet(place, index=False, compression="zstd", compression_level=19, use_dictionary=packed)
