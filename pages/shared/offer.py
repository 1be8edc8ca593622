"""A run that a link names and that is not here: what it is, and a button that trains it."""

import streamlit as st

from core.catalog import Dataset
from core.errors import BadInput
from core.flags import check_every_fold
from core.runs import RunConfig, from_recipe
from core.sampling import SAMPLERS
from core.settings import Settings
from core.synthesis.use import name_approved
from pages.shared.cache import cached_folds, job_queue
from pages.shared.choices import training_link
from pages.shared.estimates import foreseen
from pages.shared.guards import or_say
from pages.shared.job_cards import job_card
from pages.shared.links import remembered
from pages.shared.text import plain


def config_in_link(dataset: Dataset, key: str) -> RunConfig:
    """Return what the recipe of the link's run sets up on this dataset; one that cannot be read raises BadInput."""
    text = remembered(f"{key}-recipe")
    if not text:
        raise BadInput("The link does not say how it was trained; choose another run, or train one.")
    return name_approved(from_recipe(text, dataset), dataset, Settings())


def offer(dataset: Dataset, run_id: str, key: str) -> None:
    """Say that the link's run is not here, what it is, and how long training it takes; show its training."""
    try:
        config = config_in_link(dataset, key)
    except BadInput as problem:
        st.warning(
            f"The run {plain(run_id[:40])} of this link is not here. {plain(problem)}", icon=":material/link_off:"
        )
        return
    what = f"**{config.title}**; {config.plan}.{_difference(config, run_id)}"
    st.warning(f"The run {plain(run_id[:40])} of this link is not here: {what}", icon=":material/link_off:")
    queue = job_queue(str(Settings().home))
    job = queue.get(config.id)
    if not (job and job.state.active) and _possible(config, dataset):
        foreseen([config], dataset, f"{key}-offer")
        with st.container(horizontal=True, vertical_alignment="center"):
            start = {"on_click": queue.submit, "args": (config.id, config.to_json())}
            st.button("Train it", type="primary", key=f"{key}-train", icon=":material/play_arrow:", **start)
            link = training_link(config) | {"dataset": dataset.source}
            st.page_link("pages/training.py", label="Change it first", icon=":material/tune:", query_params=link)
    _watch(config, dataset, _standing(config))


def lost_run(run_id: str, key: str) -> None:
    """Say that a link's run, which a page can do without, is not here, and lead to where it can be trained."""
    st.warning(f"The run {plain(run_id[:40])} of this link is not here.", icon=":material/link_off:")
    link = {"dataset": st.query_params.get("dataset", ""), "run": run_id}
    link |= {"run-recipe": text} if (text := remembered(f"{key}-recipe")) else {}
    st.page_link("pages/results.py", label="Train it", icon=":material/model_training:", query_params=link)


def _difference(config: RunConfig, run_id: str) -> str:
    """Return what is to be expected of a run whose name is another one here."""
    if config.id == run_id:
        return ""
    return " It was trained on another copy of the dataset, so the same will come out only nearly."


def _possible(config: RunConfig, dataset: Dataset) -> bool:
    folds = cached_folds(dataset.key, config.split, config.folds, dataset)
    labels = dataset.usable["label"]
    return or_say(check_every_fold, SAMPLERS[config.sampling], config.owned("sampling"), labels, folds)


def _standing(config: RunConfig) -> tuple[str | None, bool]:
    """Return where the job stands and whether the run is there."""
    job = job_queue(str(Settings().home)).get(config.id)
    return job.state if job else None, (Settings().runs_dir / config.id).is_dir()


@st.fragment(run_every=1)
def _watch(config: RunConfig, dataset: Dataset, standing: tuple[str | None, bool]) -> None:
    """Show how the training stands; when it changes, the page is drawn anew, in the end with the run."""
    if _standing(config) != standing:
        st.rerun(scope="app")
    if job := job_queue(str(Settings().home)).get(config.id):
        job_card(job, dataset)
