"""The queue of training jobs: one at a time, each in a child process that ends with the app.

The state is in files (core/job_files.py). Any number of app processes may share one `jobs_dir`: the one that holds the
lock `.supervisor` runs the jobs, and the system frees that lock when it dies.
"""

from __future__ import annotations

import logging
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import IO

from core.errors import BadInput
from core.job_files import Job, JobState, Progress, is_job_id, read_job, read_jobs, write_json
from core.storage import lock

__all__ = ["APP_STOPPED", "Job", "JobQueue", "JobState", "Progress", "read_jobs", "worker_command"]

ROOT = Path(__file__).resolve().parents[1]
STALE_AFTER = 5.0  # seconds without a heartbeat after which a worker counts as dead
PATIENCE = 1.2  # seconds between the polite and the impolite way of ending a worker
IDLE = 0.5  # seconds between two looks for jobs that another process submitted
APP_STOPPED = "The app stopped while this was training. Start it again."
_REQUESTS = {"cancel": JobState.CANCELLED, "pause": JobState.PAUSED}
"""The file by which a running worker is stopped -> where its job then stands; the first of two counts."""

_log = logging.getLogger(__name__)


def worker_command(folder: Path) -> list[str]:
    """The command line that trains the job in `folder`."""
    return [sys.executable, "-m", "core", "work", str(folder)]


