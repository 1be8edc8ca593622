"""The command in a document trains the very run, whatever was chosen."""

import shlex

import pytest

from core.__main__ import _parser
from core.commands.words import pairs
from core.documents.reproduction import training_command
from core.runs import RESAMPLE_FIRST, TEST_ON_TRAINING, configure
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
    options = understood(training_command(config))
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
    options = understood(training_command(config))
    both = plan_both_orders(
        PRINT, "demo", model=options.model, sampling=options.sampling, seeds=[0], values=pairs(options.set)
    )
    assert config.id in [each.id for each in both.configs]


@pytest.mark.parametrize("change", [{"order": TEST_ON_TRAINING}, {"order": RESAMPLE_FIRST, "folds": 5}])
def test_other_mistakes_have_no_command(change):
    assert training_command(configure(PRINT, "demo", model="knn", **change)) is None


def test_a_path_is_named_without_its_folders_and_quoted():
    command = training_command(configure(PRINT, "/home/kim/my faces; rm", model="knn"))
    assert "python -m core train 'my faces; rm' --model knn" in command
