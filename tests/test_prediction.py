"""What a run says of a picture, without torch."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags, Image

from core.experiment import run_experiment
from core.prediction import predict_image
from core.runs import configure

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def run(easy, easy_settings):
    """The nearest neighbour on the easy dataset."""
    values = {"model.k": 1, "images.size": 16}
    return run_experiment(configure(easy.fingerprint, easy.source, model="knn", values=values), easy_settings)


def test_each_image_is_predicted_as_when_the_run_was_judged(run, easy, easy_settings):
    for row in run.predictions.head(8).to_dict("records"):
        prediction = predict_image(run, easy.root / row["image"], row["image"], easy_settings)
        probabilities = {label: row[f"p_{label}"] for label in run.labels}
        assert prediction.faces[0].probabilities == pytest.approx(probabilities, abs=1e-5)


def test_probabilities_come_most_probable_first_and_sum_to_one(run, easy, settings):
    [face] = predict_image(run, easy.root / easy.usable["image"].iloc[0], "a", settings).faces
    values = list(face.probabilities.values())
    assert values == sorted(values, reverse=True)
    assert sum(values) == pytest.approx(1, abs=1e-6)
    assert set(face.probabilities) == set(easy.labels)


def test_an_upload_is_predicted_as_the_file_it_came_from(run, easy, settings):
    path = easy.root / easy.usable["image"].iloc[0]
    from_file, from_bytes = (predict_image(run, source, "a", settings) for source in (path, path.read_bytes()))
    assert from_file.to_json() == from_bytes.to_json()


def test_the_box_is_the_whole_upright_picture(run, settings, as_bytes):
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    lying = as_bytes(Image.new("RGB", (60, 30)), "JPEG", exif=exif)
    assert predict_image(run, lying, "a", settings).faces[0].box == (0, 0, 30, 60)


def test_what_the_network_saw_is_kept(run, settings, as_bytes):
    [face] = predict_image(run, as_bytes(Image.new("L", (60, 30), 77), "PNG"), "a", settings).faces
    assert face.seen.shape == (16, 16)
    assert np.unique(face.seen).tolist() == [77]


def cut_short(as_bytes, image_format):
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8))
    whole = as_bytes(noise, image_format)
    return whole[: len(whole) // 2]


@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP"])
def test_a_picture_that_is_cut_short_gives_a_problem(run, settings, as_bytes, image_format):
    prediction = predict_image(run, cut_short(as_bytes, image_format), "a.jpg", settings)
    assert prediction.faces == ()
    assert prediction.problem.startswith("a.jpg is ")


@pytest.mark.parametrize("content", [b"", b"no picture"])
def test_what_is_no_picture_gives_a_problem(run, settings, content):
    prediction = predict_image(run, content, "a.jpg", settings)
    assert prediction.to_json() == {"image": "a.jpg", "faces": [], "problem": prediction.problem}
    assert prediction.problem.startswith("a.jpg is ")


def test_a_picture_over_the_limit_gives_a_problem(run, settings, as_bytes):
    small = settings.model_copy(update={"max_megapixels": 0.001})
    assert "over the limit" in predict_image(run, as_bytes(Image.new("L", (60, 30)), "PNG"), "a.png", small).problem


def test_a_prediction_is_plain_data(run, settings, as_bytes):
    prediction = predict_image(run, as_bytes(Image.new("L", (60, 30)), "PNG"), "a.png", settings).to_json()
    assert json.loads(json.dumps(prediction, allow_nan=False)) == prediction
    assert set(prediction["faces"][0]) == {"box", "probabilities"}


def test_predicting_needs_no_torch(run, easy):
    script = (
        "import sys; from pathlib import Path; from core.prediction import predict_image; "
        "from core.runs import read_run; from core.settings import Settings; "
        "predict_image(read_run(Path(sys.argv[1])), Path(sys.argv[2]), 'a', Settings()).faces[0]; "
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
