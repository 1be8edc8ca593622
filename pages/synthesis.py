"""New images of rare classes, made by a small GAN: what is honest to say of them, and which may be trained on."""

import streamlit as st

from core.settings import Settings
from core.splits import SPLITS, check_split
from core.synthesis.config import GAN, configure_synthesis
from core.synthesis.store import list_syntheses
from pages.shared.cache import job_queue
from pages.shared.choices import choose, menu_in_link, parameters
from pages.shared.dataset import current_dataset
from pages.shared.guards import or_stop
from pages.shared.synthesis import approval, honesty, watch

st.title("Synthesis")
dataset = current_dataset()
settings = Settings()
queue = job_queue(str(settings.home))
st.markdown(
    "A small network learns to draw new images of rare classes, from the training part alone. Look at what it "
    "draws before you believe in it: approve the good ones, and the strategy *GAN images* trains on them."
)
counts = dataset.usable["label"].value_counts()
labels = st.multiselect(
    "Classes to make images of",
    counts.index.to_list(),
    counts.index[-3:].to_list(),
    format_func=lambda label: f"{label} ({counts[label]:,})",
    key="synthesis-labels",
    bind="query-params",
)
with st.expander("Settings", icon=":material/tune:", key="settings", bind="query-params"):
    left, right = st.columns(2)
    with left:
        split = choose(SPLITS, "Split", "synthesis-split")
        seed = st.number_input("Seed", 0, 9999, 0, key="synthesis-seed", bind="query-params")
    with right:
        values = parameters(GAN, "synthesis")
if not labels:
    st.info("Choose at least one class.")
    st.stop()

or_stop(check_split, split.name, dataset.usable)
config = or_stop(
    configure_synthesis, dataset.fingerprint, dataset.source, labels, split=split.name, seed=seed, values=values
)
made = {synthesis.id: synthesis for synthesis in list_syntheses(settings, dataset.fingerprint)}
job = queue.get(config.id)
if config.id not in made and not (job and job.state.active):
    record = {"kind": "synthesis", "resumable": "epochs", **config.to_json()}
    start = {"on_click": queue.submit, "args": (config.id, record)}
    st.button("Train the GAN", type="primary", icon=":material/play_arrow:", **start)
    st.caption(f"{values['epochs']} epochs of {values['steps']} steps; it can be paused, and goes on where it stopped.")
watch(dataset)

if made:
    st.header("What was made")
    titles = {name: f"{synthesis.config.title}, {name}" for name, synthesis in made.items()}
    chosen = made[menu_in_link("Synthesis", titles, "synthesis")]
    honesty(chosen)
    approval(chosen, dataset)
    st.page_link("pages/training.py", label="Train with the approved ones", icon=":material/model_training:")
