"""The comparison page: configurations over their seeds, never a bare winner, and all of it in the link."""

import pandas as pd
import pytest

from core.evaluation.comparison import compare
from core.evaluation.resampled import judged_on, resample
from core.experiment import run_experiment
from core.groups import configuration_id, group_runs
from core.runs import RESAMPLE_FIRST, configure, list_runs
from core.settings import Settings
from tests.pages.conftest import text

TINY = {"images.size": 16}


@pytest.fixture(scope="module")
def trained(easy, tmp_path_factory):
    """Return a home with three configurations of which two have three seeds, one of them on another split, and one
    that is wrong on purpose."""
    settings = Settings(home=tmp_path_factory.mktemp("compared"), threads=1)
    choices = [{"model": "hog_lda", "sampling": name, "seed": seed} for name in ("none", "over") for seed in range(3)]
    choices += [{"model": "knn", "values": {"k": 5}}, {"model": "hog_lda", "split": "random"}]
    choices += [{"model": "hog_lda", "split": "random", "sampling": "over", "order": RESAMPLE_FIRST}]
    for chosen in choices:
        values = TINY | chosen.pop("values", {})
        run_experiment(configure(easy.fingerprint, easy.source, values=values, **chosen), settings)
    return settings


@pytest.fixture
def groups(trained):
    """Return what the page can compare: the honest hold-out by person, the random one, and the wrong one."""
    return group_runs(list_runs(trained.runs_dir), lambda run: judged_on(run.predictions))


@pytest.fixture
def open_page(visit, easy, trained, monkeypatch):
    """Return a function that opens the page on the easy dataset with these runs."""
    monkeypatch.setenv("NAVARASA_HOME", str(trained.home))
    return lambda **link: visit("comparison", easy.source, **link)


def menu(app, label: str):
    return next(one for one in app.selectbox if one.label == label)


def shown(app) -> pd.DataFrame:
    """Return the table of configurations."""
    return app.dataframe[0].value.set_index("configuration")


def links(app) -> list[dict]:
    return [{"label": one.proto.label, "query": one.proto.query_string} for one in app.get("page_link")]


def test_without_a_run_it_leads_to_the_sweep(visit, easy, tmp_path, monkeypatch):
    monkeypatch.setenv("NAVARASA_HOME", str(tmp_path))
    monkeypatch.setattr("pages.shared.comparisons.shipped_runs", list)
    app = visit("comparison", easy.source)
    assert "No run on this dataset yet." in text(app)


def test_what_was_judged_otherwise_is_another_comparison(open_page):
    options = menu(open_page(), "Judged on").options
    assert options[0].startswith("person-disjoint hold-out, split seed 0")
    assert options[0].endswith("3 configurations")
    assert "random hold-out" in options[1]
    assert "wrong on purpose" in options[2]


def test_a_configuration_is_a_row_and_the_best_mean_comes_first(open_page):
    table = shown(open_page())
    assert len(table) == 3
    means = [float(cell.split()[0]) for cell in table["mean"]]
    assert means == sorted(means, reverse=True)


def test_each_seed_is_told(open_page):
    table = shown(open_page())
    assert sorted(len(seeds.split(", ")) for seeds in table["seeds"]) == [1, 3, 3]


def test_plain_training_is_what_others_are_compared_with(open_page):
    app = open_page()
    assert shown(app)["verdict"].to_dict()["HOG + LDA · No resampling"] == "the reference"
    assert "Of 2 configurations compared with “HOG + LDA · No resampling”" in text(app)


def test_the_numbers_are_those_of_the_predictions(open_page, trained, easy):
    runs = list_runs(trained.runs_dir, easy.fingerprint)
    mine = [run for run in runs if run.config.split == "person_disjoint"]
    seeds = {}
    for run in mine:
        seeds.setdefault(run.config.title, []).append(resample(run.predictions))
    expected = compare(seeds, "macro_f1", seeds["HOG + LDA · No resampling"]).table
    found = shown(open_page())
    for title, row in expected.iterrows():
        assert found.loc[title, "mean"].startswith(f"{row['mean']:.3f}")
        assert found.loc[title, "p"] == pytest.approx(row["p"], nan_ok=True)


def test_score_and_reference_are_in_the_link(open_page):
    app = open_page(score="f1 top", reference="majority")
    assert menu(app, "Score").value == "f1 top"
    assert "compared with “always saying left”" in text(app)
    assert "(F1 of top; 1 to 3 seeds each)" in text(app)


def test_what_a_link_asks_for_in_vain_is_passed_over(open_page):
    app = open_page(judged="nothing", score="nothing", reference="nothing", without="nothing", closer="nothing")
    assert menu(app, "Score").value == "macro_f1"


def test_what_is_chosen_is_written_into_the_link(open_page):
    app = open_page()
    menu(app, "Score").set_value("kappa").run()
    assert app.query_params["score"] == "kappa"


def test_one_left_out_is_neither_shown_nor_corrected_for(open_page, trained, easy):
    knn = next(run for run in list_runs(trained.runs_dir) if run.config.model == "knn")
    app = open_page(without=configuration_id(knn.config))
    assert len(shown(app)) == 2
    assert "Of 1 configuration compared" in text(app)


def test_one_seed_is_said_to_cover_no_luck(open_page):
    assert "1 of 3: one seed only" in "\n".join(warning.value for warning in open_page().warning)


def test_a_single_configuration_has_nothing_to_be_compared_with(open_page, groups):
    app = open_page(judged=groups[1].id)
    assert "There is nothing to compare yet" in text(app)


def test_mistakes_are_marked(open_page, groups):
    app = open_page(judged=groups[2].id)
    assert "make a mistake on purpose" in "\n".join(warning.value for warning in app.warning)


def test_a_link_that_names_a_run_opens_its_comparison(open_page, trained, groups):
    run = next(run for run in list_runs(trained.runs_dir) if run.config.order == RESAMPLE_FIRST)
    assert menu(open_page(run=run.id), "Judged on").value == groups[2].id


def test_each_seed_leads_to_its_results_and_to_the_difference(open_page, trained):
    over = next(run for run in list_runs(trained.runs_dir) if run.config.title == "HOG + LDA · Random over")
    found = links(open_page(closer=configuration_id(over.config)))
    assert sum(link["label"].startswith("Seed ") for link in found) == 3
    assert sum("two=difference" in link["query"] for link in found) == 3


def test_more_seeds_can_be_trained(open_page, trained):
    knn = next(run for run in list_runs(trained.runs_dir) if run.config.model == "knn")
    app = open_page(closer=configuration_id(knn.config))
    assert any("--seeds 1,2" in code.value and "--set model.k=5" in code.value for code in app.code)


def test_a_run_that_cannot_be_read_hides_no_other(open_page, trained):
    run = list_runs(trained.runs_dir)[0]
    place = run.folder / "predictions.parquet"
    kept = place.read_bytes()
    try:
        place.write_bytes(b"nothing")
        app = open_page()
    finally:
        place.write_bytes(kept)
    assert len(app.dataframe) > 0
