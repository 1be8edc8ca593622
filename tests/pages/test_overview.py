"""The overview: findings, the ledger, and the choices of the clean-up."""

import pytest

from core.datasets import open_dataset
from core.findings import findings
from core.measures import known_measures
from core.settings import Settings
from pages.shared.navigation import title_of
from tests.pages.conftest import button, edit, errors, labels, pictures, text


def found_on_demo(home, demo):
    settings = Settings(home=home)
    return findings(demo, known_measures(demo, settings))


def source(app) -> str:
    return app.session_state["dataset"]


def test_findings_stand_in_the_order_of_their_stake(visit, home, demo):
    said = text(visit("overview"))
    places = [said.find(finding.sentence) for finding in found_on_demo(home, demo)]
    assert places == sorted(places)
    assert min(places) > -1


def test_a_button_shows_and_hides_the_images_behind_a_finding(visit, home, demo):
    first = found_on_demo(home, demo)[0]
    app = visit("overview")
    before = pictures(app)
    app.button(key=f"finding-{first.name}").click().run()
    assert f"Images behind it: {len(first.images):,} images" in text(app)
    assert first.images.iloc[0] in pictures(app)
    button(app, "Hide").click().run()
    assert pictures(app) == before


def test_each_finding_leads_to_its_page(visit, home, demo):
    links = [link.value for link in visit("overview").main.get("page_link")]
    pages = {title_of(finding.page) for finding in found_on_demo(home, demo) if finding.page != "overview"}
    assert pages <= set(links)


def test_a_dataset_without_faults_is_said_to_be_clean(visit, even):
    app = visit("overview", even)
    assert "Nothing was found" in app.success[0].value


def test_poor_pictures_join_the_list_once_every_picture_was_looked_at(visit, even):
    offer = "Duplicates and poor pictures join this list"
    assert offer in text(visit("overview", even))
    visit("quality", even)
    app = visit("overview", even)
    assert offer not in text(app)
    assert "Nothing was found" in app.success[0].value


@pytest.mark.parametrize(
    ("title", "shown", "rows"),
    [("Repeated rows", ["images/e.png", "images/f.png"], 2), ("Conflicting images", ["images/f.png"], 2)],
)
def test_a_selected_line_of_the_ledger_shows_its_images_and_rows(visit, small, title, shown, rows):
    app = visit("overview", small)
    steps = app.dataframe[0].value["step"].to_list()
    place = next(n for n, step in enumerate(steps) if step.startswith(title))
    before = pictures(app)
    app.session_state["ledger"] = {"selection": {"rows": [place], "columns": [], "cells": []}}
    app.run()
    assert pictures(app)[len(before) :] == shown
    assert f"Rows behind “{steps[place]}” ({rows})" in [expander.label for expander in app.expander]


def select(app, title: str):
    """Select the line of the ledger whose title begins so."""
    steps = app.dataframe[0].value["step"].to_list()
    place = next(n for n, step in enumerate(steps) if step.startswith(title))
    app.session_state["ledger"] = {"selection": {"rows": [place], "columns": [], "cells": []}}
    return app.run()


def test_a_line_of_the_ledger_without_rows_says_so(visit, small):
    app = select(visit("overview", small), "Unreadable images")
    assert "No rows." in text(app)
    assert "Unreadable images**: " in text(app)


def test_an_image_with_two_labels_is_shown_with_both(visit, small):
    app = select(visit("overview", small), "Conflicting images")
    assert ">happy or sad</figcaption>" in "".join(sheet.value for sheet in app.html)


@pytest.mark.parametrize(("title", "opened"), [("Conflicting images", True), ("Rows in the legend", False)])
def test_few_rows_are_open_at_once(visit, make_folder, title, opened):
    rows = "".join(f"{n}.jpg,{'ab'[n % 2]}\n" for n in range(30)) + "0.jpg,b\n"
    app = select(visit("overview", make_folder([f"{n}.jpg" for n in range(30)], "image,label\n" + rows)), title)
    [rows_behind] = [one for one in app.expander if one.label.startswith("Rows behind")]
    assert rows_behind.proto.expanded == opened


def test_a_class_named_by_a_number_is_quoted(visit, make_folder):
    app = visit("overview", make_folder([f"{n % 2}/{n}.jpg" for n in range(9)]))
    assert "always says *class '0'* is right" in text(app)


