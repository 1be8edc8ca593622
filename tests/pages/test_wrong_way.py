"""The page that makes the mistake on purpose: both orders trained by one job, and what the mistake pretends."""

import pytest

from core.experiment import run_experiment
from core.runs import RESAMPLE_FIRST, SPLIT_FIRST
from core.settings import Settings
from core.sweeps import known_sweep
from core.wrong_way import inflation, plan_both_orders
from tests.pages.conftest import button, errors, labels, text
from tests.pages.waiting import only_job, waiting

LINK = {"wrong-model": "HOG + LDA", "wrong-sampling": "Random over"}


@pytest.fixture(scope="module")
def trained(easy, tmp_path_factory):
    """Return the home in which two seeds are trained in both orders, and what is found there."""
    settings = Settings(home=tmp_path_factory.mktemp("wrong"), threads=1)
    both = plan_both_orders(easy.fingerprint, easy.source, model="hog_lda", sampling="over", seeds=range(2), values={})
    for config in both.configs:
        run_experiment(config, settings)
    return settings.home, inflation(both, settings.runs_dir)


@pytest.fixture
def wrong_way(visit, easy, trained, monkeypatch):
    """Return a function that opens the page on the easy dataset, where two of three seeds are trained and jobs wait."""
    home, _ = trained
    monkeypatch.setenv("NAVARASA_HOME", str(home))
    with waiting(home):
        yield lambda **link: visit("wrong_way", easy.source, **LINK | link)
    for job in (home / "jobs").glob("*/*"):
        job.unlink()


def metrics(app) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}


def test_the_three_numbers_are_those_of_the_runs(wrong_way, trained):
    found = trained[1]
    app = wrong_way()
    assert metrics(app) == {
        "Resampled, then split: macro-F1": f"{found.wrong.mean():.3f}",
        "Split, then resampled: macro-F1": f"{found.right.mean():.3f}",
        "What the mistake pretends": f"{found.mean:+.3f}",
    }
    assert app.metric[2].delta == f"± {found.std:.3f} over seeds"


def test_one_seed_has_no_spread(wrong_way):
    app = wrong_way()
    app.slider(key="wrong-seeds").set_value(1).run()
    assert not app.metric[2].delta
    assert "Means over 1 seed," in text(app)


def test_it_says_how_much_of_the_test_was_learnt(wrong_way, trained):
    assert f"{trained[1].copies_tested:.0%} of the images in the wrong test were learnt from too" in text(wrong_way())


def test_every_class_has_its_own_row(wrong_way):
    table = wrong_way().dataframe[-1].value.set_index("label")
    assert set(table.index) == {"left", "right", "top"}
    assert list(table.columns) == ["right", "wrong", "inflation"]


def test_without_a_pair_of_runs_there_is_no_number(wrong_way):
    app = wrong_way(**{"wrong-sampling": "Random under"})
    assert not app.metric
    assert "Train both ways" in labels(app)


def test_where_all_is_trained_nothing_is_offered(wrong_way):
    app = wrong_way()
    app.slider(key="wrong-seeds").set_value(2).run()
    assert "Train both ways" not in labels(app)


def test_a_click_submits_one_job_with_both_orders(wrong_way, trained):
    app = wrong_way(**{"wrong-sampling": "Random under"})
    button(app, "Train both ways").click().run()
    job = only_job(trained[0])
    assert job.config["kind"] == "sweep"
    assert [(config.seed, config.order) for config in known_sweep(job.config).configs] == [
        (seed, order) for seed in range(3) for order in (SPLIT_FIRST, RESAMPLE_FIRST)
    ]


def test_a_paused_job_can_be_continued(wrong_way):
    app = wrong_way(**{"wrong-sampling": "Random under"})
    button(app, "Train both ways").click().run()
    assert "Train both ways" not in labels(app)
    button(app, "Pause").click().run()
    assert "Continue" in labels(app)


def test_a_link_to_unknown_choices_opens_the_usual_ones(wrong_way):
    app = wrong_way(**{"wrong-model": "nonsense", "wrong-sampling": "<b>"})
    assert not errors(app)
    assert (app.selectbox(key="wrong-model").value, app.selectbox(key="wrong-sampling").value) == ("knn", "over")


def test_the_random_split_says_what_it_needs(visit, make_folder):
    app = visit("wrong_way", make_folder({"cat/1.jpg": b"", "dog/1.jpg": b""}, name="two"))
    assert len(errors(app)) == 1
    assert "Train both ways" not in labels(app)
