"""Pictures of visitors inside the page's own text (data URIs): no address serves them, so no other session can ask."""

import base64
import io
from html import escape

import numpy as np
import streamlit as st
from PIL import Image

from core.prediction import Prediction

_TALLEST, _WIDEST, _LARGER = 400, 720, 3
"""Pixels at which a picture is shown, and how many times larger than it is a small one may be."""
_NUMBERED = ("#0072B2", "#C14E00", "#007A5A", "#8A4F75", "#7A6A00", "#3E5C76")
"""Colours of the frames around faces; on each of them a white number can be read."""
_STYLE = """<style>
.faces {position: relative; margin: 0; border-radius: 10px; overflow: hidden; line-height: 0}
.faces > img {width: 100%; height: auto}
.faces > div {position: absolute; border: 3px solid var(--face); border-radius: 8px;
  box-shadow: 0 0 0 1.5px #FFFFFFD9, inset 0 0 0 1.5px #FFFFFFD9}
.faces b, .face-number {background: var(--face); color: #FFFFFF; font-size: 0.8rem; font-weight: 700;
  line-height: 1.4rem; min-width: 1.4rem; text-align: center; box-sizing: border-box; padding: 0 0.3rem}
.faces b {position: absolute; left: -3px; top: -3px; border-radius: 8px 0 8px 0}
.faces .above > b {top: auto; bottom: 100%; border-radius: 8px 8px 0 0}
.faces .above {border-top-left-radius: 0}
.face-number {border-radius: 999px; display: inline-block; vertical-align: middle; margin-right: 0.5rem}
.face-head {display: flex; align-items: center; gap: 16px}
.face-head figure {margin: 0; flex: none; width: 88px}
.face-head img {width: 88px; height: 88px; border-radius: 10px; display: block}
.face-head figcaption {font-size: 0.68rem; opacity: 0.75; margin-top: 4px; text-align: center; line-height: 1.2}
.face-head .said {font-size: 1.6rem; font-weight: 700; line-height: 1.25; overflow-wrap: anywhere}
.face-head .sure {opacity: 0.8}
.whose {line-height: 1.3; overflow-wrap: anywhere}
.whose b, .whose span {display: block}
.whose span {font-size: 0.875rem; opacity: 0.8}
@media (min-width: 641px) {.whose span {min-height: calc(1.3em * var(--lines))}}
</style>"""


def data_uri(pixels: np.ndarray) -> str:
    """Return a picture, uint8 of shape (H, W) or (H, W, 3), as an address that holds all of it."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=88)
    return f"data:image/jpeg;base64,{base64.b64encode(buffer.getvalue()).decode()}"


def picture_with_faces(prediction: Prediction) -> None:
    """Show a picture, each face in it framed and numbered; one that cannot be read is not shown."""
    if prediction.upright is None:
        return
    height, width = prediction.upright.shape[:2]
    shown = min(_WIDEST, _TALLEST * width / height, _LARGER * width)
    boxes = [face.box for face in prediction.faces if face.score is not None]
    frames = "".join(
        _frame([part * prediction.scale for part in box], (width, height), n) for n, box in enumerate(boxes)
    )
    alt = f"The picture {prediction.image}, {_faces_in_words(len(boxes))}"
    image = f'<img src="{data_uri(prediction.upright)}" alt="{escape(alt, quote=True)}">'
    st.html(f'{_STYLE}<div class="faces" style="width:min(100%,{shown:.0f}px)">{image}{frames}</div>')


def _faces_in_words(n: int) -> str:
    return "the whole of it used" if not n else "one face framed" if n == 1 else f"{n} faces framed and numbered"


def _frame(box: list[float], size: tuple[int, int], n: int) -> str:
    """Return a numbered frame around the `n`-th box (x, y, width, height), in shares of the picture's size."""
    x, y, width, height = (
        100 * part / whole for part, whole in zip(box, (size[0], size[1], size[0], size[1]), strict=True)
    )
    place = f"left:{x:.2f}%;top:{y:.2f}%;width:{width:.2f}%;height:{height:.2f}%"
    above = ' class="above"' if y > 8 else ""  # so that the number hides nothing of a small face
    return f'<div{above} style="--face:{_colour(n)};{place}"><b>{n + 1}</b></div>'


def _colour(n: int) -> str:
    return _NUMBERED[n % len(_NUMBERED)]


def head(seen: np.ndarray, said: str, sure: str, n: int | None) -> None:
    """Show the head of a face's card: the face as the network saw it, what is said of it, and how surely.

    `n` is the position of its frame in the picture, None where nothing is framed.
    """
    number = "" if n is None else f'<span class="face-number" style="--face:{_colour(n)}">{n + 1}</span>'
    alt = "The face as the network saw it, in grey" if n is None else f"Face {n + 1} as the network saw it, in grey"
    image = f'<img src="{data_uri(seen)}" alt="{alt}">'
    figure = f"<figure>{image}<figcaption>what it saw</figcaption></figure>"
    title = f'<div class="said" role="heading" aria-level="2">{number}{escape(said)}</div>'
    words = f'<div>{title}<div class="sure">{escape(sure)}</div></div>'
    st.html(f'{_STYLE}<div class="face-head">{figure}{words}</div>')


def whose(said: str, title: str, lines: int) -> None:
    """Show above one network's bars what it says and who it is; bars beside each other begin after `lines` of names."""
    words = f"<b>{escape(said)}</b><span>{escape(title)}</span>"
    st.html(f'{_STYLE}<div class="whose" style="--lines:{lines}">{words}</div>')


def painted(pixels: np.ndarray, alt: str, width: int = 220) -> None:
    """Show a picture that was made of a visitor's, RGB or grey uint8."""
    style = f"width:min(100%,{width}px);border-radius:10px;display:block"
    st.html(f'<img src="{data_uri(pixels)}" alt="{escape(alt, quote=True)}" style="{style}">')
