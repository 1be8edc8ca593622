"""Try a face: who answers, what is said of each face, several pictures at once, and what is forgotten again."""

import gc
import io
import json
import re
import shutil
import weakref

import numpy as np
import pytest
from PIL import Image

from core.evaluation.decisions import class_shares
from core.explanation import CLASS_ACTIVATION, OCCLUSION
from core.runs import configure, recipe
from tests.pages.conftest import button, errors, labels, noise, pictures, text
from tests.pages.test_links import widgets

WALL = ("wall.png", noise(3, side=96), "image/png")


@pytest.fixture
def zoo(runs, tmp_path, monkeypatch):
    """Return the name of a zoo's only network: the one of the second run, which looks for faces."""
    run, folder = runs[1], tmp_path / "zoo" / "tiny"
    folder.mkdir(parents=True)
    for name in ("network.onnx", "predictions.parquet"):
        shutil.copy(run.folder / name, folder)
    record = {"title": "A tiny network", "labels": run.labels, "size": 16, "tau": 0.5, "temperature": 1.0}
    record |= {"priors": class_shares(run.predictions).tolist(), "on_faces": True, "figures": {"macro_f1": 0.5}}
    (folder / "record.json").write_text(json.dumps(record))
    monkeypatch.setattr("core.predictors.ZOO", folder.parent)
    return "zoo/tiny"


@pytest.fixture
def no_zoo(tmp_path, monkeypatch):
    monkeypatch.setattr("core.predictors.ZOO", tmp_path / "nothing is shipped")


@pytest.fixture(scope="module")
def portrait() -> tuple[str, bytes, str]:
    """NASA's public picture of Eileen Collins, which comes with scikit-image."""
    picture = Image.fromarray(pytest.importorskip("skimage.data").astronaut())
    return "portrait.jpg", _jpeg(picture), "image/jpeg"


@pytest.fixture(scope="module")
def couple() -> tuple[str, bytes, str]:
    one = Image.fromarray(pytest.importorskip("skimage.data").astronaut()).resize((300, 300))
    room = Image.new("RGB", (640, 320), (170, 175, 180))
    for x in (10, 330):
        room.paste(one, (x, 10))
    return "couple.jpg", _jpeg(room), "image/jpeg"


def _jpeg(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=92)
    return buffer.getvalue()


def give(app, *files):
    app.file_uploader[0].set_value(list(files))
    return app.run()


def heads(app) -> list[str]:
    """Return what each card says first."""
    found = re.findall(r'class="said"[^>]*>(.*?)</div>', "".join(sheet.value for sheet in app.html))
    return [re.sub(r"<span.*?</span>", "", one) for one in found]


def said(app, key: str) -> str:
    value = app.query_params[key]
    return value if isinstance(value, str) else value[-1]


# Who answers


def test_the_zoo_answers_first_and_the_link_names_it(visit, zoo):
    app = visit("prediction")
    assert app.multiselect(key="predictors").value == [zoo]
    assert said(app, "predictors") == zoo


def test_the_datasets_runs_can_be_asked_too(visit, zoo, runs):
    app = visit("prediction")
    assert [option.split(",")[0] for option in app.multiselect(key="predictors").options] == [
        "A tiny network",
        runs[1].config.title,
        runs[0].config.title,
    ]


def test_a_link_names_several_and_holds_the_recipe_of_each_run(visit, zoo, runs):
    app = visit("prediction", predictors=f"{runs[0].id},{zoo}")
    assert app.multiselect(key="predictors").value == [runs[0].id, zoo]
    assert said(app, f"{runs[0].id}-recipe") == recipe(runs[0].config)


def test_a_link_to_one_run_asks_that_one(visit, zoo, runs):
    app = visit("prediction", run=runs[0].id, **{"run-recipe": recipe(runs[0].config)})
    assert app.multiselect(key="predictors").value == [runs[0].id]
    assert said(app, "predictors") == runs[0].id
    assert "run" not in app.query_params


def test_a_run_of_a_link_that_is_not_here_can_be_trained_and_another_answers(visit, zoo, demo):
    lost = configure(demo.fingerprint, "demo", model="cnn_1conv", values={"training.epochs": 3}, seed=5)
    app = visit("prediction", predictors=lost.id, **{f"{lost.id}-recipe": recipe(lost)})
    assert f"The run {lost.id} of this link is not here" in app.warning[0].value
    assert "Train it" in labels(app)
    assert app.multiselect(key="predictors").value == [zoo]
    assert said(app, "predictors") == f"{zoo},{lost.id}"


def test_choosing_somebody_lets_go_of_a_run_that_is_not_here(visit, zoo, runs):
    app = visit("prediction", predictors="0123456789ab")
    app.multiselect(key="predictors").set_value([runs[0].id]).run()
    assert said(app, "predictors") == runs[0].id
    assert not app.warning


