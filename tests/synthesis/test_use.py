"""Approved images in a training part: named in the run, never shown where they could be judged."""

import pytest

from core.errors import BadInput
from core.experiment import run_experiment
from core.runs import configure
from core.synthesis.store import approve, approve_all, disapprove
from core.synthesis.use import made_for, name_approved


@pytest.fixture
def approved(finished):
    """The tiny GAN's images, four of them approved, none of them afterwards."""
    disapprove(finished.folder, finished.samples["number"])
    yield approve(finished.folder, range(4), memorised_too=True)
    disapprove(finished.folder, finished.samples["number"])


def plan(easy, **choices):
    return configure(
        easy.fingerprint, easy.source, model="knn", sampling="gan", values={"images.size": 16, "k": 3}, **choices
    )


def test_a_run_names_the_images_that_are_approved(approved, easy, one_thread):
    first = name_approved(plan(easy), easy, one_thread)
    approve(approved.folder, [4], memorised_too=True)
    other = name_approved(plan(easy), easy, one_thread)
    assert len({plan(easy).id, first.id, other.id}) == 3


def test_a_run_shows_them_beside_all_of_its_training_part(approved, easy, one_thread):
    plain = run_experiment(
        configure(easy.fingerprint, easy.source, model="knn", values={"images.size": 16, "k": 3}), one_thread
    )
    run = run_experiment(name_approved(plan(easy), easy, one_thread), one_thread)
    assert run.shown == plain.shown + 4
    assert run.predictions["image"].equals(plain.predictions["image"])


def test_a_run_that_was_set_up_with_others_is_refused(approved, easy, one_thread):
    config = name_approved(plan(easy, seed=7), easy, one_thread)
    approve(approved.folder, [5], memorised_too=True)
    with pytest.raises(BadInput, match="Other made images are approved now than when this run was set up"):
        run_experiment(config, one_thread)


def test_nothing_approved_is_said_before_the_start(finished, easy, one_thread):
    disapprove(finished.folder, finished.samples["number"])
    with pytest.raises(BadInput, match="No made image is approved for this split"):
        name_approved(plan(easy), easy, one_thread)


def test_images_of_a_gan_that_saw_what_is_judged_are_none(finished, easy, one_thread):
    approve_all(finished.folder)
    with pytest.raises(BadInput, match="No made image is approved"):
        made_for(easy.fingerprint, list(finished.seen)[:1], 16, one_thread)()


def test_several_folds_would_test_on_what_the_gan_has_seen(approved, easy, one_thread):
    with pytest.raises(BadInput, match="so 5 folds would test on what it has seen"):
        name_approved(plan(easy, folds=5), easy, one_thread)


def test_a_strategy_that_needs_none_is_left_alone(easy, settings):
    config = configure(easy.fingerprint, easy.source, model="knn", sampling="over")
    assert name_approved(config, easy, settings) is config


def test_the_images_come_at_the_size_of_the_run(approved, easy, one_thread):
    images, labels = made_for(easy.fingerprint, [], 16, one_thread)()
    assert (images.shape, images.dtype, len(labels)) == ((4, 16, 16), "uint8", 4)
