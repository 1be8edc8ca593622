"""Confusion matrices and F1 tables, two runs side by side, and the images behind each cell."""

import streamlit as st

from core import figures
from core.evaluation import Evaluation, cell_images, f1_table, same_images, thin_classes
from core.models import MODELS
from core.runs import Run
from core.votes import out_of_reach
from pages.shared.cache import cached_evaluation, cached_predictions
from pages.shared.charts import chart, clickable_chart, count, table
from pages.shared.dataset import current_dataset
from pages.shared.gallery import gallery
from pages.shared.guards import or_stop
from pages.shared.runs import curves, pick_run

HOW = "95 % interval: 1,000 bootstrap resamples of whole persons, percentile method, seed 0."


def headline(name: str, run: Run, evaluation: Evaluation) -> None:
    """Show what the run is, its scores, and what the majority baseline would score."""
    st.subheader(f"{name}{run.config.title}")
    st.caption(f"{run.config.plan}; {evaluation.n_images:,} test images of {evaluation.n_persons:,} persons.")
    low, high = evaluation.macro_f1_interval
    plain = {"delta_color": "off", "delta_arrow": "off"}
    with st.container(horizontal=True):
        st.metric("Macro-F1", f"{evaluation.macro_f1:.3f}", f"{low:.3f} to {high:.3f}", width=140, help=HOW, **plain)
        st.metric("Accuracy", f"{evaluation.accuracy:.3f}", width=110)
        always, baseline = evaluation.majority.label, evaluation.majority
        st.metric(
            f"Always “{always}”",
            f"{baseline.macro_f1:.3f}",
            f"accuracy {baseline.accuracy:.3f}",
            width=180,
            help=f"Macro-F1 of a model that always says {always}.",
            **plain,
        )
    if run.left_out:
        st.caption(f":material/broken_image: Left out, because their pixels cannot be read: {', '.join(run.left_out)}.")
    if thin := thin_classes(evaluation):
        st.caption(
            ":material/warning: Few test images or few persons, so an interval is no certainty however narrow: "
            f"{', '.join(thin)}."
        )


def matrix(name: str, run: Run, evaluation: Evaluation) -> None:
    """Show the confusion matrix and the images behind the cell that was clicked."""
    dark = st.context.theme.type == "dark"
    key = f"confusion-{run.id}-{show}"
    cell = clickable_chart(figures.confusion(evaluation, show, dark), key, "Confusion matrix, true labels in rows")
    st.caption(
        "Rows: what is true. Columns: what the model said. Shade: share of the row. Click a cell for its images."
    )
    if cell:
        images = cell_images(cached_predictions(run.id, run), true=cell[0], said=cell[1])
        title = f"True {cell[0]}, said {cell[1]}"
        gallery(dataset, images["image"], title, f"cell-{run.id}", images["caption"])


def scores(evaluation: Evaluation) -> None:
    """Show precision, recall, F1 and support of each class, their averages and the baseline."""
    decimals = {
        name: st.column_config.NumberColumn(format="%.3f") for name in ("precision", "recall", "F1", "from", "to")
    }
    table(
        f1_table(evaluation),
        "Precision, recall, F1 and support of each class",
        decimals | {"support": count("support")},
    )


st.title("Results")
dataset = current_dataset()
first = pick_run(dataset, "Run", "run")
second = pick_run(dataset, "Beside it (optional)", "beside", beside=first)
show = st.segmented_control(
    "In each cell", ["counts", "row %", "both"], default="counts", required=True, key="cells", bind="query-params"
)
runs = [first] if second is None else [first, second]
evaluations = [or_stop(cached_evaluation, run.id, run) for run in runs]

names = ["A: ", "B: "] if len(runs) > 1 else [""]
compared = list(zip(names, runs, evaluations, strict=True))

for show_part in (headline, matrix):  # a row each, so that both matrices begin at the same height
    for column, one in zip(st.columns(len(runs)), compared, strict=True):
        with column:
            show_part(*one)

st.header("Precision, recall and F1")
if second and not same_images(*(cached_predictions(run.id, run) for run in runs)):
    st.warning(
        "These two were not judged on the same images, so their figures do not compare.", icon=":material/warning:"
    )
by_title = {f"{name}{run.config.title}": evaluation for name, run, evaluation in compared}
chart(figures.f1_intervals(by_title), "f1-intervals", "F1 of each class")
for title, evaluation in by_title.items():
    if len(runs) > 1:
        st.markdown(f"**{title}**")
    scores(evaluation)
st.caption(f"“from … to” is the interval of F1. {HOW}")
for name, run, evaluation in compared:
    if run.by_k is not None:
        st.header(f"{name}Every k at once")
        shown = figures.scores_by_k(run.by_k, out_of_reach(run.by_k), evaluation.majority)
        chart(shown, f"by-k-{run.id}", "Macro-F1 and accuracy by the number of neighbours")
        st.caption("On the test images: look, but do not choose k by it. Lines mark where a class cannot win any more.")
for name, run, _ in compared:
    with st.expander(f"{name}How it was trained ({run.seconds:,.0f} s)"):
        if MODELS[run.config.model].iterative:
            curves(run.history, run.config.owned("training")["epochs"], run.id)
        st.json(run.config.to_json())
st.page_link("pages/prediction.py", label="Try it on a face", icon=":material/face:", query_params={"run": first.id})
