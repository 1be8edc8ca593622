"""Runs on a real Dask cluster: a scheduler and workers as processes of this machine, each worker with its own home."""

import io
import json
import os
import subprocess
import sys
import time
import zipfile
from collections import Counter
from dataclasses import dataclass

import pytest

from core import cluster
from core.__main__ import main
from core.cluster import count_workers, keep_run, run_on_cluster
from core.errors import BadInput
from core.experiment import run_experiment
from core.jobs import ROOT
from core.runs import FILES, Run, list_runs
from core.settings import Settings
from core.sweep_runner import run_sweep
from core.sweeps import Sweep, plan_sweep

TINY = {"images.size": 16, "k": 5}
LONG = {"images.size": 64, "epochs": 200, "batch_size": 8}
QUIET = {"DASK_LOGGING__DISTRIBUTED": "critical"}
"""A worker that is killed is what is tested; nobody needs to read of it."""


def sweep_of(dataset, n_seeds, **choices) -> Sweep:
    choices = {"models": ["knn"], "values": TINY, "seeds": range(n_seeds), **choices}
    return plan_sweep(dataset.fingerprint, dataset.source, **choices)


def wait_for(condition, seconds=60.0):
    end = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)
    return value


@dataclass
class Worker:
    process: subprocess.Popen
    settings: Settings

    @property
    def trained(self) -> list[str]:
        return [run.id for run in list_runs(self.settings.runs_dir)]


@pytest.fixture(scope="module")
def start():
    """Starts one of Dask's programs, and ends it after the tests."""
    pytest.importorskip("distributed")
    processes = []

    def start(program, *arguments, **environment):
        command = [sys.executable, "-m", f"distributed.cli.{program}", *arguments, "--no-dashboard"]
        environment = os.environ | QUIET | environment
        processes.append(subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL))
        return processes[-1]

    yield start
    for process in processes:
        process.kill()
        process.wait()


@pytest.fixture(scope="module")
def scheduler(start, tmp_path_factory):
    """The address of a scheduler."""
    place = tmp_path_factory.mktemp("scheduler") / "scheduler.json"
    start("dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--scheduler-file", str(place))
    return wait_for(lambda: place.exists() and place.read_text() and json.loads(place.read_text()))["address"]


@pytest.fixture(scope="module")
def workers(start, scheduler, tmp_path_factory, easy_settings):
    """Two workers that nobody starts again when they die."""
    started = []
    for name in ("first", "second"):
        folder = tmp_path_factory.mktemp(name)
        settings = easy_settings.model_copy(update={"home": folder / "home"})
        alone = ("--nthreads", "1", "--nworkers", "1", "--no-nanny", "--local-directory", str(folder))
        started.append(Worker(start("dask_worker", scheduler, *alone, **settings.to_environment()), settings))
    wait_for(lambda: count_workers(scheduler) == 2)
    return started


# The cluster


def test_a_sweep_on_a_cluster_is_the_sweep_of_this_machine(easy, easy_settings, settings, scheduler, workers):
    sweep = sweep_of(easy, 1, samplings=["none", "over"])
    there = run_sweep(sweep, settings.model_copy(update={"scheduler": scheduler}))
    here = run_sweep(sweep, easy_settings)
    assert {entry["run"] for entry in there} == {run.id for run in list_runs(settings.runs_dir)}
    assert {entry["run"]: entry["macro_f1"] for entry in there} == {entry["run"]: entry["macro_f1"] for entry in here}


def test_a_run_that_a_worker_has_is_not_trained_again(easy, settings, scheduler, workers):
    configs = sweep_of(easy, 1).configs
    [(_, first)] = run_on_cluster(configs, settings, scheduler)
    elsewhere = settings.model_copy(update={"home": settings.home / "another"})
    [(_, second)] = run_on_cluster(configs, elsewhere, scheduler)
    created = [run.created for worker in workers for run in list_runs(worker.settings.runs_dir) if run.id == first.id]
    assert first.created in created
    assert second.created in created


def test_what_a_worker_refuses_is_the_problem_of_that_run(easy, settings, scheduler, workers):
    [(_, problem)] = run_on_cluster(sweep_of(easy, 1, values={"k": 101}).configs, settings, scheduler)
    assert isinstance(problem, BadInput)
    assert "101 neighbours cannot vote" in str(problem)


