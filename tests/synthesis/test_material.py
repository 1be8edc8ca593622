"""What a GAN is shown: the training part and nothing else."""

import numpy as np
import pytest

from core.errors import BadInput
from core.pixels import load_pixels
from core.splits import make_folds
from core.synthesis import material
from core.synthesis.material import gather


@pytest.fixture
def gathered(easy, easy_settings, configure):
    def run(labels=("top",), **values):
        return gather(configure(labels, **values), easy, easy_settings, lambda done, total: None)

    return run


def test_it_is_shown_the_whole_training_part_and_nothing_else(gathered, easy):
    [fold] = make_folds("person_disjoint", easy.usable.reset_index(drop=True))
    assert set(gathered().names) == set(easy.usable["image"].iloc[fold.train])


def test_each_picture_has_its_own_name_and_class(gathered, easy, easy_settings):
    shown = gathered()
    pixels = load_pixels(easy, 64, easy_settings).images
    rows = easy.usable.reset_index(drop=True).set_index("image")
    assert shown.labels.tolist() == rows.loc[shown.names, "label"].to_list()
    places = easy.usable["image"].reset_index(drop=True).reset_index().set_index("image")["index"]
    assert np.array_equal(shown.images, pixels[places[shown.names]])


def test_without_borrowing_only_the_chosen_classes_are_shown(gathered):
    shown = gathered(borrow=0)
    assert shown.classes == ("top",)
    assert set(shown.labels) == {"top"}


def test_the_chosen_classes_come_first(gathered):
    shown = gathered(["top", "right"])
    assert shown.classes == ("right", "top", "left")
    assert set(shown.labels[shown.chosen]) == {"right", "top"}


def test_half_of_the_places_are_the_chosen_classes_(gathered):
    chances = gathered(["top", "right"]).chances()
    assert chances.sum() == pytest.approx(1)
    assert chances[:2].sum() == pytest.approx(0.5)


def test_chances_go_by_the_root_of_a_class_s_size(gathered):
    shown = gathered(["left", "right", "top"], borrow=0)
    counts = np.bincount(shown.targets)
    assert shown.chances() == pytest.approx(np.sqrt(counts) / np.sqrt(counts).sum())


def test_of_very_large_classes_a_part_is_shown(gathered, monkeypatch):
    monkeypatch.setattr(material, "_MOST", 10)
    counts = np.bincount(gathered().targets)
    assert counts[0] <= 10
    assert counts[1:].tolist() == [5, 5]


def test_a_class_that_is_not_there_is_refused(gathered):
    with pytest.raises(BadInput, match="no class 'joy'; its classes: left, right, top"):
        gathered(["joy"])


def test_a_class_with_too_few_training_images_is_refused(gathered, monkeypatch):
    monkeypatch.setattr(material, "_FEWEST", 50)
    with pytest.raises(BadInput, match="top has .* images in the training part; a GAN needs at least 50"):
        gathered()
