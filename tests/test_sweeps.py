"""Sweeps: every combination once, trained one after the other, and continued after whatever stopped them."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from contextlib import suppress

import pytest

from core import sweep_runner
from core.errors import BadInput
from core.job_files import read_job
from core.jobs import ROOT, JobQueue, JobState
from core.runs import Run, list_runs
from core.sweep_runner import run_sweep
from core.sweeps import Sweep, known_sweep, plan_sweep, problems_of

TINY = {"images.size": 16, "k": 5}

APP = """
import json, sys, time
from core.jobs import JobQueue
from core.settings import Settings
from core.sweeps import Sweep

class Queue(JobQueue):
    def _start(self, folder):
        process = super()._start(folder)
        (self.jobs_dir / "pid").write_text(str(process.pid))
        return process

settings = Settings()
queue = Queue(settings.jobs_dir, environment=settings.to_environment())
sweep = Sweep.from_json(json.loads(sys.argv[1]))
queue.submit(sweep.id, sweep.to_json())
time.sleep(300)
"""


def plan(dataset=None, **choices) -> Sweep:
    fingerprint, source = (dataset.fingerprint, dataset.source) if dataset else ("f", "somewhere")
    return plan_sweep(fingerprint, source, **{"models": ["knn"], **choices})


def tiny(dataset, n_seeds=2, **choices) -> Sweep:
    """Runs of a second: nearest neighbours, with and without oversampling."""
    return plan(dataset, samplings=["none", "over"], seeds=range(n_seeds), **{"values": TINY, **choices})


# Planning


def test_a_sweep_is_every_combination():
    sweep = plan(models=["cnn_1conv", "cnn_3conv"], samplings=["none", "over"], seeds=[0, 1, 2])
    combinations = {(config.model, config.sampling, config.seed) for config in sweep.configs}
    assert len(sweep.configs) == len(combinations) == 12


def test_the_first_seed_of_all_configurations_comes_first():
    sweep = plan(samplings=["none", "over"], seeds=[3, 4])
    assert [(config.seed, config.sampling) for config in sweep.configs] == [
        (3, "none"),
        (3, "over"),
        (4, "none"),
        (4, "over"),
    ]


def test_a_model_that_memorises_is_there_once_whatever_the_losses():
    sweep = plan(models=["knn", "cnn_1conv"], losses=["cross_entropy", "focal"])
    assert [(config.model, config.loss) for config in sweep.configs] == [
        ("knn", "cross_entropy"),
        ("cnn_1conv", "cross_entropy"),
        ("cnn_1conv", "focal"),
    ]


def test_a_value_applies_wherever_its_owner_has_the_parameter():
    sweep = plan(models=["knn", "cnn_1conv"], values={"model.k": 7, "training.epochs": 3})
    assert [config.params.get("model.k") for config in sweep.configs] == [7, None]
    assert [config.params.get("training.epochs") for config in sweep.configs] == [None, 3]


def test_a_value_that_fits_nowhere_is_refused_with_the_parameters_there_are():
    with pytest.raises(BadInput, match=r"no parameter 'gamma' in this sweep; its parameters: model\.k, images\.size"):
        plan(values={"gamma": 2})


def test_an_unknown_model_is_refused():
    with pytest.raises(BadInput, match="no model named 'oracle'"):
        plan(models=["oracle"])


def test_a_sweep_of_nothing_is_refused():
    with pytest.raises(BadInput, match="at least one model"):
        plan(seeds=[])


def test_the_same_runs_are_the_same_sweep_in_whatever_order():
    assert plan(samplings=["none", "over"]).id == plan(samplings=["over", "none"]).id
    assert plan(samplings=["none"]).id not in (plan(samplings=["over"]).id, plan().configs[0].id)


def test_the_title_counts_what_differs():
    assert plan(samplings=["none", "over"], seeds=[0, 1, 2]).title == "Sweep of 6 runs: 2 samplings, 3 seeds"


def test_a_sweep_comes_back_from_its_job_as_it_was():
    sweep = plan(samplings=["none", "over"])
    assert known_sweep(sweep.to_json()) == sweep


@pytest.mark.parametrize(
    "change", [{"kind": "run"}, {"configs": []}, {"configs": [{"model": "knn"}]}], ids=lambda change: next(iter(change))
)
def test_what_is_no_sweep_of_this_version_is_none(change):
    assert known_sweep({**plan().to_json(), **change}) is None


# Training


@pytest.fixture(scope="module")
def own_settings(tmp_path_factory, easy_settings):
    """A home in which nobody else trained anything."""
    return easy_settings.model_copy(update={"home": tmp_path_factory.mktemp("home")})


@pytest.fixture(scope="module")
def trained(easy, own_settings):
    """A sweep with what its training returned and reported."""
    sweep, reports = tiny(easy), []
    return sweep, run_sweep(sweep, own_settings, reports.append), reports


def test_each_run_is_trained_and_told_of(trained, own_settings):
    sweep, history, _ = trained
    assert [entry["run"] for entry in history] == [config.id for config in sweep.configs]
    assert all(0 <= entry["macro_f1"] <= 1 and not entry["found"] and not entry["problem"] for entry in history)
    assert sweep.remaining(own_settings.runs_dir) == []


def test_progress_counts_runs_and_only_grows(trained):
    done = [progress.done for progress in trained[2]]
    assert done == sorted(done)
    assert (done[0], done[-1], trained[2][-1].total) == (0, 4, 4)


def test_progress_says_which_run_is_under_way(trained):
    stages = {progress.stage for progress in trained[2]}
    assert "k nearest neighbours (k 5) · Random over, seed 1: training; runs done" in stages


def test_what_is_finished_is_not_trained_again(trained, own_settings):
    sweep = trained[0]
    before = [run.created for run in list_runs(own_settings.runs_dir)]
    history = run_sweep(sweep, own_settings)
    assert [entry["found"] for entry in history] == [True] * 4
    assert [run.created for run in list_runs(own_settings.runs_dir)] == before


def test_a_row_has_the_mean_and_the_spread_over_seeds(trained, own_settings):
    sweep, history, _ = trained
    row = sweep.rows(own_settings.runs_dir)[0]
    scores = [entry["macro_f1"] for entry in history if entry["title"] == row.config.title]
    assert row.mean == pytest.approx(sum(scores) / 2)
    assert row.std == pytest.approx(abs(scores[0] - scores[1]) / 2**0.5)


def test_a_row_without_a_run_has_no_figures(tmp_path):
    [row] = plan(seeds=[0, 1]).rows(tmp_path)
    assert (row.mean, row.std, row.runs, row.problems) == (None, None, {}, {})


def test_a_run_that_cannot_be_trained_does_not_stop_the_others(easy, own_settings):
    # 71 images train: too few votes for 101 neighbours, but for copies.
    sweep = tiny(easy, 1, values={**TINY, "k": 101})
    history = run_sweep(sweep, own_settings)
    assert [entry["macro_f1"] is None for entry in history] == [True, False]
    assert "101 neighbours cannot vote" in sweep.rows(own_settings.runs_dir, problems_of(history))[0].problems[0]


def test_a_sweep_of_which_nothing_can_be_trained_is_refused(easy, own_settings):
    with pytest.raises(BadInput, match=r"None of the 2 runs can be trained; the first: k = 101"):
        run_sweep(plan(easy, seeds=[0, 1], values={"images.size": 16, "k": 101}), own_settings)


def test_a_damaged_run_is_a_problem_of_its_own(easy, settings):
    sweep = plan(easy, values=TINY)
    (settings.runs_dir / sweep.configs[0].id).mkdir(parents=True)
    with pytest.raises(BadInput, match="There is no run in"):
        run_sweep(sweep, settings)


def test_a_sweep_that_is_told_to_stop_keeps_what_is_finished(easy, settings):
    sweep, reports = tiny(easy), []
    history = run_sweep(sweep, settings, reports.append, lambda: reports[-1].done >= 1)
    assert len(history) == 1
    assert len(sweep.remaining(settings.runs_dir)) == 3


def test_what_is_left_goes_at_the_pace_of_what_is_finished(easy, settings, monkeypatch):
    """Four equal runs of 10 seconds: nothing is known at first, then 30 s are left, 20, 10."""
    clock = [0.0]
    monkeypatch.setattr(sweep_runner.time, "monotonic", lambda: clock[0])

    def train(config, *_):
        clock[0] += 10
        return Run(settings.runs_dir / config.id, config, 0.0, 10.0, {"macro_f1": 0.5, "macro_f1_interval": [0.4, 0.6]})

    monkeypatch.setattr(sweep_runner, "run_experiment", train)
    reports = []
    run_sweep(plan(easy, seeds=range(4), values=TINY), settings, reports.append)
    left = [progress.seconds_left for progress in reports if progress.stage == "Runs done"]
    assert left == [None, 30, 20, 10, None]


# As a job


def wait_for(condition, seconds=60.0):
    end = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)
    return value


@pytest.fixture
def killed(easy, settings):
    """A sweep whose app and worker were killed after two of six runs, and when each finished run was begun."""
    sweep = tiny(easy, 3)
    environment = os.environ | settings.to_environment()
    app = subprocess.Popen([sys.executable, "-c", APP, json.dumps(sweep.to_json())], cwd=ROOT, env=environment)
    folder = settings.jobs_dir / sweep.id
    try:
        wait_for(lambda: (job := read_job(folder)) and (n_done(job) >= 2 or not job.state.active))
    finally:
        app.kill()
        app.wait()
    with suppress(ProcessLookupError):  # it ends with the app, if that is faster
        os.kill(int((settings.jobs_dir / "pid").read_text()), signal.SIGKILL)
    os.utime(folder / "heartbeat", (0, 0))  # instead of waiting until it is stale
    return sweep, begun(settings)


def n_done(job):
    return job.progress.done if job.progress else 0


def begun(settings):
    return {run.id: run.created for run in list_runs(settings.runs_dir)}


@pytest.mark.skipif(os.name == "nt", reason="Windows has no signals")
def test_a_sweep_goes_on_after_its_app_and_worker_were_killed(killed, settings):
    sweep, before = killed
    assert 2 <= len(before) < 6, read_job(settings.jobs_dir / sweep.id).message
    queue = JobQueue(settings.jobs_dir, environment=settings.to_environment())
    try:
        paused = wait_for(lambda: (job := queue.get(sweep.id)).state is JobState.PAUSED and job)
        assert re.fullmatch(r"The app stopped; [2-5] of 6 runs are done. Continue when you like.", paused.message)
        queue.submit(sweep.id, sweep.to_json())
        done = wait_for(lambda: not (job := queue.get(sweep.id)).state.active and job)
    finally:
        queue.close()
    assert (done.state, done.message) == (JobState.DONE, "")
    after = begun(settings)
    assert set(after) == {config.id for config in sweep.configs}
    assert before.items() <= after.items()  # none was trained twice
    assert [entry["found"] for entry in done.progress.history].count(True) == len(before)
