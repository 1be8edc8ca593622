"""Many answers become one, and the answer a decision: whatever is chosen for a fold is chosen on the other folds."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.evaluation import PROBABILITY, macro_f1
from core.evaluation.calibration import fit_temperature
from core.evaluation.decisions import log_softmax

TAUS = np.round(np.arange(-1.0, 2.0001, 0.05), 2)
"""What is tried; below 0 common classes are favoured, as accuracy and likelihood ask for of a member that drew its
classes evenly."""
RARE = 0.01
"""A class of a smaller share of the images gets a bias beside tau."""
_BIASES = np.round(np.arange(-1.0, 2.0001, 0.1), 1)
_SMOOTHED_OVER = 3
"""A bias that is better alone than its neighbours is one image's luck; it is judged together with them."""


Score = Callable[[np.ndarray, np.ndarray], float]
"""True and said classes, each int64 (n,), to a number that is better the larger it is."""


@dataclass(frozen=True)
class Joined:
    """What several members say together, and what is made of it."""

    answers: np.ndarray
    """Log-probabilities, shape (n, K)."""
    said: dict[str, np.ndarray]
    """Name of a score -> the class that is said of each image for its sake, int64, shape (n,)."""
    taus: dict[str, list[float]]
    """Name of a score -> the strength of the logit adjustment (Menon et al. 2021) in each fold."""


def join(
    members: Sequence[np.ndarray],
    targets: np.ndarray,
    fold_of: np.ndarray,
    scores: Mapping[str, Score],
    rare_alone: bool = False,
) -> Joined:
    """Return the members together: the mean of their log-probabilities once each is calibrated, and a decision a score.

    A member that is too sure of itself would overrule the others, so each one's logits are divided by a temperature
    (Guo et al. 2017). Whatever is chosen for a fold is found on the other folds: its own labels have no say.

    Args:
        members: log-probabilities of each, shape (n, K).
        targets: the class of each image, int64, shape (n,).
        fold_of: which fold judges each image, int64, shape (n,).
        scores: what a decision is made for, by name.
        rare_alone: whether classes of a share below RARE get a bias each: tau is one number and suits the others.
    """
    answers = np.empty(members[0].shape)
    said = {name: np.empty(len(targets), dtype=np.int64) for name in scores}
    taus: dict[str, list[float]] = {name: [] for name in scores}
    for fold in np.unique(fold_of):
        here, others = fold_of == fold, fold_of != fold
        together = joined(members, targets, others)
        answers[here] = together[here]
        for name, score in scores.items():
            tau = best_tau(together[others], targets[others], score)
            bias = np.zeros(together.shape[1])
            if rare_alone:
                bias = rare_biases(adjusted(together[others], targets[others], tau), targets[others], score)
            said[name][here] = (adjusted(together[here], targets[others], tau) + bias).argmax(1)
            taus[name].append(tau)
    return Joined(answers, said, taus)


def joined(members: Sequence[np.ndarray], targets: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Return the mean of the members' log-probabilities, each at the temperature that the images in `known` ask for.

    Args:
        known: the images whose labels may be looked at, boolean, shape (n,).
    """
    temperatures = [fit_temperature(as_predictions(each[known], targets[known])) for each in members]
    scaled = [log_softmax(each / value) for each, value in zip(members, temperatures, strict=True)]
    return log_softmax(np.mean(scaled, axis=0))


def best_tau(answers: np.ndarray, targets: np.ndarray, score: Score) -> float:
    """Return the tau of TAUS that scores best on these very images; of equals the smallest."""
    scores = [score(targets, adjusted(answers, targets, tau).argmax(1)) for tau in TAUS]
    return float(TAUS[int(np.argmax(scores))])


def rare_biases(answers: np.ndarray, targets: np.ndarray, score: Score) -> np.ndarray:
    """Return what to add to each class's log-probability for the best score on these very images, shape (K,).

    It is 0 but for classes of a share below RARE; these are gone through one after the other, the most common first.
    """
    from scipy.ndimage import uniform_filter1d  # slow to import: only when a recipe is judged

    n_classes = answers.shape[1]
    counts, biases = np.bincount(targets, minlength=n_classes), np.zeros(n_classes)
    rare = [k for k in np.argsort(-counts, kind="stable") if counts[k] < RARE * len(targets)]
    for k in rare:
        one = np.eye(n_classes)[k]
        scores = [score(targets, (answers + biases + bias * one).argmax(1)) for bias in _BIASES]
        together = uniform_filter1d(np.array(scores), _SMOOTHED_OVER, mode="nearest")
        biases[k] = _BIASES[int(np.argmax(together))]
    return biases


def adjusted(answers: np.ndarray, targets: np.ndarray, tau: float) -> np.ndarray:
    """Return log-probabilities less tau times the logarithm of how common each class is among `targets`."""
    counts = np.bincount(targets, minlength=answers.shape[1])
    return answers - tau * np.log(counts.clip(1) / counts.sum())


def macro_f1_of_all(n_classes: int) -> Score:
    """Return the mean F1 over all classes, whether they are said or not, as a function of true and said ones."""
    return lambda y_true, y_pred: macro_f1(y_true, y_pred, np.arange(n_classes))


def accuracy(y_true: np.ndarray, y_pred: np.ndarray) -> float:
    """Return the share of right answers."""
    return float((y_true == y_pred).mean())


def as_predictions(answers: np.ndarray, targets: np.ndarray, labels: Sequence[str] | None = None) -> pd.DataFrame:
    """Return `y_true` and `p_<label>` of log-probabilities, as `core.evaluation` reads them."""
    labels = [str(k) for k in range(answers.shape[1])] if labels is None else labels
    table = pd.DataFrame(np.exp(answers), columns=[f"{PROBABILITY}{label}" for label in labels])
    return table.assign(y_true=np.asarray(labels, dtype=object)[targets])
