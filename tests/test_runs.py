"""A run is found by what it computes: equal configurations share a name, and a damaged folder hides no other."""

import json
import re

import pytest

from core.errors import BadInput
from core.runs import FILES, RunConfig, configure, existing_run, find_run, list_runs, read_run
from core.sampling import SAMPLERS

PRINT = "0123456789abcdef"


def config(dataset="demo", fingerprint=PRINT, **choices):
    return configure(fingerprint, dataset, **({"model": "cnn_3conv", "sampling": "under_over"} | choices))


def write_run(folder, created=1.0, seed=0, fingerprint=PRINT):
    """Write a run under its own name: its record, and empty files for all else that an experiment writes."""
    plan = config(seed=seed, fingerprint=fingerprint)
    place = folder / plan.id
    place.mkdir(parents=True)
    for name in FILES:
        (place / name).touch()
    record = {"config": plan.to_json(), "created": created, "seconds": 2.5}
    (place / "config.json").write_text(json.dumps(record))
    (place / "metrics.json").write_text("{}")
    return place


# The name


def test_a_name_is_12_hexadecimal_digits():
    assert re.fullmatch(r"[0-9a-f]{12}", config().id)


def test_equal_configurations_have_one_name():
    assert config().id == config().id


def test_a_default_that_is_spelled_out_changes_nothing():
    assert config(values={"sampling.target": "300", "dropout": 0.3, "training.epochs": 10.0}).id == config().id


def test_a_name_may_be_written_with_a_hyphen():
    assert config(model="cnn-3conv", split="person-disjoint").id == config().id


def test_the_order_of_the_values_changes_nothing():
    values = {"epochs": 3, "target": 20}
    assert config(values=values).id == config(values=dict(reversed(values.items()))).id


def test_where_the_dataset_lies_changes_nothing():
    assert config("/here/faces").id == config("/there/faces").id


@pytest.mark.parametrize(
    "change",
    [
        {"fingerprint": "f" * 16},
        {"model": "cnn_1conv"},
        {"sampling": "over"},
        {"loss": "class_weights"},
        {"split": "random"},
        {"folds": 5},
        {"seed": 1},
        {"split_seed": 1},
    ],
    ids=lambda change: next(iter(change)),
)
def test_every_choice_changes_the_name(change):
    assert config(**change).id != config().id


@pytest.mark.parametrize("key", sorted(config().params))
def test_every_parameter_changes_the_name(key):
    value = config().params[key]
    other = value + 1 if isinstance(value, int) else value / 2
    assert config(values={key: other}).id != config().id


def test_a_configuration_survives_json():
    assert RunConfig(**json.loads(json.dumps(config().to_json()))) == config()


def test_another_seed_is_all_that_changes():
    assert config().with_seed(4) == config(seed=4)


# A model that does not learn in epochs


def test_a_memorising_model_has_no_loss_to_choose():
    assert config(model="knn", loss="class_weights").id == config(model="knn").id


def test_a_memorising_model_has_no_training_parameters():
    assert sorted(config(model="knn", sampling="none").params) == ["images.size", "model.k"]


@pytest.mark.parametrize("key", ["epochs", "training.epochs", "learning_rate"])
def test_a_memorising_model_refuses_epochs_and_says_what_it_takes(key):
    with pytest.raises(BadInput, match=f"{key}.*model.k"):
        config(model="knn", values={key: 3})


# What is refused


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"model": "oracle"}, "no model named 'oracle'; there are: cnn_1conv|no model named 'oracle'"),
        ({"sampling": "magic"}, "no sampling strategy named 'magic'; there are: none, under"),
        ({"loss": "hinge"}, "no loss named 'hinge'; there are: cross_entropy"),
        ({"split": "by_moon"}, "no split named 'by_moon'; there are: person_disjoint"),
        ({"values": {"sampling.target": 0}}, "target must be a whole number from 1 to 20000, not 0"),
        ({"values": {"dropout": "much"}}, "dropout must be a number from 0.0 to 0.9, not 'much'"),
        ({"values": {"epochs": 2.5}}, "epochs must be a whole number from 1 to 200, not 2.5"),
        ({"values": {"wings": 2}}, "no parameter 'wings' here; .*model.width, model.dropout, sampling.target"),
        ({"values": {"model.wings": 2}}, "cnn_3conv has no parameter 'wings'; its parameters: width, dropout"),
        ({"values": {"sampling.k": 2}, "sampling": "over"}, "over has no parameter 'k'; its parameters: none"),
    ],
)
def test_a_refusal_names_what_and_lists_what_there_is(change, words):
    with pytest.raises(BadInput, match=words):
        config(**change)


def test_a_bare_name_is_enough_where_one_owner_has_it():
    assert config(values={"target": 20}).params["sampling.target"] == 20


# In words


def test_the_title_names_model_sampling_and_loss():
    assert config(loss="class_weights").title == (
        f"3-conv CNN · {SAMPLERS['under_over'].title} (target 300) · Class weights"
    )


