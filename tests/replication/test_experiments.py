"""The report's experiments are configurations that this version can train, and they have one name on every copy."""

import pytest

from core.errors import BadInput
from core.replication import EXPERIMENTS, find_experiment, key_of
from core.replication.experiments import every_config

each = pytest.mark.parametrize("experiment", EXPERIMENTS, ids=lambda one: one.name)


@each
def test_every_arm_can_be_configured(experiment):
    for config in experiment.configs("0" * 16, "demo"):
        config.check()


@each
def test_what_an_experiment_refers_to_is_one_of_its_arms(experiment):
    arms = {arm.name for arm in experiment.arms}
    assert {experiment.beside, experiment.reference} - {""} <= arms
    assert bool(experiment.reported) == bool(experiment.beside)


def test_a_run_that_several_experiments_need_is_planned_once():
    configs = every_config(EXPERIMENTS, "0" * 16, "demo")
    assert (
        len({config.id for config in configs})
        == len(configs)
        < sum(len(arm.seeds) for experiment in EXPERIMENTS for arm in experiment.arms)
    )


def test_a_run_is_known_on_another_copy_of_the_dataset():
    here, there = (EXPERIMENTS[1].configs(mark * 16, "a folder")[0] for mark in "ab")
    assert here.id != there.id
    assert key_of(here) == key_of(there)


def test_a_seed_is_part_of_what_a_run_is_known_by():
    first, second = EXPERIMENTS[1].configs("0" * 16, "demo")[:2]
    assert key_of(first) != key_of(second)


def test_an_unknown_experiment_lists_the_known_ones():
    with pytest.raises(BadInput, match="no experiment 'gam'; the experiments: class_counts, training_split"):
        find_experiment("gam")
