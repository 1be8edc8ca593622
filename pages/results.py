"""Confusion matrices and score tables, two runs side by side or their difference, and the images behind each cell."""

import streamlit as st

from core import figures
from core.evaluation.confusion import view
from core.models import MODELS
from core.votes import out_of_reach
from pages.shared.cache import cached_evaluation
from pages.shared.cell import LINK, images_in_cell
from pages.shared.charts import chart
from pages.shared.dataset import current_dataset
from pages.shared.flips import comparable, differences
from pages.shared.guards import or_stop
from pages.shared.headline import headline
from pages.shared.job_cards import curves
from pages.shared.matrix import matrix, matrix_options, picked, remember_pair, remembered_pair
from pages.shared.runs import pick_run
from pages.shared.scores import score_tables
from pages.shared.take_away import take_away

st.title("Results")
dataset = current_dataset()
first = pick_run(dataset, "Run", "run")
second = pick_run(dataset, "Beside it (optional)", "beside", beside=first)
runs = [first] if second is None else [first, second]
evaluations = [or_stop(cached_evaluation, run.id, run) for run in runs]
names = ["A: ", "B: "] if second else [""]
compared = list(zip(names, runs, evaluations, strict=True))
for column, one in zip(st.columns(len(runs)), compared, strict=True):
    with column:
        headline(*one, dataset)

st.header("What is taken for what")
show = "side by side"
if second:
    show = st.segmented_control(
        "Two runs", ["side by side", "difference"], default=show, required=True, key="two", bind="query-params"
    )
options = matrix_options()
if show != "difference":
    keys = tuple(f"matrix-{name[:1] or 'A'}" for name in names)
    chosen, cells = picked(keys, remembered_pair(*LINK)), []
    for column, key, (name, _, evaluation) in zip(st.columns(len(runs)), keys, compared, strict=True):
        with column:
            shown = view(evaluation.confusion_matrix, evaluation.labels, **options)
            cells.append(matrix(shown, key, f"{name}confusion matrix, true labels in rows", chosen))
    remember_pair(*LINK, next(filter(None, cells), None))
    for column, key, run, cell in zip(st.columns(len(runs)), keys, runs, cells, strict=True):
        if cell:
            with column:
                images_in_cell(dataset, run, cell, f"images-{key}")
elif comparable(runs):
    differences(dataset, runs, evaluations, options)

st.header("Precision, recall and F1")
score_tables({f"{name}{run.config.title}": evaluation for name, run, evaluation in compared}, "scores")
for name, run, evaluation in compared:
    if run.by_k is not None:
        st.header(f"{name}Every k at once")
        shown = figures.scores_by_k(run.by_k, out_of_reach(run.by_k), evaluation.majority)
        chart(shown, f"by-k-{run.id}", "Macro-F1 and accuracy by the number of neighbours")
        st.caption("On the test images: look, but do not choose k by it. Lines mark where a class cannot win any more.")

take_away(runs, dataset)

st.header("Further")
for name, run, _ in compared:
    words, key = f"{name}How it was trained ({run.seconds:,.0f} s)", f"trained-{name.strip(': ') or 'A'}"
    with st.expander(words, icon=":material/model_training:", key=key, bind="query-params"):
        if MODELS[run.config.model].iterative:
            curves(run.history, run.config.owned("training")["epochs"], run.id)
        st.json(run.config.to_json())
with st.container(horizontal=True):
    link = {"dataset": dataset.source, "run": first.id}
    for page, label, icon in (
        ("decisions", "Move its thresholds", ":material/tune:"),
        ("slices", "Where it is weak", ":material/segment:"),
        ("comparison", "Beside its seeds and others", ":material/compare_arrows:"),
    ):
        st.page_link(f"pages/{page}.py", label=label, icon=icon, query_params=link)
    if not first.shipped:
        st.page_link("pages/prediction.py", label="Try it on a face", icon=":material/face:", query_params=link)
