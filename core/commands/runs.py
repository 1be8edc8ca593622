"""Verbs on finished runs: the list of them, one judged again, what it says of pictures."""

import argparse
from datetime import UTC, datetime
from pathlib import Path

from core.commands import argument, verb
from core.commands.words import RUN
from core.errors import BadInput
from core.settings import Settings


@verb("evaluate", RUN)
def evaluate(options: argparse.Namespace, settings: Settings) -> dict:
    """Judge a run again from its predictions alone."""
    from core.evaluation import evaluate as judge
    from core.runs import find_run

    run = find_run(options.run, settings.runs_dir)
    return {"run": run.id, "title": run.config.title, "plan": run.config.plan, **judge(run.predictions).to_json()}


@verb(
    "predict",
    argument("run", metavar="RUN", help="a run's id or its folder, or zoo/NAME"),
    argument("images", metavar="IMAGE", nargs="+", help="picture files"),
    argument("--beside", action="append", default=[], metavar="RUN", help="ask this one too; may be repeated"),
    argument("--whole", action="store_true", help="take each picture as one face, without looking for faces"),
    argument("--most", type=int, default=20, metavar="N", help="faces answered in a picture; 20 if left out"),
    argument("--adjusted", action="store_true", help="weigh up rare classes for the answer"),
    argument("--below", type=float, default=0.0, metavar="P", help="no answer below this probability, from 0 to 1"),
)
def predict(options: argparse.Namespace, settings: Settings) -> list:
    """Print what runs or networks of the zoo say of the faces in pictures, and what that is worth."""
    from core.prediction import predict_picture
    from core.predictors import find_predictor

    if not 0 <= options.below <= 1:
        raise BadInput(f"--below takes a probability from 0 to 1, not {options.below:g}.")
    if options.most < 1:
        raise BadInput(f"--most takes a whole number from 1 up, not {options.most}.")
    asked = list(dict.fromkeys(find_predictor(name, settings) for name in [options.run, *options.beside]))
    whole = True if options.whole else None
    found = (
        predict_picture(asked, Path(image), image, settings, whole=whole, most=options.most) for image in options.images
    )
    return [one.to_json(options.adjusted, options.below) for one in found]


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
