"""The job queue, with real child processes that pretend to train."""

import json
import os
import subprocess
import sys
import threading
import time

import pytest

from core import worker
from core.job_files import read_job, write_json
from core.jobs import APP_STOPPED, ROOT, Job, JobQueue, JobState, Progress, read_jobs, worker_command
from core.storage import lock

WORKER = """
import os, signal, sys, time
from core.job_files import Progress
from core.storage import lock
from core.worker import STOPPED, attach

worker = attach(sys.argv[1])
alive = lock(worker.folder / "alive", wait=False)
do = worker.config["do"]
trace = worker.folder.parent / "trace.txt"
with trace.open("a") as file:
    file.write(f"start {worker.folder.name}\\n")
if do == "ignore":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
if not worker.config.get("silent"):
    worker.report(Progress(do, 1, 4, 2.5, ({"fold": 0, "epoch": 0},)))
if do == "fail":
    print("said on the way")
    print("error: The class 'sad' has no images.", file=sys.stderr)
    sys.exit(2)
if do == "crash":
    raise ZeroDivisionError("a loss of zero")
if do == "vanish":
    os.kill(os.getpid(), signal.SIGKILL)
while do in ("wait", "ignore"):
    if worker.should_stop():
        sys.exit(STOPPED)
    time.sleep(0.01)
time.sleep(worker.config.get("seconds", 0))
with trace.open("a") as file:
    file.write(f"end {worker.folder.name}\\n")
"""

APP = """
import sys, time
from pathlib import Path
from core.jobs import JobQueue

queue = JobQueue(Path(sys.argv[1]), lambda folder: [sys.executable, "-c", sys.argv[2], str(folder)])
queue.submit("a", {"do": "wait"})
queue.submit("b", {"do": "finish"})
time.sleep(60)
"""


def command(folder):
    return [sys.executable, "-c", WORKER, str(folder)]


@pytest.fixture
def start(tmp_path):
    """Opens queues on one folder, and closes them after the test."""
    queues = []

    def open_queue(command=command, **options):
        queues.append(JobQueue(tmp_path, command, **options))
        return queues[-1]

    yield open_queue
    for queue in queues:
        queue.close()


@pytest.fixture
def queue(start):
    return start()


def wait_for(condition, seconds=10.0):
    end = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)
    return value


def wait_until(queue, job_id, *states) -> Job:
    return wait_for(lambda: (job := queue.get(job_id)) and job.state in states and job)


def wait_until_ended(queue, job_id) -> Job:
    return wait_until(queue, job_id, JobState.DONE, JobState.FAILED, JobState.CANCELLED)


def wait_until_training(queue, job_id) -> Job:
    return wait_for(lambda: (job := queue.get(job_id)) and job.state is JobState.RUNNING and job.progress and job)


def write_job(tmp_path, job_id, state, submitted=1.0, config=None):
    """What a former app left behind."""
    folder = tmp_path / job_id
    folder.mkdir()
    write_json(folder / "config.json", config or {"do": "finish"})
    times = {"submitted": submitted, "started": None, "ended": None}
    write_json(folder / "job.json", {"state": state, "message": "", **times})
    return folder


def trace(tmp_path):
    """When which worker started and ended."""
    return " ".join((tmp_path / "trace.txt").read_text().split())


# Running


def test_a_job_runs_to_its_end(queue):
    queue.submit("a1", {"do": "finish"})
    job = wait_until_ended(queue, "a1")
    assert (job.state, job.message) == (JobState.DONE, "")
    assert job.submitted <= job.started <= job.ended


def test_jobs_run_in_order_of_submission(queue, tmp_path):
    for job_id in ("c", "a", "b"):
        queue.submit(job_id, {"do": "finish"})
    wait_until_ended(queue, "b")
    assert trace(tmp_path) == "start c end c start a end a start b end b"


def test_jobs_are_listed_newest_first(queue):
    for job_id in ("c", "a", "b"):
        queue.submit(job_id, {"do": "wait"})
    assert [job.id for job in queue.jobs()] == ["b", "a", "c"]


