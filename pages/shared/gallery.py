"""Many images at once: one contact sheet in one element, a page at a time."""

import base64
from collections.abc import Mapping, Sequence
from html import escape

import streamlit as st

from core.catalog import Dataset
from core.settings import Settings
from core.thumbnails import thumbnails

PER_PAGE = 60
_TILE = 88  # pixels


def gallery(
    dataset: Dataset, images: Sequence[str], title: str, key: str, captions: Mapping[str, str] | None = None
) -> None:
    """Show images under a title that says how many, `PER_PAGE` at a time; the file name is each one's tooltip."""
    st.subheader(f"{title}: {len(images):,} image{'s' if len(images) != 1 else ''}")
    if not len(images):
        st.caption("There are none.")
        return
    n_pages = -(-len(images) // PER_PAGE)
    page = 1
    if n_pages > 1:
        page = st.number_input(f"Page (of {n_pages:,})", 1, n_pages, key=f"{key}-page", width=160)
    contact_sheet(dataset, images[(page - 1) * PER_PAGE : page * PER_PAGE], captions)


def contact_sheet(dataset: Dataset, images: Sequence[str], captions: Mapping[str, str] | None = None) -> None:
    """Show images beside each other; the rows wrap at any width."""
    st.html(_row(_tiles(dataset, images, _TILE, captions or {})))


def class_rows(dataset: Dataset, images: Mapping[str, Sequence[str]], tile: int = 72) -> None:
    """Show a row of images for each class, its name before them."""
    name = '<div style="flex:0 0 92px;font-weight:600;align-self:center">{}</div>'
    rows = [
        _row(name.format(escape(label)) + _tiles(dataset, of_class, tile, {})) for label, of_class in images.items()
    ]
    st.html(f'<div style="display:grid;gap:10px">{"".join(rows)}</div>')


def _row(tiles: str) -> str:
    return f'<div style="display:flex;flex-wrap:wrap;gap:8px;align-items:flex-end">{tiles}</div>'


def _tiles(dataset: Dataset, images: Sequence[str], tile: int, captions: Mapping[str, str]) -> str:
    sheet = _sheet(dataset.fingerprint, tuple(images), tile, dataset)
    return "".join(_tile(name, jpeg, captions.get(name), tile) for name, jpeg in zip(images, sheet, strict=True))


def _tile(name: str, jpeg: bytes | None, caption: str | None, tile: int) -> str:
    text = escape(name, quote=True)
    if jpeg is None:
        style = f"width:{tile}px;padding:20px 4px;text-align:center;border:1px dashed #9AA5B1;font-size:0.72rem"
        picture = f'<div title="{text}" style="{style}">cannot be read</div>'
    else:
        source = f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode()}"
        style = f"max-width:{tile}px;max-height:{tile}px;border-radius:6px;display:block"
        picture = f'<img src="{source}" alt="{text}" title="{text}" loading="lazy" style="{style}">'
    style = f"font-size:0.72rem;opacity:0.8;max-width:{tile}px"
    below = f'<figcaption style="{style}">{escape(caption)}</figcaption>' if caption else ""
    return f'<figure style="margin:0">{picture}{below}</figure>'


@st.cache_data(max_entries=64, show_spinner=False)
def _sheet(fingerprint: str, images: tuple[str, ...], tile: int, _dataset: Dataset) -> list[bytes | None]:
    return thumbnails(_dataset.root, images, 2 * tile, Settings())
