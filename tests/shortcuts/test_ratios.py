"""The value of a cue that makes a label likelier than any other does, and nothing where it is not certain."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.catalog import Dataset
from core.shortcuts import ratios, strongest_ratio
from core.shortcuts.cues import encode
from core.shortcuts.ratios import association, strongest

DTYPES = dict.fromkeys(("label", "raw_label", "annotator", "person", "mode", "problem"), "str") | {
    "width": "Int32",
    "height": "Int32",
}
SAME = {"annotator": None, "person": None, "width": 48, "height": 48, "mode": "L", "n_bytes": 900, "problem": None}


def dataset(labels, **columns):
    """A dataset that is a table only: its images are alike but for the columns given."""
    images = [f"{number}.jpg" for number in range(len(labels))]
    catalog = pd.DataFrame({"image": images, "label": labels, "raw_label": labels, **SAME, **columns}).astype(DTYPES)
    return Dataset("toy", "Toy", Path("."), "folder", catalog, catalog, "0" * 16, ())


def fourfold(colour_fear, colour_joy, grey_fear, grey_joy):
    """Labels and modes of so many images."""
    counts = [colour_fear, colour_joy, grey_fear, grey_joy]
    return np.repeat(["fear", "joy", "fear", "joy"], counts), np.repeat(["RGB", "RGB", "L", "L"], counts)


LABELS, MODES = fourfold(80, 20, 10, 90)
"""Of 100 images in colour 80 are fear, of 100 grey ones 10 are: a ratio of 8."""


def bound(witnesses, others, n_compared, exposure=1.0):
    """The exact lower end of a ratio: odds of a witness with the value, its level shared among all compared.

    `exposure` is how many chances to be a witness without the value there were for each with it.
    """
    from scipy.stats import beta

    share = beta.ppf(0.05 / n_compared, witnesses, others + 1)
    return share / (1 - share) * exposure


# The finding


def test_a_colour_that_gives_a_label_away_is_found_with_both_shares():
    finding = strongest_ratio(dataset(LABELS, mode=MODES))
    assert (finding.cue, finding.label) == ("mode", "fear")
    assert (finding.share_with, finding.share_without, finding.ratio) == pytest.approx((0.8, 0.1, 8))


def test_a_finding_names_the_images_with_value_and_label():
    finding = strongest_ratio(dataset(LABELS, mode=MODES))
    assert finding.images.to_list() == [f"{number}.jpg" for number in range(80)]


def test_a_finding_is_said_in_a_sentence():
    finding = strongest_ratio(dataset(LABELS, mode=MODES))
    assert finding.sentence == "a colour image is fear 8.0 times as often as a grey one"


def test_a_ratio_of_ten_or_more_is_said_in_whole_numbers():
    labels, modes = fourfold(500, 500, 10, 9990)
    assert " fear 500 times as often" in strongest_ratio(dataset(labels, mode=modes)).sentence


def test_a_label_that_is_never_without_the_value_is_said_with_at_least():
    labels, modes = fourfold(80, 20, 0, 100)
    finding = strongest_ratio(dataset(labels, mode=modes))
    assert finding.share_without == 0
    assert finding.ratio == finding.ratio_low < np.inf
    assert f"is fear at least {finding.ratio:.0f} times as often" in finding.sentence


def test_of_three_modes_all_others_are_meant():
    modes = np.where((MODES == "L") & (np.arange(200) % 2 == 0), "P", MODES)
    assert strongest_ratio(dataset(LABELS, mode=modes)).opposite == "any other"


def test_a_number_that_gives_a_label_away_is_found_at_its_edge():
    widths = np.where(MODES == "RGB", 100, 20) + np.arange(200) % 10
    finding = strongest(dataset(LABELS, width=widths), None)
    assert (finding.value, finding.opposite) == ("an image wider than 99 px", "one no wider")
    assert (finding.share_with, finding.share_without) == pytest.approx((0.8, 0.1))


def test_a_number_of_two_values_is_said_as_more_and_less():
    finding = strongest(dataset(LABELS, width=np.where(MODES == "RGB", 350, 48)), None)
    assert finding.sentence == "an image wider than 48 px is fear 8.0 times as often as one no wider"


def test_images_without_the_number_count_on_neither_side():
    widths = pd.Series(np.where(MODES == "RGB", 350, 48), dtype="Int32")
    widths[[0, 1, 100, 150]] = pd.NA
    finding = strongest_ratio(dataset(LABELS, width=widths))
    assert (finding.share_with, finding.share_without) == pytest.approx((78 / 98, 9 / 98))


def test_measures_are_cues_where_they_are_given():
    made = dataset(LABELS)
    measures = pd.DataFrame({"brightness": np.where(MODES == "RGB", 0.75, 0.25)})
    assert strongest_ratio(made) is None
    assert strongest_ratio(made, measures).value == "an image brighter than 0.25"


def test_neutralised_pictures_have_the_squares_alone():
    made = dataset(LABELS, mode=MODES)
    measures = pd.DataFrame({"brightness": np.where(MODES == "RGB", 0.75, 0.25), "square_brightness": 0.5})
    assert strongest(made, measures, neutralised=True) is None
    assert strongest(made, measures.rename(columns={"square_brightness": "x"}), neutralised=True) is None


def test_only_the_cues_asked_for_are_compared():
    made = dataset(LABELS, mode=MODES, annotator=np.where(LABELS == "fear", "ann", "bob"))
    assert strongest(made, None).cue == "annotator"
    assert strongest(made, None, among=["mode"]).cue == "mode"


# The bound


def test_the_bound_is_that_of_a_binomial_share_among_all_comparisons():
    from scipy.stats import binomtest

    finding = strongest_ratio(dataset(LABELS, mode=MODES))
    # Two modes are compared, for the rarer of two labels: the level of each is a half.
    share = binomtest(80, 90).proportion_ci(1 - 2 * 0.05 / 2, "exact").low
    assert finding.ratio_low == pytest.approx(share / (1 - share))


def test_the_bound_of_a_rare_label_is_nearly_that_of_a_normal_logarithm():
    from scipy.stats.contingency import relative_risk

    labels, modes = fourfold(400, 9600, 100, 9900)
    peer = relative_risk(400, 10_000, 100, 10_000).confidence_interval(1 - 2 * 0.05 / 2).low
    assert strongest(dataset(labels, mode=modes), None).ratio_low == pytest.approx(peer, rel=0.03)


def test_a_perfect_cut_is_named_rather_than_one_that_is_nearly_so():
    labels, wide = np.repeat(["fear", "joy"], 100), np.repeat([100, 20], 100)
    finding = strongest(dataset(labels, width=wide + np.arange(200) % 10), None)
    assert finding.value in ("an image wider than 99 px", "an image narrower than 100 px")
    assert finding.share_without == 0


def test_one_cut_in_several_words_is_compared_once():
    # Two widths: "below", "above", "is" and "not" are two conditions, as the two modes are.
    finding = strongest_ratio(dataset(LABELS, mode=MODES, width=np.where(MODES == "RGB", 350, 48)))
    assert finding.ratio_low == pytest.approx(bound(80, 10, n_compared=4))


def test_the_bound_is_seldom_above_the_true_ratio():
    rng, above = np.random.default_rng(0), 0
    for _ in range(200):
        fears = rng.binomial(200, 0.2), rng.binomial(200, 0.1)
        labels, modes = fourfold(fears[0], 200 - fears[0], fears[1], 200 - fears[1])
        finding = strongest(dataset(labels, mode=modes), None, min_ratio=0)
        above += finding.value == "a colour image" and finding.ratio_low > 2
    assert above <= 10


def test_every_value_that_is_compared_lowers_the_bound():
    # Three annotators are three conditions both ways: with two modes, 8 conditions.
    annotators = np.array(["ann", "bob", "cat"])[np.arange(200) % 3]
    finding = strongest_ratio(dataset(LABELS, mode=MODES, annotator=annotators))
    assert finding.ratio_low == pytest.approx(bound(80, 10, n_compared=8))


def test_images_of_a_person_with_a_label_are_one_witness():
    # Ten images each: eight persons show fear in colour, one in grey.
    persons = [f"{label}{number // 10}" for number, label in enumerate(LABELS)]
    finding = strongest(dataset(LABELS, mode=MODES, person=persons), None)
    assert finding.ratio_low == pytest.approx(bound(8, 1, n_compared=2))
    assert finding.ratio == pytest.approx(8)


def test_a_person_on_both_sides_is_divided():
    # Ten persons show fear eight times in colour and once in grey.
    persons = np.where(LABELS == "fear", np.arange(200) % 10, 99).astype(str)
    finding = strongest(dataset(LABELS, mode=MODES, person=persons), None, min_ratio=0)
    assert finding.ratio_low == pytest.approx(bound(80 / 9, 10 / 9, n_compared=2))


def test_a_person_with_two_labels_is_two_witnesses():
    alone, together = (np.array([f"{label}{n // 10}" for n, label in enumerate(LABELS)]) for _ in range(2))
    together[together == "joy8"] = "fear0"
    bounds = [strongest(dataset(LABELS, mode=MODES, person=persons), None).ratio_low for persons in (alone, together)]
    assert bounds[0] == pytest.approx(bounds[1])


def test_one_person_is_no_evidence():
    persons = np.where((LABELS == "fear") & (MODES == "RGB"), "x", np.arange(200).astype(str))
    assert strongest_ratio(dataset(LABELS, mode=MODES)) is not None
    assert strongest_ratio(dataset(LABELS, mode=MODES, person=persons)) is None


# Nothing


@pytest.mark.parametrize("labels", [LABELS, ["joy"] * 20, []])
def test_nothing_is_found_where_all_images_are_alike(labels):
    measures = pd.DataFrame({"brightness": 0.5, "contrast": 0.1, "sharpness": np.nan}, index=range(len(labels)))
    assert strongest_ratio(dataset(labels), measures) is None


def test_nothing_is_found_in_one_class():
    assert strongest(dataset(["joy"] * 200, mode=MODES), None) is None


def test_a_value_that_all_labels_have_alike_is_not_found():
    assert strongest(dataset(np.tile(["joy", "fear"], 100), mode=MODES), None) is None


def test_a_small_ratio_is_no_headline():
    labels, modes = fourfold(800, 200, 400, 600)
    assert strongest(dataset(labels, mode=modes), None) is not None
    assert strongest_ratio(dataset(labels, mode=modes)) is None


def test_few_images_are_no_headline():
    labels, modes = fourfold(4, 1, 0, 5)
    assert strongest_ratio(dataset(labels, mode=modes)) is None


def test_chance_is_not_found_on_any_of_fifty_clean_datasets():
    def clean(seed):
        rng = np.random.default_rng(seed)
        labels, modes = rng.choice(["joy", "fear"], 200), rng.choice(["L", "RGB"], 200)
        return dataset(labels, mode=modes, width=rng.integers(40, 90, 200), n_bytes=rng.integers(1, 9999, 200))

    assert not [seed for seed in range(50) if strongest_ratio(clean(seed))]


# Cues that cut alike


def test_cues_that_cut_alike_are_named_beside_the_first():
    sizes = np.where(MODES == "RGB", 350, 48)
    finding = strongest(dataset(LABELS, mode=MODES, width=sizes, height=sizes), None)
    assert (finding.cue, finding.also) == ("mode", ("width", "height"))


def test_a_cue_that_cuts_otherwise_is_not_named():
    finding = strongest(dataset(LABELS, mode=MODES, width=np.tile([48, 350], 100)), None)
    assert finding.also == ()


def test_of_cues_that_cut_alike_the_one_in_the_picture_is_named():
    annotators = np.where(MODES == "RGB", "ann", "bob")
    modes = MODES.copy()
    modes[0] = "L"  # the annotator tells a little more
    finding = strongest_ratio(dataset(LABELS, mode=modes, annotator=annotators))
    assert (finding.cue, finding.also) == ("mode", ("annotator",))
    assert finding.share_with == pytest.approx(79 / 99)


def test_a_cue_in_the_picture_that_cuts_otherwise_is_not_named_first():
    modes = np.where(np.arange(200) % 5 == 0, np.where(MODES == "L", "RGB", "L"), MODES)
    finding = strongest_ratio(dataset(LABELS, mode=modes, annotator=np.where(MODES == "RGB", "ann", "bob")))
    assert (finding.cue, finding.also) == ("annotator", ())


def test_two_cues_cut_alike_from_ninety_per_cent():
    # 100 and 100 images; so many of each are on the other side, so Cramér's V is 1 - 2 n / 100.
    def also(n):
        annotators = np.where(np.arange(200) % 100 < n, MODES == "L", MODES == "RGB")
        made = dataset(LABELS, mode=MODES, annotator=np.where(annotators, "ann", "bob"))
        return strongest(made, None, min_ratio=0).also

    assert also(5) == ("annotator",)
    assert also(6) == ()


# Cramér's V


@pytest.mark.parametrize("n_words", [2, 3, 10])
@pytest.mark.parametrize("seed", range(3))
def test_association_is_the_cramers_v_of_scipy(n_words, seed):
    from scipy.stats.contingency import association as peer

    rng = np.random.default_rng(seed)
    words = pd.Series(rng.integers(0, n_words, 300).astype(str), dtype="str", name="annotator")
    cut = (words == "0").to_numpy() ^ (rng.random(300) < 0.2 * seed)
    table = pd.crosstab(words, cut).to_numpy()
    assert association(encode(words), cut) == pytest.approx(peer(table, method="cramer"))


def test_association_of_a_number_is_that_of_its_bins():
    from scipy.stats.contingency import association as peer

    rng = np.random.default_rng(0)
    coded = encode(pd.Series(np.append(rng.random(300), [np.nan] * 9), name="brightness"))
    cut = rng.random(309) < 0.3
    assert association(coded, cut) == pytest.approx(peer(pd.crosstab(coded.codes, cut).to_numpy(), method="cramer"))


def test_a_constant_cue_is_associated_with_nothing():
    assert association(encode(pd.Series([48.0] * 4, name="width")), np.array([True, False, True, False])) == 0


def test_a_cut_and_its_opposite_are_associated_wholly():
    coded = encode(pd.Series(["L", "RGB", "L"], dtype="str", name="mode"))
    assert association(coded, np.array([False, True, False])) == pytest.approx(1)
    assert association(coded, np.array([True, False, True])) == pytest.approx(1)


# Many images


def test_of_many_images_some_are_compared_and_all_are_counted(monkeypatch):
    monkeypatch.setattr(ratios, "_MOST_IMAGES", 100)
    finding = strongest(dataset(LABELS, mode=MODES), None)
    assert (finding.share_with, finding.share_without, len(finding.images)) == pytest.approx((0.8, 0.1, 80))
    assert finding.ratio_low != pytest.approx(bound(80, 10, n_compared=2))


def test_of_many_images_the_same_are_compared_each_time(monkeypatch):
    monkeypatch.setattr(ratios, "_MOST_IMAGES", 100)
    first, second = (strongest(dataset(LABELS, mode=MODES), None) for _ in range(2))
    assert first.ratio_low == second.ratio_low