def test_two_queues_on_one_folder_run_one_job_at_a_time(start, tmp_path):
    first, second = start(), start()
    for queue, job_id in ((first, "a"), (second, "b"), (first, "c"), (second, "d")):
        queue.submit(job_id, {"do": "finish", "seconds": 0.05})
    wait_until_ended(first, "d")
    assert trace(tmp_path) == "start a end a start b end b start c end c start d end d"


def test_every_reader_sees_the_same_jobs(start, tmp_path):
    first, second = start(), start()
    first.submit("a", {"do": "wait"})
    job = wait_until_training(second, "a")
    assert first.jobs() == second.jobs() == read_jobs(tmp_path) == [job]


def test_a_queue_takes_over_when_the_one_that_ran_the_jobs_closes(start):
    first = start()
    first.submit("a", {"do": "wait"})
    wait_until_training(first, "a")
    second = start()
    second.submit("b", {"do": "finish"})
    first.close()
    assert wait_until_ended(second, "b").state is JobState.DONE


def test_a_submitted_job_that_is_active_stays_as_it_is(queue):
    job = queue.submit("a", {"do": "wait"})
    wait_until_training(queue, "a")
    again = queue.submit("a", {"do": "fail"})
    assert (again.submitted, again.config) == (job.submitted, {"do": "wait"})


def test_a_submitted_job_that_has_ended_starts_afresh(queue):
    queue.submit("a", {"do": "fail"})
    wait_until_ended(queue, "a")
    again = queue.submit("a", {"do": "finish"})
    assert (again.state, again.message, again.progress) == (JobState.QUEUED, "", None)
    assert wait_until_ended(queue, "a").state is JobState.DONE


def test_a_job_that_has_ended_can_be_forgotten(queue, tmp_path):
    queue.submit("a", {"do": "finish"})
    wait_until_ended(queue, "a")
    queue.remove("a")
    assert queue.jobs() == [] and not (tmp_path / "a").exists()


def test_an_active_job_cannot_be_forgotten(queue):
    queue.submit("a", {"do": "wait"})
    with pytest.raises(ValueError, match="cancel it"):
        queue.remove("a")


@pytest.mark.parametrize("job_id", ["", "../a", "A1", "a" * 65, "a\n", "a/b"])
def test_an_id_that_is_no_plain_name_is_refused(queue, job_id):
    with pytest.raises(ValueError, match="A job's id is"):
        queue.submit(job_id, {})


def test_the_worker_is_this_python_working_on_the_folder(tmp_path):
    assert worker_command(tmp_path) == [sys.executable, "-m", "core", "work", str(tmp_path)]


# Failing


def test_the_sentence_of_a_worker_that_fails_is_recorded(queue):
    queue.submit("a", {"do": "fail"})
    job = wait_until_ended(queue, "a")
    assert (job.state, job.message) == (JobState.FAILED, "The class 'sad' has no images.")


def test_the_last_line_of_a_worker_that_crashes_is_recorded(queue):
    queue.submit("a", {"do": "crash"})
    assert wait_until_ended(queue, "a").message == "ZeroDivisionError: a loss of zero"


def test_a_worker_that_says_nothing_still_gets_a_sentence(start):
    queue = start(lambda folder: [sys.executable, "-c", "raise SystemExit(7)"])
    queue.submit("a", {})
    assert wait_until_ended(queue, "a").message == "The training process ended with exit code 7 and said nothing."


def test_a_worker_that_cannot_start_is_a_failed_job(start):
    queue = start(lambda folder: ["no such program"])
    queue.submit("a", {})
    assert wait_until_ended(queue, "a").message.startswith("The training process did not start")


@pytest.mark.skipif(os.name == "nt", reason="Windows has no signals")
def test_a_killed_worker_is_a_failed_job_and_the_next_one_runs(queue):
    queue.submit("a", {"do": "vanish"})
    queue.submit("b", {"do": "finish"})
    assert wait_until_ended(queue, "b").state is JobState.DONE
    assert "signal 9" in queue.get("a").message


def test_what_a_failed_job_left_is_cleaned_up_before_it_is_shown_as_failed(start):
    seen = []
    queue = start(clean_up=lambda job_id: seen.append((job_id, queue.get(job_id).state)))
    queue.submit("a", {"do": "fail"})
    wait_until_ended(queue, "a")
    assert seen == [("a", JobState.RUNNING)]