def test_the_title_passes_over_the_plain_loss():
    assert config(model="cnn_1conv", sampling="none").title == "1-conv CNN (width 16) · No resampling"


def test_of_several_parameters_the_title_tells_those_that_were_changed():
    assert config(sampling="none", values={"dropout": 0.5}).title == ("3-conv CNN (dropout 0.5) · No resampling")


def test_the_plan_says_how_it_is_judged():
    assert config().plan == "person-disjoint hold-out, 10 epochs, seed 0"
    assert config(model="knn", split="random", folds=5, seed=2).plan == "random 5-fold, seed 2"


def test_parameters_are_found_by_owner():
    assert config().owned("model") == {"width": 16, "dropout": 0.3}
    assert config().owned("loss") == {}


# Folders


def test_a_run_is_read_from_its_folder(tmp_path):
    run = read_run(write_run(tmp_path, created=7.0))
    assert (run.id, run.config, run.created, run.seconds) == (config().id, config(), 7.0, 2.5)


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"config": {}, "created": 1, "seconds": 1}', "\0", "null", "3"])
def test_a_damaged_run_is_refused_by_its_folder(tmp_path, text):
    (write_run(tmp_path) / "config.json").write_text(text)
    with pytest.raises(BadInput, match=f"{config().id} holds no run that can be read"):
        read_run(tmp_path / config().id)


def test_a_folder_without_a_configuration_is_no_run(tmp_path):
    with pytest.raises(BadInput, match=f"There is no run in {tmp_path}"):
        read_run(tmp_path)


@pytest.mark.parametrize("name", FILES[1:])
def test_a_run_that_lost_a_file_is_refused_by_that_file(tmp_path, name):
    (write_run(tmp_path) / name).unlink()
    with pytest.raises(BadInput, match=f"{config().id} lacks {name}; delete the folder and train it again"):
        read_run(tmp_path / config().id)


def test_a_run_is_found_by_its_name_or_its_folder(tmp_path):
    place = write_run(tmp_path / "runs")
    assert find_run(place.name, tmp_path / "runs") == find_run(str(place), tmp_path) == read_run(place)


@pytest.mark.parametrize(
    "name", ["0" * 12, "", "../runs", pytest.param("x" * 5000, id="far too long"), "nothing", "a\0b"]
)
def test_a_name_that_is_no_run_is_refused(tmp_path, monkeypatch, name):
    write_run(tmp_path / "runs")
    monkeypatch.chdir(tmp_path / "runs")
    with pytest.raises(BadInput, match="run"):
        find_run(name, tmp_path / "runs")


def test_a_name_does_not_lead_out_of_the_folder_of_runs(tmp_path):
    write_run(tmp_path / "elsewhere")
    (tmp_path / "runs").mkdir()
    with pytest.raises(BadInput, match="There is no run"):
        find_run(f"../elsewhere/{config().id}", tmp_path / "runs")


def test_a_finished_run_of_the_same_configuration_is_found(tmp_path):
    assert existing_run(config(), tmp_path) is None
    write_run(tmp_path)
    assert existing_run(config(), tmp_path).config == config()


def test_runs_are_listed_newest_first(tmp_path):
    for seed, created in enumerate([2.0, 3.0, 1.0]):
        write_run(tmp_path, created, seed)
    assert [run.config.seed for run in list_runs(tmp_path)] == [1, 0, 2]


def test_runs_can_be_those_of_one_dataset(tmp_path):
    write_run(tmp_path)
    write_run(tmp_path, fingerprint="f" * 16)
    assert [run.config.fingerprint for run in list_runs(tmp_path, "f" * 16)] == ["f" * 16]


def test_the_list_passes_over_what_is_no_run(tmp_path):
    write_run(tmp_path)
    (write_run(tmp_path, seed=1) / "config.json").write_text("{")
    (write_run(tmp_path, seed=2) / "config.json").unlink()
    (write_run(tmp_path, seed=3) / "metrics.json").unlink()
    (tmp_path / f".{'a' * 12}.1.0").mkdir()
    (tmp_path / "notes.txt").touch()
    (tmp_path / ("b" * 12)).touch()
    assert [run.config.seed for run in list_runs(tmp_path)] == [0]


def test_there_are_no_runs_where_none_was_made(tmp_path):
    assert list_runs(tmp_path / "runs") == []


def test_a_name_that_two_choices_have_must_say_whose():
    with pytest.raises(BadInput, match="'beta' may be sampling.beta or loss.beta here; write which"):
        configure(
            "f", "demo", model="residual", sampling="effective_number", loss="class_balanced", values={"beta": 0.5}
        )


def test_a_model_s_own_defaults_are_used_unless_others_are_given():
    assert configure("f", "demo", model="residual").params["training.epochs"] == 8
    assert configure("f", "demo", model="residual", values={"epochs": 3}).params["training.epochs"] == 3
