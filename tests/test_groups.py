"""Runs put together: by seed into configurations, and by what they were judged on into groups."""

from dataclasses import replace
from pathlib import Path

from core.groups import configuration_id, group_runs
from core.runs import RESAMPLE_FIRST, Run, configure


def run(seed=0, order="split_first", place="runs", split_seed=0, fingerprint="f", **choices):
    """A run that was never trained."""
    choices.setdefault("model", "cnn_1conv")
    choices |= {"seed": seed, "split_seed": split_seed, "order": order}
    config = configure(fingerprint, "demo", **choices)
    return Run(Path(place) / config.id, config, 0.0, 0.0, {"n_images": 1234})


def alike(_: Run) -> str:
    return "same"


def names(group) -> list[str]:
    return sorted(group.names.values())


def test_runs_that_differ_in_the_seed_are_one_configuration():
    [group] = group_runs([run(2), run(0), run(1), run(0, sampling="over")], alike)
    assert [[one.config.seed for one in configuration.runs] for configuration in group.configurations] == [
        [0, 1, 2],
        [0],
    ]


def test_runs_judged_on_other_images_are_apart():
    groups = group_runs([run(), run(sampling="over"), run(sampling="under")], lambda one: one.config.sampling[:1])
    assert [len(group.configurations) for group in groups] == [1, 1, 1]


def test_another_split_is_another_group_even_on_the_same_images():
    assert len(group_runs([run(folds=5), run(folds=5, split="random"), run(folds=5, split_seed=1)], alike)) == 3


def test_mistakes_never_stand_beside_honest_runs_and_come_last():
    runs = [run(split="random", order=RESAMPLE_FIRST, sampling=name) for name in ("over", "under")]
    honest, wrong = group_runs([*runs, run(split="random")], alike)
    assert (honest.is_mistake, wrong.is_mistake) == (False, True)
    assert "wrong on purpose" in wrong.title


def test_the_title_says_what_was_judged():
    [group] = group_runs([run(), run(sampling="over")], alike)
    assert group.title == "person-disjoint hold-out, split seed 0 (1,234 images): 2 configurations"


def test_a_model_that_all_have_is_named_once():
    [group] = group_runs([run(), run(sampling="over")], alike)
    assert group.model == "1-conv CNN (width 16)"
    assert names(group) == ["No resampling", "Random over"]


def test_several_models_are_named_each_time():
    [group] = group_runs([run(), run(model="knn")], alike)
    assert group.model is None
    assert "1-conv CNN (width 16) · No resampling" in names(group)


def test_what_the_title_does_not_tell_apart_is_added():
    [group] = group_runs([run(values={"training.epochs": n}) for n in (3, 30)], alike)
    assert names(group) == ["No resampling · epochs 3", "No resampling · epochs 30"]


def test_the_plainest_is_no_resampling_and_cross_entropy_of_the_commonest_model():
    runs = [run(model="knn"), run(), run(sampling="over"), run(loss="focal")]
    [group] = group_runs(runs, alike)
    assert (group.plainest.config.model, group.plainest.plain) == ("cnn_1conv", True)


def test_where_nothing_is_plain_there_is_no_plainest():
    [group] = group_runs([run(sampling="over"), run(loss="focal")], alike)
    assert group.plainest is None


def test_of_a_run_and_its_shipped_twin_the_first_counts():
    [group] = group_runs([run(place="mine"), run(place="shipped", fingerprint="of a copy")], alike)
    assert [one.folder.parent.name for one in group.runs] == ["mine"]


def test_a_configuration_is_the_same_on_a_copy_and_with_any_seed():
    first, second = run(0).config, run(5, fingerprint="other").config
    assert configuration_id(first) == configuration_id(second)
    assert configuration_id(first) != configuration_id(replace(first, split_seed=1))


def test_some_can_be_left_out():
    [group] = group_runs([run(), run(sampling="over")], alike)
    assert names(group.without([group.plainest.id])) == ["Random over"]
