"""A run's files are what a run writes, or a sentence says which file is not and why."""

import json
from dataclasses import fields

import numpy as np
import pandas as pd
import pytest

from core.errors import BadInput
from core.exchange import check_run
from core.exchange.tables import HISTORY
from core.runs import BY_K, RESAMPLE_FIRST, TEST_ON_TRAINING, VALIDATION, configure

PROBABILITIES = ["p_left", "p_right", "p_top"]


@pytest.fixture
def problem(copy, settings):
    """`problem()` is why the changed copy of a run is refused, after the folder's name."""

    def problem():
        with pytest.raises(BadInput) as refusal:
            check_run(str(copy), settings)
        return str(refusal.value).removeprefix(f"{copy}: ")

    return problem


@pytest.fixture
def change(copy):
    """`change(name, edit)` lets `edit` change a table or an object of JSON in the copy."""

    def change(name, edit):
        place = copy / name
        if name.endswith(".parquet"):
            table = pd.read_parquet(place)
            edited = edit(table)
            (table if edited is None else edited).to_parquet(place, index=False)
        elif name.endswith(".csv"):
            table = pd.read_csv(place)
            edited = edit(table)
            (table if edited is None else edited).to_csv(place, index=False)
        else:
            record = json.loads(place.read_text())
            edit(record)
            place.write_text(json.dumps(record))

    return change


def test_a_run_as_it_was_written_passes(run, easy_settings):
    assert check_run(run.id, easy_settings) == {
        "run": run.id,
        "n_images": len(run.predictions),
        "macro_f1": run.metrics["macro_f1"],
    }


def test_a_run_of_several_folds_passes(neighbours, easy_settings):
    assert check_run(neighbours.id, easy_settings)["n_images"] == 102


# config.json and metrics.json


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (lambda record: record.update(created="today"), "created"),
        (lambda record: record.update(copies_tested=2.0), "copies_tested"),
        (lambda record: record.update(extra=1), "extra"),
        (lambda record: record.pop("seconds"), "seconds"),
        (lambda record: record["config"].update(fingerprint="x"), "config.fingerprint"),
        (lambda record: record["config"].update(seed=True), "config.seed"),
        (lambda record: record["config"]["params"].update({"images.size": "16"}), "config.params"),
        (lambda record: record["config"].update(model="oracle"), "no model named 'oracle'"),
        (lambda record: record["config"].update(order="sideways"), "order"),
        (lambda record: record["config"]["params"].update({"images.size": 5}), "size must be"),
        (lambda record: record["config"]["params"].pop("images.size"), "images.size"),
        (lambda record: record["config"].update(version=99), "version 99, and this program knows 1 to"),
    ],
)
def test_a_record_that_is_none_is_refused(change, problem, edit, words):
    change("config.json", edit)
    said = problem()
    assert said.startswith("config.json")
    assert words in said


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"config": NaN}', "[" * 100_000])
@pytest.mark.parametrize("name", ["config.json", "metrics.json"])
def test_what_is_no_json_object_is_refused(copy, problem, name, text):
    (copy / name).write_text(text)
    assert problem().startswith(name)


def test_a_number_that_is_none_is_refused(copy, problem):
    place = copy / "config.json"
    place.write_text(place.read_text().replace('"seconds": ', '"seconds": Infinity, "x": '))
    assert "Infinity is no number" in problem()


def test_a_folder_that_is_not_called_like_its_configuration_is_refused(copy, settings, change):
    odd = copy.with_name("0" * 12)
    copy.rename(odd)
    with pytest.raises(BadInput, match="config.json is that of the run"):
        check_run(str(odd), settings)


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (lambda metrics: metrics.update(accuracy=1.0), "accuracy is 1 there and"),
        (lambda metrics: metrics["per_class"]["left"].update(recall=0.123), "per_class.left.recall is 0.123 there and"),
        (lambda metrics: metrics["macro_f1_interval"].__setitem__(0, 0.99), "macro_f1_interval.0 is 0.99 there and"),
        (lambda metrics: metrics["confusion_matrix"][0].__setitem__(0, 10_000), "confusion_matrix.0.0 is 10000 there"),
        (lambda metrics: metrics.pop("overall"), "overall is missing"),
        (lambda metrics: metrics.update(stars=5), "stars is too much"),
        (lambda metrics: metrics["majority"].update(label="top"), "majority.label differs"),
    ],
)
def test_a_figure_that_the_predictions_do_not_give_is_named(change, problem, edit, words):
    change("metrics.json", edit)
    said = problem()
    assert said.startswith("metrics.json is not what predictions.parquet gives: ")
    assert words in said


@pytest.mark.parametrize("labels", [[], ["left", "left", "top"], "left", [1, 2], None])
def test_labels_that_are_none_are_refused(change, problem, labels):
    change("metrics.json", lambda metrics: metrics.update(labels=labels))
    assert problem().startswith("metrics.json names")


