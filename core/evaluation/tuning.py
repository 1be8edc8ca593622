"""A decision chosen on validation images, and what it may be expected to gain on people it was not chosen on.

Whoever tries many settings on few images finds one that suits these images. So the choice is made again without a fifth
of the persons, five times, and judged on that fifth: that gain is honest, the one on all of them flatters.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.errors import BadInput
from core.evaluation.answers import Estimate, gains, one_person_an_image
from core.evaluation.bootstrap import Sums
from core.evaluation.calibration import fit_temperature
from core.evaluation.decisions import Decision, log_probabilities
from core.evaluation.predictions import persons_of, probabilities, probability_labels, true_codes
from core.evaluation.scores import OVERALL, scores

OBJECTIVES = ("macro_f1", "balanced_accuracy", "accuracy")
"""The names of `OVERALL` that can be tuned for."""
TAUS = np.round(np.arange(0, 2.001, 0.05), 2)
BIASES = np.round(np.arange(-1.5, 1.501, 0.1), 2)
SHRUNK = (0.0, 0.25, 0.5, 0.75, 1.0)
"""How much of the biases found may be kept; which share, persons decide on whom they were not found."""
MIN_IMAGES, MIN_PERSONS = 20, 10
"""A class with fewer validation images or persons gets no bias of its own: one image would decide it."""
_GROUPS = 5
_PASSES = 2
_SMOOTH = np.array([1, 2, 3, 2, 1])  # over neighbouring taus


@dataclass(frozen=True)
class Tuned:
    """A decision and what choosing it was worth."""

    decision: Decision
    objective: str
    """One of OBJECTIVES."""
    plain: float
    """What the run's own answers score on the validation images."""
    flattering: float
    """What the decision scores on the images it was chosen on."""
    honest: float
    """What choosing in this way scores on persons that were left out of the choice."""
    gain: Estimate
    """`honest` minus `plain`, with its interval by person."""
    without_bias: tuple[str, ...]
    """Classes that got no bias because too few images or persons show them; empty where no bias was asked for."""


def tune(validation: pd.DataFrame, priors: np.ndarray, objective: str = "macro_f1", biased: bool = False) -> Tuned:
    """Return the decision that suits the validation images: temperature by likelihood, tau and biases by the objective.

    Tau is where the objective is largest, smoothed over neighbouring taus, so that no single image decides. Biases come
    from coordinate ascent on a grid, for classes with enough images only, and are shrunk by what cross-validation over
    persons finds best; 0 leaves tau alone. The mix stays as in the dataset and everything is answered.

    Args:
        validation: `Run.validation`.
        priors: as in `adjusted`.
        objective: one of OBJECTIVES.
        biased: whether each class gets a bias beside tau.

    Raises:
        BadInput: fewer than two persons, or one class alone: nothing can be left out, or nothing chosen.
    """
    if objective not in OBJECTIVES:
        raise BadInput(f"A decision is tuned for one of {', '.join(OBJECTIVES)}, not {objective!r}.")
    validation = one_person_an_image(validation)
    labels, y_true = probability_labels(validation), true_codes(validation)
    groups = _deal_persons(persons_of(validation), y_true, len(labels))
    if groups.max(initial=0) < 1 or len(np.unique(y_true)) < 2:
        raise BadInput(
            "The validation images show one person or one class only, so nothing can be tuned on them; "
            "train on a dataset with more people."
        )
    temperature = fit_temperature(validation)
    logits = log_probabilities(probabilities(validation)) / temperature
    enough = _enough(validation, labels) if biased else np.zeros(len(labels), dtype=bool)
    search = _Search(logits, y_true, groups, np.log(priors), objective, enough)
    everybody = np.ones(len(y_true), dtype=bool)
    tau, bias = search.choose(everybody)
    honest = search.left_out()
    plain, chosen = logits.argmax(1), search.codes(tau, bias)
    return Tuned(
        decision=Decision(tau, tuple(bias.tolist()) if bias.any() else (), temperature),
        objective=objective,
        plain=search.score(plain),
        flattering=search.score(chosen),
        honest=search.score(honest),
        gain=gains(validation, honest, plain)[objective],
        without_bias=tuple(label for label, ok in zip(labels, enough, strict=True) if not ok) if biased else (),
    )


