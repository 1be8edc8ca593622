"""Tables in, plotly figures out: what each mark stands for, and what a click on it tells."""

import numpy as np
import pandas as pd
import pytest

from core import figures
from core.evaluation import evaluate
from core.statistics import aspect_ratio_quantiles, shapes


@pytest.fixture
def judged():
    """Two joys said joy, one joy said fear, one fear said joy."""
    predictions = pd.DataFrame({"person": list("abcd"), "y_true": ["joy", "joy", "joy", "fear"]})
    return evaluate(predictions.assign(p_joy=[0.9, 0.8, 0.3, 0.6], p_fear=[0.1, 0.2, 0.7, 0.4]))


def test_a_class_has_the_same_colour_whatever_the_order():
    assert figures.class_colours(["joy", "fear"]) == figures.class_colours(["fear", "joy"])


def test_eight_classes_have_eight_colours():
    assert len(set(figures.class_colours("abcdefgh").values())) == 8


def test_there_are_colours_for_more_classes_than_the_palette_has():
    assert len(figures.class_colours("abcdefghijkl")) == 12


@pytest.mark.parametrize("log", [True, False])
def test_a_bar_a_class_tells_its_label_when_clicked(log):
    [bars] = figures.class_distribution(pd.Series({"joy": 30, "fear": 1}), log).data
    assert (list(bars.x), [data[0] for data in bars.customdata]) == ([30, 1], ["joy", "fear"])


def test_a_bar_says_its_count_and_share():
    [bars] = figures.class_distribution(pd.Series({"joy": 3000, "fear": 1000}), False).data
    assert [text.split() for text in bars.text] == [["3,000", "(75.0%)"], ["1,000", "(25.0%)"]]


def test_a_class_of_one_is_seen_on_a_logarithmic_axis():
    figure = figures.class_distribution(pd.Series({"joy": 30, "fear": 1}), True)
    assert figure.layout.xaxis.type == "log"
    assert figure.layout.xaxis.range[0] < np.log10(1)


@pytest.fixture
def rows():
    return pd.DataFrame({"label": ["joy", "joy", "fear"], "annotator": ["ann", "bob", "bob"], "rows": [3, 1, 2]})


def test_parts_of_a_class_are_stacked(rows):
    bars = figures.stacked_by(rows, ["joy", "fear"], "annotator", share=False).data
    assert {bar.name: list(bar.x) for bar in bars} == {"ann": [3, 0], "bob": [1, 2]}


def test_shares_of_a_class_sum_to_one(rows):
    bars = figures.stacked_by(rows, ["joy", "fear"], "annotator", share=True).data
    assert np.sum([bar.x for bar in bars], axis=0).tolist() == [1, 1]


def test_a_shape_tells_width_height_and_mode_when_clicked(easy):
    [dots] = figures.shape_map(shapes(easy.catalog)).data
    assert dots.customdata[0][:4] == [24, 24, "L", 102]


def test_only_the_commonest_shapes_are_drawn():
    table = pd.DataFrame({"height": range(9), "width": range(9), "mode": "L", "count": range(9, 0, -1)})
    [dots] = figures.shape_map(table, n_drawn=4).data
    assert list(dots.x) == [0, 1, 2, 3]


def test_there_is_a_box_of_aspect_ratios_a_class(easy):
    figure = figures.aspect_ratios(aspect_ratio_quantiles(easy.catalog))
    assert [box.name for box in figure.data] == ["all images", "left", "right", "top"]


def test_copies_lie_on_top_of_the_distinct_images():
    columns = ["before", "after", "unique_after", "copied", "augmented", "synthesised"]
    table = pd.DataFrame([[9, 9, 9, 0, 0, 0], [2, 9, 2, 4, 1, 2]], ["joy", "fear"], columns)
    before, *parts = figures.resampling(table, highest=100).data
    assert list(before.x) == [9, 2]
    assert [list(part.x) for part in parts] == [[9, 2], [0, 4], [0, 1], [0, 2]]
    assert [list(part.base) for part in parts] == [[0, 0], [9, 2], [9, 6], [9, 7]]


@pytest.fixture
def epochs():
    columns = ["fold", "epoch", "train_loss", "validation_loss", "validation_macro_f1"]
    return pd.DataFrame([[1, 1, 0.9, 1.0, 0.2], [1, 2, 0.5, 0.8, 0.4], [2, 1, 0.8, 0.9, 0.3]], columns=columns)


def test_there_is_a_line_of_scores_a_fold(epochs):
    _, scores = figures.history(epochs, 2)
    assert [list(line.y) for line in scores.data] == [[0.2, 0.4], [0.3]]


