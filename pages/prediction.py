"""Try a face: upload or photograph one, and see what networks say of it, how often they are right, and why."""

import streamlit as st

from core.settings import Settings
from pages.shared.asked import ask_whom, in_what_manner
from pages.shared.batch import table_of
from pages.shared.dataset import current_dataset
from pages.shared.face_cards import card
from pages.shared.face_pictures import picture_with_faces
from pages.shared.text import plain
from pages.shared.uploads import answer_to, answers_to, pictures_given, whole_or_faces

st.title("Try a face")
dataset = current_dataset()
settings = Settings()
st.markdown(
    "Show a face, and networks say which expression they see, how often they are right when they say so, and why. They "
    "read how a face looks, not what somebody feels."
)
predictors = ask_whom(dataset, settings)
manner = in_what_manner(predictors[0])
given = pictures_given(settings)
if not given:
    st.stop()

row = 0
if len(given) > 1:
    row = table_of(answers_to(given, predictors, settings), manner)
prediction = answer_to(given[row], predictors, settings)
one_card = prediction.upright is not None and len(prediction.faces) <= 1 and len(predictors) == 1
picture, answers = st.columns([2, 3], gap="medium") if one_card else (st.container(), st.container())
with picture:
    picture_with_faces(prediction)
    whole_or_faces(given[row], prediction)
with answers:
    if prediction.faceless:
        st.warning(plain(prediction.problem), icon=":material/search_off:")
    elif prediction.problem:
        st.error(plain(prediction.problem), icon=":material/broken_image:")
    if prediction.n_left_out:
        st.caption(f"{prediction.n_left_out:,} more faces were found; these are the largest {len(prediction.faces)}.")
    for n in range(len(prediction.faces)):
        card(dataset, prediction, n, manner, wide=not one_card)
