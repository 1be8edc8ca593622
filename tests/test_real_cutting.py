"""Faces of the real dataset: used whole as they are, and cut out again of a larger picture."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.cutting import Picture
from core.datasets import open_dataset
from core.image_files import grey_square, open_image, upright
from core.settings import Settings

FOLDER = Path(__file__).resolve().parents[2] / "shared" / "data" / "facial_expressions"
pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not FOLDER.is_dir(), reason="the real dataset is not at ../shared/data/facial_expressions"),
]
SIZE = 48


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    return open_dataset(FOLDER, Settings(data=None, home=home, hosted=False, max_megapixels=64))


@pytest.fixture(scope="module")
def grey(real):
    """The names of 60 grey images."""
    table = real.usable
    return table[table["mode"] == "L"].sample(60, random_state=0)["image"].tolist()


def test_nearly_all_its_grey_images_are_seen_exactly_as_training_sees_them(real, grey, settings):
    exact = 0
    for name in grey:
        cuts, _ = Picture(real.root / name, name, settings).cut_faces({SIZE}, 20)
        with open_image(real.root / name, name, 64) as image:
            exact += len(cuts) == 1 and np.array_equal(cuts[0].seen[SIZE], grey_square(image, name, SIZE))
    assert exact >= 57


def test_a_face_in_a_larger_picture_is_cut_out_much_as_the_dataset_cuts_it(real, grey, settings, as_bytes):
    likeness = []
    for name in grey[:20]:
        with open_image(real.root / name, name, 64) as image:
            face = upright(image, name, "L")
        scene = Image.new("L", (640, 480), 120)
        scene.paste(face.resize((160, 160)), (300, 200))
        cuts, _ = Picture(as_bytes(scene, "PNG"), name, settings).cut_faces({SIZE}, 20)
        best = max((_shared(cut.square, (300, 200, 160, 160)) for cut in cuts), default=0.0)
        likeness.append(best)
    assert np.median(likeness) >= 0.7


def _shared(first, second):
    """Return intersection over union."""
    starts = np.maximum(first[:2], second[:2])
    ends = np.minimum(np.add(first[:2], first[2:]), np.add(second[:2], second[2:]))
    both = np.prod((ends - starts).clip(0))
    return both / (first[2] * first[3] + second[2] * second[3] - both)
