"""Runs: one folder each, found by the hash of its configuration; a folder that exists is whole."""

import hashlib
import json
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import pandas as pd

from core.errors import BadInput
from core.losses import LOSSES
from core.models import MODELS
from core.registry import Choice, Param
from core.sampling import SAMPLERS
from core.splits import HOLD_OUT, SPLITS

TRAINING = Choice(
    name="training",
    title="Training",
    summary="How the network is trained: AdamW on shuffled batches; steps grow, then shrink to nothing (one cycle).",
    source="Loshchilov & Hutter 2019; Smith & Topin 2019",
    params=(
        Param("epochs", 10, 1, 200, "passes over the training part"),
        Param("batch_size", 64, 8, 1024, "images a step"),
        Param("learning_rate", 0.002, 0.00001, 0.1, "size of the largest steps"),
        Param("weight_decay", 0.01, 0.0, 1.0, "how strongly weights are pulled to zero"),
    ),
    build=dict,
)
IMAGES = Choice(
    name="images",
    title="Images",
    summary="What the model sees: the whole picture in grey, squeezed to a square.",
    source="the students' report",
    params=(Param("size", 48, 16, 128, "width and height in pixels"),),
    build=dict,
)
SPLIT_FIRST, RESAMPLE_FIRST = "split_first", "resample_first"
"""Whether the images are divided before they are resampled, as they must be, or after."""
FILES = ("config.json", "metrics.json", "history.csv", "predictions.parquet", "network.onnx", "weights.safetensors")
"""What every run's folder holds."""
BY_K = "by_k.csv"
"""What the folder of a run of nearest neighbours holds too."""
_VERSION = 2
"""Part of every run's hash; raised whenever the same configuration would train differently."""


@dataclass(frozen=True)
class RunConfig:
    """Everything that decides what a run computes."""

    fingerprint: str
    dataset: str
    """What opens the dataset again; not part of the hash: the fingerprint is."""
    model: str
    sampling: str
    loss: str
    split: str
    folds: int
    """HOLD_OUT (0) or the number of folds."""
    params: dict[str, int | float]
    """Every parameter, by `owner.name`: model.k, sampling.target, loss.gamma, training.epochs, images.size."""
    split_seed: int
    seed: int
    order: str = SPLIT_FIRST
    """SPLIT_FIRST, or RESAMPLE_FIRST: the mistake, made on purpose."""
    version: int = _VERSION

    @property
    def id(self) -> str:
        """Return the run's name: 12 hexadecimal digits."""
        decisive = {key: value for key, value in asdict(self).items() if key != "dataset"}
        return hashlib.sha256(json.dumps(decisive, sort_keys=True).encode()).hexdigest()[:12]

    def check(self) -> None:
        """Raise BadInput or KeyError where this version knows no such choice or parameter: another version wrote it."""
        if self.order not in (SPLIT_FIRST, RESAMPLE_FIRST):
            raise BadInput(f"A run's order is {SPLIT_FIRST} or {RESAMPLE_FIRST}, not {self.order!r}.")
        owners = applicable(MODELS[self.model], SAMPLERS[self.sampling], LOSSES[self.loss])
        for owner, choice in owners.items():
            choice.settle(self.owned(owner))
            for param in choice.params:
                self.params[f"{owner}.{param.name}"]

    @property
    def title(self) -> str:
        """Return what the run is in words."""
        parts = [("model", MODELS[self.model]), ("sampling", SAMPLERS[self.sampling])]
        if self.loss != "cross_entropy":
            parts.append(("loss", LOSSES[self.loss]))
        words = " · ".join(choice.title + self._telling(owner, choice) for owner, choice in parts)
        return words if self.order == SPLIT_FIRST else f"{words} · resampled before the split (wrong on purpose)"

    @property
    def plan(self) -> str:
        """Return how the run is judged, in words."""
        how = "hold-out" if self.folds == HOLD_OUT else f"{self.folds}-fold"
        epochs = [f"{self.params['training.epochs']:.0f} epochs"] if "training.epochs" in self.params else []
        return ", ".join([f"{SPLITS[self.split].title.lower()} {how}", *epochs, f"seed {self.seed}"])

    def _telling(self, owner: str, choice: Choice) -> str:
        """Return the values worth a title: a choice's only parameter, or of several those that were changed."""
        own = self.owned(owner)
        chosen = [param for param in choice.params if not param.filled_in]
        told = [param for param in chosen if len(chosen) == 1 or own[param.name] != param.default]
        return f" ({', '.join(f'{param.name} {own[param.name]:g}' for param in told)})" if told else ""

    def owned(self, owner: str) -> dict[str, int | float]:
        """Return the parameters of `model`, `sampling`, `loss`, `images` or `training`, by bare name."""
        prefix = owner + "."
        return {key.removeprefix(prefix): value for key, value in self.params.items() if key.startswith(prefix)}

    def to_json(self) -> dict:
        """Return plain data; `RunConfig(**data)` is the same configuration."""
        return asdict(self)

    def with_seed(self, seed: int) -> "RunConfig":
        """Return the same configuration with another seed: same folds, other weights and draws."""
        return replace(self, seed=seed)


