"""A real app on a free port, and a real Chromium that the tests drive."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


class App:
    """A running app: where it is, and where it keeps its files."""

    def __init__(self, url: str, home: Path, process: subprocess.Popen):
        self.url, self.home, self.process = url, home, process

    def wait_for_worker(self) -> int:
        """Return the process id of the training process, once there is one."""
        for _ in range(100):
            if workers := self.workers():
                return workers[0]
            time.sleep(0.1)
        raise AssertionError("no training process was started")

    def workers(self) -> list[int]:
        """Return the process ids of the training processes that this app started."""
        listing = subprocess.run(["ps", "-ww", "-eo", "pid,args"], capture_output=True, text=True, check=True).stdout
        return [int(line.split()[0]) for line in listing.splitlines() if "core work" in line and str(self.home) in line]


@contextmanager
def start_app(home: Path, **environment: str):
    """Run the app until the block ends."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "dashboard.py", "--server.address", "127.0.0.1"]
    variables = {name: value for name, value in os.environ.items() if not name.startswith("NAVARASA_")}
    variables |= {"NAVARASA_HOME": str(home)} | environment
    home.mkdir(parents=True, exist_ok=True)
    with (home / "app.log").open("w") as log:
        process = subprocess.Popen(
            [*command, "--server.port", str(port)], cwd=ROOT, env=variables, stdout=log, stderr=log
        )
        try:
            url = f"http://127.0.0.1:{port}"
            _wait_for(f"{url}/_stcore/health", process)
            yield App(url, home, process)
        finally:
            process.terminate()
            process.wait(20)


def _wait_for(url: str, process: subprocess.Popen) -> None:
    for _ in range(300):
        assert process.poll() is None, "the app ended while it started"
        try:
            urllib.request.urlopen(url, timeout=1)
            return
        except OSError:
            time.sleep(0.2)
    raise AssertionError("the app did not start")


@pytest.fixture(scope="session")
def browser():
    """Return a Chromium; the tests are skipped where none is installed."""
    executable = next(filter(None, map(shutil.which, BROWSERS)), None)
    if executable is None:
        pytest.skip("no Chromium is installed here, so no browser test can run")
    playwright = pytest.importorskip("playwright.sync_api").sync_playwright().start()
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    chromium = playwright.chromium.launch(executable_path=executable, args=flags)
    yield chromium
    chromium.close()
    playwright.stop()


@pytest.fixture(scope="session")
def app(browser, tmp_path_factory):
    """Return an app on the demo dataset."""
    with start_app(tmp_path_factory.mktemp("home")) as running:
        yield running


@pytest.fixture
def open_page(browser, app):
    """Return a function that opens a page of the app in a browser session of its own."""
    contexts = []

    def open_(path: str, width: int = 1280, at: App = app):
        contexts.append(browser.new_context(viewport={"width": width, "height": 900}))
        visit = Visit(contexts[-1].new_page(), at)
        visit.go(path)
        return visit

    yield open_
    for context in contexts:
        context.close()


class Visit:
    """A browser tab on the app, and the few moves that the tests make in it."""

    def __init__(self, page, app: App):
        self.page, self.app = page, app

    def go(self, path: str) -> None:
        """Open a page and wait until it is drawn."""
        self.page.goto(f"{self.app.url}/{path}")
        self.page.locator("h1").first.wait_for(timeout=60_000)
        self.settle()

    def settle(self) -> None:
        """Wait until the script has run and the browser has drawn; a script that starts again meanwhile is awaited."""
        at_rest = '[data-testid="stApp"][data-test-script-state="notRunning"]'
        self.page.wait_for_timeout(300)
        for _ in range(10):
            self.page.wait_for_selector(at_rest, state="attached", timeout=60_000)
            self.page.wait_for_timeout(500)
            if self.page.locator(at_rest).count():
                return

    @property
    def text(self) -> str:
        """Return what the page says."""
        return self.page.locator('[data-testid="stMain"]').inner_text()

    def unfold(self, label: str) -> None:
        """Open a fold and wait until it stands still: what opens moves, and a click would fall beside it."""
        self.settle()
        self.page.get_by_text(label).click()
        self.settle()

    def choose(self, label: str, option: str) -> None:
        """Pick an option of a menu; one that opens while the script runs is closed by it, and is opened again."""
        wanted = self.page.get_by_role("option", name=option)
        for _ in range(5):
            self.settle()
            self.page.get_by_role("combobox", name=label).click()
            self.page.wait_for_timeout(1000)
            if wanted.count():
                break
        wanted.click()
        self.settle()

    def set_number(self, label: str, value: int) -> None:
        """Type into a number field."""
        field = self.page.get_by_role("spinbutton", name=re.compile(rf"^{label}\b"))
        field.fill(str(value))
        field.press("Enter")
        self.settle()

    def click_in_chart(self, number: int, x: float, y: float) -> None:
        """Click in the plotting area of the page's `number`-th chart, at shares of its width and height."""
        area = self.page.locator('[data-testid="stPlotlyChart"]').nth(number).locator(".nsewdrag").first
        area.scroll_into_view_if_needed()
        box = area.bounding_box()
        at = box["x"] + x * box["width"], box["y"] + y * box["height"]
        self.page.mouse.move(at[0] - 4, at[1] - 4)
        self.page.mouse.move(*at)
        self.page.wait_for_timeout(300)  # plotly takes a click for the mark that it hovers
        self.page.mouse.click(*at)
        self.page.wait_for_timeout(700)
        self.settle()

    def picture(self, name: str) -> None:
        """Save the whole page where NAVARASA_PICTURES says (the README shows these), else beside the app's files."""
        folder = ROOT / os.environ.get("NAVARASA_PICTURES", self.app.home)
        folder.mkdir(parents=True, exist_ok=True)
        size = self.page.viewport_size
        height = self.page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
        self.page.set_viewport_size({"width": size["width"], "height": max(size["height"], min(height, 2600))})
        self.page.mouse.move(0, 0)
        self.page.evaluate("document.querySelector('[data-testid=stMain]').scrollTo(0, 0)")
        self.page.wait_for_timeout(600)
        self.page.screenshot(path=folder / f"{name}.png")
        self.page.set_viewport_size(size)
