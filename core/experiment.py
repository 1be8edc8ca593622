"""One configuration in, one finished run folder out: the way from a dataset to predictions.parquet."""

import json
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pandas as pd

from core.batches import TrainingSet, generators
from core.catalog import Dataset
from core.cutting import shows_faces
from core.datasets import open_dataset
from core.errors import BadInput
from core.evaluation import PROBABILITY, evaluate
from core.flags import check_every_fold
from core.job_files import Progress
from core.pixels import load_pixels, targets
from core.runs import BY_K, RESAMPLE_FIRST, TEST_ON_TRAINING, VALIDATION, Run, RunConfig, read_run
from core.sampling import SAMPLERS
from core.sampling.summary import resample
from core.settings import Settings
from core.splits import HOLD_OUT, Fold, make_folds
from core.storage import write_whole
from core.synthesis.use import judged_images, made_for
from core.votes import CAN, k_curve

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
        self.shown, self.copies_tested = 0, 0
        self.by_k: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
        self.started = self.epoch_started = time.time()

    def write(self, folder: Path) -> None:
        """Compute everything and write it into `folder`."""
        import torch
        from safetensors.torch import save_file

        from core.training import export_onnx

        if self.settings.threads:
            torch.set_num_threads(self.settings.threads)
        folder.mkdir()
        predictions, validation, model = self._all_folds()
        self.report(self._progress("Writing the results"))
        predictions.to_parquet(folder / "predictions.parquet", index=False)
        validation.to_parquet(folder / VALIDATION, index=False)
        (folder / "metrics.json").write_text(json.dumps(evaluate(predictions).to_json(), indent=1))
        pd.DataFrame(self.history).to_csv(folder / "history.csv", index=False)
        if self.by_k:
            self._curve().to_csv(folder / BY_K, index=False)
        # The network that is kept was trained on the first fold: it has seen nothing of that fold's test part.
        export_onnx(model, self.config.params["images.size"], str(folder / "network.onnx"))
        save_file(
            {name: value.contiguous() for name, value in model.state_dict().items()}, folder / "weights.safetensors"
        )
        record = {
            "config": self.config.to_json(),
            "created": self.started,
            "seconds": time.time() - self.started,
            "shown": self.shown,
            "copies_tested": self.copies_tested / len(predictions),
            "left_out": self.left_out,
            "on_faces": shows_faces(self.dataset.root, self.dataset.usable["image"].to_list(), self.settings),
        }
        (folder / "config.json").write_text(json.dumps(record, indent=1))

    def _all_folds(self):
        """Return the predictions of every test image and of those that watched, and the first fold's model."""
        images, table = self._images()
        self.report(Progress("Dividing into training and test", 0, 1))
        folds = make_folds(self.config.split, table, self.config.folds, self.config.split_seed)
        folds = [fold.only(self.readable) for fold in folds]
        if self.config.order == TEST_ON_TRAINING:
            folds = [replace(fold, test=fold.train) for fold in folds]
        if self.config.order != RESAMPLE_FIRST:
            check_every_fold(SAMPLERS[self.config.sampling], self.config.owned("sampling"), table["label"], folds)
        self.n_epochs = self.training.get("epochs", 1) * len(folds)
        tested, watched, kept = [], [], None
        for number, fold in enumerate(folds, start=1):
            learnt_from = table["image"].iloc[np.concatenate([fold.train, fold.validation])]
            self.copies_tested += int(table["image"].iloc[fold.test].isin(learnt_from).sum())
            run = self._one_fold(number, fold, images, table)
            tested.append(self._table(number, table.iloc[fold.test], run.probabilities(fold.test)))
            watched.append(self._table(number, table.iloc[fold.validation], run.probabilities(fold.validation)))
            kept = run.model if kept is None else kept
        return pd.concat(tested, ignore_index=True), pd.concat(watched, ignore_index=True), kept

    def _images(self):
        """Return the images of the run, and their rows of the catalog; `self.readable` says which can be decoded."""
        from core.fold import Images

        pixels = load_pixels(
            self.dataset,
            self.config.params["images.size"],
            self.settings,
            lambda done, total: self.report(Progress("Reading images", done, total)),
        )
        # Divided before what cannot be decoded is left out: pages, which decode nothing, show the same division.
        table, self.readable = self.dataset.usable.reset_index(drop=True), pixels.readable
        self.left_out = table["image"][~pixels.readable].to_list()
        classes = self.dataset.labels
        images = Images(table["label"], targets(table["label"], classes), pixels.images, classes, pixels.key)
        return self._resampled_first(images, table) if self.config.order == RESAMPLE_FIRST else (images, table)

    def _resampled_first(self, images, table: pd.DataFrame):
        """Return the images after resampling, copies among them: what is divided next has copies on both sides."""
        rows, table = images.rows[self.readable], table[self.readable].reset_index(drop=True)
        images = replace(images, rows=rows, labels=table["label"], targets=images.targets[self.readable])
        material = {"images": lambda: images.rows}
        choice, values = SAMPLERS[self.config.sampling], self.config.owned("sampling")
        sampled = resample(choice, images.labels, values, self.config.seed, material)
        rng, _ = generators(self.config.seed, 0)
        everything = TrainingSet(
            images.rows, images.targets, np.arange(len(table)), sampled.plan, images.classes
        ).settled(rng)
        rows = everything.part[everything.plan.indices]
        shown = table.iloc[sampled.indices].reset_index(drop=True)
        self.readable = np.ones(len(shown), dtype=bool)
        return replace(
            images, labels=shown["label"], targets=everything.targets[rows], rows=everything.rows[rows], key=None
        ), shown

    def _made(self, judged, checksum: int | None):
        """Return what gives a strategy the images that a GAN made without seeing any of those that are judged."""
        size = self.config.params["images.size"]
        return made_for(self.config.fingerprint, judged, size, self.settings, checksum)

    def _one_fold(self, number: int, fold: Fold, images, table: pd.DataFrame):
        """Return what one fold trained."""
        from core.fold import FoldOfARun

        config = self.config
        if config.order == RESAMPLE_FIRST:  # the resampling is done
            own = {key: value for key, value in config.params.items() if not key.startswith("sampling.")}
            config = replace(config, sampling="none", params=own)
        stage = "Training, epoch" if config.folds == HOLD_OUT else f"Training fold {number} of {config.folds}, epoch"

        def on_batch(share: float) -> None:
            if not share:
                self.epoch_started = time.time()
            self.report(self._progress(stage, share))

        def on_features(done: int, total: int) -> None:
            self.report(Progress("Reading features", done, total))
            self.epoch_started = time.time()  # the pace of epochs is that of epochs alone

        on_batch(0.0)
        material = {
            "images": lambda: images.rows[fold.train],
            "made": self._made(judged_images(table, fold), self.config.params.get("sampling.approved")),
        }
        run = FoldOfARun(config, images, fold, number, self.settings, material, on_features, self.should_stop)
        for epoch in run.epochs(on_batch):
            self.history.append({"fold": number, **asdict(epoch)})
            on_batch(0.0)
        self.shown += run.train.n_shown
        said = run.said_by_k()
        if said is not None:
            self.by_k.append((images.targets[fold.test], said, run.largest_winnable()))
        return run

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

    def _curve(self) -> pd.DataFrame:
        """Return how every number of neighbours scores over all folds, and which classes it can elect at all."""
        n_ks = min(said.shape[1] for _, said, _ in self.by_k)
        y_true = np.concatenate([targets for targets, _, _ in self.by_k])
        curve = k_curve(y_true, np.concatenate([said[:, :n_ks] for _, said, _ in self.by_k]), self.dataset.labels)
        limits = np.min([largest for _, _, largest in self.by_k], axis=0)
        can = {CAN + label: curve["k"] <= limit for label, limit in zip(self.dataset.labels, limits, strict=True)}
        return curve.assign(**can)

    def _progress(self, stage: str, share: float = 0.0) -> Progress:
        """Return where the training stands, `share` of an epoch included; what is left goes at the mean pace so far."""
        done = len(self.history) + share
        spent = sum(epoch["seconds"] for epoch in self.history) + time.time() - self.epoch_started
        pace = spent / done if done else None
        return Progress(stage, done, self.n_epochs, pace and pace * (self.n_epochs - done), tuple(self.history))
