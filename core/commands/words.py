"""Arguments that several verbs share, and what their words mean."""

import argparse

from core.commands import argument
from core.errors import BadInput
from core.models import MODELS
from core.sampling import SAMPLERS
from core.settings import Settings
from core.splits import HOLD_OUT, SPLITS

DATASET = argument("dataset", metavar="DATASET", help="demo, another known name, or the path of a folder")
RUN = argument("run", metavar="RUN", help="a run's id or its folder")
MODEL = argument("model", metavar="MODEL", help=", ".join(MODELS.names()))
SET = argument("--set", action="append", default=[], metavar="NAME=VALUE", help="a parameter")
JUDGED = (
    argument("--split", default=SPLITS.default, metavar="NAME", help=", ".join(SPLITS.names())),
    argument("--folds", type=int, default=HOLD_OUT, help="2 to 20; a hold-out of a fifth if left out"),
    argument("--split-seed", type=int, default=0, help="which person falls into which fold"),
)
"""How runs are judged."""
SEEDS = argument("--seeds", default="0", help="whole numbers with commas: a run each")
SCHEDULER = argument("--scheduler", metavar="URL", help="train on the workers of this Dask scheduler")


def sampling(**options: object):
    """Return the argument that names a strategy; a default or `required` as argparse takes them."""
    return argument("--sampling", metavar="NAME", help=", ".join(SAMPLERS.names()), **options)


def pairs(items: list[str]) -> dict[str, str]:
    """Turn ["target=300"] into {"target": "300"}."""
    for item in items:
        if "=" not in item:
            raise BadInput(f"--set takes NAME=VALUE, such as target=300, not {item!r}.")
    return dict(item.split("=", 1) for item in items)


def names(text: str) -> list[str]:
    """Turn "none, over" into ["none", "over"]."""
    return [part.strip() for part in text.split(",")]


def seeds(text: str) -> list[int]:
    """Turn "0,1" into [0, 1]."""
    try:
        numbers = [int(part) for part in text.split(",")]
    except ValueError:
        raise BadInput(f"--seeds takes whole numbers with commas, such as 0,1,2, not {text!r}.") from None
    if min(numbers) < 0 or len(set(numbers)) < len(numbers):
        raise BadInput(f"--seeds takes different numbers from 0 up, not {text!r}.")
    return numbers


def with_scheduler(options: argparse.Namespace, settings: Settings) -> Settings:
    """Return the settings with the scheduler of the command line, where that names one; an empty one is none."""
    if options.scheduler is None:
        return settings
    return settings.model_copy(update={"scheduler": options.scheduler or None})
