"""Every page that looks at the data, on a catalog of 1,000,000 rows: seconds a rerun, and what the browser is sent.

`python -m benchmarks.million` starts the app on a catalog that it makes (no image files), drives each page in a
browser, and prints JSON: seconds and megabytes of the first visit and of a rerun.
"""

import argparse
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from core.catalog import Dataset, assemble, fingerprint
from core.embedding import Features, sample
from core.measures import COLUMNS

ROOT = Path(__file__).resolve().parents[1]
PAGES = ("overview", "classes", "shapes", "quality", "annotators", "shortcuts", "map", "data")
NAME = "million"
CLASSES = {"neutral": 0.5, "happiness": 0.42, "surprise": 0.027, "sadness": 0.02, "anger": 0.018, "disgust": 0.0148}
RARE = {"fear": 0.00015, "contempt": 0.00005}


def million(n: int = 1_000_000, seed: int = 0) -> tuple[Dataset, pd.DataFrame]:
    """Return a dataset of `n` images that do not exist, as uneven as the real one, and its measures."""
    rng = np.random.default_rng(seed)
    shares = np.array([*CLASSES.values(), *RARE.values()])
    labels = rng.choice([*CLASSES, *RARE], n, p=shares / shares.sum())
    persons = rng.zipf(1.6, n) % 300_000
    images = pd.Series([f"images/P{person}_{number:07d}.jpg" for number, person in enumerate(persons)], dtype="str")
    colour = rng.random(n) < np.where(labels == "disgust", 0.9, 0.05)
    annotators = np.where(colour, "ann4", rng.choice(["ann1", "ann2", "ann3"], n))
    raw = np.where(colour, np.char.upper(labels.astype(str)), labels)
    rows = pd.DataFrame(
        {
            "line": np.arange(2, n + 2),
            "name": images,
            "image": images,
            "raw_label": pd.Series(raw, dtype="str"),
            "annotator": pd.Series(annotators, dtype="str"),
        }
    )
    files = pd.DataFrame(
        {
            "image": images,
            "n_bytes": rng.integers(5_000, 90_000, n),
            "width": pd.Series(np.where(colour, rng.integers(60, 400, n), 350), dtype="Int32"),
            "height": pd.Series(np.where(colour, rng.integers(60, 400, n), 350), dtype="Int32"),
            "mode": pd.Series(np.where(colour, "RGB", "L"), dtype="str"),
            "format": pd.Series(["JPEG"] * n, dtype="str"),
            "problem": pd.Series([None] * n, dtype="str"),
        }
    )
    rows, catalog = assemble(rows, files)
    dataset = Dataset(NAME, "A million rows", Path(NAME), "legend legend.csv", rows, catalog, fingerprint(catalog), ())
    return dataset, _measures(catalog, rng)


def _measures(catalog: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    n = len(catalog)
    table = pd.DataFrame({name: rng.beta(4, 4, n) for name in COLUMNS}, index=catalog.index)
    hashes = rng.integers(0, 2**64, (n, 3), dtype=np.uint64)
    hashes[: n // 100] = hashes[n // 100 : 2 * (n // 100)]  # one in a hundred is there twice
    digits = pd.Series(hashes[:, 0]).map("{:016x}".format).astype("str")
    sharpness = rng.gamma(3, 300, n)
    return table.assign(
        darkest=table["brightness"] * 0.1,
        brightest=0.8 + table["brightness"] * 0.2,
        contrast=table["contrast"] / 2,
        sharpness=sharpness,
        square_sharpness=sharpness / 2,
        entropy=5 + 3 * table["entropy"],
        colourfulness=np.where(catalog["mode"] == "L", 0.0, table["colourfulness"]),
        file_hash=digits,
        pixel_hash=digits,
        perceptual_hash=hashes[:, 0],
        difference_hash=hashes[:, 1],
        difference_hash_vertical=hashes[:, 2],
    )[COLUMNS]


def _features(dataset: Dataset) -> Features:
    drawn = sample(dataset).usable
    matrix = np.random.default_rng(1).normal(size=(len(drawn), 50)).astype(np.float32)
    names = (drawn[column].to_numpy(dtype=object) for column in ("image", "label"))
    return Features("pixels", *names, matrix, NAME, len(dataset.usable))


def serve(port: int) -> None:
    """Run the app in this process, with the million rows opened as if a visitor had."""
    from streamlit.web import bootstrap

    from pages.shared import dataset as shared
    from pages.shared import progress

    dataset, measures = million()
    shared._opened()[NAME] = replace(dataset, source=NAME)
    progress._results()["features", dataset.key, "pixels"] = _features(dataset)
    progress._results()["measures", dataset.key] = measures
    bootstrap.load_config_options({"server.port": port, "server.address": "127.0.0.1", "server.headless": True})
    bootstrap.run(str(ROOT / "dashboard.py"), False, [], {})


def drive(url: str) -> dict[str, dict[str, float]]:
    """Visit each page twice in a browser and return what it cost."""
    from playwright.sync_api import sync_playwright

    executable = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))))
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    result = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=flags)
        for name in PAGES:
            result[name] = _cost(browser.new_page(), f"{url}/{name}?dataset={NAME}")
            print(name, result[name], file=sys.stderr, flush=True)
        browser.close()
    return result


def _cost(page, address: str) -> dict[str, float]:
    received = []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda data: received.append(len(data))))
    first = _visit(page, lambda: page.goto(address))
    n_first = sum(received)
    received.clear()
    again = _visit(page, lambda: page.keyboard.press("r"))
    page.close()
    return {
        "first_s": first,
        "rerun_s": again,
        "first_mb": round(n_first / 1e6, 3),
        "rerun_mb": round(sum(received) / 1e6, 3),
    }


def _visit(page, act) -> float:
    start = time.perf_counter()
    act()
    page.locator("h1").first.wait_for(timeout=120_000)
    page.wait_for_timeout(100)
    page.wait_for_selector(
        '[data-testid="stApp"][data-test-script-state="notRunning"]', state="attached", timeout=120_000
    )
    return round(time.perf_counter() - start, 2)


def main() -> None:
    """Start the app in a process of its own, drive it, and print what it cost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--serve", type=int, metavar="PORT", help="only run the app, until it is stopped")
    port = parser.parse_args().serve
    if port:
        serve(port)
        return
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as home:
        app = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.million", "--serve", str(port)],
            cwd=ROOT,
            env=os.environ | {"NAVARASA_HOME": home},
        )
        try:
            url = f"http://127.0.0.1:{port}"
            for _ in range(300):
                try:
                    urllib.request.urlopen(f"{url}/_stcore/health", timeout=1)
                    break
                except OSError:
                    time.sleep(0.5)
            print(json.dumps(drive(url), indent=1))
        finally:
            app.terminate()
            app.wait(20)


if __name__ == "__main__":
    main()
