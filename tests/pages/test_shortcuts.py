"""The shortcuts page: what gives the label away, what the test has seen, and what that is worth."""

import shutil

import pytest

from pages.shared.progress import forget
from tests.pages.conftest import button, errors, labels, noise, pictures, text


@pytest.fixture
def untested(home, demo):
    """Forget every long test that was made of the demo."""
    shutil.rmtree(home / "audits", ignore_errors=True)
    forget(demo.key)


def test_the_planted_cue_is_named_with_its_images(visit, demo):
    app = visit("shortcuts")
    assert "A colour image is disgust" in text(app)
    assert "The images of disgust behind it" in [expander.label for expander in app.expander]
    disgust = demo.usable.loc[demo.usable["label"] == "disgust", "image"]
    assert set(pictures(app)) <= set(disgust)


def test_neutralised_pictures_are_tested_again(visit, untested):
    app = visit("shortcuts")
    button(app, "Neutralise it and test again").click().run()
    assert "Grey and of one size" in text(app)
    assert "Neutralise it and test again" not in labels(app)
    assert "Neutralise it and test again" not in labels(visit("shortcuts"))  # nor after a reload


def test_the_leak_is_weighed_on_demand(visit, untested):
    app = visit("shortcuts")
    button(app, "Weigh it").click().run()
    assert "Seeing the same persons in training is worth" in text(app)
    assert "Weigh it" not in labels(app)
    assert "Weigh it" not in labels(visit("shortcuts"))


def test_what_another_process_tested_is_shown_at_once(visit, untested, demo):
    app = visit("shortcuts")
    button(app, "Neutralise it and test again").click().run()
    button(app, "Weigh it").click().run()
    forget(demo.key)
    assert not {"Neutralise it and test again", "Weigh it"} & set(labels(visit("shortcuts")))


def test_every_image_is_said_to_be_tested_once(visit):
    assert "each part in turn is the test" in text(visit("shortcuts"))


def test_the_other_split_keeps_persons_apart(visit):
    app = visit("shortcuts", **{"leak-split": "Person-disjoint"})
    shares = next(table.value for table in app.dataframe if "person" in table.value)
    assert (shares["person"].dropna() == 0).all()


def test_a_dataset_of_noise_gives_nothing_away(visit, even):
    app = visit("shortcuts", even)
    assert "tell nothing of the label" in text(app)
    assert not [expander for expander in app.expander if "behind it" in expander.label]


def test_a_dataset_without_persons_and_annotators_is_still_tested(visit, make_folder):
    folder = make_folder({f"{label}/{n}.png": noise(n + ord(label)) for label in "ab" for n in range(40)}, name="bare")
    app = visit("shortcuts", folder)
    assert not app.exception
    assert "What the test has seen before" in text(app)
    shares = next(table.value for table in app.dataframe if "person" in table.value)
    assert shares["annotator"].isna().all()


def test_too_few_images_for_a_test_are_said_to_be_too_few(visit, make_folder):
    folder = make_folder({f"{label}/{n}.png": noise(n) for label in "ab" for n in range(2)}, name="few")
    sentence = "4 usable images are too few to split; at least 16 are needed."
    assert errors(visit("shortcuts", folder)) == [sentence, sentence]  # in either part of the page
