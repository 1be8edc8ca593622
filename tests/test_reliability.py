"""How often a predictor is right when it says so, worked out by hand on small tables."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.errors import BadInput
from core.evaluation import evaluate
from core.predictors import Predictor
from core.reliability import answered, reliability


@pytest.fixture
def judged(tmp_path):
    """`judged(rows)` is a predictor of yes and no that was judged on (true label, probability of yes, person)."""

    def make(rows, tau=0.0, priors=(0.5, 0.5), labels=("yes", "no"), **fields) -> Predictor:
        table = pd.DataFrame(rows, columns=["y_true", "p_yes", "person"]).assign(fold=1)
        table["p_no"], table["image"] = 1 - table["p_yes"], [f"{n}.jpg" for n in range(len(table))]
        table = table.astype({"person": "str"})
        table.to_parquet(tmp_path / "predictions.parquet", index=False)
        return Predictor("r", "R", labels, 8, tmp_path / "network.onnx", tmp_path, False, tau, 1.0, priors, **fields)

    return make


def people(n, true, p_yes, first=0):
    """Pictures of n people, one each."""
    return [(true, p_yes, f"person{first + number}") for number in range(n)]


def test_right_answers_are_counted_among_those_that_say_it(judged):
    found = reliability(judged(people(30, "yes", 0.9) + people(10, "no", 0.8, 30) + people(60, "no", 0.1, 40)))
    assert (found["yes"].n_said, found["yes"].n_right, found["yes"].share) == (40, 30, 0.75)
    assert (found["no"].n_said, found["no"].n_right) == (60, 60)


def test_the_interval_is_that_of_the_precision_in_the_evaluation(judged):
    rng = np.random.default_rng(3)
    rows = [(("yes", "no")[n % 2], rng.random(), f"person{n % 40}") for n in range(200)]
    predictor = judged(rows)
    theirs = evaluate(predictor.judged).per_class.loc["yes", ["precision_low", "precision_high"]]
    ours = reliability(predictor)["yes"]
    assert (ours.low, ours.high) == pytest.approx(tuple(theirs), abs=1e-6)


def test_a_wide_interval_is_told_in_tenths(judged):
    found = reliability(judged(people(6, "yes", 0.9) + people(14, "no", 0.9, 6)))["yes"]
    words = f"({10 * found.low:.0f} to {10 * found.high:.0f}; it said so 20 times)."
    assert found.sentence == f"When it says yes of people it never saw, it is right 3 times in 10 {words}"


def test_a_narrow_interval_is_told_in_hundredths(judged):
    found = reliability(judged(people(750, "yes", 0.9) + people(250, "no", 0.9, 750)))["yes"]
    assert "it is right 75 times in 100 (72 to 78; it said so 1,000 times)" in found.sentence


def test_what_was_never_said_is_told_so(judged):
    found = reliability(judged(people(5, "no", 0.1)))["yes"]
    assert found.sentence == "It never said yes of people it never saw."
    assert (found.n_said, np.isnan(found.share), np.isnan(found.low)) == (0, True, True)


def test_never_right_on_ten_people_may_still_be_right_three_times_in_ten(judged):
    found = reliability(judged(people(10, "no", 0.9)))["yes"]
    assert (found.low, found.high) == (0, pytest.approx(1 - 0.025 ** (1 / 10)))
    assert found.sentence.endswith("it was never right (it said so 10 times; at best it is right 3 times in 10).")


def test_ten_pictures_of_one_person_are_one_witness(judged):
    found = reliability(judged([("yes", 0.9, "ann")] * 10 + people(5, "no", 0.1)))["yes"]
    assert found.low == pytest.approx(0.025)
    assert found.sentence.endswith("it was always right, but it said so 10 times of 1 person: too few to know.")


def test_a_share_among_two_people_is_not_told_as_a_share(judged):
    found = reliability(judged([("yes", 0.9, "ann"), ("yes", 0.9, "ann"), ("no", 0.9, "bob")]))["yes"]
    assert found.sentence.endswith("it was right 2 times, but it said so 3 times of 2 persons: too few to know.")


def test_people_may_be_unknown(judged):
    found = reliability(judged([("yes", 0.9, None)] * 10))["yes"]
    assert found.low == pytest.approx(0.025 ** (1 / 10))


def test_an_answer_below_the_confidence_does_not_count(judged):
    rows = people(8, "yes", 0.9) + people(8, "no", 0.6, 8)
    found = reliability(judged(rows), below=0.7)["yes"]
    assert (found.n_said, found.n_right) == (8, 8)
    assert ", at least 70% sure, it " in found.sentence


def test_rare_classes_are_weighed_up_by_tau(judged):
    # log-odds of yes: log(0.3 / 0.7) - log(0.1 / 0.9) = -0.85 + 2.20 > 0
    predictor = judged(people(4, "yes", 0.3), tau=1.0, priors=(0.1, 0.9))
    assert (reliability(predictor)["yes"].n_said, reliability(predictor, rare=True)["yes"].n_said) == (0, 4)


def test_a_split_that_mixes_people_is_not_called_unseen_people(judged):
    predictor = judged(people(4, "yes", 0.9), judged_on="pictures it never saw, some of people it learnt from")
    assert "of pictures it never saw, some of people it learnt from, it " in reliability(predictor)["yes"].sentence


def test_saying_nothing_leaves_the_answers_that_are_surer(judged):
    found = answered(judged(people(90, "yes", 0.9) + people(10, "no", 0.9, 90) + people(100, "no", 0.6, 100)), 0.7)
    assert (found.n, found.n_answered, found.coverage, found.accuracy) == (200, 100, 0.5, 0.9)
    assert found.low < 0.9 < found.high
    assert found.sentence.startswith(
        "Judged on people it never saw, it is at least 70% sure of 50 pictures in 100; of these, 90 in 100 answers are "
        "right ("
    )


def test_without_a_least_confidence_everything_is_answered(judged):
    found = answered(judged(people(3, "yes", 0.9) + people(1, "no", 0.9, 3)))
    assert (found.coverage, found.accuracy) == (1, 0.75)
    assert found.sentence.startswith("Judged on people it never saw, 75 in 100 answers are right (")


def test_nothing_may_be_sure_enough(judged):
    found = answered(judged(people(3, "yes", 0.9)), 0.95)
    assert (found.n_answered, np.isnan(found.accuracy)) == (0, True)
    assert found.sentence == "Judged on people it never saw, it is at least 95% sure of no picture, so it says nothing."


def test_predictions_of_other_labels_are_refused(judged):
    with pytest.raises(BadInput, match="of other labels than its network"):
        reliability(judged(people(3, "yes", 0.9), labels=("no", "yes")))


def test_lost_predictions_are_refused(judged):
    predictor = judged(people(3, "yes", 0.9))
    Path(predictor.folder / "predictions.parquet").unlink()
    with pytest.raises(BadInput, match="missing or damaged"):
        reliability(predictor)