def configure(
    fingerprint: str,
    dataset: str,
    *,
    model: str,
    sampling: str = "none",
    loss: str = "cross_entropy",
    split: str = "person_disjoint",
    folds: int = HOLD_OUT,
    values: Mapping[str, object] | None = None,
    split_seed: int = 0,
    seed: int = 0,
    order: str = SPLIT_FIRST,
) -> RunConfig:
    """Check names and values and return the full configuration.

    Args:
        values: parameters by `owner.name` (`model.k`), or by bare name where only one owner has it (`target`).

    Raises:
        BadInput: a name is unknown or a value is out of its range.
    """
    owners = applicable(MODELS[model], SAMPLERS[sampling], LOSSES[loss])
    given: dict[str, dict[str, object]] = {owner: {} for owner in owners}
    for key, value in (values or {}).items():
        owner, name = _owner(key, owners)
        given[owner][name] = value
    settled = {owner: choice.settle(given[owner]) for owner, choice in owners.items()}
    params = {f"{owner}.{name}": value for owner, own in settled.items() for name, value in own.items()}
    _check_mixing(owners["model"], settled["sampling"])
    return RunConfig(
        fingerprint,
        dataset,
        owners["model"].name,
        owners["sampling"].name,
        owners["loss"].name,
        SPLITS[split].name,
        folds,
        params,
        split_seed,
        seed,
        order,
    )


def _check_mixing(model: Choice, sampling: Mapping[str, int | float]) -> None:
    sees_once = model.frozen or not model.iterative
    if sees_once and (sampling.get("mixup") or sampling.get("cutmix")):
        raise BadInput(
            f"{model.title} sees each image once, so MixUp and CutMix, which blend in every pass, cannot be used "
            "with it; set both to 0 or choose a network that learns from pixels."
        )


def applicable(model: Choice, sampling: Choice, loss: Choice) -> dict[str, Choice]:
    """Return owner -> choice of everything that has a say in a run: a model that only memorises has no loss to choose
    and no epochs, and cross-entropy stands in, so that equal runs have equal names. Defaults are those that suit the
    model.
    """
    common = {"model": model, "sampling": sampling, "images": _suited(IMAGES, model)}
    if not model.iterative:
        return common | {"loss": LOSSES["cross_entropy"]}
    return common | {"loss": loss, "training": _suited(TRAINING, model)}


def _suited(choice: Choice, model: Choice) -> Choice:
    """Return a common choice with the model's own defaults in it."""
    params = (replace(p, default=model.defaults.get(f"{choice.name}.{p.name}", p.default)) for p in choice.params)
    return replace(choice, params=tuple(params))


def _owner(key: str, owners: Mapping[str, Choice]) -> tuple[str, str]:
    """Return which owner a parameter belongs to, and its bare name."""
    owner, dot, name = key.partition(".")
    if dot and owner in owners:
        return owner, name
    having = [owner for owner, choice in owners.items() if key in {param.name for param in choice.params}]
    if len(having) == 1:
        return having[0], key
    if having:
        raise BadInput(f"{key!r} may be {' or '.join(f'{owner}.{key}' for owner in having)} here; write which.")
    known = [f"{owner}.{param.name}" for owner, choice in owners.items() for param in choice.params]
    raise BadInput(f"There is no parameter {key!r} here; the parameters of these choices: {', '.join(known)}.")


