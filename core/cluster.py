"""Runs on other machines: each is a task of a Dask cluster, and comes back whole.

Dask is optional: it is imported once a scheduler is named. It places the tasks, and gives those of a worker that dies
to another; nothing of that is written here. Workers need this program, and the dataset under the same name or path.
"""

import asyncio
import io
import logging
import threading
import zipfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError, Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from core.errors import BadInput
from core.experiment import run_experiment
from core.job_files import Progress
from core.runs import BY_K, FILES, VALIDATION, Run, RunConfig, known_config, read_run
from core.settings import Settings
from core.storage import write_whole

Results = SimpleQueue[tuple[RunConfig, bytes | Exception]]
CONNECTING = 8
"""Seconds that a scheduler has to answer."""
_BETWEEN_LOOKS = 0.3  # seconds between two looks whether one should stop
_ONE_AT_A_TIME = threading.Lock()


def run_on_cluster(
    configs: Sequence[RunConfig],
    settings: Settings,
    scheduler: str,
    report: Callable[[Progress], None] = lambda progress: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Iterator[tuple[RunConfig, Run | BadInput]]:
    """Yield each run, or why there is none, as soon as a worker is done with it; runs are kept in `settings.runs_dir`.

    Ends early once `should_stop()` says so. However it ends, what is not finished is taken back from the cluster.

    Args:
        configs: what to train.
        settings: of this machine; workers have their own.
        scheduler: its address, such as tcp://host:8786.

    Raises:
        BadInput: no scheduler answers there, it went away meanwhile, or Dask is not installed.
    """
    if not configs:
        return
    with _connected(scheduler) as client:
        _check_workers(client, scheduler)
        # Equal tasks have equal names, so that two sweeps with a run in common train it once.
        executor = client.get_executor(pure=True)
        results: Results = SimpleQueue()
        try:
            _submit_all(configs, executor, results)
            for config, result in _as_they_come(len(configs), results, client, scheduler, report, should_stop):
                yield config, _kept(result, config, settings, scheduler)
        finally:
            executor.shutdown(wait=False)


def count_workers(scheduler: str) -> int:
    """Return how many workers a scheduler has now; BadInput if none answers there."""
    with _connected(scheduler) as client:
        return len(client.nthreads())


def run_remotely(config: dict) -> bytes:
    """Train a run with this worker's own settings and return its folder's files as a ZIP archive.

    It stops when nobody waits for it any more: the sweep was cancelled, or the process that asked for it is gone.
    """
    known = known_config(config)
    if known is None:
        raise BadInput("This worker runs another version of this program; start it from the same one.")
    with _ONE_AT_A_TIME:  # two in one process would draw from the same generator of torch
        run = run_experiment(known, Settings(), should_stop=_nobody_waits())
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        for name in run.files:
            file.write(run.folder / name, name)
    return archive.getvalue()


def keep_run(archive: bytes, config: RunConfig, runs_dir: Path) -> Run:
    """Keep a run that came as an archive of its files and return it; one that is here already stays as it is.

    Raises:
        BadInput: it holds anything but a run's files, or another run than was asked for.
    """
    place = runs_dir / config.id
    if not place.is_dir():
        write_whole(place, lambda folder: _unpack(archive, config, folder))
    return read_run(place)


def _unpack(archive: bytes, config: RunConfig, folder: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(archive)) as file:
        names = file.namelist()
        if len(set(names)) < len(names) or not set(FILES) <= set(names) <= {*FILES, BY_K, VALIDATION}:
            raise BadInput(f"A worker sent other files than a run's: {', '.join(sorted(names))}.")
        folder.mkdir()
        for name in names:
            (folder / name).write_bytes(file.read(name))
    if read_run(folder).config.id != config.id:
        raise BadInput(f"A worker sent another run than {config.id}; start it from the same version of this program.")


@contextmanager
def _connected(scheduler: str) -> Iterator[Any]:
    try:
        from distributed import Client
        from distributed.comm import connect
    except ImportError:
        raise BadInput('A scheduler needs Dask; install it: pip install "dask[distributed]".') from None
    for name in ("distributed", "distributed.client"):  # what goes wrong is said in one sentence, not in tracebacks
        logging.getLogger(name).setLevel(logging.CRITICAL)

    async def look() -> None:  # a Client that finds nobody goes on trying in the background, and says so at the end
        comm = await connect(scheduler, timeout=CONNECTING)
        await comm.close()

    try:
        with ThreadPoolExecutor(1) as elsewhere:  # whoever calls may have a loop of events running in this thread
            elsewhere.submit(asyncio.run, look()).result()
    except (OSError, ValueError, TypeError, MemoryError) as error:  # a web server's answer is read as a giant's length
        raise BadInput(
            f"No Dask scheduler answers at {scheduler} ({_first_line(error)}); start one with `dask scheduler`, "
            "or train on this machine without."
        ) from error
    with Client(scheduler, timeout=CONNECTING, set_as_default=False) as client:
        yield client


def _check_workers(client: Any, scheduler: str) -> None:
    """Raise BadInput where a worker cannot import this module: it would die of the first task, and so would all."""
    for worker, error in client.run(exec, f"import {__name__}", on_error="return").items():
        if isinstance(error, ImportError):
            raise _lacks(f"The worker {worker} of {scheduler} lacks {error.name}") from error


def _submit_all(configs: Sequence[RunConfig], executor: Executor, results: Results) -> None:
    waiting = {executor.submit(run_remotely, config.to_json()): config for config in configs}

    def take(future: Future) -> None:
        # Nobody may hold it from here on: results that are held are made again when the worker that has them dies.
        config = waiting.pop(future)
        try:
            results.put((config, future.result()))
        except Exception as error:
            results.put((config, error))

    for future in list(waiting):
        future.add_done_callback(take)


def _as_they_come(
    n_left: int,
    results: Results,
    client: Any,
    scheduler: str,
    report: Callable[[Progress], None],
    should_stop: Callable[[], bool],
) -> Iterator[tuple[RunConfig, bytes | Exception]]:
    n_all = n_left
    while n_left and not should_stop():
        report(Progress(_stage(client, scheduler), n_all - n_left, n_all))
        with suppress(Empty):
            yield results.get(timeout=_BETWEEN_LOOKS)
            n_left -= 1


def _stage(client: Any, scheduler: str) -> str:
    try:
        n_workers = len(client.nthreads())
    except OSError as error:
        raise _gone(scheduler) from error
    if not n_workers:
        return f"Waiting for a worker of {scheduler}"
    return f"Training on {n_workers} worker{'s' if n_workers > 1 else ''}"


def _kept(result: bytes | Exception, config: RunConfig, settings: Settings, scheduler: str) -> Run | BadInput:
    from distributed import KilledWorker

    try:
        if isinstance(result, Exception):
            raise result
        return keep_run(result, config, settings.runs_dir)
    except BadInput as problem:
        return problem
    except KilledWorker:
        return BadInput("Several workers died while they trained it; look whether they run out of memory.")
    except CancelledError as error:
        raise _gone(scheduler) from error
    except ImportError as error:
        raise _lacks(f"A worker of {scheduler} lacks {error.name}") from error


def _lacks(what: str) -> BadInput:
    return BadInput(f"{what}; start workers from this program's folder, with its packages.")


def _gone(scheduler: str) -> BadInput:
    return BadInput(f"The scheduler at {scheduler} is gone; start it again, and then this: finished runs are kept.")


def _nobody_waits() -> Callable[[], bool]:
    """Return what says whether the scheduler took back the task that this thread works on."""
    from distributed import get_worker

    worker = get_worker()
    key = worker.get_current_task()

    def taken_back() -> bool:
        task = worker.state.tasks.get(key)
        return task is None or task.state != "executing"

    return taken_back


def _first_line(error: Exception) -> str:
    if isinstance(error, MemoryError):
        return "something else does"
    return (str(error).splitlines() or [type(error).__name__])[0]
