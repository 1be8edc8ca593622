"""Verbs on datasets: what is in one, what is wrong with it, getting one, what a strategy would do to it."""

import argparse
from functools import partial
from pathlib import Path

from core.commands import argument, verb
from core.commands.console import Line, open_with_progress
from core.commands.words import DATASET, SET, pairs, sampling
from core.datasets.releases import RELEASES
from core.sampling import SAMPLERS
from core.settings import Settings


@verb("describe", DATASET)
def describe(options: argparse.Namespace, settings: Settings) -> dict:
    """Print what is in a dataset."""
    from core.statistics import describe as figures

    return figures(open_with_progress(options.dataset, settings))


@verb("audit", DATASET, argument("--second", type=Path, metavar="FILE", help="a second annotator's CSV"))
def audit(options: argparse.Namespace, settings: Settings) -> dict:
    """Check a dataset: poor images, duplicates, shortcuts, leakage, agreement of annotators."""
    from core.audit import audit as check

    return check(open_with_progress(options.dataset, settings), settings, options.second, Line())


@verb(
    "fetch",
    argument("name", metavar="NAME", help=", ".join(RELEASES)),
    argument("--to", type=Path, metavar="DIR", help="a new folder; below NAVARASA_HOME if left out"),
)
def fetch(options: argparse.Namespace, settings: Settings) -> dict:
    """Download a known dataset; a download that broke off goes on where it stopped."""
    from core.datasets.download import fetch as download

    place = download(options.name, settings, to=options.to, report=Line())
    return {"dataset": options.name, "folder": str(place)}


@verb("resample", DATASET, sampling(required=True), SET, argument("--seed", type=int, default=0))
def resample(options: argparse.Namespace, settings: Settings) -> dict:
    """Print what a strategy would do to each class of the whole dataset."""
    from core.pixels import load_pixels
    from core.sampling.summary import resample as apply
    from core.synthesis.use import made_for

    choice = SAMPLERS[options.sampling]
    values = {key.removeprefix("sampling."): value for key, value in pairs(options.set).items()}
    dataset = open_with_progress(options.dataset, settings)
    material = {
        "images": lambda: load_pixels(dataset, 48, settings, partial(Line(), "Reading images")).images,
        "made": made_for(dataset.fingerprint, [], 48, settings),
    }
    result = apply(choice, dataset.usable["label"], values, options.seed, material)
    table = result.table
    return {
        "sampling": choice.name,
        "parameters": result.params,
        "seed": options.seed,
        "n_out": len(result.indices),
        "thrown_away_share": result.thrown_away_share,
        **{
            column: {label: int(n) for label, n in table[column].items()}
            for column in ("before", "after", "unique_after", "dropped", "copied", "augmented", "synthesised")
        },
        "weight": {label: float(weight) for label, weight in table["weight"].items()},
        "effective_sample_size": {label: float(n) for label, n in table["effective"].items()},
        "seconds": result.seconds,
        "most_copies": {label: int(n) for label, n in table["most_copies"].items()},
    }