def test_a_spelling_kept_apart_is_a_class_of_its_own(visit, small):
    app = visit("overview", small)
    app.multiselect(key=f"apart-{small}").set_value(["Sad"]).run()
    button(app, "Apply").click().run()
    assert source(app) == f"{small}?apart=Sad"
    assert "5 usable images in 3 classes" in text(app)


def test_a_class_that_is_renamed_becomes_another_one(visit, small):
    app = edit(visit("overview", small), "mapping", {0: {"becomes": "gloomy"}})
    button(app, "Apply").click().run()
    assert source(app) in (f"{small}?map=sad:gloomy", f"{small}?map=happy:gloomy")
    assert "5 usable images in 2 classes" in text(app)


def test_a_class_that_loses_its_name_is_left_out(visit, make_folder):
    rows = "image,emotion\n" + "".join(f"{n}.jpg,{'abc'[n % 3]}\n" for n in range(9))
    folder = make_folder([f"{n}.jpg" for n in range(9)], rows)
    app = edit(visit("overview", folder), "mapping", {0: {"becomes": None}})
    button(app, "Apply").click().run()
    assert "6 usable images in 2 classes" in text(app)


def test_a_conflict_is_settled_by_the_first_row(visit, small):
    app = visit("overview", small)
    assert "5 usable images" in text(app)
    app.radio(key=f"conflicts-{small}").set_value("first").run()
    button(app, "Apply").click().run()
    assert source(app) == f"{small}?conflicts=first"
    assert "6 usable images" in text(app)


def test_nothing_can_be_applied_before_something_is_chosen(visit, small):
    app = visit("overview", small)
    assert button(app, "Apply").disabled
    assert "Undo all of it" not in labels(app)


def test_a_second_choice_keeps_the_first_one(visit, small):
    app = visit("overview", f"{small}?conflicts=first")
    app.multiselect(key=f"apart-{source(app)}").set_value(["Sad"]).run()
    button(app, "Apply").click().run()
    assert source(app) == f"{small}?conflicts=first&apart=Sad"


def test_all_choices_are_undone_with_one_click(visit, small):
    app = visit("overview", f"{small}?conflicts=first&apart=Sad")
    assert "Clean it up another way (2 of your own)" in [expander.label for expander in app.expander]
    button(app, "Undo all of it").click().run()
    assert source(app) == str(small)
    assert "5 usable images in 2 classes" in text(app)


def test_renaming_every_class_to_nothing_is_refused_in_one_sentence(visit, small):
    app = edit(visit("overview", small), "mapping", {0: {"becomes": ""}, 1: {"becomes": ""}})
    button(app, "Apply").click().run()
    assert errors(app) == [
        f"None of the 6 images in {small} can be used. Every label was mapped to none; keep at least one."
    ]


@pytest.mark.parametrize(
    ("choice", "sentence"),
    [
        (
            "colour=red",
            "'colour' is no choice of a dataset; known are conflicts, apart, map, legend, image, label, annotator.",
        ),
        ("conflicts=maybe", "conflicts=maybe is not known; choose one of drop, first, majority."),
        ("map=sad", "map=sad has no colon; write map=LABEL:NEW, such as map=sad:sadness."),
        (
            "label=nothing",
            "legend.csv has no column 'nothing'; its first line is 'image', 'emotion', 'annotator'. "
            "#2 is the second column.",
        ),
    ],
)
def test_a_choice_in_the_link_that_makes_no_sense_is_one_sentence(visit, small, choice, sentence):
    app = visit("overview", f"{small}?{choice}")
    assert errors(app) == [sentence]


def test_a_choice_that_changes_nothing_is_noted(visit, small):
    app = visit("overview", f"{small}?apart=SAD")
    assert "No row is written 'SAD', so keeping it apart changes nothing." in [note.value for note in app.text]


def test_reading_again_sees_a_new_picture(visit, small):
    app = visit("overview", small)
    (small / "legend.csv").write_text((small / "legend.csv").read_text() + "images/g.png,happy,kim\n")
    (small / "images" / "g.png").write_bytes((small / "images" / "a.png").read_bytes())
    button(app, "Read the folder again").click().run()
    assert "6 usable images" in text(app)
    assert len(open_dataset(small, Settings(home=small / "home")).usable) == 6
