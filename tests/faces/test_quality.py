"""A face that cannot be judged says why, with the score."""

import numpy as np
import pytest

from core.faces import face_quality
from core.faces.quality import THRESHOLDS, FaceQuality
from core.quality import CHECKS

GOOD = FaceQuality(small_score=1, dark_score=0.5, light_score=0.5, blurry_score=0.5)


def shade(level: int, side: int = 64) -> np.ndarray:
    return np.full((side, side), level, np.uint8)


def test_black_is_dark_and_white_is_light():
    black, white = face_quality(shade(0)), face_quality(shade(255))
    assert (black.dark_score, black.light_score) == (0, 1)
    assert (white.dark_score, white.light_score) == (1, 0)


def test_one_shade_has_no_edges():
    assert face_quality(shade(128)).blurry_score == 0


def test_chequers_are_as_sharp_as_can_be():
    chequers = (np.indices((64, 64)).sum(axis=0) % 2 * 255).astype(np.uint8)
    assert face_quality(chequers).blurry_score > 0.99


@pytest.mark.parametrize(("side", "score"), [(16, 0.25), (32, 0.5), (64, 1.0), (350, 1.0)])
def test_size_counts_up_to_64_pixels(side, score):
    assert face_quality(shade(128, side)).small_score == score


def test_the_shorter_side_counts():
    assert face_quality(np.zeros((16, 200), np.uint8)).small_score == 0.25


def test_colour_is_judged_by_its_luminance():
    grey = shade(51)
    assert face_quality(np.dstack([grey] * 3)) == face_quality(grey)


def test_a_good_face_has_no_verdict():
    assert GOOD.verdict() is None


def test_the_verdict_names_each_fault_with_its_score():
    said = FaceQuality(small_score=0.2, dark_score=0.05, light_score=0.95, blurry_score=0.5).verdict()
    assert said.startswith("This face is too small (score 0.20, from 0.3 on is enough) and too dark (score 0.05,")


def test_a_face_upside_down_is_not_upright_whatever_its_landmarks_say():
    landmarks = np.zeros((6, 2))
    landmarks[1] = 1, 0
    found = face_quality(shade(128), landmarks, upside_down=True)
    assert (found.tilted_score, found.issues()) == (0, ("blurry", "tilted"))


def test_thresholds_are_the_caller_s_to_choose():
    assert GOOD.issues({"dark": 0.6, "light": 0.4}) == ("dark",)


def test_every_threshold_belongs_to_a_score():
    assert {f"{check}_score" for check in THRESHOLDS} == set(vars(GOOD))
    assert set(THRESHOLDS) - {"small", "tilted"} <= {check.name for check in CHECKS}


@pytest.mark.parametrize(
    ("eyes", "score"), [((1, 0), 1.0), ((0, 1), 0.5), ((0, -1), 0.5), ((-1, 0), 0.0), ((1, 1), 0.75)]
)
def test_a_face_that_is_not_upright_has_a_low_score(eyes, score):
    landmarks = np.zeros((6, 2))
    landmarks[1] = eyes  # the left eye, seen from the right one
    found = face_quality(np.full((64, 64), 128, np.uint8), landmarks)
    assert found.tilted_score == pytest.approx(score)
    assert ("tilted" in found.issues()) == (score < 0.75)
