"""The command that trains a configuration again, with its own seed or with others."""

import shlex
from collections.abc import Sequence

from core.losses import LOSSES
from core.models import MODELS
from core.runs.config import RESAMPLE_FIRST, SPLIT_FIRST, RunConfig, applicable
from core.sampling import SAMPLERS
from core.splits import HOLD_OUT


def training_command(config: RunConfig, source: str, seeds: Sequence[int]) -> str | None:
    """Return what trains a configuration on a dataset, naming only what is not the default; None for a mistake that no
    single verb makes.

    Args:
        source: what opens the dataset where the command is typed.
        seeds: a run each.
    """
    words = ["--model", config.model, "--sampling", config.sampling]
    ends = ["--seeds", ",".join(map(str, seeds)), *_values(config)]
    if config.order == SPLIT_FIRST:
        loss = ["--loss", config.loss] if config.loss != LOSSES.default else []
        folds = ["--folds", str(config.folds)] if config.folds != HOLD_OUT else []
        split_seed = ["--split-seed", str(config.split_seed)] if config.split_seed else []
        judged = ["--split", config.split, *folds, *split_seed]
        return shlex.join(["python", "-m", "core", "train", source, *words, *loss, *judged, *ends])
    if config.order == RESAMPLE_FIRST and _is_the_usual_mistake(config):
        return shlex.join(["python", "-m", "core", "wrong-way", source, *words, *ends])
    return None


def _values(config: RunConfig) -> list[str]:
    """Return the parameters that somebody chose, where they are not what they would be anyway."""
    owners = applicable(MODELS[config.model], SAMPLERS[config.sampling], LOSSES[config.loss])
    words = []
    for owner, choice in owners.items():
        for param in choice.params:
            value = config.params[name := f"{owner}.{param.name}"]
            if value != param.default and not param.filled_in:
                words += ["--set", f"{name}={value}".removesuffix(".0")]
    return words


def _is_the_usual_mistake(config: RunConfig) -> bool:
    return (config.split, config.folds, config.split_seed, config.loss) == ("random", HOLD_OUT, 0, "cross_entropy")
