"""Open a dataset by a known name or by the path of its folder."""

import re
from collections.abc import Callable
from pathlib import Path

from core.catalog import Dataset, assemble, fingerprint
from core.datasets import demo, folder
from core.datasets.scan import scan
from core.errors import BadInput
from core.settings import Settings
from core.storage import write_whole

DEMO = "demo"
REAL = "facial_expressions"
Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and of how much."""


def known_datasets(settings: Settings) -> dict[str, str]:
    """Return source -> title of the datasets that can be opened by name, the default one first."""
    known = {DEMO: "Demo (drawn faces)"}
    if settings.data is not None:
        known = {_name(settings): _title(settings.data)} | known
    return known


def open_dataset(source: str | Path, settings: Settings, on_progress: Progress | None = None) -> Dataset:
    """Read the dataset named or at the path `source`.

    Raises:
        BadInput: it is not there, holds no images, or nothing says which label they have.
    """
    report = on_progress or (lambda what, done, total: None)
    source = str(source)
    if source == DEMO:
        return _open_demo(settings, report)
    root = _resolve(source, settings)
    source = source if source in known_datasets(settings) else str(root)
    return _read(source, _title(root), root, settings, report, drawn=(root / demo.MARK).is_file())


def _resolve(source: str, settings: Settings) -> Path:
    if settings.hosted and source not in known_datasets(settings):
        raise BadInput("This server opens only the datasets in its list; run the app yourself to open a folder.")
    if settings.data is not None and source == _name(settings):
        return settings.data
    if source == REAL:
        raise BadInput(f"{REAL} is not on this machine yet; set NAVARASA_DATA to the folder that holds it.")
    if not source.strip():
        raise BadInput("The dataset has no name; give demo or the path of a folder.")
    try:
        root = Path(source).expanduser().resolve()
        root.is_dir()
    except (OSError, ValueError, RuntimeError) as error:
        raise BadInput(f"{source[:80]!r} cannot be a folder ({error}); check the spelling.") from error
    return root


def _read(source: str, title: str, root: Path, settings: Settings, report: Progress, drawn: bool) -> Dataset:
    folder.check_folder(root)
    try:
        files = scan(
            root,
            settings.scans_dir,
            settings.max_megapixels,
            lambda done, total: report("Reading image headers", done, total),
        )
        labelled = folder.read_labels(root, files["image"])
    except OSError as error:
        raise BadInput(
            f"{error.filename or root} cannot be used ({error.strerror or error}); see who may read and write it."
        ) from error
    rows, catalog = assemble(labelled.rows, files)
    dataset = Dataset(source, title, root, labelled.layout, rows, catalog, fingerprint(catalog), labelled.notes, drawn)
    if dataset.usable.empty:
        problems = catalog["problem"].dropna()
        why = problems.iloc[0] if len(problems) else "The legend contradicts itself on every one."
        raise BadInput(f"None of the {len(files):,} images in {root} can be used. {why}")
    return dataset


def _open_demo(settings: Settings, report: Progress) -> Dataset:
    place = settings.datasets_dir / f"{DEMO}-{demo.VERSION}"
    if not place.is_dir():
        try:
            write_whole(place, lambda path: demo.draw(path, lambda done, total: report("Drawing faces", done, total)))
        except OSError as error:
            raise BadInput(
                f"The demo cannot be drawn into {settings.datasets_dir} ({error.strerror or error}); "
                "set NAVARASA_HOME to a folder that can be written to."
            ) from error
    return _read(DEMO, "Demo (drawn faces)", place, settings, report, drawn=True)


def _name(settings: Settings) -> str:
    """Return the known name of NAVARASA_DATA: its folder's, made safe for a link."""
    name = re.sub(r"\W+", "_", settings.data.resolve().name)
    return name if name not in ("", DEMO) else "data"


def _title(root: Path) -> str:
    return root.resolve().name.replace("_", " ")
