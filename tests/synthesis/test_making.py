"""A synthesis from start to end: whole or not there, stopped and continued, the same for a seed."""

import json

import numpy as np
import pandas as pd
import pytest
from safetensors.torch import load_file

from core.errors import BadInput
from core.synthesis.making import train_gan
from core.synthesis.store import COLUMNS, FILES, place_of, sheets, unfinished_place
from core.training import Cancelled


class StopAfter:
    """Says stop from the n-th question on."""

    def __init__(self, n):
        self.left = n

    def __call__(self):
        self.left -= 1
        return self.left < 0


@pytest.fixture
def home(one_thread, tmp_path):
    """A home where nothing was made yet."""
    return one_thread.model_copy(update={"home": tmp_path / "home"})


def interrupted(config, settings, n_steps):
    """Train until so many steps are done, then stop."""
    told = []

    def on_progress(progress):
        if progress.stage.startswith("Training"):
            told.append(progress)

    with pytest.raises(Cancelled):
        train_gan(config, settings, on_progress, lambda: len(told) >= n_steps)


def test_everything_is_there_when_it_is_done(finished):
    assert all((finished.folder / name).is_file() for name in FILES)
    assert [path.name for path in sheets(finished.folder)] == ["epoch_0001.png", "epoch_0002.png"]


def test_as_many_images_are_made_as_asked_for(finished):
    assert finished.images.shape == (12, 64, 64)
    assert finished.samples["label"].value_counts().to_dict() == {"right": 6, "top": 6}


def test_nothing_is_approved_at_first(finished):
    assert list(finished.samples) == COLUMNS
    assert not finished.samples["approved"].any()


def test_the_images_it_saw_are_on_record(finished, easy):
    assert finished.seen < set(easy.usable["image"])
    assert set(finished.samples["nearest"]) <= finished.seen


def test_there_is_a_row_of_history_an_epoch(finished):
    assert finished.history["epoch"].tolist() == [1, 2]
    assert np.isfinite(finished.history).all(axis=None)


def test_no_unfinished_folder_is_left(finished, one_thread):
    assert not unfinished_place(finished.config, one_thread).exists()


def test_what_is_there_is_not_made_again(finished, one_thread):
    told = []
    assert train_gan(finished.config, one_thread, told.append).created == finished.created
    assert told == []


def test_the_same_seed_makes_the_same_images(configure, home, one_thread):
    first, second = (train_gan(configure(epochs=1), settings) for settings in (home, one_thread))
    assert np.array_equal(first.images, second.images)


def test_another_seed_makes_other_images(configure, home):
    first, second = (train_gan(configure(epochs=1, seed=seed), home) for seed in (0, 1))
    assert not np.array_equal(first.images, second.images)


@pytest.mark.parametrize("n_steps", [4, 5], ids=["between epochs", "within an epoch"])
def test_stopped_and_continued_is_the_same_as_never_stopped(configure, home, one_thread, n_steps):
    config = configure(epochs=4)
    interrupted(config, home, n_steps)
    continued, whole = train_gan(config, home), train_gan(config, one_thread)
    weights = [load_file(synthesis.folder / "generator.safetensors") for synthesis in (continued, whole)]
    assert all(np.array_equal(value, weights[1][name]) for name, value in weights[0].items())
    assert np.array_equal(continued.images, whole.images)
    pd.testing.assert_frame_equal(continued.history.drop(columns="seconds"), whole.history.drop(columns="seconds"))


def test_continuing_does_not_train_again_what_was_trained(configure, home):
    config, told = configure(epochs=3), []
    interrupted(config, home, 4)
    train_gan(config, home, told.append)
    assert min(progress.done for progress in told if progress.stage.startswith("Training")) == 2.5


def test_stopping_leaves_a_checkpoint_and_nothing_finished(configure, home):
    config = configure()
    interrupted(config, home, 1)
    assert not place_of(config, home).exists()
    assert [path.name for path in (home.home / "synthesis").iterdir()] == [f"{config.id}.unfinished"]


def test_stopping_while_judging_leaves_nothing_half_written(configure, home):
    config, stages = configure(), []
    with pytest.raises(Cancelled):
        train_gan(config, home, lambda progress: stages.append(progress.stage), lambda: "Looking for copies" in stages)
    assert [path.name for path in (home.home / "synthesis").iterdir()] == [f"{config.id}.unfinished"]


def test_stopping_before_the_first_step_is_obeyed(configure, home):
    with pytest.raises(Cancelled):
        train_gan(configure(), home, should_stop=StopAfter(0))


def test_an_error_of_the_callback_passes_through(configure, home):
    def fail(progress):
        raise RuntimeError("the page is gone")

    with pytest.raises(RuntimeError, match="the page is gone"):
        train_gan(configure(), home, fail)


def test_progress_is_told_at_every_step(configure, home):
    told = []
    train_gan(configure(), home, told.append)
    training = [progress for progress in told if progress.stage == "Training the GAN, epoch"]
    assert [progress.done for progress in training] == [0.5, 1.0, 1.5, 2.0]
    assert {progress.total for progress in training} == {2}
    assert [len(progress.history) for progress in training] == [0, 1, 1, 2]


def test_progress_can_be_written_as_json(configure, home):
    told = []
    train_gan(configure(), home, told.append)
    assert json.dumps([vars(progress) for progress in told])


def test_a_changed_dataset_is_refused(configure, home):
    config = configure()
    object.__setattr__(config, "fingerprint", "0" * 16)
    with pytest.raises(BadInput, match="changed since this was set up"):
        train_gan(config, home)


def test_a_damaged_checkpoint_is_named(configure, home):
    config = configure()
    interrupted(config, home, 1)
    checkpoint = unfinished_place(config, home) / "checkpoint.safetensors"
    checkpoint.write_bytes(checkpoint.read_bytes()[:500])
    with pytest.raises(BadInput, match="checkpoint .* is damaged; delete that folder"):
        train_gan(config, home)


def test_long_trainings_keep_few_sheets(configure, home):
    synthesis = train_gan(configure(epochs=22, steps=1, images=4), home)
    names = [path.stem for path in sheets(synthesis.folder)]
    assert len(names) == 11
    assert names[0] == "epoch_0002"
    assert names[-1] == "epoch_0022"


def test_it_trains_without_augmentation_and_help(configure, home):
    assert train_gan(configure(augment=0, borrow=0, epochs=1), home).images.shape == (6, 64, 64)


def test_losses_that_grow_beyond_bounds_are_told(configure, home, monkeypatch):
    monkeypatch.setattr("core.synthesis.adversaries.generator_loss", lambda scores: scores.sum() * float("inf"))
    with pytest.raises(BadInput, match="choose a smaller learning_rate"):
        train_gan(configure(), home)