@pytest.mark.parametrize("nonsense", ["nonsense & größe 🙂", "/etc", "..", ",,,", "zoo/none"])
def test_a_name_that_is_nobodys_asks_the_first(visit, zoo, nonsense):
    assert visit("prediction", predictors=nonsense).multiselect(key="predictors").value == [zoo]


def test_nobody_chosen_is_said(visit, zoo):
    app = visit("prediction")
    app.multiselect(key="predictors").set_value([]).run()
    assert "Choose who answers." in app.info[0].value
    assert not app.file_uploader


def test_who_comes_back_to_the_page_meets_the_first_again(visit, zoo, runs):
    app = visit("prediction")
    app.multiselect(key="predictors").set_value([runs[0].id]).run()
    app.switch_page("pages/classes.py").run()
    app.query_params.clear()
    app.switch_page("pages/prediction.py").run()
    assert app.multiselect(key="predictors").value == [zoo]


def test_without_zoo_and_run_it_leads_to_training(visit, no_zoo, even):
    assert "No run on this dataset yet" in visit("prediction", even).info[0].value


def test_it_says_how_often_the_answers_are_right_before_a_picture_is_there(visit, zoo):
    assert re.search(r"\d+ in 100 answers are right", text(visit("prediction")))


# One picture


def test_a_face_is_answered_with_what_the_answer_is_worth(visit, zoo, runs, portrait):
    app = give(visit("prediction"), portrait)
    [head] = heads(app)
    assert head in runs[1].labels
    assert re.search(rf"When it says {head} of people it never saw|It never said {head} of people", text(app))


def test_a_face_is_shown_framed_and_as_the_network_saw_it(visit, zoo, portrait):
    assert pictures(give(visit("prediction"), portrait)) == [
        "The picture portrait.jpg, one face framed",
        "Face 1 as the network saw it, in grey",
    ]


def test_each_face_has_its_card(visit, zoo, couple):
    app = give(visit("prediction"), couple)
    assert len(heads(app)) == 2
    assert pictures(app)[0] == "The picture couple.jpg, 2 faces framed and numbered"


def test_two_networks_stand_side_by_side_and_it_is_said_whether_they_agree(visit, zoo, runs, portrait):
    app = give(visit("prediction", predictors=f"{zoo},{runs[1].id}"), portrait)  # the same network twice
    assert len(app.get("plotly_chart")) == 2
    assert f"All 2 say {heads(app)[0]}" in text(app)


def test_below_the_confidence_that_is_asked_for_nothing_is_said(visit, zoo, portrait):
    app = give(visit("prediction", below="0.99"), portrait)
    assert heads(app) == ["No answer"]
    assert "When it says" not in text(app)


def test_rare_classes_can_be_weighed_up(visit, zoo, portrait):
    app = give(visit("prediction"), portrait)
    before = app.get("plotly_chart")[0].proto.spec
    app.button_group(key="answer").set_value("rare classes weighed up").run()
    assert app.get("plotly_chart")[0].proto.spec != before


def test_a_picture_without_a_face_says_so_and_the_whole_of_it_can_be_used(visit, zoo, runs):
    app = give(visit("prediction"), WALL)
    assert "No face was found in wall.png" in app.warning[0].value
    assert heads(app) == []
    button(app, "Use the whole picture").click().run()
    assert heads(app)[0] in runs[1].labels
    assert "If it does not show one, the answer means nothing" in app.warning[0].value
    button(app, "Look for faces").click().run()
    assert heads(app) == []


def test_what_learnt_from_no_faces_gets_the_whole_picture_unless_faces_are_asked_for(visit, zoo, portrait, tmp_path):
    record = tmp_path / zoo / "record.json"
    record.write_text(json.dumps(json.loads(record.read_text()) | {"on_faces": False}))
    app = give(visit("prediction"), portrait)
    assert pictures(app)[0] == "The picture portrait.jpg, the whole of it used"
    button(app, "Look for faces").click().run()
    assert pictures(app)[0] == "The picture portrait.jpg, one face framed"


@pytest.mark.parametrize(("name", "content"), [("notes.jpg", b"just text"), ("nothing.png", b"")])
def test_what_is_no_picture_is_named_in_one_sentence_and_not_offered_whole(visit, zoo, name, content):
    app = give(visit("prediction"), (name, content, "image/jpeg"))
    assert errors(app)[0].startswith(name)
    assert "Use the whole picture" not in labels(app)


def test_a_files_name_is_text_and_nothing_else(visit, zoo, portrait):
    app = give(visit("prediction"), ('<img src=x onerror="a()">.jpg', *portrait[1:]))
    assert "<img src=x" not in "".join(sheet.value for sheet in app.html)


def test_a_damaged_network_is_named_in_one_sentence(visit, zoo, portrait, tmp_path):
    (tmp_path / "zoo" / "tiny" / "network.onnx").write_bytes(b"damaged")
    assert "network.onnx" in errors(give(visit("prediction"), portrait))[0]


# A closer look


def closer(visit, portrait, what: str, predictors: str, **link):
    return give(visit("prediction", predictors=predictors, **{"closer-1": what}, **link), portrait)


