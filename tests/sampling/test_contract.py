"""What every sampling strategy keeps to, now and in future: one test over all that are registered."""

import inspect
from collections import Counter

import numpy as np
import pytest

from core.sampling import SAMPLERS
from core.sampling.summary import resample

every_strategy = pytest.mark.parametrize("choice", list(SAMPLERS), ids=SAMPLERS.names())
PARTS = {
    "three classes": ["joy"] * 40 + ["fear"] * 7 + ["anger"],
    "mixed order": ["fear", "joy", "joy"] * 9 + ["anger"] * 2,
    "balanced": ["joy", "fear"] * 4,
}
every_part = pytest.mark.parametrize("labels", [np.array(part, dtype=object) for part in PARTS.values()], ids=PARTS)


def draw(choice, labels, seed=0, **values):
    return np.asarray(choice.build(labels, np.random.default_rng(seed), **choice.settle(values)))


@every_strategy
@every_part
def test_a_strategy_returns_positions_among_the_given_labels(choice, labels):
    indices = draw(choice, labels)
    assert indices.ndim == 1
    assert np.issubdtype(indices.dtype, np.integer)
    assert 0 <= indices.min() <= indices.max() < len(labels)


@every_strategy
@every_part
def test_every_class_is_still_there(choice, labels):
    assert set(labels[draw(choice, labels)]) == set(labels)


@every_strategy
@every_part
def test_the_same_generator_draws_the_same(choice, labels):
    assert np.array_equal(draw(choice, labels, seed=3), draw(choice, labels, seed=3))


@every_strategy
@every_part
def test_the_labels_stay_as_they_were(choice, labels):
    before = labels.copy()
    draw(choice, labels)
    assert np.array_equal(labels, before)


@every_strategy
@pytest.mark.parametrize("end", ["low", "high"])
def test_the_ends_of_each_parameter_s_range_work(choice, end):
    labels = np.array(["joy"] * 9 + ["fear"] * 2, dtype=object)
    for param in choice.params:
        counts = Counter(labels[draw(choice, labels, **{param.name: getattr(param, end)})])
        assert set(counts) == {"joy", "fear"}
    assert (
        choice.settle({param.name: getattr(param, end) for param in choice.params}).keys() == choice.settle({}).keys()
    )


@every_strategy
def test_each_default_is_in_its_range(choice):
    assert choice.settle({}) == {param.name: param.default for param in choice.params}


@every_strategy
def test_the_function_takes_exactly_the_declared_parameters(choice):
    declared = ["labels", "rng", *(param.name for param in choice.params)]
    assert list(inspect.signature(choice.build).parameters) == declared


@every_strategy
def test_the_menu_says_what_it_is_and_where_it_comes_from(choice):
    assert all(text.strip() for text in (choice.title, choice.summary, choice.source))
    assert all(param.help.strip() for param in choice.params)


@every_strategy
def test_the_menu_s_titles_differ(choice):
    assert [other.title for other in SAMPLERS].count(choice.title) == 1


@every_strategy
def test_the_summary_counts_what_was_drawn(choice, easy):
    result = resample(choice, easy.usable["label"], {})
    drawn = Counter(easy.usable["label"].to_numpy()[result.indices])
    assert result.table["after"].to_dict() == drawn
