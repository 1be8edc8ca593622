"""A home in which jobs wait: what a page submits is looked at, and nothing is trained."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.job_files import Job, read_jobs
from core.storage import lock


@contextmanager
def waiting(home: Path) -> Iterator[Path]:
    """Stand in for another app that runs the jobs of `home`, until the block ends; then they are forgotten."""
    jobs_dir = home / "jobs"
    jobs_dir.mkdir(parents=True, exist_ok=True)
    with lock(jobs_dir / ".supervisor", wait=True):
        yield home
        for folder in jobs_dir.iterdir():  # or the page's own queue, which lives on, would train them now
            if folder.is_dir():
                shutil.rmtree(folder)


def only_job(home: Path) -> Job:
    """Return the one job that there is."""
    [job] = read_jobs(home / "jobs")
    return job
