"""What is made is named by everything that decides it."""

import json

import pytest

from core.errors import BadInput
from core.synthesis.config import GAN, config_from, configure_synthesis


def configure(labels=("fear", "contempt"), **options):
    return configure_synthesis("0123456789abcdef", options.pop("dataset", "demo"), labels, **options)


def test_the_id_is_twelve_hexadecimal_digits():
    assert len(configure().id) == 12
    int(configure().id, 16)


@pytest.mark.parametrize(
    "options",
    [{"labels": ["fear"]}, {"seed": 1}, {"split_seed": 1}, {"split": "random"}, {"values": {"epochs": 3}}],
    ids=str,
)
def test_whatever_decides_the_images_changes_the_id(options):
    assert configure(**options).id != configure().id


def test_where_the_dataset_lies_does_not_change_the_id():
    assert configure(dataset="/elsewhere").id == configure().id


def test_the_order_of_the_labels_does_not_change_the_id():
    assert configure(["contempt", "fear", "fear"]).id == configure().id


def test_parameters_left_out_have_their_defaults():
    assert configure().params == GAN.settle({})


def test_a_record_gives_the_same_configuration():
    config = configure(seed=3, values={"images": 10})
    assert config_from(json.loads(json.dumps(config.to_json()))) == config


@pytest.mark.parametrize("labels", [[], "fear", [""], [3]], ids=str)
def test_no_class_is_refused(labels):
    with pytest.raises(BadInput, match="choose at least one"):
        configure(labels)


def test_a_value_out_of_range_is_named():
    with pytest.raises(BadInput, match="epochs must be a whole number from 1 to 200"):
        configure(values={"epochs": 0})


def test_an_unknown_split_lists_the_known_ones():
    with pytest.raises(BadInput, match="person_disjoint"):
        configure(split="by_moon")


@pytest.mark.parametrize(
    "change",
    [{"version": 0}, {"folds": 5}, {"params": {}}, {"params": None}, {"seed": "0"}, {"labels": None}, {"split": "x"}],
    ids=str,
)
def test_a_damaged_record_is_refused(change):
    with pytest.raises(BadInput, match="set it up anew"):
        config_from(configure().to_json() | change)


def test_a_record_that_lacks_something_is_refused():
    with pytest.raises(BadInput, match="fingerprint"):
        config_from({"version": 1, "folds": 0, "params": GAN.settle({})})
