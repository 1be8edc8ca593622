"""The synthesis page: a GAN's training as a job, what is honest to say of its images, and their approval."""

import re
import shutil

import numpy as np
import pandas as pd
import pytest

from core.jobs import JobState, read_jobs
from core.settings import Settings
from core.synthesis.config import config_from, configure_synthesis
from core.synthesis.sheets import write_sheet
from core.synthesis.store import read_synthesis, unfinished_place
from tests.pages.conftest import button, errors, labels, pictures, text
from tests.pages.waiting import only_job, waiting

TINY = {"epochs": 1, "steps": 2, "batch_size": 4, "width": 2, "images": 30}
"""A GAN of a second: it draws nothing yet."""


@pytest.fixture(scope="module")
def made(easy, tmp_path_factory):
    """Return the folder of what a tiny GAN made of "right" and "top": 30 images each."""
    from core.synthesis.making import train_gan

    settings = Settings(home=tmp_path_factory.mktemp("made"), threads=1)
    config = configure_synthesis(easy.fingerprint, easy.source, ["top", "right"], values=TINY)
    return train_gan(config, settings).folder


@pytest.fixture
def home(home, tmp_path, monkeypatch):
    """Return a home of this test's own, in which jobs wait."""
    monkeypatch.setenv("NAVARASA_HOME", str(tmp_path / "home"))
    with waiting(tmp_path / "home") as place:
        yield place


@pytest.fixture
def synthesis(visit, easy, home, monkeypatch):
    """Return a function that opens the page on the easy dataset, at first without any made images."""
    return lambda **link: visit("synthesis", easy.source, **link)


@pytest.fixture
def finished(made, home):
    """Return the folder of made images in the test's home: none is approved yet."""
    return shutil.copytree(made, home / "synthesis" / made.name)


def approved(folder) -> list[int]:
    samples = pd.read_parquet(folder / "samples.parquet")
    return samples.loc[samples["approved"], "number"].to_list()


def mark_as_copy(folder, number: int) -> None:
    place = folder / "samples.parquet"
    samples = pd.read_parquet(place)
    samples.loc[number, "memorised"] = True
    samples.to_parquet(place, index=False)


# Before anything is made


def test_without_made_images_there_is_only_the_offer_to_make_some(synthesis):
    app = synthesis()
    assert labels(app) == ["Train the GAN"]
    assert not app.header
    assert "20 epochs of 100 steps" in text(app)


def test_the_three_rarest_classes_are_chosen_first(visit, home, make_folder):
    counts = {"a": 5, "b": 9, "c": 6, "d": 8, "e": 7}
    folder = make_folder({f"{label}/{n}.jpg" for label, count in counts.items() for n in range(count)})
    assert visit("synthesis", folder).multiselect(key="synthesis-labels").value == ["e", "c", "a"]


def test_without_a_class_the_page_asks_for_one(synthesis):
    app = synthesis()
    app.multiselect(key="synthesis-labels").set_value([]).run()
    assert app.info[0].value == "Choose at least one class."
    assert not labels(app)


def test_a_click_submits_one_job_with_what_was_chosen(synthesis, home):
    app = synthesis()
    app.multiselect(key="synthesis-labels").set_value(["top"]).run()
    app.number_input(key="synthesis-gan-epochs").set_value(2).run()
    button(app, "Train the GAN").click().run()
    job = only_job(home)
    config = config_from(job.config)
    assert (job.config["kind"], job.config["resumable"]) == ("synthesis", "epochs")
    assert (config.labels, config.params["epochs"], config.params["steps"]) == (("top",), 2, 100)


def test_a_job_under_way_is_not_offered_again_and_can_be_paused_and_continued(synthesis, home):
    app = synthesis()
    button(app, "Train the GAN").click().run()
    assert labels(app) == ["Pause", "Cancel"]
    button(app, "Pause").click().run()
    assert "Paused: it goes on where it stopped." in text(app)
    button(app, "Continue").click().run()
    assert only_job(home).state == JobState.QUEUED


def test_the_newest_samples_of_a_training_are_shown(synthesis, home):
    app = synthesis()
    button(app, "Train the GAN").click().run()
    folder = unfinished_place(config_from(only_job(home).config), Settings(home=home))
    for epoch in (9, 10):
        write_sheet(folder / "grids" / f"epoch_{epoch:04}.png", np.zeros((4, 64, 64), np.uint8), 2)
    [sheet] = app.run().get("image")
    assert sheet.proto.imgs[0].caption == "Samples after epoch 10, a row a class"