def test_where_it_looked_is_painted_over_the_face(visit, zoo, portrait):
    app = closer(visit, portrait, "Where it looked", zoo)
    label = next(name for name in pictures(app) if name.startswith("The face with what speaks for"))
    assert heads(app)[0] in label


def test_each_way_of_finding_where_it_looked_has_its_own_picture(visit, zoo, portrait):
    app = closer(visit, portrait, "Where it looked", zoo)
    assert [name.rsplit(", by ")[1] for name in pictures(app) if ", by " in name] == [OCCLUSION, CLASS_ACTIVATION]


def test_the_nearest_faces_are_a_wall_with_their_labels(visit, zoo, runs, portrait, demo):
    app = closer(visit, portrait, "Faces it learnt from", runs[1].id)
    shown = [name for name in pictures(app) if name in set(demo.usable["image"])]
    assert len(shown) == 12
    assert "12 faces it learnt from" in text(app)


def test_a_changed_face_is_answered_and_it_is_said_how_firm_the_answer_is(visit, zoo, portrait):
    app = closer(visit, portrait, "What if", zoo)
    assert re.search(r"It says .* of (all|\d+ of) 18 versions of this face", text(app))
    before = app.get("plotly_chart")[1].proto.spec
    app.slider(key="brightness-1").set_value(-50).run()
    assert app.get("plotly_chart")[1].proto.spec != before


@pytest.mark.parametrize("what", ["Where it looked", "Faces it learnt from", "What if"])
def test_all_that_can_be_set_of_a_face_is_in_the_link(visit, zoo, runs, portrait, what):
    app = closer(visit, portrait, what, runs[1].id)
    assert [key for _, key, bound in widgets(app) if not (bound or key in app.query_params)] == []


def test_what_nobody_asks_is_not_computed(visit, zoo, portrait, monkeypatch):
    def never(*arguments, **named):
        raise AssertionError("nobody asked")

    for name in ("maps_of", "known_faces", "stability"):
        monkeypatch.setattr(f"pages.shared.closer.{name}", never)
    assert len(heads(give(visit("prediction"), portrait))) == 1


# Several pictures


def test_several_pictures_have_a_table_and_the_first_is_looked_at(visit, zoo, couple):
    app = give(visit("prediction"), couple, WALL, ("notes.jpg", b"just text", "image/jpeg"))
    table = app.dataframe[0].value
    assert table["picture"].to_list() == ["couple.jpg", "wall.png", "notes.jpg"]
    assert table["faces"].to_list() == [2, 0, 0]
    assert table["answer"].to_list() == [f"2 {heads(app)[0]}", "", ""]
    assert len(heads(app)) == 2


def test_a_line_of_the_table_is_in_the_link_and_a_link_opens_it(visit, zoo, couple):
    app = give(visit("prediction", picture="1"), couple, WALL)
    assert "No face was found in wall.png" in text(app) + app.warning[0].value
    assert said(app, "picture") == "1"


def test_more_pictures_than_are_taken_are_counted(visit, zoo, monkeypatch):
    monkeypatch.setattr("pages.shared.uploads.MOST", 2)
    app = give(visit("prediction"), *[WALL] * 3)
    assert len(app.dataframe[0].value) == 2
    assert app.warning[0].value == "These are 3 pictures; the first 2 are answered."


# What is forgotten


def test_a_picture_that_is_taken_away_is_forgotten(visit, zoo, portrait):
    app = give(visit("prediction"), portrait)
    assert "faces-shown" in app.session_state
    app.file_uploader[0].clear().run()
    assert "faces-shown" not in app.session_state
    assert app.session_state["faces-answered"] == {}


def test_of_pictures_in_the_table_no_picture_is_kept(visit, zoo, portrait, couple):
    kept = give(visit("prediction"), portrait, couple).session_state["faces-answered"].values()
    faces = [face for prediction in kept for face in prediction.faces]
    assert len(faces) == 3
    assert not any(face.seen or face.around.size or face.answers[0].seen.size for face in faces)


def test_nothing_that_sessions_share_holds_a_picture(visit, zoo, portrait):
    app = give(visit("prediction", **{"closer-1": "What if"}), portrait)
    _, prediction = app.session_state["faces-shown"]
    kept = [weakref.ref(array) for array in (prediction.upright, prediction.faces[0].around)]
    assert np.all([one() is not None for one in kept])
    del prediction
    app.session_state["faces-shown"] = None
    del app
    gc.collect()
    assert [one() for one in kept] == [None, None]


def test_in_a_table_of_many_pictures_no_pixel_is_kept_but_of_the_one_that_is_looked_at(visit, zoo, couple):
    app = give(visit("prediction"), couple, WALL)
    kept = app.session_state["faces-answered"].values()
    assert all(one.upright is None for one in kept)
    assert sum(face.around.size + face.answers[0].seen.size for one in kept for face in one.faces) == 0
