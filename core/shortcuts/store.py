"""A shortcut test takes a while, so its result is kept as a file."""

import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from core.catalog import Dataset
from core.settings import Settings
from core.shortcuts.prediction import Majority, ShortcutTest, shortcut_test
from core.shortcuts.ratios import CueFinding
from core.storage import thin_out, write_whole

Progress = Callable[[int, int], None]
VERSION = 3
"""Raised whenever the same dataset would give another result."""
_TABLES = ("table", "f1", "null_low", "null_high", "found")
_PLAIN = ("n_images", "n_sampled", "n_shuffles", "level", "neutralised")


def load_shortcut_test(
    dataset: Dataset,
    measures: pd.DataFrame,
    settings: Settings,
    neutralised: bool = False,
    on_progress: Progress | None = None,
) -> ShortcutTest:
    """Return the test that was made before on this dataset, or make and keep it; arguments as in `shortcut_test`."""
    test = known_shortcut_test(dataset, settings, neutralised)
    if test is None:
        test = shortcut_test(dataset, measures, neutralised, on_progress=on_progress)
        text = json.dumps(_to_plain(test))
        write_whole(_place(dataset, settings, neutralised), lambda path: path.write_text(text, encoding="utf-8"))
        thin_out(settings.audits_dir)
    return test


def known_shortcut_test(dataset: Dataset, settings: Settings, neutralised: bool = False) -> ShortcutTest | None:
    """Return the test if it was made before, else None."""
    try:
        return _from_plain(json.loads(_place(dataset, settings, neutralised).read_text(encoding="utf-8")))
    except (OSError, ValueError, LookupError, TypeError):  # never made, or its file is damaged
        return None


def _place(dataset: Dataset, settings: Settings, neutralised: bool) -> Path:
    kind = "neutralised" if neutralised else "plain"
    return settings.audits_dir / f"shortcuts-{dataset.key}-{kind}-{VERSION}.json"


def _to_plain(test: ShortcutTest) -> dict[str, object]:
    strongest = test.strongest and vars(test.strongest) | {"images": test.strongest.images.to_list()}
    return {
        **{name: getattr(test, name).to_dict("split") for name in _TABLES},
        **{name: getattr(test, name) for name in _PLAIN},
        "majority": vars(test.majority) | {"f1": test.majority.f1.to_dict()},
        "support": {label: int(n) for label, n in test.support.items()},
        "strongest": strongest,
        "notes": list(test.notes),
    }


def _from_plain(kept: dict) -> ShortcutTest:
    strongest = kept["strongest"]
    if strongest is not None:
        images = pd.Series(strongest["images"], dtype="str")
        strongest = CueFinding(**strongest | {"images": images, "also": tuple(strongest["also"])})
    return ShortcutTest(
        **{name: pd.DataFrame(**kept[name]) for name in _TABLES},
        **{name: kept[name] for name in _PLAIN},
        majority=Majority(**kept["majority"] | {"f1": pd.Series(kept["majority"]["f1"])}),
        support=pd.Series(kept["support"]),
        strongest=strongest,
        notes=tuple(kept["notes"]),
    )
