"""A planted cue is found and named; where there is none nothing is, and persons are not taken for one."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.catalog import Dataset
from core.errors import BadInput
from core.shortcuts import ALL, CUES, prediction, shortcut_test
from core.splits import deal

DTYPES = dict.fromkeys(("label", "raw_label", "annotator", "person", "mode", "problem"), "str") | {
    "width": "Int32",
    "height": "Int32",
}
MEASURED = ("brightness", "contrast", "sharpness", "square_brightness", "square_contrast", "square_sharpness")
SHARES = {"joy": 0.5, "anger": 0.3, "fear": 0.2}


def dataset(labels, **columns):
    """A dataset that is a table only."""
    images = [f"{number}.jpg" for number in range(len(labels))]
    catalog = pd.DataFrame({"image": images, "label": labels, "raw_label": labels, "problem": None, **columns})
    return Dataset("toy", "Toy", Path("."), "folder", catalog.astype(DTYPES), catalog, "0" * 16, ())


def noise(seed, n=240, labels=None, **columns):
    """A dataset and its measures, all drawn at random but the labels and columns given; a person has four images."""
    rng = np.random.default_rng(seed)
    labels = rng.choice(list(SHARES), n, p=list(SHARES.values())) if labels is None else np.asarray(labels)
    n = len(labels)
    drawn = {
        "raw_label": np.where(rng.random(n) < 0.5, np.char.upper(labels), labels),
        "annotator": rng.choice(["ann", "bob", "cat"], n),
        "person": [f"p{number // 4}" for number in rng.permutation(n)],
        "width": rng.integers(40, 400, n),
        "height": rng.integers(40, 400, n),
        "mode": rng.choice(["L", "RGB"], n),
        "n_bytes": rng.integers(1000, 9000, n),
    }
    measures = pd.DataFrame(rng.random((n, len(MEASURED))), columns=list(MEASURED))
    measured = {name: columns.pop(name) for name in MEASURED if name in columns}
    return dataset(labels, **drawn | columns), measures.assign(**measured)


def planted(name, seed=0):
    """Noise in which 19 of 20 fears, and one of 20 others, have a value of one cue."""
    rng = np.random.default_rng([seed, 1])  # not what the noise is drawn from
    labels = rng.choice(list(SHARES), 240, p=list(SHARES.values()))
    has = (labels == "fear") ^ (rng.random(240) < 0.05)
    amount = rng.random(240) / 3 + np.where(has, 2 / 3, 0)
    values = {
        "mode": np.where(has, "RGB", "L"),
        "width": (40 + 360 * amount).astype(int),
        "height": (400 - 360 * amount).astype(int),
        "brightness": amount,
        "contrast": -amount,
        "sharpness": 1000 * amount,
        "square_brightness": amount,
        "n_bytes": (1000 + 8000 * amount).astype(int),
        "annotator": np.where(has, "dan", rng.choice(["ann", "bob", "cat"], 240)),
        "label_case": np.where(has, np.char.upper(labels), labels),
    }
    return noise(seed, labels=labels, **{"raw_label" if name == "label_case" else name: values[name]})


def by_person(seed, known=True):
    """Forty persons of five to fifteen images, each with a label and looks of their own and an annotator to themselves.

    Whoever knows the person knows the label, and nothing else tells it.
    """
    rng = np.random.default_rng([seed, 1])
    persons = np.repeat(np.arange(40), rng.integers(5, 16, 40))
    own = {
        "mode": rng.choice(["L", "RGB"], 40),
        "width": rng.integers(40, 400, 40),
        "brightness": rng.random(40),
        "annotator": [f"annotator {number}" for number in range(40)],
    }
    columns = {name: np.asarray(values)[persons] for name, values in own.items()}
    labels = rng.choice(["joy", "fear"], 40)[persons]
    return noise(seed, labels=labels, person=persons.astype(str) if known else None, **columns)


@pytest.fixture
def rounds(monkeypatch):
    """What each round of the next test judges: the labels, the balanced and the plain decisions, number of labels."""
    judged, judge = [], prediction._scores

    def score(*given):
        judged.append(given)
        return judge(*given)

    monkeypatch.setattr(prediction, "_scores", score)
    return judged


# Planted cues


@pytest.mark.parametrize("name", [cue.name for cue in CUES])
def test_a_planted_cue_is_found_and_named_as_the_strongest(name):
    test = shortcut_test(*planted(name))
    assert (test.strongest.cue, test.strongest.label) == (name, "fear")
    assert test.found.loc[[name, ALL], "fear"].all()


@pytest.mark.parametrize("name", [cue.name for cue in CUES])
def test_no_other_cue_is_found_beside_a_planted_one(name):
    found = shortcut_test(*planted(name)).table["found"]
    assert found.index[found].to_list() == [ALL, name]


def test_a_cue_that_tells_each_class_hits_all_of_them():
    labels = np.repeat(list(SHARES), 40)
    made = noise(0, labels=labels, mode=pd.Series(labels).map({"joy": "L", "anger": "RGB", "fear": "P"}))
    test = shortcut_test(*made)
    assert test.f1.loc["mode"].to_list() == [1, 1, 1]
    assert test.table.loc["mode", ["macro_f1", "accuracy"]].to_list() == [1, 1]


def test_what_is_missing_may_give_a_label_away():
    made, measures = noise(0)
    fear = (made.catalog["label"] == "fear").to_numpy()
    test = shortcut_test(made, measures.assign(contrast=measures["contrast"].mask(fear)))
    assert test.found.loc["contrast", "fear"]
    assert test.f1.loc["contrast", "fear"] == 1


def test_every_cue_is_said_with_its_title_and_whether_it_is_in_the_picture():
    table = shortcut_test(*noise(0)).table
    assert table["title"].to_list() == ["All together", *(cue.title for cue in CUES)]
    assert table["visible"].to_list() == [True, *(cue.visible for cue in CUES)]


# No cue


def test_on_clean_data_something_is_found_as_seldom_as_promised():
    from scipy.stats import binom

    n_found = sum(shortcut_test(*noise(seed)).table["found"].any() for seed in range(20))
    assert n_found <= binom.ppf(0.999, 20, 0.05)


def test_where_nothing_is_found_no_cue_is_named():
    test = shortcut_test(*noise(0))
    assert not test.table["found"].any()
    assert test.strongest is None


def test_a_common_label_alone_is_not_found():
    test = shortcut_test(*noise(1, labels=["joy"] * 220 + ["fear"] * 20))
    assert not test.found.to_numpy().any()


def test_images_that_are_all_alike_tell_nothing():
    alike = {"mode": "L", "width": 48, "height": 48, "n_bytes": 900, "annotator": None, "raw_label": "joy"}
    test = shortcut_test(*noise(0, **alike, **dict.fromkeys(MEASURED, 0.5)))
    assert not test.table["found"].any()
    assert test.table["accuracy"].to_list() == [test.majority.accuracy] * len(test.table)


# The neutralised test


def test_a_neutralised_picture_has_lost_its_mode():
    test = shortcut_test(*planted("mode"), neutralised=True)
    assert test.table.index.to_list() == [ALL, "brightness", "contrast", "sharpness"]
    assert not test.table["found"].any()
    assert test.neutralised


def test_a_neutralised_picture_keeps_its_brightness():
    made = planted("square_brightness")
    assert shortcut_test(*made, neutralised=True).strongest.cue == "brightness"
    assert shortcut_test(*made).strongest is None


# Persons


def test_persons_that_look_and_are_labelled_alike_are_seldom_taken_for_a_cue():
    from scipy.stats import binom

    n_found = sum(shortcut_test(*by_person(seed)).table["found"].any() for seed in range(10))
    assert n_found <= binom.ppf(0.999, 10, 0.1)


@pytest.mark.parametrize("seed", range(3))
def test_an_annotator_of_one_person_does_not_tell_the_label_of_another(seed):
    test = shortcut_test(*by_person(seed))
    assert not test.found.loc["annotator"].any()
    assert test.notes == ()


@pytest.mark.parametrize("seed", range(3))
def test_the_same_images_of_persons_not_known_are_told_by_their_annotator(seed):
    test = shortcut_test(*by_person(seed, known=False))
    assert test.f1.loc["annotator"].min() > 0.95
    assert test.found.loc["annotator"].all()


def test_no_person_is_learned_from_and_judged(monkeypatch):
    parts = []

    def remember(*given):
        parts.extend(deal(*given))
        return parts

    monkeypatch.setattr(prediction, "deal", remember)
    made, measures = by_person(0)
    shortcut_test(made, measures)
    persons = [set(made.usable["person"].iloc[part]) for part in parts]
    assert sum(map(len, persons)) == len(set.union(*persons)) == 40
    assert sorted(np.concatenate(parts)) == list(range(len(made.usable)))


@pytest.mark.parametrize("persons", [None, [f"p{number}" for number in range(240)]])
def test_where_nobody_is_seen_twice_the_folds_are_random(persons):
    test = shortcut_test(*noise(0, person=persons))
    assert test.notes == ("No person is known from two images, so the folds are random.",)


def test_too_few_persons_for_folds_are_told():
    [note] = shortcut_test(*noise(0, person=np.arange(240) % 4)).notes
    assert note.startswith("The folds are random: 4 persons cannot be dealt into 5 parts")


# Shuffles


def test_a_shuffle_keeps_how_many_images_a_label_has(rounds):
    shortcut_test(*noise(0))
    counts = {tuple(np.bincount(y)) for y, *_ in rounds}
    assert len(counts) == 1
    assert len(rounds) == 40
    assert len({y.tobytes() for y, *_ in rounds}) == 40


def test_the_label_of_a_person_is_shuffled_as_a_whole(rounds):
    labels = np.repeat(np.random.default_rng(0).choice(["joy", "fear"], 30), 8)
    shortcut_test(*noise(0, labels=labels, person=np.repeat(np.arange(30), 8)))
    assert all(len(set(of_person)) == 1 for y, *_ in rounds for of_person in y.reshape(30, 8))


def test_the_labels_of_a_person_are_shuffled_too(rounds):
    labels = np.tile(["joy", "joy", "fear", "fear"], 60)
    shortcut_test(*noise(0, labels=labels, person=np.repeat(np.arange(60), 4)))
    shuffled = np.array([y for y, *_ in rounds[1:]]).reshape(-1, 60, 4)
    assert (shuffled.sum(2) == 2).all()
    assert shuffled.mean((0, 1)) == pytest.approx(np.full(4, 0.5), abs=0.05)


@pytest.mark.parametrize("n_shuffles, cut_off, level", [(19, 0, 0.9), (39, 0, 0.95), (79, 1, 0.95)])
def test_the_null_interval_is_that_of_the_shuffles(rounds, n_shuffles, cut_off, level):
    from sklearn.metrics import f1_score

    test = shortcut_test(*noise(0), n_shuffles=n_shuffles)
    scores = np.sort([f1_score(y, balanced[0], average=None, labels=range(3)) for y, balanced, *_ in rounds[1:]], 0)
    assert test.null_low.loc[ALL].to_list() == pytest.approx(scores[cut_off])
    assert test.null_high.loc[ALL].to_list() == pytest.approx(scores[-1 - cut_off])
    assert (test.n_shuffles, test.level) == (n_shuffles, pytest.approx(level))


def test_the_null_interval_of_macro_f1_is_that_of_the_shuffles(rounds):
    from sklearn.metrics import f1_score

    table = shortcut_test(*noise(0)).table
    scores = [f1_score(y, balanced[1], average="macro") for y, balanced, *_ in rounds[1:]]
    assert table.loc["mode", ["null_low", "null_high"]].to_list() == pytest.approx([min(scores), max(scores)])


def test_the_null_interval_holds_the_score_of_most_clean_datasets():
    tables = [shortcut_test(*noise(seed)).table for seed in range(5)]
    inside = [table["macro_f1"].between(table["null_low"], table["null_high"]).mean() for table in tables]
    assert np.mean(inside) > 0.8


def rarest(y, balanced, *_):
    """The chance of the least likely hits of a round, over all cues and labels, after scipy."""
    from scipy.stats import binom

    labels = np.arange(y.max() + 1)
    said = (balanced[:, :, None] == labels).sum(1)
    hits = ((balanced[:, :, None] == labels) & (y == balanced)[:, :, None]).sum(1)
    return binom.sf(hits - 1, np.bincount(y), said / len(y)).min()


@pytest.mark.parametrize("seed, n_rarer", [(66, 0), (184, 1), (76, 2)])
def test_found_is_what_is_rarer_than_all_but_one_of_39_shuffles(rounds, seed, n_rarer):
    test = shortcut_test(*noise(seed))
    true, *shuffled = [rarest(*judged) for judged in rounds]
    assert sum(chance <= true for chance in shuffled) == n_rarer
    assert test.table["found"].any() == (n_rarer < 2)


# Scores


def test_f1_is_that_of_scikit_learn(rounds):
    from sklearn.metrics import f1_score

    test = shortcut_test(*planted("width"))
    y, balanced, *_ = rounds[0]
    for row, said in zip(test.f1.to_numpy(), balanced, strict=True):
        assert row.tolist() == pytest.approx(f1_score(y, said, average=None, labels=range(3), zero_division=0))


def test_macro_f1_and_accuracy_are_those_of_scikit_learn(rounds):
    from sklearn.metrics import accuracy_score, f1_score

    table = shortcut_test(*planted("width")).table
    y, balanced, plain, _ = rounds[0]
    macro = [f1_score(y, said, average="macro", labels=range(3), zero_division=0) for said in balanced]
    assert table["macro_f1"].to_list() == pytest.approx(macro)
    assert table["accuracy"].to_list() == pytest.approx([accuracy_score(y, said) for said in plain])


def test_the_plain_decision_is_for_the_commonest_label_where_a_cue_tells_nothing():
    table = shortcut_test(*noise(1, labels=["joy"] * 220 + ["fear"] * 20)).table.drop(index=ALL)
    assert table["accuracy"].to_list() == pytest.approx([220 / 240] * len(table), abs=0.02)


def test_the_labels_judged_are_those_of_the_images_the_commonest_first(rounds):
    made, measures = noise(0)
    test = shortcut_test(made, measures)
    assert test.f1.columns.to_list() == list(made.labels) == ["joy", "anger", "fear"]
    assert np.array(made.labels)[rounds[0][0]].tolist() == made.usable["label"].to_list()


def test_support_counts_the_images_of_each_label():
    test = shortcut_test(*noise(0, labels=["fear"] * 20 + ["joy"] * 70))
    assert test.support.to_dict() == {"joy": 70, "fear": 20}


def test_the_majority_scores_what_scikit_learn_says_of_always_the_same_label():
    from sklearn.metrics import accuracy_score, f1_score

    made, measures = noise(0)
    majority, y = shortcut_test(made, measures).majority, made.usable["label"]
    always = ["joy"] * len(y)
    assert majority.label == "joy"
    assert majority.accuracy == pytest.approx(accuracy_score(y, always))
    assert majority.macro_f1 == pytest.approx(f1_score(y, always, average="macro", zero_division=0))
    each = f1_score(y, always, average=None, labels=list(made.labels), zero_division=0)
    assert majority.f1.to_list() == pytest.approx(each)


def test_only_usable_images_are_tested():
    made, measures = noise(0)
    catalog = made.catalog.assign(
        label=made.catalog["label"].mask(made.catalog.index < 20),
        problem=made.catalog["problem"].mask(made.catalog.index > 229, "damaged"),
    )
    test = shortcut_test(Dataset("toy", "Toy", Path("."), "folder", catalog, catalog, "0" * 16, ()), measures)
    assert (test.n_images, test.n_sampled, test.support.sum()) == (210, 210, 210)


# How it runs


def same(first, second):
    tables = ("table", "f1", "null_low", "null_high", "found")
    return all(getattr(first, name).equals(getattr(second, name)) for name in tables)


def test_the_same_seed_gives_the_same_test():
    assert same(shortcut_test(*planted("mode"), seed=3), shortcut_test(*planted("mode"), seed=3))


def test_another_seed_deals_and_shuffles_anew():
    first, second = (shortcut_test(*planted("mode"), seed=seed) for seed in (3, 4))
    assert not first.null_high.equals(second.null_high)
    assert not first.f1.equals(second.f1)
    assert first.strongest.sentence == second.strongest.sentence


def test_progress_is_told_after_each_round():
    told = []
    shortcut_test(*noise(0), n_shuffles=19, on_progress=lambda *given: told.append(given))
    assert told == [(number, 20) for number in range(1, 21)]


# Refusals


def test_too_few_shuffles_are_refused():
    with pytest.raises(BadInput, match="18 shuffles cannot show a chance of 1 in 20; give at least 19."):
        shortcut_test(*noise(0), n_shuffles=18)


def test_one_class_is_refused():
    with pytest.raises(BadInput, match="All 40 usable images are 'joy'"):
        shortcut_test(*noise(0, labels=["joy"] * 40))


def test_too_few_images_are_refused():
    with pytest.raises(BadInput, match="15 usable images are too few to split"):
        shortcut_test(*noise(0, labels=["joy", "fear", "joy"] * 5))


def test_classes_too_small_for_five_folds_are_refused():
    with pytest.raises(BadInput, match="No class has more than 4 images"):
        shortcut_test(*noise(0, labels=["joy", "fear", "anger", "sad", "calm"] * 4))


def test_pictures_that_were_not_measured_are_refused_where_they_are_all_there_is():
    made, measures = noise(0)
    with pytest.raises(
        BadInput, match="Nothing is known of the images of Toy that could be a cue; measure them first."
    ):
        shortcut_test(made, measures[[]], neutralised=True)


# A sample of many images


@pytest.fixture
def many(monkeypatch):
    """1,500 images of which 300 are tested, so that classes below 50 stay whole."""
    monkeypatch.setattr(prediction, "_MOST_IMAGES", 300)
    monkeypatch.setattr(prediction, "_WHOLE", 50)
    return noise(0, labels=["joy"] * 1000 + ["anger"] * 430 + ["fear"] * 45 + ["calm"] * 25)


def test_of_many_images_a_sample_is_tested_that_keeps_small_classes_whole(many):
    support = shortcut_test(*many, n_shuffles=19).support
    assert support[["fear", "calm"]].to_list() == [45, 25]
    # What is left of the 300 after 50 + 50 + 45 + 25 is shared out as 950 is to 380.
    assert support[["joy", "anger"]].to_list() == [50 + int(130 * 950 / 1330), 50 + int(130 * 380 / 1330)]


def test_a_sample_is_told(many):
    test = shortcut_test(*many, n_shuffles=19)
    assert test.n_images == 1500
    assert 298 <= test.n_sampled == test.support.sum() <= 300


def test_a_sample_depends_on_the_seed_alone(many):
    first, again, other = (shortcut_test(*many, n_shuffles=19, seed=seed) for seed in (0, 0, 1))
    assert same(first, again)
    assert not same(first, other)


def test_many_small_classes_share_the_sample(monkeypatch):
    monkeypatch.setattr(prediction, "_MOST_IMAGES", 300)
    labels = np.repeat([f"class {number:02}" for number in range(10)], 40)
    assert shortcut_test(*noise(0, labels=labels), n_shuffles=19).support.to_list() == [30] * 10


def test_the_labels_of_a_sample_are_those_of_its_images(many, rounds, monkeypatch):
    chosen = []

    def remember(split, images, *given):
        chosen.append(images)
        return deal(split, images, *given)

    monkeypatch.setattr(prediction, "deal", remember)
    made, measures = many
    shortcut_test(made, measures, n_shuffles=19)
    assert np.array(made.labels)[rounds[0][0]].tolist() == chosen[0]["label"].to_list()
    assert chosen[0].index.is_monotonic_increasing


def test_the_strongest_cue_counts_all_images(many):
    made, measures = many
    anger = (made.catalog["label"] == "anger").to_numpy()
    test = shortcut_test(made, measures.assign(brightness=measures["brightness"] + anger), n_shuffles=19)
    assert test.strongest.label == "anger"
    assert len(test.strongest.images) == 430
