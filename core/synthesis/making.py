"""From a configuration to a finished folder of made images: train, checkpoint, make, judge, write."""

import json
import math
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from safetensors.torch import save_file

from core.datasets import open_dataset
from core.errors import BadInput
from core.job_files import Progress
from core.settings import Settings
from core.storage import remove_whole, write_whole
from core.synthesis.adversaries import Adversaries, to_bytes, to_tensor
from core.synthesis.checkpoint import Standing, load_checkpoint, save_checkpoint
from core.synthesis.config import SynthesisConfig
from core.synthesis.differentiable import augment
from core.synthesis.honesty import Honesty, judge_samples
from core.synthesis.material import gather
from core.synthesis.memory import Memory, find_copies
from core.synthesis.sheets import write_sheet
from core.synthesis.store import COLUMNS, Synthesis, place_of, read_synthesis, unfinished_place
from core.training import Cancelled

Report = Callable[[Progress], None]
_MOST_SHEETS = 20
_ROWS, _COLUMNS = 12, 8  # classes on a sheet at most, and samples of each
_SHEET, _SAMPLES, _CONTROL = 1, 2, 3  # what a stream of random numbers is for: none disturbs another


def train_gan(
    config: SynthesisConfig,
    settings: Settings,
    report: Report = lambda progress: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Synthesis:
    """Train a GAN, make its images, judge and keep them; what is there already is returned as it is.

    One that was stopped goes on where it stopped, with the same result on the same machine.

    Raises:
        BadInput: the dataset changed, a class has too few images, or the checkpoint is damaged.
        Cancelled: `should_stop()` returned True. The checkpoint stays in `unfinished_place(config, settings)`.
    """
    place, unfinished = place_of(config, settings), unfinished_place(config, settings)
    if not place.is_dir():
        if settings.threads:
            torch.set_num_threads(settings.threads)
        making = _Making(config, settings, unfinished, report, should_stop)
        making.train()
        write_whole(place, making.write)
    if unfinished.is_dir():
        remove_whole(unfinished)
    return read_synthesis(place)


class _Making:
    """The state of one synthesis under way."""

    def __init__(
        self, config: SynthesisConfig, settings: Settings, unfinished: Path, report: Report, should_stop
    ) -> None:
        self.config, self.unfinished, self.report, self.should_stop = config, unfinished, report, should_stop
        self.epochs, self.steps = config.params["epochs"], config.params["steps"]
        self.standing = Standing(time.time())
        dataset = open_dataset(config.dataset, settings, self._tell)
        if dataset.fingerprint != config.fingerprint:
            raise BadInput(
                f"{dataset.title} changed since this was set up; choose “Read the folder again” on the overview, "
                "then start again."
            )
        self.material = gather(config, dataset, settings, self._telling("Reading images"))
        self.adversaries = Adversaries(config, self.material)
        self.standing = load_checkpoint(unfinished, self.adversaries) or self.standing
        self.resumed = time.monotonic() - self.standing.seconds

    @property
    def history(self) -> tuple[dict[str, float], ...]:
        """Return what each finished epoch gave."""
        return tuple(self.standing.history)

    def train(self) -> None:
        """Train to the last step, keeping a checkpoint after each epoch and when told to stop."""
        self.unfinished.mkdir(parents=True, exist_ok=True)
        standing, last = self.standing, self.epochs * self.steps
        while self.adversaries.n_steps < last:
            if self.should_stop():
                self._keep()
                raise Cancelled
            standing.add(self._step())
            standing.seconds = time.monotonic() - self.resumed
            if self.adversaries.n_steps % self.steps == 0:
                standing.close_epoch()
                self._draw_sheet(len(standing.history))
                self._keep()
            self.report(self._progress())

    def _step(self) -> tuple[float, float, float]:
        results = self.adversaries.step()
        if not all(map(math.isfinite, results)):
            raise BadInput(
                f"The GAN's losses grew beyond all bounds at step {self.adversaries.n_steps}; "
                "choose a smaller learning_rate."
            )
        return results

    def write(self, folder: Path) -> None:
        """Make and judge the images and write everything into `folder`."""
        self.report(self._progress("Making images"))
        classes = np.repeat(np.arange(self.material.n_chosen), self.config.params["images"])
        made = self.adversaries.make(classes, np.random.default_rng([self.config.seed, _SAMPLES]))
        self._stop_if_told()
        memory = find_copies(
            made,
            self.material.images,
            self.material.persons,
            self.config.seed,
            self._telling("Looking for copies"),
        )
        self.report(self._progress("Judging the images"))
        labels = np.array(self.material.classes, dtype=object)[classes]
        honesty = self._judge(memory, made, labels)
        self._stop_if_told()
        self._write_files(folder, made, self._table(memory, labels), honesty)

    def _judge(self, memory: Memory, made: np.ndarray, labels: np.ndarray) -> Honesty:
        own = self.material.chosen
        real = self.material.images[own]
        generator = torch.Generator().manual_seed(self.config.seed + _CONTROL)
        changed = to_bytes(augment(to_tensor(real), generator))
        persons = self.material.persons[own]
        return judge_samples(memory, real, self.material.labels[own], persons, changed, made, labels, self.config.seed)

    def _table(self, memory: Memory, labels: np.ndarray) -> pd.DataFrame:
        columns = (
            np.arange(len(labels)),
            labels,
            self.material.names[memory.nearest],
            memory.distances,
            memory.memorised,
            np.zeros(len(labels), dtype=bool),
        )
        table = pd.DataFrame(dict(zip(COLUMNS, columns, strict=True)))
        return table.astype({"label": "str", "nearest": "str"})

    def _write_files(self, folder: Path, made: np.ndarray, samples: pd.DataFrame, honesty: Honesty) -> None:
        folder.mkdir()
        weights = {name: value.cpu().contiguous() for name, value in self.adversaries.average.state_dict().items()}
        save_file(weights, folder / "generator.safetensors")
        np.save(folder / "samples.npy", made)
        samples.to_parquet(folder / "samples.parquet", index=False)
        pd.DataFrame(self.standing.history).to_csv(folder / "history.csv", index=False)
        (folder / "honesty.json").write_text(json.dumps(honesty.to_json(), indent=1), encoding="utf-8")
        shutil.copytree(self.unfinished / "grids", folder / "grids")
        record = {
            "config": self.config.to_json(),
            "classes": self.material.classes,
            "seen": self.material.names.tolist(),
            "created": self.standing.created,
            "seconds": time.monotonic() - self.resumed,
        }
        (folder / "config.json").write_text(json.dumps(record, indent=1), encoding="utf-8")

    def _draw_sheet(self, epoch: int) -> None:
        """Write a sheet of samples, a row a chosen class; always of the same latents, so that sheets compare."""
        if epoch % -(-self.epochs // _MOST_SHEETS) and epoch < self.epochs:
            return
        classes = np.repeat(np.arange(min(self.material.n_chosen, _ROWS)), _COLUMNS)
        made = self.adversaries.make(classes, np.random.default_rng([self.config.seed, _SHEET]))
        write_sheet(self.unfinished / "grids" / f"epoch_{epoch:04}.png", made, _COLUMNS)

    def _keep(self) -> None:
        save_checkpoint(self.unfinished, self.adversaries, self.standing)

    def _stop_if_told(self) -> None:
        if self.should_stop():
            raise Cancelled

    def _tell(self, stage: str, done: int, total: int) -> None:
        """Report what is under way, and stop there if told to."""
        self._stop_if_told()
        self.report(Progress(stage, done, total, history=self.history))

    def _telling(self, stage: str) -> Callable[[int, int], None]:
        return lambda done, total: self._tell(stage, done, total)

    def _progress(self, stage: str = "Training the GAN, epoch") -> Progress:
        n_steps = self.adversaries.n_steps
        left = self.standing.seconds / n_steps * (self.epochs * self.steps - n_steps) if n_steps else None
        return Progress(stage, n_steps / self.steps, self.epochs, left, self.history)
