"""What is seen is in the link: every widget is, a link shows it again, and nonsense in one shows the default."""

import re
import shutil
from dataclasses import replace

import numpy as np
import plotly.graph_objects as go
import pytest

from core.runs import configure, recipe
from core.settings import Settings
from pages.shared.dataset import opens_elsewhere
from pages.shared.loops import caught_in_loop, text_of_loop
from pages.shared.navigation import PAGES
from tests.pages.conftest import button, labels, noise, text
from tests.pages.waiting import only_job, waiting

NAMES = [name for entries in PAGES.values() for name, _, _ in entries]
STATE = {
    "button_group",
    "checkbox",
    "color_picker",
    "date_input",
    "expander",
    "multiselect",
    "number_input",
    "radio",
    "selectbox",
    "slider",
    "tab_container",
    "text_area",
    "text_input",
    "toggle",
}
"""Elements that hold what a visitor chose."""
NOT_BOUND = {
    r"threshold-": "written by the page, so that those of the checks that are not shown are in the link too",
    r"beside|without": "written by the page, which leaves out what is not chosen",
    r"alike-by": "written by the page, by the run's name and not by its title",
    r"(apart|mapping|conflicts|legend-\w+)-": "changes nothing until it is applied, and then is part of the dataset",
    r"Clean it up another way": "holds what changes nothing until it is applied",
    r"approved-": "what is approved is the server's, not the view's",
    r"typed-path": "a path that a visitor types",
    r"Give (a|another) CSV": "holds nothing but an upload",
}
"""How a key (else a label) begins -> why it is neither bound nor in the link of an untouched page."""


def widgets(app):
    """Return type, key (or label) and whether it is bound, of everything on the page that holds a choice."""
    found = []
    for node in app._tree:
        if node.type in STATE:
            key = re.sub(r"^.*?-[0-9a-f]{32}-", "", node.proto.id)
            found.append(
                (node.type, node.proto.label if key in ("", "None") else key, bool(node.proto.query_param_key))
            )
    return found


def said(app, key: str) -> str:
    """Return what the link says under a name."""
    value = app.query_params[key]
    return value if isinstance(value, str) else value[-1]


@pytest.mark.parametrize("name", NAMES)
def test_every_widget_is_in_the_link(visit, runs, name):
    app = visit(name)
    left_out = [
        (kind, key)
        for kind, key, bound in widgets(app)
        if not (bound or key in app.query_params or any(re.match(known, key) for known in NOT_BOUND))
    ]
    assert left_out == []


@pytest.mark.parametrize("name", NAMES)
def test_what_makes_no_sense_in_a_link_counts_as_not_said(visit, runs, name):
    untouched = visit(name)
    kinds = {key: kind for kind, key, bound in widgets(untouched) if bound}
    keys = kinds.keys() | {"class", "cell", "step", "spelling", "loop", "part"}
    nonsense = ["nonsense & größe 🙂", "-999999999", "", "1e999"]
    link = {key: nonsense[n % len(nonsense)] for n, key in enumerate(sorted(keys))}
    link |= {key: "nonsense" for key, kind in kinds.items() if kind == "multiselect"}  # which may be empty
    assert text(visit(name, **link)) == text(untouched)


def test_a_bar_is_in_the_link_by_its_class_and_a_link_opens_it(visit):
    app = visit("classes", **{"class": "fear"})
    assert "fear: 10 images" in [heading.value for heading in app.subheader]
    assert said(app, "class") == "fear"
    button(app, "Hide what is chosen").click().run()
    assert "class" not in app.query_params


def test_a_part_of_a_bar_is_in_the_link_without_its_count(visit, small):
    app = visit("annotators", small)
    app.session_state["annotator-mix"] = {"selection": {"points": [{"customdata": ["kim", "happy", 1]}]}}
    app.run()
    assert said(app, "part") == "kim~happy"


def test_classes_of_any_name_are_found_again(visit, make_folder):
    strange = ("a&b=c", "größe ~ 1", "#50% off?")
    folder = make_folder({f"{n}.png": noise(n) for n in range(3)}, _legend(strange), "strange")
    for label in visit("classes", folder).dataframe[0].value["label"]:
        app = visit("classes", folder, **{"class": label})
        assert f"{label}: 1 image" in [re.sub(r"\\(.)", r"\1", heading.value) for heading in app.subheader]


def _legend(strange: tuple[str, ...]) -> str:
    return "image,emotion\n" + "".join(f'{n}.png,"{label}"\n' for n, label in enumerate(strange))


def test_a_line_of_a_table_is_in_the_link_and_a_link_opens_it(visit):
    app = visit("classes")
    app.session_state["spellings"] = {"selection": {"rows": [2], "columns": [], "cells": []}}
    app.run()
    line = said(app, "spelling")
    written = [heading.value for heading in app.subheader]
    assert [heading.value for heading in visit("classes", spelling=line).subheader] == written
    assert line == "2"


