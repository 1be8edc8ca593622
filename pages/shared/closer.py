"""A closer look at one answer, folded until somebody asks: where it comes from, who looks alike, and how firm it is."""

from collections import Counter
from html import escape
from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from core.catalog import Dataset
from core.explanation import legend, maps_of, paint
from core.figures import class_colours, probabilities
from core.neighbourhood import KnownFaces, known_faces, nearest, votes
from core.prediction import Face, Prediction
from core.predictors import Predictor
from core.settings import Settings
from core.stability import BRIGHTNESS, CROP, changed, stability
from pages.shared.asked import Manner
from pages.shared.charts import chart
from pages.shared.face_pictures import painted
from pages.shared.gallery import contact_sheet
from pages.shared.guards import or_stop
from pages.shared.progress import kept_with_progress
from pages.shared.text import plain

_WHERE, _ALIKE, _IF = "Where it looked", "Faces it learnt from", "What if"
_NEAREST = 12
_LINKED = {"bind": "query-params"}


@st.fragment
def closer_look(dataset: Dataset, prediction: Prediction, n: int, manner: Manner) -> None:
    """Draw what can be asked about the answer to the `n`-th face; what nobody asks is not computed."""
    asked = st.pills(
        "A closer look",
        [_WHERE, _ALIKE, _IF],
        key=f"closer-{n + 1}",
        label_visibility="collapsed",
        **_LINKED,
    )
    if not asked:
        return
    face, predictor = prediction.faces[n], prediction.predictors[0]
    if len(prediction.predictors) > 1:
        st.caption(f"Asked of the first alone: {plain(predictor.title)}.")
    if asked == _WHERE:
        _where(face, predictor, manner)
    elif asked == _ALIKE:
        _alike(dataset, face, predictor)
    else:
        _what_if(face, predictor, manner, n)


def _where(face: Face, predictor: Predictor, manner: Manner) -> None:
    """Show the places that speak for a class and against it, found in each way there is; the answer's own class."""
    answer = face.answers[0]
    label = next(iter(answer.shares(manner.rare)))
    found = or_stop(maps_of, predictor, answer.seen, label)
    for place, one in zip(st.columns(2, gap="medium"), found, strict=False):  # some networks have but one map
        with place:
            alt = f"The face with what speaks for {label} in orange and against it in blue, by {one.method}"
            painted(paint(one, answer.seen), alt)
            st.caption(f"**{one.method.capitalize()}.** {plain(legend(one))}")
    st.caption(
        "It says where the network looks, not that it is right to: a network may answer by the background or the light."
    )


def _alike(dataset: Dataset, face: Face, predictor: Predictor) -> None:
    """Show the faces it learnt from that are most like this one to it, and their labels as votes."""
    known = _known(dataset, predictor)
    if known is None:
        return
    found = or_stop(nearest, predictor, face.answers[0].seen, known, _NEAREST)
    st.markdown(f"The {len(found)} faces it learnt from that are most like this one to it were labelled:")
    _votes(votes(found), predictor)
    labels = dataset.catalog.set_index("image")["label"]
    if (labels.reindex(found["image"]).to_numpy() == found["label"].to_numpy()).all():  # these very pictures are here
        links = ["image?" + urlencode({"dataset": dataset.source, "image": image}) for image in found["image"]]
        contact_sheet(dataset, found["image"].to_list(), found["label"].to_list(), links=links)
    else:
        people = Counter(found["person"].dropna().str.replace("_", " "))
        shown = ", ".join(name if times == 1 else f"{name} ({times})" for name, times in people.most_common())
        who = f"They show {plain(shown)}. " if shown else ""
        st.caption(f"{who}Their pictures are not part of the program; open the dataset it learnt from to see them.")


def _known(dataset: Dataset, predictor: Predictor) -> KnownFaces | None:
    """Return the faces that a predictor learnt from: nobody's upload, so all sessions share them."""

    def read(report) -> KnownFaces:
        return known_faces(
            predictor, Settings(), dataset, lambda done, total: report("Reading the faces it learnt from", done, total)
        )

    return kept_with_progress(("known", dataset.key, predictor.name), read)


def _votes(found: pd.DataFrame, predictor: Predictor) -> None:
    """Show how many of the nearest had each label, in the classes' colours."""
    colours = class_colours(predictor.labels)
    chip = "display:inline-block;border-left:5px solid {};padding:1px 10px 1px 8px;margin:0 10px 6px 0;line-height:1.3"
    chips = "".join(
        f'<span style="{chip.format(colours.get(label, "#8C8C8C"))}"><b>{n}</b> {escape(label)}</span>'
        for label, n in found[["label", "votes"]].itertuples(index=False)
    )
    st.html(f"<div>{chips}</div>")


def _what_if(face: Face, predictor: Predictor, manner: Manner, n: int) -> None:
    """Show what would be said of the face if it were lit, cut out or turned otherwise, and how firm the answer is."""
    seen = face.answers[0].seen
    firm = or_stop(stability, predictor, seen, face.around, face.inner, rare=manner.rare)
    st.markdown(plain(firm.sentence))
    sliders, picture = st.columns(2, gap="medium")
    with sliders:
        brightness = _slider("Brightness", BRIGHTNESS, f"brightness-{n + 1}", "Darker or brighter, in percent")
        crop = _slider("Crop", CROP, f"crop-{n + 1}", "Cut out narrower (right) or wider (left)")
        mirror = st.toggle("Mirror", key=f"mirror-{n + 1}", **_LINKED)
    version = or_stop(
        changed,
        predictor,
        seen,
        face.around,
        face.inner,
        brightness=brightness,
        crop=crop,
        mirror=mirror,
        rare=manner.rare,
    )
    with picture:
        painted(version.seen, "The changed face as the network would see it")
        same = version.answer == firm.answer
        st.markdown(f"It says **{plain(version.answer)}**" + (", as before." if same else "."))
    figure = probabilities(version.probabilities, [*face.answers[0].shares(manner.rare)])
    chart(figure, f"changed-{n}", "Probability of each class, of the changed face")


def _slider(label: str, limits: tuple[float, float], key: str, words: str) -> float:
    low, high = (round(100 * limit) for limit in limits)
    return st.slider(label, low, high, 0, 5, format="%+d%%", key=key, help=words, **_LINKED) / 100