def test_the_training_page_names_the_job(synthesis, visit, easy):
    button(synthesis(), "Train the GAN").click().run()
    assert "**Training a GAN**: queued" in text(visit("training", easy.source))


def test_a_link_to_an_unknown_synthesis_is_no_error(synthesis):
    assert not errors(synthesis(synthesis="nonsense"))


# What was made


def test_a_finished_one_says_what_is_honest_of_it(synthesis, finished):
    said = text(synthesis())
    panel = read_synthesis(finished).honesty
    assert f"**Copied?** {panel.copies.memorised} of 60 are nearly a copy" in said
    assert f"**Told apart?** A plain classifier tells made from real ones in {panel.telling.accuracy:.0%}" in said
    assert f"(KID) {panel.distance.value:.4f}" in said
    assert all(f"**{sign.name.capitalize()}?** In {sign.made:.0%} of the made images" in said for sign in panel.signs)


def test_each_made_image_stands_beside_the_nearest_real_one(synthesis, finished):
    samples = read_synthesis(finished).samples
    shown = pictures(synthesis())
    of_class = samples[samples["label"] == "right"].head(24)
    assert shown[1::2] == of_class["nearest"].to_list()
    assert shown[0] == f"made, 0: distance {of_class['distance'].iloc[0]:.2f}"


def test_the_other_class_and_its_last_page_can_be_looked_at(synthesis, finished):
    app = synthesis()
    app.segmented_control[0].set_value("top").run()
    app.number_input(key="made-top").set_value(2).run()
    numbers = [int(re.match(r"made, (\d+)", name)[1]) for name in pictures(app)[::2]]
    assert numbers == list(range(54, 60))


def test_all_can_be_approved_and_none(synthesis, finished):
    app = synthesis()
    assert approved(finished) == []
    button(app, "Approve all but copies").click().run()
    assert approved(finished) == list(range(60))
    assert "60 of 60 approved" in text(app)
    button(app, "Approve none").click().run()
    assert approved(finished) == []


def test_single_ones_can_be_approved_and_taken_back(synthesis, finished):
    app = synthesis()
    app.pills[0].set_value([3, 5]).run()
    assert approved(finished) == [3, 5]
    assert app.pills[0].value == [3, 5]
    app.pills[0].set_value([5]).run()
    assert approved(finished) == [5]


def test_choosing_in_one_class_leaves_the_other_as_it_is(synthesis, finished):
    app = synthesis()
    app.pills[0].set_value([3]).run()
    app.segmented_control[0].set_value("top").run()
    app.pills[0].set_value([31]).run()
    assert approved(finished) == [3, 31]


def test_a_copy_is_marked_and_cannot_be_approved(synthesis, finished):
    mark_as_copy(finished, 2)
    app = synthesis()
    assert "2" not in app.pills[0].options
    assert pictures(app)[4].endswith(", copy")
    assert "".join(sheet.value for sheet in app.html).count("outline:2px") == 1
    button(app, "Approve all but copies").click().run()
    assert approved(finished) == [n for n in range(60) if n != 2]


def test_a_link_opens_the_synthesis_that_it_names(synthesis, finished):
    title = f"{read_synthesis(finished).config.title}, {finished.name}"
    assert synthesis(synthesis=title).selectbox(key="synthesis").value == finished.name


def test_a_link_to_an_unknown_synthesis_opens_the_newest(synthesis, finished):
    app = synthesis(synthesis="nonsense")
    assert app.selectbox(key="synthesis").value == finished.name
    assert not errors(app)


def test_damaged_images_are_passed_over(synthesis, finished):
    (finished / "samples.npy").write_bytes(b"damaged")
    app = synthesis()
    assert labels(app) == ["Train the GAN"]
    assert not app.header


# What is approved


def test_approved_images_are_what_the_strategy_makes(synthesis, visit, easy, finished):
    synthesis().pills[0].set_value([0, 1, 2]).run()
    app = visit("sampling", easy.source, strategies="GAN images")
    assert not errors(app)
    assert app.dataframe[0].value["synthesised"].to_list() == [3]
    assert "right, made" in pictures(app)


def test_other_approved_images_are_another_run(synthesis, visit, easy, home, finished):
    page = synthesis()
    for chosen in ([0], [0, 1]):
        page.pills[0].set_value(chosen).run()
        training = visit("training", easy.source)
        training.selectbox(key="sampling").set_value("gan").run()
        button(training, "Start training").click().run()
    assert len(read_jobs(home / "jobs")) == 2