def test_a_line_that_a_table_lacks_is_dropped_from_the_link(visit):
    assert "spelling" not in visit("classes", spelling="999").query_params


def test_the_thresholds_of_checks_that_are_not_shown_are_in_the_link(visit, small):
    link = {"threshold-dark": "0.7", "threshold-light": "0.2"}
    app = visit("quality", small, **link)
    table = next(table.value for table in app.dataframe if "threshold" in table.value)
    assert table.set_index("check").loc[["dark", "light"], "threshold"].to_list() == [0.7, 0.2]
    assert {key: said(app, key) for key in link} == link


def test_the_training_page_is_filled_in_by_a_link(visit, demo):
    link = {"model": "k nearest neighbours", "train-knn-model-k": "7", "seed": "3", "folds": "nonsense"}
    link = {key.replace("-model-", "-"): value for key, value in link.items()}
    app = visit("training", **link)
    assert app.number_input(key="train-knn-k").value == 7
    assert "seed 3" in text(app)


# Dots in a loop


def dots() -> go.Figure:
    """Return a figure of 100 dots on a square of 10 x 10, even rows in one trace and odd ones in another."""
    y, x = np.divmod(np.arange(100), 10)
    figure = go.Figure()
    for rest in (0, 1):
        part = y % 2 == rest
        figure.add_scattergl(x=x[part].astype("float32"), y=y[part].astype("float32"), customdata=np.arange(100)[part])
    return figure


def drawn(points: list[dict], **shape: list[float]) -> dict:
    return {"points": points, "lasso": [shape], "box": []}


def test_a_loop_is_a_text_of_its_corners_and_catches_what_lies_in_it():
    points = [{"customdata": 11, "curve_number": 1}, {"customdata": 21, "curve_number": 0}]
    loop = text_of_loop(drawn(points, x=[0.5, 1.5, 1.5, 0.5], y=[0.5, 0.5, 2.5, 2.5]), dots())
    assert loop == "p0.5~0.5~1.5~0.5~1.5~2.5~0.5~2.5"
    assert sorted(caught_in_loop(loop, dots())) == [11, 21]


def test_a_trace_that_was_hidden_stays_out_of_the_loop():
    points = [{"customdata": 21, "curve_number": 0}]
    loop = text_of_loop(drawn(points, x=[0.5, 1.5, 1.5, 0.5], y=[0.5, 0.5, 2.5, 2.5]), dots())
    assert caught_in_loop(loop, dots()) == [21]


def test_a_box_is_a_loop_of_four_corners():
    selection = {"points": [{"customdata": 0, "curve_number": 0}], "box": [{"x": [0.5, -1], "y": [-1, 0.5]}]}
    assert caught_in_loop(text_of_loop(selection, dots()), dots()) == [0]


def test_a_loop_of_very_many_corners_is_thinned():
    turn = np.linspace(0, 2 * np.pi, 500)
    shape = {"x": list(4.5 + 3 * np.cos(turn)), "y": list(4.5 + 3 * np.sin(turn))}
    loop = text_of_loop(
        drawn([{"customdata": 44, "curve_number": 0}, {"customdata": 54, "curve_number": 1}], **shape), dots()
    )
    y, x = np.divmod(np.arange(100), 10)
    assert loop.count("~") < 80
    assert sorted(caught_in_loop(loop, dots())) == np.flatnonzero(np.hypot(x - 4.5, y - 4.5) < 3).tolist()


def test_clicked_dots_are_named_one_by_one():
    assert text_of_loop({"points": [{"customdata": 4}, {"customdata": 7}]}, dots()) == "d4~7"
    assert caught_in_loop("d4~7~1000", dots()) == [4, 7]


@pytest.mark.parametrize("loop", ["p", "p1~2", "p1~2~3", "pnan~1~2~3~4~5", "dx", "q1", "pa~b~c~d~e~f", "🙂"])
def test_a_loop_that_makes_no_sense_catches_nothing(loop):
    assert caught_in_loop(loop, dots()) == []


# Runs that are not here


@pytest.fixture
def lost(demo):
    """Return a configuration that nobody trained here."""
    return configure(demo.fingerprint, "demo", model="cnn_1conv", values={"training.epochs": 3}, seed=5)


def link_to(config) -> dict[str, str]:
    return {"run": config.id, "run-recipe": recipe(config)}


def test_a_link_holds_the_run_and_its_recipe_before_anybody_touches_the_menu(visit, runs):
    app = visit("results")
    assert said(app, "run") == runs[1].id
    assert said(app, "run-recipe") == recipe(runs[1].config)


