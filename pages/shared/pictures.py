"""Pictures that are no files of the dataset: what a network is shown, and what was synthesised."""

import base64
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
import streamlit as st

from core.previews import Blend, Preview
from core.thumbnails import png

_STYLE = """<style>
.pictures {display: grid; grid-template-columns: minmax(60px, 92px) minmax(0, 1fr); gap: 10px 12px}
.pictures > b {align-self: center; overflow-wrap: anywhere; font-weight: 600}
.pictures .row {display: flex; flex-wrap: wrap; gap: 8px}
.pictures figure {margin: 0; font-size: 0.72rem}
.pictures img {display: block; border-radius: 6px}
.pictures figcaption {opacity: 0.8; overflow-wrap: anywhere}
.pictures .family {display: flex; gap: 4px; padding-right: 14px}
@media (max-width: 640px) {.pictures {grid-template-columns: minmax(0, 1fr)}}
</style>"""


def batch_sheet(preview: Preview, tile: int = 64) -> None:
    """Show a batch as rows of images, a row a class, each image with what was done to it."""
    rows = []
    for label, of_class in preview.table.groupby("label", sort=False):
        figures = [
            _figure(preview.images[n], what, f"{label}, {what or 'as it is'}", tile)
            for n, what in of_class["what"].items()
        ]
        rows.append((f"{label} ({len(of_class)})", figures))
    _grid(rows)


def blend_sheet(blends: list[Blend], tile: int = 84) -> None:
    """Show synthetic images between the two that each was blended from."""
    rows: dict[str, list[str]] = {}
    for blend in blends:
        shares = f"{1 - blend.share:.0%} + {blend.share:.0%}"
        family = "".join(
            [
                _figure(blend.first, "", blend.names[0], tile),
                _figure(blend.made, shares, f"{shares} of the images beside it", tile),
                _figure(blend.second, "", blend.names[1], tile),
            ]
        )
        rows.setdefault(blend.label, []).append(f'<div class="family">{family}</div>')
    _grid(rows.items())


@dataclass(frozen=True)
class Pair:
    """A made image beside a real one, grey uint8, shape (S, S) each."""

    made: np.ndarray
    real: np.ndarray | None
    """None where it cannot be read."""
    caption: str
    name: str
    """Of the real one."""
    marked: bool = False


def pair_sheet(pairs: Sequence[Pair], tile: int = 84) -> None:
    """Show pairs beside each other; a marked one has a frame."""
    families = []
    for pair in pairs:
        frame = ";outline:2px solid #D55E00;outline-offset:3px;border-radius:6px" if pair.marked else ""
        made = _figure(pair.made, pair.caption, f"made, {pair.caption}", tile)
        real = "cannot be read" if pair.real is None else _figure(pair.real, "", pair.name, tile)
        families.append(f'<div class="family" style="margin:4px 6px{frame}">{made}{real}</div>')
    st.html(f'{_STYLE}<div class="pictures" style="display:block"><div class="row">{"".join(families)}</div></div>')


def _grid(rows: Iterable[tuple[str, list[str]]]) -> None:
    cells = (f'<b>{escape(name)}</b><div class="row">{"".join(figures)}</div>' for name, figures in rows)
    st.html(f'{_STYLE}<div class="pictures">{"".join(cells)}</div>')


def _figure(image: np.ndarray, caption: str, alt: str, tile: int) -> str:
    source = f"data:image/png;base64,{base64.b64encode(png(image)).decode()}"
    text = escape(alt, quote=True)
    picture = f'<img src="{source}" alt="{text}" title="{text}" width="{tile}" height="{tile}" loading="lazy">'
    below = f"<figcaption>{escape(caption)}</figcaption>" if caption else ""
    return f'<figure style="width:{tile}px">{picture}{below}</figure>'
