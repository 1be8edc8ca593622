"""The worker's side of a job: read the configuration, report progress, notice that one should stop.

    worker = attach(folder)                # first of all, before the slow imports
    for epoch in fit(...):
        worker.report(Progress(...))
        if worker.should_stop():
            sys.exit(STOPPED)

Exit code 0 says that the whole result is in its place. To fail, print `error: <sentence>` as the last line on stderr
and exit with 2; people will read the sentence. Everything else counts as a failure too.
"""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from core.job_files import Progress, write_json

STOPPED = 4  # exit code of a worker that was told to stop and did
APP_DIED = 3  # exit code of a worker whose app is gone

_BETWEEN_WRITES = 0.2  # seconds
_BETWEEN_BEATS = 1.0  # seconds


class Worker:
    """What a training process knows of its job. Use it from one thread."""

    def __init__(self, folder: Path, config: dict) -> None:
        self.folder = folder
        self.config = config
        self._stop = False
        self._written: tuple[str, int] | None = None  # stage and number of epochs last written
        self._written_at = 0.0

    def should_stop(self) -> bool:
        """Whether the job was cancelled; cheap enough to ask at every batch. After 1.2 s the process is killed."""
        return self._stop

    def stop(self, *_: object) -> None:
        """Make `should_stop()` true; a signal handler."""
        self._stop = True

    def report(self, progress: Progress, force: bool = False) -> None:
        """Write `progress` for readers: at once for a new stage, a new epoch or `force`, else every 0.2 s."""
        now, landmark = time.monotonic(), (progress.stage, len(progress.history))
        if force or landmark != self._written or now - self._written_at >= _BETWEEN_WRITES:
            write_json(self.folder / "progress.json", asdict(progress))
            self._written, self._written_at = landmark, now


def attach(folder: Path) -> Worker:
    """Make this process the worker of the job in `folder`. Call it once, in the main thread.

    From here on the process has a low priority, ends as soon as its standard input closes (the app holds the other
    end), and treats SIGTERM as a wish that `should_stop()` passes on.
    Raises OSError or ValueError when `config.json` is missing or is not JSON.
    """
    folder = Path(folder)
    worker = Worker(folder, json.loads((folder / "config.json").read_text(encoding="utf-8")))
    signal.signal(signal.SIGTERM, worker.stop)
    if hasattr(os, "nice"):
        os.nice(10)
    threading.Thread(target=_hold_lifeline, args=(_take_stdin(),), name="lifeline", daemon=True).start()
    threading.Thread(target=_beat, args=(folder / "heartbeat",), name="heartbeat", daemon=True).start()
    return worker


def _take_stdin() -> int:
    # Nobody else may read the lifeline, and on Windows a blocked read of stdin stalls imports of native libraries.
    lifeline, nothing = os.dup(0), os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    return lifeline


def _hold_lifeline(lifeline: int) -> None:
    with suppress(OSError):
        while os.read(lifeline, 1024):
            pass
    os._exit(APP_DIED)  # not sys.exit: the main thread may be deep in a native call


def _beat(heartbeat: Path) -> None:
    while True:
        with suppress(OSError):
            heartbeat.touch()
        time.sleep(_BETWEEN_BEATS)
