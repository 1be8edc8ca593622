"""Core calls that pages repeat, remembered: by the dataset's key or the run's id, without the big arguments."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import streamlit as st

from core.catalog import Dataset
from core.evaluation import Evaluation, evaluate
from core.jobs import JobQueue
from core.runs import Run
from core.settings import Settings
from core.splits import Fold, make_folds
from core.storage import sweep


def kept(dataset: Dataset, call: Callable[..., Any], *arguments: Any, key: tuple = ()) -> Any:
    """Return `call(*arguments)`, made once a dataset and `key`, and shared by all sessions without a copy.

    `key` says what `arguments` are where they differ from one call to the next on the same dataset: tables are too
    large to be hashed. What is returned must not be changed. A refusal (BadInput) is not kept.
    """
    name = f"{call.__module__}.{call.__qualname__}"
    return _kept(name, dataset.key, dataset.source, key, lambda: call(*arguments))


@st.cache_resource(max_entries=128, show_spinner="Counting")
def _kept(name: str, dataset: str, source: str, key: tuple, _make: Callable[[], Any]) -> Any:
    return _make()


@st.cache_data(max_entries=32, show_spinner="Dividing the images")
def cached_folds(dataset: str, split: str, n_folds: int, _dataset: Dataset) -> list[Fold]:
    """Return the folds that training uses too; HOLD_OUT of them is one."""
    return make_folds(split, _dataset.usable, n_folds)


@st.cache_data(max_entries=64, show_spinner="Judging the run")
def cached_evaluation(run_id: str, _run: Run) -> Evaluation:
    """Return the evaluation of a run's predictions."""
    return evaluate(_run.predictions)


@st.cache_data(max_entries=16, show_spinner=False)
def cached_predictions(run_id: str, _run: Run) -> pd.DataFrame:
    """Return a run's predictions."""
    return _run.predictions


@st.cache_resource
def job_queue(home: str) -> JobQueue:
    """Return the one queue of this app's process; every session sees the same jobs."""
    settings = Settings()

    def clean_up(job_id: str) -> None:
        for folder in (
            settings.runs_dir,
            settings.pixels_dir,
            settings.features_dir,
            settings.synthesis_dir,
            settings.datasets_dir,
        ):
            sweep(folder)

    clean_up("whatever an app that was killed left behind")
    return JobQueue(settings.jobs_dir, clean_up=clean_up, environment=settings.to_environment())
