"""Slices: their scores as a plain loop over resamples gives them, and what the search finds and does not find."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import accuracy_score, f1_score

from core.evaluation.attributes import quartiles, read_attributes, times_seen_in_training
from core.evaluation.conditions import from_link, in_words, slice_rows, to_link, wrong_images
from core.evaluation.predictions import persons_of, predicted_labels
from core.evaluation.slices import slices
from core.evaluation.worst_slices import worst_slices
from core.splits import make_folds

LABELS = ["joy", "fear", "anger"]


def predicted(y_true, y_pred, persons):
    """A table of predictions that are sure of themselves."""
    scores = {f"p_{label}": np.where(np.array(y_pred) == label, 0.8, 0.1) for label in LABELS}
    names = [f"{n}.jpg" for n in range(len(y_true))]
    return pd.DataFrame(
        {"image": names, "person": pd.Series(persons, dtype="str"), "y_true": y_true, "fold": 1} | scores
    )


def cut(**columns):
    """Attributes, as categories."""
    return pd.DataFrame({name: pd.Categorical(values) for name, values in columns.items()})


def noise(n=600, n_persons=200, seed=0):
    """Predictions of which 60 % are right, whoever it is, and two attributes that say nothing."""
    rng = np.random.default_rng(seed)
    y_true = rng.choice(LABELS, n, p=[0.5, 0.3, 0.2])
    y_pred = np.where(rng.random(n) < 0.6, y_true, rng.choice(LABELS, n))
    people = rng.integers(0, n_persons, n)
    attributes = cut(annotator=rng.choice(["kim", "lee"], n), colour=rng.choice(["grey", "colour"], n))
    return predicted(y_true, y_pred, [f"p{person}" for person in people]), attributes


def spoilt(predictions, rows):
    """The same predictions, but all wrong in these rows."""
    after = dict(zip(LABELS, [*LABELS[1:], LABELS[0]], strict=True))
    said = np.where(rows, predictions["y_true"].map(after), predicted_labels(predictions))
    return predicted(predictions["y_true"], said, predictions["person"])


# The scores of each slice


@pytest.fixture
def small():
    """60 images of 12 persons in two slices and one image in none."""
    rng = np.random.default_rng(4)
    y_true, y_pred = rng.choice(LABELS, 60), rng.choice(LABELS, 60)
    values = [None, *rng.choice(["kim", "lee"], 59)]
    return predicted(y_true, y_pred, [f"p{n}" for n in rng.integers(0, 12, 60)]), cut(annotator=values)


def test_scores_of_a_slice_are_scikit_learn_s(small):
    predictions, attributes = small
    rows = (attributes["annotator"] == "kim").to_numpy()
    true, said = predictions["y_true"][rows], predicted_labels(predictions)[rows]
    found = slices(predictions, attributes).set_index("value").loc["kim"]
    assert found["accuracy"] == pytest.approx(accuracy_score(true, said))
    assert found["macro_f1"] == pytest.approx(f1_score(true, said, average="macro"))


def test_what_the_mix_of_classes_explains_is_worked_out_by_hand():
    # joy is right in 2 of 4, fear in 1 of 2; kim has three joys and one fear
    predictions = predicted(
        ["joy", "joy", "joy", "joy", "fear", "fear"], ["joy", "fear", "fear", "joy", "fear", "joy"], list("abcdef")
    )
    kim = slices(predictions, cut(annotator=["kim", "kim", "kim", "lee", "kim", "lee"])).iloc[0]
    assert kim["expected"] == pytest.approx((3 * 2 / 4 + 1 * 1 / 2) / 4)
    assert kim["beyond_mix"] == pytest.approx(2 / 4 - kim["expected"])


def test_a_slice_is_held_against_all_other_images(small):
    predictions, attributes = small
    right = predictions["y_true"] == predicted_labels(predictions)
    rows = (attributes["annotator"] == "kim").to_numpy()
    kim = slices(predictions, attributes).set_index("value").loc["kim"]
    assert kim["difference"] == pytest.approx(right[rows].mean() - right[~rows].mean())


def test_intervals_are_those_of_persons_drawn_one_by_one(small):
    predictions, attributes = small
    persons, true = persons_of(predictions), predictions["y_true"].to_numpy()
    right = true == predicted_labels(predictions)
    inside = (attributes["annotator"] == "kim").to_numpy()
    rows = [np.flatnonzero(persons == person) for person in range(persons.max() + 1)]
    drawn = np.random.default_rng(7).multinomial(len(rows), np.full(len(rows), 1 / len(rows)), size=80)
    samples = []
    for times in drawn:
        images = np.concatenate([np.tile(rows[person], n) for person, n in enumerate(times)]).astype(int)
        kim, rest = images[inside[images]], images[~inside[images]]
        recall = {label: right[images][true[images] == label].mean() for label in set(true[kim])}
        beyond = right[kim].mean() - np.mean([recall[label] for label in true[kim]])
        macro = f1_score(true[kim], predicted_labels(predictions)[kim], average="macro")
        samples.append([right[kim].mean(), beyond, right[kim].mean() - right[rest].mean(), macro])
    low, high = np.quantile(samples, [0.025, 0.975], axis=0)
    found = slices(predictions, attributes, n_resamples=80, seed=7).set_index("value").loc["kim"]
    names = ("accuracy", "beyond_mix", "difference", "macro_f1")
    assert [found[f"{name}_low"] for name in names] == pytest.approx(low)
    assert [found[f"{name}_high"] for name in names] == pytest.approx(high)


def test_an_image_without_a_value_is_in_no_slice(small):
    found = slices(*small)
    assert found["n_images"].sum() == 59


def test_images_of_each_class_are_counted(small):
    predictions, attributes = small
    counts = predictions["y_true"][(attributes["annotator"] == "lee").to_numpy()].value_counts()
    found = slices(predictions, attributes).set_index("value").loc["lee"]
    assert [found[f"n_{label}"] for label in LABELS] == [counts[label] for label in LABELS]


def test_a_slice_of_few_persons_has_no_interval():
    predictions, _ = noise(n=40)
    few = slices(predictions.assign(person="one"), cut(annotator=["kim"] * 20 + ["lee"] * 20))
    assert few["accuracy_low"].isna().all() and not few["worse"].any()
    assert few["n_persons"].tolist() == [1, 1]


def test_a_slice_that_only_holds_a_hard_class_is_not_worse_than_its_mix():
    predictions, _ = noise()
    hard = predictions["y_true"] == "anger"
    found = slices(spoilt(predictions, hard.to_numpy()), cut(annotator=np.where(hard, "kim", "lee")))
    kim = found.set_index("value").loc["kim"]
    assert kim["difference_high"] < 0 and kim["beyond_mix"] == 0 and not kim["worse"]


def test_without_attributes_there_is_no_slice():
    predictions, _ = noise(n=30)
    assert slices(predictions, pd.DataFrame(index=predictions.index)).empty


# The search


def test_noise_has_no_slice_that_is_found():
    found = [len(worst_slices(*noise(seed=seed), seed=seed).found) for seed in range(20)]
    assert sum(n > 0 for n in found) <= 3  # 5 % of 20 is 1


def test_a_planted_slice_is_found_first_and_not_its_parts():
    predictions, attributes = noise()
    planted = ((attributes["annotator"] == "kim") & (predictions["y_true"] == "fear")).to_numpy()
    found = worst_slices(spoilt(predictions, planted), attributes)
    assert found.table["conditions"].iloc[0] == (("annotator", "kim"), ("class", "fear"))
    assert len(found.found) == 1 and "fear, labelled by kim" in found.sentence


def test_a_planted_value_is_found_and_no_pair_with_it():
    predictions, attributes = noise()
    found = worst_slices(spoilt(predictions, (attributes["annotator"] == "kim").to_numpy()), attributes).found
    assert found["conditions"].tolist()[0] == (("annotator", "kim"),)
    assert not [each for each in found["conditions"] if ("annotator", "kim") in each and ("colour", "grey") in each]


def test_an_answer_that_is_given_too_often_is_found():
    predictions, attributes = noise()
    rng = np.random.default_rng(1)
    drawn = (attributes["colour"] == "grey").to_numpy() & (rng.random(len(predictions)) < 0.4)
    said = np.where(drawn, "anger", predicted_labels(predictions))
    found = worst_slices(predicted(predictions["y_true"], said, predictions["person"]), attributes).found
    assert (("colour", "grey"), ("said", "anger")) in found["conditions"].tolist()


def test_loss_and_expected_are_worked_out_from_the_classes():
    predictions, attributes = noise()
    rows = (attributes["annotator"] == "kim").to_numpy()
    predictions = spoilt(predictions, rows)
    wrong = predictions["y_true"] != predicted_labels(predictions)
    by_class = wrong.groupby(predictions["y_true"]).mean()
    kim = worst_slices(predictions, attributes).table.iloc[0]
    assert kim["wrong"] == pytest.approx(wrong[rows].mean())
    assert kim["expected"] == pytest.approx(predictions["y_true"][rows].map(by_class).mean())


def test_two_attributes_that_cut_alike_are_one_line():
    predictions, attributes = noise()
    attributes["format"] = attributes["annotator"].cat.rename_categories({"kim": "JPEG", "lee": "PNG"})
    found = worst_slices(spoilt(predictions, (attributes["annotator"] == "kim").to_numpy()), attributes)
    assert found.table["conditions"].iloc[0] == (("annotator", "kim"),)
    assert "JPEG files" in found.table["also"].iloc[0]


def test_a_slice_of_one_person_is_never_found_however_many_images_it_has():
    predictions, attributes = noise()
    one = np.arange(600) < 60
    predictions.loc[one, "person"] = "one"
    attributes["colour"] = pd.Categorical(np.where(one, "colour", "grey"))
    found = worst_slices(spoilt(predictions, one), attributes, min_persons=1)
    assert (("colour", "colour"),) not in found.found["conditions"].tolist()


def test_slices_below_the_least_size_are_not_searched():
    predictions, attributes = noise(n=30)
    found = worst_slices(predictions, attributes, min_images=31)
    assert found.n_searched == 0 and "none can be judged" in found.sentence


def test_the_method_names_how_many_were_searched():
    found = worst_slices(*noise())
    # 4 values, 4 pairs, 12 with a true class, 12 with an answer
    assert found.n_searched == 32 and found.method.startswith("32 slices")


def test_the_search_is_the_same_each_time():
    assert worst_slices(*noise()).table.equals(worst_slices(*noise()).table)


# What a slice holds


def test_a_slice_survives_a_link():
    conditions = (("annotator", "a & b=c"), ("class", "joy"))
    assert from_link(to_link(conditions)) == conditions


@pytest.mark.parametrize("text", ["", "nonsense", "annotator=nobody", "mood=good", "a=b&c=d&e=f&g=h", "said=awe"])
def test_a_link_without_sense_holds_no_image(text):
    assert not slice_rows(*noise(n=30), from_link(text)).any()


def test_wrong_images_are_those_of_the_slice_the_surest_first():
    predictions, attributes = noise(n=60)
    predictions.loc[7, ["p_joy", "p_fear", "p_anger"]] = [0.95, 0.03, 0.02]
    predictions.loc[7, "y_true"] = "fear"
    attributes.loc[7, "annotator"] = "kim"
    wrong = wrong_images(predictions, attributes, (("annotator", "kim"),))
    assert wrong.loc[0, ["image", "true", "said", "p_said"]].tolist() == ["7.jpg", "fear", "joy", 0.95]
    assert (wrong["true"] != wrong["said"]).all()


def test_with_an_answer_only_who_got_it_is_wrong():
    predictions, attributes = noise(n=60)
    assert set(wrong_images(predictions, attributes, (("said", "joy"),))["said"]) == {"joy"}


def test_a_slice_is_named_with_its_class_first():
    assert in_words((("colour", "grey"), ("class", "fear"))) == "fear, in grey"


# What is known of an image


def test_the_predictions_alone_tell_how_many_images_show_a_person():
    predictions = predicted(["joy"] * 4, ["joy"] * 4, ["a", "a", "b", None])
    assert read_attributes(predictions)["images_of_person"].tolist() == ["2 to 5", "2 to 5", "1", np.nan]


def test_numbers_are_cut_at_their_quartiles():
    found = quartiles(np.arange(1.0, 101.0), lambda value: f"{value:.0f}")
    assert found.value_counts(sort=False).tolist() == [25, 25, 25, 25]


def test_a_value_that_most_have_is_a_bin_of_its_own():
    found = quartiles(np.array([5.0, 9, 9, 9, 9, 12, np.nan]), lambda value: f"{value:.0f} px")
    assert found.cat.categories.tolist() == ["under 9 px", "9 px", "more than 9 px"]
    assert found.isna().tolist() == [False] * 6 + [True]


def test_attributes_of_a_dataset_are_beside_its_predictions(easy):
    predictions = everything(easy, 1)
    found = read_attributes(predictions, easy.usable.iloc[::-1])
    modes = easy.usable["mode"].eq("L").map({True: "grey", False: "colour"})
    if "colour" in found:
        assert found["colour"].tolist() == modes.tolist()
    assert len(found) == len(easy.usable)


def test_training_images_of_the_same_person_are_counted_fold_by_fold(easy):
    folds = make_folds("random", easy.usable, 3, 0)
    predictions = pd.concat(
        [everything(easy, number).iloc[fold.test] for number, fold in enumerate(folds, start=1)], ignore_index=True
    )
    people = easy.usable["person"].reset_index(drop=True)
    by_hand = [
        (people.iloc[folds[fold - 1].train] == person).sum()
        for person, fold in zip(predictions["person"], predictions["fold"], strict=True)
    ]
    seen = times_seen_in_training(predictions, easy.usable, folds)
    assert seen[predictions["person"].notna()].tolist() == np.array(by_hand)[predictions["person"].notna()].tolist()


def test_a_run_of_other_folds_cannot_say_whom_it_has_seen(easy):
    folds = make_folds("random", easy.usable, 0, 0)
    assert times_seen_in_training(everything(easy, 1), easy.usable, folds) is None


def everything(dataset, fold):
    """Predictions of every image, as if tested in one fold."""
    images = dataset.usable
    return pd.DataFrame({name: images[name].to_numpy() for name in ("image", "person")}).assign(
        person=images["person"].array, y_true=images["label"].to_numpy(), fold=fold
    )
