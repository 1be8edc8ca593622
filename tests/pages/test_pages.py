"""Every page runs on the demo, on an empty folder and on no run at all, without a traceback."""

import json
import shutil

import pytest

from pages.shared.navigation import PAGES
from tests.pages.conftest import errors, text

NAMES = [name for entries in PAGES.values() for name, _, _ in entries]


@pytest.mark.parametrize("name", NAMES)
def test_every_page_opens_on_the_demo_and_says_that_it_is_drawn(visit, runs, name):
    app = visit(name)
    assert app.title[0].value
    assert "drawn by the program" in text(app)


@pytest.mark.parametrize("name", NAMES)
def test_every_page_on_an_empty_folder_says_so_in_one_sentence(visit, tmp_path, name):
    app = visit(name, dataset=str(tmp_path))
    assert errors(app) == [
        f"{tmp_path} holds no images; give a folder with JPEG, PNG or WebP files and a legend or class folders."
    ]


def test_a_page_that_needs_a_run_leads_to_training_where_there_is_none(visit, make_folder, tmp_path, monkeypatch):
    monkeypatch.setattr("core.runs.folder.SHIPPED", tmp_path / "nothing is shipped")
    app = visit("results", dataset=str(make_folder({f"{label}/{n}.jpg" for label in "ab" for n in range(9)})))
    assert "No run on this dataset yet" in app.info[0].value


def test_a_selected_class_bar_shows_its_images(visit):
    app = visit("classes")
    app.session_state["class-bars-linear"] = {"selection": {"points": [{"customdata": ["fear"]}]}}
    app.run()
    assert "fear: 10 images" in [heading.value for heading in app.subheader]


def test_respelling_is_counted(visit):
    assert "15 spellings became 8 classes; 105 rows were respelt." in text(visit("classes"))


def test_the_shapes_of_one_class_can_be_chosen(visit):
    app = visit("shapes")
    app.selectbox(key="class").set_value("contempt").run()
    assert "6 images in 1 shapes" in text(app)


def test_a_strategy_can_be_left_out_of_the_comparison(visit):
    app = visit("sampling")
    app.multiselect(key="strategies").set_value(["under"]).run()
    assert [heading.value for heading in app.subheader] == ["Random under"]


def test_a_target_changes_what_the_strategy_costs(visit):
    app = visit("sampling")
    app.multiselect(key="strategies").set_value(["under_over"]).run()
    app.number_input(key="sampling-under_over-target").set_value(20).run()
    assert "160 images a pass" in text(app)


def test_a_model_without_a_loss_has_no_loss_to_choose(visit):
    app = visit("training")
    app.selectbox(key="model").set_value("knn").run()
    assert "loss" not in [menu.key for menu in app.selectbox]


def test_a_configuration_that_was_trained_is_not_offered_again(visit, runs):
    app = visit("training")
    app.selectbox(key="model").set_value("knn").run()
    app.number_input(key="train-knn-k").set_value(5).run()
    assert [button.label for button in app.button if "Start" in button.label] == ["Start training"]
    app.number_input(key="train-knn-images-size").set_value(16).run()
    assert "trained already" in app.success[0].value
    assert not [button.label for button in app.button if "Start" in button.label]


def test_the_results_of_the_newest_run_are_shown_first(visit, runs):
    app = visit("results")
    assert app.subheader[0].value == runs[1].config.title


def test_the_results_of_nearest_neighbours_show_every_k(visit, runs):
    app = visit("results", run=runs[0].id)
    assert "Every k at once" in [heading.value for heading in app.header]
    assert app.get("plotly_chart")[-1].proto.id.endswith(f"by-k-{runs[0].id}")


def test_the_results_of_a_network_have_no_k(visit, runs):
    app = visit("results", run=runs[1].id)
    assert "Every k at once" not in [heading.value for heading in app.header]


def test_beside_another_run_every_k_says_whose_it_is(visit, runs):
    app = visit("results", run=runs[1].id, beside=runs[0].id)
    assert "B: Every k at once" in [heading.value for heading in app.header]


def test_a_link_opens_the_run_that_it_names(visit, runs):
    app = visit("results", run=runs[0].id)
    assert app.subheader[0].value == runs[0].config.title


def test_two_runs_stand_side_by_side(visit, runs):
    app = visit("results", run=runs[0].id, beside=runs[1].id)
    assert [heading.value for heading in app.subheader[:2]] == [
        f"A: {runs[0].config.title}",
        f"B: {runs[1].config.title}",
    ]


def test_images_that_a_run_left_out_are_named(visit, runs):
    record = runs[0].folder / "config.json"
    told = record.read_text()
    record.write_text(json.dumps(json.loads(told) | {"left_out": ["images/torn.bmp"]}))
    try:
        assert "images/torn.bmp" in text(visit("results", run=runs[0].id))
    finally:
        record.write_text(told)


@pytest.mark.parametrize(("page", "name"), [("results", "predictions.parquet"), ("prediction", "network.onnx")])
def test_a_damaged_file_of_a_run_is_named_in_one_sentence(visit, runs, home, tmp_path, page, name):
    copy = home / "runs" / "0123456789ab"
    shutil.copytree(runs[1].folder, copy)
    (copy / name).write_bytes(b"damaged")
    try:
        app = visit(page, run=copy.name)
        if page == "prediction":
            face = next(home.glob("datasets/*/images/*_0002.jpg"))
            app.file_uploader[0].upload(face.name, face.read_bytes(), "image/jpeg").run()
        assert not app.exception
        assert name in errors(app)[0]
    finally:
        shutil.rmtree(copy)


def test_a_hosted_server_opens_no_path_of_a_link(visit, tmp_path, monkeypatch):
    monkeypatch.setenv("NAVARASA_HOSTED", "1")
    assert "drawn by the program" in text(visit("overview", dataset=str(tmp_path)))
