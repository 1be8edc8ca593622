"""What uploads and archives were unpacked into: listed, measured, deleted."""

import os
from pathlib import Path

from core.errors import BadInput
from core.settings import Settings
from core.storage import remove_whole


def unpacked_datasets(settings: Settings) -> list[Path]:
    """Return the folders below `settings.datasets_dir` that uploads and archives were unpacked into, oldest first."""
    from core.datasets.imports import import_title

    # A name that begins with a dot is one that is still being unpacked, or deleted.
    folders = [path for path in settings.datasets_dir.glob("[!.]*") if path.is_dir() and import_title(path)]
    return sorted(folders, key=lambda path: (_age(path), path.name))


def bytes_below(folder: Path) -> int:
    """Return how many bytes the files below a folder hold."""
    return sum(os.lstat(os.path.join(place, name)).st_size for place, _, names in os.walk(folder) for name in names)


def delete_unpacked(folder: Path, settings: Settings) -> None:
    """Delete one of `unpacked_datasets`, whole or, where the system refuses at once, not at all.

    Raises:
        BadInput: the server is hosted, it is no such folder, or it cannot be deleted.
    """
    if settings.hosted:
        raise BadInput("This is a shared server, so no dataset of it can be deleted.")
    if folder not in unpacked_datasets(settings) or folder.is_symlink():
        raise BadInput(f"{folder} was not unpacked by this app, or is gone already; nothing was deleted.")
    try:
        remove_whole(folder)
    except OSError as error:
        raise BadInput(f"{folder} cannot be deleted ({error.strerror or error}); see who may write to it.") from error


def unpacked_titles(settings: Settings) -> dict[str, str]:
    """Return path -> title of what was unpacked here, the second of one title told apart by a number."""
    from core.datasets.imports import import_title

    if settings.hosted:
        return {}
    titles: dict[str, str] = {}
    for place in unpacked_datasets(settings):
        title = import_title(place) or place.name
        n_before = sum(other == title or other.startswith(f"{title} (") for other in titles.values())
        titles[str(place)] = f"{title} ({n_before + 1})" if n_before else title
    return titles


def _age(folder: Path) -> int:
    """Return when a folder was unpacked, to sort by; 0 where another session deleted it since it was listed."""
    from core.datasets.imports import MARK

    try:
        return (folder / MARK).stat().st_mtime_ns
    except FileNotFoundError:
        return 0
