"""The annotators page: who labelled what, and a second opinion found, uploaded and corrected."""

import pytest

from tests.pages.conftest import edit, errors, noise, pictures, text

LEGEND = "image,emotion\n" + "".join(f"p{n}.png,{'sadness' if n % 2 else 'anger'}\n" for n in range(8))


@pytest.fixture
def plain_folder(make_folder):
    """Return a folder of eight images in two classes whose legend names no annotator."""
    return make_folder({f"p{n}.png": noise(n) for n in range(8)}, LEGEND, "plain")


def upload(app, content: str, name: str = "second.csv"):
    return app.file_uploader(key="second-upload").upload(name, content.encode(), "text/csv").run()


def metrics(app) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}


def test_a_dataset_without_annotators_says_so(visit, plain_folder):
    app = visit("annotators", plain_folder)
    assert "This dataset does not say who labelled its images." in text(app)
    assert "No second label file lies beside the legend." in text(app)


def test_a_selected_part_of_an_annotator_shows_its_images(visit, small):
    app = visit("annotators", small)
    app.session_state["annotator-mix"] = {"selection": {"points": [{"customdata": ["lee", "happy"]}]}}
    app.run()
    assert "happy, labelled by lee: 2 images" in text(app)
    assert pictures(app) == ["images/d.png", "images/e.png"]


def test_a_file_beside_the_legend_is_compared_at_once(visit, plain_folder):
    (plain_folder / "other.csv").write_text(LEGEND.replace("p0.png,anger", "p0.png,sadness"))
    app = visit("annotators", plain_folder)
    assert app.selectbox(key="second-file").value == "other.csv"
    # 7 of 8 agree; by chance 0.5 x 3/8 + 0.5 x 5/8 = 0.5, so kappa is (0.875 - 0.5) / 0.5
    assert metrics(app) == {"They agree on": "7 of 8", "Cohen's kappa": "0.75"}


def test_a_cell_shows_the_images_on_which_the_two_differ(visit, plain_folder):
    (plain_folder / "other.csv").write_text(LEGEND.replace("p0.png,anger", "p0.png,sadness"))
    app = visit("annotators", plain_folder, **{"second-first": "anger", "second-second": "sadness"})
    assert "anger says the legend, sadness says other.csv: 1 image" in text(app)
    assert pictures(app) == ["p0.png"]


def test_an_upload_is_the_chosen_entry_of_the_menu(visit, plain_folder):
    (plain_folder / "other.csv").write_text(LEGEND.replace("p0.png,anger", "p0.png,sadness"))
    app = upload(visit("annotators", plain_folder), "image,emotion\np1.png,sadness\np3.png,sadness\n")
    menu = app.selectbox(key="second-file")
    assert menu.options == ["other.csv", "second.csv (your upload)"]
    assert menu.index == 1
    assert metrics(app)["They agree on"] == "2 of 2"


def test_a_found_file_can_be_chosen_again_after_an_upload(visit, plain_folder):
    (plain_folder / "other.csv").write_text(LEGEND.replace("p0.png,anger", "p0.png,sadness"))
    app = upload(visit("annotators", plain_folder), "image,emotion\np1.png,sadness\np3.png,sadness\n")
    app.selectbox(key="second-file").select_index(0).run()
    assert metrics(app)["They agree on"] == "7 of 8"


def test_an_upload_that_is_taken_away_leaves_the_found_file(visit, plain_folder):
    (plain_folder / "other.csv").write_text(LEGEND.replace("p0.png,anger", "p0.png,sadness"))
    app = upload(visit("annotators", plain_folder), "image,emotion\np1.png,sadness\n")
    app.file_uploader(key="second-upload").set_value(None).run()
    assert app.selectbox(key="second-file").options == ["other.csv"]
    assert metrics(app)["They agree on"] == "7 of 8"


def test_an_upload_without_a_header_is_read(visit, plain_folder):
    app = upload(visit("annotators", plain_folder), "p0.png,angry\np1.png,sad\np2.png,sad\n")
    assert metrics(app)["They agree on"] == "2 of 3"
    assert "second.csv does not name its columns; its first line was read as a row." in text(app)


def test_a_word_that_is_no_class_is_left_out_until_it_is_mapped(visit, plain_folder):
    app = upload(visit("annotators", plain_folder), "image,emotion\np0.png,furious\np1.png,sadness\np3.png,sadness\n")
    assert metrics(app)["They agree on"] == "2 of 2"
    assert [one.value.replace("\\", "") for one in app.warning] == [
        "1 of 3 rows is left out: 'furious' (1) is no class here."
    ]
    assert next(one for one in app.expander if "words are read" in one.label).proto.expanded
    words = next(table.value for table in app.dataframe if "word" in table.value)
    edit(app, "second-words", {words["word"].to_list().index("furious"): {"label": "anger"}})
    assert metrics(app)["They agree on"] == "3 of 3"
    assert not app.warning


def test_a_word_mapped_in_one_file_does_not_touch_another_of_its_name(visit, plain_folder):
    app = upload(visit("annotators", plain_folder), "image,emotion\np0.png,furious\n")
    edit(app, "second-words", {0: {"label": "anger"}})
    assert metrics(app)["They agree on"] == "1 of 1"
    app = upload(app, "image,emotion\np1.png,sadness\np3.png,sadness\n")
    assert metrics(app)["They agree on"] == "2 of 2"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (
            "image,emotion\nx.png,sad\ny.png,sad\n",
            "None of the 2 rows of second.csv names an image of plain; give labels of the same images, and name its "
            "columns image and label.",
        ),
        ("", "second.csv is empty; its first line should name its columns, such as image,label."),
        ("\0\0\0", "second.csv is not a text file; save it as CSV."),
    ],
)
def test_a_file_that_cannot_be_compared_is_one_sentence(visit, plain_folder, content, sentence):
    assert errors(upload(visit("annotators", plain_folder), content)) == [sentence]


def test_a_file_of_words_that_are_all_unknown_can_still_be_mapped(visit, plain_folder):
    app = upload(visit("annotators", plain_folder), "image,emotion\np0.png,furious\np2.png,furious\n")
    assert not app.exception
    edit(app, "second-words", {0: {"label": "anger"}})
    assert metrics(app)["They agree on"] == "2 of 2"


def test_annotators_who_agree_within_the_legend_are_said_to(visit, make_folder):
    rows = "".join(f"p{n}.png,{'ab'[n % 2]},{who}\n" for n in range(4) for who in ("kim", "lee"))
    folder = make_folder({f"p{n}.png": noise(n) for n in range(4)}, "image,emotion,annotator\n" + rows)
    assert "They agree on all 4 of them." in text(visit("annotators", folder))


def test_annotators_who_differ_within_the_legend_are_compared(visit, small):
    app = visit("annotators", small)
    assert "Images that two annotators of the legend labelled" in text(app)
    assert metrics(app)["They agree on"] == "0 of 1"


def test_a_cell_of_two_annotators_of_the_legend_names_no_second_file(visit, small):
    app = visit("annotators", small, **{"within-first": "happy", "within-second": "sad"})
    assert "happy says the first annotator, sad says the second annotator: 1 image" in text(app)


def test_labels_compared_one_by_one_are_named(visit, plain_folder):
    (plain_folder / "other.csv").write_text(LEGEND.replace("p0.png,anger", "p0.png,sadness"))
    tables = [table.value for table in visit("annotators", plain_folder).dataframe]
    assert any({"label", "both"} <= set(table) and set(table["label"]) == {"anger", "sadness"} for table in tables)
