"""The matrix as a component: its colours can be told apart and read, and data are written as text."""

import re
from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "pages" / "shared"
STYLE = (SHARED / "matrix.css").read_text(encoding="utf-8")


def colours(name: str) -> tuple[str, str]:
    """Return a colour of the matrix on light and on dark ground."""
    return re.search(rf"--{name}: light-dark\((#\w{{6}}), (#\w{{6}})\)", STYLE).groups()


def luminance(colour: str) -> float:
    """Return the relative luminance of WCAG 2.2."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of WCAG 2.2."""
    dark, light = sorted([luminance(one), luminance(other)])
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("ground", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("shade", ["none", "more", "less"])
def test_the_text_can_be_read_on_both_ends_of_each_scale(shade, ground):
    assert contrast(colours("text")[ground], colours(shade)[ground]) >= 4.5


@pytest.mark.parametrize("ground", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("shade", ["more", "less"])
def test_the_darkest_shade_is_told_from_none_by_its_lightness_alone(shade, ground):
    assert contrast(colours("none")[ground], colours(shade)[ground]) >= 2


def test_data_are_written_as_text_and_never_as_html():
    script = (SHARED / "matrix.js").read_text(encoding="utf-8")
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", script)
