"""What a predictor would say of a face that looks a little otherwise, by networks whose answers are known by hand."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

from core.errors import BadInput
from core.predictors import Predictor, probabilities
from core.stability import CHANGES, Stability, changed, stability
from core.training import export_onnx

SIDE = 16
WHOLE = (0, 0, SIDE, SIDE)


def linear(weights, bias):
    """A network whose logit for "light" is a sum of weighted pixels; for "dark" it is 0."""
    model = nn.Sequential(nn.Flatten(), nn.Linear(SIDE * SIDE, 2))
    with torch.no_grad():
        model[1].weight.zero_()
        model[1].weight[1] = torch.as_tensor(weights).flatten()
        model[1].bias.copy_(torch.tensor([0.0, bias]))
    return model


@pytest.fixture
def predictor_of(tmp_path):
    def make(weights, bias=0.0, tau=0.0, priors=(0.5, 0.5)):
        network = tmp_path / "network.onnx"
        export_onnx(linear(np.float32(weights), bias), SIDE, str(network))
        return Predictor("a", "A", ("dark", "light"), SIDE, network, tmp_path, False, tau, 1.0, priors)

    return make


@pytest.fixture
def mean(predictor_of):
    """Says "light" where the mean of the pixels is above a half."""
    return predictor_of(np.full((SIDE, SIDE), 10 / SIDE**2), -5.0)


@pytest.fixture
def left(predictor_of):
    """Says "light" where the left half is lighter than the right."""
    weights = np.full((SIDE, SIDE), 1.0)
    weights[:, SIDE // 2 :] = -1
    return predictor_of(weights)


def plain(grey):
    return np.full((SIDE, SIDE), grey, np.uint8)


def half(bright_left=True):
    picture = np.full((SIDE, SIDE), 50, np.uint8)
    picture[:, : SIDE // 2] = 200
    return picture if bright_left else picture[:, ::-1].copy()


# One change


def test_nothing_changed_is_what_the_card_says(mean):
    noise = np.random.default_rng(0).integers(0, 256, (SIDE, SIDE), np.uint8)
    version = changed(mean, noise, plain(0), WHOLE)
    [shares] = probabilities(mean, noise[None])
    assert (version.seen == noise).all()
    assert version.probabilities == pytest.approx(dict(zip(mean.labels, shares, strict=True)))


def test_the_most_probable_label_comes_first_and_is_the_answer(mean):
    version = changed(mean, plain(250), plain(250), WHOLE)
    assert list(version.probabilities) == ["light", "dark"]
    assert version.answer == "light"


def test_a_fifth_brighter_is_a_fifth_more_and_never_more_than_white(mean):
    seen = np.where(half() > 100, 100, 240).astype(np.uint8)
    assert np.unique(changed(mean, seen, seen, WHOLE, brightness=0.2).seen).tolist() == [120, 255]


def test_a_mirrored_face_has_its_other_half_on_the_left(left):
    version = changed(left, half(), half(), WHOLE, mirror=True)
    assert (version.seen == half(bright_left=False)).all()
    assert (changed(left, half(), half(), WHOLE).answer, version.answer) == ("light", "dark")


def test_a_narrower_cut_shows_the_middle_of_the_square(mean):
    picture = np.zeros((80, 100), np.uint8)
    picture[24:56, 34:66] = 180  # of the square of 40 around (50, 40) the middle 32
    version = changed(mean, plain(0), picture, (30, 20, 40, 40), crop=0.2)
    assert np.unique(version.seen).tolist() == [180]


def test_a_wider_cut_shows_what_lies_around_the_square(mean):
    picture = np.full((80, 80), 90, np.uint8)
    picture[20:60, 20:60] = 200
    seen = changed(mean, plain(200), picture, (20, 20, 40, 40), crop=-0.25).seen  # 50 pixels from 15 on
    assert (seen[0, 0], seen[8, 8]) == (90, 200)


def test_beyond_the_edge_of_the_picture_the_edge_goes_on(mean):
    assert np.unique(changed(mean, plain(70), plain(70), WHOLE, crop=-0.3).seen).tolist() == [70]


def test_a_picture_in_colour_is_cut_as_grey(mean):
    green = np.zeros((SIDE, SIDE, 3), np.uint8)
    green[..., 1] = 100
    # ITU-R 601: luma is 0.587 of green.
    assert np.unique(changed(mean, plain(59), green, WHOLE, crop=0.1).seen).tolist() == [59]


def test_rare_classes_are_weighed_up_where_that_is_asked(predictor_of):
    predictor = predictor_of(np.zeros((SIDE, SIDE)), -1.0, tau=1.0, priors=(0.9, 0.1))
    # Odds of "light" are 1 / e; divided by the priors' 1 / 9 they are 9 / e.
    version = changed(predictor, plain(0), plain(0), WHOLE, rare=True)
    assert version.probabilities["light"] == pytest.approx(9 / np.e / (1 + 9 / np.e), abs=1e-6)


@pytest.mark.parametrize("change", [{"brightness": 0.6}, {"crop": -0.4}, {"crop": float("nan")}])
def test_a_change_out_of_its_range_is_refused(change, mean):
    with pytest.raises(BadInput, match=f"The {next(iter(change))} may change by"):
        changed(mean, plain(0), plain(0), WHOLE, **change)


# All versions


def test_the_versions_are_eighteen_and_the_first_is_unchanged():
    assert len(set(CHANGES)) == 18
    assert CHANGES[0] == (0.0, 0.0, False)


def test_a_face_of_one_grey_changes_its_answer_with_the_light_alone(mean):
    grey = plain(115)  # 0.45: with a fifth more it is 0.54
    found = stability(mean, grey, grey, WHOLE)
    assert (found.answer, found.n_same, found.share) == ("dark", 12, pytest.approx(2 / 3))
    assert set(found.versions.loc[found.versions["brightness"] == 0.2, "answer"]) == {"light"}


def test_the_probability_runs_over_all_versions(mean):
    grey = plain(100)
    found = stability(mean, grey, grey, WHOLE)
    dark = [1 / (1 + np.exp(10 * value / 255 - 5)) for value in (120, 80)]
    assert (found.lowest, found.highest) == (pytest.approx(dark[0], abs=1e-6), pytest.approx(dark[1], abs=1e-6))


def test_one_half_lighter_is_answered_otherwise_in_each_mirrored_version(left):
    found = stability(left, half(), half(), WHOLE)
    assert found.n_same == 9
    assert found.versions.groupby("mirror")["answer"].unique().map(list).to_dict() == {False: ["light"], True: ["dark"]}


def test_what_looks_at_both_sides_anyway_is_not_asked_about_mirrored_versions(left):
    found = stability(replace(left, mirrored=True), half(), half(), WHOLE)
    assert (found.n, found.versions["mirror"].any()) == (9, False)
    assert "cut a tenth narrower or wider)" in found.sentence


def test_each_version_is_what_the_same_change_gives_alone(mean):
    noise = np.random.default_rng(0).integers(0, 256, (50, 40), np.uint8)
    square, seen = (5, 5, 20, 20), noise[5:21, 5:21].copy()
    found = stability(mean, seen, noise, square)
    alone = changed(mean, seen, noise, square, brightness=-0.2, crop=0.1, mirror=True)
    row = found.versions.query("brightness == -0.2 and crop == 0.1 and mirror").iloc[0]
    assert row["probability"] == pytest.approx(alone.probabilities[found.answer], abs=1e-6)


def test_the_sentence_names_the_other_answers(mean):
    sentence = stability(mean, plain(115), plain(115), WHOLE).sentence
    assert sentence.startswith("It says dark of 12 of 18 versions of this face")
    assert "of the others light. The probability of dark runs from 0.40 to 0.80." in sentence


def test_an_answer_that_never_changes_is_said_to_be_of_all_versions():
    steady = Stability("dark", pd.DataFrame({"answer": ["dark"] * 3, "probability": [0.9] * 3, "mirror": [False] * 3}))
    assert steady.sentence.startswith("It says dark of all 3 versions of this face")
    assert steady.sentence.endswith("The probability of dark is 0.90 in each.")
