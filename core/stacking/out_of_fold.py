"""What a member of a stack says of every image, by a network that saw neither the image nor its person in training."""

import hashlib
import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.catalog import Dataset
from core.job_files import Progress
from core.pixels import load_pixels, targets
from core.runs import RunConfig, configure
from core.settings import Settings
from core.splits import Fold, make_folds
from core.stacking.members import Member
from core.storage import thin_out, write_whole

if TYPE_CHECKING:  # brings torch
    from core.fold import FoldOfARun

Report = Callable[[Progress], None]
SPLIT = "person_disjoint"
_SEEDS_APART = 1000
"""A member of several networks trains them with seeds so far apart, so that no two seeds of a stack share a network."""
_LEAST = 1e-7
"""Probabilities below this are taken for this: their logarithm must be finite."""


@dataclass(frozen=True)
class Plan:
    """Which image is judged by which fold, and with which seed the members train."""

    dataset: Dataset
    folds: int
    split_seed: int
    seed: int

    def divisions(self) -> list[Fold]:
        """Return the folds; nothing watches a training here, so the images that would are learnt from."""
        made = make_folds(SPLIT, self.dataset.usable, self.folds, self.split_seed)
        return [replace(fold, train=np.union1d(fold.train, fold.validation)) for fold in made]

    def fold_of(self) -> np.ndarray:
        """Return the number, from 0 on, of the fold that judges each usable image, int64, shape (n,)."""
        numbers = np.empty(len(self.dataset.usable), dtype=np.int64)
        for number, fold in enumerate(self.divisions()):
            numbers[fold.test] = number
        return numbers

    def config(self, member: Member, network: int) -> RunConfig:
        """Return how the member's network of that number, from 0 on, is trained."""
        return configure(
            self.dataset.fingerprint,
            self.dataset.source,
            model=member.model,
            sampling=member.sampling,
            loss=member.loss,
            folds=self.folds,
            values=member.values,
            split_seed=self.split_seed,
            seed=self.seed + network * _SEEDS_APART,
        )


def log_probabilities(
    member: Member,
    plan: Plan,
    settings: Settings,
    report: Report = lambda progress: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> np.ndarray:
    """Return log-probabilities of every usable image, float32, shape (n, K); NaN where it cannot be decoded.

    They are means over the member's networks, and over each image and its mirror image where the member asks for that.
    Each fold is kept as soon as it is there: what was stopped goes on where it was.

    Raises:
        BadInput: the folds cannot be made, or the member's weights cannot be had.
        Cancelled: `should_stop()` returned True.
    """
    answers = np.full((len(plan.dataset.usable), len(plan.dataset.labels)), np.nan, dtype=np.float32)
    for number, fold in enumerate(plan.divisions()):
        said = [
            _kept(member, plan, network, number, fold, settings, report, should_stop)
            for network in range(member.n_networks)
        ]
        answers[fold.test] = np.mean(said, axis=0)
    return answers


def _kept(member, plan, network, number, fold, settings, report, should_stop) -> np.ndarray:
    """Return what one network says of its fold's test part; from disk where it was trained before."""
    config = plan.config(member, network)
    place = settings.stacks_dir / f"{_key(config, member)}-{number}.npy"
    if place.is_file():
        os.utime(place)
        return np.load(place)
    stage = f"{member.title}, network {network + 1} of {member.n_networks}, fold {number + 1} of {plan.folds}"
    answers = _trained(config, member, plan.dataset, fold, number, stage, settings, report, should_stop)

    def write(path: Path) -> None:
        with path.open("wb") as file:
            np.save(file, answers)

    write_whole(place, write)
    thin_out(settings.stacks_dir)
    return answers


def _key(config: RunConfig, member: Member) -> str:
    said = {"run": config.id, "mirrored": member.mirrored}
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:16]


def _trained(config, member, dataset, fold, number, stage, settings, report, should_stop) -> np.ndarray:
    """Train on one fold and return log-probabilities of its test part, shape (n, K), NaN for the unreadable."""
    run = train_network(config, dataset, fold, number, stage, settings, report, should_stop)
    readable = load_pixels(dataset, config.params["images.size"], settings).readable[fold.test]
    logarithms = [np.log(run.probabilities(fold.test).clip(_LEAST))]
    if member.mirrored:
        logarithms.append(np.log(run.mirrored_probabilities(fold.test).clip(_LEAST)))
    answers = np.mean(logarithms, axis=0)
    answers -= np.log(np.exp(answers).sum(1, keepdims=True))
    answers[~readable] = np.nan
    return answers


def train_network(
    config: RunConfig,
    dataset: Dataset,
    fold: Fold,
    number: int,
    stage: str,
    settings: Settings,
    report: Report,
    should_stop: Callable[[], bool],
) -> "FoldOfARun":
    """Train on one fold and return what was trained; `stage` says in words what this is.

    Raises:
        BadInput: the model's weights cannot be had.
        Cancelled: `should_stop()` returned True.
    """
    import torch

    from core.fold import FoldOfARun, Images

    if settings.threads:
        torch.set_num_threads(settings.threads)
    pixels = load_pixels(
        dataset, config.params["images.size"], settings, lambda done, total: report(Progress("Reading", done, total))
    )
    labels = dataset.usable["label"].reset_index(drop=True)
    images = Images(labels, targets(labels, dataset.labels), pixels.images, dataset.labels, pixels.key)
    began, history = time.time(), []
    n_epochs = config.params.get("training.epochs", 1)

    def on_batch(share: float) -> None:
        done = len(history) + share
        left = (time.time() - began) / done * (n_epochs - done) if done else None
        report(Progress(stage, done, n_epochs, left))

    known = fold.only(pixels.readable)
    material = {"images": lambda: images.rows[known.train]}

    def on_features(done: int, total: int) -> None:
        report(Progress("Reading features", done, total))

    run = FoldOfARun(config, images, known, number, settings, material, on_features, should_stop)
    for epoch in run.epochs(on_batch):
        history.append(epoch)
        on_batch(0.0)
    return run
