"""Pages opened as a browser would open them, on the demo with two short runs and on small folders of noise."""

import io
import json
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from core.datasets import open_dataset
from core.experiment import run_experiment
from core.runs import configure
from core.settings import Settings

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def home(tmp_path_factory):
    """Return a home with the demo in it, drawn once."""
    folder = tmp_path_factory.mktemp("home")
    open_dataset("demo", Settings(home=folder))
    return folder


@pytest.fixture(scope="session")
def demo(home):
    """Return the demo."""
    return open_dataset("demo", Settings(home=home))


@pytest.fixture(scope="session")
def runs(home, demo):
    """Return two short runs on the demo."""
    settings = Settings(home=home)
    sizes = {"images.size": 16}
    return [
        run_experiment(configure(demo.fingerprint, "demo", values=sizes | values, **choices), settings)
        for choices, values in (
            ({"model": "knn"}, {"model.k": 5}),
            ({"model": "cnn_1conv", "sampling": "over"}, {"training.epochs": 1}),
        )
    ]


@pytest.fixture
def visit(home, monkeypatch):
    """Return a function that opens a page as a browser would and gives what it shows."""
    monkeypatch.setenv("NAVARASA_HOME", str(home))
    monkeypatch.delenv("NAVARASA_DATA", raising=False)
    monkeypatch.delenv("NAVARASA_HOSTED", raising=False)
    monkeypatch.chdir(ROOT)

    def open_(name: str, dataset: object = None, **link: str) -> AppTest:
        app = AppTest.from_file(ROOT / "dashboard.py", default_timeout=120)
        if dataset:
            app.session_state["dataset"] = str(dataset)
        for key, value in link.items():
            app.query_params[key] = value
        app.switch_page(f"pages/{name}.py").run()
        assert not app.exception, app.exception[0].message
        return app

    return open_


@pytest.fixture
def small(make_folder):
    """Return a folder of six labelled images: two spellings of one class, a conflict and a repeated row."""
    legend = "image,emotion,annotator\na.png,sad,kim\nb.png,Sad,kim\nc.png,sad,lee\nd.png,happy,lee\ne.png,happy,lee\n"
    legend += "e.png,happy,lee\nf.png,happy,kim\nf.png,sad,lee\n"
    return make_folder({f"images/{letter}.png": noise(n) for n, letter in enumerate("abcdef")}, legend, "small")


@pytest.fixture
def even(make_folder):
    """Return a folder in which nothing is wrong: two classes of 40 persons with one image each."""
    pairs = [first + second for first in "abcdefgh" for second in "mnopq"]
    names = [f"{label}/{pair}{label}_1.png" for label in ("cat", "dog") for pair in pairs]
    return make_folder({name: noise(1000 + n) for n, name in enumerate(names)}, name="even")


def noise(seed: int, image_format: str = "PNG", side: int = 32) -> bytes:
    """Return a picture of grey noise; another one for each seed."""
    return pictured(np.random.default_rng(seed).integers(0, 256, (side, side)), image_format)


def pictured(pixels: np.ndarray, image_format: str = "PNG") -> bytes:
    """Return these pixels as a file."""
    buffer = io.BytesIO()
    Image.fromarray(pixels.astype(np.uint8)).save(buffer, image_format)
    return buffer.getvalue()


def text(app: AppTest) -> str:
    """Return everything that a page says, as a reader sees it."""
    elements = [*app.markdown, *app.caption, *app.header, *app.subheader, *app.error, *app.info, *app.success]
    return "\n".join(_seen(element.value) for element in elements)


def errors(app: AppTest) -> list[str]:
    """Return the sentences in red, as a reader sees them."""
    return [_seen(error.value) for error in app.error]


def button(app: AppTest, label: str):
    """Return the button with this label."""
    return next(one for one in app.button if one.label == label)


def labels(app: AppTest) -> list[str]:
    """Return what is written on the buttons."""
    return [one.label for one in app.button]


def pictures(app: AppTest) -> list[str]:
    """Return the names of all pictures that a page shows, one after the other."""
    return re.findall(r'<img [^>]*alt="([^"]*)"', "".join(sheet.value for sheet in app.html))


def edit(app: AppTest, key: str, rows: dict[int, dict[str, object]]) -> AppTest:
    """Write into the cells of a table that can be edited, as a browser would; `key` is how its key begins."""
    ids = [table.proto.id for table in app.dataframe if f"-{key}" in table.proto.id]
    assert len(ids) == 1, f"{len(ids)} tables whose key begins with {key}"
    states = app._tree.get_widget_states()  # AppTest has no call for it, and session_state refuses edits
    states.widgets.add(id=ids[0], string_value=json.dumps({"edited_rows": rows, "added_rows": [], "deleted_rows": []}))
    return app._run(states)


def pick(app: AppTest, key: str, cell: list[str]) -> AppTest:
    """Choose a cell of a matrix, as a browser would; no cell lets go of the one that is chosen."""
    [drawn] = [one for one in app.get("bidi_component") if one.proto.id.endswith(f"-{key}")]
    states = app._tree.get_widget_states()  # AppTest knows components, but has no call for what they send
    event = json.dumps([{"event": "pick", "value": cell}])
    states.widgets.add(id=f"$$STREAMLIT_INTERNAL_KEY_{drawn.proto.id}__events", json_trigger_value=event)
    return app._run(states)


def _seen(markdown: str) -> str:
    return re.sub(r"\\([\\`*_{}\[\]<>#$~|:])", r"\1", markdown)
