"""The students' report, re-run: each of its tables beside the same experiment here."""

import streamlit as st

from core.replication import EXPERIMENTS, conclude, known_facts, known_runs
from core.settings import Settings
from pages.shared.dataset import current_dataset
from pages.shared.replication import compared, contents, section

st.title("The report, re-run")
dataset = current_dataset()
st.markdown(
    "Students tried to teach a network eight emotions from 13,690 faces, half of them neutral and nine of contempt. "
    "They tried one cure after the other, once each, judged them on the images that they had trained on, and could "
    "not tell what helped. Here is each of their experiments again: over several seeds, and judged on people whom "
    "the network has never seen."
)
runs, facts = known_runs(Settings().runs_dir), known_facts()
findings = [conclude(experiment, runs) for experiment in EXPERIMENTS]
comparisons = compared(findings)
contents(findings, comparisons)
for finding in findings:
    section(finding, comparisons[finding.experiment.name], facts, dataset)
st.header("All of it from nothing")
st.markdown(
    "One command loads the dataset, trains the GAN and every network, and writes these results. What is trained "
    "already is not trained again."
)
st.code("python -m core replicate facial_expressions", language="bash")
