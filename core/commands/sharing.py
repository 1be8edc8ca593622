"""Verbs that carry runs from one home to another: out as one file, in from one, and what is checked on the way."""

import argparse
from pathlib import Path

from core.commands import argument, verb
from core.commands.words import RUN
from core.settings import Settings


@verb("export", RUN, argument("file", type=Path, nargs="?", metavar="FILE", help="a new ZIP; run-ID.zip if left out"))
def export(options: argparse.Namespace, settings: Settings) -> dict:
    """Write a run into one file, for another computer."""
    from core.exchange import export_name, write_export
    from core.runs import find_run

    run = find_run(options.run, settings.runs_dir)
    place = options.file or Path(export_name(run))
    write_export(run, place)
    return {"run": run.id, "file": str(place), "bytes": place.stat().st_size}


@verb("import", argument("file", type=Path, metavar="FILE", help="what `export` wrote"))
def import_(options: argparse.Namespace, settings: Settings) -> dict:
    """Take in a run that was exported elsewhere; every part of it is checked, and no code of it is executed."""
    from core.exchange import import_run

    run = import_run(options.file, options.file.name, settings)
    return {"run": run.id, "title": run.config.title, "plan": run.config.plan, "folder": str(run.folder)}


@verb(
    "check", RUN, argument("--memory", type=float, metavar="GIB", help="the most that checking may take; any if unset")
)
def check(options: argparse.Namespace, settings: Settings) -> dict:
    """Check a run's files: their form, the figures worked out again, the network loaded and tried."""
    from core.exchange import check_run, limit_memory

    if options.memory:
        limit_memory(options.memory)
    return check_run(options.run, settings)
