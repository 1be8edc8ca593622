"""The page of one image: what it is, and what every run that was tested on it said."""

from tests.pages.conftest import errors, text


def test_without_an_image_it_leads_to_the_results(visit, runs):
    assert "No image is named" in visit("image").info[0].value


def test_an_image_that_is_not_there_is_one_sentence(visit, runs):
    assert errors(visit("image", image="images/nobody.jpg")) == [
        "Demo (drawn faces) has no image images/nobody.jpg; open the dataset that the link was made on."
    ]


def test_every_run_that_was_tested_on_it_answers(visit, runs):
    tested = set(runs[0].predictions["image"]) & set(runs[1].predictions["image"])
    image = sorted(tested)[0]
    app = visit("image", image=image, run=runs[0].id)
    answers = next(table.value for table in app.dataframe if "p_true" in table.value)
    assert {runs[0].config.title, runs[1].config.title} <= set(answers["title"])
    said = runs[0].predictions.set_index("image").loc[image].filter(like="p_").astype(float).idxmax()
    mine = answers[answers["title"] == runs[0].config.title].iloc[0]
    assert f"p_{mine['said']}" == said
    assert f"run={runs[0].id}" in mine["link"] and f"said={mine['said']}" in mine["link"]


def test_an_image_that_no_run_tested_says_so(visit, small):
    assert "None of the 0 runs on this dataset tested it." in text(visit("image", small, image="images/a.png"))


def test_a_repeated_image_shows_each_labelling(visit, small):
    app = visit("image", small, image="images/f.png")
    labellings = next(table.value for table in app.dataframe if "raw_label" in table.value)
    assert labellings.to_numpy().tolist() == [["happy", "happy", "kim"], ["sad", "sad", "lee"]]


def test_the_facts_of_an_image_are_those_of_the_catalog(visit, small):
    app = visit("image", small, image="images/a.png")
    for fact in ("label: **sad**", "size: **32 x 32 pixels**", "file: **images/a.png**"):
        assert fact in text(app)


def test_the_image_page_has_the_picture(visit, small):
    app = visit("image", small, image="images/a.png")
    assert len(app.get("image")) == 1
