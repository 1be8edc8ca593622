"""The measures of the panel on photographs of faces: they find what is planted, and nothing where nothing is."""

from pathlib import Path

import numpy as np
import pytest
import torch

from core.catalog import person_codes
from core.datasets import open_dataset
from core.embedding.features import sample
from core.pixels import load_pixels
from core.settings import Settings
from core.synthesis.adversaries import to_bytes, to_tensor
from core.synthesis.artefacts import count_signs
from core.synthesis.differentiable import POLICY, augment
from core.synthesis.kernel_distance import kernel_distance
from core.synthesis.memory import find_copies
from core.synthesis.telling import tell_apart

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "data" / "facial_expressions"
pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not FOLDER.is_dir(), reason="the real dataset is not at ../shared/data/facial_expressions"),
]


@pytest.fixture(scope="module")
def faces(tmp_path_factory):
    """1,200 photographs and who they show, in random order."""
    settings = Settings(data=None, home=tmp_path_factory.mktemp("home"), hosted=False, max_megapixels=64)
    dataset = sample(open_dataset(FOLDER, settings), 1200)
    order = np.random.default_rng(0).permutation(1200)
    return load_pixels(dataset, 64, settings).images[order], person_codes(dataset.usable["person"])[order]


@pytest.fixture(scope="module")
def changed(faces):
    generator = torch.Generator().manual_seed(0)
    return to_bytes(augment(to_tensor(faces[0][:300]), generator, POLICY | {"cutout": 0.5}))


def test_copies_of_faces_are_found_and_new_people_are_none(faces):
    images, persons = faces
    others = images[~np.isin(persons, persons[:600])][:150]
    copies = np.roll(images[:50, :, ::-1] * 0.8 + 10, 2, 1).astype(np.uint8)  # mirrored, darker, moved
    memory = find_copies(np.concatenate([copies, others]), images[:600], persons[:600])
    assert memory.memorised[:50].all()
    assert memory.memorised[50:].mean() < 0.04


def test_real_faces_are_not_told_from_real_faces(faces):
    images, persons = faces
    telling = tell_apart(images[:300], images[300:600], persons[:300])
    assert telling.accuracy_interval[0] < 0.5 < telling.accuracy_interval[1]


def test_real_faces_are_near_and_noise_is_far(faces):
    images, _ = faces
    noise = np.random.default_rng(0).integers(0, 256, (300, 64, 64)).astype(np.uint8)
    near, far = kernel_distance(images[:300], images[300:600]), kernel_distance(images[:300], noise)
    assert abs(near.value) < 4 * near.standard_error
    assert far.value > 0.005


def test_augmentation_shows_on_faces_and_faces_do_not_show_it(faces, changed):
    squares, borders, _ = count_signs(faces[0][:300], changed, faces[0][300:600])
    assert squares.changed == 1
    assert borders.changed > 0.9
    assert max(squares.real, squares.made) < 0.08
    assert max(borders.real, borders.made) < 0.03
    assert not squares.leaks
    assert not borders.leaks


def test_a_gan_that_made_changed_faces_would_be_told(faces, changed):
    squares, borders, _ = count_signs(faces[0][300:600], changed, changed)
    assert squares.leaks
    assert borders.leaks
