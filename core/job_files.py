"""A job as files: the records, and the only code that reads and writes them.

`<jobs_dir>/<job_id>/` holds

    config.json     what to train; nothing here looks inside, but for `"resumable": "runs"`: a stop loses no whole run
    job.json        state, message and times; a folder without it is not a job
    progress.json   written by the worker (core/worker.py)
    log.txt         the worker's stdout and stderr
    heartbeat       its modification time says when the worker was last alive
    cancel, pause   exists once somebody asked the running worker to stop, for good or for now

The files are the truth: every reader, in whichever process, sees the same jobs.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from core.storage import write_whole

T = TypeVar("T")


class JobState(StrEnum):
    """Where a job stands. Queued and running jobs are active; a paused one waits to be submitted again; the others have
    ended.
    """

    QUEUED = "queued"
    RUNNING = "running"
    PAUSED = "paused"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def active(self) -> bool:
        """Whether it is waiting or under way."""
        return self in (JobState.QUEUED, JobState.RUNNING)


@dataclass(frozen=True)
class Progress:
    """How far a worker is: a phrase for people, steps done of a total, and one dict an epoch (of a sweep: a run).

    `done` may have a fraction: half of an epoch is done.
    """

    stage: str
    done: float
    total: int
    seconds_left: float | None = None
    history: tuple[dict, ...] = ()

    @property
    def share(self) -> float:
        """How much is done, from 0 to 1."""
        return min(self.done / max(self.total, 1), 1.0)

    @property
    def sentence(self) -> str:
        """Where it stands, in words: "Training: 3 of 10, about 40 s left"."""
        left = "" if not self.seconds_left else f", about {duration(self.seconds_left)} left"
        return f"{self.stage}: {int(self.done):,} of {self.total:,}{left}"


@dataclass(frozen=True)
class Job:
    """One job as its files describe it. Times are unix seconds, None for what has not happened yet."""

    id: str
    config: dict
    state: JobState
    message: str = ""
    submitted: float | None = None
    started: float | None = None
    ended: float | None = None
    progress: Progress | None = None

    @property
    def resumable(self) -> str:
        """What the parts are called that outlast a stop, such as "runs"; empty for a job that would start over."""
        return str(self.config.get("resumable", ""))


# Writing


def write_json(path: Path, value: object) -> None:
    """Write `value` so that a reader finds the old file or the new one, never a part of one."""
    text = json.dumps(value)
    _patiently(lambda: write_whole(path, lambda beside: beside.write_text(text, encoding="utf-8")))


def _patiently(action: Callable[[], T]) -> T:
    # Windows refuses to replace a file while somebody reads it, and to open one that is being replaced.
    for _ in range(20):
        try:
            return action()
        except PermissionError:
            time.sleep(0.01)
    return action()


# Reading


def read_jobs(jobs_dir: Path) -> list[Job]:
    """All jobs in `jobs_dir`, newest first. Never raises because of what is in a job's folder."""
    folders = [path for path in jobs_dir.iterdir() if is_job_id(path.name)] if jobs_dir.is_dir() else []
    jobs = [job for job in map(read_job, folders) if job]
    return sorted(jobs, key=lambda job: (job.submitted or 0.0, job.id), reverse=True)


def read_job(folder: Path) -> Job | None:
    """The job in `folder`, or None if there is none. One with a broken file is a failed job that names the file."""
    name = "job.json"
    try:
        record = _read_object(folder / name)
        times = {key: _seconds(record[key]) for key in ("submitted", "started", "ended")}
        state, message = JobState(record["state"]), str(record["message"])
        name = "config.json"
        return Job(folder.name, _read_object(folder / name), state, message, **times, progress=_read_progress(folder))
    except (OSError, ValueError, KeyError, TypeError):
        if not (folder / "job.json").exists():  # forgotten, perhaps while it was being read
            return None
        message = f"The file {folder / name} is broken. Remove this job or start it again."
        return Job(folder.name, {}, JobState.FAILED, message)


def _read_progress(folder: Path) -> Progress | None:
    with suppress(OSError, ValueError, KeyError, TypeError):
        record = _read_object(folder / "progress.json")
        return Progress(**{**record, "history": tuple(record["history"])})
    return None


def _read_object(path: Path) -> dict:
    value = json.loads(_patiently(lambda: path.read_text(encoding="utf-8")))
    if not isinstance(value, dict):
        raise ValueError("not a JSON object")
    return value


def duration(seconds: float) -> str:
    """Return a time in words: 40 s, 12 min, 2 h 5 min."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def _seconds(value: object) -> float | None:
    return None if value is None else float(value)


def is_job_id(name: str) -> bool:
    """Whether `name` may name a job: nothing that could lead out of the folder of jobs."""
    return re.fullmatch(r"[0-9a-f-]{1,64}", name) is not None
