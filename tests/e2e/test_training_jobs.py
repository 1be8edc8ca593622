"""Training jobs as people meet them: reloads, two sessions, cancel, a killed worker, a dead app."""

import os
import re
import signal
import time

import pytest

from tests.e2e.conftest import start_app

pytestmark = pytest.mark.browser


@pytest.fixture
def training(open_page):
    """Return a visit that has just started a long training, and clear it away at the end."""
    visit = open_page("training")
    visit.choose("Model", "1-conv CNN")
    visit.unfold("Split, epochs and other settings")
    visit.set_number("epochs", 200)
    visit.set_number("Seed", int(time.time()) % 9999)
    visit.page.get_by_role("button", name="Start training").click()
    visit.app.wait_for_worker()
    visit.page.get_by_text(re.compile("Training, epoch: [1-9]")).wait_for(timeout=90_000)
    yield visit
    if visit.page.get_by_role("button", name="Cancel").count():
        visit.page.get_by_role("button", name="Cancel").first.click()
        visit.page.get_by_role("button", name="Cancel").wait_for(state="detached", timeout=10_000)


def test_a_job_survives_a_reload_and_a_page_switch_and_a_second_session_sees_it(training, open_page):
    training.unfold("Split, epochs and other settings")
    training.picture("training")
    training.go("classes")
    training.go("training")
    second = open_page("training")
    for visit in (training, second):
        visit.page.get_by_role("button", name="Cancel").wait_for(timeout=10_000)
    assert len(training.app.workers()) == 1


def test_cancel_ends_the_worker_and_leaves_nothing(training):
    started = time.monotonic()
    training.page.get_by_role("button", name="Cancel").click()
    while training.app.workers():
        assert time.monotonic() - started < 10  # under 2 s on a quiet machine; a busy one must not fail the test
        time.sleep(0.05)
    print(f"cancelled in {time.monotonic() - started:.2f} s")
    training.page.get_by_role("button", name="Cancel").wait_for(state="detached", timeout=10_000)
    training.page.get_by_text("Cancelled; nothing is kept.").first.wait_for(timeout=10_000)
    assert not list((training.app.home / "runs").glob(".*"))


def test_a_killed_worker_is_marked_failed_and_the_app_lives_on(training):
    os.kill(training.app.workers()[0], signal.SIGKILL)
    training.page.get_by_text("was killed (signal 9)").first.wait_for(timeout=20_000)
    training.go("classes")
    assert "Click a bar" in training.text


def test_a_worker_ends_when_its_app_is_killed(open_page, tmp_path):
    with start_app(tmp_path) as doomed:
        visit = open_page("training", at=doomed)
        visit.page.get_by_role("button", name="Start training").click()
        visit.page.get_by_role("button", name="Cancel").wait_for(timeout=20_000)
        doomed.wait_for_worker()
        doomed.process.kill()
        deadline = time.monotonic() + 15
        while doomed.workers() and time.monotonic() < deadline:
            time.sleep(0.1)
        assert not doomed.workers()
