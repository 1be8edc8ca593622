"""The command trains the very run, whatever was chosen."""

import shlex

import pytest

from core.__main__ import _parser, main
from core.commands.words import pairs
from core.runs import RESAMPLE_FIRST, TEST_ON_TRAINING, configure, training_command
from core.wrong_way import plan_both_orders

PRINT = "0123456789abcdef"


def understood(command: str):
    """Return the words of a command as the command line understands them."""
    return _parser().parse_args(shlex.split(command)[3:])


@pytest.mark.parametrize(
    "choices",
    [
        {"model": "knn"},
        {"model": "knn", "values": {"k": 7}, "folds": 5, "split": "random", "split_seed": 3, "seed": 2},
        {"model": "residual", "values": {"epochs": 3, "learning_rate": 0.0007}},
        {"model": "cnn_3conv", "sampling": "under_over", "loss": "focal", "values": {"target": 20, "loss.gamma": 1.5}},
    ],
)
def test_the_command_trains_the_same_run(choices):
    config = configure(PRINT, "demo", **choices)
    options = understood(training_command(config, config.dataset, [config.seed]))
    again = configure(
        PRINT,
        options.dataset,
        model=options.model,
        sampling=options.sampling,
        loss=options.loss,
        split=options.split,
        folds=options.folds,
        values=pairs(options.set),
        split_seed=options.split_seed,
        seed=int(options.seeds),
    )
    assert again.id == config.id


def test_the_usual_mistake_has_its_own_verb():
    config = configure(
        PRINT, "demo", model="knn", sampling="over", split="random", order=RESAMPLE_FIRST, values={"k": 5}
    )
    options = understood(training_command(config, config.dataset, [config.seed]))
    both = plan_both_orders(
        PRINT, "demo", model=options.model, sampling=options.sampling, seeds=[0], values=pairs(options.set)
    )
    assert config.id in [each.id for each in both.configs]


@pytest.mark.parametrize("change", [{"order": TEST_ON_TRAINING}, {"order": RESAMPLE_FIRST, "folds": 5}])
def test_other_mistakes_have_no_command(change):
    assert training_command(configure(PRINT, "demo", model="knn", **change), "demo", [0]) is None


def test_a_source_with_a_space_is_quoted():
    command = training_command(configure(PRINT, "demo", model="knn"), "my faces; rm", [0])
    assert "python -m core train 'my faces; rm' --model knn" in command


@pytest.mark.parametrize(
    ("choices", "said"),
    [
        ({}, ""),
        ({"loss": "focal", "values": {"loss.gamma": 3}}, " --loss focal --set loss.gamma=3"),
        ({"folds": 5, "split_seed": 2}, " --folds 5 --split-seed 2"),
    ],
)
def test_the_command_names_only_what_is_not_the_default(choices, said):
    command = training_command(configure(PRINT, "demo", model="cnn_1conv", **choices), "demo", [1, 2])
    start = "python -m core train demo --model cnn_1conv --sampling none"
    assert set(command.split()) == set(f"{start} --split person_disjoint --seeds 1,2{said}".split())


def test_the_command_trains_that_very_configuration(easy, easy_settings, monkeypatch, capsys):
    monkeypatch.setenv("NAVARASA_HOME", str(easy_settings.home))
    config = configure(easy.fingerprint, easy.source, model="knn", sampling="over", values={"images.size": 16, "k": 3})
    command = training_command(config, easy.source, [4])
    assert main(command.split()[3:]) == 0
    assert (easy_settings.runs_dir / config.with_seed(4).id).is_dir()
