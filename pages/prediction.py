"""Upload a face and see what a trained run says of it."""

import streamlit as st

from core import figures
from core.prediction import predict_image
from core.settings import Settings
from core.thumbnails import upright_copy
from pages.shared.charts import chart
from pages.shared.dataset import current_dataset
from pages.shared.guards import or_stop
from pages.shared.runs import pick_run

st.title("Prediction")
dataset = current_dataset()
settings = Settings()
run = pick_run(dataset, "Run", "run", with_network=True)
st.markdown(
    f"Its macro-F1 on test images is **{run.metrics['macro_f1']:.3f}** (1 would be perfect), its accuracy "
    f"**{run.metrics['accuracy']:.3f}**. Expect it to be wrong as often or more: your picture is none of these."
)
uploads = st.file_uploader(
    "Pictures of one face each, cropped as the dataset's are: JPEG, PNG or WebP, up to 20 MB",
    type=["jpg", "jpeg", "png", "webp"],
    accept_multiple_files=True,
    key="uploads",
)
st.caption("The picture stays in this session's memory: it is not written to disk, and it is gone when you leave.")
if not uploads:
    st.stop()

for position, upload in enumerate(uploads):
    prediction = or_stop(predict_image, run, upload.getvalue(), upload.name, settings)
    with st.container(border=True):
        if prediction.problem:
            st.error(prediction.problem, icon=":material/broken_image:")
            continue
        face = prediction.faces[0]
        label, probability = next(iter(face.probabilities.items()))
        st.subheader(f"{label}, {probability:.0%}")
        picture, seen, bars = st.columns([1, 1, 3])
        copy = upright_copy(upload.getvalue(), upload.name, 300, settings)
        picture.image(copy, caption=upload.name, alt=f"The uploaded picture {upload.name}", width=150)
        seen.image(face.seen, caption="as the model sees it", alt="The picture in grey, at the model's size", width=150)
        with bars:
            figure = figures.probabilities(face.probabilities)
            chart(figure, f"probabilities-{position}", "Probability of each class")
st.caption("The whole picture is used: a face that is small in it is misread. Crop it first.")
