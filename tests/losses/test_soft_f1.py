"""Soft F1: scikit-learn's macro-F1 where every prediction is certain, and values worked by hand."""

import numpy as np
import pytest
import torch
from sklearn.metrics import f1_score

from core.losses import LOSSES

LOSS = LOSSES["soft_f1"].build(np.array([60, 20, 3]))
CERTAIN = 100.0


def certain(classes):
    return CERTAIN * torch.nn.functional.one_hot(torch.as_tensor(classes), 3).float()


def at(*shares):
    """Logits of the given probabilities."""
    return torch.tensor(shares, dtype=torch.float64).log()


def test_certain_predictions_cost_what_macro_f1_lacks():
    rng = np.random.default_rng(0)
    y_true, y_predicted = rng.integers(0, 3, (2, 50))
    expected = 1 - f1_score(y_true, y_predicted, average="macro")
    assert float(LOSS(certain(y_predicted), torch.from_numpy(y_true))) == pytest.approx(expected, abs=1e-6)


def test_certain_predictions_of_weighted_images_cost_what_weighted_macro_f1_lacks():
    rng = np.random.default_rng(1)
    y_true, y_predicted = rng.integers(0, 3, (2, 50))
    weights = rng.random(50)
    expected = 1 - f1_score(y_true, y_predicted, average="macro", sample_weight=weights)
    loss = LOSS(certain(y_predicted), torch.from_numpy(y_true), torch.from_numpy(weights))
    assert float(loss) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("classes", [[0, 1, 2, 1], [0, 0, 1], [2]])
def test_a_perfect_prediction_costs_nothing_whichever_classes_are_there(classes):
    assert float(LOSS(certain(classes), torch.tensor(classes))) == 0


def test_a_class_that_the_batch_lacks_is_left_out_of_the_mean():
    # One of the first class and one of the second, of which the latter is taken for the third.
    # F1 is 1 and 0; scikit-learn leaves the third class out if told which labels are there.
    y_true, y_predicted = [0, 1], [0, 2]
    expected = 1 - f1_score(y_true, y_predicted, average="macro", labels=[0, 1])
    assert float(LOSS(certain(y_predicted), torch.tensor(y_true))) == pytest.approx(expected) == 0.5


def test_a_class_whose_images_weigh_nothing_is_left_out_too():
    loss = LOSS(certain([0, 0]), torch.tensor([0, 1]), torch.tensor([1.0, 0.0]))
    assert float(loss) == 0


def test_probabilities_count_as_parts_of_images():
    # First class: TP 0.8, FP 0.4, FN 0.2; second: TP 0.6, FP 0.2, FN 0.4.
    loss = LOSS(at([0.8, 0.2], [0.4, 0.6]), torch.tensor([0, 1]))
    assert float(loss) == pytest.approx(1 - (1.6 / 2.2 + 1.2 / 1.8) / 2)


def test_blended_targets_count_as_parts_of_images():
    # First class: TP 0.5 * 0.8, 2 TP + FP + FN = what is predicted and what is there, 0.8 + 0.5; second: 0.2 + 0.5.
    loss = LOSS(at([0.8, 0.2]), torch.tensor([[0.5, 0.5]]))
    assert float(loss) == pytest.approx(1 - (0.8 / 1.3 + 0.2 / 0.7) / 2)
