"""Pictures that a visitor gives: in this session's memory alone, never on disk and never in what sessions share."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import streamlit as st
from starlette.formparsers import MultiPartParser

from core.prediction import Prediction, predict_picture
from core.predictors import Predictor
from core.settings import Settings
from pages.shared.guards import or_stop

MOST, MOST_HOSTED = 50, 10
"""Pictures at once, here and on a server that many share; more are left out, and the page says so."""
_TYPES = ("jpg", "jpeg", "png", "webp", "bmp", "gif", "tif", "tiff")
_UPLOAD, _CAMERA = "Upload", "Camera"
_ANSWERED, _SHOWN, _WHOLE = "faces-answered", "faces-shown", "faces-whole"

# Streamlit takes uploads in through Starlette, whose parser moves a file of more than 1 MB into a temporary file. No
# setting of either changes that; this is the parser's own limit. Uploads above `maxUploadSize` are refused before.
MultiPartParser.spool_max_size = 2**40


@dataclass(frozen=True)
class Given:
    """A picture that a visitor gave."""

    id: str
    """Streamlit's name of this upload; another upload of the same file has another."""
    name: str
    content: bytes


def pictures_given(settings: Settings) -> list[Given]:
    """Draw what takes pictures, from files or from the camera, and return those that are there."""
    way = st.segmented_control(
        "Where from",
        [_UPLOAD, _CAMERA],
        default=_UPLOAD,
        required=True,
        key="from",
        bind="query-params",
        label_visibility="collapsed",
    )
    given = _from_camera() if way == _CAMERA else _from_files(MOST_HOSTED if settings.hosted else MOST)
    st.caption(
        ":material/lock: Your picture stays in this session's memory. It is not written to disk, not logged and shown "
        "to nobody else, and it is forgotten when you take it away, or soon after you close this page."
    )
    _forget_others(given)
    return given


def _from_files(most: int) -> list[Given]:
    files = st.file_uploader(
        f"Pictures with faces, up to {most} at once",  # how large each may be is written below it
        type=_TYPES,
        accept_multiple_files=True,
        key="uploads",
    )
    if len(files) > most:
        st.warning(f"These are {len(files):,} pictures; the first {most} are answered.", icon=":material/filter_list:")
    return [Given(file.file_id, file.name, file.getvalue()) for file in files[:most]]


def _from_camera() -> list[Given]:
    photo = st.camera_input("Look into the camera", key="camera", width=480)
    return [Given(photo.file_id, "your photo", photo.getvalue())] if photo else []


def answers_to(given: Sequence[Given], predictors: Sequence[Predictor], settings: Settings) -> list[Prediction]:
    """Return what was found in each of several pictures, without the pictures; each is looked at once a session."""
    kept = st.session_state[_ANSWERED]
    missing = [picture for picture in given if _key(picture, predictors) not in kept]
    bar = st.progress(0.0, "Looking at the pictures") if len(missing) > 1 else None
    for done, picture in enumerate(missing, 1):
        found = _predict(picture, predictors, settings)
        kept[_key(picture, predictors)] = _light(found)
        if bar:
            bar.progress(done / len(missing), f"Looking at the pictures: {done:,} of {len(missing):,}")
    if bar:
        bar.empty()
    return [kept[_key(picture, predictors)] for picture in given]


def answer_to(picture: Given, predictors: Sequence[Predictor], settings: Settings) -> Prediction:
    """Return what was found in the picture that is looked at, and the picture; one is kept, for one is looked at."""
    key = _key(picture, predictors)
    if st.session_state.get(_SHOWN, (None, None))[0] != key:
        st.session_state[_SHOWN] = (key, _predict(picture, predictors, settings))
    return st.session_state[_SHOWN][1]


def whole_or_faces(picture: Given, prediction: Prediction) -> None:
    """Draw a button that uses the whole of a picture, or looks for faces where the whole is used."""
    if prediction.upright is None:
        return
    is_whole = any(face.score is None for face in prediction.faces)
    st.button(
        "Look for faces" if is_whole else "Use the whole picture",
        key="use-faces" if is_whole else "use-whole",
        type="primary" if prediction.faceless else "tertiary",
        icon=":material/frame_person:" if is_whole else ":material/crop_free:",
        on_click=_use_whole,
        args=(picture.id, not is_whole),
    )


def _use_whole(picture: str, whole: bool) -> None:
    """Settle how one picture is used; for callbacks."""
    st.session_state[_WHOLE][picture] = whole


def _light(prediction: Prediction) -> Prediction:
    """Return what was found without pictures of any kind: fifty of them would fill the session's memory."""
    nothing = np.empty((0, 0), np.uint8)
    faces = tuple(
        replace(face, seen={}, around=nothing, answers=tuple(replace(answer, seen=nothing) for answer in face.answers))
        for face in prediction.faces
    )
    return replace(prediction, upright=None, faces=faces)


def _predict(picture: Given, predictors: Sequence[Predictor], settings: Settings) -> Prediction:
    whole = st.session_state[_WHOLE].get(picture.id)
    return or_stop(predict_picture, predictors, picture.content, picture.name, settings, whole=whole)


def _key(picture: Given, predictors: Sequence[Predictor]) -> tuple:
    whole = st.session_state[_WHOLE].get(picture.id)
    return picture.id, tuple(one.name for one in predictors), whole


def _forget_others(given: Sequence[Given]) -> None:
    """Drop what was found in pictures that were taken away."""
    state, ids = st.session_state, {picture.id for picture in given}
    state[_ANSWERED] = {key: one for key, one in state.get(_ANSWERED, {}).items() if key[0] in ids}
    state[_WHOLE] = {name: whole for name, whole in state.get(_WHOLE, {}).items() if name in ids}
    if _SHOWN in state and state[_SHOWN][0][0] not in ids:
        del state[_SHOWN]
