"""Runs: what decides them, and the folder that each one fills."""

from core.runs.command import training_command
from core.runs.config import (
    IMAGES,
    MISTAKES,
    RESAMPLE_FIRST,
    SPLIT_FIRST,
    TEST_ON_TRAINING,
    TRAINING,
    RunConfig,
    applicable,
    configure,
    known_config,
)
from core.runs.folder import (
    BY_K,
    FILES,
    SHIPPED,
    VALIDATION,
    Run,
    existing_run,
    find_run,
    fits,
    list_runs,
    read_run,
    shipped_runs,
)
from core.runs.recipe import from_recipe, recipe

__all__ = [
    "BY_K",
    "FILES",
    "IMAGES",
    "MISTAKES",
    "RESAMPLE_FIRST",
    "Run",
    "RunConfig",
    "SHIPPED",
    "SPLIT_FIRST",
    "TEST_ON_TRAINING",
    "TRAINING",
    "VALIDATION",
    "applicable",
    "configure",
    "existing_run",
    "find_run",
    "fits",
    "from_recipe",
    "known_config",
    "list_runs",
    "read_run",
    "recipe",
    "shipped_runs",
    "training_command",
]
