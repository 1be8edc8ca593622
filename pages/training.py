"""Choose model, rebalancing and split; start, watch and cancel."""

import streamlit as st

from core.errors import BadInput
from core.flags import check_every_fold, flags
from core.losses import LOSSES
from core.models import MODELS
from core.runs import applicable, configure, existing_run
from core.sampling import SAMPLERS
from core.settings import Settings
from core.splits import SPLITS, check_split
from core.synthesis.use import name_approved
from pages.shared.cache import cached_folds, job_queue
from pages.shared.choices import FOLDS, choose, parameters, training_key
from pages.shared.dataset import current_dataset
from pages.shared.estimates import foreseen
from pages.shared.guards import or_say, or_stop
from pages.shared.job_cards import job_card
from pages.shared.layers import layers
from pages.shared.strategies import draw, show_flags

st.title("Training")
dataset = current_dataset()
settings = Settings()
queue = job_queue(str(settings.home))

left, middle, right = st.columns(3)
with left:
    model = choose(MODELS, "Model", "model")
with middle:
    sampling = choose(SAMPLERS, "Sampling: which images it sees", "sampling")
with right:
    if model.iterative:
        loss = choose(LOSSES, "Loss: how much each mistake counts", "loss")
    else:
        loss = LOSSES["cross_entropy"]
        st.caption("This model learns without a loss: nothing to choose here.")
with st.expander("Split, epochs and other settings", icon=":material/tune:", key="settings", bind="query-params"):
    split_column, values_column = st.columns(2)
    with split_column:
        split = choose(SPLITS, "Split", "split")
        folds = st.selectbox(
            "Judged by", list(FOLDS), key="folds", format_func=FOLDS.get, bind="query-params", persist_state="session"
        )
        seed = st.number_input(
            "Seed",
            0,
            9999,
            0,
            key="seed",
            bind="query-params",
            help="Weights, draws and order; the split stays the same.",
        )
    values = {}
    with values_column:
        for owner, choice in applicable(model, sampling, loss).items():
            own = parameters(choice, training_key(owner, model.name))
            values |= {f"{owner}.{name}": value for name, value in own.items()}

config = or_stop(
    configure,
    dataset.fingerprint,
    dataset.source,
    model=model.name,
    sampling=sampling.name,
    loss=loss.name,
    split=split.name,
    folds=folds,
    values=values,
    seed=seed,
)
config = or_stop(name_approved, config, dataset, settings)
or_stop(check_split, split.name, dataset.usable, folds)
layers(config, len(dataset.labels))

labels = dataset.usable["label"]
divided = or_stop(cached_folds, dataset.key, split.name, folds, dataset)
possible = or_say(check_every_fold, sampling, config.owned("sampling"), labels, divided)
fold = divided[0]
part = labels.iloc[fold.train]
drawn = None if sampling.needs else draw(dataset, sampling, part, config.owned("sampling"), seed, (split.name, folds))
found = flags(
    model,
    config.owned("model"),
    sampling,
    config.owned("sampling"),
    part,
    labels if folds else labels.iloc[fold.test],
    labels=dataset.labels,
    n_folds=folds,
    resampling=None if isinstance(drawn, BadInput) else drawn,
)
show_flags([flag for flag in found if possible or flag.kind != "too_few_to_blend"])

run = or_stop(existing_run, config, settings.runs_dir)
job = queue.get(config.id)
if run:
    st.success(
        "This exact configuration is trained already; it is never trained twice.", icon=":material/check_circle:"
    )
    st.page_link("pages/results.py", label="See its results", icon=":material/grid_on:", query_params={"run": run.id})
elif job and job.state.active:
    st.info("This configuration is in the queue already: see below.", icon=":material/hourglass_top:")
elif possible:
    foreseen([config], dataset, "train")
    st.button(
        "Start training",
        type="primary",
        icon=":material/play_arrow:",
        on_click=queue.submit,
        args=(config.id, config.to_json()),
    )
    st.caption(f"Will train: {config.title}; {config.plan}.")


@st.fragment(run_every=1)
def watch() -> None:
    """Show the jobs, newest first, once a second; every session sees the same ones."""
    jobs = queue.jobs()
    states = {job.id: job.state for job in jobs}
    if st.session_state.setdefault("job-states", states) != states:  # the page above offers what fits the states
        st.session_state["job-states"] = states
        st.rerun(scope="app")
    st.header("Jobs")
    if not jobs:
        st.caption("None yet. Training runs in a process of its own: leave this page or reload it, it goes on.")
    for job in jobs[:8]:
        job_card(job, dataset)


watch()
