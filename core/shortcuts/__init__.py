"""Whether properties of file, picture and legend alone give the label away."""

from core.shortcuts.cues import CUES, Cue
from core.shortcuts.prediction import ALL, Majority, ShortcutTest, shortcut_test
from core.shortcuts.ratios import CueFinding, strongest_ratio
from core.shortcuts.store import known_shortcut_test, load_shortcut_test
from core.shortcuts.words import by_class, by_cue, method, numbers, verdict

__all__ = [
    "ALL",
    "CUES",
    "Cue",
    "CueFinding",
    "Majority",
    "ShortcutTest",
    "by_class",
    "by_cue",
    "known_shortcut_test",
    "load_shortcut_test",
    "method",
    "numbers",
    "shortcut_test",
    "strongest_ratio",
    "verdict",
]
