"""Made images on disk: one folder a synthesis, and which of its images a person approved for training.

`synthesis/<id>/`, named by the hash of its configuration. It is written beside its place and renamed in, so a folder
that exists is whole; `samples.parquet` alone changes later, when somebody approves.

    config.json             the configuration, the images that the GAN saw, when it started, how long it took
    generator.safetensors   the averaged generator
    samples.npy             what was made: grey uint8 (m, 64, 64)
    samples.parquet         one row each: number, label, nearest, distance, memorised, approved
    history.csv             losses, one row an epoch
    honesty.json            the panel
    grids/epoch_0001.png    sheets of samples, one every few epochs

`synthesis/<id>.unfinished/` is where one under way keeps its checkpoint and its sheets, and from where it goes on.
"""

import hashlib
import json
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from core.errors import BadInput
from core.settings import Settings
from core.storage import write_whole
from core.synthesis.config import SIDE, SynthesisConfig, config_from
from core.synthesis.honesty import Honesty, honesty_from

FILES = (
    "config.json",
    "generator.safetensors",
    "samples.npy",
    "samples.parquet",
    "history.csv",
    "honesty.json",
)
"""What every finished synthesis holds, beside its sheets."""
COLUMNS = ["number", "label", "nearest", "distance", "memorised", "approved"]
_AGAIN = "delete the folder and make the images again."


@dataclass(frozen=True)
class Synthesis:
    """What a GAN made, read from its folder."""

    folder: Path
    config: SynthesisConfig
    seen: frozenset[str]
    """The images that the GAN was trained on: paths below the dataset's root."""
    created: float
    """Unix seconds."""
    seconds: float
    """How long it took, all sittings together."""
    samples: pd.DataFrame
    """`number` (position in `images`), `label`, `nearest` (the nearest image that the GAN saw, of any class),
    `distance` (from 0 to 2), `memorised`, `approved`."""
    honesty: Honesty

    @property
    def id(self) -> str:
        """Return its name."""
        return self.folder.name

    @property
    def images(self) -> np.ndarray:
        """Return what was made, grey uint8, (m, 64, 64), memory-mapped."""
        return _samples(self.folder)

    @property
    def history(self) -> pd.DataFrame:
        """Return `epoch`, losses, `told_right` and `seconds`, one row an epoch."""
        return pd.read_csv(self.folder / "history.csv")


@dataclass(frozen=True)
class Approved:
    """Made images that may stand among those trained on."""

    images: np.ndarray
    """Grey uint8, (m, 64, 64)."""
    labels: np.ndarray
    """Object, (m,)."""
    digest: str
    """12 hexadecimal digits over exactly these images: a run that uses them holds it."""
    left_out: dict[str, int]
    """Synthesis -> how many approved images are left out, because its GAN saw a forbidden image."""


def place_of(config: SynthesisConfig, settings: Settings) -> Path:
    """Return the folder of a finished synthesis, whether or not it is there."""
    return settings.synthesis_dir / config.id


def unfinished_place(config: SynthesisConfig, settings: Settings) -> Path:
    """Return the folder in which one under way keeps its checkpoint and its sheets."""
    return settings.synthesis_dir / f"{config.id}.unfinished"


def sheets(folder: Path) -> list[Path]:
    """Return the sheets of samples in a folder, finished or not, the first epoch's first."""
    return sorted((folder / "grids").glob("epoch_*.png"))


