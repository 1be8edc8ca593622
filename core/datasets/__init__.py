"""Open a dataset by a known name or by its path, cleaned up as its source string says."""

import os
import re
import shutil
import uuid
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from core.catalog import Dataset, assemble, fingerprint, state
from core.cleaning import Cleaning, LegendColumns, join_source, split_source
from core.datasets import demo, folder
from core.datasets.scan import find_files, scan
from core.errors import BadInput
from core.labels import label_series
from core.settings import Settings
from core.storage import write_whole

DEMO = "demo"
REAL = "facial_expressions"
_TITLES = {DEMO: "Demo (drawn faces)", REAL: "Facial expressions (muxspace)"}
Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and of how much."""


def known_datasets(settings: Settings) -> dict[str, str]:
    """Return name -> title of the datasets to choose from, the default one first.

    What was unpacked here is among them under its path, unless the server is hosted: it is its owner's.
    """
    known = {DEMO: _TITLES[DEMO]}
    if settings.data is not None:
        known = {_name(settings): _title(settings.data)} | known
    if REAL not in known and _fetched(settings) is not None:
        known[REAL] = _TITLES[REAL]
    return known | _unpacked_titles(settings)


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
    # First out of the list in one step; what is left of it if this process dies is swept as half-written.
    doomed = folder.with_name(f".{folder.name}.{os.getpid()}.{uuid.uuid4().hex[:8]}")
    try:
        folder.rename(doomed)
        shutil.rmtree(doomed)
    except OSError as error:
        raise BadInput(f"{folder} cannot be deleted ({error.strerror or error}); see who may write to it.") from error


def title_of_path(place: str) -> str:
    """Return what a dataset at this path is called, whether or not it can be opened."""
    from core.datasets.imports import import_title

    path = Path(os.path.expanduser(place))
    name = path.stem if os.path.isfile(path) else path.name
    return import_title(path) or name.replace("_", " ") or place


def _age(folder: Path) -> int:
    """Return when a folder was unpacked, to sort by; 0 where another session deleted it since it was listed."""
    from core.datasets.imports import MARK

    try:
        return (folder / MARK).stat().st_mtime_ns
    except FileNotFoundError:
        return 0


def _unpacked_titles(settings: Settings) -> dict[str, str]:
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


def open_dataset(source: str | Path, settings: Settings, on_progress: Progress | None = None) -> Dataset:
    """Read a dataset.

    Args:
        source: its name or path, and the choices of its clean-up: `demo?conflicts=first&map=sad:sadness`; see
            `core.cleaning`. A path leads to a folder, or to a file that `core.datasets.imports` unpacks.
        settings: say which names are known, and where things are kept.
        on_progress: called now and then; an exception that it raises ends the reading.

    Raises:
        BadInput: it is not there, holds no images, nothing says which label they have, or a choice makes no sense.
    """
    report = on_progress or (lambda what, done, total: None)
    place, cleaning = split_source(str(source))
    if place == DEMO:
        return _read(DEMO, cleaning, _drawn_demo(settings, report), settings, report)
    path = _resolve(place, settings)
    name = place if place in known_datasets(settings) else str(path)
    return _read(name, cleaning, _unpacked(path, settings, report), settings, report)


def legends_of(source: str, settings: Settings) -> list[LegendColumns]:
    """Return what each CSV of a dataset is guessed to hold, whether or not the dataset can be opened with it.

    Raises:
        BadInput: there is no such folder.
    """
    place, _ = split_source(source)
    root = _unpacked(_resolve(place, settings), settings, lambda what, done, total: None)
    folder.check_folder(root)
    return folder.legends(root, find_files(root)["image"])


def _resolve(place: str, settings: Settings) -> Path:
    if settings.hosted and place not in known_datasets(settings):
        raise BadInput("This server opens only the datasets in its list; run the app yourself to open a folder.")
    if settings.data is not None and place == _name(settings):
        return settings.data
    if place == REAL:
        if (fetched := _fetched(settings)) is None:
            raise BadInput(
                f"{REAL} is not on this machine yet; run `python -m core fetch {REAL}`, or use the button on the page "
                "Open data."
            )
        return fetched
    if not place.strip():
        raise BadInput("The dataset has no name; give demo or the path of a folder.")
    try:
        path = Path(place).expanduser().resolve()
        path.is_dir()
    except (OSError, ValueError, RuntimeError) as error:
        raise BadInput(f"{place[:80]!r} cannot be a folder ({error}); check the spelling.") from error
    return path


def _fetched(settings: Settings) -> Path | None:
    from core.datasets.download import fetched

    return fetched(REAL, settings)


def _unpacked(path: Path, settings: Settings, report: Progress) -> Path:
    """Return an ordinary folder with what is at `path`."""
    from core.datasets.imports import as_folder

    return as_folder(path, settings, report)


def _read(name: str, cleaning: Cleaning, root: Path, settings: Settings, report: Progress) -> Dataset:
    from core.datasets.imports import import_notes, import_title

    folder.check_folder(root)
    try:
        files = scan(
            root,
            settings.scans_dir,
            settings.max_megapixels,
            lambda done, total: report("Reading image headers", done, total),
        )
        if files.empty and files.attrs["notes"]:
            raise BadInput(files.attrs["notes"][0])
        labelled = folder.read_labels(root, files["image"], cleaning)
    except OSError as error:
        raise BadInput(
            f"{error.filename or root} cannot be used ({error.strerror or error}); see who may read and write it."
        ) from error
    rows, catalog = assemble(labelled.rows, files, cleaning)
    _check_usable(root, rows, catalog)
    return Dataset(
        source=join_source(name, cleaning),
        title=known_datasets(settings).get(name) or import_title(root) or _title(root),
        root=root,
        layout=labelled.layout,
        rows=rows,
        catalog=catalog,
        fingerprint=fingerprint(catalog, cleaning),
        notes=(*import_notes(root), *files.attrs.get("notes", ()), *labelled.notes, *_unused_choices(rows, cleaning)),
        drawn=name == DEMO or (root / demo.MARK).is_file(),
        cleaning=cleaning,
        legend_columns=labelled.columns,
        state=state(root, files, rows),
    )


def _check_usable(root: Path, rows: pd.DataFrame, catalog: pd.DataFrame) -> None:
    """Raise BadInput where no image is left, with the first reason."""
    if (catalog["label"].notna() & catalog["problem"].isna()).any():
        return
    why = "The legend contradicts itself on every one."
    if rows["label"].isna().all():
        why = "Every label was mapped to none; keep at least one."
    elif catalog["problem"].notna().any():
        why = catalog["problem"].dropna().iloc[0]
    raise BadInput(f"None of the {len(catalog):,} images in {root} can be used. {why}")


def _unused_choices(rows: pd.DataFrame, cleaning: Cleaning) -> list[str]:
    """Return a note on each choice about labels that changes nothing; a link outlives the legend it was made for."""
    written = set(rows["raw_label"].dropna().unique())
    labels = set(label_series(pd.Series(list(written), dtype="str"), cleaning.apart).dropna())
    notes = [
        f"No row is written {word!r}, so keeping it apart changes nothing."
        for word in cleaning.apart
        if word not in written
    ]
    return notes + [
        f"No row has the label {label!r}, so mapping it changes nothing."
        for label, _ in cleaning.mapping
        if label not in labels
    ]


def _drawn_demo(settings: Settings, report: Progress) -> Path:
    """Return the folder of the demo, drawing it first where it is not there yet."""
    place = settings.datasets_dir / f"{DEMO}-{demo.VERSION}"
    if not place.is_dir():
        try:
            write_whole(place, lambda path: demo.draw(path, lambda done, total: report("Drawing faces", done, total)))
        except OSError as error:
            raise BadInput(
                f"The demo cannot be drawn into {settings.datasets_dir} ({error.strerror or error}); "
                "set NAVARASA_HOME to a folder that can be written to."
            ) from error
    return place


def _name(settings: Settings) -> str:
    """Return the known name of NAVARASA_DATA: its folder's, made safe for a link."""
    name = re.sub(r"\W+", "_", settings.data.resolve().name)
    return name if name not in ("", DEMO) else "data"


def _title(root: Path) -> str:
    return root.resolve().name.replace("_", " ")
