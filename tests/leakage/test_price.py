"""What a leak is worth: a planted one is found with its certainty, and where there is none none is claimed."""

import sys
from dataclasses import replace

import pandas as pd
import pytest

from core.datasets import open_dataset
from core.errors import BadInput
from core.leakage import known_price, load_price, price
from core.leakage.price import MACRO


@pytest.fixture(scope="module")
def opened(tmp_path_factory, easy_settings):
    """`opened(images)` is the dataset of a folder of these pictures, name -> bytes."""

    def make(images):
        folder = tmp_path_factory.mktemp("portraits")
        for name, content in images.items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_bytes(content)
        return open_dataset(folder, easy_settings)

    return make


@pytest.fixture(scope="module")
def leaky(opened, portraits):
    """Fifty persons of four pictures each: who knows the person knows the label, and nothing else tells it."""
    return opened(portraits(50, 4))


@pytest.fixture(scope="module")
def leak(leaky, easy_settings):
    """The price of the planted leak."""
    return price(leaky, easy_settings)


@pytest.fixture(scope="module")
def sound(opened, portraits, easy_settings):
    """The price of a dataset without a leak: everybody is there once."""
    return price(opened(portraits(120, 1)), easy_settings)


@pytest.fixture
def small(open_folder, portraits):
    """Twelve persons of two pictures each."""
    return open_folder(portraits(12, 2))


# What is found


def test_a_planted_leak_lifts_the_random_split_and_leaves_the_honest_one_near_chance(leak):
    assert leak.f1.loc[MACRO, "random"] > 0.95
    assert leak.f1.loc[MACRO, "person_disjoint"] == pytest.approx(0.5, abs=0.15)


def test_the_interval_of_a_planted_leak_is_above_nothing_in_every_row(leak):
    assert (leak.difference["low"] > 0).all()
    assert ((leak.difference["low"] < leak.difference["difference"]) & leak.difference["high"].gt(0.3)).all()


def test_a_difference_is_random_less_person_disjoint(leak):
    assert leak.difference["difference"].equals(leak.f1["random"] - leak.f1["person_disjoint"])


def test_macro_f1_is_the_mean_of_the_classes(leak):
    assert leak.f1.loc[MACRO].tolist() == pytest.approx(leak.f1.drop(index=MACRO).mean().tolist())


def test_where_everybody_is_there_once_no_leak_is_claimed(sound):
    low, high = sound.difference.loc[MACRO, ["low", "high"]]
    assert low < 0 < high
    assert sound.sentence.endswith("It is clear for no class alone: no interval lies above 0.")


def test_a_class_that_pictures_do_tell_is_found_under_both_splits(easy, easy_settings):
    found = price(easy, easy_settings)
    assert (found.f1 > 0.95).all(axis=None)
    assert (found.difference["low"] <= 0).all()


def test_the_same_seed_gives_the_same_price(leaky, leak, easy_settings):
    again = price(leaky, easy_settings)
    pd.testing.assert_frame_equal(again.difference, leak.difference)
    pd.testing.assert_frame_equal(again.f1, leak.f1)


# In words


def test_the_sentence_names_the_price_and_the_classes_for_which_it_is_clear(leak):
    assert f"{leak.difference.loc[MACRO, 'difference']:+.3f} macro-F1" in leak.sentence.replace("*", "")
    assert all(f"{label} {leak.difference.loc[label, 'difference']:+.3f}" in leak.sentence for label in ("joy", "fear"))


def test_a_class_that_falls_most_and_is_not_clear_is_said_not_to_be(leak):
    rows = {"joy": [0.04, 0.01, 0.07], "fear": [0.2, -0.01, 0.4]}
    difference = pd.DataFrame.from_dict(
        {MACRO: [0.12, 0.02, 0.2]} | rows, "index", columns=["difference", "low", "high"]
    )
    assert replace(leak, difference=difference).sentence.endswith(
        "By class it is clear, as the interval excludes 0, for joy +0.040. The largest, fear +0.200, is not: "
        "its interval includes 0 (-0.010 to +0.400)."
    )


def test_the_table_writes_each_difference_with_its_interval(leak):
    low, high = leak.difference.loc["joy", ["low", "high"]]
    row = leak.table.set_index("class").loc["joy"]
    assert row["its interval (95 %)"] == f"{low:+.3f} to {high:+.3f}"
    assert row["difference"] == row["Random"] - row["Person-disjoint"]


def test_the_table_has_a_row_a_class_below_one_of_all(leak, leaky):
    counts = leaky.usable["label"].value_counts()
    assert leak.table["class"].tolist() == [MACRO, *leaky.labels]
    assert leak.table["images"].tolist() == [200, *counts[list(leaky.labels)]]


def test_splits_that_cannot_be_made_are_named(leak):
    assert list(leak.f1.columns) == ["person_disjoint", "random"]
    assert leak.notes == ("Annotator-disjoint: No image names its annotator; choose another split.",)


