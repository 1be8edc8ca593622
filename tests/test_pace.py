"""Estimates of what runs will take, from finished runs and from measurements."""

import json
from dataclasses import replace

import pandas as pd
import pytest

from core.errors import BadInput
from core.pace import Pace, estimate, images_shown, measure_pace, pace_of
from core.registry import Choice
from core.runs import FILES, configure, read_run
from core.sampling import SAMPLERS

COUNTS = pd.Series({"left": 60, "right": 30, "top": 12})
"""Of which 0.8 x 7/8 train in a hold-out: 42, 21 and 8."""


def config_of(dataset=None, **choices):
    values = {"images.size": 16, **choices.pop("values", {"training.epochs": 5})}
    fingerprint = dataset.fingerprint if dataset else "f"
    return configure(fingerprint, "somewhere", **{"model": "cnn_1conv", "values": values, **choices})


def write_run(config, settings, seconds, shown=100, passes=(2.0, 2.0, 2.0)):
    """A finished run as its files tell of it: 100 images a pass and three passes of 2 s."""
    folder = settings.runs_dir / config.id
    folder.mkdir(parents=True)
    for name in FILES:
        (folder / name).touch()
    record = {"config": config.to_json(), "created": 0.0, "seconds": seconds, "shown": shown}
    (folder / "config.json").write_text(json.dumps(record))
    (folder / "metrics.json").write_text("{}")
    table = pd.DataFrame({"fold": 1, "epoch": range(1, len(passes) + 1), "seconds": passes})
    table.to_csv(folder / "history.csv", index=False)
    return read_run(folder)


# How much is shown


@pytest.mark.parametrize(
    ("choices", "shown"),
    [
        ({}, 5 * 71),
        ({"sampling": "over"}, 5 * 3 * 42),
        ({"sampling": "under"}, 5 * 3 * 8),
        ({"folds": 5}, 5 * 5 * 71),
        ({"model": "knn", "values": {"k": 5}}, 71),
    ],
)
def test_what_is_shown_is_what_a_pass_shows_times_passes_and_folds(choices, shown):
    assert images_shown(config_of(**choices), COUNTS) == shown


def test_a_strategy_that_needs_the_images_counts_as_one_that_fills_all_classes(monkeypatch):
    never = Choice("needy", "", "", "", (), build=lambda *_: 1 / 0, needs=("images",))
    monkeypatch.setitem(SAMPLERS._entries, "needy", never)
    assert images_shown(config_of(sampling="needy"), COUNTS) == 5 * 3 * 42


def test_a_strategy_that_refuses_the_classes_shows_nothing(monkeypatch):
    def refuse(labels, rng):
        raise BadInput("No.")

    monkeypatch.setitem(SAMPLERS._entries, "picky", Choice("picky", "", "", "", (), refuse))
    assert images_shown(config_of(sampling="picky"), COUNTS) == 0


# From finished runs


def test_the_pace_of_a_run_is_seconds_an_image_and_what_it_took_besides(settings):
    run = write_run(config_of(), settings, seconds=10.0)
    assert pace_of(run) == Pace(per_image=6 / 300, per_run=4.0)


@pytest.mark.parametrize("change", [{"shown": 0}, {"passes": ()}], ids=["shown", "passes"])
def test_a_run_that_does_not_say_what_it_showed_has_no_pace(settings, change):
    assert pace_of(write_run(config_of(), settings, seconds=10.0, **change)) is None


def test_a_damaged_history_is_no_pace(settings):
    run = write_run(config_of(), settings, seconds=10.0)
    (run.folder / "history.csv").write_text("nothing")
    assert pace_of(run) is None


def test_another_seed_goes_at_the_pace_of_the_finished_one(easy, settings):
    write_run(config_of(easy, seed=0), settings, seconds=10.0)
    result = estimate([config_of(easy, seed=seed) for seed in (0, 1, 2)], easy, settings)
    assert (result.n_runs, result.n_done, result.unmeasured) == (3, 1, ())
    assert result.seconds == pytest.approx(2 * (0.02 * 5 * 71 + 4))


def test_workers_divide_the_time_but_no_run(easy, settings):
    write_run(config_of(easy, seed=0), settings, seconds=10.0)
    configs = [config_of(easy, seed=seed) for seed in (1, 2, 3)]
    seconds = [estimate(configs, easy, settings, n_workers).seconds for n_workers in (1, 2, 30)]
    assert seconds == pytest.approx([3 * 11.1, 1.5 * 11.1, 11.1])


def test_a_finished_run_of_the_same_strategy_counts_before_others(easy, settings):
    write_run(config_of(easy), settings, seconds=7.0)
    write_run(config_of(easy, sampling="over"), settings, seconds=62.0, passes=(20.0, 20.0, 20.0))
    over, under = (estimate([config_of(easy, sampling=name, seed=1)], easy, settings) for name in ("over", "under"))
    assert over.seconds == pytest.approx(0.2 * 5 * 126 + 2)
    assert under.seconds != over.seconds


def test_another_image_size_has_no_figure(easy, settings):
    write_run(config_of(easy), settings, seconds=10.0)
    larger = config_of(easy, values={"images.size": 32})
    result = estimate([larger, larger.with_seed(1)], easy, settings)
    assert (result.seconds, result.unmeasured, set(result.by_run.values())) == (None, (larger,), {None})


def test_what_only_memorises_has_no_pace_on_another_dataset(easy, settings):
    knn = config_of(easy, model="knn", values={"k": 5})
    write_run(replace(knn, fingerprint="another"), settings, seconds=1.0)
    assert estimate([knn], easy, settings).unmeasured == (knn,)


def test_when_all_is_done_nothing_is_left(easy, settings):
    write_run(config_of(easy), settings, seconds=10.0)
    assert estimate([config_of(easy)], easy, settings).seconds == 0


# Measured


def test_a_measured_model_has_a_figure_from_then_on(easy, settings):
    config = config_of(easy)
    pace = measure_pace(config, settings)
    assert pace.per_image > 0
    result = estimate([config, config.with_seed(1)], easy, settings)
    assert result.seconds == pytest.approx(2 * (pace.per_image * 5 * 71 + pace.per_run))


def test_a_figure_for_another_number_of_threads_does_not_count(easy, settings):
    config = config_of(easy)
    key = f'["cnn_1conv", {{"width": {config.params["model.width"]}}}, 16] with 64 of 64 threads'
    settings.home.mkdir()
    (settings.home / "paces.json").write_text(json.dumps({key: {"per_image": 1, "per_run": 1, "once": 0}}))
    assert estimate([config], easy, settings).unmeasured == (config,)


def test_a_damaged_file_of_figures_is_as_none(easy, settings):
    settings.home.mkdir()
    (settings.home / "paces.json").write_text("{")
    assert estimate([config_of(easy)], easy, settings).seconds is None


def test_a_model_that_cannot_be_measured_says_why(settings):
    odd = replace(config_of(), params={**config_of().params, "model.width": 10**9})
    with pytest.raises(BadInput, match="width must be"):
        measure_pace(odd, settings)
