"""The sweep page: what is planned and done, the job that trains it, and the comparison that fills in."""

from dataclasses import asdict

import pytest

from core.experiment import run_experiment
from core.job_files import Progress, write_json
from core.jobs import JobState
from core.settings import Settings
from core.sweeps import known_sweep, plan_sweep
from tests.pages.conftest import button, errors, labels, text
from tests.pages.waiting import only_job, waiting

LINK = {"sweep-models": "HOG + LDA", "sweep-samplings": ["No resampling", "Random over"]}
"""A model that learns in a moment, with two strategies: three seeds each, unless the page is told otherwise."""


@pytest.fixture(scope="module")
def trained(easy, tmp_path_factory):
    """Return the home in which the first two seeds of this sweep are trained, and their sweep."""
    settings = Settings(home=tmp_path_factory.mktemp("swept"), threads=1)
    sweep = plan_sweep(easy.fingerprint, easy.source, models=["hog_lda"], samplings=["none", "over"], seeds=range(2))
    for config in sweep.configs:
        run_experiment(config, settings)
    return settings.home, sweep


@pytest.fixture
def open_sweep(visit, easy, trained, monkeypatch):
    """Return a function that opens the page on the easy dataset, where four runs are trained and jobs wait."""
    home, _ = trained
    monkeypatch.setenv("NAVARASA_HOME", str(home))
    with waiting(home):
        yield lambda **link: visit("sweep", easy.source, **LINK | link)
    for job in (home / "jobs").glob("*/*"):
        job.unlink()


def button_names(app) -> list[str]:
    return [label for label in labels(app) if label != "Estimate the time"]


def compared(app):
    """Return the table of configurations."""
    return app.dataframe[-1].value.set_index("configuration")


def write_progress(home, *history: dict) -> None:
    """Report what a worker would have reported of the only job."""
    place = home / "jobs" / only_job(home).id / "progress.json"
    write_json(place, asdict(Progress("Runs done", len(history), 6, history=history)))


def problem(config, sentence: str) -> dict:
    return {"run": config.id, "title": config.title, "seed": config.seed, "problem": sentence}


def test_every_combination_is_counted_once_a_seed(open_sweep):
    app = open_sweep(**{"sweep-models": ["HOG + LDA", "k nearest neighbours"]})
    assert "12 runs" in text(app)  # 2 models x 2 strategies x 3 seeds; neither has a loss
    app.slider(key="sweep-seeds").set_value(5).run()
    assert "20 runs" in text(app)


def test_what_is_trained_already_is_counted(open_sweep):
    app = open_sweep()
    assert "**6 runs**, 4 of them done already; about" in text(app)


def test_where_all_is_trained_nothing_is_left(open_sweep):
    app = open_sweep()
    app.slider(key="sweep-seeds").set_value(2).run()
    assert app.success[0].value == "**4 runs**, 4 of them done already: nothing is left to train."


def test_a_model_that_was_never_trained_here_can_be_measured_first(open_sweep):
    app = open_sweep(**{"sweep-models": "3-conv CNN"})
    assert "**6 runs**." in text(app)
    assert "Estimate the time" in labels(app)


def test_a_click_submits_one_job_with_all_runs(open_sweep, trained):
    app = open_sweep()
    button(app, "Start the sweep").click().run()
    job = only_job(trained[0])
    assert (job.config["kind"], job.config["resumable"], job.state) == ("sweep", "runs", JobState.QUEUED)
    assert [(config.sampling, config.seed) for config in known_sweep(job.config).configs] == [
        (sampling, seed) for seed in range(3) for sampling in ("none", "over")
    ]


def test_a_submitted_sweep_is_not_offered_again(open_sweep):
    app = open_sweep()
    button(app, "Start the sweep").click().run()
    assert "This sweep is in the list below." in text(app)
    assert button_names(app) == ["Pause", "Cancel"]


def test_a_paused_sweep_can_be_continued(open_sweep, trained):
    app = open_sweep()
    button(app, "Start the sweep").click().run()
    button(app, "Pause").click().run()
    assert only_job(trained[0]).state == JobState.PAUSED
    assert "Paused. What is finished is kept." in text(app)
    assert button_names(app) == ["Continue", "Clear"]
    button(app, "Continue").click().run()
    assert only_job(trained[0]).state == JobState.QUEUED


def test_a_cancelled_sweep_keeps_what_is_finished(open_sweep):
    app = open_sweep()
    button(app, "Start the sweep").click().run()
    button(app, "Cancel").click().run()
    assert "Cancelled. What is finished is kept." in text(app)
    assert "Sweep of 6 runs: 2 samplings, 3 seeds**, 4 done" in text(app)


