"""The command that trains a run again."""

import shlex

from core.exchange.packing import shareable_source
from core.losses import LOSSES
from core.models import MODELS
from core.runs import RESAMPLE_FIRST, SPLIT_FIRST, RunConfig, applicable
from core.sampling import SAMPLERS
from core.splits import HOLD_OUT


def training_command(config: RunConfig) -> str | None:
    """Return what trains the run of a configuration on its dataset; None for a mistake that no single verb makes.

    A dataset that was opened by a path is named without the folders that it lies in.
    """
    source = shareable_source(config.dataset)
    words = ["--model", config.model, "--sampling", config.sampling]
    ends = ["--seeds", str(config.seed), *_values(config)]
    if config.order == SPLIT_FIRST:
        loss = ["--loss", config.loss] if MODELS[config.model].iterative else []
        folds = ["--folds", str(config.folds)] if config.folds != HOLD_OUT else []
        judged = ["--split", config.split, *folds, "--split-seed", str(config.split_seed)]
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
                words += ["--set", f"{name}={value}"]
    return words


def _is_the_usual_mistake(config: RunConfig) -> bool:
    return (config.split, config.folds, config.split_seed, config.loss) == ("random", HOLD_OUT, 0, "cross_entropy")
