"""Configurations compared over their seeds: against brute force, against chance, and on the same images only."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import f1_score

from core.errors import BadInput
from core.evaluation.bootstrap import draws_of
from core.evaluation.comparison import (
    ALIKE,
    BETTER,
    REFERENCE,
    WORSE,
    compare,
    compare_classes,
    compare_pairs,
    difference,
    holm,
    mean_of,
)
from core.evaluation.resampled import Resampled, commonest, judged_on, resample, resample_majority, score_titles

LABELS = ["joy", "fear", "anger"]
R = 500


def table(y_true, y_pred, persons):
    """A table of predictions that are sure of themselves."""
    scores = {f"p_{label}": np.where(np.asarray(y_pred) == label, 0.8, 0.1) for label in LABELS}
    names = [f"{n:03}.jpg" for n in range(len(y_true))]
    return pd.DataFrame({"image": names, "person": pd.Series(persons, dtype="str"), "y_true": y_true, **scores})


def answers(right: float, seed: int, flip: int | None = None):
    """120 images of 40 persons, answered rightly with this probability by this seed."""
    y_true, persons = np.array(LABELS)[np.arange(120) % 7 % 3], [f"p{n // 3}" for n in range(120)]
    rng = np.random.default_rng(seed)
    said = np.where(rng.random(120) < right, y_true, rng.choice(LABELS, 120))
    return table(y_true, said, persons)


@pytest.fixture(scope="module")
def tables():
    """Three configurations with three seeds each: two of one quality, and one that is far better."""
    return {
        name: [answers(right, seed + 10 * n) for seed in range(3)]
        for n, (name, right) in enumerate({"plain": 0.4, "alike": 0.4, "good": 0.9}.items())
    }


@pytest.fixture(scope="module")
def three(tables):
    return {name: tuple(resample(one, R) for one in own) for name, own in tables.items()}


@pytest.fixture(scope="module")
def compared(three):
    return compare(three, "macro_f1", three["plain"])


def made(point, drawn, score="accuracy", judged="same"):
    """A run of which only one score is known, on its images and in each resample."""
    return Resampled(judged, tuple(LABELS), 10, {score: point}, {score: np.asarray(drawn, dtype=float)})


# One run, resampled


def test_a_resample_is_the_score_of_the_persons_drawn_one_after_the_other():
    one = answers(0.5, 0)
    draws, said = draws_of(40, R), one[["p_joy", "p_fear", "p_anger"]].to_numpy().argmax(1)
    rows = np.repeat(np.arange(120), np.repeat(draws[7], 3).astype(int))
    expected = f1_score(one["y_true"].to_numpy()[rows], np.array(LABELS)[said[rows]], average="macro")
    assert resample(one, R).drawn["macro_f1"][7] == pytest.approx(expected)


def test_the_order_of_the_rows_changes_nothing():
    one = answers(0.5, 0)
    mixed = one.sample(frac=1, random_state=1)
    assert judged_on(mixed) == judged_on(one)
    assert resample(mixed, R).drawn["f1 fear"].tolist() == resample(one, R).drawn["f1 fear"].tolist()


def test_another_label_of_one_image_is_another_test():
    one = answers(0.5, 0)
    assert judged_on(one.assign(y_true=one["y_true"].where(one.index > 0, "anger"))) != judged_on(one)


def test_scores_over_all_classes_and_of_each_can_be_compared():
    assert list(resample(answers(0.5, 0), 10).point) == list(score_titles(LABELS))


def test_draws_that_do_not_fit_into_memory_come_in_blocks(monkeypatch):
    monkeypatch.setattr("core.evaluation.resampled._MOST_DRAWN", 40 * 200)
    drawn = resample(answers(0.5, 0), R).drawn["accuracy"]
    assert len(drawn) == R
    assert len(set(drawn[:200]) ^ set(drawn[200:400])) > 0


def test_the_baseline_always_says_the_commonest_class():
    one = answers(0.5, 0)
    always = resample_majority(one, 10)
    counts = one["y_true"].value_counts()
    assert commonest(one) == counts.idxmax()
    assert always.point["accuracy"] == pytest.approx(counts.max() / 120)


# Means and spreads


def test_the_mean_and_the_spread_are_over_seeds(tables, three):
    scores = [
        f1_score(one["y_true"], np.array(LABELS)[one.filter(like="p_").to_numpy().argmax(1)], average="macro")
        for one in tables["good"]
    ]
    found = mean_of(three["good"], "macro_f1")
    assert (found.value, found.spread) == pytest.approx((np.mean(scores), np.std(scores, ddof=1)))


def test_one_seed_has_no_spread():
    assert np.isnan(mean_of([made(0.5, [0.4, 0.6])], "accuracy").spread)


def test_the_interval_of_one_seed_is_that_of_its_resamples():
    found = mean_of([made(0.5, np.linspace(0, 1, 1001))], "accuracy")
    assert (found.low, found.high) == pytest.approx((0.025, 0.975))


def test_seeds_that_differ_make_the_interval_wider():
    still = np.full(1000, 0.5)
    same, apart = [made(0.5, still)] * 3, [made(value, still) for value in (0.4, 0.5, 0.6)]
    assert mean_of(same, "accuracy").high == pytest.approx(0.5)
    assert mean_of(apart, "accuracy").high > 0.6


def test_no_interval_leaves_the_range_of_the_score():
    apart = [made(value, np.full(1000, value)) for value in (0.1, 0.9)]
    found = mean_of(apart, "accuracy")
    assert (found.low, found.high) == (0, 1)


# Differences


def test_a_difference_is_of_the_means_and_its_interval_is_even_on_both_sides(three):
    found = difference(three["good"], three["plain"], "accuracy")
    means = [np.mean([run.point["accuracy"] for run in three[name]]) for name in ("good", "plain")]
    assert found.value == pytest.approx(means[0] - means[1])
    assert found.high - found.value == pytest.approx(found.value - found.low)


def test_with_one_seed_each_the_p_value_is_counted_by_hand():
    first, second = made(0.6, [0.6, 0.7, 0.8, 0.5]), made(0.5, [0.5] * 4)
    found = difference([first], [second], "accuracy")  # 0.1, and in the resamples 0.1, 0.2, 0.3, 0.0
    assert found.p == pytest.approx((1 + 3) / (1 + 4))


def test_p_is_below_5_percent_just_where_the_interval_leaves_out_0(three):
    for name, score in [("alike", "accuracy"), ("good", "accuracy"), ("good", "f1 fear"), ("alike", "kappa")]:
        found = difference(three[name], three["plain"], score)
        assert (found.p < 0.05) == (found.low > 0 or found.high < 0)


def test_the_same_answers_cannot_be_told_apart(three):
    copy = tuple(three["plain"])
    assert difference(copy, three["plain"], "macro_f1").p == 1


def test_a_class_that_nobody_shows_has_no_difference():
    none = made(np.nan, [np.nan] * 10)
    assert np.isnan(difference([none], [none], "accuracy").p)


# Holm


def test_holm_is_worked_out_by_hand():
    assert holm(np.array([0.01, 0.04, 0.03, 0.005])).tolist() == pytest.approx([0.03, 0.06, 0.06, 0.02])


def test_holm_passes_over_what_was_not_tested():
    assert holm(np.array([0.02, np.nan, 0.03])) == pytest.approx([0.04, np.nan, 0.04], nan_ok=True)


# The whole


def test_the_best_mean_is_on_top(compared):
    assert compared.table["mean"].is_monotonic_decreasing


def test_what_is_far_better_is_called_better_and_the_like_is_not(compared):
    assert compared.table["verdict"].to_dict() == {"good": BETTER, "alike": ALIKE, "plain": REFERENCE}


def test_the_reference_is_not_tested_against_itself(compared):
    assert compared.n_compared == 2
    assert np.isnan(compared.table.loc["plain", "p"])


def test_against_the_best_the_others_are_worse(three):
    found = compare(three, "macro_f1", three["good"])
    assert (found.count(WORSE), found.count(BETTER)) == (2, 0)


def test_a_baseline_can_be_the_reference(tables, three):
    found = compare(three, "macro_f1", (resample_majority(tables["plain"][0], R),))
    assert found.n_compared == 3


def test_the_reference_is_shown_wherever_it_comes(compared):
    assert list(compared.first(1, "plain").index) == ["good", "plain"]


def test_other_images_are_refused(three):
    other = (made(0.5, [0.5] * R, "macro_f1", judged="other"),)
    with pytest.raises(BadInput, match="not judged on the very same images"):
        compare(three | {"other": other}, "macro_f1", three["plain"])


def test_every_pair_is_tested_once(three):
    pairs = compare_pairs(three, "macro_f1")
    assert [set(pair) for pair in zip(pairs["first"], pairs["second"], strict=True)] == [
        {"plain", "alike"},
        {"plain", "good"},
        {"alike", "good"},
    ]
    assert pairs["p_holm"].tolist() == pytest.approx(holm(pairs["p"].to_numpy()).tolist())


def test_each_class_says_who_pays(three):
    classes = compare_classes(three, three["plain"])
    assert len(classes) == 2 * len(LABELS)
    joy = classes.set_index(["configuration", "label"]).loc[("good", "joy")]
    assert joy["difference"] == pytest.approx(difference(three["good"], three["plain"], "f1 joy").value)
    assert joy["verdict"] == BETTER


def test_all_is_found_again_by_brute_force(tables):
    """Means, intervals and p-values of one difference, person by person and without any of the code that is tested."""

    def macro(one, times):
        y_pred = np.array(LABELS)[one.filter(like="p_").to_numpy().argmax(1)]
        rows = np.repeat(np.arange(len(one)), np.repeat(times, 3))
        return f1_score(one["y_true"].to_numpy()[rows], y_pred[rows], average="macro", zero_division=0)

    draws = np.random.default_rng(0).multinomial(40, [1 / 40] * 40, size=80)
    seeds = {
        name: np.array([[macro(one, times) for times in draws] for one in tables[name]]) for name in ("good", "plain")
    }
    point = {name: np.array([macro(one, np.ones(40, dtype=int)) for one in tables[name]]) for name in seeds}
    luck = [own.var(ddof=1) / 3 for own in point.values()]
    samples = seeds["good"].mean(0) - seeds["plain"].mean(0)
    freedom = sum(luck) ** 2 / sum(part**2 / 2 for part in luck)
    samples = samples + np.sqrt(sum(luck)) * np.random.default_rng(0).standard_t(freedom, 80)
    value = point["good"].mean() - point["plain"].mean()
    away = np.abs(samples - value)
    again = {name: [resample(one, 80) for one in tables[name]] for name in seeds}
    row = compare(again, "macro_f1", again["plain"]).table.loc["good"]
    assert row["difference"] == pytest.approx(value)
    assert row["difference_high"] == pytest.approx(value + np.quantile(away, 0.95), abs=1e-6)
    assert row["p"] == pytest.approx((1 + (away >= abs(value)).sum()) / (1 + 80))


# Chance


def rejected(n_trials: int, spread: float, moves: float, n_seeds: int = 3, planted: float = 0.0) -> float:
    """Return in which share of trials any of four configurations was told apart from the reference.

    A seed's score has luck of its own (`spread`), and on each of 60 persons (`moves`).
    """
    rng, told_apart = np.random.default_rng(0), 0
    draws = draws_of(60, 400) / 60
    for _ in range(n_trials):
        own = rng.normal(0, 0.05, (5, 1, 60)) + rng.normal(0, moves, (5, n_seeds, 60))
        persons = 0.5 + own + rng.normal(0, spread, (5, n_seeds, 1))
        persons[1:] += planted
        seeds = {str(n): [made(float(one.mean()), draws @ one) for one in runs] for n, runs in enumerate(persons)}
        told_apart += compare(seeds, "accuracy", seeds["0"]).count(ALIKE) < 4
    return told_apart / n_trials


@pytest.mark.parametrize(
    ("spread", "moves", "n_seeds"), [(0.1, 0.01, 3), (0.0, 0.2, 3), (0.05, 0.2, 5), (0.03, 0.2, 2)]
)
def test_where_nothing_differs_hardly_anything_is_told_apart(spread, moves, n_seeds):
    """On at most 5 % of all pages; 150 trials may show 9 %."""
    assert rejected(150, spread, moves, n_seeds) <= 0.09


def test_a_planted_difference_is_found():
    assert rejected(60, 0.01, 0.1, planted=0.1) > 0.9


def test_three_seeds_that_lie_apart_by_chance_prove_nothing():
    """The usual draw of seeds with replacement finds a difference here, for no such draw ever crosses over."""
    still = np.full(2000, 0.5)
    low, high = ([made(value, still) for value in values] for values in ((0.40, 0.44, 0.47), (0.48, 0.52, 0.55)))
    assert all(first.point["accuracy"] < second.point["accuracy"] for first, second in pairwise([*low[-1:], *high]))
    assert compare({"high": high, "low": low}, "accuracy", low).table.loc["high", "p"] > 0.03
