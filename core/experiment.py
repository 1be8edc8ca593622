"""One configuration in, one finished run folder out: the way from a dataset to predictions.parquet."""

import json
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pandas as pd

from core.catalog import Dataset
from core.datasets import open_dataset
from core.errors import BadInput
from core.evaluation import PROBABILITY, evaluate
from core.job_files import Progress
from core.losses import LOSSES
from core.models import MODELS
from core.pixels import load_pixels, targets
from core.runs import Run, RunConfig, read_run
from core.sampling import SAMPLERS
from core.sampling.summary import resample
from core.settings import Settings
from core.splits import HOLD_OUT, Fold, make_folds
from core.storage import write_whole

Report = Callable[[Progress], None]


def run_experiment(
    config: RunConfig,
    settings: Settings,
    report: Report = lambda progress: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Run:
    """Train, judge and keep one run; one that is there already is returned as it is.

    Raises:
        BadInput: the dataset changed, or this configuration cannot be trained on it.
        Cancelled: `should_stop()` returned True; nothing is left behind.
    """
    place = settings.runs_dir / config.id
    if not place.is_dir():
        dataset = open_dataset(config.dataset, settings, lambda what, done, total: report(Progress(what, done, total)))
        if dataset.fingerprint != config.fingerprint:
            raise BadInput(
                f"{dataset.title} changed since this run was set up; choose “Read the folder again” on the overview, "
                "then start again."
            )
        write_whole(place, lambda folder: _Experiment(config, dataset, settings, report, should_stop).write(folder))
    return read_run(place)


class _Experiment:
    """The state of one run while it is computed."""

    def __init__(self, config: RunConfig, dataset: Dataset, settings: Settings, report: Report, should_stop):
        self.config, self.dataset, self.settings = config, dataset, settings
        self.report, self.should_stop = report, should_stop
        self.training = config.owned("training")
        self.history: list[dict[str, float]] = []
        self.started = time.time()

    def write(self, folder: Path) -> None:
        """Compute everything and write it into `folder`."""
        import torch
        from safetensors.torch import save_file

        from core.training import export_onnx

        if self.settings.threads:
            torch.set_num_threads(self.settings.threads)
        folder.mkdir()
        predictions, model = self._all_folds()
        self.report(self._progress("Writing the results"))
        predictions.to_parquet(folder / "predictions.parquet", index=False)
        (folder / "metrics.json").write_text(json.dumps(evaluate(predictions).to_json(), indent=1))
        pd.DataFrame(self.history).to_csv(folder / "history.csv", index=False)
        # The network that is kept was trained on the first fold: it has seen nothing of that fold's test part.
        export_onnx(model, self.config.params["images.size"], str(folder / "network.onnx"))
        save_file(
            {name: value.contiguous() for name, value in model.state_dict().items()}, folder / "weights.safetensors"
        )
        record = {
            "config": self.config.to_json(),
            "created": self.started,
            "seconds": time.time() - self.started,
            "left_out": self.left_out,
        }
        (folder / "config.json").write_text(json.dumps(record, indent=1))

    def _all_folds(self):
        """Return the predictions of every test image, and the first fold's model."""
        pixels = load_pixels(
            self.dataset,
            self.config.params["images.size"],
            self.settings,
            lambda done, total: self.report(Progress("Reading images", done, total)),
        )
        images = self.dataset.usable[pixels.readable].reset_index(drop=True)
        self.left_out = self.dataset.usable["image"][~pixels.readable].to_list()
        array = pixels.images if pixels.readable.all() else pixels.images[pixels.readable]
        self.report(Progress("Dividing into training and test", 0, 1))
        folds = make_folds(self.config.split, images, self.config.folds, self.config.split_seed)
        self.n_epochs = self.training.get("epochs", 1) * len(folds)
        self.training_started = time.time()
        tables, kept = [], None
        for number, fold in enumerate(folds, start=1):
            model, probabilities = self._one_fold(number, fold, images["label"], array)
            tables.append(self._table(number, images.iloc[fold.test], probabilities))
            kept = model if kept is None else kept
        return pd.concat(tables, ignore_index=True), kept

    def _one_fold(self, number: int, fold: Fold, labels: pd.Series, array: np.ndarray):
        """Resample the training part, fit, and return the model with its probabilities for the test part, (n, K)."""
        import torch

        from core.training import Part, Recipe, fit, predict

        config, classes = self.config, self.dataset.labels
        rng = np.random.default_rng([config.seed, number])
        torch.manual_seed(int(rng.integers(2**31)))  # initial weights and dropout draw from torch's own generator
        sampled = resample(SAMPLERS[config.sampling], labels.iloc[fold.train], config.owned("sampling"), config.seed)
        y = targets(labels, classes)
        train, validation, test = (
            Part(array, y, indices) for indices in (fold.train[sampled.indices], fold.validation, fold.test)
        )
        model = MODELS[config.model].build(len(classes), self.config.params["images.size"], **config.owned("model"))
        counts = np.bincount(y[train.indices], minlength=len(classes))
        loss = LOSSES[config.loss].build(counts, **config.owned("loss"))
        recipe = Recipe(*(self.training.get(name, 1) for name in ("epochs", "batch_size", "learning_rate")))
        stage = "Training, epoch" if config.folds == HOLD_OUT else f"Training fold {number} of {config.folds}, epoch"

        def on_batch(share: float) -> None:
            self.report(self._progress(stage, share))

        on_batch(0.0)
        for epoch in fit(model, loss, train, validation, recipe, rng, self.should_stop, on_batch):
            self.history.append({"fold": number, **asdict(epoch)})
            on_batch(0.0)
        return model, predict(model, test, self.should_stop)

    def _table(self, number: int, images: pd.DataFrame, probabilities: np.ndarray) -> pd.DataFrame:
        table = pd.DataFrame(
            {
                "image": images["image"].to_numpy(),
                "person": images["person"].to_numpy(),
                "y_true": images["label"].to_numpy(),
                "fold": number,
            }
        )
        names = [PROBABILITY + label for label in self.dataset.labels]
        return pd.concat([table, pd.DataFrame(probabilities, columns=names)], axis=1)

    def _progress(self, stage: str, share: float = 0.0) -> Progress:
        """Return where the training stands, `share` of an epoch included; what is left goes at the mean pace so far."""
        done = len(self.history) + share
        pace = (time.time() - self.training_started) / done if done else None
        return Progress(stage, done, self.n_epochs, pace and pace * (self.n_epochs - done), tuple(self.history))
