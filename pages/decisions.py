"""What is answered, given a run's probabilities: tuned on validation images, judged on test images that stay locked."""

import streamlit as st

from core.evaluation import evaluate
from core.evaluation.decisions import decide
from pages.shared.dataset import current_dataset
from pages.shared.decided import (
    abstaining,
    calibration,
    cell_of,
    confusion,
    other_mix,
    scores,
    take_decision_away,
    whole_tables,
    worth,
)
from pages.shared.decisions import sliders, tuning, watched
from pages.shared.guards import or_stop
from pages.shared.lock import looked_at
from pages.shared.runs import pick_run

st.title("Decisions")
dataset = current_dataset()
run = pick_run(dataset, "Run", "run")
st.caption(
    "A run gives probabilities; a decision makes one answer of them, or none. Nothing here trains the run again: it "
    "only weighs what the run believes, which may be worth as much."
)
known = or_stop(watched, run.id, str(run.folder), run)


@st.fragment
def desk() -> None:
    """Show sliders and what they do; a moved slider runs this alone."""
    banner = st.container()
    left, right = st.columns([1, 2], gap="medium")
    with left:
        decision = sliders(run, known.priors)
        tuning(run, known, decision)
    with banner:
        part = looked_at(run, known, decision)
    if part is None:
        return
    answers = decide(known.table(part), decision, known.priors)
    evaluation = or_stop(evaluate, known.table(part), said=answers.codes)
    with right:
        worth(run, known, part, answers, evaluation)
        cell = confusion(evaluation, run, part)
    if cell:
        cell_of(dataset, run, known, part, answers, cell)
    scores(evaluation, run, known, part)
    whole_tables(evaluation, run, known, part)
    other_mix(known, part, answers, decision)
    calibration(run, known, part, decision.temperature)
    abstaining(dataset, run, known, part, answers, decision.abstain_below)
    take_decision_away(run, known, part, answers, decision)


desk()
