"""A run's folder: found by the hash of its configuration; one that exists is whole."""

import json
import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from core.catalog import Dataset
from core.errors import BadInput
from core.runs.config import RunConfig

FILES = ("config.json", "metrics.json", "history.csv", "predictions.parquet", "network.onnx", "weights.safetensors")
"""What every run's folder holds."""
BY_K = "by_k.csv"
"""What the folder of a run of nearest neighbours holds too."""
VALIDATION = "validation.parquet"
"""What the run said of the images that watched its training: decisions are tuned on these, never on the test images."""
SHIPPED = Path(__file__).parents[1] / "shipped"
"""Runs that come with the program: their predictions and figures, without network and weights."""
_SHIPPED_FILES = ("config.json", "metrics.json", "history.csv", "predictions.parquet")


@dataclass(frozen=True)
class Run:
    """A finished run, read from its folder."""

    folder: Path
    config: RunConfig
    created: float
    """Unix seconds."""
    seconds: float
    """How long the training took."""
    metrics: dict
    """What `Evaluation.to_json` gave when the run was finished."""
    shown: int = 0
    """Images in a pass over the training part, all folds together."""
    copies_tested: float = 0.0
    """Share of the test images that were learnt from too, from 0 to 1: 0 unless its order is one of MISTAKES."""
    left_out: tuple[str, ...] = ()
    """Images whose header was in order and whose pixels could not be read: neither trained on nor tested."""
    on_faces: bool = False
    """Whether it learnt from photographs of faces, so that a picture is searched for them before it is asked."""

    @property
    def id(self) -> str:
        """Return the run's name."""
        return self.folder.name

    @property
    def labels(self) -> tuple[str, ...]:
        """Return the classes in the order of the network's outputs."""
        return tuple(self.metrics["labels"])

    @property
    def history(self) -> pd.DataFrame:
        """Return `fold`, `epoch`, losses and validation macro-F1, one row an epoch."""
        return pd.read_csv(self.folder / "history.csv")

    @property
    def predictions(self) -> pd.DataFrame:
        """Return `image`, `person`, `y_true`, `fold` and a probability a class, one row a test image."""
        try:
            return pd.read_parquet(self.folder / "predictions.parquet")
        except ValueError as error:
            raise BadInput(
                f"{self.folder / 'predictions.parquet'} is damaged; delete the folder and train again."
            ) from error

    @property
    def validation(self) -> pd.DataFrame | None:
        """Return the same table of the images that watched the training.

        With several folds an image has one row a fold that it watched. None for a run that kept none: an earlier
        version trained it, or nothing was held back.
        """
        place = self.folder / VALIDATION
        return pd.read_parquet(place) if place.is_file() else None

    @property
    def shipped(self) -> bool:
        """Return whether it came with the program: it has predictions and figures, but no network."""
        return self.folder.parent == SHIPPED

    @property
    def files(self) -> list[str]:
        """Return the names of the files in its folder."""
        return [name for name in (*FILES, BY_K, VALIDATION) if (self.folder / name).is_file()]

    @property
    def by_k(self) -> pd.DataFrame | None:
        """Return how every number of neighbours scores (`core.votes.k_curve`), and in `can_<label>` whether it can
        elect a class at all; None for a model without neighbours.
        """
        place = self.folder / BY_K
        return pd.read_csv(place) if place.is_file() else None

    @property
    def network(self) -> Path:
        """Return the ONNX file."""
        return self.folder / "network.onnx"


def read_run(folder: Path) -> Run:
    """Read a run's folder; one that is not there, not whole or not a run raises BadInput."""
    expected = _SHIPPED_FILES if folder.parent == SHIPPED else FILES
    lost = [name for name in expected if not (folder / name).is_file()]
    if "config.json" in lost:
        raise BadInput(f"There is no run in {folder}; `python -m core runs` lists the runs.")
    if lost:
        raise BadInput(f"The run in {folder} lacks {', '.join(lost)}; delete the folder and train it again.")
    try:
        record = json.loads((folder / "config.json").read_text())
        metrics = json.loads((folder / "metrics.json").read_text())
        left_out = tuple(record.get("left_out", ()))
        run = Run(
            folder,
            RunConfig(**record["config"]),
            record["created"],
            record["seconds"],
            metrics,
            record.get("shown", 0),
            record.get("copies_tested", 0.0),
            left_out,
            record.get("on_faces", False),
        )
        run.config.check()
        return run
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadInput(
            f"{folder} holds no run that can be read ({type(error).__name__}); delete the folder and train it again."
        ) from error


def existing_run(config: RunConfig, runs_dir: Path) -> Run | None:
    """Return the finished run of this very configuration, or None."""
    folder = runs_dir / config.id
    return read_run(folder) if folder.is_dir() else None


def find_run(name: str, runs_dir: Path) -> Run:
    """Return the run with that id, or in that folder; of a trained and a shipped one, the trained.

    Raises:
        BadInput: there is none, with the command that lists those there are.
    """
    if re.fullmatch(r"[0-9a-f]{12}", name):
        for folder in (runs_dir / name, SHIPPED / name):
            if folder.is_dir():
                return read_run(folder)
    with suppress(OSError):  # a name that is too long for any folder
        if Path(name).is_dir():
            return read_run(Path(name))
    raise BadInput(f"There is no run {name!r} here; `python -m core runs` lists the runs.")


def shipped_runs() -> list[Run]:
    """Return the runs that come with the program, newest first."""
    return list_runs(SHIPPED)


def list_runs(runs_dir: Path, fingerprint: str | None = None) -> list[Run]:
    """Return the runs in a folder (of one dataset), newest first; folders that are no run are passed over."""
    runs = []
    for folder in runs_dir.iterdir() if runs_dir.is_dir() else ():
        if re.fullmatch(r"[0-9a-f]{12}", folder.name):
            try:
                run = read_run(folder)
            except BadInput:  # a damaged folder must not hide the others; opening it by name says what is wrong
                continue
            if fingerprint in (None, run.config.fingerprint):
                runs.append(run)
    return sorted(runs, key=lambda run: run.created, reverse=True)


def fits(run: Run, dataset: Dataset) -> bool:
    """Return whether the dataset holds the images that a run judged, under the same labels.

    A run on the very dataset does; so does one on a copy whose files were compressed anew, as the shipped runs may be.
    """
    if run.config.fingerprint == dataset.fingerprint:
        return True
    judged = run.predictions.set_index("image")["y_true"]
    labels = dataset.usable.set_index("image")["label"].reindex(judged.index)
    return bool((labels == judged).fillna(False).all())
