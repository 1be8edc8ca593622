"""Verbs on finished runs: the list of them, one judged again, what it says of pictures."""

import argparse
from datetime import UTC, datetime
from pathlib import Path

from core.commands import argument, verb
from core.commands.words import RUN
from core.settings import Settings


@verb("evaluate", RUN)
def evaluate(options: argparse.Namespace, settings: Settings) -> dict:
    """Judge a run again from its predictions alone."""
    from core.evaluation import evaluate as judge
    from core.runs import find_run

    run = find_run(options.run, settings.runs_dir)
    return {"run": run.id, "title": run.config.title, "plan": run.config.plan, **judge(run.predictions).to_json()}


@verb("predict", RUN, argument("images", metavar="IMAGE", nargs="+", help="picture files"))
def predict(options: argparse.Namespace, settings: Settings) -> list:
    """Print what a run says of pictures."""
    from core.prediction import predict_image
    from core.runs import find_run

    run = find_run(options.run, settings.runs_dir)
    return [predict_image(run, Path(image), image, settings).to_json() for image in options.images]


@verb("runs")
def runs(options: argparse.Namespace, settings: Settings) -> list:
    """List the finished runs, newest first."""
    from core.runs import list_runs

    return [
        {
            "run": run.id,
            "dataset": run.config.dataset,
            "title": run.config.title,
            "plan": run.config.plan,
            "created": datetime.fromtimestamp(run.created, UTC).isoformat(timespec="seconds"),
            "accuracy": run.metrics["accuracy"],
            "macro_f1": run.metrics["macro_f1"],
            "macro_f1_interval": run.metrics["macro_f1_interval"],
        }
        for run in list_runs(settings.runs_dir)
    ]
