"""One configuration in, one finished run folder out, on a small dataset and with real training."""

import json
import shutil

import numpy as np
import onnxruntime
import pytest
from PIL import Image
from safetensors.torch import load_file

from core.datasets import open_dataset
from core.errors import BadInput
from core.evaluation import evaluate
from core.experiment import run_experiment
from core.losses import LOSSES
from core.pixels import load_pixels
from core.runs import FILES, RESAMPLE_FIRST, TEST_ON_TRAINING, configure, list_runs, read_run
from core.sampling import SAMPLERS
from core.splits import make_folds
from core.training import Cancelled

SHORT = {"images.size": 16, "training.epochs": 2, "training.batch_size": 16}


def plan(dataset, model="cnn_1conv", values=(), **choices):
    mine = {"images.size": 16, "model.k": 3} if model == "knn" else SHORT
    return configure(dataset.fingerprint, dataset.source, model=model, values=mine | dict(values), **choices)


@pytest.fixture(scope="module")
def progress():
    """What the hold-out run reported."""
    return []


@pytest.fixture(scope="module")
def held_out(easy, easy_settings, progress):
    """A hold-out run of the small network, oversampled."""
    return run_experiment(plan(easy, sampling="over"), easy_settings, progress.append)


@pytest.fixture(scope="module")
def folded(easy, easy_settings):
    """A 3-fold run of the nearest neighbours, oversampled."""
    return run_experiment(plan(easy, "knn", folds=3, sampling="over"), easy_settings)


@pytest.fixture(scope="module")
def folded_network(easy, easy_settings):
    """A 2-fold run of the small network: its two networks differ in every probability."""
    return run_experiment(plan(easy, folds=2), easy_settings)


@pytest.fixture(params=["held_out", "folded"])
def run(request):
    return request.getfixturevalue(request.param)


def test_a_run_s_folder_holds_all_of_it(run):
    assert {path.name for path in run.folder.iterdir()} == set(run.files) >= set(FILES)


def test_nearest_neighbours_keep_every_k_too(held_out, folded):
    assert held_out.by_k is None
    n_voters = min(folded.by_k["k"].max(), 201)  # no more can vote than there are, copies included
    assert folded.by_k["k"].tolist() == list(range(1, n_voters + 1))


def test_the_curve_says_of_the_run_s_own_k_what_the_run_does(folded):
    own = folded.by_k.set_index("k").loc[3]
    assert own["accuracy"] == pytest.approx(folded.metrics["accuracy"])
    assert own["macro_f1"] == pytest.approx(folded.metrics["macro_f1"])
    assert own[["can_left", "can_right", "can_top"]].all()


def test_a_run_says_how_much_it_showed(held_out):
    assert held_out.shown == 3 * round(held_out.shown / 3) > 100  # three classes, as many of each


def test_no_image_that_was_learnt_from_is_tested(run):
    assert run.copies_tested == 0


def test_resampling_before_the_split_tests_copies_of_what_was_learnt(easy, easy_settings):
    wrong = run_experiment(plan(easy, "knn", sampling="over", split="random", order=RESAMPLE_FIRST), easy_settings)
    assert wrong.copies_tested > 0.4
    assert not wrong.predictions["image"].is_unique
    assert wrong.config.title.endswith("resampled before the split (wrong on purpose)")


def test_a_run_judged_on_its_training_images_tests_nothing_else(easy, easy_settings):
    flattering = run_experiment(plan(easy, "knn", {"model.k": 1}, order=TEST_ON_TRAINING), easy_settings)
    [fold] = make_folds("person_disjoint", easy.usable)
    assert flattering.copies_tested == flattering.metrics["accuracy"] == 1
    assert sorted(flattering.predictions["image"]) == sorted(easy.usable["image"].iloc[fold.train])


# ADASYN starts where classes meet, and these do not; GAN images have to be made first.
@pytest.mark.parametrize("sampling", [name for name in SAMPLERS.names() if name not in ("adasyn", "gan")])
@pytest.mark.parametrize("model", ["cnn_1conv", "knn"])
def test_every_strategy_can_be_trained_on(easy, easy_settings, sampling, model):
    small = {"neighbours": 3, "target": 40, "share": 1.0}
    values = {f"sampling.{param.name}": small[param.name] for param in SAMPLERS[sampling].params if param.name in small}
    run = run_experiment(plan(easy, model, values, sampling=sampling), easy_settings)
    assert len(run.predictions) > 10


