"""What predictors say of the faces in a picture."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from core.cutting import Cut, Picture
from core.errors import BadInput
from core.faces import FaceQuality
from core.predictors import Predictor, decided, logits
from core.reliability import reliability
from core.settings import Settings

MOST = 20
"""How many faces of a picture are answered."""


@dataclass(frozen=True)
class Answer:
    """What one predictor says of one face."""

    predictor: str
    """Its name."""
    probabilities: dict[str, float]
    """Label -> probability, the most probable first; they sum to 1."""
    adjusted: dict[str, float]
    """The same after rare classes were weighed up by the predictor's tau."""
    seen: np.ndarray
    """What the network saw: grey uint8, shape (S, S)."""

    def shares(self, rare: bool) -> dict[str, float]:
        """Return `adjusted` where rare classes are to be weighed up, else `probabilities`."""
        return self.adjusted if rare else self.probabilities

    def said(self, rare: bool = False, below: float = 0.0) -> str | None:
        """Return the most probable label, or None where its probability is below `below`: it says nothing then."""
        label, share = next(iter(self.shares(rare).items()))
        return label if share >= below else None


@dataclass(frozen=True)
class Face(Cut):
    """One face and what was said of it."""

    answers: tuple[Answer, ...]
    """One a predictor, in their order."""

    @property
    def probabilities(self) -> dict[str, float]:
        """Return those of the first answer."""
        return self.answers[0].probabilities


@dataclass(frozen=True)
class Agreement:
    """How many of several predictors say the same of a face."""

    label: str | None
    """What most of them say; of equals, what the first of these predictors says. None where all are silent."""
    n_same: int
    """How many say it."""
    n: int
    """How many were asked, silent ones included."""
    by_label: dict[str, tuple[str, ...]]
    """Label -> the names of the predictors that say it, what most say first."""
    silent: tuple[str, ...]
    """The names of those that say nothing, being too unsure."""

    @property
    def sentence(self) -> str:
        """Return it in words."""
        if self.label is None:
            return f"None of {self.n} is sure enough to say anything."
        return f"{self.n_same} of {self.n} say {self.label}."


@dataclass(frozen=True)
class Prediction:
    """What was found in one picture; `problem` is a sentence where nothing can be said."""

    image: str
    predictors: tuple[Predictor, ...] = ()
    faces: tuple[Face, ...] = ()
    problem: str | None = None
    n_left_out: int = 0
    """Faces that were found beyond the most that are answered."""
    upright: np.ndarray | None = None
    """The picture for showing: RGB uint8, at most SHOWN pixels on its longer side. None where it cannot be read."""
    scale: float = 1.0
    """Pixels of `upright` a pixel of the picture."""

    @property
    def faceless(self) -> bool:
        """Return whether it could be read but shows no face: the whole picture may be used instead."""
        return self.upright is not None and not self.faces

    def to_json(self, rare: bool = False, below: float = 0.0) -> dict[str, object]:
        """Return plain data for JSON.

        Args:
            rare: whether rare classes are weighed up for `answer`; `probabilities` are the same either way.
            below: the probability below which `answer` is None.
        """
        faces = [_face_to_json(face, self.predictors, rare, below) for face in self.faces]
        return {"image": self.image, "faces": faces, "problem": self.problem, "left_out": self.n_left_out}


def _face_to_json(face: Face, predictors: Sequence[Predictor], rare: bool, below: float) -> dict[str, object]:
    asked = zip(predictors, face.answers, strict=True)
    answers = [_answer_to_json(answer, predictor, rare, below) for predictor, answer in asked]
    same = agreement(face, rare, below)
    return {
        "box": list(face.box),
        "square": list(face.square),
        "score": face.score,
        "caveat": caveat(face, predictors),
        "quality": face.quality and _quality_to_json(face.quality),
        **{key: answers[0][key] for key in ("answer", "probabilities", "adjusted", "reliability")},
        "answers": answers,
        "agreement": {"answer": same.label, "n_same": same.n_same, "n": same.n},
    }


def _quality_to_json(quality: FaceQuality) -> dict[str, object]:
    return {"scores": asdict(quality), "problems": list(quality.issues()), "verdict": quality.verdict()}


