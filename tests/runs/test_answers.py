"""What many runs said of one image."""

from types import SimpleNamespace

import pandas as pd
import pytest

from core.errors import BadInput
from core.runs.answers import answers_of


class Damaged:
    """A run whose predictions cannot be read."""

    id = "damaged"

    @property
    def predictions(self):
        raise BadInput("damaged")


def run(name: str, p_joy: float, images=("a.png",)):
    predictions = pd.DataFrame(
        {"image": list(images), "person": "Ann", "y_true": "joy", "fold": 0, "p_joy": p_joy, "p_fear": 1 - p_joy}
    )
    return SimpleNamespace(id=name, predictions=predictions, config=SimpleNamespace(title=f"model {name}", plan="plan"))


def test_every_run_that_judged_it_answers_in_its_turn():
    answers = answers_of([run("one", 0.9), run("two", 0.2)], "a.png")
    assert answers[["run", "said", "p_said", "p_true", "right"]].to_numpy().tolist() == [
        ["one", "joy", 0.9, 0.9, True],
        ["two", "fear", 0.8, pytest.approx(0.2), False],
    ]


def test_a_run_that_did_not_judge_it_is_silent():
    assert answers_of([run("one", 0.9, ["b.png"])], "a.png").empty


def test_a_damaged_run_does_not_hide_the_others():
    assert answers_of([Damaged(), run("one", 0.9)], "a.png")["run"].to_list() == ["one"]
