"""Who can be asked: runs with their tuned decision, and networks that come with the program."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from core import predictors
from core.errors import BadInput
from core.evaluation.decisions import class_shares
from core.evaluation.tuning import tune
from core.experiment import run_experiment
from core.predictors import decided, find_predictor, logits, of_run, probabilities, zoo
from core.runs import configure, shipped_runs

RECORD = {
    "title": "A small one",
    "labels": ["left", "right", "top"],
    "size": 16,
    "tau": 0.5,
    "temperature": 2.0,
    "priors": [0.6, 0.3, 0.1],
    "on_faces": True,
    "figures": {"macro_f1": 0.4},
}


@pytest.fixture(scope="module")
def run(easy, easy_settings):
    """The nearest neighbour on the easy dataset."""
    values = {"model.k": 1, "images.size": 16}
    return run_experiment(configure(easy.fingerprint, easy.source, model="knn", values=values), easy_settings)


@pytest.fixture
def put_in_zoo(run, tmp_path, monkeypatch):
    """`put_in_zoo(name, **record)` adds a network to a zoo of this test's own and returns its folder."""
    monkeypatch.setattr(predictors, "ZOO", tmp_path / "zoo")

    def put(name, **record):
        folder = tmp_path / "zoo" / name
        folder.mkdir(parents=True)
        (folder / "network.onnx").write_bytes(run.network.read_bytes())
        (folder / "predictions.parquet").write_bytes((run.folder / "predictions.parquet").read_bytes())
        (folder / "record.json").write_text(json.dumps(RECORD | record))
        return folder

    return put


@pytest.fixture
def without_validation(run, tmp_path):
    """The same run without the images that watched it."""
    folder = tmp_path / run.id
    folder.mkdir()
    for name in run.files:
        if name != "validation.parquet":
            (folder / name).write_bytes((run.folder / name).read_bytes())
    return replace(run, folder=folder)


# runs


def test_a_run_is_decided_as_its_validation_images_tune_it(run):
    predictor, tuned = of_run(run), tune(run.validation, class_shares(run.validation)).decision
    assert (predictor.tau, predictor.temperature) == (tuned.tau, tuned.temperature)
    assert predictor.priors == tuple(class_shares(run.validation))


def test_a_run_is_named_by_its_id(run):
    predictor = of_run(run)
    assert (predictor.name, predictor.labels, predictor.size) == (run.id, run.labels, 16)
    assert run.config.title in predictor.title


def test_what_a_run_knows_of_faces_is_taken_over(run):
    assert [of_run(replace(run, on_faces=known)).on_faces for known in (True, False)] == [True, False]


def test_without_validation_nothing_is_tuned(without_validation):
    predictor = of_run(without_validation)
    assert (predictor.tau, predictor.temperature) == (0, 1)
    assert predictor.priors == tuple(class_shares(without_validation.predictions))


def test_one_person_s_validation_images_tune_nothing(without_validation):
    watched = pd.DataFrame({"image": ["a", "b"], "person": ["ann", "ann"], "y_true": ["left", "top"], "fold": 1})
    watched = watched.assign(p_left=[0.8, 0.3], p_right=0.1, p_top=[0.1, 0.6]).astype({"person": "str"})
    watched.to_parquet(without_validation.folder / "validation.parquet")
    predictor = of_run(without_validation)
    assert (predictor.tau, predictor.temperature) == (0, 1)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"split": "person_disjoint"}, "people it never saw"),
        ({"split": "random"}, "pictures it never saw, some of people it learnt from"),
        ({"order": "resample_first"}, "pictures it had partly learnt from"),
    ],
    ids=["persons apart", "at random", "a mistake"],
)
def test_whom_it_was_judged_on_is_told(run, changed, words):
    assert of_run(replace(run, config=replace(run.config, **changed))).judged_on == words


def test_a_run_that_came_without_its_network_cannot_be_asked():
    with pytest.raises(BadInput, match="came without its network; train it again"):
        of_run(shipped_runs()[0])


# the zoo


def test_the_best_of_the_zoo_comes_first(put_in_zoo):
    for name, score in {"a": 0.1, "b": 0.5, "c": 0.5}.items():
        put_in_zoo(name, figures={"macro_f1": score})
    assert [predictor.name for predictor in zoo()] == ["zoo/b", "zoo/c", "zoo/a"]


def test_a_record_says_how_a_network_of_the_zoo_answers(put_in_zoo):
    folder = put_in_zoo("small")
    [predictor] = zoo()
    assert (predictor.labels, predictor.size, predictor.on_faces) == (("left", "right", "top"), 16, True)
    assert (predictor.tau, predictor.temperature, predictor.priors) == (0.5, 2, (0.6, 0.3, 0.1))
    assert (predictor.network, predictor.folder) == (folder / "network.onnx", folder)


def test_a_zoo_may_be_empty(tmp_path, monkeypatch):
    monkeypatch.setattr(predictors, "ZOO", tmp_path)
    assert zoo() == ()


