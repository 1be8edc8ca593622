"""Verbs on what can be chosen: the entries of each kind, a model's layers, how fast it trains here."""

import argparse

from core.commands import argument, verb
from core.commands.words import MODEL, SET, pairs
from core.embedding import PROJECTIONS
from core.losses import LOSSES
from core.models import MODELS
from core.quality import CHECKS
from core.registry import Registry
from core.sampling import SAMPLERS
from core.settings import Settings
from core.splits import SPLITS

LISTS: dict[str, Registry] = {
    "samplers": SAMPLERS,
    "losses": LOSSES,
    "models": MODELS,
    "splits": SPLITS,
    "checks": CHECKS,
    "projections": PROJECTIONS,
}


@verb("pace", MODEL, SET)
def pace(options: argparse.Namespace, settings: Settings) -> dict:
    """Measure how fast a model trains here, in seconds, and keep that for the estimates of sweeps."""
    from dataclasses import asdict

    from core.pace import measure_here

    return asdict(measure_here(options.model, pairs(options.set), settings))


@verb(
    "layers",
    MODEL,
    argument("--classes", type=int, choices=range(1, 10_001), default=8, metavar="N", help="1 to 10,000"),
    SET,
)
def layers(options: argparse.Namespace, settings: Settings) -> dict:
    """Print the layers of a model, in the order in which an image passes them."""
    from core.models.layers import layer_table
    from core.runs import configure

    config = configure("", "", model=options.model, values=pairs(options.set))
    choice = MODELS[options.model]
    table = layer_table(choice, options.classes, config.params["images.size"], config.owned("model"))
    return {"layers": table.to_dict("records"), **table.attrs}


@verb("list", argument("what", choices=list(LISTS)))
def list_entries(options: argparse.Namespace, settings: Settings) -> list:
    """List what can be chosen."""
    return [choice.describe() for choice in LISTS[options.what]]
