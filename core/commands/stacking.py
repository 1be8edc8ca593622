"""Verbs on recipes of several networks: one judged on folds, and the network of the zoo made anew."""

import argparse
from pathlib import Path

from core.commands import argument, verb
from core.commands.console import Report, open_with_progress
from core.commands.words import DATASET
from core.datasets import REAL
from core.settings import Settings


@verb(
    "stack",
    DATASET,
    argument("--recipe", default="faces", metavar="NAME", help="small, open, faces or shipped; see docs/recipe.md"),
    argument("--folds", type=int, default=5, help="2 to 20"),
    argument("--split-seed", type=int, default=0, help="which person falls into which fold"),
    argument("--seed", type=int, default=0, help="of the networks"),
)
def stack(options: argparse.Namespace, settings: Settings) -> dict:
    """Train a recipe of several networks on every fold and print what it is worth on people it never saw."""
    from core.stacking import Plan, find_recipe, judge

    recipe = find_recipe(options.recipe)
    dataset = open_with_progress(options.dataset, settings)
    plan = Plan(dataset, options.folds, options.split_seed, options.seed)
    found = judge(recipe, plan, settings, Report())
    return {"recipe": recipe.name, **found[recipe.name].to_json()} | {
        "members": {name: judged.to_json() for name, judged in found.items() if name != recipe.name}
    }


@verb(
    "zoo",
    argument("dataset", nargs="?", default=REAL, metavar="DATASET", help=f"{REAL} if left out; a folder with it"),
    argument(
        "--to", type=Path, required=True, metavar="DIR", help="where its folder is written, such as core/zoo/faces"
    ),
)
def zoo(options: argparse.Namespace, settings: Settings) -> dict:
    """Make the network that comes with the program: judge it on five folds, train it on all images, pack it."""
    from core.stacking import Plan, find_recipe
    from core.stacking.shipping import SHIPPED, ship

    [member] = find_recipe(SHIPPED).members
    dataset = open_with_progress(options.dataset, settings)
    return ship(member, Plan(dataset, 5, 0, 0), options.to, settings, Report()).to_json()
