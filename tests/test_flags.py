"""What is impossible or fragile by construction is said beforehand, with the class, the numbers and a way out."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.datasets import open_dataset
from core.errors import BadInput
from core.flags import FRAGILE, IMPOSSIBLE, check_every_fold, flags
from core.models import MODELS
from core.sampling import SAMPLERS
from core.sampling.summary import resample
from core.settings import Settings
from core.splits import Fold, make_folds

FOLDER = Path(__file__).resolve().parents[2] / "shared" / "data" / "facial_expressions"


def labels_of(**counts):
    return pd.Series(np.repeat(list(counts), list(counts.values())), dtype="str")


PLENTY = labels_of(joy=2000, fear=1500)
TESTED = labels_of(joy=500, fear=300)


def raised(train=PLENTY, test=TESTED, model="cnn_1conv", sampling="none", drawn=True, values=None, **others):
    """Return the flags of a run; the parameters of model and sampling are defaults but for `values`."""
    chosen, values = (MODELS[model], SAMPLERS[sampling]), values or {}
    of_model, of_sampling = (
        choice.settle({name: value for name, value in values.items() if name in {one.name for one in choice.params}})
        for choice in chosen
    )
    resampling = resample(chosen[1], train, of_sampling) if drawn else None
    return flags(chosen[0], of_model, chosen[1], of_sampling, train, test, resampling=resampling, **others)


def told(found, kind):
    """Return label -> sentence of the flags of a kind."""
    return {flag.label: flag.sentence for flag in found if flag.kind == kind}


@pytest.mark.parametrize("model", ["cnn_1conv", "knn"])
def test_of_plenty_of_images_nothing_is_said(model):
    assert raised(model=model) == []


# Votes


def test_a_k_that_can_never_predict_a_class_names_the_class_and_a_k_that_can():
    # fear comes last, so joy and anger may have 6 votes each: 7 + 6 + 6 = 19 is the last k.
    train = labels_of(anger=900, joy=2000, fear=7)
    [flag] = raised(train, model="knn", labels=["anger", "joy", "fear"], test=labels_of(anger=90, joy=90, fear=90))
    assert (flag.kind, flag.label, flag.severity) == ("never_predicted", "fear", IMPOSSIBLE)
    assert flag.sentence == (
        "k = 101 can never predict fear: its 7 training images are outvoted however the other 94 votes fall; "
        "choose k up to 19."
    )


def test_of_labels_in_no_order_the_alphabet_decides_ties():
    found = raised(labels_of(joy=2000, fear=7), model="knn", values={"k": 15})
    assert "choose k up to 14." in told(found, "never_predicted")["fear"]


def test_the_largest_k_that_can_predict_a_class_is_not_flagged():
    assert told(raised(labels_of(joy=2000, fear=7), model="knn", values={"k": 14}), "never_predicted") == {}


def test_copies_count_as_votes():
    found = raised(labels_of(joy=2000, fear=70), model="knn", values={"k": 201}, sampling="over")
    assert told(found, "never_predicted") == {}


def test_a_weighted_vote_counts_by_its_weight():
    train = labels_of(joy=2000, fear=20)  # a fear weighs 100 times a joy
    assert told(raised(train, model="knn", sampling="class_weights"), "never_predicted") == {}
    assert "fear" in told(raised(train, model="knn"), "never_predicted")


def test_nothing_is_said_of_votes_after_a_strategy_that_was_not_drawn():
    assert raised(labels_of(joy=2000, fear=7), model="knn", sampling="over", drawn=False) == []


def test_more_neighbours_than_training_images_are_named_with_both_numbers():
    found = raised(labels_of(joy=2000, fear=20), model="knn", sampling="under")
    assert told(found, "too_few_voters") == {
        None: "k = 101 neighbours cannot vote among 40 training images left by Random under; choose k up to 40."
    }


# What strategies do


@pytest.mark.parametrize("sampling", ["smote", "borderline_smote", "adasyn"])
def test_more_neighbours_to_blend_with_than_a_class_has_are_named_with_those_it_has(sampling):
    found = raised(labels_of(joy=2000, fear=4), sampling=sampling, drawn=False)
    assert told(found, "too_few_to_blend")["fear"].endswith("and there are 3; choose at most 3 neighbours.")


def test_exactly_enough_images_to_blend_are_not_flagged():
    assert raised(labels_of(joy=2000, fear=6), sampling="smote", drawn=False) == []


def test_a_class_that_is_not_filled_up_needs_no_neighbours():
    assert raised(labels_of(joy=8, fear=4), sampling="smote", drawn=False, values={"share": 0.5}) == []


def test_a_single_image_cannot_be_blended_with_itself():
    [flag] = raised(labels_of(joy=2000, fear=1), sampling="smote", drawn=False)
    assert (flag.kind, flag.severity) == ("too_few_to_blend", IMPOSSIBLE)
    assert "the training part has only 1 of fear" in flag.sentence


def test_a_strategy_that_leaves_few_images_says_how_many():
    found = raised(labels_of(joy=2000, fear=20), sampling="under")
    assert told(found, "few_images_left")[None].startswith("Random under leaves 40 of 2,020 images (2.0%):")


def test_a_small_part_of_which_most_is_kept_is_not_flagged():
    assert told(raised(labels_of(joy=100, fear=80), sampling="under"), "few_images_left") == {}


def test_an_image_that_a_network_sees_a_hundred_times_a_pass_is_flagged():
    found = raised(labels_of(joy=2000, fear=1), sampling="over")
    assert told(found, "many_copies") == {
        "fear": "Random over uses a fear image up to 2,000 times a pass: the network can learn it by heart; "
        "choose a strategy that repeats less, such as square root or class weights."
    }


def test_of_votes_it_is_said_how_many_places_one_image_takes():
    found = raised(labels_of(joy=2000, fear=10), sampling="over", model="knn")
    assert "where one of these 10 is nearest, it alone takes all 101 votes" in told(found, "many_copies")["fear"]


def test_fewer_copies_are_not_flagged():
    assert told(raised(labels_of(joy=2000, fear=100), sampling="over"), "many_copies") == {}


# What is tested


def test_a_class_of_few_test_images_says_what_one_picture_is_worth():
    [flag] = raised(test=labels_of(joy=500, fear=2))
    assert (flag.label, flag.severity) == ("fear", FRAGILE)
    assert flag.sentence == (
        "The test part holds 2 of fear: one picture moves its recall by 50 points; "
        "choose five folds, so that every image is tested."
    )


def test_ten_test_images_are_not_flagged():
    assert raised(test=labels_of(joy=500, fear=10)) == []


def test_a_class_that_no_part_tests_is_impossible_to_judge():
    [flag] = raised(test=labels_of(joy=500))
    assert (flag.kind, flag.label, flag.severity) == ("not_tested", "fear", IMPOSSIBLE)


def test_a_class_without_training_images_is_impossible_to_predict():
    [flag] = raised(labels_of(joy=2000), TESTED)
    assert (flag.kind, flag.label, flag.severity) == ("not_in_training", "fear", IMPOSSIBLE)


def test_a_class_that_neither_part_has_is_known_from_the_labels():
    found = raised(labels=["joy", "fear", "anger"])
    assert {flag.kind for flag in found if flag.label == "anger"} == {"not_in_training", "not_tested"}


def test_fewer_images_than_folds_say_how_many_folds_test_none():
    found = raised(test=labels_of(joy=500, fear=3), n_folds=5)
    assert told(found, "fewer_than_folds") == {
        "fear": "5 folds share out 3 fear images, which leaves 2 or more of them without any to test; "
        "choose at most 3 folds."
    }
    assert told(found, "few_to_test")["fear"].startswith("All folds together hold 3 of fear:")


def test_a_single_image_cannot_be_trained_on_and_tested():
    [flag] = [flag for flag in raised(test=labels_of(joy=500, fear=1), n_folds=5) if flag.kind == "fewer_than_folds"]
    assert flag.severity == IMPOSSIBLE


def test_what_is_impossible_comes_first():
    severities = [flag.severity for flag in raised(labels_of(joy=2000, fear=5), labels_of(joy=90, fear=2), "knn")]
    assert severities == [IMPOSSIBLE, FRAGILE]


def test_a_label_that_is_a_number_is_named_as_a_class():
    assert "2 of class '1':" in raised(PLENTY.replace("fear", "1"), labels_of(joy=500, **{"1": 2}))[0].sentence


# The real dataset


@pytest.mark.real
@pytest.mark.skipif(not FOLDER.is_dir(), reason="the real dataset is not at ../shared/data/facial_expressions")
def test_the_report_s_k_can_never_predict_contempt(tmp_path):
    dataset = open_dataset(FOLDER, Settings(data=None, home=tmp_path, hosted=False, max_megapixels=64))
    images = dataset.usable.reset_index(drop=True)
    [fold] = make_folds("person_disjoint", images)
    train, test = (images["label"].iloc[part] for part in (fold.train, fold.test))
    found = raised(train, test, "knn", labels=dataset.labels)
    assert told(found, "never_predicted").keys() == {"contempt"}
    assert told(found, "few_to_test").keys() == {"fear", "contempt"}


def test_a_strategy_is_checked_on_every_fold_before_the_first_is_trained():
    labels = pd.Series(["joy"] * 30 + ["fear"] * 8)
    enough, few = np.arange(38), np.arange(34)
    folds = [Fold(part, np.array([], int), np.array([], int)) for part in (enough, few)]
    check_every_fold(SAMPLERS["smote"], {"neighbours": 5, "share": 1.0}, labels, folds[:1])
    with pytest.raises(BadInput, match="Fold 2 of 2: SMOTE looks for 5 neighbours of each fear image .* there are 3;"):
        check_every_fold(SAMPLERS["smote"], {"neighbours": 5, "share": 1.0}, labels, folds)


def test_a_strategy_that_only_repeats_suits_every_fold():
    folds = [Fold(np.arange(3), np.array([], int), np.array([], int))]
    check_every_fold(SAMPLERS["over"], {}, pd.Series(["joy", "joy", "fear"]), folds)


def test_what_only_waits_for_another_pass_is_not_lost():
    labels = pd.Series(["joy"] * 400 + ["fear"] * 4)
    drawn = resample(SAMPLERS["class_balanced"], labels, {})
    found = flags(MODELS["residual"], {}, SAMPLERS["class_balanced"], {}, labels, labels, resampling=drawn)
    assert "few_images_left" not in {flag.kind for flag in found}
