"""Verbs that write what people read of a run: a report and a model card."""

import argparse
from pathlib import Path

from core.commands import argument, verb
from core.commands.words import RUN
from core.settings import Settings

_TO = argument("--to", type=Path, metavar="FILE", help="where it is written; the working folder if left out")
_OF = argument("--dataset", metavar="DATASET", help="the dataset, to tell what it holds besides what was judged")


@verb("html", argument("runs", metavar="RUN", nargs="+", help="ids or folders; several are compared"), _TO, _OF)
def html(options: argparse.Namespace, settings: Settings) -> dict:
    """Write a report of runs as one HTML file that opens without a network."""
    from core.documents import html_report, report_name
    from core.runs import find_run

    runs = [find_run(name, settings.runs_dir) for name in options.runs]
    text = html_report(runs, _dataset(options, settings))
    return {"runs": [run.id for run in runs], "file": _written(text, options.to or Path(report_name(runs)))}


@verb("card", RUN, _TO, _OF)
def card(options: argparse.Namespace, settings: Settings) -> dict:
    """Write a run's model card in Markdown."""
    from core.documents import card_name, model_card
    from core.runs import find_run

    run = find_run(options.run, settings.runs_dir)
    text = model_card(run, _dataset(options, settings))
    return {"run": run.id, "file": _written(text, options.to or Path(card_name(run)))}


def _dataset(options: argparse.Namespace, settings: Settings):
    from core.commands.console import open_with_progress

    return open_with_progress(options.dataset, settings) if options.dataset else None


def _written(text: str, place: Path) -> str:
    from core.storage import write_whole

    write_whole(place, lambda beside: beside.write_text(text, encoding="utf-8"))
    return str(place)
