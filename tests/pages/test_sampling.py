"""The sampling page: strategies side by side, what each makes of the training part, and what a network would see."""

import pandas as pd
import pytest

from tests.pages.conftest import errors, noise, pictures, text

TRAINED = 72
"""Images in the training part of the easy dataset: 42, 21 and 9 of its classes."""


@pytest.fixture
def sampling(visit, easy, easy_settings, monkeypatch):
    """Return a function that opens the page on the easy dataset with these strategies, named as in a link."""
    monkeypatch.setenv("NAVARASA_HOME", str(easy_settings.home))
    return lambda *titles, **link: visit("sampling", easy.source, strategies=list(titles), **link)


def overview(app) -> pd.DataFrame:
    """Return the table with a row a strategy."""
    return app.dataframe[0].value.set_index("strategy")


def cards(app) -> list[str]:
    """Return the titles of the strategies, in the order of their cards."""
    return [heading.value for heading in app.subheader if not heading.value.startswith("Synthesised")]


def sheets(app) -> str:
    """Return all pictures of the page, as HTML."""
    return "".join(sheet.value for sheet in app.html)


def test_a_link_names_the_strategies(sampling):
    assert cards(sampling("Class weights", "Square root")) == ["Class weights", "Square root"]


def test_a_link_to_unknown_strategies_shows_the_usual_ones(sampling):
    app = sampling("nonsense", "<b>")
    assert cards(app) == ["No resampling", "Random under", "Random over", "Class-balanced"]
    assert not errors(app)


def test_an_unknown_strategy_among_known_ones_is_passed_over(sampling):
    assert cards(sampling("Random over", "nonsense")) == ["Random over"]


def test_without_a_strategy_the_page_asks_for_one(sampling):
    app = sampling("Random over")
    app.multiselect(key="strategies").set_value([]).run()
    assert app.info[0].value == "Choose at least one strategy."
    assert not app.dataframe


@pytest.mark.parametrize("title", ["No resampling", "Random under", "Random over", "Augmentation to a target", "SMOTE"])
def test_what_is_kept_copied_changed_and_made_is_what_a_pass_shows(sampling, title):
    row = overview(sampling(title)).loc[title]
    assert row[["unique_after", "copied", "augmented", "synthesised"]].sum() == row["after"]
    assert row["unique_after"] + row["dropped"] == TRAINED


@pytest.mark.parametrize(("title", "shown"), [("No resampling", 72), ("Random under", 27), ("Random over", 126)])
def test_a_pass_is_counted_in_every_table(sampling, title, shown):
    app = sampling(title)
    side_by_side = app.dataframe[-1].value
    assert overview(app).loc[title, "after"] == side_by_side[title].sum() == shown
    assert side_by_side["before"].to_list() == [42, 21, 9]


def test_a_refused_strategy_says_why_and_the_others_stay(sampling):
    app = sampling("GAN images", "Random over")
    assert errors(app) == [
        "No made image is approved for this split; make some on the page Synthesis and approve them."
    ]
    assert cards(app) == ["GAN images", "Random over"]
    assert overview(app).index.to_list() == ["Random over"]


def test_where_all_strategies_are_refused_there_is_nothing_more_to_see(sampling):
    app = sampling("GAN images")
    assert len(errors(app)) == 1
    assert not app.dataframe
    assert not app.header


def test_what_holds_for_every_strategy_is_said_once(sampling):
    warnings = [warning.value for warning in sampling("Random over", "Class weights").warning]
    assert len([warning for warning in warnings if "6 of right" in warning]) == 1


def test_what_a_strategy_alone_does_is_said_on_its_card(sampling):
    app = sampling("No resampling", "Random under")
    assert "Random under leaves 27 of 72 images (37.5%)" in app.warning[1].value
    assert len(app.warning) == 2


def test_too_few_images_to_blend_are_named_and_the_others_stay(visit, make_folder):
    names = {f"{label}/{n}.png": noise(n) for label, count in (("cat", 30), ("dog", 5)) for n in range(count)}
    app = visit("sampling", make_folder(names, name="rare"), strategies=["SMOTE", "Random over"])
    assert len(errors(app)) == 1
    assert "SMOTE looks for 5 neighbours of each dog image" in errors(app)[0]
    assert overview(app).index.to_list() == ["Random over"]


def test_smote_shows_each_blend_between_its_parents(sampling, easy):
    app = sampling("SMOTE")
    assert "Synthesised images between their two parents" in text(app)
    families = pictures(app)[64:]  # the batch comes first
    assert len(families) == 3 * 6  # three of each of the two classes that are filled up
    assert set(families[0::3] + families[2::3]) <= set(easy.usable["image"])
    assert all(name.endswith("of the images beside it") for name in families[1::3])


def test_a_strategy_that_blends_nothing_shows_no_parents(sampling):
    assert "Synthesised images" not in text(sampling("Random over"))


def test_the_batch_that_is_seen_can_be_turned(sampling):
    app = sampling("Random over")
    assert "Batch 1 of 2, 64 images at 48 x 48 pixels" in text(app)
    before = sheets(app)
    app.number_input(key="batch").set_value(2).run()
    assert "Batch 2 of 2, 62 images" in text(app)
    assert sheets(app) != before


def test_the_batch_is_that_of_the_strategy_that_was_chosen(sampling):
    app = sampling("No resampling", "Class weights")
    assert pictures(app)[0] == "left, as it is"
    app.selectbox(key="previewed").set_value("Class weights").run()
    assert pictures(app)[0].startswith("left, weighs 0.")


def test_changed_copies_are_told_from_images_as_they_are(sampling):
    told = pictures(sampling("Augmentation to a target"))
    assert {name.split(", ")[1] for name in told} == {"changed", "as it is"}


def test_a_longer_pass_has_more_batches(sampling):
    app = sampling("Augmentation to a target")
    app.number_input(key="sampling-augment-target").set_value(100).run()
    assert overview(app).loc["Augmentation to a target", "after"] == 300
    assert "Batch 1 of 5" in text(app)


def test_a_batch_past_the_end_of_a_shorter_pass_is_not_asked_for(sampling):
    app = sampling("Augmentation to a target", "Random under")
    app.number_input(key="batch").set_value(100).run()
    app.selectbox(key="previewed").set_value("Random under").run()
    assert not app.exception
    assert "Batch 1 of 1, 27 images" in text(app)
