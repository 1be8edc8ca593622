"""Contact sheets: one picture of many small ones, so that people see at a glance what a GAN makes."""

from pathlib import Path

import numpy as np
from PIL import Image

from core.storage import write_whole


def contact_sheet(images: np.ndarray, columns: int, gap: int = 2) -> np.ndarray:
    """Return images (n, S, S), uint8, row by row on one white sheet, uint8; places that are left over stay white."""
    n, side = len(images), images.shape[1]
    rows = -(-n // columns)
    cells = np.full((rows * columns, side + gap, side + gap), 255, dtype=np.uint8)
    cells[:n, :side, :side] = images
    sheet = cells.reshape(rows, columns, side + gap, side + gap).swapaxes(1, 2)
    return sheet.reshape(rows * (side + gap), columns * (side + gap))[: -gap or None, : -gap or None]


def write_sheet(place: Path, images: np.ndarray, columns: int) -> None:
    """Write a contact sheet as PNG, whole or not at all."""
    sheet = Image.fromarray(contact_sheet(images, columns))
    write_whole(place, lambda path: sheet.save(path, "PNG"))
