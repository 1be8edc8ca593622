"""Everything that decides what a GAN makes, and the name of what it made."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from core.errors import BadInput
from core.registry import Choice, Param
from core.splits import HOLD_OUT, SPLITS

GAN = Choice(
    name="gan",
    title="Conditional GAN",
    summary="A small network that is told a class and makes new images of it, trained against one that tells them "
    "from real ones.",
    source="Mirza & Osindero 2014; DiffAugment, Zhao et al. 2020",
    params=(
        Param("epochs", 20, 1, 200, "how long it learns; after each there is a sheet of samples"),
        Param("steps", 100, 1, 2000, "steps an epoch, each on one batch"),
        Param("batch_size", 32, 4, 256, "images a step"),
        Param(
            "learning_rate",
            0.0004,
            0.00001,
            0.1,
            "the generator's steps; the judging network's are three times as large",
        ),
        Param("width", 12, 2, 64, "how large the networks are; twice as wide takes about three times as long"),
        Param("augment", 1, 0, 1, "1 changes what the judging network sees (DiffAugment), 0 does not"),
        Param(
            "borrow", 0, 0, 1, "1 learns from the other classes too, which may help a class of fewer than ten images"
        ),
        Param("images", 64, 4, 2000, "images to make of each chosen class"),
    ),
    build=dict,
)
SIDE = 64
"""Width and height of what is shown and made, in pixels."""
_VERSION = 1
"""Part of every name; raised whenever the same configuration would make other images."""


@dataclass(frozen=True)
class SynthesisConfig:
    """What is trained on what, to make what."""

    fingerprint: str
    dataset: str
    """What opens the dataset again; not part of the name: the fingerprint is."""
    labels: tuple[str, ...]
    """The classes to make images of."""
    params: dict[str, int | float]
    """Every parameter of `GAN`, by name."""
    split: str
    split_seed: int
    """With `split`: the hold-out whose training part is all that the GAN sees."""
    seed: int
    folds: int = HOLD_OUT
    """Always a hold-out: of k folds each image is trained on in some."""
    version: int = _VERSION

    @property
    def id(self) -> str:
        """Return the name of what is made: 12 hexadecimal digits."""
        decisive = {key: value for key, value in asdict(self).items() if key != "dataset"}
        return hashlib.sha256(json.dumps(decisive, sort_keys=True).encode()).hexdigest()[:12]

    @property
    def title(self) -> str:
        """Return what is made, in words."""
        return f"{GAN.title}: {', '.join(self.labels)}"

    def to_json(self) -> dict:
        """Return plain data; `config_from(data)` is the same configuration."""
        return asdict(self)


def configure_synthesis(
    fingerprint: str,
    dataset: str,
    labels: Sequence[str],
    *,
    split: str = "person_disjoint",
    split_seed: int = 0,
    seed: int = 0,
    values: Mapping[str, object] | None = None,
) -> SynthesisConfig:
    """Check names and values and return the full configuration; the order of the labels does not matter.

    Args:
        fingerprint: the dataset's.
        dataset: what opens it again.
        labels: the classes to make images of.
        values: parameters of `GAN`, by name; the others have their defaults.

    Raises:
        BadInput: a name is unknown, a value is out of its range, or no class is chosen.
    """
    if isinstance(labels, str) or not labels or not all(isinstance(label, str) and label for label in labels):
        raise BadInput(f"{labels!r} names no class to make images of; choose at least one.")
    params = GAN.settle(values or {})
    chosen = tuple(sorted(set(labels)))
    return SynthesisConfig(fingerprint, dataset, chosen, params, SPLITS[split].name, split_seed, seed)


def config_from(data: Mapping[str, object]) -> SynthesisConfig:
    """Return the configuration in a record; one that is damaged or of another version raises BadInput."""
    try:
        given = dict(data)
        if (given["version"], given["folds"]) != (_VERSION, HOLD_OUT):
            raise ValueError("another version")
        if set(given["params"]) != {param.name for param in GAN.params}:
            raise ValueError("other parameters")
        words = [given[name] for name in ("fingerprint", "dataset", "split")]
        seeds = [given[name] for name in ("split_seed", "seed")]
        if not all(isinstance(word, str) for word in words) or not all(type(seed) is int for seed in seeds):
            raise TypeError("a value of another type")
        options = {name: given[name] for name in ("split", "split_seed", "seed")}
        config = configure_synthesis(*words[:2], given["labels"], values=given["params"], **options)
    except (BadInput, TypeError, ValueError, KeyError) as error:
        raise BadInput(
            f"This is no configuration of made images that this version can use ({error}); set it up anew."
        ) from error
    return config