def test_a_clean_up_that_fails_does_not_stop_the_queue(start):
    queue = start(clean_up=lambda job_id: 1 / 0)
    queue.submit("a", {"do": "fail"})
    queue.submit("b", {"do": "finish"})
    assert wait_until_ended(queue, "b").state is JobState.DONE


def test_the_queue_outlives_an_error_of_its_own(queue, monkeypatch, caplog):
    monkeypatch.setattr(queue, "_others_run", lambda: 1 / 0)
    queue.submit("a", {"do": "finish"})
    wait_for(lambda: "met an error" in caplog.text)
    monkeypatch.undo()
    assert wait_until_ended(queue, "a").state is JobState.DONE


# Cancelling


@pytest.mark.parametrize("do", ["wait", "ignore"])
def test_a_running_job_is_cancelled_soon_even_if_it_does_not_listen(start, do):
    cleaned = []
    queue = start(clean_up=cleaned.append)
    queue.submit("a", {"do": do})
    wait_until_training(queue, "a")
    asked = time.monotonic()
    queue.cancel("a")
    assert wait_until_ended(queue, "a").state is JobState.CANCELLED and time.monotonic() - asked < 6
    assert cleaned == ["a"]


def test_a_worker_that_still_starts_up_is_cancelled(start):
    queue = start(lambda folder: [sys.executable, "-c", "import time; time.sleep(60)"])
    queue.submit("a", {})
    wait_until(queue, "a", JobState.RUNNING)
    queue.cancel("a")
    assert wait_until_ended(queue, "a").state is JobState.CANCELLED


def test_a_queued_job_is_cancelled_at_once_and_never_runs(queue, tmp_path):
    for job_id, do in (("a", "wait"), ("b", "finish"), ("c", "finish")):
        queue.submit(job_id, {"do": do})
    queue.cancel("b")
    assert queue.get("b").state is JobState.CANCELLED
    wait_until_training(queue, "a")
    queue.cancel("a")
    wait_until_ended(queue, "c")
    assert "start b" not in trace(tmp_path)


def test_a_job_that_another_queue_runs_can_be_cancelled(start):
    first = start()
    first.submit("a", {"do": "wait"})
    wait_until_training(first, "a")
    second = start()
    second.cancel("a")
    assert wait_until_ended(second, "a").state is JobState.CANCELLED


def test_cancelling_a_job_that_has_ended_changes_nothing(queue):
    queue.submit("a", {"do": "finish"})
    done = wait_until_ended(queue, "a")
    queue.cancel("a")
    assert queue.get("a") == done


# Pausing


def test_a_running_job_is_paused_and_keeps_its_progress(queue):
    queue.submit("a", {"do": "wait"})
    training = wait_until_training(queue, "a")
    queue.pause("a")
    paused = wait_until(queue, "a", JobState.PAUSED)
    assert (paused.message, paused.state.active, paused.progress) == ("", False, training.progress)


def test_a_queued_job_is_paused_at_once_and_does_not_run(queue, tmp_path):
    for job_id, do in (("a", "wait"), ("b", "finish"), ("c", "finish")):
        queue.submit(job_id, {"do": do})
    queue.pause("b")
    assert queue.get("b").state is JobState.PAUSED
    wait_until_training(queue, "a")
    queue.cancel("a")
    wait_until_ended(queue, "c")
    assert "start b" not in trace(tmp_path)


def test_a_paused_job_that_is_submitted_goes_on_with_its_progress(queue):
    queue.submit("a", {"do": "wait"})
    progress = wait_until_training(queue, "a").progress
    queue.pause("a")
    wait_until(queue, "a", JobState.PAUSED)
    again = queue.submit("a", {"do": "finish", "silent": True})
    assert (again.state, again.progress) == (JobState.QUEUED, progress)
    assert wait_until_ended(queue, "a").state is JobState.DONE


def test_a_job_that_another_queue_runs_can_be_paused(start):
    first = start()
    first.submit("a", {"do": "wait"})
    wait_until_training(first, "a")
    second = start()
    second.pause("a")
    assert wait_until(second, "a", JobState.PAUSED)


