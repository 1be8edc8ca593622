"""The training page: what a model's own defaults are, what cannot work, how long it takes, and its layers."""

import pytest

from core.errors import BadInput
from core.experiment import run_experiment
from core.jobs import JobState
from core.runs import RunConfig, configure
from core.settings import Settings
from tests.pages.conftest import button, errors, labels, text
from tests.pages.waiting import only_job, waiting


@pytest.fixture(scope="module")
def trained(easy, tmp_path_factory):
    """Return the home in which one run of a quick model is finished, and that run."""
    settings = Settings(home=tmp_path_factory.mktemp("trained"), threads=1)
    return settings.home, run_experiment(configure(easy.fingerprint, easy.source, model="hog_lda"), settings)


@pytest.fixture
def training(visit, easy, trained, monkeypatch):
    """Return a function that opens the page on the easy dataset with this model; jobs wait."""
    home, _ = trained
    monkeypatch.setenv("NAVARASA_HOME", str(home))

    def open_(model: str):
        app = visit("training", easy.source)
        return app.selectbox(key="model").set_value(model).run()

    with waiting(home):
        yield open_
    for job in (home / "jobs").glob("*/*"):
        job.unlink()


def number(app, key: str):
    """Return the value of a field."""
    return app.number_input(key=key).value


# What cannot work


def test_so_many_neighbours_can_never_elect_the_rarest_class(visit):
    app = visit("training", "demo")
    app.selectbox(key="model").set_value("knn").run()
    assert number(app, "train-knn-k") == 101
    assert "k = 101 can never predict" in errors(app)[0]
    assert "contempt" in errors(app)[0]


def test_fewer_neighbours_can(visit):
    app = visit("training", "demo")
    app.selectbox(key="model").set_value("knn").run()
    app.number_input(key="train-knn-k").set_value(5).run()
    assert not errors(app)


def test_more_neighbours_than_images_cannot_vote(training):
    assert "k = 101 neighbours cannot vote among 72 training images; choose k up to 72." in errors(training("knn"))[0]


def test_a_strategy_that_repeats_lets_them_vote(training):
    app = training("knn")
    app.selectbox(key="sampling").set_value("over").run()
    assert not errors(app)


def test_a_network_has_no_votes_to_count(training):
    assert not errors(training("cnn_1conv"))


def test_classes_with_few_test_images_are_named_and_five_folds_end_it(training):
    app = training("cnn_1conv")
    assert "6 of right" in app.warning[0].value
    app.selectbox(key="folds").set_value(5).run()
    assert not app.warning


def test_made_images_and_folds_do_not_go_together(training):
    app = training("cnn_1conv")
    app.selectbox(key="sampling").set_value("gan").run()
    app.selectbox(key="folds").set_value(5).run()
    assert len(errors(app)) == 1
    assert "choose a hold-out" in errors(app)[0]
    assert "Start training" not in labels(app)


# What suits a model


@pytest.mark.parametrize(("model", "epochs", "rate"), [("cnn_3conv", 10, 0.002), ("residual", 8, 0.003)])
def test_epochs_and_learning_rate_are_those_that_suit_the_model(training, model, epochs, rate):
    app = training(model)
    assert number(app, f"train-{model}-training-epochs") == epochs
    assert number(app, f"train-{model}-training-learning_rate") == pytest.approx(rate)


def test_another_model_brings_its_own_defaults_and_the_first_keeps_what_was_set(training):
    app = training("cnn_3conv")
    app.number_input(key="train-cnn_3conv-training-epochs").set_value(4).run()
    app.selectbox(key="model").set_value("residual").run()
    assert "8 epochs, seed 0" in text(app)
    app.selectbox(key="model").set_value("cnn_3conv").run()
    assert number(app, "train-cnn_3conv-training-epochs") == 4


def test_a_model_that_memorises_has_no_epochs(training):
    keys = [field.key for field in training("knn").number_input]
    assert not [key for key in keys if "training" in key]


# How long it takes


def test_a_model_that_was_trained_here_has_its_time_told(training):
    app = training("hog_lda")
    app.number_input(key="seed").set_value(1).run()
    assert "**1 run**; about **" in text(app)
    assert "Estimate the time" not in labels(app)


def test_a_model_that_was_never_trained_here_offers_to_be_measured(training):
    app = training("cnn_1conv")
    assert "**1 run**." in text(app)
    assert "Trains 1-conv CNN on noise for some seconds" in text(app)


def test_a_measurement_that_fails_is_one_sentence(training, monkeypatch):
    def refuse(config, settings):
        raise BadInput("There are no weights here.")

    monkeypatch.setattr("pages.shared.estimates.measure_pace", refuse)
    app = training("cnn_1conv")
    button(app, "Estimate the time").click().run()
    assert errors(app) == ["There are no weights here."]


def test_a_finished_run_is_led_to(training, trained):
    app = training("hog_lda")
    assert "trained already" in app.success[0].value
    [link] = [link for link in app.get("page_link") if link.proto.label == "See its results"]
    assert trained[1].id in link.proto.query_string


# The job


def test_a_click_submits_a_job_with_what_was_chosen(training, trained):
    app = training("residual")
    app.selectbox(key="sampling").set_value("class_weights").run()
    app.selectbox(key="loss").set_value("focal").run()
    button(app, "Start training").click().run()
    job = only_job(trained[0])
    config = RunConfig(**job.config)
    assert job.state == JobState.QUEUED
    assert (config.model, config.sampling, config.loss) == ("residual", "class_weights", "focal")
    assert "This configuration is in the queue already" in text(app)


# The layers


def test_the_layers_are_shown_on_request(training):
    app = training("cnn_1conv")
    assert not app.dataframe
    app.toggle(key="layers-cnn_1conv").set_value(True).run()
    layers = app.dataframe[0].value
    assert layers["layer"].iloc[-1] == "Dense"
    assert layers["output"].iloc[-1] == "3"
    assert f"{layers['parameters'].sum():,} parameters" in text(app)
