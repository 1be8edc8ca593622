"""Files that are whole or not there: written beside their place, then renamed in."""

import os
import shutil
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import IO

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None
    import msvcrt


def write_whole(place: Path, write: Callable[[Path], object]) -> None:
    """Call `write` with a temporary path beside `place`, then rename it in; on an error nothing is left.

    `write` may make a file or a folder. If `place` came into being meanwhile, the newer one wins for a file and the
    older one for a folder (two writers of the same content-addressed folder wrote the same).
    """
    place.parent.mkdir(parents=True, exist_ok=True)
    temporary = _beside(place)
    try:
        write(temporary)
        try:
            os.replace(temporary, place)
        except OSError:  # a folder does not replace one that is there already
            if not (temporary.is_dir() and place.is_dir()):
                raise
    finally:
        if temporary.is_dir():
            shutil.rmtree(temporary)
        else:
            temporary.unlink(missing_ok=True)


def remove_whole(folder: Path) -> None:
    """Remove a folder in one step: it is renamed away first, so nobody meets half of it; `sweep` takes what is left."""
    doomed = _beside(folder)
    folder.rename(doomed)
    shutil.rmtree(doomed)


def _beside(place: Path) -> Path:
    """Return a path beside `place` that nobody else uses, and that tells `sweep` whose it is."""
    return place.with_name(f".{place.name}.{os.getpid()}.{uuid.uuid4().hex[:8]}")


def lock(path: Path, wait: bool) -> IO[bytes] | None:
    """Return a file that keeps `path` locked until it is closed or its process dies; None if taken and not `wait`."""
    handle = path.open("ab")
    try:
        if fcntl:
            fcntl.flock(handle, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        else:
            msvcrt.locking(handle.fileno(), msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)
    except OSError as error:
        handle.close()
        if wait or not isinstance(error, BlockingIOError | PermissionError):
            raise
        return None
    return handle


def sweep(folder: Path) -> None:
    """Remove what writers that were killed left half-written in `folder`; what a living process writes stays."""
    for path in folder.glob(".*.*.*"):
        writer = path.name.split(".")[-2]
        if writer.isdigit() and not _lives(int(writer)):
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)


def thin_out(folder: Path, most: int = 400) -> None:
    """Remove the oldest files and folders in `folder` until `most` are left: every link may ask for one more."""
    entries = [path for path in folder.iterdir() if not path.name.startswith(".")]
    for path in sorted(entries, key=_age)[: max(0, len(entries) - most)]:
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def _age(path: Path) -> float:
    """Return when it was written or last marked as used; the start of time if it went meanwhile."""
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _lives(pid: int) -> bool:
    if os.name == "nt":  # there os.kill(pid, 0) ends the process instead of asking for it
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