def test_a_job_that_is_cancelled_while_it_pauses_is_cancelled(queue):
    queue.submit("a", {"do": "ignore"})
    wait_until_training(queue, "a")
    queue.pause("a")
    queue.cancel("a")
    assert wait_until(queue, "a", JobState.PAUSED, JobState.CANCELLED).state is JobState.CANCELLED


def test_a_paused_job_can_be_forgotten(queue):
    queue.submit("a", {"do": "wait"})
    queue.pause("a")
    wait_until(queue, "a", JobState.PAUSED)
    queue.remove("a")
    assert queue.jobs() == []


def test_pausing_a_job_that_has_ended_changes_nothing(queue):
    queue.submit("a", {"do": "finish"})
    done = wait_until_ended(queue, "a")
    queue.pause("a")
    assert queue.get("a") == done


def test_cancelling_a_job_that_was_never_there_changes_nothing(queue):
    queue.cancel("abc")
    assert queue.jobs() == []


def test_closing_ends_the_running_job_and_leaves_the_queued_one(queue):
    queue.submit("a", {"do": "wait"})
    queue.submit("b", {"do": "finish"})
    wait_until_training(queue, "a")
    queue.close()
    assert (queue.get("a").message, queue.get("b").state) == (APP_STOPPED, JobState.QUEUED)


# Dying apps


def test_closing_pauses_a_job_that_keeps_what_it_has_done(queue):
    queue.submit("a", {"do": "wait", "resumable": "runs"})
    wait_until_training(queue, "a")
    queue.close()
    job = queue.get("a")
    assert job.state is JobState.PAUSED
    assert job.message == "The app stopped; 1 of 4 runs are done. Continue when you like."


@pytest.fixture
def killed_app(tmp_path):
    """An app that trained job a, with job b waiting, was killed. The worker holds a lock on a/alive while it lives."""
    app = subprocess.Popen([sys.executable, "-c", APP, str(tmp_path), WORKER], cwd=ROOT)
    wait_for(lambda: (tmp_path / "a" / "progress.json").exists() and read_job(tmp_path / "b"))
    assert lock(tmp_path / "a" / "alive", wait=False) is None
    app.kill()
    app.wait()


def test_a_worker_whose_app_has_died_ends_by_itself(killed_app, tmp_path):
    assert wait_for(lambda: lock(tmp_path / "a" / "alive", wait=False), seconds=3)


def test_the_next_app_goes_on_where_a_killed_one_stopped(killed_app, start, tmp_path):
    wait_for(lambda: lock(tmp_path / "a" / "alive", wait=False))
    os.utime(tmp_path / "a" / "heartbeat", (0, 0))  # instead of waiting until it is stale
    queue = start()
    assert wait_until_ended(queue, "b").state is JobState.DONE
    assert (queue.get("a").state, queue.get("a").message) == (JobState.FAILED, APP_STOPPED)


def test_a_running_job_without_heartbeat_is_failed_at_the_next_start(start, tmp_path):
    write_job(tmp_path, "a", "running")
    cleaned = []
    queue = start(clean_up=cleaned.append)
    job = wait_until_ended(queue, "a")
    assert (job.state, job.message, cleaned) == (JobState.FAILED, APP_STOPPED, ["a"])


def test_a_running_job_that_keeps_what_it_has_done_is_paused_at_the_next_start(start, tmp_path):
    write_job(tmp_path, "a", "running", config={"do": "finish", "resumable": "runs"})
    job = wait_until(start(), "a", JobState.PAUSED)
    assert job.message == "The app stopped; none of the runs are done. Continue when you like."


def test_a_job_that_was_to_pause_when_its_app_died_is_paused(start, tmp_path):
    (write_job(tmp_path, "a", "running") / "pause").touch()
    assert wait_until(start(), "a", JobState.PAUSED, JobState.FAILED).state is JobState.PAUSED


def test_a_running_job_with_a_fresh_heartbeat_is_left_alone_until_it_is_stale(start, tmp_path):
    heartbeat = write_job(tmp_path, "a", "running") / "heartbeat"
    heartbeat.touch()
    queue = start()
    queue.submit("b", {"do": "finish"})
    time.sleep(0.3)
    assert (queue.get("a").state, queue.get("b").state) == (JobState.RUNNING, JobState.QUEUED)
    os.utime(heartbeat, (0, 0))
    assert wait_until_ended(queue, "b").state is JobState.DONE


