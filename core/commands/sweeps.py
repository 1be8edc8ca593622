"""Verbs that train many configurations: every combination, and the same one in the right and the wrong order."""

import argparse
import sys

from core.commands import argument, verb
from core.commands.console import Report, open_with_progress
from core.commands.words import (
    DATASET,
    JUDGED,
    SCHEDULER,
    SEEDS,
    SET,
    names,
    pairs,
    sampling,
    seeds,
    with_scheduler,
)
from core.errors import BadInput
from core.losses import LOSSES
from core.models import MODELS
from core.registry import Registry
from core.sampling import SAMPLERS
from core.settings import Settings


def _several(registry: Registry) -> dict:
    return {"metavar": "NAMES", "help": f"with commas: {', '.join(registry.names())}"}


@verb(
    "sweep",
    DATASET,
    argument("--models", required=True, **_several(MODELS)),
    argument("--samplings", default=SAMPLERS.default, **_several(SAMPLERS)),
    argument("--losses", default=LOSSES.default, **_several(LOSSES)),
    argument("--dry-run", action="store_true", help="train nothing: say how many runs and how long"),
    *JUDGED,
    SEEDS,
    SET,
    SCHEDULER,
)
def sweep(options: argparse.Namespace, settings: Settings) -> dict:
    """Train every combination of models, samplings, losses and seeds; what is finished is never trained again."""
    from core.pace import estimate, measure_pace
    from core.sweep_runner import run_sweep
    from core.sweeps import plan_sweep, problems_of
    from core.synthesis.use import name_approved

    settings = with_scheduler(options, settings)
    dataset = open_with_progress(options.dataset, settings)
    plan = plan_sweep(
        dataset.fingerprint,
        dataset.source,
        models=names(options.models),
        samplings=names(options.samplings),
        losses=names(options.losses),
        seeds=seeds(options.seeds),
        split=options.split,
        folds=options.folds,
        values=pairs(options.set),
        split_seed=options.split_seed,
    ).each(lambda config: name_approved(config, dataset, settings))
    foreseen = estimate(plan.configs, dataset, settings, _n_workers(settings))
    history: list[dict] = []
    if options.dry_run:
        for config in foreseen.unmeasured:
            print(f"Measuring the pace of {config.model}", file=sys.stderr, flush=True)
            measure_pace(config, settings)
        foreseen = estimate(plan.configs, dataset, settings, _n_workers(settings))
    else:
        try:
            history = run_sweep(plan, settings, Report())
        except KeyboardInterrupt as stop:
            done = len(plan.configs) - len(plan.remaining(settings.runs_dir))
            stop.add_note(f"{done} of {len(plan.configs)} runs are done; the same command continues")
            raise
    return {
        "sweep": plan.id,
        "n_runs": len(plan.configs),
        "n_done": len(plan.configs) - len(plan.remaining(settings.runs_dir)),
        "estimated_seconds": foreseen.seconds,
        "results": [_row(row) for row in plan.rows(settings.runs_dir, problems_of(history))],
    }


@verb(
    "wrong-way",
    DATASET,
    argument("--model", default="knn", metavar="NAME", help=", ".join(MODELS.names())),
    sampling(default="over"),
    argument("--seeds", default="0", help="whole numbers with commas: two runs each"),
    SET,
)
def wrong_way(options: argparse.Namespace, settings: Settings) -> dict:
    """Train a model with the split first and with the resampling first, and print what the mistake pretends."""
    from core.sweep_runner import run_sweep
    from core.wrong_way import inflation, plan_both_orders

    dataset = open_with_progress(options.dataset, settings)
    both = plan_both_orders(
        dataset.fingerprint,
        dataset.source,
        model=options.model,
        sampling=options.sampling,
        seeds=seeds(options.seeds),
        values=pairs(options.set),
    )
    problems = [entry["problem"] for entry in run_sweep(both, settings, Report()) if entry["problem"]]
    if problems:
        raise BadInput(problems[0])
    found = inflation(both, settings.runs_dir)
    return {
        "model": options.model,
        "sampling": options.sampling,
        "seeds": list(found.seeds),
        "resampled_first": {"macro_f1": found.wrong.tolist(), "copies_tested": found.copies_tested},
        "split_first": {"macro_f1": found.right.tolist()},
        "inflation": found.mean,
        "inflation_std": found.std,
        "per_class": found.per_class.to_dict("index"),
    }


def _row(row) -> dict:
    return {
        "title": row.config.title,
        "model": row.config.model,
        "sampling": row.config.sampling,
        "loss": row.config.loss,
        "macro_f1_mean": row.mean,
        "macro_f1_std": row.std,
        "seeds": [{"seed": seed, "run": run.id, "macro_f1": run.metrics["macro_f1"]} for seed, run in row.runs.items()],
        "problems": [{"seed": seed, "problem": problem} for seed, problem in row.problems.items()],
    }


def _n_workers(settings: Settings) -> int:
    from core.cluster import count_workers

    return max(count_workers(settings.scheduler), 1) if settings.scheduler else 1
