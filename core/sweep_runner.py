"""Trains a sweep: what is left of it, run by run, on this machine or on the workers of a cluster."""

import time
from collections.abc import Callable, Iterator, Sequence
from statistics import fmean

from core.cluster import count_workers, run_on_cluster
from core.datasets import open_dataset
from core.errors import BadInput
from core.experiment import run_experiment
from core.job_files import Progress
from core.pace import estimate
from core.runs import Run, RunConfig
from core.settings import Settings
from core.sweeps import Sweep, found_run

Report = Callable[[Progress], None]
Outcome = tuple[RunConfig, Run | BadInput]
"""A configuration with its run, or with why there is none."""


def run_sweep(
    sweep: Sweep,
    settings: Settings,
    report: Report = lambda progress: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> list[dict]:
    """Train what is left of a sweep, here or on the workers of `settings.scheduler`; what is finished stays.

    Progress counts runs.

    Returns:
        The history that the last progress had, a dict a run: `run`, `title`, `seed`, `macro_f1`, `interval` (95 %),
        `seconds`, `found` (whether it was there already) and `problem` (why it cannot be trained, else empty). Shorter
        than the sweep if `should_stop()` said so.

    Raises:
        BadInput: the dataset cannot be opened, or not one run of the sweep can be trained.
    """
    to_do = sweep.remaining(settings.runs_dir)
    n_runs = len(sweep.configs)
    expected = _expected(
        to_do, settings, lambda what, *_: report(Progress(f"{what}; runs done", n_runs - len(to_do), n_runs))
    )
    tally = _Tally(sweep, to_do, expected, bool(settings.scheduler), report)
    tally.begin(settings)
    for config, outcome in train_each(to_do, settings, tally.tell, should_stop):
        tally.add(config, outcome)
    problems = [entry["problem"] for entry in tally.history if entry["problem"]]
    if len(problems) == n_runs:
        several = f"None of the {n_runs} runs can be trained; the first: " if n_runs > 1 else ""
        raise BadInput(several + problems[0])
    return tally.history


def train_each(
    configs: Sequence[RunConfig], settings: Settings, report: Report, should_stop: Callable[[], bool] = lambda: False
) -> Iterator[Outcome]:
    """Yield each run as soon as it is there: in order from this machine, as they come from a cluster.

    `report` is told of the run under way here, or of all together there. Ends early once `should_stop()` says so.
    """
    if settings.scheduler:
        return run_on_cluster(configs, settings, settings.scheduler, report, should_stop)
    return _train_here(configs, settings, report, should_stop)


def _train_here(
    configs: Sequence[RunConfig], settings: Settings, report: Report, should_stop: Callable[[], bool]
) -> Iterator[Outcome]:
    if not configs:
        return
    from core.training import Cancelled  # brings torch, which takes seconds

    for config in configs:
        if should_stop():
            return
        try:
            outcome = run_experiment(config, settings, report, should_stop)
        except Cancelled:
            return
        except BadInput as problem:
            outcome = problem
        except (RuntimeError, MemoryError) as error:  # torch's own, such as too little memory: the others can go on
            outcome = BadInput(f"The training broke off ({str(error).splitlines()[0] if str(error) else 'no memory'}).")
        yield config, outcome


def _expected(
    to_do: Sequence[RunConfig], settings: Settings, on_opening: Callable[[str, int, int], None]
) -> dict[str, float | None]:
    """Return run id -> seconds until it is done, as far as that is known before anything is trained."""
    if not to_do:
        return {}
    dataset = open_dataset(to_do[0].dataset, settings, on_opening)
    n_workers = count_workers(settings.scheduler) if settings.scheduler else 1
    by_run = estimate(to_do, dataset, settings).by_run
    return {run: seconds and seconds / max(n_workers, 1) for run, seconds in by_run.items()}


class _Tally:
    """What is known of a sweep while it is trained, told to whoever watches."""

    def __init__(
        self,
        sweep: Sweep,
        to_do: Sequence[RunConfig],
        expected: dict[str, float | None],
        on_cluster: bool,
        report: Report,
    ):
        self.sweep, self.on_cluster, self.report = sweep, on_cluster, report
        self.left = {config.id: config for config in to_do}
        known = [seconds for seconds in expected.values() if seconds is not None]
        typical = fmean(known) if known else 1.0
        self.expected = {run: typical if seconds is None else seconds for run, seconds in expected.items()}
        # Real seconds for each one that was expected: measured as soon as a run has been finished.
        self.pace = 1.0 if len(known) == len(expected) else None
        self.expected_of_finished = 0.0
        self.started = self.newest = time.monotonic()
        self.history: list[dict] = []

    def begin(self, settings: Settings) -> None:
        """Count what is there already."""
        for config in self.sweep.configs:
            if config.id not in self.left:
                self._record(config, found_run(config, settings.runs_dir), found=True)
        self._report("Runs done")

    def tell(self, progress: Progress) -> None:
        """Report the sweep, given where the run under way stands, or all that a cluster trains."""
        if self.on_cluster:
            self._report(f"{progress.stage}; runs done")
            return
        present = next(iter(self.left.values()))
        doing = progress.stage.partition(",")[0].lower()
        # Only the training knows what is left of it; what comes before is a small part of a run.
        share = progress.share if progress.seconds_left is not None else 0.0
        self._report(f"{present.title}, seed {present.seed}: {doing}; runs done", share, progress.seconds_left or 0.0)

    def add(self, config: RunConfig, outcome: Run | BadInput) -> None:
        """Count a run that has ended."""
        del self.left[config.id]
        self._record(config, outcome, found=False)
        if isinstance(outcome, Run):
            self.newest = time.monotonic()
            self.expected_of_finished += self.expected[config.id]
            if self.expected_of_finished:
                self.pace = (self.newest - self.started) / self.expected_of_finished
        self._report("Runs done")

    def _record(self, config: RunConfig, outcome: Run | BadInput, found: bool) -> None:
        trained = isinstance(outcome, Run)
        self.history.append(
            {
                "run": config.id,
                "title": config.title,
                "seed": config.seed,
                "macro_f1": outcome.metrics["macro_f1"] if trained else None,
                "interval": outcome.metrics["macro_f1_interval"] if trained else None,
                "seconds": outcome.seconds if trained else None,
                "found": found,
                "problem": "" if trained else str(outcome),
            }
        )

    def _report(self, stage: str, share: float = 0.0, at_least: float = 0.0) -> None:
        done = len(self.history) + min(share, 0.999)  # a run is done once it is kept
        left = None
        if self.pace is not None and self.left:
            unfinished = sum(self.expected[run] for run in self.left)
            left = max(self.pace * unfinished - (time.monotonic() - self.newest), at_least)
        self.report(Progress(stage, done, len(self.sweep.configs), left, tuple(self.history)))
