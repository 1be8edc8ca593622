"""Small JPEGs of many images at once, for contact sheets."""

import io
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from PIL import Image

from core.errors import BadInput
from core.image_files import open_image, thumbnail
from core.settings import Settings


def thumbnails(root: Path, images: Sequence[str], size: int, settings: Settings) -> list[bytes | None]:
    """Return a JPEG of at most `size` x `size` pixels for each image below `root`, None for one that can't be read."""

    def shrink(name: str) -> bytes | None:
        if not (root / name).resolve().is_relative_to(root.resolve()):
            return None  # a legend may name what it likes; only what lies in the dataset's folder is shown
        try:
            with open_image(root / name, name, settings.max_megapixels) as image:
                return thumbnail(image, name, size)
        except BadInput:
            return None

    with ThreadPoolExecutor() as pool:
        return list(pool.map(shrink, images))


def png(image: np.ndarray) -> bytes:
    """Return a grey picture, uint8 of shape (S, S), as a PNG."""
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "PNG")
    return buffer.getvalue()


def upright_copy(source: bytes, name: str, size: int, settings: Settings) -> bytes:
    """Return a JPEG of at most `size` x `size` pixels, turned as its EXIF orientation says."""
    with open_image(source, name, settings.max_megapixels) as image:
        return thumbnail(image, name, size)