@pytest.mark.parametrize("lost", ["network.onnx", "predictions.parquet"])
def test_a_network_of_the_zoo_that_lost_a_file_is_refused(put_in_zoo, lost):
    (put_in_zoo("small") / lost).unlink()
    with pytest.raises(BadInput, match=f"small lacks {lost}"):
        zoo()


@pytest.mark.parametrize(
    "record", ["{", "[]", json.dumps(RECORD | {"figures": {}})], ids=["torn", "a list", "no figure"]
)
def test_a_record_that_cannot_be_read_is_refused(put_in_zoo, record):
    (put_in_zoo("small") / "record.json").write_text(record)
    with pytest.raises(BadInput, match=r"record\.json cannot be read"):
        zoo()


# by name


def test_a_name_leads_to_the_zoo_or_to_a_run(put_in_zoo, run, easy_settings):
    put_in_zoo("small")
    assert find_predictor("zoo/small", easy_settings).title == "A small one"
    assert find_predictor(run.id, easy_settings) == of_run(run)
    assert find_predictor(str(run.folder), easy_settings) == of_run(run)


@pytest.mark.parametrize("name", ["nothing", "zoo/nothing", "zoo/../small", "0" * 12, "x" * 300])
def test_an_unknown_name_lists_the_known_ones(put_in_zoo, run, easy_settings, monkeypatch, name):
    monkeypatch.setattr(predictors, "_LISTED", 10_000)  # other tests keep their runs there too
    put_in_zoo("small")
    with pytest.raises(BadInput, match=f"There is no (run|network) '{name}' here; there are zoo/small, .*{run.id}"):
        find_predictor(name, easy_settings)


def test_with_nothing_to_ask_a_name_leads_to_training(tmp_path, monkeypatch, settings):
    monkeypatch.setattr(predictors, "ZOO", tmp_path)
    with pytest.raises(BadInput, match="none can be asked yet; train one"):
        find_predictor("nothing", settings)


def test_a_hosted_server_opens_no_folder_that_is_named(run, easy_settings):
    hosted = easy_settings.model_copy(update={"hosted": True})
    assert find_predictor(run.id, hosted).name == run.id
    with pytest.raises(BadInput, match="There is no run"):
        find_predictor(str(run.folder), hosted)


def test_a_damaged_run_is_refused_for_what_it_lacks(without_validation, settings):
    folder = settings.runs_dir / without_validation.id
    folder.mkdir(parents=True)
    (folder / "config.json").write_text("{}")
    with pytest.raises(BadInput, match="lacks metrics"):
        find_predictor(without_validation.id, settings)


def test_a_damaged_run_in_a_folder_is_refused_for_what_it_lacks(settings, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "config.json").write_text("{}")
    with pytest.raises(BadInput, match="lacks metrics"):
        find_predictor("mine", settings)


# asked


def test_many_pictures_are_answered_as_one_by_one(run):
    images = np.random.default_rng(0).integers(0, 256, (300, 16, 16), np.uint8)
    together = logits(of_run(run), images)
    assert together.shape == (300, 3)
    assert np.allclose(together[299:], logits(of_run(run), images[299:]))


def test_nothing_is_answered_with_nothing(run):
    assert probabilities(of_run(run), np.empty((0, 16, 16), np.uint8)).shape == (0, 3)


def test_the_temperature_divides_the_logits(put_in_zoo):
    put_in_zoo("small", temperature=2.0)
    # softmax([ln 16, ln 4, 0] / 2) = [4, 2, 1] / 7
    shares = decided(zoo()[0], np.log([[16.0, 4.0, 1.0]]))
    assert shares[0] == pytest.approx(np.array([4, 2, 1]) / 7)


def test_rare_classes_are_weighed_up_by_the_priors_to_the_power_of_tau(put_in_zoo):
    put_in_zoo("small", temperature=1.0, tau=1.0, priors=[0.5, 0.3, 0.2])
    # [5, 3, 2] / 10 divided by the priors is the same for all
    shares = decided(zoo()[0], np.log([[5.0, 3.0, 2.0]]), rare=True)
    assert shares[0] == pytest.approx([1 / 3] * 3)


def test_a_damaged_network_is_refused(put_in_zoo):
    (put_in_zoo("small") / "network.onnx").write_bytes(b"nothing")
    with pytest.raises(BadInput, match="is damaged"):
        logits(zoo()[0], np.zeros((1, 16, 16), np.uint8))


def test_a_network_that_is_replaced_is_read_anew(put_in_zoo):
    folder = put_in_zoo("small")
    logits(zoo()[0], np.zeros((1, 16, 16), np.uint8))
    (folder / "network.onnx").write_bytes(b"nothing")
    with pytest.raises(BadInput, match="is damaged"):
        logits(zoo()[0], np.zeros((1, 16, 16), np.uint8))
