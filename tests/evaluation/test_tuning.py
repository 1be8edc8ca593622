"""Tuning finds what was planted, leaves alone what it cannot know, and says honestly what the choice is worth."""

import numpy as np
import pandas as pd
import pytest

from core.errors import BadInput
from core.evaluation import evaluate, macro_f1
from core.evaluation.decisions import Decision, adjusted, changes, class_shares, decide
from core.evaluation.tuning import BIASES, MIN_IMAGES, TAUS, _deal_persons, _Search, in_words, tune

LABELS = ["joy", "fear", "anger"]


def table(shares, codes, persons):
    rows = {"image": [f"{n}.jpg" for n in range(len(codes))], "person": pd.Series(persons, dtype="str")}
    rows |= {"y_true": np.array(LABELS)[codes], "fold": 1}
    return pd.DataFrame(rows | {f"p_{label}": shares[:, code] for code, label in enumerate(LABELS)})


def imbalanced(n=1500, seed=0, sureness=1.5, mix=(0.8, 0.15, 0.05)):
    """What is best to believe of blurred pictures: rare classes are seldom said, though the pictures hint at them."""
    rng = np.random.default_rng(seed)
    codes = rng.choice(3, n, p=mix)
    logits = np.log(mix) + sureness * (rng.normal(size=(n, 3)) + sureness * np.eye(3)[codes])
    shares = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    return table(shares, codes, [f"person {k}" for k in rng.integers(0, n // 3, n)])


@pytest.fixture(scope="module")
def skewed():
    return imbalanced()


@pytest.fixture(scope="module")
def tuned(skewed):
    return tune(skewed, class_shares(skewed))


def test_where_rare_classes_are_seldom_said_tau_is_above_0(tuned):
    assert tuned.decision.tau > 0 and tuned.decision.bias == ()


def test_what_it_says_to_score_is_what_it_scores(skewed, tuned):
    for decision, told in ((Decision(), tuned.plain), (tuned.decision, tuned.flattering)):
        codes = decide(skewed, decision, class_shares(skewed)).codes
        assert evaluate(skewed, said=codes).macro_f1 == pytest.approx(told)


def test_on_other_people_it_gains_about_what_it_says(tuned):
    others = imbalanced(6000, seed=1)
    plain, chosen = (
        evaluate(others, said=decide(others, decision, class_shares(imbalanced())).codes).macro_f1
        for decision in (Decision(), tuned.decision)
    )
    assert chosen > plain
    assert tuned.gain.low - 0.03 < chosen - plain < tuned.gain.high + 0.03


def test_the_choice_flatters_where_it_was_made(tuned):
    assert tuned.flattering >= tuned.honest
    assert tuned.gain.value == pytest.approx(tuned.honest - tuned.plain)


def test_no_tau_scores_much_better_than_the_one_that_is_chosen(skewed, tuned):
    priors = class_shares(skewed)
    found = [
        evaluate(skewed, said=decide(skewed, Decision(tau, (), tuned.decision.temperature), priors).codes).macro_f1
        for tau in TAUS
    ]
    assert tuned.flattering > max(found) - 0.02


def test_for_accuracy_the_priors_are_left_in():
    best = imbalanced(6000)
    assert tune(best, class_shares(best), "accuracy").decision.tau <= 0.2


def test_for_balanced_accuracy_tau_is_near_1(skewed):
    assert tune(skewed, class_shares(skewed), "balanced_accuracy").decision.tau == pytest.approx(1, abs=0.5)


def test_a_bias_that_was_planted_is_taken_back():
    plain = imbalanced(3000, mix=(0.4, 0.3, 0.3))
    planted = Decision(bias=(0.0, -1.4, 0.0))
    names = [f"p_{label}" for label in LABELS]
    skewed = plain.assign(**dict(zip(names, adjusted(plain[names].to_numpy(), planted, np.ones(3)).T, strict=True)))
    found = tune(skewed, class_shares(skewed), biased=True).decision
    assert found.bias[1] - np.mean([found.bias[0], found.bias[2]]) > 0.5


def test_a_class_with_few_images_gets_no_bias_of_its_own():
    skewed = imbalanced(600, mix=(0.5, 0.485, 0.015))
    assert (skewed["y_true"] == "anger").sum() < MIN_IMAGES
    found = tune(skewed, class_shares(skewed), biased=True)
    assert found.without_bias == ("anger",)
    assert not found.decision.bias or found.decision.bias[2] == 0


def test_a_class_of_few_persons_gets_none_either():
    skewed = imbalanced(600, mix=(0.5, 0.3, 0.2))
    skewed.loc[skewed["y_true"] == "anger", "person"] = "Ann"
    assert tune(skewed, class_shares(skewed), biased=True).without_bias == ("anger",)


def test_where_nothing_can_be_gained_biases_are_shrunk_to_little():
    rng = np.random.default_rng(3)
    noise = table(rng.dirichlet(np.ones(3), 300), rng.integers(0, 3, 300), [f"person {n}" for n in range(300)])
    found = tune(noise, class_shares(noise), biased=True)
    assert not found.gain.clear or found.gain.high < 0


def test_all_biases_of_a_class_are_tried_at_once_as_one_by_one(skewed):
    logits, codes = (
        np.log(skewed[["p_joy", "p_fear", "p_anger"]].to_numpy()),
        pd.Index(LABELS).get_indexer(skewed["y_true"]),
    )
    search = _Search(logits, codes, np.zeros(len(codes), dtype=int), np.zeros(3), "macro_f1", np.ones(3, dtype=bool))
    found = search._best_bias(logits, 0.0, codes, 1)
    one_by_one = [macro_f1(codes, (logits + np.array([0, bias, 0])).argmax(1)) for bias in BIASES]
    assert one_by_one[int(np.flatnonzero(found == BIASES)[0])] == pytest.approx(max(one_by_one))


def test_tuning_is_the_same_each_time(skewed, tuned):
    assert tune(skewed, class_shares(skewed)) == tuned


def test_all_rows_of_a_person_are_in_one_group():
    persons, codes = np.array([0, 1, 2, 3, 4, 5, 0, 1]), np.array([0, 0, 1, 0, 0, 2, 2, 0])
    groups = _deal_persons(persons, codes, 3)
    assert groups[0] == groups[6] and groups[1] == groups[7]


def test_persons_with_a_rare_class_are_dealt_to_different_groups():
    codes = np.array([0] * 95 + [1] * 5)
    groups = _deal_persons(np.arange(100), codes, 2)
    assert sorted(groups[95:]) == [0, 1, 2, 3, 4]


def test_rows_of_one_image_are_kept_together_where_nobody_is_known():
    once = imbalanced(300).assign(person=pd.Series([None] * 300, dtype="str"))
    twice = pd.concat([once, once.assign(fold=2)], ignore_index=True)
    alone, doubled = (tune(rows, class_shares(once)) for rows in (once, twice))
    assert doubled.gain.high - doubled.gain.low == pytest.approx(alone.gain.high - alone.gain.low, rel=0.3)


@pytest.mark.parametrize("change", [{"person": "Ann"}, {"y_true": "joy"}], ids=["one person", "one class"])
def test_where_nothing_can_be_left_out_it_says_so(skewed, change):
    with pytest.raises(BadInput, match="one person or one class only"):
        tune(skewed.assign(**change), class_shares(skewed))


def test_another_goal_is_refused_by_name(skewed):
    with pytest.raises(BadInput, match="macro_f1, balanced_accuracy, accuracy, not 'beauty'"):
        tune(skewed, class_shares(skewed), "beauty")


def test_what_was_tuned_is_told_in_words(tuned):
    words = in_words(tuned, changes(tuned.decision, LABELS))
    assert words.startswith(f"Set: temperature {tuned.decision.temperature:.2f}, tau {tuned.decision.tau:.2f}.")
    assert f"left out of the choice it is {tuned.honest:.3f}: {tuned.gain.value:+.3f} (95 % interval" in words
