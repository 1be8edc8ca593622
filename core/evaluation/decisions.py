"""From probabilities to one class or none: what can be changed about a run's answers without training it again.

Four things, in this order: a temperature makes the probabilities honest (Guo et al. 2017), a mix of classes says where
the network will be used (Saerens et al. 2002), tau favours rare classes (post-hoc logit adjustment, Menon et al. 2021)
and a bias each class by hand. What is still unsure after that may stay unanswered (Chow 1970).
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.errors import BadInput
from core.evaluation.predictions import PROBABILITY, probabilities, probability_labels, true_codes

FLOOR = float(np.finfo(np.float32).eps)
"""A probability below this counts as this, about one in eight million, so that it has a logarithm. scikit-learn's
`log_loss` does the same with float32."""
ABSTAINED = -1
"""The code of an image that was left without an answer."""
FORMULA = (
    "score = log(p) / temperature + log(mix / priors) - tau * log(mix) + bias, with mix = priors where none is given; "
    "softmax(score) is the confidence; the largest is said, or nothing where it is below abstain_below"
)
"""What a decision does to the probabilities p, for whoever uses one elsewhere."""


@dataclass(frozen=True)
class Decision:
    """What is done to a run's probabilities before the largest is said; by itself it changes nothing."""

    tau: float = 0.0
    """Strength of the logit adjustment: 0 leaves rare classes as rare as they are, 1 treats all classes alike."""
    bias: tuple[float, ...] = ()
    """Added to each class's score, in log-odds; empty for none."""
    temperature: float = 1.0
    """Divides the logits; above 1 the answers become less sure."""
    mix: tuple[float, ...] | None = None
    """The share of each class where the network will be used; None: as in the dataset."""
    abstain_below: float = 0.0
    """The confidence below which nothing is said."""

    def __post_init__(self) -> None:
        """Raise BadInput where a number makes no sense."""
        numbers = (self.tau, self.temperature, self.abstain_below, *self.bias, *(self.mix or ()))
        if not np.isfinite(numbers).all():
            raise BadInput("A decision's numbers must be finite; put the sliders back and start again.")
        if self.temperature <= 0:
            raise BadInput(f"A temperature must be above 0, not {self.temperature:g}; 1 changes nothing.")
        if self.mix is not None and (min(self.mix) < 0 or abs(sum(self.mix) - 1) > 1e-6):
            raise BadInput("The shares of a deployment mix must be 0 or more and add up to 1.")

    def to_json(self, labels: Sequence[str], priors: np.ndarray) -> dict[str, object]:
        """Return plain data with everything that is needed to decide in the same way elsewhere."""
        bias = self.bias or (0.0,) * len(labels)
        return {
            "labels": list(labels),
            "tau": self.tau,
            "bias": dict(zip(labels, bias, strict=True)),
            "temperature": self.temperature,
            "mix": None if self.mix is None else dict(zip(labels, self.mix, strict=True)),
            "abstain_below": self.abstain_below,
            "priors": dict(zip(labels, priors.tolist(), strict=True)),
            "formula": FORMULA,
        }

    def name(self, run_id: str) -> str:
        """Return what this decision on this run is called: 8 hexadecimal digits, the same everywhere."""
        numbers = [self.tau, list(self.bias), self.temperature, self.mix and list(self.mix), self.abstain_below]
        return hashlib.sha256(json.dumps([run_id, _rounded(numbers)]).encode()).hexdigest()[:8]


@dataclass(frozen=True)
class Answers:
    """What a decision makes of a table of predictions."""

    probabilities: np.ndarray
    """The adjusted ones, float64, shape (n, K); each row sums to 1."""
    codes: np.ndarray
    """The position of the label that is said, int64, shape (n,); ABSTAINED for none."""

    @property
    def confidence(self) -> np.ndarray:
        """Return the largest adjusted probability of each row, shape (n,)."""
        return self.probabilities.max(1)

    @property
    def answered(self) -> np.ndarray:
        """Return which rows got an answer, boolean, shape (n,)."""
        return self.codes != ABSTAINED


def class_shares(predictions: pd.DataFrame) -> np.ndarray:
    """Return the share of each class among the true labels, shape (K,), all above 0: half an image is added to each.

    They stand for the priors of the training part, which a run does not keep. The split deals each class to all parts
    alike, so the validation images have the same shares but for chance, and no test label is used.
    """
    labels = probability_labels(predictions)
    counts = np.bincount(true_codes(predictions), minlength=len(labels)) + 0.5
    return counts / counts.sum()


