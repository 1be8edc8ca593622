"""A card a face: the answer in words and what it is worth, everybody's probabilities, and what speaks against it."""

import math
from collections.abc import Sequence

import streamlit as st

from core.catalog import Dataset
from core.figures import probabilities
from core.prediction import Answer, Face, Prediction, agreement, caveat
from core.predictors import Predictor
from core.reliability import reliability
from pages.shared.asked import Manner
from pages.shared.charts import chart
from pages.shared.closer import closer_look
from pages.shared.face_pictures import head, whose
from pages.shared.guards import or_stop
from pages.shared.text import plain

_BESIDE = 3
"""Charts beside each other."""


def card(dataset: Dataset, prediction: Prediction, n: int, manner: Manner, wide: bool) -> None:
    """Show what was said of the `n`-th face of a picture; a `wide` card has words and bars beside each other."""
    face, predictors = prediction.faces[n], prediction.predictors
    framed = n if face.score is not None else None
    with st.container(border=True, key=f"face-{n}"):
        beside = wide and len(predictors) == 1
        words, bars = st.columns([4, 5], gap="medium") if beside else (st.container(), st.container())
        with words:
            _answer(face, predictors[0], manner, framed)
            if len(predictors) > 1:
                _together(face, predictors, manner)
            elif worth := _worth(face.answers[0], predictors[0], manner):
                st.markdown(worth)
            _warning(face, predictors)
        with bars:
            _bars(face, predictors, manner, n)
        closer_look(dataset, prediction, n, manner)


def _answer(face: Face, predictor: Predictor, manner: Manner, framed: int | None) -> None:
    """Show what the first predictor says, and how surely."""
    answer = face.answers[0]
    label, share = next(iter(answer.shares(manner.rare).items()))
    said = answer.said(manner.rare, manner.below)
    sure = "more than 99% sure" if share > 0.995 else f"{share:.0%} sure"
    if said is None:
        cut = math.floor(1000 * share) / 1000  # so that 89.97% is not said to be less than 90% as "90%"
        sure = f"{cut:.1%} sure of {label}: less than the {manner.below:.0%} asked for"
    who = f"{predictor.title}, " if len(face.answers) > 1 else ""
    head(answer.seen, said or "No answer", f"{who}{sure}", framed)


def _worth(answer: Answer, predictor: Predictor, manner: Manner) -> str:
    """Return how often a predictor is right when it says what it says here; nothing where it says nothing."""
    said = answer.said(manner.rare, manner.below)
    return plain(or_stop(reliability, predictor, manner.rare, manner.below)[said].sentence) if said else ""


def _together(face: Face, predictors: Sequence[Predictor], manner: Manner) -> None:
    """Say how far those who were asked agree, and who says something else."""
    found = agreement(face, manner.rare, manner.below)
    titles = {one.name: one.title for one in predictors}
    told = [_says(label, [titles[name] for name in names]) for label, names in found.by_label.items()]
    silent = [_says("nothing", [titles[name] for name in found.silent])] if found.silent else []
    if found.label is None:
        words = "none of them is sure enough to say anything"
    elif found.n_same == found.n:
        words = f"all {found.n} say {found.label}"
    elif found.n_same == 1:
        words = f"they do not agree: {'; '.join(told + silent)}"
    else:
        most = f"{found.n_same} of {found.n} say {found.label}"
        words = "; ".join([most, *told[1:], *silent])  # what most say comes first
    icon = ":material/handshake:" if found.n_same == found.n else ":material/call_split:"
    st.markdown(f"{icon} {plain(words[0].upper() + words[1:])}.")


def _says(label: str, titles: Sequence[str]) -> str:
    return f"{' and '.join(titles)} say{'s' * (len(titles) == 1)} {label}"


def _warning(face: Face, predictors: Sequence[Predictor]) -> None:
    """Say, with its score, what makes the face hard to judge, and where nobody knows whether it is one."""
    if words := caveat(face, predictors):
        st.warning(words, icon=":material/face_retouching_off:")
    if face.quality and (verdict := face.quality.verdict()):
        st.warning(plain(verdict), icon=":material/visibility_off:")


def _bars(face: Face, predictors: Sequence[Predictor], manner: Manner, n: int) -> None:
    """Show the probabilities of all who were asked beside each other, in the order of the first one's."""
    classes = list(dict.fromkeys(label for one in predictors for label in one.labels))
    order = [*face.answers[0].shares(manner.rare)]
    order += [label for label in classes if label not in order]
    for start in range(0, len(predictors), _BESIDE):
        shown = range(start, min(start + _BESIDE, len(predictors)))
        places = st.columns(len(shown)) if len(predictors) > 1 else [st.container()]
        for place, position in zip(places, shown, strict=True):
            with place:
                answer, predictor = face.answers[position], predictors[position]
                if len(predictors) > 1:
                    whose(answer.said(manner.rare, manner.below) or "nothing", predictor.title, len(shown))
                figure = probabilities(answer.shares(manner.rare), order, classes, manner.below)
                chart(figure, f"bars-{n}-{position}", f"Probability of each class, {predictor.title}")
                if len(predictors) > 1 and (worth := _worth(answer, predictor, manner)):
                    st.caption(worth)
