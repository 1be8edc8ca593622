"""What decides what a run computes, and the name that follows from it."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace

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
SPLIT_FIRST, RESAMPLE_FIRST, TEST_ON_TRAINING = "split_first", "resample_first", "test_on_training"
"""The images are divided before they are resampled, as they must be, or after; or the test shows what was learnt."""
MISTAKES = {
    RESAMPLE_FIRST: "resampled before the split (wrong on purpose)",
    TEST_ON_TRAINING: "judged on its training images (wrong on purpose)",
}
"""The orders that are mistakes, made to be seen -> what a run's title says of it."""
_VERSION = 3
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
    """SPLIT_FIRST, or one of MISTAKES, made on purpose."""
    version: int = _VERSION

    @property
    def id(self) -> str:
        """Return the run's name: 12 hexadecimal digits."""
        decisive = {key: value for key, value in asdict(self).items() if key != "dataset"}
        return hashlib.sha256(json.dumps(decisive, sort_keys=True).encode()).hexdigest()[:12]

    def check(self) -> None:
        """Raise BadInput or KeyError where this version knows no such choice or parameter: another version wrote it."""
        orders = (SPLIT_FIRST, *MISTAKES)
        if self.order not in orders:
            raise BadInput(f"A run's order is one of {', '.join(orders)}, not {self.order!r}.")
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
        return words if self.order == SPLIT_FIRST else f"{words} · {MISTAKES[self.order]}"

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


def known_config(data: Mapping[str, object]) -> RunConfig | None:
    """Return the configuration in a job's record, or None where another version of this program wrote it."""
    try:
        config = RunConfig(**data)
        config.check()
    except (BadInput, TypeError, KeyError):
        return None
    return config if config.version == _VERSION else None