# What cannot be done


@pytest.fixture
def three_persons(open_folder, portraits):
    """Three persons, too few for five parts; the third is joy and fear."""
    images = portraits(3, 8, labels=("joy",))
    return open_folder({name.replace("joy/aac", "fear/aac"): content for name, content in images.items()})


def test_without_a_person_disjoint_split_nothing_is_weighed(three_persons, settings):
    found = price(three_persons, settings)
    assert (list(found.f1.columns), len(found.difference)) == (["random"], 0)
    assert "cannot be weighed" in found.sentence


def test_a_table_without_a_difference_still_shows_the_scores(three_persons, settings):
    table = price(three_persons, settings).table
    assert table["Random"].notna().all()
    assert list(table) == ["class", "images", "Random"]


def spoilt(content: bytes) -> bytes:
    """The same picture with a hole in it: its header and its end are in order, so the scan does not notice."""
    return content[:100] + bytes(60) + content[160:]


def test_images_that_cannot_be_decoded_are_left_out(open_folder, portraits, settings):
    images = portraits(12, 2)
    damaged = next(name for name in images if name.startswith("joy/"))
    dataset = open_folder(images | {damaged: spoilt(images[damaged])})
    counts = dataset.usable["label"].value_counts().to_dict()
    assert sum(counts.values()) == 24
    assert price(dataset, settings).support.to_dict() == counts | {"joy": counts["joy"] - 1}


def test_a_dataset_of_which_one_image_can_be_decoded_is_refused(open_folder, portraits, settings):
    first, *others = images = portraits(12, 2)
    dataset = open_folder({first: images[first]} | {name: spoilt(images[name]) for name in others})
    with pytest.raises(BadInput, match="Only 1 of 24 images"):
        price(dataset, settings)


def test_a_large_dataset_is_judged_on_a_sample_of_whole_persons(leaky, easy_settings, monkeypatch):
    monkeypatch.setattr(sys.modules["core.leakage.price"], "MOST_IMAGES", 100)
    found = price(leaky, easy_settings)
    assert found.support.sum() == 100
    assert found.notes[0] == "Of 200 images 100 were used: whole persons, drawn at random."


# Kept


def same(first, second):
    pd.testing.assert_frame_equal(first.f1, second.f1)
    pd.testing.assert_frame_equal(first.difference, second.difference, check_index_type=False)  # it may be empty
    pd.testing.assert_series_equal(first.support, second.support, check_names=False)
    return (first.notes, first.sentence) == (second.notes, second.sentence)


def files(settings):
    return [path.name for path in settings.audits_dir.glob("*")] if settings.audits_dir.exists() else []


def test_a_price_that_was_not_computed_is_not_known(small, settings):
    assert known_price(small, settings) is None


@pytest.mark.parametrize("dataset", ["small", "three_persons"])
def test_a_price_is_read_again_as_it_was(dataset, settings, request):
    dataset = request.getfixturevalue(dataset)
    made = load_price(dataset, settings)
    assert same(made, known_price(dataset, settings))
    assert made.table.equals(known_price(dataset, settings).table)


def test_a_price_is_computed_once(small, settings, monkeypatch):
    made = load_price(small, settings)
    # By this way, because the package's function `price` hides the module of its name.
    monkeypatch.setattr(sys.modules["core.leakage.price"], "price", None)
    assert same(load_price(small, settings), made)


def test_another_labelling_has_a_price_of_its_own(small, settings):
    load_price(small, settings)
    assert known_price(replace(small, fingerprint="f" * 16), settings) is None


@pytest.mark.parametrize("content", [b"", b'{"f1": 3}', b"\xff\xfe", b'{"f1": {"data": [[1]]}}', b"[]"])
def test_a_damaged_file_is_computed_anew(small, settings, content):
    made = load_price(small, settings)
    [name] = files(settings)
    (settings.audits_dir / name).write_bytes(content)
    assert known_price(small, settings) is None
    assert same(load_price(small, settings), made)


# Progress


class Stop(Exception):
    """What a page raises that the visitor has left."""


def test_progress_ends_with_all_images(small, settings):
    reports = []
    price(small, settings, on_progress=lambda done, total: reports.append((done, total)))
    assert reports[0] == (24, 24)  # decoded
    assert reports[-1] == (48, 48)  # tested, once a split


@pytest.mark.parametrize("calls", [1, 2, 11], ids=["decoding", "the first part", "the last part"])
def test_a_cancelled_price_leaves_nothing_half_written(small, settings, calls):
    left = iter(range(calls - 1))

    def stop(done, total):
        if next(left, None) is None:
            raise Stop

    with pytest.raises(Stop):
        load_price(small, settings, stop)
    assert files(settings) == []
    assert not [path for path in settings.home.rglob(".*.*") if path.is_file()]
    assert len(list(settings.pixels_dir.glob("*"))) == (calls > 1)  # whole pixels serve the next one