def test_a_run_that_is_not_here_is_named_and_can_be_trained(visit, easy, tmp_path, monkeypatch):
    monkeypatch.setenv("NAVARASA_HOME", str(tmp_path))
    lost = configure(easy.fingerprint, easy.source, model="cnn_1conv", values={"training.epochs": 3}, seed=5)
    with waiting(tmp_path):
        app = visit("results", easy.source, **link_to(lost))
        said = app.warning[0].value
        assert f"The run {lost.id} of this link is not here: **{lost.title}**; {lost.plan}." in said
        assert "another copy" not in said
        button(app, "Train it").click().run()
        assert only_job(tmp_path).config == lost.to_json()
        assert "Train it" not in labels(app)
        assert "Cancel" in labels(app)


def test_the_link_still_names_the_run_that_is_not_here(visit, runs, lost):
    assert said(visit("results", **link_to(lost)), "run") == lost.id


def test_another_run_can_be_looked_at_instead(visit, runs, lost):
    app = visit("results", **link_to(lost))
    app.selectbox(key="run").set_value(runs[0].id).run()
    assert app.subheader[0].value == runs[0].config.title
    assert said(app, "run") == runs[0].id


def test_a_run_of_another_copy_of_the_dataset_is_shown_as_it_was_trained_here(visit, runs):
    other = replace(runs[0].config, fingerprint="of another copy")
    app = visit("results", **link_to(other))
    assert "trained on another copy of the dataset" in app.info[0].value
    assert app.subheader[0].value == runs[0].config.title
    assert said(app, "run") == runs[0].id


def test_training_a_run_of_another_copy_says_what_to_expect(visit, runs, lost):
    app = visit("results", **link_to(replace(lost, fingerprint="of another copy")))
    assert "It was trained on another copy of the dataset" in app.warning[0].value


@pytest.mark.parametrize("damaged", ["", "v3~zzz", "v2~knn~none~cross_entropy~person_disjoint~h~seed0", "🙂" * 500])
def test_a_recipe_that_cannot_be_read_gets_one_sentence(visit, runs, damaged):
    app = visit("results", run="0123456789ab", **{"run-recipe": damaged})
    assert app.warning[0].value.startswith("The run 0123456789ab of this link is not here.")
    assert "Train it" not in labels(app)


def test_the_run_beside_may_be_missing_and_the_page_goes_on(visit, runs, lost):
    app = visit("results", run=runs[0].id, beside=lost.id, **{"beside-recipe": recipe(lost)})
    assert lost.id in app.warning[0].value
    assert app.subheader[0].value == runs[0].config.title


def test_the_run_beside_can_be_taken_away_again(visit, runs):
    app = visit("results", run=runs[0].id, beside=runs[1].id)
    app.selectbox(key="beside").set_value(None).run()
    assert "beside" not in app.query_params


# Runs that come with the program


@pytest.fixture
def shipped(runs, tmp_path, monkeypatch):
    """Ship the first run with the program, and return its name."""
    folder = tmp_path / "shipped" / runs[0].id
    shutil.copytree(runs[0].folder, folder)
    for name in ("network.onnx", "weights.safetensors"):
        (folder / name).unlink()
    monkeypatch.setattr("core.runs.folder.SHIPPED", folder.parent)
    return runs[0].id


def test_a_shipped_run_is_shown_at_once_where_nothing_is_trained_and_says_what_it_is(visit, shipped, even):
    app = visit("results", even)
    assert said(app, "run") == shipped
    assert "shipped with the program. It was trained on demo" in text(app)


def test_a_trained_run_stands_for_its_shipped_twin(visit, runs, shipped):
    options = visit("results").selectbox(key="run").options
    assert len(options) == 2
    assert not any("shipped" in option for option in options)


def test_a_page_that_needs_the_network_lists_no_shipped_run(visit, shipped, even, tmp_path, monkeypatch):
    monkeypatch.setattr("core.predictors.ZOO", tmp_path / "nothing is shipped")
    assert "No run on this dataset yet" in visit("prediction", even).info[0].value


# What others do not have


@pytest.mark.parametrize(
    ("source", "opens"), [("demo", True), ("demo?conflicts=first", True), ("/home/me/faces", False), ("faces", False)]
)
def test_only_what_the_server_knows_by_name_is_shared(tmp_path, source, opens):
    assert opens_elsewhere(source, Settings(home=tmp_path)) == opens


def test_a_folder_that_was_unpacked_here_is_not_shared(tmp_path):
    settings = Settings(home=tmp_path, data=tmp_path / "faces")
    assert opens_elsewhere("faces", settings)
    assert not opens_elsewhere(str(tmp_path / "faces"), settings)