def test_there_are_two_lines_of_losses_a_fold(epochs):
    losses, _ = figures.history(epochs.to_dict("records"), 2)
    assert [list(line.y) for line in losses.data] == [[0.9, 0.5], [1.0, 0.8], [0.8], [0.9]]


def test_intervals_reach_from_their_low_to_their_high_end(judged):
    *_, marks = figures.f1_intervals({"run": judged}).data
    scores = judged.per_class
    assert np.allclose(marks.x + marks.error_x.array, scores["f1_high"])
    assert np.allclose(marks.x - marks.error_x.arrayminus, scores["f1_low"])


def test_two_runs_are_drawn_beside_each_other(judged):
    first, second = figures.f1_intervals({"a": judged, "b": judged}).data
    assert (np.array(first.y) < np.array(second.y)).all()


def test_probabilities_keep_their_order():
    [bars] = figures.probabilities({"joy": 0.7, "fear": 0.3}).data
    assert (list(bars.y), list(bars.x)) == (["joy", "fear"], [0.7, 0.3])


# The annotators


@pytest.fixture
def mix():
    shares = pd.DataFrame({"joy": [0.75, 0.5], "fear": [0.25, 0.5]}, index=["kim", "lee"])
    return figures.class_mix(shares, pd.DataFrame({"joy": [30, 1], "fear": [10, 1]}, index=["kim", "lee"]))


def test_a_part_of_an_annotators_bar_tells_annotator_label_and_rows_when_clicked(mix):
    assert [list(map(list, bar.customdata)) for bar in mix.data] == [
        [["kim", "joy", 30], ["lee", "joy", 1]],
        [["kim", "fear", 10], ["lee", "fear", 1]],
    ]


def test_the_parts_of_an_annotators_bar_have_the_colours_of_their_classes(mix):
    colours = figures.class_colours(["joy", "fear"])
    assert {bar.name: bar.marker.color for bar in mix.data} == colours


def test_the_axis_of_an_annotators_shares_ends_at_all_of_them(mix):
    axis = mix.layout.xaxis
    assert (axis.tickvals[-1], axis.range[1], axis.ticklabeloverflow) == (1, 1, "allow")


# The map


@pytest.fixture
def points():
    """A point each of two joys, a fear and one that no annotator is known of."""
    return pd.DataFrame(
        {
            "x": [0.0, 1, 2, 3],
            "y": [3.0, 2, 1, 0],
            "image": ["a", "b", "c", "d"],
            "label": ["joy", "fear", "joy", "joy"],
            "annotator": pd.array(["kim", "lee", "kim", None], dtype="str"),
            "correct": [True, False, True, True],
        },
        index=[10, 20, 30, 40],
    )


def drawn(figure):
    """Return what each group of dots is called -> the images in it."""
    return {dots.name: list(dots.text) for dots in figure.data}


@pytest.mark.parametrize(
    ("colour", "groups"),
    [
        ("label", {"joy (3)": ["a", "c", "d"], "fear (1)": ["b"]}),
        ("annotator", {"kim (2)": ["a", "c"], "lee (1)": ["b"], "none (1)": ["d"]}),
        ("correct", {"right (3)": ["a", "c", "d"], "wrong (1)": ["b"]}),
    ],
)
def test_dots_are_grouped_by_what_colours_them(points, colour, groups):
    assert drawn(figures.image_map(points, colour, ("joy", "fear"), ("x", "y"))) == groups


def test_a_dot_tells_its_place_in_the_table_when_lassoed(points):
    dots = figures.image_map(points, "label", ("joy", "fear"), ("x", "y")).data
    places = {int(place): image for group in dots for place, image in zip(group.customdata, group.text, strict=True)}
    assert places == dict(enumerate("abcd"))


def test_dots_have_the_colour_that_their_class_has_everywhere(points):
    colours = figures.class_colours(("fear", "joy"))
    dots = figures.image_map(points, "label", ("fear", "joy"), ("x", "y")).data
    assert {group.name.split()[0]: group.marker.color for group in dots} == colours


def test_annotators_that_cannot_be_told_apart_by_colour_are_drawn_as_one():
    names = [f"rater {n}" for n in range(12) for _ in range(12 - n)]
    points = pd.DataFrame({"x": 0.0, "y": 0.0, "image": names, "annotator": names})
    groups = drawn(figures.image_map(points, "annotator", (), ("x", "y")))
    assert len(groups) == 8
    assert set(groups["others (15)"]) == {f"rater {n}" for n in range(7, 12)}


