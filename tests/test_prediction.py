"""What is said of the faces in a picture, without torch."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags, Image

from core.errors import BadInput
from core.evaluation.decisions import adjusted
from core.experiment import run_experiment
from core.faces import FoundFace, FoundFaces
from core.prediction import Answer, Face, agreement, predict_picture
from core.predictors import of_run
from core.reliability import reliability
from core.runs import configure

ROOT = Path(__file__).resolve().parents[1]


def trained(easy, easy_settings, size):
    values = {"model.k": 1, "images.size": size}
    return run_experiment(configure(easy.fingerprint, easy.source, model="knn", values=values), easy_settings)


@pytest.fixture(scope="module")
def run(easy, easy_settings):
    """The nearest neighbour on the easy dataset."""
    return trained(easy, easy_settings, 16)


@pytest.fixture(scope="module")
def predictor(run):
    return of_run(run)


@pytest.fixture(scope="module")
def on_faces(predictor):
    """The same, as if it had learnt from faces."""
    return replace(predictor, on_faces=True)


@pytest.fixture
def ask(predictor, settings):
    """`ask(source)` is what the predictor says of a picture called a.jpg."""

    def ask(source, *others, name="a.jpg", **options):
        return predict_picture(others or [predictor], source, name, settings, **options)

    return ask


# the whole picture


def test_each_image_is_predicted_as_when_the_run_was_judged(run, predictor, easy, ask):
    table = run.predictions.head(8)
    shares = adjusted(table[[f"p_{label}" for label in run.labels]].to_numpy(), predictor.decision(False), np.ones(3))
    for image, expected in zip(table["image"], shares, strict=True):
        probabilities = ask(easy.root / image).faces[0].probabilities
        assert probabilities == pytest.approx(dict(zip(run.labels, expected, strict=True)), abs=1e-5)


def test_probabilities_come_most_probable_first_and_sum_to_one(easy, ask):
    [face] = ask(easy.root / easy.usable["image"].iloc[0]).faces
    for shares in (face.answers[0].probabilities, face.answers[0].adjusted):
        assert list(shares.values()) == sorted(shares.values(), reverse=True)
        assert sum(shares.values()) == pytest.approx(1, abs=1e-6)
        assert set(shares) == set(easy.labels)


def test_an_upload_is_predicted_as_the_file_it_came_from(easy, ask):
    path = easy.root / easy.usable["image"].iloc[0]
    assert ask(path).to_json() == ask(path.read_bytes()).to_json()


def test_the_box_is_the_whole_upright_picture(ask, as_bytes):
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    lying = as_bytes(Image.new("RGB", (60, 30)), "JPEG", exif=exif)
    [face] = ask(lying).faces
    assert (face.box, face.square, face.score) == ((0, 0, 30, 60), (0, 0, 30, 60), None)


def test_what_the_network_saw_is_kept(ask, as_bytes):
    [face] = ask(as_bytes(Image.new("L", (60, 30), 77), "PNG")).faces
    assert face.answers[0].seen.shape == (16, 16)
    assert np.unique(face.answers[0].seen).tolist() == [77]


# pictures that cannot be read


def cut_short(as_bytes, image_format):
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8))
    whole = as_bytes(noise, image_format)
    return whole[: len(whole) // 2]


@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP"])
def test_a_picture_that_is_cut_short_gives_a_problem(ask, as_bytes, image_format):
    prediction = ask(cut_short(as_bytes, image_format))
    assert (prediction.faces, prediction.faceless) == ((), False)
    assert prediction.problem.startswith("a.jpg is ")


@pytest.mark.parametrize("content", [b"", b"no picture"])
def test_what_is_no_picture_gives_a_problem(ask, content):
    prediction = ask(content).to_json()
    assert prediction == {"image": "a.jpg", "faces": [], "problem": prediction["problem"], "left_out": 0}
    assert prediction["problem"].startswith("a.jpg is ")


def test_a_picture_over_the_limit_gives_a_problem(predictor, settings, as_bytes):
    small = settings.model_copy(update={"max_megapixels": 0.001})
    picture = as_bytes(Image.new("L", (60, 30)), "PNG")
    assert "over the limit" in predict_picture([predictor], picture, "a.png", small).problem


def test_somebody_must_be_asked(settings, as_bytes):
    with pytest.raises(BadInput, match="choose a network"):
        predict_picture([], as_bytes(Image.new("L", (9, 9)), "PNG"), "a.png", settings)


# faces


def found(*boxes, left_out=0):
    return FoundFaces(tuple(FoundFace(box, 0.9, np.zeros((6, 2))) for box in boxes), left_out)


@pytest.fixture
def planted(monkeypatch):
    """`planted(boxes)` makes the detector find faces there; what is cut out is the very box.

    At the second look, at a picture with a border, it finds what is given as `bordered`, then, once the picture is
    turned, `turned`.
    """

    def plant(*boxes, left_out=0, bordered=(), turned=()):
        looks = [found(*boxes, left_out=left_out), found(*bordered), found(), found(*turned), found()]
        monkeypatch.setattr("core.cutting.find_faces", lambda pixels, most: looks.pop(0))
        monkeypatch.setattr("core.cutting.face_square", lambda picture, box: box)

    return plant


@pytest.fixture
def halves(as_bytes):
    """A picture of 200 x 100 pixels, black to the left and white to the right."""
    pixels = np.zeros((100, 200), np.uint8)
    pixels[:, 100:] = 255
    return as_bytes(Image.fromarray(pixels), "PNG")


def test_each_face_is_cut_out(ask, on_faces, planted, halves):
    planted((10, 10, 50, 50), (120, 10, 60, 60))
    black, white = ask(halves, on_faces).faces
    assert (np.unique(black.answers[0].seen).tolist(), np.unique(white.answers[0].seen).tolist()) == ([0], [255])
    assert (white.box, white.square, white.score) == ((120, 10, 60, 60), (120, 10, 60, 60), 0.9)


def test_a_face_that_fills_the_picture_is_answered_as_the_whole_picture(run, on_faces, planted, easy, ask):
    planted((1, 1, 22, 22))  # of 24 x 24 pixels
    image = easy.root / run.predictions["image"].iloc[0]
    [cut], [whole] = ask(image, on_faces).faces, ask(image, on_faces, whole=True).faces
    assert np.array_equal(cut.answers[0].seen, whole.answers[0].seen)
    assert (cut.box, cut.square) == ((1, 1, 22, 22), (0, 0, 24, 24))


def test_faces_beyond_the_most_are_counted(ask, on_faces, planted, halves):
    planted((10, 10, 20, 20), left_out=7)
    prediction = ask(halves, on_faces)
    assert (len(prediction.faces), prediction.n_left_out, prediction.to_json()["left_out"]) == (1, 7, 7)


def test_a_picture_without_a_face_says_so(ask, on_faces, planted, halves):
    planted()
    prediction = ask(halves, on_faces)
    assert (prediction.faces, prediction.faceless) == ((), True)
    assert prediction.problem.startswith("No face was found in a.jpg; ")


def test_a_picture_that_shows_a_face_once_it_is_turned_says_so(ask, on_faces, planted, halves):
    planted(turned=[(1, 1, 9, 9)])
    prediction = ask(halves, on_faces)
    assert (prediction.faces, prediction.faceless) == ((), True)
    assert prediction.problem == (
        "No face stands upright in a.jpg, but turned it shows one; turn the picture and try again."
    )


def test_the_whole_picture_may_be_used_without_a_face(ask, on_faces, planted, halves):
    planted()
    prediction = ask(halves, on_faces, whole=True)
    assert (prediction.problem, prediction.faces[0].box) == (None, (0, 0, 200, 100))


def test_faces_may_be_looked_for_whatever_was_learnt(ask, planted, halves):
    planted((10, 10, 20, 20))
    assert ask(halves, whole=False).faces[0].box == (10, 10, 20, 20)


# several predictors


def test_predictors_of_several_sizes_answer_in_their_order(predictor, easy, easy_settings, ask):
    larger = of_run(trained(easy, easy_settings, 24))
    [face] = ask(easy.root / easy.usable["image"].iloc[0], larger, predictor).faces
    assert [answer.predictor for answer in face.answers] == [larger.name, predictor.name]
    assert [answer.seen.shape for answer in face.answers] == [(24, 24), (16, 16)]
    assert face.probabilities == face.answers[0].probabilities


def face_of(**said):
    """A face of which each predictor is sure of one label, to 0.8 or what is given as (label, probability)."""
    answers = []
    for name, answer in said.items():
        label, share = answer if isinstance(answer, tuple) else (answer, 0.8)
        answers.append(Answer(name, {label: share, "else": 1 - share}, {"else": 0.9, label: 0.1}, np.zeros((2, 2))))
    box = (0, 0, 2, 2)
    return Face(box, box, None, None, {}, np.zeros((2, 2)), box, answers=tuple(answers))


def test_the_agreement_is_what_most_say(predictor):
    told = agreement(face_of(a="fear", b="anger", c="anger"))
    assert (told.label, told.n_same, told.n) == ("anger", 2, 3)
    assert told.by_label == {"anger": ("b", "c"), "fear": ("a",)}
    assert told.sentence == "2 of 3 say anger."


def test_of_equals_the_first_predictor_is_followed():
    assert agreement(face_of(a="fear", b="anger")).label == "fear"


def test_who_is_too_unsure_says_nothing():
    told = agreement(face_of(a=("fear", 0.6), b="anger"), below=0.7)
    assert (told.label, told.n_same, told.n, told.silent) == ("anger", 1, 2, ("a",))


def test_all_may_be_silent():
    told = agreement(face_of(a="fear", b="anger"), below=0.85)
    assert (told.label, told.n_same) == (None, 0)
    assert told.sentence == "None of 2 is sure enough to say anything."


def test_weighed_up_answers_are_compared_with_each_other():
    assert agreement(face_of(a="fear", b="anger"), rare=True).by_label == {"else": ("a", "b")}


# JSON


def test_json_says_what_makes_a_face_hard_to_judge(ask, on_faces, as_bytes):
    [face] = ask(as_bytes(Image.new("L", (16, 16)), "PNG"), on_faces, whole=True).to_json()["faces"]
    assert face["quality"]["problems"] == ["small", "dark", "blurry"]
    assert face["quality"]["scores"]["small_score"] == 0.25
    assert "too dark (score 0.00" in face["quality"]["verdict"]


def test_a_prediction_is_plain_data(ask, as_bytes):
    prediction = ask(as_bytes(Image.new("L", (60, 30)), "PNG")).to_json()
    assert json.loads(json.dumps(prediction, allow_nan=False)) == prediction
    assert set(prediction["faces"][0]) >= {"box", "probabilities", "score", "quality", "answer"}


def test_json_says_what_the_answer_is_worth(predictor, easy, ask):
    [face] = ask(easy.root / easy.usable["image"].iloc[0]).to_json()["faces"]
    assert face["answer"] == next(iter(face["probabilities"]))
    assert face["reliability"] == reliability(predictor)[face["answer"]].sentence


def test_json_warns_where_nobody_knows_whether_it_is_a_face(on_faces, ask, as_bytes):
    content = as_bytes(Image.new("L", (160, 160), 90), "PNG")
    [face] = ask(content, on_faces, whole=True).to_json()["faces"]
    assert "If it does not show one, the answer means nothing" in face["caveat"]
    [face] = ask(content).to_json()["faces"]  # of networks that learnt from other things nobody expects a face
    assert face["caveat"] is None


def test_json_has_no_answer_below_the_least_confidence(predictor, easy, ask):
    prediction = ask(easy.root / easy.usable["image"].iloc[0])
    face = prediction.faces[0]
    unsure = replace(face.answers[0], probabilities={"left": 0.5, "top": 0.3, "right": 0.2})
    [face] = replace(prediction, faces=(replace(face, answers=(unsure,)),)).to_json(below=0.6)["faces"]
    assert (face["answer"], face["reliability"], face["agreement"]["answer"]) == (None, None, None)


def test_json_weighs_up_rare_classes(easy, ask):
    prediction = ask(easy.root / easy.usable["image"].iloc[0])
    face = prediction.faces[0]
    tipped = replace(face.answers[0], adjusted={"top": 0.7, "left": 0.2, "right": 0.1})
    [told] = replace(prediction, faces=(replace(face, answers=(tipped,)),)).to_json(rare=True)["faces"]
    assert (told["answer"], told["adjusted"]["top"]) == ("top", 0.7)


def test_json_tells_each_predictor_and_whether_they_agree(predictor, easy, ask):
    other = replace(predictor, name="other")
    [face] = ask(easy.root / easy.usable["image"].iloc[0], predictor, other).to_json()["faces"]
    assert [answer["predictor"] for answer in face["answers"]] == [predictor.name, "other"]
    assert face["agreement"] == {"answer": face["answer"], "n_same": 2, "n": 2}


@pytest.mark.parametrize("whole", [True, False])
def test_predicting_needs_no_torch(run, easy, whole):
    script = (
        "import sys; from pathlib import Path; from core.prediction import predict_picture; "
        "from core.predictors import of_run; from core.runs import read_run; from core.settings import Settings; "
        "asked = [of_run(read_run(Path(sys.argv[1])))]; "
        f"predict_picture(asked, Path(sys.argv[2]), 'a', Settings(), whole={whole}).to_json(); "
        "print('torch' in sys.modules)"
    )
    image = easy.root / easy.usable["image"].iloc[0]
    result = subprocess.run(
        [sys.executable, "-c", script, str(run.folder), str(image)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout == "False\n"
