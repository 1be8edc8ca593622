"""Get a published dataset: load its archive, check every byte against its commit, and put it in place in one step."""

import errno
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from core.datasets.git_archive import WrongArchive, git_id, unpack
from core.datasets.legend import read_legend
from core.datasets.releases import RELEASES, Release, find_release
from core.datasets.transfer import Part, Patience, Progress, download
from core.errors import BadInput
from core.settings import Settings
from core.storage import lock, sweep, write_whole

__all__ = ["RELEASES", "Patience", "Release", "fetch", "fetched", "kept_bytes"]

MARK = ".navarasa-release"  # a file that tells a folder that was fetched from any other
_EVERY = 0.1  # seconds between two reports


def fetch(
    name: str,
    settings: Settings,
    to: Path | None = None,
    report: Progress | None = None,
    release: Release | None = None,
    patience: Patience | None = None,
) -> Path:
    """Return the folder of a published dataset, loaded and checked unless it is there already.

    The folder is `to`, or one below `settings.datasets_dir`. `report` is called at most about ten times a second with
    ("Downloading", bytes, bytes in all or 0 if unknown), then ("Unpacking", files, files in all), then ("Checking",
    files, files in all). An exception that it raises stops the work and comes through with a note on what is kept: what
    has been downloaded, to be continued by the next call, and nothing else.

    Raises:
        BadInput: the name is unknown, the folder holds something else, another process is loading the same dataset,
            the download fails, what arrives is not that commit, or the disk is full.
    """
    release = release or find_release(name)
    place = _default_place(release, settings) if to is None else _given_place(to)
    part = _part(release, settings)
    progress = _Seldom(report or (lambda what, done, total: None))
    try:
        if not _is_there(place, release):
            _check_parent(place)
            with _alone(settings.downloads_dir / f"{release.folder_name}.lock", release):
                sweep(settings.datasets_dir)  # what a process that was killed had begun to unpack
                _load(release, place, part, progress, patience or Patience())
    except BadInput:
        raise
    except Exception as error:
        if isinstance(error, OSError) and error is not progress.raised:
            raise BadInput(_disk_problem(error, place, part)) from error
        error.add_note(f"{part.fate}.")
        raise
    except BaseException as stop:  # an interrupt from the keyboard, or a page that is left
        stop.add_note(f"{part.fate}.")
        raise
    return place


def fetched(name: str, settings: Settings) -> Path | None:
    """Return the folder that `fetch(name, settings)` made; None while it is not there or no longer whole.

    Raises:
        BadInput: the name is unknown.
    """
    release = find_release(name)
    place = _default_place(release, settings)
    return place if _is_whole(place, release) else None


def kept_bytes(name: str, settings: Settings) -> int:
    """Return how many bytes of a download that broke off wait to be continued; 0 if none do.

    Raises:
        BadInput: the name is unknown.
    """
    return _part(find_release(name), settings).size


class _Seldom:
    """Passes reports on, ten a second and each stage's first and last, and remembers what they raised."""

    def __init__(self, report: Progress) -> None:
        self._report, self._stage, self._next = report, "", 0.0
        self.raised: BaseException | None = None

    def __call__(self, stage: str, done: int, total: int) -> None:
        now = time.monotonic()
        if stage == self._stage and now < self._next and done != total:
            return
        self._stage, self._next = stage, now + _EVERY
        try:
            self._report(stage, done, total)
        except BaseException as stop:
            self.raised = stop
            raise


# Places


def _default_place(release: Release, settings: Settings) -> Path:
    return settings.datasets_dir / release.folder_name


def _given_place(to: Path) -> Path:
    try:
        return Path(to).expanduser().resolve()
    except (OSError, ValueError, RuntimeError) as error:
        raise BadInput(f"{str(to)[:80]!r} cannot be a folder ({error}); check the spelling.") from error


def _check_parent(place: Path) -> None:
    """Raise BadInput where no folder can be made, before anything is loaded in vain."""
    above = next(path for path in place.parents if path.exists())
    if not (above.is_dir() and os.access(above, os.W_OK)):
        raise BadInput(f"No folder {place} can be made, as {above} is no folder that you may write to; give another.")


def _part(release: Release, settings: Settings) -> Part:
    return Part(settings.downloads_dir / f"{release.folder_name}.zip.part")


