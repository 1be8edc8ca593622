"""Contact sheets: every picture in its place, whole files only."""

import numpy as np
from PIL import Image

from core.synthesis.sheets import contact_sheet, write_sheet


def test_pictures_lie_row_by_row_with_white_between():
    images = np.arange(1, 5, dtype=np.uint8)[:, None, None] * np.ones((1, 2, 2), dtype=np.uint8)
    assert contact_sheet(images, 3, gap=1).tolist() == [
        [1, 1, 255, 2, 2, 255, 3, 3],
        [1, 1, 255, 2, 2, 255, 3, 3],
        [255] * 8,
        [4, 4, 255, 255, 255, 255, 255, 255],
        [4, 4, 255, 255, 255, 255, 255, 255],
    ]


def test_without_a_gap_nothing_is_lost():
    assert contact_sheet(np.zeros((4, 3, 3), dtype=np.uint8), 2, gap=0).shape == (6, 6)


def test_a_sheet_is_a_png(tmp_path):
    place = tmp_path / "grids" / "epoch_0001.png"
    write_sheet(place, np.zeros((3, 4, 4), dtype=np.uint8), 3)
    with Image.open(place) as image:
        assert (image.format, image.size) == ("PNG", (16, 4))