class JobQueue:
    """Runs jobs one at a time, in order of submission, each in a child process.

    `command(folder)` is the worker's command line. `clean_up(job_id)` is called after a job that ran was cancelled or
    failed, before its state says so; it removes what the worker left half-written. `environment` is for the workers.
    Methods that take a `job_id` raise BadInput (a ValueError) for one that is not a plain hexadecimal name.
    """

    def __init__(
        self,
        jobs_dir: Path,
        command: Callable[[Path], list[str]] = worker_command,
        clean_up: Callable[[str], None] | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.jobs_dir = Path(jobs_dir).resolve()  # the worker has another working directory
        self.jobs_dir.mkdir(parents=True, exist_ok=True)
        self._command, self._clean_up = command, clean_up
        self._environment = {
            **(environment or {}),
            "PYTHONUNBUFFERED": "1",
        }  # or stdout would land after the error line
        self._supervisor_lock: IO[bytes] | None = None
        self._wake, self._closed = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._supervise, name="job supervisor", daemon=True)
        self._thread.start()

    def jobs(self) -> list[Job]:
        """All jobs, newest first."""
        return read_jobs(self.jobs_dir)

    def get(self, job_id: str) -> Job | None:
        """The job called `job_id`, or None."""
        return read_job(self._folder(job_id))

    def submit(self, job_id: str, config: dict) -> Job:
        """Queue a job. One that is queued or running stays as it is, a paused one goes on, one that has ended is
        started afresh.
        """
        folder = self._folder(job_id)
        with self._changing():
            job = read_job(folder)
            if job and job.state.active:
                return job
            submitted = max([time.time(), *((job.submitted or 0.0) + 1e-6 for job in self.jobs()[:1])])
            folder.mkdir(exist_ok=True)
            write_json(folder / "config.json", config)
            told = () if job and job.state is JobState.PAUSED else ("progress.json", "log.txt")
            for name in ("heartbeat", "cancel", "pause", *told):
                (folder / name).unlink(missing_ok=True)
            self._save(Job(job_id, config, JobState.QUEUED, submitted=submitted))
            job = self.get(job_id)
        self._wake.set()
        return job

    def cancel(self, job_id: str) -> None:
        """Take a queued job off the queue at once, or end a running one within 2 seconds. Others stay as they are."""
        self._ask(job_id, "cancel")

    def pause(self, job_id: str) -> None:
        """Stop a job as `cancel` does, but only for now: it keeps its files, and goes on once it is submitted again.

        What it has finished is kept if it is resumable; what was under way starts over.
        """
        self._ask(job_id, "pause")

    def remove(self, job_id: str) -> None:
        """Forget a job that has ended, and its log. Raises BadInput for one that is queued or running."""
        folder = self._folder(job_id)
        with self._changing():
            job = read_job(folder)
            if job and job.state.active:
                raise BadInput(f"Job {job_id} is {job.state}; cancel it before removing it.")
            (folder / "job.json").unlink(missing_ok=True)  # first, so that no reader sees half a job
            shutil.rmtree(folder, ignore_errors=True)

    def close(self) -> None:
        """End the running worker and stop. Queued jobs stay queued for the next app."""
        self._closed.set()
        self._wake.set()
        self._thread.join()

    def _folder(self, job_id: str) -> Path:
        if not is_job_id(job_id):
            raise BadInput(f"A job's id is 1 to 64 of the characters 0-9, a-f and -, not {job_id!r}.")
        return self.jobs_dir / job_id

    def _ask(self, job_id: str, request: str) -> None:
        with self._changing():
            job = self.get(job_id)
            if job and job.state is JobState.QUEUED:
                self._save(replace(job, state=_REQUESTS[request], ended=time.time()))
            elif job and job.state is JobState.RUNNING:
                (self._folder(job_id) / request).touch()

    @contextmanager
    def _changing(self) -> Iterator[None]:
        # Held for milliseconds around "read a state, then write another", against other threads and other processes.
        with lock(self.jobs_dir / ".lock", wait=True):
            yield

    def _save(self, job: Job) -> None:
        record = {key: getattr(job, key) for key in ("state", "message", "submitted", "started", "ended")}
        write_json(self.jobs_dir / job.id / "job.json", record)

    # What the supervisor's thread does

    def _supervise(self) -> None:
        while not self._closed.is_set():
            try:
                if job := self._claim():
                    self._run(job)
                    continue
            except Exception:  # a full disk must not end the queue for good
                _log.exception("The job queue met an error and goes on.")
            self._wake.wait(IDLE)
            self._wake.clear()
        if self._supervisor_lock:
            self._supervisor_lock.close()

    def _claim(self) -> Job | None:
        """The job to run now, already marked as running; None while there is none or another process runs them."""
        self._supervisor_lock = self._supervisor_lock or lock(self.jobs_dir / ".supervisor", wait=False)
        if not self._supervisor_lock or self._others_run():
            return None
        with self._changing():
            queued = [job for job in self.jobs() if job.state is JobState.QUEUED]
            if not queued:
                return None
            job = replace(queued[-1], state=JobState.RUNNING, started=time.time())
            self._save(job)
            return job

    def _others_run(self) -> bool:
        """Whether a worker that this queue did not start is alive. Jobs of dead ones are recorded as stopped."""
        running = [job for job in self.jobs() if job.state is JobState.RUNNING]
        dead = [job for job in running if not self._is_alive(job)]
        for job in dead:
            self._stopped(job)
        return len(running) > len(dead)

    def _is_alive(self, job: Job) -> bool:
        try:
            beat = (self.jobs_dir / job.id / "heartbeat").stat().st_mtime
        except OSError:
            return False
        return abs(time.time() - beat) <= STALE_AFTER  # abs: a clock that was set back must not keep it alive

    def _run(self, job: Job) -> None:
        folder = self.jobs_dir / job.id
        try:
            process = self._start(folder)
        except Exception as error:
            self._finish(job, JobState.FAILED, f"The training process did not start: {error}.")
            return
        with process:
            stopped = self._wait(process, folder)
        if process.returncode == 0:  # also where it was told to stop and had finished by then
            self._finish(job, JobState.DONE)
        elif stopped:
            self._stopped(job)
        else:
            self._finish(job, JobState.FAILED, _reason(process.returncode, folder / "log.txt"))

    def _start(self, folder: Path) -> subprocess.Popen:
        # The pipe is the lifeline: it closes when this process dies, however it dies, and the worker ends.
        # Its own session keeps the terminal's Ctrl+C from being recorded as a failed training.
        with (folder / "log.txt").open("wb") as log:
            return subprocess.Popen(
                self._command(folder),
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=ROOT,
                env={**os.environ, **self._environment},
                start_new_session=True,
                creationflags=getattr(subprocess, "BELOW_NORMAL_PRIORITY_CLASS", 0),  # Windows has no nice()
            )

    def _wait(self, process: subprocess.Popen, folder: Path) -> bool:
        """Wait for the worker's end. True if it had to be stopped, False if it ended by itself."""
        while not (self._closed.is_set() or _requested(folder)):
            with suppress(subprocess.TimeoutExpired):
                process.wait(0.1)
                return False
        if process.poll() is not None:
            return False
        process.terminate()
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
        process.wait()
        return True

    def _stopped(self, job: Job) -> None:
        """Record that a worker ended before its end: somebody asked for it, or else the app stopped."""
        folder = self.jobs_dir / job.id
        job = read_job(folder) or job  # with the last progress
        if state := _requested(folder):
            self._finish(job, state)
        elif job.resumable:
            done = f"{int(job.progress.done)} of {job.progress.total}" if job.progress else "none of the"
            sentence = f"The app stopped; {done} {job.resumable} are done. Continue when you like."
            self._finish(job, JobState.PAUSED, sentence)
        else:
            self._finish(job, JobState.FAILED, APP_STOPPED)

    def _finish(self, job: Job, state: JobState, message: str = "") -> None:
        if state is not JobState.DONE:
            for unfinished in (self.jobs_dir / job.id).glob(".progress.json.*"):
                unfinished.unlink(missing_ok=True)
            try:
                if self._clean_up:
                    self._clean_up(job.id)
            except Exception:
                _log.exception("Cleaning up after job %s failed.", job.id)
        with self._changing():
            self._save(replace(job, state=state, message=message, ended=time.time()))


def _requested(folder: Path) -> JobState | None:
    """What somebody asked the worker in `folder` to come to, or None."""
    return next((state for name, state in _REQUESTS.items() if (folder / name).exists()), None)


def _reason(code: int, log: Path) -> str:
    """Why a worker failed, in one sentence, from its exit code and the end of its log."""
    if code == -getattr(signal, "SIGKILL", 9):
        return (
            "The training process was killed (signal 9); often the machine ran out of memory. "
            "Start it again with fewer images or a smaller model."
        )
    if code < 0:
        return f"The training process was ended by signal {-code}. Start it again."
    tail = log.read_bytes()[-8192:].decode("utf-8", errors="replace")
    lines = [line.strip() for line in tail.splitlines() if line.strip()]
    errors = [line.removeprefix("error: ") for line in lines if line.startswith("error: ")] if code == 2 else []
    return [f"The training process ended with exit code {code} and said nothing.", *lines, *errors][-1]