def _is_there(place: Path, release: Release) -> bool:
    """Whether the release lies whole at `place`; BadInput if something else does."""
    if _is_whole(place, release):
        return True
    if (place / MARK).is_file():
        raise BadInput(f"{place} was fetched once and is no longer whole; move or delete it, and run the same again.")
    if os.path.lexists(place) and not _is_empty_folder(place):
        raise BadInput(f"{place} is there and holds something else; give a new folder, or an empty one.")
    return False


def _is_whole(place: Path, release: Release) -> bool:
    """Whether our mark is there, all that was kept, and no picture fewer: it lists folders and opens no picture."""
    try:
        mark = (place / MARK).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return False
    kept = all((place / path).exists() for path in (*release.contents, release.legend))
    return mark == _mark(release) and kept and _count_files(place / release.images) >= release.n_files


def _mark(release: Release) -> str:
    return json.dumps({"name": release.name, "commit": release.commit, "licence": release.licence}, indent=1) + "\n"


def _is_empty_folder(place: Path) -> bool:
    return place.is_dir() and not any(place.iterdir())


def _count_files(folder: Path) -> int:
    """Return how many entries it has; hidden ones, which some systems add of their own, are left out."""
    return sum(not name.startswith(".") for name in os.listdir(folder)) if folder.is_dir() else 0


@contextmanager
def _alone(path: Path, release: Release) -> Iterator[None]:
    """Keep other processes and threads from loading the same release; the system frees the lock when one dies."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = lock(path, wait=False)
    if handle is None:
        raise BadInput(
            f"Another download of {release.title} is under way here; wait until it has ended, or stop that one."
        )
    with handle:
        yield


# From the archive to its place


def _load(release: Release, place: Path, part: Part, report: Progress, patience: Patience) -> None:
    if _is_there(place, release):  # another process has just brought it
        return
    download(release.url, part, report, release.limit, patience)
    try:
        write_whole(place, lambda folder: _make(release, part.path, folder, place, report))
    except WrongArchive as problem:
        part.discard()
        raise BadInput(
            f"What {release.host} sent is not {release.title} at commit {release.commit[:12]}: {problem}; "
            "nothing of it is kept, so run the same again to load it afresh."
        ) from problem
    if not _is_there(place, release):
        raise BadInput(f"{place} was changed meanwhile; {part.fate}.")
    part.discard()


def _make(release: Release, archive: Path, folder: Path, place: Path, report: Progress) -> None:
    """Fill the new `folder`, check it and mark it as ours."""
    keep, limit = release.contents.keys(), release.limit
    programs = unpack(archive, folder, keep, limit, lambda done, total: report("Unpacking", done, total))
    _check(release, folder, programs, lambda done, total: report("Checking", done, total))
    (folder / MARK).write_text(_mark(release), encoding="utf-8")
    if _is_empty_folder(place):
        place.rmdir()  # it was asked for, and Windows would not rename over it


def _check(release: Release, folder: Path, programs: frozenset[Path], report: Callable[[int, int], None]) -> None:
    """Raise WrongArchive for the first thing that is not as it should be: what people count, then every byte."""
    if missing := [kept for kept in release.contents if not (folder / kept).exists()]:
        raise WrongArchive(f"it lacks {missing[0]}")
    if (n_files := _count_files(folder / release.images)) != release.n_files:
        raise WrongArchive(f"{release.images} holds {n_files:,} files, not {release.n_files:,}")
    if (n_rows := _count_rows(folder / release.legend, release.legend)) != release.n_rows:
        raise WrongArchive(f"{release.legend} has {n_rows:,} rows, not {release.n_rows:,}")
    done, total = 0, sum(len(files) for _, _, files in os.walk(folder))

    def count() -> None:
        nonlocal done
        done += 1
        report(done, total)

    for kept, expected in release.contents.items():
        if git_id(folder / kept, programs, count) != expected:
            raise WrongArchive(f"the content of {kept} is not what was published")


def _count_rows(legend: Path, shown: str) -> int:
    try:
        return len(read_legend(legend, shown).rows)
    except (BadInput, OSError) as problem:
        raise WrongArchive(f"{shown} cannot be read as a legend") from problem


def _disk_problem(error: OSError, place: Path, part: Part) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"The disk is full; free some space below {part.path.parent} and {place.parent}: {part.fate}."
    where = error.filename or place
    return f"{where} cannot be used ({error.strerror or error}); see who may read and write it: {part.fate}."
