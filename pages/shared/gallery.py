"""Many images at once: one contact sheet in one element, a page at a time."""

import base64
from collections.abc import Mapping, Sequence
from html import escape

import pandas as pd
import streamlit as st

from core.catalog import Dataset
from core.settings import Settings
from core.thumbnails import thumbnails
from pages.shared.text import plain

PER_PAGE, GROUPS_PER_PAGE = 60, 30
_MOST_IN_GROUP = 12
_TILE = 88  # pixels
_STYLE = """<style>
details.tile > summary {list-style: none; cursor: zoom-in}
details.tile > summary::-webkit-details-marker {display: none}
details.tile > summary img {max-width: var(--tile); max-height: var(--tile)}
details.tile[open] > summary {cursor: zoom-out}
details.tile[open] > summary img {max-width: min(var(--large), 80vw); max-height: var(--large); width: 80vw;
  height: var(--large); object-fit: contain; object-position: left bottom}
figcaption a {color: inherit; text-decoration: underline}
details.tile > div {font-size: 0.72rem; max-width: var(--large); overflow-wrap: anywhere}
</style>"""


def gallery(
    dataset: Dataset,
    images: Sequence[str] | pd.Series,
    title: str,
    key: str,
    captions: Sequence[str] | pd.Series | None = None,
    n_all: int | None = None,
    links: Sequence[str] | None = None,
) -> None:
    """Show images under a title that says how many, `PER_PAGE` at a time; a click makes one larger and tells its file.

    An empty title is left out. `captions` are beside `images`, one each, and so are `links`, where a caption leads.
    Where there are more images than are given, `n_all` says how many.
    """
    n = len(images) if n_all is None else n_all
    if title:
        st.subheader(f"{plain(title)}: {n:,} image{'s' if n != 1 else ''}")
    if not len(images):
        st.caption("There are none.")
        return
    if n > len(images):
        st.caption(f"The first {len(images):,} of them:")
    shown = _page(len(images), PER_PAGE, key)
    below, leads = (None if given is None else list(given[shown]) for given in (captions, links))
    contact_sheet(dataset, list(images[shown]), below, links=leads)


def groups(dataset: Dataset, table: pd.DataFrame, key: str) -> None:
    """Show groups of images, `GROUPS_PER_PAGE` at a time; each says what its images disagree in.

    Args:
        dataset: whose images they are.
        table: `group` (numbers from 0, ascending), `image`, `label`, `person`, `disagree` and `split_persons`, one row
            an image.
        key: of the field that turns the pages.
    """
    if table.empty:
        return
    shown = _page(int(table["group"].iloc[-1]) + 1, GROUPS_PER_PAGE, key)
    part = table[(table["group"] >= shown.start) & (table["group"] < shown.stop)]
    boxes = [_group(dataset, group) for _, group in part.groupby("group")]
    st.html(f'{_STYLE}<div style="display:flex;flex-wrap:wrap;gap:18px 28px">{"".join(boxes)}</div>')


def _group(dataset: Dataset, group: pd.DataFrame) -> str:
    disagree, split_persons = group[["disagree", "split_persons"]].iloc[0]
    what = [word for word, differs in (("labels", disagree), ("persons", split_persons)) if differs]
    title = f"different {' and '.join(what)}" if what else ""
    captions = group["label"].fillna("no label")
    if split_persons:
        captions += " · " + group["person"].str.replace("_", " ").fillna("person unknown")
    border = f"border-left:3px solid {'#D55E00' if disagree else '#9AA5B1'};padding-left:10px"
    first = group["image"].to_list()[:_MOST_IN_GROUP]
    more = len(group) - len(first)
    tail = f'<div style="align-self:center;font-size:0.8rem">and {more:,} more</div>' if more else ""
    head = f'<div style="font-size:0.8rem;font-weight:600;margin-bottom:4px">{title}</div>' if title else ""
    tiles = _tiles(dataset, first, _TILE, captions.to_list())
    return f'<div style="{border}">{head}{_row(tiles + tail, "flex-start")}</div>'


def _page(n: int, per_page: int, key: str) -> slice:
    """Draw a field that turns the pages, where there is more than one, and return what the chosen one shows."""
    n_pages, page = -(-n // per_page), 1
    if n_pages > 1:
        page = st.number_input(f"Page (of {n_pages:,})", 1, n_pages, key=f"{key}-page", width=160, bind="query-params")
    return slice((page - 1) * per_page, min(page * per_page, n))


def contact_sheet(
    dataset: Dataset,
    images: Sequence[str],
    captions: Sequence[str] | None = None,
    tile: int = _TILE,
    links: Sequence[str] | None = None,
) -> None:
    """Show images beside each other; the rows wrap at any width."""
    st.html(_STYLE + _row(_tiles(dataset, images, tile, captions, links)))


def class_rows(dataset: Dataset, images: Mapping[str, Sequence[str]], tile: int = 72) -> None:
    """Show a row of images for each class, its name before them; where it is too long, it scrolls by itself."""
    name = '<div style="font-weight:600;align-self:center;overflow-wrap:anywhere">{}</div>'
    row = '<div style="display:flex;gap:8px;align-items:flex-end;overflow-x:auto">{}</div>'
    rows = [
        name.format(escape(label)) + row.format(_tiles(dataset, of_class, tile)) for label, of_class in images.items()
    ]
    grid = "display:grid;grid-template-columns:minmax(60px,92px) minmax(0,1fr);gap:10px"
    st.html(f'{_STYLE}<div style="{grid}">{"".join(rows)}</div>')


def _row(tiles: str, align: str = "flex-end") -> str:
    return f'<div style="display:flex;flex-wrap:wrap;gap:8px;align-items:{align}">{tiles}</div>'


def _tiles(
    dataset: Dataset,
    images: Sequence[str],
    tile: int,
    captions: Sequence[str] | None = None,
    links: Sequence[str] | None = None,
) -> str:
    sheet = _sheet(dataset.key, tuple(images), tile, dataset)
    nothing = [None] * len(images)
    return "".join(_tile(*one, tile) for one in zip(images, sheet, captions or nothing, links or nothing, strict=False))


def _tile(name: str, jpeg: bytes | None, caption: str | None, link: str | None, tile: int) -> str:
    text = escape(name, quote=True)
    if jpeg is None:
        style = f"width:{tile}px;padding:20px 4px;text-align:center;border:1px dashed #9AA5B1;font-size:0.72rem"
        picture = f'<div title="{text}" style="{style}">cannot be read</div>'
    else:
        source = f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode()}"
        image = (
            f'<img src="{source}" alt="{text}" title="{text}" loading="lazy" style="border-radius:6px;display:block">'
        )
        picture = f'<details class="tile"><summary>{image}</summary><div>{text}</div></details>'
    style = f"font-size:0.72rem;max-width:{tile}px;overflow-wrap:anywhere"
    if link:
        words = escape(caption or "about it")
        about = f'<a href="{escape(link, quote=True)}" aria-label="{words}: more about {text}">{words}</a>'
        below = f'<figcaption style="{style}">{about}</figcaption>'
    else:
        below = f'<figcaption style="{style};opacity:0.8">{escape(caption)}</figcaption>' if caption else ""
    return f'<figure style="margin:0;--tile:{tile}px;--large:{2 * tile}px">{picture}{below}</figure>'


@st.cache_data(max_entries=64, show_spinner=False)
def _sheet(key: str, images: tuple[str, ...], tile: int, _dataset: Dataset) -> list[bytes | None]:
    return thumbnails(_dataset.root, images, 2 * tile, Settings())
