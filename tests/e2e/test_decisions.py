"""A decision in a real browser: the matrix follows the slider, and the test stays locked while one tunes."""

import re
import statistics

import pytest

from core.datasets import open_dataset
from core.experiment import run_experiment
from core.runs import configure
from core.settings import Settings

pytestmark = pytest.mark.browser

FOLLOWED = """() => {
  const roots = [...document.querySelectorAll('[data-testid="stMain"] *')].map(part => part.shadowRoot).filter(Boolean);
  const matrix = roots.find(root => root.querySelector('[role=gridcell]'));
  const shown = () => [...matrix.querySelectorAll('[role=gridcell]')].map(cell => cell.innerText).join();
  const before = shown();
  window.followed = null;
  addEventListener('keydown', () => {
    const began = performance.now();
    const look = () => shown() === before ? requestAnimationFrame(look) : (window.followed = performance.now() - began);
    requestAnimationFrame(look);
  }, {once: true, capture: true});
}"""
"""Notes how many milliseconds after the next key the matrix shows something else."""


@pytest.fixture(scope="module")
def run_id(app):
    """Train a small network where the app keeps its runs, and return the run's id."""
    settings = Settings(home=app.home)
    demo = open_dataset("demo", settings)
    values = {"images.size": 16, "training.epochs": 2}
    return run_experiment(configure(demo.fingerprint, "demo", model="cnn_1conv", values=values), settings).id


@pytest.fixture
def desk(open_page, run_id):
    """Return the page on that run, and its slider of tau with the keyboard on it."""
    visit = open_page(f"decisions?dataset=demo&run={run_id}")
    visit.page.get_by_role("gridcell", name=re.compile("^true ")).first.wait_for()
    visit.page.get_by_role("slider", name=re.compile("^Tau")).focus()
    return visit


def test_the_matrix_follows_the_slider(desk, record_property):
    times = []
    for key in ("End", "Home", "End", "Home", "End"):
        desk.page.evaluate(FOLLOWED)
        desk.page.keyboard.press(key)
        desk.page.wait_for_function("window.followed !== null", timeout=10_000)
        times.append(desk.page.evaluate("window.followed"))
        desk.settle()
    record_property("milliseconds until the matrix followed", statistics.median(times))
    assert re.search(r"tau=\d", desk.page.url)


def test_the_test_is_locked_while_the_sliders_move(desk):
    assert "the test is locked" in desk.text
    desk.page.get_by_role("button", name="Freeze this decision").click()
    desk.page.get_by_text("is frozen").wait_for()
    desk.page.get_by_role("slider", name=re.compile("^Tau")).focus()
    desk.page.keyboard.press("ArrowRight")
    desk.page.get_by_text("Validation images (tuning)").wait_for()
    assert "the test is locked again" in desk.text


def test_a_copied_link_opens_the_same_decision_on_the_test(desk, open_page):
    for _ in range(5):
        desk.page.keyboard.press("ArrowRight")
    desk.settle()
    desk.page.get_by_role("button", name="Freeze this decision").click()
    desk.page.get_by_text("is frozen").wait_for()
    desk.settle()
    elsewhere = open_page(desk.page.url.removeprefix(f"{desk.app.url}/"))
    assert "is frozen: tau 0.25" in elsewhere.text
    frozen = [re.search(r"Decision (\w{8}) is frozen", visit.text)[1] for visit in (desk, elsewhere)]
    assert frozen[0] == frozen[1]
