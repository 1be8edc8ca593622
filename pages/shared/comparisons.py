"""What can be compared, and the comparisons, remembered: a run is resampled once, whatever it stands beside."""

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from core.catalog import Dataset
from core.errors import BadInput
from core.evaluation.comparison import Comparison, Seeds, compare, compare_classes, compare_pairs
from core.evaluation.resampled import Resampled, commonest, judged_on, resample, resample_majority
from core.groups import Group, group_runs
from core.runs import Run, list_runs, shipped_runs
from core.settings import Settings
from pages.shared.runs import is_of
from pages.shared.text import plain

MAJORITY = "majority"
"""The reference that always says the commonest class, beside the ids of configurations."""


def groups_of(dataset: Dataset) -> list[Group]:
    """Return what can be compared: this dataset's runs first, then those of others that came with the program."""
    groups = grouped([*list_runs(Settings().runs_dir, dataset.fingerprint), *shipped_runs()])
    return sorted(groups, key=lambda group: not is_of(group.runs[0], dataset))


def grouped(runs: Sequence[Run]) -> list[Group]:
    """Return the groups of runs; one whose predictions cannot be read is named on the page, and left out."""
    judged = {}
    for run in runs:
        try:
            judged[run.folder] = _judged(str(run.folder), run)
        except BadInput as problem:
            st.warning(plain(problem), icon=":material/warning:")
    return group_runs([run for run in runs if run.folder in judged], lambda run: judged[run.folder])


def resampled(group: Group) -> dict[str, Seeds]:
    """Return id -> the runs of each configuration, resampled."""
    return {one.id: tuple(map(resampled_run, one.runs)) for one in group.configurations}


def resampled_run(run: Run) -> Resampled:
    """Return what a run scores in each resample of its persons."""
    return _resampled(str(run.folder), run)


def majority_of(group: Group) -> tuple[str, Resampled]:
    """Return the commonest class of a group's images, and what always saying it scores."""
    run = group.runs[0]
    return _majority(str(run.folder), run)


def compared(group: Group, score: str, reference: str) -> Comparison:
    """Return every configuration beside the reference: the id of one of them, or MAJORITY."""
    return _compared(_folders(group), score, reference, group)


def compared_by_class(group: Group, reference: str) -> pd.DataFrame:
    """Return the differences of each class's F1 to the reference's, as `compare_classes` does."""
    return _compared_by_class(_folders(group), reference, group)


def compared_in_pairs(group: Group, score: str) -> pd.DataFrame:
    """Return all pairs, as `compare_pairs` does."""
    return _compared_in_pairs(_folders(group), score, group)


def _folders(group: Group) -> tuple[str, ...]:
    return tuple(str(run.folder) for run in group.runs)


def _reference(group: Group, seeds: Mapping[str, Seeds], reference: str) -> Seeds:
    return (majority_of(group)[1],) if reference == MAJORITY else seeds[reference]


@st.cache_resource(max_entries=2048, show_spinner=False)
def _judged(folder: str, _run: Run) -> str:
    return judged_on(_run.predictions)


@st.cache_resource(max_entries=160, show_spinner="Drawing the persons again")
def _resampled(folder: str, _run: Run) -> Resampled:
    return resample(_run.predictions)


@st.cache_resource(max_entries=32, show_spinner=False)
def _majority(folder: str, _run: Run) -> tuple[str, Resampled]:
    predictions = _run.predictions
    return commonest(predictions), resample_majority(predictions)


@st.cache_resource(max_entries=64, show_spinner=False)
def _compared(folders: tuple[str, ...], score: str, reference: str, _group: Group) -> Comparison:
    seeds = resampled(_group)
    return compare(seeds, score, _reference(_group, seeds, reference))


@st.cache_resource(max_entries=64, show_spinner=False)
def _compared_by_class(folders: tuple[str, ...], reference: str, _group: Group) -> pd.DataFrame:
    seeds = resampled(_group)
    return compare_classes(seeds, _reference(_group, seeds, reference))


@st.cache_resource(max_entries=64, show_spinner=False)
def _compared_in_pairs(folders: tuple[str, ...], score: str, _group: Group) -> pd.DataFrame:
    return compare_pairs(resampled(_group), score)
