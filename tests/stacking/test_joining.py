"""Answers joined and decided: nothing of a fold has a say in how it is judged."""

import numpy as np
import pytest

from core.stacking.joining import accuracy, adjusted, best_tau, join, joined, macro_f1_of_all, rare_biases

RNG = np.random.default_rng(0)
TARGETS = RNG.choice(3, 300, p=[0.8, 0.15, 0.05])
FOLDS = np.arange(300) % 3


def log_softmax(logits):
    return logits - np.log(np.exp(logits).sum(1, keepdims=True))


def answers(sharpness=1.0, seed=1):
    """Return log-probabilities that know something of the targets."""
    noise = np.random.default_rng(seed).normal(size=(300, 3))
    return log_softmax(sharpness * (noise + 1.2 * np.eye(3)[TARGETS] + np.log([0.8, 0.15, 0.05])))


ALL = np.ones(300, dtype=bool)
SCORES = {"macro_f1": macro_f1_of_all(3), "accuracy": accuracy}


def test_a_member_that_is_too_sure_is_brought_down():
    sure = answers(5.0)
    assert np.abs(joined([sure], TARGETS, ALL)).mean() < 0.5 * np.abs(sure).mean()


def test_how_sure_a_member_was_does_not_change_the_answer_together():
    calm, loud = (joined([answers(sharpness, 1), answers(seed=2)], TARGETS, ALL) for sharpness in (1.0, 2.0))
    assert np.exp(calm) == pytest.approx(np.exp(loud), abs=0.02)


def test_joined_answers_are_probabilities():
    assert np.exp(join([answers(seed=1), answers(seed=2)], TARGETS, FOLDS, {}).answers).sum(1) == pytest.approx(1)


def test_a_tau_of_one_takes_the_class_shares_away():
    flat = np.log(np.tile([0.8, 0.15, 0.05], (4, 1)))
    counts = np.repeat([0, 1, 2], [80, 15, 5])
    assert adjusted(flat, counts, 1.0) == pytest.approx(np.zeros((4, 3)))


def test_macro_f1_asks_for_more_rare_answers_than_accuracy():
    # Of 20 images that are rare with 0.4, 9 are: accuracy would rather never say so, macro-F1 would.
    said = np.log(np.repeat([[0.9, 0.1], [0.6, 0.4]], [80, 20], axis=0))
    true = np.repeat([0, 1, 0], [80, 9, 11])
    assert best_tau(said, true, macro_f1_of_all(2)) > 0
    assert adjusted(said, true, best_tau(said, true, accuracy)).argmax(1).sum() == 0


def test_a_class_too_rare_for_tau_gets_what_it_lacks():
    # 6 of 1,000 images are of the rare class, and all say 0.2 of it; nothing else says more than 0.01.
    true = np.repeat([0, 1, 2], [800, 194, 6])
    said = np.log(np.repeat([[0.95, 0.04, 0.01], [0.3, 0.69, 0.01], [0.5, 0.3, 0.2]], [800, 194, 6], axis=0))
    biases = rare_biases(said, true, macro_f1_of_all(3))
    assert biases[:2].tolist() == [0, 0]
    assert ((said + biases).argmax(1) == true).all()
    assert rare_biases(said[:-6], true[:-6], macro_f1_of_all(3))[:2].tolist() == [0, 0]


def test_only_classes_below_the_least_share_get_a_bias():
    true = np.repeat([0, 1, 2], [80, 18, 2])
    said = np.log(np.repeat([[0.95, 0.04, 0.01], [0.3, 0.69, 0.01], [0.5, 0.3, 0.2]], [80, 18, 2], axis=0))
    assert not rare_biases(said, true, macro_f1_of_all(3)).any()


@pytest.mark.parametrize("rare_alone", [False, True])
@pytest.mark.parametrize("fold", [0, 1, 2])
def test_the_labels_of_a_fold_do_not_change_what_is_said_of_it(fold, rare_alone, monkeypatch):
    monkeypatch.setattr("core.stacking.joining.RARE", 0.1)  # the rarest of these has 5 %
    here = fold == FOLDS
    shuffled = TARGETS.copy()
    shuffled[here] = np.random.default_rng(3).permutation(TARGETS[here])
    plain, changed = (
        join([answers(seed=1), answers(4.0, 2)], true, FOLDS, SCORES, rare_alone) for true in (TARGETS, shuffled)
    )
    assert np.array_equal(plain.answers[here], changed.answers[here])
    assert all(np.array_equal(plain.said[name][here], changed.said[name][here]) for name in SCORES)