def test_the_comparison_has_a_row_a_configuration_with_the_best_first(open_sweep, trained):
    app = open_sweep()
    button(app, "Start the sweep").click().run()
    table = compared(app)
    rows = {row.config.title: row for row in trained[1].rows(trained[0] / "runs")}
    assert set(table.index) == set(rows)
    assert table["mean macro-F1"].is_monotonic_decreasing
    assert table["mean macro-F1"].to_dict() == pytest.approx({name: row.mean for name, row in rows.items()})
    assert [len(seeds.split(", ")) for seeds in table["seeds"]] == [2, 2]


def test_a_clicked_dot_leads_to_its_run(open_sweep, trained):
    app = open_sweep()
    button(app, "Start the sweep").click().run()
    run = trained[1].configs[1]
    mark = {"selection": {"points": [{"customdata": [run.id, run.seed]}]}}
    app.session_state[f"dots-{only_job(trained[0]).id}"] = mark
    app.run()
    assert f"Results of {run.id}, seed 0" in [link.proto.label for link in app.get("page_link")]


def test_why_a_configuration_is_not_trained_is_in_its_row(open_sweep, trained):
    app = open_sweep()
    app.multiselect(key="sweep-samplings").set_value(["none", "under"]).run()
    button(app, "Start the sweep").click().run()
    config = next(config for config in known_sweep(only_job(trained[0]).config).configs if config.sampling == "under")
    write_progress(trained[0], problem(config, "Too few of them."))
    table = compared(app.run())
    assert table.loc[config.title, "problem"] == "Too few of them."


def test_a_sweep_without_a_finished_run_has_a_table_and_no_dots(open_sweep):
    app = open_sweep(**{"sweep-models": "k nearest neighbours"})
    button(app, "Start the sweep").click().run()
    assert not app.get("plotly_chart")
    assert compared(app)["mean macro-F1"].isna().all()


def test_a_sweep_of_another_dataset_is_not_shown(open_sweep, visit, even):
    button(open_sweep(), "Start the sweep").click().run()
    app = visit("sweep", even, **LINK)
    assert "None yet on this dataset." in text(app)


def test_the_training_page_names_a_sweep_among_its_jobs(open_sweep, visit, easy):
    button(open_sweep(), "Start the sweep").click().run()
    app = visit("training", easy.source)
    assert "Sweep of 6 runs: 2 samplings, 3 seeds**: queued" in text(app)
    assert "Watch it" in [link.proto.label for link in app.get("page_link")]


@pytest.mark.parametrize("key", ["sweep-models", "sweep-samplings", "sweep-losses"])
def test_a_sweep_of_nothing_is_refused_in_one_sentence(open_sweep, key):
    app = open_sweep()
    app.multiselect(key=key).set_value([]).run()
    assert errors(app) == ["A sweep needs at least one model, one sampling strategy, one loss and one seed."]


def test_made_images_and_folds_do_not_go_together(open_sweep):
    app = open_sweep(**{"sweep-samplings": ["GAN images"]})
    app.selectbox(key="sweep-folds").set_value(5).run()
    assert len(errors(app)) == 1
    assert "choose a hold-out" in errors(app)[0]


def test_epochs_are_those_of_models_that_have_any(open_sweep, trained):
    app = open_sweep(**{"sweep-models": ["HOG + LDA", "1-conv CNN"]})
    app.number_input(key="sweep-epochs").set_value(3).run()
    button(app, "Start the sweep").click().run()
    epochs = {config.model: config.params.get("training.epochs") for config in _configs(trained[0])}
    assert epochs == {"hog_lda": None, "cnn_1conv": 3}


def test_a_link_to_unknown_choices_plans_the_usual_sweep(open_sweep):
    app = open_sweep(**{"sweep-models": "nonsense", "sweep-samplings": ["<b>"], "sweep-losses": "5"})
    assert not errors(app)
    assert app.multiselect(key="sweep-models").value == ["cnn_3conv"]
    assert app.multiselect(key="sweep-samplings").value == ["none", "over", "class_weights"]


def test_a_job_of_another_version_does_not_hide_the_page(open_sweep, trained):
    app = open_sweep()
    button(app, "Start the sweep").click().run()
    job = only_job(trained[0])
    old = [config.to_json() | {"model": "perceptron"} for config in _configs(trained[0])]
    write_json(trained[0] / "jobs" / job.id / "config.json", job.config | {"configs": old})
    assert "None yet on this dataset." in text(app.run())


def _configs(home):
    return known_sweep(only_job(home).config).configs
