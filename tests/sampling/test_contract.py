"""What every sampling strategy keeps to, now and in future: one test over all that are registered."""

import inspect
from collections import Counter
from functools import partial

import numpy as np
import pandas as pd
import pytest

from core.sampling import SAMPLERS
from core.sampling.plan import as_plan
from core.sampling.summary import PLACES, resample

every_strategy = pytest.mark.parametrize("choice", list(SAMPLERS), ids=SAMPLERS.names())
PARTS = {
    "three classes": ["joy"] * 40 + ["fear"] * 7 + ["anger"] * 6,
    "mixed order": ["fear", "joy", "joy"] * 9 + ["anger"] * 8,
    "balanced": ["joy", "fear"] * 4,
}
MADE_FROM = {
    "images": lambda n: np.random.default_rng(0).integers(0, 256, (n, 8, 8), np.uint8),
    "made": lambda n: (np.zeros((3, 8, 8), np.uint8), np.array(["joy", "fear", "joy"], dtype=object)),
}
"""What a strategy may need beside the labels, for a training part of n images."""
every_part = pytest.mark.parametrize("labels", [np.array(part, dtype=object) for part in PARTS.values()], ids=PARTS)


def plan(choice, labels, seed=0, **values):
    needed = {name: MADE_FROM[name](len(labels)) for name in choice.needs}
    return as_plan(choice.build(labels, np.random.default_rng(seed), **choice.settle(values), **needed))


def draw(choice, labels, seed=0, **values):
    return plan(choice, labels, seed, **values).indices


def shown(drawn, labels):
    """The label in each place."""
    return (labels if drawn.made_labels is None else np.concatenate([labels, drawn.made_labels]))[drawn.indices]


@every_strategy
@every_part
def test_a_strategy_returns_positions_among_the_given_labels(choice, labels):
    drawn = plan(choice, labels)
    n_made = 0 if drawn.made_images is None else len(drawn.made_images)
    assert drawn.indices.ndim == 1
    assert np.issubdtype(drawn.indices.dtype, np.integer)
    assert 0 <= drawn.indices.min() <= drawn.indices.max() < len(labels) + n_made


@every_strategy
@every_part
def test_every_class_is_still_there(choice, labels):
    assert set(shown(plan(choice, labels), labels)) == set(labels)


@every_strategy
@every_part
def test_the_same_generator_draws_the_same(choice, labels):
    assert np.array_equal(draw(choice, labels, seed=3), draw(choice, labels, seed=3))


@every_strategy
@every_part
def test_what_is_said_of_places_is_said_of_each(choice, labels):
    drawn = plan(choice, labels)
    about = [drawn.partners, drawn.shares, drawn.weights, drawn.changed]
    assert {len(column) for column in about if column is not None} <= {len(drawn.indices)}


@every_strategy
@every_part
def test_weights_have_mean_1(choice, labels):
    weights = plan(choice, labels).weights
    assert weights is None or weights.mean() == pytest.approx(1, abs=1e-5)


@every_strategy
@every_part
def test_a_synthetic_image_is_blended_of_two_of_its_class(choice, labels):
    drawn = plan(choice, labels)
    if drawn.shares is not None:
        assert (labels[drawn.indices] == labels[drawn.partners]).all()
        assert drawn.shares.min() >= 0
        assert drawn.shares.max() < 1


@every_strategy
@every_part
@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_a_pass_drawn_anew_shows_images_of_every_class(choice, labels, share):
    drawn = plan(choice, labels).at(share, np.random.default_rng(1))
    assert set(shown(drawn, labels)) == set(labels)


@every_strategy
@every_part
def test_the_labels_stay_as_they_were(choice, labels):
    before = labels.copy()
    draw(choice, labels)
    assert np.array_equal(labels, before)


@every_strategy
@pytest.mark.parametrize("end", ["low", "high"])
def test_the_ends_of_each_parameter_s_range_work(choice, end):
    labels = np.array(["joy"] * 120 + ["fear"] * 55, dtype=object)
    for param in choice.params:
        drawn = plan(choice, labels, **{param.name: getattr(param, end)})
        assert set(shown(drawn, labels)) == {"joy", "fear"}
    assert (
        choice.settle({param.name: getattr(param, end) for param in choice.params}).keys() == choice.settle({}).keys()
    )


@every_strategy
def test_each_default_is_in_its_range(choice):
    assert choice.settle({}) == {param.name: param.default for param in choice.params}


@every_strategy
def test_the_function_takes_exactly_the_declared_parameters(choice):
    declared = ["labels", "rng", *(param.name for param in choice.params), *choice.needs]
    assert list(inspect.signature(choice.build).parameters) == declared


@every_strategy
def test_the_menu_says_what_it_is_and_where_it_comes_from(choice):
    assert all(text.strip() for text in (choice.title, choice.summary, choice.source))
    assert all(param.help.strip() for param in choice.params)


@every_strategy
def test_the_menu_s_titles_differ(choice):
    assert [other.title for other in SAMPLERS].count(choice.title) == 1


@every_strategy
def test_the_summary_counts_what_was_drawn(choice):
    result = summary(choice)
    assert result.table["after"].to_dict() == Counter(result.labels)


@every_strategy
def test_the_sums_of_the_summary_reconcile(choice):
    table = summary(choice).table
    assert (table["before"] == table["unique_after"] + table["dropped"]).all()
    assert (table["after"] == table[list(PLACES)].sum(axis=1)).all()


@every_strategy
def test_images_that_are_used_alike_say_as_much_as_there_are(choice):
    table = summary(choice).table
    assert (table["effective"] <= table["unique_after"] + 1e-6).all()
    assert (table["effective"] > 0).all()


def summary(choice):
    """What the strategy does to 40, 12 and 8 images."""
    labels = pd.Series(["joy"] * 40 + ["fear"] * 12 + ["anger"] * 8)
    return resample(choice, labels, {}, material={name: partial(MADE_FROM[name], 60) for name in choice.needs})
