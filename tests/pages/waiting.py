"""A home in which jobs wait: what a page submits is looked at, and nothing is trained."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.job_files import Job, read_jobs
from core.storage import lock


@contextmanager
def waiting(home: Path) -> Iterator[Path]:
    """Stand in for another app that runs the jobs of `home`, until the block ends."""
    jobs_dir = home / "jobs"
    jobs_dir.mkdir(parents=True, exist_ok=True)
    with lock(jobs_dir / ".supervisor", wait=True):
        yield home


def only_job(home: Path) -> Job:
    """Return the one job that there is."""
    [job] = read_jobs(home / "jobs")
    return job
