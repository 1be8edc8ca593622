"""Open a dataset by a known name or by its path, cleaned up as its source string says."""

import os
import re
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from core.catalog import Dataset, assemble, fingerprint, state
from core.cleaning import Cleaning, LegendColumns, join_source, split_source
from core.datasets import demo, folder
from core.datasets.scan import find_files, scan
from core.datasets.unpacked import unpacked_titles
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
    return known | unpacked_titles(settings)


def title_of_path(place: str) -> str:
    """Return what a dataset at this path is called, whether or not it can be opened."""
    from core.datasets.imports import import_title

    path = Path(os.path.expanduser(place))
    name = path.stem if os.path.isfile(path) else path.name
    return import_title(path) or name.replace("_", " ") or place


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
