"""The verb that the app starts a job with: it does what is in a job's folder."""

import argparse
import os
from pathlib import Path

from core.commands import argument, verb
from core.errors import BadInput
from core.settings import Settings


@verb("work", argument("folder", type=Path, help="a job's folder"))
def work(options: argparse.Namespace, settings: Settings) -> None:
    """Do the job in a folder, for the app that started this process and only as long as it lives."""
    from core.worker import STOPPED, attach

    worker = attach(options.folder)  # first of all: an app that dies while torch is imported must not be outlived
    if not WORK[worker.config.get("kind", "run")](worker, settings):
        os._exit(STOPPED)  # tearing torch down takes a second, and who cancels waits for it


def _work_on_run(worker, settings: Settings) -> bool:
    from core.experiment import run_experiment
    from core.runs import known_config
    from core.training import Cancelled

    config = known_config(worker.config)
    if config is None:
        raise BadInput("This run was set up by another version of this program; set it up again.")
    try:
        run_experiment(config, settings, worker.report, worker.should_stop)
    except Cancelled:
        return False
    return True


def _work_on_sweep(worker, settings: Settings) -> bool:
    from core.sweep_runner import run_sweep
    from core.sweeps import Sweep

    plan = Sweep.from_json(worker.config)
    return len(run_sweep(plan, settings, worker.report, worker.should_stop)) == len(plan.configs)


def _work_on_synthesis(worker, settings: Settings) -> bool:
    from core.synthesis.config import config_from
    from core.synthesis.making import train_gan
    from core.training import Cancelled

    try:
        train_gan(config_from(worker.config), settings, worker.report, worker.should_stop)
    except Cancelled:
        return False
    return True


WORK = {"run": _work_on_run, "sweep": _work_on_sweep, "synthesis": _work_on_synthesis}
"""The `kind` in a job's configuration, `run` if it names none -> what does it; False if it was told to stop."""
