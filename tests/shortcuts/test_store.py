"""A shortcut test is made once, and read again as it was."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from core.datasets import open_dataset
from core.measures import load_measures
from core.shortcuts import known_shortcut_test, load_shortcut_test, store


@pytest.fixture(scope="module")
def opened(tmp_path_factory, as_bytes, easy_settings):
    """`opened(colour)` is a dataset of 30 joys and 30 fears, noise all of them, its fears in colour or not."""

    def make(colour):
        rng = np.random.default_rng(0)
        folder = tmp_path_factory.mktemp("noise")
        for number in range(60):
            label, first = ("joy", "fear")[number % 2], chr(97 + number // 10) + chr(97 + number % 10)
            shape = (16, 16, 3) if colour and label == "fear" else (16, 16)
            picture = Image.fromarray(rng.integers(0, 256, shape).astype(np.uint8))
            (folder / label).mkdir(exist_ok=True)
            (folder / label / f"{first}_1.png").write_bytes(as_bytes(picture, "PNG"))
        return open_dataset(folder, easy_settings)

    return make


@pytest.fixture(scope="module")
def planted(opened):
    return opened(colour=True)


@pytest.fixture(scope="module")
def measures(planted, easy_settings):
    return load_measures(planted, easy_settings)


def same(first, second):
    """Whether two tests are equal in every figure and every word."""
    for name in ("table", "f1", "null_low", "null_high", "found"):
        pd.testing.assert_frame_equal(getattr(first, name), getattr(second, name), check_names=False)
    assert first.support.to_dict() == second.support.to_dict()
    assert first.majority.f1.to_dict() == second.majority.f1.to_dict()
    plain = ("n_images", "n_sampled", "n_shuffles", "level", "neutralised", "notes")
    return all(getattr(first, name) == getattr(second, name) for name in plain)


def test_a_test_that_was_not_made_is_not_known(planted, settings):
    assert known_shortcut_test(planted, settings) is None


def test_a_test_is_read_again_as_it_was(planted, measures, settings):
    made = load_shortcut_test(planted, measures, settings)
    assert same(made, known_shortcut_test(planted, settings))


def test_the_strongest_cue_is_read_again_with_its_images(planted, measures, settings):
    made = load_shortcut_test(planted, measures, settings).strongest
    kept = known_shortcut_test(planted, settings).strongest
    assert kept.images.to_list() == made.images.to_list()
    assert replace(kept, images=None) == replace(made, images=None)


def test_a_test_that_found_nothing_is_read_again(opened, easy_settings, settings):
    dataset = opened(colour=False)
    made = load_shortcut_test(dataset, load_measures(dataset, easy_settings), settings)
    assert made.strongest is known_shortcut_test(dataset, settings).strongest is None
    assert same(made, known_shortcut_test(dataset, settings))


def test_a_test_is_made_once(planted, measures, settings, monkeypatch):
    made = load_shortcut_test(planted, measures, settings)
    monkeypatch.setattr(store, "shortcut_test", None)
    assert same(load_shortcut_test(planted, measures, settings), made)


def test_the_neutralised_pictures_have_a_test_of_their_own(planted, measures, settings):
    load_shortcut_test(planted, measures, settings)
    assert known_shortcut_test(planted, settings, neutralised=True) is None
    assert load_shortcut_test(planted, measures, settings, neutralised=True).neutralised


def test_another_labelling_has_a_test_of_its_own(planted, measures, settings):
    load_shortcut_test(planted, measures, settings)
    assert known_shortcut_test(replace(planted, fingerprint="f" * 16), settings) is None


def test_a_changed_picture_or_row_has_a_test_of_its_own(planted, measures, settings):
    load_shortcut_test(planted, measures, settings)
    assert known_shortcut_test(replace(planted, state="0" * 16), settings) is None


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b'{"strongest": null}', b'{"strongest": 3}', b"\xff"])
def test_a_damaged_file_is_not_known(planted, measures, settings, content):
    load_shortcut_test(planted, measures, settings)
    [path] = settings.audits_dir.iterdir()
    path.write_bytes(content)
    assert known_shortcut_test(planted, settings) is None


def test_a_damaged_file_is_made_anew(planted, measures, settings):
    made = load_shortcut_test(planted, measures, settings)
    [path] = settings.audits_dir.iterdir()
    path.write_text(path.read_text()[:500])
    assert same(load_shortcut_test(planted, measures, settings), made)
    assert same(known_shortcut_test(planted, settings), made)


@pytest.mark.parametrize("rounds", [1, 40])
def test_a_cancelled_test_leaves_nothing(planted, measures, settings, rounds):
    def stop(done, total):
        if done == rounds:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        load_shortcut_test(planted, measures, settings, on_progress=stop)
    assert not settings.audits_dir.exists()