class _Search:
    """Choices of tau and biases on any part of the validation images."""

    def __init__(self, logits, y_true, groups, log_priors, objective: str, biased: np.ndarray):
        self.logits, self.y_true, self.groups, self.log_priors = logits, y_true, groups, log_priors
        self.objective, self.biased = objective, biased
        self.n_labels = logits.shape[1]
        self.by_tau = np.stack([self.codes(tau) for tau in TAUS])

    def codes(self, tau: float, bias: np.ndarray | float = 0.0) -> np.ndarray:
        """Return what is said of all images, shape (n,)."""
        return (self.logits - tau * self.log_priors + bias).argmax(1)

    def score(self, codes: np.ndarray, rows: np.ndarray | slice = slice(None)) -> float:
        """Return the objective of answers to some rows."""
        return float(self._value(_sums(self.y_true[rows], codes[rows], self.n_labels)))

    def _curve(self, rows: np.ndarray) -> np.ndarray:
        """Return the objective at each tau over some rows."""
        return np.array([self.score(codes, rows) for codes in self.by_tau])

    def choose(self, rows: np.ndarray) -> tuple[float, np.ndarray]:
        """Return tau and the biases, shape (K,), that suit some rows, boolean of shape (n,)."""
        tau = self._tau(rows)
        if not self.biased.any():
            return tau, np.zeros(self.n_labels)
        return tau, np.round(self._shrinkage(rows) * self._biases(rows, tau), 2)

    def left_out(self) -> np.ndarray:
        """Return what is said of each image by the choice made without its person's group, shape (n,)."""
        said = np.zeros(len(self.y_true), dtype=np.int64)
        for group in np.unique(self.groups):
            out = self.groups == group
            said[out] = self.codes(*self.choose(~out))[out]
        return said

    def _tau(self, rows: np.ndarray) -> float:
        padded = np.pad(self._curve(rows), len(_SMOOTH) // 2, mode="edge")
        smooth = np.convolve(padded, _SMOOTH / _SMOOTH.sum(), mode="valid")
        return float(TAUS[np.isclose(smooth, smooth.max()).argmax()])  # of equals, the smallest

    def _shrinkage(self, rows: np.ndarray) -> float:
        """Return the share of the biases that scores best on persons of these rows they were not found on."""
        said = np.tile(self.logits.argmax(1), (len(SHRUNK), 1))
        for group in np.unique(self.groups[rows]):
            out = rows & (self.groups == group)
            without = rows & ~out
            if without.any():
                tau = self._tau(without)
                bias = self._biases(without, tau)
                for position, share in enumerate(SHRUNK):
                    said[position, out] = self.codes(tau, share * bias)[out]
        found = [self.score(codes, rows) for codes in said]
        return SHRUNK[int(np.argmax(found))]

    def _biases(self, rows: np.ndarray, tau: float) -> np.ndarray:
        """Return the biases that coordinate ascent finds on some rows, shape (K,)."""
        start, y_true, bias = (self.logits - tau * self.log_priors)[rows], self.y_true[rows], np.zeros(self.n_labels)
        for _ in range(_PASSES):
            for code in np.flatnonzero(self.biased):
                bias[code] = self._best_bias(start + bias, bias[code], y_true, code)
        return bias

    def _best_bias(self, shifted: np.ndarray, present: float, y_true: np.ndarray, code: int) -> float:
        """Return the bias of one class that scores best while the others stay; of equals, the nearest to 0.

        All values of the grid are tried at once: an image goes over to the class at the first bias that exceeds its
        margin, and what is said of all images follows from how many went over so far.
        """
        others = shifted.copy()
        others[:, code] = -np.inf
        rest = others.argmax(1)
        margin = others.max(1) - (shifted[:, code] - present)
        step = np.searchsorted(BIASES, margin, side="right")
        kept_said = _gone_over(step, rest, self.n_labels)
        hit = rest == y_true
        kept_hits = _gone_over(step[hit], rest[hit], self.n_labels)
        true = np.bincount(y_true, minlength=self.n_labels)
        said = np.bincount(rest, minlength=self.n_labels) - kept_said
        hits = np.bincount(rest[hit], minlength=self.n_labels) - kept_hits
        said[:, code] = kept_said.sum(1)
        own = y_true == code
        hits[:, code] = _gone_over(step[own], rest[own], self.n_labels).sum(1)
        values = self._value(Sums(hits, np.broadcast_to(true, said.shape), said))
        best = np.flatnonzero(np.isclose(values, values.max()))
        return float(BIASES[best[np.abs(BIASES[best]).argmin()]])

    def _value(self, sums: Sums) -> np.ndarray:
        return scores(sums, np.zeros(self.n_labels, dtype=bool)).overall[self.objective]


def _gone_over(step: np.ndarray, rest: np.ndarray, n_labels: int) -> np.ndarray:
    """Return how many images of each other answer went over at each value of BIASES, int64, shape (B, K)."""
    counts = np.bincount(step * n_labels + rest, minlength=(len(BIASES) + 1) * n_labels)
    return counts.reshape(-1, n_labels).cumsum(0)[:-1]


def _sums(y_true: np.ndarray, codes: np.ndarray, n_labels: int) -> Sums:
    hits, true, said = (np.bincount(one, minlength=n_labels) for one in (y_true[y_true == codes], y_true, codes))
    return Sums(hits, true, said)


def _deal_persons(persons: np.ndarray, y_true: np.ndarray, n_labels: int) -> np.ndarray:
    """Return the group of each row, from 0: all rows of a person in one, persons with rare classes dealt out first.

    Dealt in turn and not at random, so that each group gets as many of the persons who show a rare class.
    """
    counts = np.bincount(y_true, minlength=n_labels)
    rarest = np.full(persons.max(initial=-1) + 1, len(y_true) + 1)
    np.minimum.at(rarest, persons, counts[y_true])
    turn = np.empty(len(rarest), dtype=np.int64)
    turn[np.lexsort((np.arange(len(rarest)), rarest))] = np.arange(len(rarest)) % _GROUPS
    return turn[persons]


def _enough(validation: pd.DataFrame, labels: list[str]) -> np.ndarray:
    """Return which classes have images and persons enough for a bias of their own, boolean, shape (K,)."""
    shown = validation.groupby("y_true")[["image", "person"]].nunique().reindex(labels, fill_value=0)
    return ((shown["image"] >= MIN_IMAGES) & (shown["person"] >= MIN_PERSONS)).to_numpy()


def in_words(tuned: Tuned, changed: list[str]) -> str:
    """Return what tuning changed and what that may be expected to gain; `changed` is what `changes` gives for it."""
    name, expected = OVERALL[tuned.objective], tuned.gain
    what = f"Set: {', '.join(changed)}." if changed else "Nothing is to be changed: the plain answers score best."
    verdict = "not to be told from no gain"
    if expected.clear:
        verdict = "a clear gain" if expected.low > 0 else "a clear loss"
    return (
        f"{what} {name} on the validation images goes from {tuned.plain:.3f} to {tuned.flattering:.3f}; that flatters, "
        f"for the choice saw these images. On persons left out of the choice it is {tuned.honest:.3f}: "
        f"{expected.value:+.3f} (95 % interval by person {expected.low:+.3f} to {expected.high:+.3f}), {verdict}."
    )
