"""The audit as plain data: the same figures as the parts that it is made of, valid JSON, and quick the second time."""

import json

import numpy as np
import pytest
from PIL import Image

from core import audit as module
from core.audit import audit
from core.datasets import open_dataset
from core.duplicates import near_pairs
from core.errors import BadInput
from core.findings import findings
from core.leakage import overlap
from core.measures import load_measures
from core.quality import default_thresholds, scores

PERSONS = [first + second for first in "abcdefgh" for second in "mnopq"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory, as_bytes):
    """Forty persons with a joy and a fear each, all fears in colour; one file twice; a second opinion on ten."""
    rng, folder = np.random.default_rng(0), tmp_path_factory.mktemp("faces")
    rows = ["image,emotion,annotator"]
    for person in PERSONS:
        for label in ("joy", "fear"):
            pixels = rng.integers(0, 256, (24, 24, 3) if label == "fear" else (24, 24))
            name = f"{person}_{label}.png"
            (folder / name).write_bytes(as_bytes(Image.fromarray(pixels.astype(np.uint8)), "PNG"))
            rows.append(f"{name},{label},{'kim' if person < 'e' else 'lee'}")
    (folder / "zz_joy.png").write_bytes((folder / "am_joy.png").read_bytes())
    (folder / "legend.csv").write_text("\n".join([*rows, "zz_joy.png,joy,kim"]))
    opinions = [f"{person}_{label}.png,joy" for person in PERSONS[:5] for label in ("joy", "fear")]
    (folder / "second.csv").write_text("\n".join(["image,emotion", *opinions]))
    return folder


@pytest.fixture(scope="module")
def dataset(folder, easy_settings):
    return open_dataset(folder, easy_settings)


@pytest.fixture(scope="module")
def steps():
    return []


@pytest.fixture(scope="module")
def audited(dataset, easy_settings, steps):
    return audit(dataset, easy_settings, None, lambda *step: steps.append(step))


def test_an_audit_is_valid_json(audited):
    assert json.loads(json.dumps(audited, allow_nan=False)) == audited


def test_an_audit_names_its_dataset(audited, dataset):
    assert (audited["source"], audited["fingerprint"]) == (dataset.source, dataset.fingerprint)


def test_findings_are_those_of_the_overview(audited, dataset, easy_settings):
    expected = [finding.sentence for finding in findings(dataset, load_measures(dataset, easy_settings))]
    assert [finding["sentence"] for finding in audited["findings"]] == expected


def test_the_same_file_twice_is_a_group(audited):
    pair = ["am_joy.png", "zz_joy.png"]
    assert audited["exact_duplicates"] == audited["same_pixels"] == [pair]
    assert pair in audited["near_duplicates"]


def test_the_planted_cue_is_named_with_its_class(audited):
    assert audited["shortcut"]["strongest_cue"] == "mode"
    assert audited["shortcut"]["sentence"].startswith("a colour image is fear")
    assert audited["shortcut"]["cues"]["mode"]["found"]
    assert audited["shortcut"]["per_class"]["fear"] > audited["shortcut"]["null_interval"][1]


def test_checks_are_counted_as_on_the_quality_page(audited, dataset, easy_settings):
    found = scores(dataset, load_measures(dataset, easy_settings))
    flagged = {
        name: int((found[f"{name}_score"] < threshold).sum()) for name, threshold in default_thresholds().items()
    }
    assert audited["checks"] == flagged


def test_persons_leak_in_a_random_split_only(audited, dataset, easy_settings):
    pairs = near_pairs(dataset, load_measures(dataset, easy_settings))
    of_random = overlap(dataset, pairs).of("random").set_index("label")["person"]
    assert audited["leakage"]["random"] == pytest.approx(of_random.to_dict(), abs=1e-4)
    assert set(audited["leakage"]["person_disjoint"].values()) == {0.0}


def test_the_second_opinion_beside_the_legend_is_compared(audited):
    agreement = audited["agreement"]
    assert (agreement["second"], agreement["n"], agreement["agree"]) == ("second.csv", 10, 5)
    assert agreement["kappa"] == 0


def test_a_second_opinion_may_lie_elsewhere(dataset, easy_settings, tmp_path):
    (tmp_path / "other.csv").write_text("image,emotion\nam_joy.png,joy\nam_fear.png,fear\n")
    found = audit(dataset, easy_settings, tmp_path / "other.csv", lambda *step: None)["agreement"]
    assert (found["second"], found["n"], found["agree"], found["kappa"]) == ("other.csv", 2, 2, 1.0)


def test_without_a_second_opinion_there_is_no_agreement(easy, easy_settings):
    assert audit(easy, easy_settings, None, lambda *step: None)["agreement"] is None


def test_a_second_opinion_that_is_not_there_is_refused_before_anyone_waits(dataset, settings, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "load_measures", None)
    with pytest.raises(BadInput, match="There is no file .*nowhere.csv"):
        audit(dataset, settings, tmp_path / "nowhere.csv", lambda *step: None)


def test_what_cannot_be_tested_is_none_and_noted(open_folder, settings, as_bytes):
    rng = np.random.default_rng(0)
    pictures = [Image.fromarray(rng.integers(0, 256, (16, 16)).astype(np.uint8)) for _ in range(6)]
    names = [f"{label}/{number}.png" for label in ("joy", "fear") for number in range(3)]
    images = {name: as_bytes(picture, "PNG") for name, picture in zip(names, pictures, strict=True)}
    found = audit(open_folder(images), settings, None, lambda *step: None)
    assert (found["shortcut"], found["leakage"], found["agreement"]) == (None, None, None)
    assert len(found["notes"]) == 1
    assert "too few" in found["notes"][0]
    assert found["checks"]["dark"] == 0


def test_pictures_that_cannot_be_decoded_are_named(open_folder, settings, as_bytes):
    whole = as_bytes(Image.fromarray(np.random.default_rng(0).integers(0, 256, (32, 32)).astype(np.uint8)), "PNG")
    spoilt = whole[:60] + bytes(200) + whole[260:]
    dataset = open_folder({"joy/a.png": whole, "joy/b.png": spoilt, "fear/c.png": whole})
    assert audit(dataset, settings, None, lambda *step: None)["undecodable"] == ["joy/b.png"]


def test_progress_is_told_in_words(audited, steps):
    assert {what for what, _, _ in steps} == {"Looking at every picture", "Shortcut test"}
    assert all(done <= total for _, done, total in steps)


def test_a_second_audit_looks_at_no_picture(audited, dataset, easy_settings):
    steps = []
    assert audit(dataset, easy_settings, None, lambda *step: steps.append(step)) == audited
    assert steps == []
