"""A run's configuration as a short text that a link carries, so that a server without the run can train it."""

import re
from collections.abc import Iterable

from core.catalog import Dataset
from core.errors import BadInput
from core.losses import LOSSES
from core.models import MODELS
from core.runs.config import MISTAKES, SPLIT_FIRST, RunConfig, applicable, configure
from core.sampling import SAMPLERS
from core.splits import HOLD_OUT, check_split

_MOST = 1_000
"""Characters; a recipe in which every parameter differs has about 500."""
_AGAIN = "ask for the link again"


def recipe(config: RunConfig) -> str:
    """Return what decides a run, but for the dataset, in characters that a URL carries as they are.

    First the version, model, sampling, loss, split, `h` (a hold-out) or the number of folds, and the seed; then what
    differs from its default, as in `v3~residual~over~cross_entropy~person_disjoint~h~seed0~training.epochs:3`.
    """
    folds = "h" if config.folds == HOLD_OUT else str(config.folds)
    parts = [
        f"v{config.version}",
        config.model,
        config.sampling,
        config.loss,
        config.split,
        folds,
        f"seed{config.seed}",
    ]
    parts += [f"parts{config.split_seed}"] if config.split_seed else []
    parts += [config.order] if config.order != SPLIT_FIRST else []
    return "~".join([*parts, *_changed(config)])


def from_recipe(text: str, dataset: Dataset) -> RunConfig:
    """Return the configuration of a recipe, on a dataset.

    Raises:
        BadInput: it is damaged, another version wrote it, it names what there is not or a value out of its range, or
            the dataset cannot be split so.
    """
    if len(text) > _MOST:
        raise BadInput(f"The recipe in this link is too long ({len(text):,} characters); {_AGAIN}.")
    version, *fields = text.split("~")
    if not re.fullmatch(r"v\d{1,4}(~[\w.:+-]+){6,}", text, re.ASCII):
        raise BadInput(f"The recipe in this link is damaged ({text[:40]!r}); {_AGAIN}.")
    if version != f"v{RunConfig.version}":
        raise BadInput(
            f"The recipe in this link was written by another version of this program ({version}, here it is "
            f"v{RunConfig.version}); choose the same on the page Training."
        )
    model, sampling, loss, split, folds, seed, *others = fields
    split_seed, order, values = _others(others)
    config = configure(
        dataset.fingerprint,
        dataset.source,
        model=model,
        sampling=sampling,
        loss=loss,
        split=split,
        folds=HOLD_OUT if folds == "h" else _whole(folds, ""),
        values=values,
        split_seed=split_seed,
        seed=_whole(seed, "seed"),
        order=order,
    )
    check_split(config.split, dataset.usable, config.folds)
    return config


def _changed(config: RunConfig) -> list[str]:
    """Return each parameter that is not at the default that suits the model, as `owner.name:value`."""
    owners = applicable(MODELS[config.model], SAMPLERS[config.sampling], LOSSES[config.loss])
    defaults = {f"{owner}.{param.name}": param.default for owner, choice in owners.items() for param in choice.params}
    return [f"{name}:{config.params[name]}" for name, default in defaults.items() if config.params[name] != default]


def _others(fields: Iterable[str]) -> tuple[int, str, dict[str, str]]:
    """Return the seed of the split, the order and the parameters that the end of a recipe gives."""
    split_seed, order, values = 0, SPLIT_FIRST, {}
    for field in fields:
        name, colon, value = field.partition(":")
        if name in values:
            raise BadInput(f"The recipe in this link gives {name} twice; {_AGAIN}.")
        if colon:
            values[name] = value
        elif field in MISTAKES:
            order = field
        else:
            split_seed = _whole(field, "parts")
    return split_seed, order, values


def _whole(field: str, word: str) -> int:
    """Return the number after a word of a recipe."""
    found = re.fullmatch(rf"{word}(\d{{1,9}})", field, re.ASCII)
    if not found:
        raise BadInput(f"The recipe in this link is damaged at {field[:40]!r}; {_AGAIN}.")
    return int(found[1])
