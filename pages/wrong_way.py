"""The mistake, made on purpose: what resampling before the split pretends."""

import streamlit as st

from core.jobs import JobState
from core.models import MODELS
from core.sampling import SAMPLERS
from core.settings import Settings
from core.splits import check_split
from core.sweeps import problems_of
from core.wrong_way import inflation, plan_both_orders, resampling_strategies
from pages.shared.cache import job_queue
from pages.shared.charts import table
from pages.shared.choices import choose
from pages.shared.dataset import current_dataset
from pages.shared.estimates import foreseen
from pages.shared.guards import or_stop
from pages.shared.sweeps import sweep_status
from pages.shared.text import plain

st.title("The wrong way, on purpose")
dataset = current_dataset()
settings = Settings()
queue = job_queue(str(settings.home))
st.markdown(
    "Many tutorials repeat the rare images first and divide into training and test afterwards. Copies of one image "
    "then lie on both sides, and the test asks for what was learnt by heart. Here the same model is trained both "
    "ways, on a random split, and the difference is what the mistake pretends."
)
left, right = st.columns(2)
with left:
    model = choose(MODELS, "Model", "wrong-model", default="knn")
with right:
    sampling = choose(SAMPLERS, "Sampling", "wrong-sampling", default="over", among=resampling_strategies())
with st.expander("Seeds and epochs", icon=":material/tune:", key="settings", bind="query-params"):
    n_seeds = st.slider("Seeds", 1, 10, 3, key="wrong-seeds", bind="query-params")
    epochs = st.number_input(
        "Epochs", 1, 200, None, key="wrong-epochs", bind="query-params", placeholder="what suits the model"
    )

both = or_stop(
    plan_both_orders,
    dataset.fingerprint,
    dataset.source,
    model=model.name,
    sampling=sampling.name,
    seeds=range(n_seeds),
    values={"training.epochs": epochs} if epochs and model.iterative else {},
)
or_stop(check_split, "random", dataset.usable)


@st.fragment(run_every=2)
def watch() -> None:
    """Show the two orders once a pair of runs is there, and where the training stands."""
    job = queue.get(both.id)
    if job and (job.state.active or job.state in (JobState.PAUSED, JobState.FAILED)):
        with st.container(border=True):
            sweep_status(job, both)
    elif both.remaining(settings.runs_dir):
        problems = problems_of(job.progress.history) if job and job.progress else {}
        for problem in dict.fromkeys(problems.values()):
            st.error(plain(problem), icon=":material/block:")
        foreseen(both.configs, dataset, "wrong")
        start = {"on_click": queue.submit, "args": (both.id, both.to_json())}
        st.button("Train both ways", type="primary", icon=":material/play_arrow:", **start)
    found = inflation(both, settings.runs_dir)
    if not found:
        return
    wrong, honest, difference = st.columns(3)
    wrong.metric("Resampled, then split: macro-F1", f"{found.wrong.mean():.3f}")
    honest.metric("Split, then resampled: macro-F1", f"{found.right.mean():.3f}")
    spread = None if found.std is None else f"± {found.std:.3f} over seeds"
    quiet = {"delta_color": "off", "delta_arrow": "off"}
    difference.metric("What the mistake pretends", f"{found.mean:+.3f}", spread, **quiet)
    st.caption(
        f"Means over {len(found.seeds)} seed{'s' if len(found.seeds) > 1 else ''}, ± the standard deviation. "
        f"{found.copies_tested:.0%} of the images in the wrong test were learnt from too; in the right one, none."
    )
    columns = {"wrong": "F1, resampled first", "right": "F1, split first", "inflation": "difference"}
    decimals = {name: st.column_config.NumberColumn(title, format="%.3f") for name, title in columns.items()}
    table(found.per_class.reset_index(), "F1 of each class, both ways", {"label": "class"} | decimals)


watch()
