"""Many runs at once: every combination of what is chosen, compared on the same test images over several seeds."""

import streamlit as st

from core.jobs import JobState
from core.losses import LOSSES
from core.models import MODELS
from core.sampling import SAMPLERS
from core.settings import Settings
from core.splits import SPLITS, check_split
from core.sweeps import known_sweep, plan_sweep
from core.synthesis.use import name_approved
from pages.shared.cache import job_queue
from pages.shared.choices import FOLDS, choose, choose_several
from pages.shared.dataset import current_dataset
from pages.shared.estimates import foreseen
from pages.shared.guards import or_stop
from pages.shared.sweeps import comparison, sweep_status

st.title("Sweep")
dataset = current_dataset()
settings = Settings()
queue = job_queue(str(settings.home))
st.markdown("Choose several; every combination is trained once a seed, and all are judged on the same images.")

models = choose_several(MODELS, "Models", "sweep-models")
samplings = choose_several(SAMPLERS, "Sampling strategies", "sweep-samplings", ("over", "class_weights"))
losses = choose_several(LOSSES, "Losses", "sweep-losses")
n_seeds = st.slider(
    "Seeds", 1, 10, 3, key="sweep-seeds", bind="query-params", help="Runs of each combination: what differs is luck."
)
with st.expander("Split and epochs", icon=":material/tune:", key="settings", bind="query-params"):
    split = choose(SPLITS, "Split", "sweep-split")
    folds = st.selectbox(
        "Judged by", list(FOLDS), key="sweep-folds", format_func=FOLDS.get, bind="query-params", persist_state="session"
    )
    epochs = st.number_input(
        "Epochs", 1, 200, None, key="sweep-epochs", bind="query-params", placeholder="what suits each model"
    )

iterative = any(MODELS[name].iterative for name in models)
sweep = or_stop(
    plan_sweep,
    dataset.fingerprint,
    dataset.source,
    models=models,
    samplings=samplings,
    losses=losses,
    seeds=range(n_seeds),
    split=split.name,
    folds=folds,
    values={"training.epochs": epochs} if epochs and iterative else {},
)
or_stop(check_split, split.name, dataset.usable, folds)
sweep = or_stop(sweep.each, lambda config: name_approved(config, dataset, settings))
foreseen(sweep.configs, dataset, "sweep")
job = queue.get(sweep.id)
if job and (job.state.active or job.state == JobState.PAUSED):
    st.info("This sweep is in the list below.", icon=":material/hourglass_top:")
elif sweep.remaining(settings.runs_dir) or not job:
    label = "Start the sweep" if sweep.remaining(settings.runs_dir) else "Compare them"
    start = {"on_click": queue.submit, "args": (sweep.id, sweep.to_json())}
    st.button(label, type="primary", icon=":material/play_arrow:", **start)


@st.fragment(run_every=2)
def watch() -> None:
    """Show this dataset's sweeps, newest first; every session sees the same ones."""
    st.header("Sweeps")
    sweeps = [(job, known) for job in queue.jobs() if (known := known_sweep(job.config))]
    mine = [pair for pair in sweeps if pair[1].configs[0].fingerprint == dataset.fingerprint]
    states = {job.id: job.state for job, _ in mine}
    if st.session_state.setdefault("sweep-states", states) != states:  # the page above counts what is done
        st.session_state["sweep-states"] = states
        st.rerun(scope="app")
    if not mine:
        st.caption("None yet on this dataset. A sweep goes on without this page, and can be paused and continued.")
    for job, known in mine[:6]:
        with st.container(border=True):
            sweep_status(job, known)
            comparison(job, known)


watch()
