"""The students' report, re-run: what they did beside the same experiment here, over several seeds and on new people.

Their work: a dashboard on `muxspace/facial_expressions` with one seed an experiment, judged on the training split.
"""

from core.replication.experiments import DATASET, EXPERIMENTS, Arm, Experiment, find_experiment, key_of
from core.replication.facts import Facts, counts_table, known_facts, sharpness_table, weights_table
from core.replication.findings import Finding, against_reference, conclude, known_runs, seeds_table, summary, table_of
from core.replication.sentences import verdicts

__all__ = [
    "DATASET",
    "EXPERIMENTS",
    "Arm",
    "Experiment",
    "Facts",
    "Finding",
    "against_reference",
    "conclude",
    "counts_table",
    "find_experiment",
    "key_of",
    "known_facts",
    "known_runs",
    "seeds_table",
    "sharpness_table",
    "summary",
    "table_of",
    "verdicts",
    "weights_table",
]
