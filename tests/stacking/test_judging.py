"""A recipe judged: the members, and all of them together, on people that none saw."""

import json

import pytest
from sklearn.metrics import f1_score

from core.__main__ import main
from core.errors import BadInput
from core.models import MODELS
from core.runs import configure
from core.sampling import SAMPLERS
from core.stacking import MEMBERS, RECIPES, Member, Plan, Recipe, find_recipe, judge

PAIR = Recipe(
    "pair",
    "Two small ones",
    (
        Member("voters", "Voters", "knn", {"images.size": 16, "k": 3}),
        Member("edges", "Edges", "hog_lda", {"images.size": 16}),
    ),
)


@pytest.fixture(scope="module")
def judged(easy, easy_settings):
    """Return what the pair is worth on the easy dataset."""
    return judge(PAIR, Plan(easy, 3, 0, 0), easy_settings)


def test_each_member_is_judged_and_all_of_them_together(judged):
    assert list(judged) == ["voters", "edges", "pair"]


def test_the_scores_are_scikit_learn_s_of_what_is_said(judged):
    together = judged["pair"]
    labels = together.balanced.labels
    said = [labels[code] for code in together.said]
    assert together.balanced.macro_f1 == pytest.approx(f1_score(together.predictions["y_true"], said, average="macro"))


def test_every_image_is_judged_once(judged, easy):
    assert sorted(judged["pair"].predictions["image"]) == sorted(easy.usable["image"])


def test_an_unknown_recipe_lists_the_known_ones():
    with pytest.raises(BadInput, match="no recipe 'best'; the recipes are small, open, faces, shipped"):
        find_recipe("best")


def test_the_command_line_refuses_an_unknown_recipe(capsys):
    assert main(["stack", "demo", "--recipe", "best"]) == 2
    assert "the recipes are" in capsys.readouterr().err


def test_the_verb_prints_the_recipe_and_its_members(easy, easy_settings, monkeypatch, capsys):
    monkeypatch.setenv("NAVARASA_HOME", str(easy_settings.home))
    monkeypatch.setitem(RECIPES, "pair", PAIR)
    assert main(["stack", easy.source, "--recipe", "pair", "--folds", "3"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["recipe"] == "pair" and set(said["members"]) == {"voters", "edges"}
    assert 0 <= said["macro_f1_interval"][0] <= said["macro_f1"] <= said["macro_f1_interval"][1] <= 1


@pytest.mark.parametrize("member", MEMBERS, ids=[member.name for member in MEMBERS])
def test_a_member_is_a_configuration_that_can_be_trained(member):
    config = configure("", "", model=member.model, sampling=member.sampling, loss=member.loss, values=member.values)
    assert config.model in MODELS.names() and config.sampling in SAMPLERS.names()


def test_the_open_recipe_starts_from_no_weights_that_saw_faces():
    assert not any(member.knows_faces for member in RECIPES["open"].members)
