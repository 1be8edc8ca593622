"""The bars of what a network says of a face: their order, their colours, and what is written beside them."""

from core.figures import class_colours, probabilities


def test_charts_beside_each_other_have_the_same_rows_in_the_same_colours():
    figure = probabilities({"joy": 0.6, "anger": 0.4}, ["anger", "fear", "joy"], ["anger", "fear", "joy"])
    [bars] = figure.data
    assert list(figure.layout.yaxis.categoryarray) == ["anger", "fear", "joy"]
    assert list(bars.y) == ["anger", "joy"]  # the network knows no fear
    colours = class_colours(["anger", "fear", "joy"])
    assert list(bars.marker.color) == [colours["anger"], colours["joy"]]


def test_nothing_is_written_as_impossible_or_certain():
    [bars] = probabilities({"joy": 0.999, "anger": 0.001, "fear": 0.0}).data
    assert list(bars.text) == [">99%", "<1%", "<1%"]


def test_the_confidence_below_which_nothing_is_said_is_a_line():
    assert not probabilities({"joy": 1.0}).layout.shapes
    [line] = probabilities({"joy": 1.0}, below=0.5).layout.shapes
    assert line.x0 == 0.5