@dataclass(frozen=True)
class Run:
    """A finished run, read from its folder."""

    folder: Path
    config: RunConfig
    created: float
    """Unix seconds."""
    seconds: float
    """How long the training took."""
    metrics: dict
    """What `Evaluation.to_json` gave when the run was finished."""
    shown: int = 0
    """Images in a pass over the training part, all folds together."""
    copies_tested: float = 0.0
    """Share of the test images that were learnt from too, from 0 to 1: 0 unless resampled before the split."""
    left_out: tuple[str, ...] = ()
    """Images whose header was in order and whose pixels could not be read: neither trained on nor tested."""

    @property
    def id(self) -> str:
        """Return the run's name."""
        return self.folder.name

    @property
    def labels(self) -> tuple[str, ...]:
        """Return the classes in the order of the network's outputs."""
        return tuple(self.metrics["labels"])

    @property
    def history(self) -> pd.DataFrame:
        """Return `fold`, `epoch`, losses and validation macro-F1, one row an epoch."""
        return pd.read_csv(self.folder / "history.csv")

    @property
    def predictions(self) -> pd.DataFrame:
        """Return `image`, `person`, `y_true`, `fold` and a probability a class, one row a test image."""
        try:
            return pd.read_parquet(self.folder / "predictions.parquet")
        except ValueError as error:
            raise BadInput(
                f"{self.folder / 'predictions.parquet'} is damaged; delete the folder and train again."
            ) from error

    @property
    def files(self) -> list[str]:
        """Return the names of the files in its folder."""
        return [name for name in (*FILES, BY_K) if (self.folder / name).is_file()]

    @property
    def by_k(self) -> pd.DataFrame | None:
        """Return how every number of neighbours scores (`core.votes.k_curve`), and in `can_<label>` whether it can
        elect a class at all; None for a model without neighbours.
        """
        place = self.folder / BY_K
        return pd.read_csv(place) if place.is_file() else None

    @property
    def network(self) -> Path:
        """Return the ONNX file."""
        return self.folder / "network.onnx"


def known_config(data: Mapping[str, object]) -> RunConfig | None:
    """Return the configuration in a job's record, or None where another version of this program wrote it."""
    try:
        config = RunConfig(**data)
        config.check()
    except (BadInput, TypeError, KeyError):
        return None
    return config if config.version == _VERSION else None


def read_run(folder: Path) -> Run:
    """Read a run's folder; one that is not there, not whole or not a run raises BadInput."""
    lost = [name for name in FILES if not (folder / name).is_file()]
    if "config.json" in lost:
        raise BadInput(f"There is no run in {folder}; `python -m core runs` lists the runs.")
    if lost:
        raise BadInput(f"The run in {folder} lacks {', '.join(lost)}; delete the folder and train it again.")
    try:
        record = json.loads((folder / "config.json").read_text())
        metrics = json.loads((folder / "metrics.json").read_text())
        left_out = tuple(record.get("left_out", ()))
        run = Run(
            folder,
            RunConfig(**record["config"]),
            record["created"],
            record["seconds"],
            metrics,
            record.get("shown", 0),
            record.get("copies_tested", 0.0),
            left_out,
        )
        run.config.check()
        return run
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadInput(
            f"{folder} holds no run that can be read ({type(error).__name__}); delete the folder and train it again."
        ) from error


def existing_run(config: RunConfig, runs_dir: Path) -> Run | None:
    """Return the finished run of this very configuration, or None."""
    folder = runs_dir / config.id
    return read_run(folder) if folder.is_dir() else None


def find_run(name: str, runs_dir: Path) -> Run:
    """Return the run with that id, or in that folder.

    Raises:
        BadInput: there is none, with the command that lists those there are.
    """
    if re.fullmatch(r"[0-9a-f]{12}", name) and (runs_dir / name).is_dir():
        return read_run(runs_dir / name)
    with suppress(OSError):  # a name that is too long for any folder
        if Path(name).is_dir():
            return read_run(Path(name))
    raise BadInput(f"There is no run {name!r} here; `python -m core runs` lists the runs.")


def list_runs(runs_dir: Path, fingerprint: str | None = None) -> list[Run]:
    """Return the runs (of one dataset), newest first; folders that are no run are passed over."""
    runs = []
    for folder in runs_dir.iterdir() if runs_dir.is_dir() else ():
        if re.fullmatch(r"[0-9a-f]{12}", folder.name):
            try:
                run = read_run(folder)
            except BadInput:  # a damaged folder must not hide the others; opening it by name says what is wrong
                continue
            if fingerprint in (None, run.config.fingerprint):
                runs.append(run)
    return sorted(runs, key=lambda run: run.created, reverse=True)
