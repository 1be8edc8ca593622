"""The verb that runs the students' report again, from nothing."""

import argparse
from pathlib import Path

from core.commands import argument, verb
from core.commands.console import Line, Report
from core.commands.words import SCHEDULER, names, with_scheduler
from core.replication import DATASET, EXPERIMENTS, Finding, conclude, find_experiment, key_of
from core.settings import Settings


@verb(
    "replicate",
    argument("dataset", nargs="?", default=DATASET, metavar="DATASET", help=f"{DATASET} if left out; a folder with it"),
    argument("--only", metavar="NAMES", help=f"with commas: {', '.join(each.name for each in EXPERIMENTS)}"),
    argument("--to", type=Path, metavar="DIR", help="write predictions and figures there, as core/shipped holds them"),
    SCHEDULER,
)
def replicate(options: argparse.Namespace, settings: Settings) -> dict:
    """Train every experiment of the students' report and print what it gives; the dataset is fetched if need be."""
    from core.datasets.download import RELEASES, fetch, fetched
    from core.replication.rebuild import rebuild, ship

    settings = with_scheduler(options, settings)
    experiments = [find_experiment(name) for name in names(options.only)] if options.only else EXPERIMENTS
    if options.dataset in RELEASES and not fetched(options.dataset, settings):
        fetch(options.dataset, settings, report=Line())
    rebuilt = rebuild(options.dataset, settings, experiments, Report())
    if options.to:
        ship(rebuilt, options.to)
    known = {key_of(run.config): run for run in rebuilt.runs}
    return {
        "facts": rebuilt.facts.to_json(),
        "experiments": [_told(conclude(experiment, known), rebuilt.facts) for experiment in experiments],
        "problems": rebuilt.problems,
    }


def _told(finding: Finding, facts) -> dict:
    numbers = {"mean": finding.means, "std": finding.spreads}
    return {
        "name": finding.experiment.name,
        "title": finding.experiment.title,
        "reported": dict(finding.experiment.reported),
        "arms": {
            arm: {"runs": [run.id for run in runs]}
            | {name: table[arm].dropna().to_dict() for name, table in numbers.items() if arm in table}
            for arm, runs in finding.runs.items()
        },
        "sentences": finding.sentences(facts),
    }
