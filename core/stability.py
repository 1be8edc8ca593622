"""What a predictor would say of a face that is lit, cut out or turned a little otherwise: how firm its answer is."""

from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd
from PIL import Image

from core.errors import BadInput
from core.labels import in_words
from core.predictors import Predictor, probabilities

BRIGHTNESS, CROP = (-0.5, 0.5), (-0.3, 0.3)
"""What may be asked for."""
CHANGES = tuple(product((0.0, -0.2, 0.2), (0.0, 0.1, -0.1), (False, True)))
"""The 18 versions of `stability`, by brightness, crop and mirror, the unchanged first; the 9 that are not mirrored of a
predictor that looks at every face mirrored too. None of them changes what a person would say: a lamp more or less, the
play of a face detector, and a face seen from the other side."""
Square = tuple[int, int, int, int]


@dataclass(frozen=True)
class Version:
    """A face as it would look, and what is said of it."""

    seen: np.ndarray
    """Grey uint8, shape (S, S)."""
    probabilities: dict[str, float]
    """Label -> probability, the most probable first; they sum to 1."""

    @property
    def answer(self) -> str:
        """Return the most probable label."""
        return next(iter(self.probabilities))


@dataclass(frozen=True)
class Stability:
    """What is said of small changes of one face."""

    answer: str
    """What is said of the face as it is."""
    versions: pd.DataFrame
    """`brightness`, `crop`, `mirror`, `answer` and `probability` (of the answer to the face as it is), in the order of
    CHANGES."""

    @property
    def n(self) -> int:
        """Return how many versions were asked about, the unchanged among them."""
        return len(self.versions)

    @property
    def n_same(self) -> int:
        """Return how many versions get the same answer, the unchanged among them."""
        return int((self.versions["answer"] == self.answer).sum())

    @property
    def share(self) -> float:
        """Return n_same / n."""
        return self.n_same / self.n

    @property
    def lowest(self) -> float:
        """Return the least probability of the answer over all versions."""
        return float(self.versions["probability"].min())

    @property
    def highest(self) -> float:
        """Return the largest probability of the answer over all versions."""
        return float(self.versions["probability"].max())

    @property
    def sentence(self) -> str:
        """Return all of it in words."""
        others = self.versions.loc[self.versions["answer"] != self.answer, "answer"].value_counts().index
        instead = f", of the others {' or '.join(map(in_words, others))}" if len(others) else ""
        name = in_words(self.answer)
        mirrored = ", mirrored" if self.versions["mirror"].any() else ""
        how_many = f"all {self.n}" if self.n_same == self.n else f"{self.n_same} of {self.n}"
        low, high = f"{self.lowest:.2f}", f"{self.highest:.2f}"
        runs = f"is {low} in each" if low == high else f"runs from {low} to {high}"
        return (
            f"It says {name} of {how_many} versions of this face (a fifth darker or brighter, cut a tenth narrower or "
            f"wider{mirrored}){instead}. The probability of {name} {runs}."
        )


def changed(
    predictor: Predictor,
    seen: np.ndarray,
    picture: np.ndarray,
    square: Square,
    *,
    brightness: float = 0.0,
    crop: float = 0.0,
    mirror: bool = False,
    rare: bool = False,
) -> Version:
    """Return what a predictor says of a changed face.

    Args:
        predictor: who is asked.
        seen: what it saw of the face as it is, grey uint8, shape (S, S).
        picture: the upright picture or the part of it around the face, uint8, grey (H, W) or RGB (H, W, 3).
        square: x, y, width and height, in pixels of `picture`, of what was cut out for the predictor.
        brightness: 0.2 is a fifth brighter, -0.2 a fifth darker; within BRIGHTNESS.
        crop: 0.1 cuts a tenth of the side away, half of it at either end; -0.1 cuts out as much more. Within CROP.
            What lies beyond the picture's edge repeats the edge.
        mirror: left and right change places.
        rare: whether rare classes are weighed up.

    Raises:
        BadInput: a change is out of its range, or the network's file is damaged.
    """
    _check("brightness", brightness, BRIGHTNESS)
    _check("crop", crop, CROP)
    cut = _cut(picture, square, crop, len(seen)) if crop else seen
    version = _version(cut, brightness, mirror)
    [shares] = probabilities(predictor, version[None], rare)
    named = sorted(zip(predictor.labels, shares.tolist(), strict=True), key=lambda pair: -pair[1])
    return Version(version, dict(named))


def stability(
    predictor: Predictor,
    seen: np.ndarray,
    picture: np.ndarray,
    square: Square,
    rare: bool = False,
) -> Stability:
    """Return what a predictor says of the versions of a face in CHANGES; the arguments are those of `changed`."""
    # Of one that looks twice a mirrored version is the same again, and would make the answer seem firmer than it is.
    changes = [change for change in CHANGES if not (predictor.mirrored and change[2])]
    cuts = {crop: _cut(picture, square, crop, len(seen)) if crop else seen for _, crop, _ in CHANGES}
    images = np.stack([_version(cuts[crop], brightness, mirror) for brightness, crop, mirror in changes])
    shares = probabilities(predictor, images, rare)
    said = shares.argmax(1)
    versions = pd.DataFrame(changes, columns=["brightness", "crop", "mirror"]).assign(
        answer=np.asarray(predictor.labels)[said], probability=shares[:, said[0]]
    )
    return Stability(predictor.labels[said[0]], versions.astype({"answer": "str"}))


def _check(name: str, value: float, limits: tuple[float, float]) -> None:
    low, high = limits
    if not low <= value <= high:
        raise BadInput(f"The {name} may change by {low:g} to {high:g}, not by {value:g}.")


def _version(seen: np.ndarray, brightness: float, mirror: bool) -> np.ndarray:
    """Return a face, uint8 (S, S), times 1 + brightness, cut off at white, and mirrored or not."""
    lit = (seen * (1 + brightness)).round().clip(0, 255).astype(np.uint8) if brightness else seen
    return np.ascontiguousarray(lit[:, ::-1]) if mirror else lit


def _cut(picture: np.ndarray, square: Square, crop: float, size: int) -> np.ndarray:
    """Return a narrower or wider cut around the middle of a square, squeezed to grey uint8 (size, size)."""
    x, y, width, height = square
    left, top = round(x + crop * width / 2), round(y + crop * height / 2)
    right, bottom = left + max(1, round((1 - crop) * width)), top + max(1, round((1 - crop) * height))
    grey = np.asarray(Image.fromarray(picture).convert("L"))
    margin = max(0, -left, -top, right - grey.shape[1], bottom - grey.shape[0])
    cut = np.pad(grey, margin, mode="edge")[top + margin : bottom + margin, left + margin : right + margin]
    return np.asarray(Image.fromarray(cut).resize((size, size), Image.Resampling.BILINEAR))