def read_synthesis(folder: Path) -> Synthesis:
    """Read a finished synthesis; one that is not there, not whole or damaged raises BadInput."""
    lost = [name for name in FILES if not (folder / name).is_file()]
    if lost:
        raise BadInput(f"The made images in {folder} lack {', '.join(lost)}; {_AGAIN}")
    try:
        record = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        config = config_from(record["config"])
        samples = pd.read_parquet(folder / "samples.parquet")[COLUMNS]
        if len(samples) != len(_samples(folder)) or not np.array_equal(samples["number"], np.arange(len(samples))):
            raise ValueError("samples.parquet and samples.npy do not belong together")
        honesty = honesty_from(json.loads((folder / "honesty.json").read_text(encoding="utf-8")))
        seen = frozenset(record["seen"])
        return Synthesis(folder, config, seen, float(record["created"]), float(record["seconds"]), samples, honesty)
    except (OSError, EOFError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadInput(f"The made images in {folder} cannot be read ({error}); {_AGAIN}") from error


def list_syntheses(settings: Settings, fingerprint: str | None = None) -> list[Synthesis]:
    """Return what was made (for one dataset), newest first; folders that are damaged are passed over."""
    found = []
    everything = settings.synthesis_dir
    for folder in everything.iterdir() if everything.is_dir() else ():
        if re.fullmatch(r"[0-9a-f]{12}", folder.name):
            try:
                synthesis = read_synthesis(folder)
            except BadInput:  # a damaged folder must not hide the others; opening it by name says what is wrong
                continue
            if fingerprint in (None, synthesis.config.fingerprint):
                found.append(synthesis)
    return sorted(found, key=lambda synthesis: (-synthesis.created, synthesis.id))


def approve(folder: Path, numbers: Iterable[int], memorised_too: bool = False) -> Synthesis:
    """Approve these images for training and return the synthesis as it is now.

    Raises:
        BadInput: there is no such image, or one is memorised and that was not asked for.
    """
    synthesis, chosen = _chosen(folder, numbers)
    copies = synthesis.samples["memorised"].to_numpy()[chosen]
    if copies.any() and not memorised_too:
        raise BadInput(
            f"Image {chosen[copies][0]} is nearly a copy of {synthesis.samples['nearest'].iloc[chosen[copies][0]]}; "
            "approve the others only."
        )
    return _decide(synthesis, chosen, True)


def approve_all(folder: Path, labels: Collection[str] | None = None) -> Synthesis:
    """Approve all images (of some classes) but those that are memorised; return the synthesis as it is now."""
    synthesis = read_synthesis(folder)
    fit = ~synthesis.samples["memorised"]
    if labels is not None:
        fit &= synthesis.samples["label"].isin(list(labels))
    return _decide(synthesis, np.flatnonzero(fit), True)


def disapprove(folder: Path, numbers: Iterable[int]) -> Synthesis:
    """Take the approval of these images back and return the synthesis as it is now."""
    return _decide(*_chosen(folder, numbers), False)


def approved_images(settings: Settings, fingerprint: str, forbidden_names: Collection[str] = ()) -> Approved:
    """Return all approved images of a dataset whose GAN saw no forbidden image.

    Args:
        settings: where they are kept.
        fingerprint: the dataset's.
        forbidden_names: the images that a run validates and tests on: paths below the dataset's root.
    """
    forbidden = frozenset(forbidden_names)
    images, labels, names, left_out = [np.zeros((0, SIDE, SIDE), dtype=np.uint8)], [], [], {}
    for synthesis in sorted(list_syntheses(settings, fingerprint), key=lambda synthesis: synthesis.id):
        chosen = synthesis.samples[synthesis.samples["approved"]]
        if chosen.empty:
            continue
        if forbidden & synthesis.seen:
            left_out[synthesis.id] = len(chosen)
            continue
        images.append(synthesis.images[chosen["number"].to_numpy()])
        labels += chosen["label"].to_list()
        names += [f"{synthesis.id}/{number}" for number in chosen["number"]]
    return Approved(np.concatenate(images), np.array(labels, dtype=object), _digest(names), left_out)


def _digest(names: list[str]) -> str:
    """A configuration decides every picture, so names stand for pictures."""
    return hashlib.sha256("\n".join(names).encode()).hexdigest()[:12]


def _chosen(folder: Path, numbers: Iterable[int]) -> tuple[Synthesis, np.ndarray]:
    synthesis = read_synthesis(folder)
    chosen = np.unique(np.array(list(numbers), dtype=np.int64))
    wrong = chosen[(chosen < 0) | (chosen >= len(synthesis.samples))]
    if len(wrong):
        raise BadInput(
            f"There is no made image {wrong[0]} in {folder}; they go from 0 to {len(synthesis.samples) - 1}."
        )
    return synthesis, chosen


def _decide(synthesis: Synthesis, chosen: np.ndarray, approved: bool) -> Synthesis:
    samples = synthesis.samples.copy()
    samples.loc[samples.index[chosen], "approved"] = approved
    place = synthesis.folder / "samples.parquet"
    write_whole(place, lambda path: samples.to_parquet(path, index=False))
    return read_synthesis(synthesis.folder)


def _samples(folder: Path) -> np.ndarray:
    images = np.load(folder / "samples.npy", mmap_mode="r", allow_pickle=False)
    if images.dtype != np.uint8 or images.ndim != 3:
        raise ValueError("samples.npy holds no grey images")
    return images