# Scores


def test_bars_below_the_threshold_are_in_the_colour_of_warnings():
    bins = pd.DataFrame({"low": [0.0, 0.5], "high": [0.5, 1.0], "images": [3, 40]})
    [bars] = figures.score_histogram(bins, 0.4).data
    assert list(bars.y) == [3, 40]
    assert len(set(bars.marker.color)) == 2
    assert [list(data) for data in bars.customdata] == [[0.0, 0.5], [0.5, 1.0]]


@pytest.fixture
def scores():
    """Joy is above what chance gives all cues, fear above what it gives the neutralised ones."""
    return pd.DataFrame(
        {
            **{"f1": [0.5, 0.22], "null_low": [0.1, 0.2], "null_high": [0.3, 0.25]},
            **{"neutral_f1": [0.0, 0.2], "neutral_low": [0.0, 0.05], "neutral_high": [0.02, 0.15]},
            "majority": [0.6, np.nan],
        },
        index=["joy", "fear"],
    )


ALL_CUES, NEUTRAL, MAJORITY = {"f1": "all cues"}, {"neutral_f1": "neutralised"}, {"majority": "always joy"}


def marks(figure):
    """Return the marks of each score by its name."""
    return {one.name: one for one in figure.data if one.type == "scatter" and one.customdata is not None}


def in_legend(figure):
    """Return the name of each entry of the legend, with its symbol and colour."""
    entries = [one for one in figure.data if one.showlegend is not False]
    return {one.name: (one.type == "scatter" and one.marker.symbol, one.marker.color) for one in entries}


def test_a_band_reaches_over_what_shuffled_labels_give(scores):
    [band] = [one for one in figures.against_chance(scores, ALL_CUES, "F1").data if one.type == "bar"]
    assert np.allclose(band.base, [0.1, 0.2])
    assert np.allclose(band.x, [0.2, 0.05])


def test_a_mark_that_is_not_above_its_own_band_is_hollow_and_the_legend_says_so(scores):
    figure = figures.against_chance(scores, ALL_CUES | NEUTRAL, "F1")
    assert list(marks(figure)["all cues"].marker.symbol) == ["circle", "circle-open"]
    assert list(marks(figure)["neutralised"].marker.symbol) == ["diamond-open", "diamond"]
    assert "hollow: not above its band" in in_legend(figure)


def test_where_all_marks_are_above_chance_the_legend_has_no_hollow_one(scores):
    assert "hollow: not above its band" not in in_legend(figures.against_chance(scores.loc[["joy"]], ALL_CUES, "F1"))


def test_the_marks_of_neutral_pictures_lie_on_a_band_of_their_own(scores):
    figure = figures.against_chance(scores, ALL_CUES | NEUTRAL, "F1")
    band, neutral = [one for one in figure.data if one.type == "bar"]
    assert np.allclose(neutral.x, [0.02, 0.1])
    assert list(neutral.y) == list(marks(figure)["neutralised"].y)
    assert not set(neutral.y) & set(band.y)


def test_a_mark_looks_the_same_whatever_else_is_drawn(scores):
    without = in_legend(figures.against_chance(scores, ALL_CUES | MAJORITY, "F1"))
    beside = in_legend(figures.against_chance(scores, ALL_CUES | NEUTRAL | MAJORITY, "F1"))
    assert without.items() <= beside.items()
    assert len(set(beside.values())) == len(beside)


def test_a_mark_at_zero_is_drawn_whole(scores):
    f1 = scores[["f1"]].rename(columns={"f1": "random"})
    for figure in (figures.against_chance(scores, ALL_CUES | NEUTRAL, "F1"), figures.by_split(f1, ["Random"])):
        assert {one.cliponaxis for one in marks(figure).values()} == {False}


def test_the_price_of_a_leak_is_the_length_of_a_line():
    f1 = pd.DataFrame({"random": [0.6, 0.3], "person_disjoint": [0.4, 0.3]}, index=["joy", "fear"])
    lines = [line for line in figures.by_split(f1, ["Random", "Person-disjoint"]).data if line.mode == "lines"]
    assert [list(line.x) for line in lines] == [[0.4, 0.6], [0.3, 0.3]]


def test_a_split_has_the_same_mark_where_another_cannot_be_made():
    f1 = pd.DataFrame({"person_disjoint": [0.4], "random": [0.6]}, index=["joy"])
    both = in_legend(figures.by_split(f1, ["Person-disjoint", "Random"]))
    assert in_legend(figures.by_split(f1[["random"]], ["Random"])).items() <= both.items()