@pytest.mark.parametrize("loss", LOSSES.names())
def test_every_loss_can_be_trained_with(easy, easy_settings, loss):
    run = run_experiment(plan(easy, loss=loss), easy_settings)
    assert run.metrics["macro_f1"] > 0


def test_mixed_labels_are_learnt_by_networks_alone(easy, easy_settings):
    mixing = {"sampling.mixup": 1.0, "sampling.target": 40}
    assert run_experiment(plan(easy, values=mixing, sampling="augment"), easy_settings).metrics["macro_f1"] > 0
    for model, title in (("knn", "k nearest neighbours"), ("resnet18_frozen", "ResNet-18, frozen")):
        with pytest.raises(BadInput, match=f"{title} sees each image once, so MixUp and CutMix"):
            plan(easy, model, mixing, sampling="augment")


def test_a_run_is_named_by_its_configuration(run):
    assert run.id == run.config.id
    assert json.loads((run.folder / "config.json").read_text())["config"] == run.config.to_json()


def test_a_run_is_read_back_as_it_was_returned(run):
    assert read_run(run.folder) == run


def test_predictions_have_a_column_of_probabilities_a_class(run, easy):
    columns = ["image", "person", "y_true", "fold", "p_left", "p_right", "p_top"]
    assert list(run.predictions) == columns
    assert run.labels == easy.labels == ("left", "right", "top")


def test_probabilities_sum_to_one(run):
    assert np.allclose(run.predictions.filter(like="p_").filter(regex="^p_").sum(axis=1), 1, atol=1e-5)


def test_predictions_know_the_truth(run, easy):
    truth = easy.catalog.set_index("image")
    predictions = run.predictions.set_index("image")
    assert predictions["y_true"].equals(truth.loc[predictions.index, "label"].rename("y_true"))
    assert predictions["person"].equals(truth.loc[predictions.index, "person"])


def test_metrics_are_those_of_the_predictions_alone(run):
    assert run.metrics == evaluate(run.predictions).to_json()


def test_no_test_image_is_a_copy(run):
    assert run.predictions["image"].is_unique


def test_k_folds_test_each_image_exactly_once(folded, easy):
    assert sorted(folded.predictions["image"]) == sorted(easy.usable["image"])
    assert folded.predictions["fold"].unique().tolist() == [1, 2, 3]


def test_what_watched_the_training_is_judged_apart(run, easy):
    folds = make_folds("person_disjoint", easy.usable, run.config.folds)
    watched = [easy.usable["image"].iloc[fold.validation] for fold in folds]
    for fold, rows in run.validation.groupby("fold"):
        assert sorted(rows["image"]) == sorted(watched[fold - 1])
    assert list(run.validation) == list(run.predictions)


def test_no_person_is_tested_in_two_folds(folded):
    assert (folded.predictions.groupby("person")["fold"].nunique() == 1).all()


def test_a_hold_out_tests_a_fifth(held_out):
    assert len(held_out.predictions) == pytest.approx(102 / 5, abs=4)


def test_the_easy_dataset_is_told_apart(folded):
    assert folded.metrics["accuracy"] > 0.9


def test_history_has_a_row_an_epoch_and_fold(held_out, folded):
    assert held_out.history[["fold", "epoch"]].to_numpy().tolist() == [[1, 1], [1, 2]]
    assert folded.history[["fold", "epoch"]].to_numpy().tolist() == [[1, 1], [2, 1], [3, 1]]


@pytest.mark.parametrize("name", ["held_out", "folded_network"])
def test_the_kept_network_is_that_of_the_first_fold(request, name, easy, easy_settings):
    run = request.getfixturevalue(name)
    first = run.predictions[run.predictions["fold"] == 1]
    rows = easy.usable["image"].reset_index(drop=True)
    images = load_pixels(easy, 16, easy_settings).images[rows[rows.isin(first["image"])].index]
    session = onnxruntime.InferenceSession(str(run.network), providers=["CPUExecutionProvider"])
    [logits] = session.run(None, {"images": images[:, None].astype(np.float32) / 255})
    probabilities = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    assert np.allclose(probabilities, first.filter(regex="^p_").to_numpy(), atol=1e-4)