def test_a_dataset_that_a_worker_cannot_open_is_the_problem_of_that_run(easy, settings, scheduler, workers):
    sweep = plan_sweep(easy.fingerprint, "/only/here", models=["knn"], values=TINY, split_seed=9)
    [(_, problem)] = run_on_cluster(sweep.configs, settings, scheduler)
    assert "/only/here" in str(problem)


def test_workers_give_up_what_is_cancelled(easy, settings, scheduler, workers):
    """Two trainings that would take minutes hold both workers; another one gets through once they are cancelled."""
    long = sweep_of(easy, 2, models=["cnn_3conv"], values=LONG).configs
    asked = time.monotonic()
    assert list(run_on_cluster(long, settings, scheduler, should_stop=lambda: time.monotonic() - asked > 3)) == []
    quick = sweep_of(easy, 1, seeds=[77])
    [(_, run)] = run_on_cluster(quick.configs, settings, scheduler)
    assert isinstance(run, Run)
    assert not {config.id for config in long} & {name for worker in workers for name in worker.trained}


def test_train_hands_its_seeds_to_the_cluster(easy, settings, scheduler, workers, monkeypatch, capsys):
    monkeypatch.setenv("NAVARASA_HOME", str(settings.home))
    words = ["--seeds", "5,6", "--set", "k=5", "--set", "images.size=16", "--scheduler", scheduler]
    assert main(["train", easy.source, "--model", "knn", *words]) == 0
    result = json.loads(capsys.readouterr().out)
    names = {row["run"] for row in result["seeds"]}
    assert names == {run.id for run in list_runs(settings.runs_dir)}
    assert names <= {name for worker in workers for name in worker.trained}


def test_nothing_is_lost_or_trained_twice_when_a_worker_is_killed(easy, settings, scheduler, workers):
    """Eight runs on two workers, one of which is killed half-way: only what it had under way may be begun twice."""
    sweep = sweep_of(easy, 4, samplings=["under", "over"], split_seed=5)
    names = {config.id for config in sweep.configs}
    came = []
    for config, run in run_on_cluster(sweep.configs, settings, scheduler):
        assert isinstance(run, Run)
        came.append(config.id)
        if len(came) == 3:
            workers[0].process.kill()
    assert sorted(came) == sorted(names)
    assert {run.id for run in list_runs(settings.runs_dir)} == names
    trained = Counter(name for worker in workers for name in worker.trained if name in names)
    assert set(trained) <= names
    assert sum(trained.values()) - len(names) in (0, 1)


# What arrives


@pytest.fixture(scope="module")
def run(easy, easy_settings):
    return run_experiment(sweep_of(easy, 1).configs[0], easy_settings)


def archive_of(files) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


@pytest.fixture
def files(run):
    return {name: (run.folder / name).read_bytes() for name in FILES}


def test_a_run_that_arrives_is_kept_whole(run, files, tmp_path):
    kept = keep_run(archive_of(files), run.config, tmp_path)
    assert kept.folder == tmp_path / run.id
    assert {path.name: path.read_bytes() for path in kept.folder.iterdir()} == files


@pytest.mark.parametrize("name", ["../../outside.txt", "/outside.txt", "more.txt"])
def test_an_archive_with_another_file_is_refused_and_leaves_nothing(run, files, tmp_path, name):
    with pytest.raises(BadInput, match="other files than a run's"):
        keep_run(archive_of({**files, name: b"x"}), run.config, tmp_path / "runs")
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_an_archive_of_another_run_is_refused_and_leaves_nothing(run, files, tmp_path):
    with pytest.raises(BadInput, match="another run than"):
        keep_run(archive_of(files), run.config.with_seed(9), tmp_path)
    assert list(tmp_path.iterdir()) == []


# What cannot be reached


def test_a_scheduler_that_does_not_answer_is_one_sentence(easy, settings, monkeypatch):
    pytest.importorskip("distributed")
    monkeypatch.setattr(cluster, "CONNECTING", 0.5)
    with pytest.raises(BadInput, match=r"No Dask scheduler answers at tcp://127\.0\.0\.1:1 "):
        list(run_on_cluster(sweep_of(easy, 1).configs, settings, "tcp://127.0.0.1:1"))


@pytest.mark.parametrize("address", ["nonsense", "moon://host:1"])
def test_an_address_that_is_none_is_one_sentence(address):
    pytest.importorskip("distributed")
    with pytest.raises(BadInput, match="No Dask scheduler answers at"):
        count_workers(address)


def test_without_dask_a_scheduler_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(BadInput, match=r'pip install "dask\[distributed\]"'):
        count_workers("tcp://127.0.0.1:8786")