def test_jobs_that_a_former_app_queued_run_in_their_order(start, tmp_path):
    for job_id, submitted in (("a", 3.0), ("b", 1.0), ("c", 2.0)):
        write_job(tmp_path, job_id, "queued", submitted)
    wait_until_ended(start(), "a")
    assert trace(tmp_path) == "start b end b start c end c start a end a"


# Files


def test_progress_arrives_as_the_worker_reported_it(queue):
    queue.submit("a", {"do": "wait"})
    progress = wait_until_training(queue, "a").progress
    assert progress == Progress("wait", 1, 4, 2.5, ({"fold": 0, "epoch": 0},))


def test_small_steps_are_written_a_few_times_a_second_and_landmarks_at_once(tmp_path, monkeypatch):
    written = []
    monkeypatch.setattr(worker, "write_json", lambda path, value: written.append((value["stage"], value["done"])))
    reporter = worker.Worker(tmp_path, {})
    for done in range(100):
        reporter.report(Progress("reading images", done, 100))
    reporter.report(Progress("training", 0, 100))
    reporter.report(Progress("training", 0, 100, history=({"epoch": 0},)))
    reporter.report(Progress("training", 7, 100, history=({"epoch": 0},)), force=True)
    assert written[0] == ("reading images", 0) and len(written) < 20
    assert written[-3:] == [("training", 0), ("training", 0), ("training", 7)]


def test_a_worker_keeps_its_heartbeat_fresh(queue, tmp_path):
    queue.submit("a", {"do": "wait"})
    heartbeat = tmp_path / "a" / "heartbeat"
    first = wait_for(lambda: heartbeat.exists() and heartbeat.stat().st_mtime_ns)
    wait_for(lambda: heartbeat.stat().st_mtime_ns > first)


def test_a_reader_never_sees_half_a_file(tmp_path):
    path, end = tmp_path / "progress.json", time.monotonic() + 0.5
    write_json(path, ["0"])

    def write():
        while time.monotonic() < end:
            write_json(path, [str(time.time_ns() % 10)] * 5000)

    writer = threading.Thread(target=write)
    writer.start()
    while time.monotonic() < end:
        assert len(set(json.loads(path.read_text()))) == 1
    writer.join()


@pytest.mark.parametrize("text", ["", '{"state": "run', "[]", "{}", '{"state": "lost"}', "\0\udcff"])
def test_a_job_with_a_broken_file_is_a_failed_one_that_names_the_file(queue, tmp_path, text):
    queue.submit("a", {"do": "finish"})
    wait_until_ended(queue, "a")
    (tmp_path / "a" / "job.json").write_text(text, errors="surrogateescape")
    [job] = queue.jobs()
    assert job.state is JobState.FAILED and "job.json is broken" in job.message


@pytest.mark.parametrize("change", [{"submitted": "noon"}, {"started": []}, {"state": None}])
def test_a_job_with_an_impossible_entry_is_a_failed_one(tmp_path, change):
    folder = write_job(tmp_path, "a", "done")
    write_json(folder / "job.json", {**json.loads((folder / "job.json").read_text()), **change})
    assert [job.state for job in read_jobs(tmp_path)] == [JobState.FAILED]


def test_a_broken_configuration_is_named_too(tmp_path):
    folder = write_job(tmp_path, "a", "queued")
    (folder / "config.json").write_text("{")
    assert "config.json is broken" in read_job(folder).message


def test_broken_progress_is_no_progress(tmp_path):
    folder = write_job(tmp_path, "a", "done")
    (folder / "progress.json").write_text('{"stage"')
    assert read_job(folder).progress is None


def test_a_job_with_a_broken_file_can_be_started_again(queue, tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "job.json").write_text("{")
    queue.submit("a", {"do": "finish"})
    assert wait_until_ended(queue, "a").state is JobState.DONE


def test_a_folder_without_job_file_is_no_job(tmp_path):
    (tmp_path / "a").mkdir()
    assert read_jobs(tmp_path) == [] and read_jobs(tmp_path / "nowhere") == []
