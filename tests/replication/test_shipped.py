"""The runs that come with the program: whole, small, of this version, and true to their predictions."""

import json

import pandas as pd
import pytest

from core.evaluation import evaluate
from core.replication import DATASET, EXPERIMENTS, conclude, key_of, known_facts, known_runs
from core.replication.facts import REPORTED_COUNTS
from core.runs import SHIPPED, known_config, shipped_runs

RUNS = shipped_runs()
KNOWN = {key_of(run.config): run for run in RUNS}
NOT_SHIPPED = {"ResNet-18, frozen"}
"""Arms whose pretrained weights could not be loaded where the set was made."""


def test_every_folder_is_a_run_that_can_be_read():
    folders = {path.name for path in SHIPPED.iterdir() if path.is_dir()}
    assert folders == {run.id for run in RUNS}
    assert len(RUNS) > 30


@pytest.mark.parametrize("run", RUNS, ids=lambda run: run.id)
def test_a_shipped_run_is_known_and_names_no_place_of_a_machine(run):
    assert known_config(run.config.to_json()) == run.config
    assert run.config.dataset == DATASET
    assert run.id == run.config.id


@pytest.mark.parametrize("run", RUNS[::5], ids=lambda run: run.id)
def test_its_figures_are_those_of_its_predictions(run):
    assert run.metrics == evaluate(run.predictions).to_json()


@pytest.mark.parametrize("run", RUNS[::5], ids=lambda run: run.id)
def test_no_person_that_is_tested_was_validated_on(run):
    if run.config.split == "person_disjoint":
        assert not set(run.predictions["person"].dropna()) & set(run.validation["person"].dropna())


def test_every_experiment_has_its_runs():
    missing = {arm for each in EXPERIMENTS for arm in conclude(each, KNOWN).missing}
    assert missing == NOT_SHIPPED


def test_the_set_is_small_and_holds_no_image():
    files = [path for path in SHIPPED.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 10_000_000
    assert {path.suffix for path in files} == {".json", ".csv", ".parquet"}
    columns = set(pd.read_parquet(RUNS[0].folder / "predictions.parquet").columns)
    assert {name for name in columns if not name.startswith("p_")} == {"image", "person", "y_true", "fold"}


def test_the_counts_are_the_report_s():
    assert known_facts().counts == REPORTED_COUNTS


def test_shipped_runs_come_before_those_that_are_trained_here(tmp_path):
    assert known_runs(tmp_path) == KNOWN


def test_another_version_s_facts_would_be_noticed():
    kept = json.loads((SHIPPED / "facts.json").read_text())
    assert set(kept) == set(known_facts().to_json())