def test_the_weights_are_kept_without_pickle(run):
    assert len(load_file(run.folder / "weights.safetensors")) > 0


def test_progress_goes_from_reading_to_writing(held_out, progress):
    stages = list(dict.fromkeys(step.stage for step in progress))
    assert stages[-3:] == ["Dividing into training and test", "Training, epoch", "Writing the results"]
    done = [step.done for step in progress if step.stage == "Training, epoch"]
    assert done == sorted(done)
    assert (done[0], done[-1], {step.total for step in progress[-3:]}) == (0, 2, {2})


def test_progress_says_how_long_it_still_takes(held_out, progress):
    left = [step.seconds_left for step in progress if step.stage == "Training, epoch"]
    assert left[0] is None
    assert max(filter(None, left)) > left[-1] == 0


def test_progress_carries_the_history(held_out, progress):
    assert [row["epoch"] for row in progress[-1].history] == [1, 2]


def test_an_existing_run_is_not_trained_again(held_out, easy_settings):
    def never(*_):
        raise AssertionError("something was done")

    assert run_experiment(held_out.config, easy_settings, never, never) == held_out


def test_the_same_configuration_gives_the_same_predictions_anew(held_out, easy_settings, tmp_path):
    again = run_experiment(held_out.config, easy_settings.model_copy(update={"home": tmp_path}))
    assert again.predictions.equals(held_out.predictions)


def test_another_seed_keeps_the_test_part_and_changes_the_network(held_out, easy_settings):
    other = run_experiment(held_out.config.with_seed(1), easy_settings)
    assert other.predictions["image"].equals(held_out.predictions["image"])
    assert not other.predictions["p_left"].equals(held_out.predictions["p_left"])


@pytest.mark.parametrize("after", [0, 3, 9])
def test_a_cancelled_run_leaves_nothing(easy, settings, after):
    asked = []
    with pytest.raises(Cancelled):
        run_experiment(plan(easy), settings, should_stop=lambda: asked.append(1) or len(asked) > after)
    assert list(settings.runs_dir.iterdir()) == []


def test_a_run_that_cannot_be_trained_leaves_nothing(easy, settings):
    with pytest.raises(BadInput, match="k = 101 neighbours"):
        run_experiment(plan(easy, "knn", {"model.k": 101}), settings)
    assert list_runs(settings.runs_dir) == list(settings.runs_dir.iterdir()) == []


def test_a_dataset_that_changed_is_refused(easy_folder, settings, tmp_path):
    folder = shutil.copytree(easy_folder, tmp_path / "copy")
    config = plan(open_dataset(folder, settings))
    next((folder / "images").iterdir()).unlink()
    with pytest.raises(BadInput, match="copy changed since this run was set up"):
        run_experiment(config, settings)


def test_too_many_folds_for_the_persons_are_refused(open_folder, settings):
    images = [f"{person}_{n}.jpg" for person in ("ann", "bob", "cy") for n in range(6)]
    legend = "image,label\n" + "\n".join(f"{name},{'joy' if n % 2 else 'fear'}" for n, name in enumerate(images))
    with pytest.raises(BadInput, match="3 persons cannot be dealt into 5 parts"):
        run_experiment(plan(open_folder(images, legend)), settings)


def test_an_image_that_turns_out_unreadable_is_left_out(easy_folder, settings, tmp_path, as_bytes):
    folder = shutil.copytree(easy_folder, tmp_path / "copy")
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 255, (64, 64), np.uint8))
    whole = as_bytes(noise, "PNG")
    spoilt = sorted((folder / "images").iterdir())[0]
    spoilt.write_bytes(whole[:1000] + bytes(500) + whole[1500:])
    run = run_experiment(plan(open_dataset(folder, settings), "knn", folds=2), settings)
    assert len(run.predictions) == 101
    assert run.left_out == (f"images/{spoilt.name}",)
    [first, _] = make_folds("person_disjoint", open_dataset(folder, settings).usable, 2)
    tested = open_dataset(folder, settings).usable["image"].iloc[first.test]
    assert set(run.predictions.loc[run.predictions["fold"] == 1, "image"]) == set(tested) - {run.left_out[0]}
    assert f"images/{spoilt.name}" not in run.predictions["image"].tolist()