def normalised(shares: Sequence[float]) -> tuple[float, ...]:
    """Return the shares divided by their sum; BadInput where one is negative or all are 0."""
    numbers = np.asarray(shares, dtype=float)
    if not np.isfinite(numbers).all() or (numbers < 0).any() or numbers.sum() <= 0:
        raise BadInput("The shares of the classes must be 0 or more, and one of them above 0.")
    return tuple((numbers / numbers.sum()).tolist())


def log_probabilities(shares: np.ndarray) -> np.ndarray:
    """Return the logarithm of probabilities, none below FLOOR; same shape, float64."""
    return np.log(np.maximum(np.asarray(shares, dtype=float), FLOOR))


def log_softmax(logits: np.ndarray) -> np.ndarray:
    """Return log-probabilities of logits, shape (n, K)."""
    logits = logits - logits.max(1, keepdims=True)
    return logits - np.log(np.exp(logits).sum(1, keepdims=True))


def adjusted(shares: np.ndarray, decision: Decision, priors: np.ndarray) -> np.ndarray:
    """Return the probabilities after temperature, mix, tau and bias, float64, shape (n, K); each row sums to 1.

    Args:
        shares: the run's probabilities, shape (n, K).
        decision: what is done to them.
        priors: the share of each class in what the run was trained on, shape (K,), all above 0.

    Tau acts on the priors in force, which are the mix's where there is one: with tau 1 the answers do not depend on
    how common the classes are, wherever the network is used. A class that has no share in the mix is never said.
    """
    scores = log_probabilities(shares) / decision.temperature + _shift(decision, priors)
    scores -= scores.max(1, keepdims=True)
    exponents = np.exp(scores)
    return exponents / exponents.sum(1, keepdims=True)


def _shift(decision: Decision, priors: np.ndarray) -> np.ndarray:
    """Return what is added to the score of each class, shape (K,)."""
    shift = -decision.tau * np.log(priors)
    if decision.mix is not None:
        mix = np.asarray(decision.mix)
        used = mix > 0
        shift = np.full(len(mix), -np.inf)
        shift[used] = (1 - decision.tau) * np.log(mix[used]) - np.log(priors[used])
    return shift + np.asarray(decision.bias) if decision.bias else shift


def decide(predictions: pd.DataFrame, decision: Decision, priors: np.ndarray) -> Answers:
    """Return what is said of each row of a table of predictions; of equals, the first column's label."""
    shares = adjusted(probabilities(predictions), decision, priors)
    codes = shares.argmax(1)
    return Answers(shares, np.where(shares.max(1) < decision.abstain_below, ABSTAINED, codes))


def decided_table(predictions: pd.DataFrame, answers: Answers) -> pd.DataFrame:
    """Return the table with the adjusted probabilities in place of the run's, and `said` (NA for none) and
    `confidence` before them.
    """
    labels = np.asarray([*probability_labels(predictions), None], dtype=object)
    columns = [name for name in predictions.columns if not name.startswith(PROBABILITY)]
    said = pd.Series(labels[answers.codes], index=predictions.index, dtype="str")
    table = predictions[columns].assign(said=said, confidence=answers.confidence)
    names = [PROBABILITY + label for label in labels[:-1]]
    return table.join(pd.DataFrame(answers.probabilities, predictions.index, names))


def changes(decision: Decision, labels: Sequence[str]) -> list[str]:
    """Return what a decision changes, a few words each, such as "tau 0.80"; nothing for one that changes nothing."""
    words = [f"temperature {decision.temperature:.2f}"] if decision.temperature != 1 else []
    words += [f"tau {decision.tau:.2f}"] if decision.tau else []
    biased = zip(labels, decision.bias, strict=True) if decision.bias else ()
    words += [f"bias {value:+.2f} for {label}" for label, value in biased if value]
    words += ["another mix of classes"] if decision.mix is not None else []
    return words + ([f"no answer below {decision.abstain_below:.0%}"] if decision.abstain_below else [])


def _rounded(numbers: object) -> object:
    """Return nested numbers to six decimals, so that 1 and 1.0, or 0.3 and 0.1 + 0.2, have one name."""
    if isinstance(numbers, list | tuple):
        return [_rounded(number) for number in numbers]
    return None if numbers is None else round(float(numbers), 6) + 0.0
