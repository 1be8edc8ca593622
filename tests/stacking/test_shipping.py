"""The network of the zoo: what the command packs, and what is packed."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.evaluation import evaluate
from core.neighbourhood import known_faces, nearest
from core.predictors import ZOO, find_predictor, logits, zoo
from core.stacking import MEMBERS, Member, Plan
from core.stacking.joining import adjusted, best_tau, macro_f1_of_all
from core.stacking.judging import Judged
from core.stacking.shipping import _as_common_as_they_are, ship

ROOT = Path(__file__).resolve().parents[2]
TINY = Member("tiny", "Tiny", "residual", {"images.size": 16, "epochs": 2})
FILES = ["card.md", "known.parquet", "network.onnx", "predictions.parquet", "record.json"]


@pytest.fixture(scope="module")
def packed(easy, easy_settings, tmp_path_factory):
    """Return the folder of a tiny network of the zoo."""
    place = tmp_path_factory.mktemp("zoo") / "tiny"
    ship(TINY, Plan(easy, 3, 0, 0), place, easy_settings)
    return place


@pytest.fixture
def predictor(packed, monkeypatch, settings):
    monkeypatch.setattr("core.predictors.ZOO", packed.parent)
    return find_predictor("zoo/tiny", settings)


def test_all_that_a_network_of_the_zoo_needs_is_packed(packed):
    assert sorted(path.name for path in packed.iterdir()) == FILES


def test_it_answers_as_a_network_that_looks_twice(predictor, easy):
    images = np.random.default_rng(0).integers(0, 256, (4, 16, 16), np.uint8)
    assert predictor.mirrored
    assert logits(predictor, images) == pytest.approx(logits(predictor, images[:, :, ::-1]), abs=1e-4)


def test_a_class_is_expected_as_often_as_it_comes():
    true = np.repeat(["joy", "fear", "anger"], [80, 15, 5])
    flat = pd.DataFrame({"y_true": true, **{f"p_{label}": 1 / 3 for label in ("joy", "fear", "anger")}})
    judged = Judged("flat", flat, None, None, [], None)
    shift, found = _as_common_as_they_are(judged, ("joy", "fear", "anger"))
    assert np.exp(shift) / np.exp(shift).sum() == pytest.approx([0.8, 0.15, 0.05])
    assert found.predictions["p_joy"].to_numpy() == pytest.approx(0.8)


def test_one_that_is_there_is_replaced(packed, easy, easy_settings):
    before = (packed / "record.json").stat().st_mtime_ns
    ship(TINY, Plan(easy, 3, 0, 0), packed, easy_settings)
    assert (packed / "record.json").stat().st_mtime_ns > before
    assert sorted(path.name for path in packed.iterdir()) == FILES
    assert [path.name for path in packed.parent.iterdir()] == ["tiny"]


def test_it_was_judged_on_every_image_once(predictor, easy):
    assert sorted(predictor.judged["image"]) == sorted(easy.usable["image"])


def test_it_brings_every_face_that_it_knows(predictor, settings, easy):
    known = known_faces(predictor, settings)
    assert sorted(known.table["image"]) == sorted(easy.usable["image"])


def test_a_face_that_it_knows_is_the_nearest_to_itself(predictor, settings, easy, easy_settings):
    from core.pixels import load_pixels

    known, pixels = known_faces(predictor, settings), load_pixels(easy, 16, easy_settings)
    for position in (0, 50, 100):
        found = nearest(predictor, pixels.images[position], known, 3)
        assert easy.usable["image"].iloc[position] in found["image"].to_list()


def test_the_record_says_how_it_was_made(packed, easy):
    record = json.loads((packed / "record.json").read_text())
    assert record["fingerprint"] == easy.fingerprint
    assert record["recipe"]["params"]["training.epochs"] == 2


def test_the_card_holds_the_figures(packed):
    record = json.loads((packed / "record.json").read_text())
    assert f"{record['figures']['macro_f1']:.3f}" in (packed / "card.md").read_text()


# What comes with the program

shipped = pytest.mark.parametrize("name", [one.name for one in zoo()])


def test_something_comes_with_the_program():
    assert "zoo/faces" in [one.name for one in zoo()]


@shipped
def test_a_network_is_small(name, settings):
    assert find_predictor(name, settings).network.stat().st_size < 5_000_000


@shipped
def test_its_figures_follow_from_its_predictions(name, settings):
    predictor = find_predictor(name, settings)
    record = json.loads((predictor.folder / "record.json").read_text())
    assert evaluate(predictor.judged).macro_f1 == pytest.approx(record["figures"]["plain_macro_f1"], abs=0.003)


@shipped
def test_its_tau_is_the_best_for_its_predictions(name, settings):
    predictor = find_predictor(name, settings)
    table = predictor.judged
    raw = np.log(table[[f"p_{label}" for label in predictor.labels]].to_numpy(np.float64).clip(1e-6))
    true = table["y_true"].map({label: code for code, label in enumerate(predictor.labels)}).to_numpy()
    score, counts = macro_f1_of_all(len(predictor.labels)), true
    calibrated = raw / predictor.temperature
    own = score(true, adjusted(calibrated, counts, predictor.tau).argmax(1))
    best = score(true, adjusted(calibrated, counts, best_tau(calibrated, true, score)).argmax(1))
    assert own == pytest.approx(best, abs=0.005)


@shipped
def test_no_person_was_judged_by_a_network_that_saw_them(name, settings):
    table = find_predictor(name, settings).judged
    folds = table[table["person"].notna()].groupby("person")["fold"].nunique()
    assert folds.max() == 1


@shipped
def test_it_holds_no_picture(name, settings):
    known = pd.read_parquet(find_predictor(name, settings).folder / "known.parquet")
    assert not [column for column in known if known[column].dtype == object and column not in ("image", "person")]


def test_the_zoo_weighs_little():
    assert sum(path.stat().st_size for path in ZOO.rglob("*") if path.is_file()) < 6_000_000


def test_the_record_names_a_member_that_there_is():
    names = [member.name for member in MEMBERS]
    for one in zoo():
        assert json.loads((one.folder / "record.json").read_text())["recipe"]["member"] in names


def test_a_network_of_the_zoo_answers_without_torch(tmp_path, as_bytes):
    from PIL import Image

    (tmp_path / "grey.png").write_bytes(as_bytes(Image.new("L", (60, 60), 90), "PNG"))
    script = (
        "import sys; from core.__main__ import main; "
        "code = main(['predict', 'zoo/faces', sys.argv[1], '--whole']); sys.exit(code or 'torch' in sys.modules)"
    )
    command = [sys.executable, "-c", script, str(tmp_path / "grey.png")]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    [told] = json.loads(result.stdout)
    assert sum(told["faces"][0]["probabilities"].values()) == pytest.approx(1)