def _answer_to_json(answer: Answer, predictor: Predictor, rare: bool, below: float) -> dict[str, object]:
    said = answer.said(rare, below)
    return {
        "predictor": answer.predictor,
        "title": predictor.title,
        "answer": said,
        "probabilities": answer.probabilities,
        "adjusted": answer.adjusted,
        "reliability": said and reliability(predictor, rare, below)[said].sentence,
    }


def predict_picture(
    predictors: Sequence[Predictor],
    source: Path | bytes,
    name: str,
    settings: Settings,
    *,
    whole: bool | None = None,
    most: int = MOST,
) -> Prediction:
    """Return what each predictor says of each face in a picture; one that cannot be read gives a `problem`.

    Args:
        predictors: at least one.
        source: a file, or its bytes.
        name: what the picture is called in sentences.
        settings: how large a picture may be.
        whole: True takes the whole picture for a face, False looks for faces, and None looks for them where the first
            predictor learnt from faces.
        most: how many faces are answered; the others are counted.

    Raises:
        BadInput: nobody is asked, or a network is damaged.
    """
    if not predictors:
        raise BadInput("Nobody is asked about the picture; choose a network.")
    look = predictors[0].on_faces if whole is None else not whole
    sizes = {predictor.size for predictor in predictors}
    try:
        picture = Picture(source, name, settings)
        if look:
            cuts, n_left_out = picture.cut_faces(sizes, most)
        else:
            cuts, n_left_out = [picture.cut_whole(sizes, of_a_face=predictors[0].on_faces)], 0
    except BadInput as problem:
        return Prediction(name, tuple(predictors), problem=str(problem))
    return Prediction(
        name,
        tuple(predictors),
        _answered(predictors, cuts),
        None if cuts else _none_found(picture, name),
        n_left_out,
        picture.shown,
        picture.scale,
    )


def _none_found(picture: Picture, name: str) -> str:
    if picture.shows_faces_once_turned():
        return f"No face stands upright in {name}, but turned it shows one; turn the picture and try again."
    return f"No face was found in {name}; show one larger and from the front, or use the whole picture."


def _answered(predictors: Sequence[Predictor], cuts: Sequence[Cut]) -> tuple[Face, ...]:
    """Return the faces with what each predictor says of them; each is asked once for all of them."""
    by_predictor = [_answers(predictor, cuts) for predictor in predictors]
    return tuple(
        Face(**vars(cut), answers=tuple(answers[number] for answers in by_predictor)) for number, cut in enumerate(cuts)
    )


def _answers(predictor: Predictor, cuts: Sequence[Cut]) -> list[Answer]:
    """Return what a predictor says of each cut."""
    if not cuts:
        return []
    seen = np.stack([cut.seen[predictor.size] for cut in cuts])
    raw = logits(predictor, seen)
    plain, rare = decided(predictor, raw), decided(predictor, raw, rare=True)
    return [
        Answer(predictor.name, _ranked(predictor.labels, one), _ranked(predictor.labels, other), image)
        for one, other, image in zip(plain, rare, seen, strict=True)
    ]


def _ranked(labels: Sequence[str], shares: np.ndarray) -> dict[str, float]:
    """Return label -> share, the largest first; of equals, the first label."""
    return {labels[code]: float(shares[code]) for code in np.argsort(-shares, kind="stable")}


def caveat(face: Face, predictors: Sequence[Predictor]) -> str | None:
    """Return a sentence where those who learnt from faces were asked of what nobody knows to be one; None elsewhere."""
    if face.score is None and any(one.on_faces for one in predictors):
        return "The whole picture is taken for a face. If it does not show one, the answer means nothing."
    return None


def agreement(face: Face, rare: bool = False, below: float = 0.0) -> Agreement:
    """Return how many of the predictors say the same of a face; labels are the same where their names are.

    Args:
        face: what was answered.
        rare: whether rare classes are weighed up.
        below: the probability below which a predictor says nothing.
    """
    said = {answer.predictor: answer.said(rare, below) for answer in face.answers}
    names: dict[str, list[str]] = {}
    for name, label in said.items():
        if label is not None:
            names.setdefault(label, []).append(name)
    ordered = sorted(names.items(), key=lambda pair: -len(pair[1]))  # of equals, what was said first
    by_label = {label: tuple(who) for label, who in ordered}
    most = next(iter(by_label), None)
    silent = tuple(name for name, label in said.items() if label is None)
    return Agreement(most, len(by_label.get(most, ())), len(said), by_label, silent)