# predictions.parquet and validation.parquet


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (lambda table: table.assign(p_left=np.nan), "is not a number from 0 to 1"),
        (lambda table: table.assign(p_left=-0.1), "is not a number from 0 to 1"),
        (lambda table: table.assign(p_left=np.inf), "is not a number from 0 to 1"),
        (lambda table: table.assign(p_left=0.0, p_right=0.0, p_top=0.5), "do not sum to 1"),
        (lambda table: table.assign(y_true="nowhere"), "the true label 'nowhere', which metrics.json lacks"),
        (lambda table: table.assign(fold=7), "names a fold that the run does not have"),
        (lambda table: table.assign(fold="1"), "the column 'fold' is of the wrong kind"),
        (lambda table: table.assign(image=1), "the column 'image' is of the wrong kind"),
        (lambda table: table.assign(notes="x"), "look at 'notes'"),
        (lambda table: table.drop(columns="person"), "look at 'person'"),
        (lambda table: table.rename(columns={"p_top": "p_down"}), "one a label of metrics.json"),
        (lambda table: table[[*table.columns[:-2], "p_top", "p_right"]], "in another order"),
        (lambda table: pd.concat([table, table.head(1)]), "twice"),
        (lambda table: table.assign(image=table["image"].where(table.index > 0)), "without its image, label or fold"),
    ],
)
def test_predictions_that_are_none_are_refused(change, problem, edit, words):
    change("predictions.parquet", edit)
    said = problem()
    assert said.startswith("predictions.parquet")
    assert words in said


@pytest.mark.parametrize(
    "image", ["/etc/passwd", "../secret.jpg", "a/../../b.jpg", "C:\\x.jpg", "a\nb.jpg", "..\\x.jpg", ""]
)
def test_an_image_outside_of_its_dataset_is_refused(change, problem, image):
    change("predictions.parquet", lambda table: table.assign(image=table["image"].where(table.index > 0, image)))
    assert "names an image outside of its dataset" in problem()


def test_no_prediction_at_all_is_refused(change, problem):
    change("predictions.parquet", lambda table: table.head(0))
    assert "predictions.parquet holds no image" in problem()


def test_an_index_that_hides_a_column_is_refused(copy, problem):
    place = copy / "predictions.parquet"
    table = pd.read_parquet(place)
    table.set_index("image").to_parquet(place)
    assert "predictions.parquet" in problem()


def test_what_is_no_parquet_is_refused(copy, problem):
    (copy / "predictions.parquet").write_bytes(b"PAR1 and no more PAR1")
    assert "predictions.parquet is damaged or no Parquet file" in problem()


def test_texts_that_unpack_to_gigabytes_are_refused(change, problem):
    n = 200_000
    change("predictions.parquet", lambda table: table.sample(n, replace=True, random_state=0).assign(person="x" * 3000))
    assert "the column person holds over 500 MB of text" in problem()


def test_an_image_that_watched_its_own_training_is_refused(change, copy, problem):
    tested = pd.read_parquet(copy / "predictions.parquet")
    change(VALIDATION, lambda table: pd.concat([table, tested.head(1)]))
    assert "is in predictions.parquet and in validation.parquet" in problem()


@pytest.mark.parametrize("order", [RESAMPLE_FIRST, TEST_ON_TRAINING])
def test_a_mistake_on_purpose_passes(order, easy, easy_settings):
    from core.experiment import run_experiment

    config = configure(
        easy.fingerprint,
        easy.source,
        model="knn",
        sampling="over" if order == RESAMPLE_FIRST else "none",
        split="random",
        values={"images.size": 16, "model.k": 3},
        order=order,
    )
    run = run_experiment(config, easy_settings)
    assert check_run(run.id, easy_settings)["run"] == run.id


# The curves


def test_the_columns_of_the_curves_are_those_that_a_training_writes():
    from core.training import EpochResult

    assert ("fold", *(field.name for field in fields(EpochResult))) == HISTORY


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (lambda table: table.assign(more=1), "must have the columns fold, epoch"),
        (lambda table: table.assign(train_loss="low"), "the column 'train_loss' holds something that is no number"),
        (lambda table: table.assign(fold=3), "names a fold"),
    ],
)
def test_curves_that_are_none_are_refused(change, problem, edit, words):
    change("history.csv", edit)
    assert words in problem()


def test_scores_by_k_belong_to_neighbours(copy, problem):
    (copy / BY_K).write_text("k,accuracy\n1,0.5\n")
    assert "by_k.csv belongs to nearest neighbours" in problem()


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"", b'"a\n'])
def test_what_is_no_csv_is_refused(copy, problem, content):
    (copy / "history.csv").write_bytes(content)
    assert problem().startswith("history.csv")
