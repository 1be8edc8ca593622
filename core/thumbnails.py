"""Small JPEGs of many images at once, for contact sheets."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from core.errors import BadInput
from core.image_files import open_image, thumbnail
from core.settings import Settings


def thumbnails(root: Path, images: Sequence[str], size: int, settings: Settings) -> list[bytes | None]:
    """Return a JPEG of at most `size` x `size` pixels for each image below `root`, None for one that can't be read."""

    def shrink(name: str) -> bytes | None:
        try:
            with open_image(root / name, name, settings.max_megapixels) as image:
                return thumbnail(image, name, size)
        except BadInput:
            return None

    with ThreadPoolExecutor() as pool:
        return list(pool.map(shrink, images))
