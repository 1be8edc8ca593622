"""One pass answers every k as the model of that k does, and a class that cannot win a vote is known beforehand."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.metrics import f1_score
from sklearn.neighbors import KNeighborsClassifier

from core.errors import BadInput
from core.models import MODELS
from core.training import Cancelled
from core.votes import k_curve, largest_winnable, out_of_reach, predictions_by_k, reachable, unreachable_from

N, QUERIES, CLASSES = 150, 40, 4
SHADES = np.arange(10, dtype=np.uint8)[:, None]


@pytest.fixture
def images():
    """Noise from dark to bright, so that no two are equally far from a third; bytes, shape (n, 256)."""
    rng = np.random.default_rng(0)
    return (rng.random((N + QUERIES, 256)) * rng.uniform(20, 255, (N + QUERIES, 1))).astype(np.uint8)


@pytest.fixture
def targets():
    return np.random.default_rng(1).integers(0, CLASSES, N)


COPIES = np.random.default_rng(2).integers(1, 9, N)
WEIGHTS = np.random.default_rng(3).uniform(0.1, 5, N).astype(np.float32)
CLASS_WEIGHTS = np.array([1.2, 0.4, 0.8, 2.0], dtype=np.float32)


def model_of(k, images, targets, copies, weights):
    """What the model says of the queries."""
    model = MODELS["knn"].build(CLASSES, 16, k=k)
    squares = torch.from_numpy(images).view(-1, 1, 16, 16).float() / 255
    given = [None if part is None else torch.from_numpy(part) for part in (copies, weights)]
    model.memorise(squares[:N], torch.from_numpy(targets), *given)
    return model(squares[N:]).argmax(1).numpy()


@pytest.mark.parametrize("k", [1, 2, 7, 30, 101, 150])
@pytest.mark.parametrize("copies", [None, COPIES], ids=["once", "copies"])
@pytest.mark.parametrize("weights", [None, WEIGHTS, "of classes"], ids=["equal", "weights", "class weights"])
def test_each_k_is_what_the_model_of_that_k_says(images, targets, k, copies, weights):
    weights = CLASS_WEIGHTS[targets] if isinstance(weights, str) else weights
    said = predictions_by_k(images[:N], targets, images[N:], CLASSES, copies, weights)
    assert said[:, k - 1].tolist() == model_of(k, images, targets, copies, weights).tolist()


@pytest.mark.parametrize("k", [1, 10, 55])
def test_each_k_is_what_scikit_learn_says(images, targets, k):
    said = predictions_by_k(images[:N], targets, images[N:], CLASSES)
    theirs = KNeighborsClassifier(k).fit(images[:N] / 255, targets).predict(images[N:] / 255)
    assert said[:, k - 1].tolist() == theirs.tolist()


def test_a_copied_image_fills_as_many_places_as_it_has_copies():
    said = predictions_by_k(SHADES[1:4], np.array([0, 1, 1]), SHADES[:1], 2, copies=np.array([3, 1, 4]))
    assert said.tolist() == [[0, 0, 0, 0, 0, 0, 1, 1]]  # of six votes three are each's: the first class wins the tie


def test_a_weighted_vote_counts_at_once():
    said = predictions_by_k(SHADES[1:5], np.array([0, 0, 1, 0]), SHADES[:1], 2, weights=np.array([1, 1, 2.5, 1]))
    assert said.tolist() == [[0, 0, 1, 0]]


def test_there_are_no_more_ks_than_training_images(images, targets):
    assert predictions_by_k(images[:60], targets[:60], images[N:], CLASSES).shape == (QUERIES, 60)


def test_no_more_ks_are_answered_than_were_asked_for(images, targets):
    assert predictions_by_k(images[:N], targets, images[N:], CLASSES, most=9).shape == (QUERIES, 9)


def test_features_are_taken_as_they_are(images, targets):
    rows = images.astype(np.float32) / 255
    as_bytes, as_floats = (predictions_by_k(x[:N], targets, x[N:], CLASSES) for x in (images, rows))
    assert np.array_equal(as_bytes, as_floats)


@pytest.mark.filterwarnings("error")
def test_read_only_arrays_are_taken(images, targets):
    for array in (images, targets):
        array.setflags(write=False)
    assert len(predictions_by_k(images[:N], targets, images[N:], CLASSES)) == QUERIES


def test_chunks_of_queries_do_not_change_what_is_said(images, targets, monkeypatch):
    whole = predictions_by_k(images[:N], targets, images[N:], CLASSES)
    monkeypatch.setattr("core.votes._MOST_NUMBERS", 7 * N * CLASSES)
    told = []
    chunked = predictions_by_k(
        images[:N], targets, images[N:], CLASSES, on_progress=lambda done, total: told.append((done, total))
    )
    assert np.array_equal(whole, chunked)
    assert told == [(7, 40), (14, 40), (21, 40), (28, 40), (35, 40), (40, 40)]


def test_without_training_images_nobody_votes(images, targets):
    with pytest.raises(BadInput, match="k = 1 neighbours cannot vote among 0 training images"):
        predictions_by_k(images[:0], targets[:0], images[N:], CLASSES)


def test_the_pass_can_be_stopped(images, targets):
    with pytest.raises(Cancelled):
        predictions_by_k(images[:N], targets, images[N:], CLASSES, should_stop=lambda: True)


# The curve


@pytest.fixture
def said():
    """Four images of classes 0, 0, 1, 1, none of class 2; a column a k."""
    return np.array([[0, 0], [0, 0], [1, 0], [2, 0]])


Y_TRUE = np.array([0, 0, 1, 1])


def test_the_curve_has_a_row_a_k_with_its_scores(said):
    curve = k_curve(Y_TRUE, said, ["joy", "fear", "anger"])
    assert curve["k"].tolist() == [1, 2]
    assert curve["accuracy"].tolist() == [0.75, 0.5]
    assert curve[["f1_joy", "f1_fear"]].to_numpy().tolist() == [[1, pytest.approx(2 / 3)], [pytest.approx(2 / 3), 0]]


def test_a_class_that_does_not_occur_has_no_f1_and_no_say(said):
    curve = k_curve(Y_TRUE, said, ["joy", "fear", "anger"])
    assert curve["f1_anger"].isna().all()
    assert curve["macro_f1"].tolist() == pytest.approx([5 / 6, 1 / 3])


def test_the_curve_s_macro_f1_is_scikit_learn_s():
    rng = np.random.default_rng(0)
    y_true, said = rng.integers(0, 3, 200), rng.integers(0, 4, (200, 5))
    theirs = [f1_score(y_true, column, labels=[0, 1, 2], average="macro") for column in said.T]
    assert k_curve(y_true, said, list("abcd"))["macro_f1"].tolist() == pytest.approx(theirs)


# What can win at all


def winners(counts, weights, k):
    """Every class that some k of the images elect, found by trying all."""
    splits = [votes for votes in product(*(range(count + 1) for count in counts)) if sum(votes) == k]
    return {int(np.argmax(np.round(np.array(votes) * weights, 6))) for votes in splits}


@pytest.mark.parametrize("counts", [(5, 3, 1), (1, 3, 5), (2, 0, 2, 3), (4,), (1, 1, 1, 1), (6, 2, 2)])
@pytest.mark.parametrize("weights", [(1, 1, 1, 1), (0.4, 1.2, 0.8, 2)])
def test_what_can_win_is_what_wins_in_some_draw(counts, weights):
    weights = np.array(weights[: len(counts)])
    for k in range(1, sum(counts) + 1):
        assert set(np.flatnonzero(reachable(counts, k, weights))) == winners(counts, weights, k)


def test_seven_images_are_outvoted_from_some_k_on():
    # Before it two large classes with 6 votes at most each, behind it one with 7: 7 + 6 + 6 + 7 = 26 is the last.
    assert unreachable_from([1000, 1000, 7, 1000]).tolist()[2] == 27


def test_a_class_that_can_win_with_every_k_has_no_end():
    assert np.isnan(unreachable_from([1000, 1000])).all()


def test_nothing_is_said_of_ks_that_more_neighbours_than_images_would_need():
    assert unreachable_from([2, 9]).tolist() == [5, pytest.approx(np.nan, nan_ok=True)]


def test_a_class_without_images_is_never_predicted():
    assert unreachable_from([0, 300])[0] == 1


def test_so_many_copies_that_a_class_is_as_large_as_the_largest_win_every_vote():
    assert (largest_winnable([5000] * 8) >= 201).all()


def test_a_class_is_out_of_reach_from_the_first_k_that_cannot_elect_it():
    by_k = pd.DataFrame({"k": [1, 2, 3], "can_joy": [True, True, True], "can_fear": [True, False, False]})
    found = out_of_reach(by_k)
    assert np.isnan(found["joy"])
    assert found["fear"] == 2
