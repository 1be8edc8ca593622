"""The images behind a cell, and what was said of one image."""

import pandas as pd
import pytest

from core.evaluation import cell_images, same_images
from core.evaluation.cells import answers_to, captions


@pytest.fixture
def predictions():
    """Three joys, of which one is said to be fear, and a fear that is said to be joy."""
    return pd.DataFrame(
        {
            "image": ["a.png", "b.png", "c.png", "d.png"],
            "person": ["Ann", "Bea", None, "Ann"],
            "y_true": ["joy", "joy", "joy", "fear"],
            "fold": [0, 1, 0, 1],
            "p_joy": [0.6, 0.9, 0.2, 0.7],
            "p_fear": [0.4, 0.1, 0.8, 0.3],
        }
    )


def test_a_cell_holds_its_images_the_surest_first(predictions):
    cell = cell_images(predictions, "joy", "joy")
    assert cell["image"].to_list() == ["b.png", "a.png"]
    assert cell["person"].to_list() == ["Bea", "Ann"]


def test_a_cell_has_the_probability_of_what_was_said_and_of_what_is_true(predictions):
    assert cell_images(predictions, "joy", "fear")[["p_said", "p_true", "fold"]].to_numpy().tolist() == [[0.8, 0.2, 0]]


def test_an_empty_cell_has_no_images(predictions):
    assert cell_images(predictions, "fear", "fear").empty


def test_captions_tell_both_probabilities_of_a_mistake(predictions):
    assert captions(cell_images(predictions, "joy", "fear"), "joy", "fear") == ["fear 80%, joy 20%"]
    assert captions(cell_images(predictions, "joy", "joy"), "joy", "joy") == ["joy 90%", "joy 60%"]


def test_runs_on_other_images_do_not_compare(predictions):
    assert same_images(predictions, predictions[::-1])
    assert not same_images(predictions, predictions.head(1))


def test_an_image_is_answered_with_what_was_said_of_it(predictions):
    assert answers_to(predictions, "d.png").iloc[0].to_dict() == {
        "true": "fear",
        "said": "joy",
        "p_said": 0.7,
        "p_true": 0.3,
        "right": False,
        "fold": 1,
    }


def test_an_image_that_was_not_judged_has_no_answer(predictions):
    assert answers_to(predictions, "e.png").empty
