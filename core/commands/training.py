"""The verb that trains one configuration, and what is known of it beforehand."""

import argparse
import sys

from core.commands import argument, verb
from core.commands.console import Report, open_with_progress
from core.commands.words import DATASET, JUDGED, SCHEDULER, SEEDS, SET, pairs, sampling, seeds, with_scheduler
from core.errors import BadInput
from core.losses import LOSSES
from core.models import MODELS
from core.sampling import SAMPLERS
from core.settings import Settings


@verb(
    "train",
    DATASET,
    argument("--model", required=True, metavar="NAME", help=", ".join(MODELS.names())),
    sampling(default=SAMPLERS.default),
    argument("--loss", default=LOSSES.default, metavar="NAME", help=", ".join(LOSSES.names())),
    *JUDGED,
    SEEDS,
    SET,
    SCHEDULER,
)
def train(options: argparse.Namespace, settings: Settings) -> dict:
    """Train one configuration, once a seed, and print how it was judged."""
    from core.runs import configure, existing_run
    from core.sweep_runner import train_each
    from core.synthesis.use import name_approved

    settings = with_scheduler(options, settings)
    dataset = open_with_progress(options.dataset, settings)
    config = configure(
        dataset.fingerprint,
        dataset.source,
        model=options.model,
        sampling=options.sampling,
        loss=options.loss,
        split=options.split,
        folds=options.folds,
        values=pairs(options.set),
        split_seed=options.split_seed,
    )
    config = name_approved(config, dataset, settings)
    _warn(config, dataset)
    configs = [config.with_seed(seed) for seed in seeds(options.seeds)]
    found = {each.id: run for each in configs if (run := existing_run(each, settings.runs_dir))}
    for each, outcome in train_each([each for each in configs if each.id not in found], settings, Report()):
        if isinstance(outcome, BadInput):
            raise outcome
        found[each.id] = outcome
    runs = [found[each.id] for each in configs]
    return _outcome(runs[0]) | (_spread(runs) if len(runs) > 1 else {})


def _outcome(run) -> dict:
    return {
        "run": run.id,
        "title": run.config.title,
        "plan": run.config.plan,
        "seconds": round(run.seconds, 1),
        **run.metrics,
    }


def _spread(runs: list) -> dict:
    """Return how far the seeds of one configuration lie apart."""
    import numpy as np

    scores = [run.metrics["macro_f1"] for run in runs]
    return {
        "seeds": [
            {"seed": run.config.seed, "run": run.id, "accuracy": run.metrics["accuracy"], "macro_f1": score}
            for run, score in zip(runs, scores, strict=True)
        ],
        "macro_f1_mean": float(np.mean(scores)),
        "macro_f1_std": float(np.std(scores, ddof=1)),
    }


def _warn(config, dataset) -> None:
    """Say on stderr what is known of a run before it is trained."""
    from core.flags import check_every_fold, flags
    from core.sampling.summary import resample as apply
    from core.splits import make_folds

    labels, choice, own = dataset.usable["label"], SAMPLERS[config.sampling], config.owned("sampling")
    folds = make_folds(config.split, dataset.usable, config.folds, config.split_seed)
    check_every_fold(choice, own, labels, folds)
    part = labels.iloc[folds[0].train]
    found = flags(
        MODELS[config.model],
        config.owned("model"),
        choice,
        own,
        part,
        labels if config.folds else labels.iloc[folds[0].test],
        labels=dataset.labels,
        n_folds=config.folds,
        resampling=None if choice.needs else apply(choice, part, own, config.seed),
    )
    for flag in found:
        print(f"{flag.severity}: {flag.sentence}", file=sys.stderr, flush=True)
