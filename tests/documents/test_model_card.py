"""A model card has the sections of Mitchell et al. 2019, front matter that others read, and no claim of its own."""

import re

import pytest
import yaml

from core.documents import card_name, model_card
from core.evaluation import evaluate
from core.runs import TEST_ON_TRAINING

SECTIONS = [
    "Model details",
    "Intended use",
    "Factors",
    "Metrics",
    "Evaluation data",
    "Training data",
    "Quantitative analyses",
    "Ethical considerations",
    "Caveats and recommendations",
]


def front_matter(card: str) -> dict:
    """Return what stands between the lines of dashes, read as Hugging Face does: as YAML."""
    return yaml.safe_load(re.match(r"---\n(.*?)\n---\n", card, re.DOTALL)[1])


@pytest.fixture(scope="module")
def card(run):
    return model_card(run)


def test_the_sections_are_those_of_the_paper_in_its_order(card):
    assert re.findall(r"^## (.*)$", card, re.MULTILINE) == SECTIONS


def test_the_front_matter_gives_each_score_its_type_and_value(card, run):
    [model] = front_matter(card)["model-index"]
    [result] = model["results"]
    scores = {metric["name"]: (metric["type"], metric["value"]) for metric in result["metrics"]}
    assert result["task"]["type"] == "image-classification"
    assert scores["Macro-F1"] == ("f1", round(evaluate(run.predictions).macro_f1, 4))
    assert set(scores) >= {"Accuracy", "Weighted F1", "Matthews correlation (MCC)"}


def test_the_front_matter_names_the_dataset_without_its_folders(card, easy, run):
    data = front_matter(card)["model-index"][0]["results"][0]["dataset"]
    assert data == {
        "type": easy.root.name,
        "name": easy.root.name,
        "split": "test",
        "revision": run.config.fingerprint,
    }


def test_no_licence_is_invented(card):
    assert "license" not in front_matter(card)


def test_scores_have_their_intervals(card, run):
    low, high = evaluate(run.predictions).macro_f1_interval
    assert f"[{low:.3f}, {high:.3f}]" in card


def test_what_a_dataset_tells_is_told_only_with_it(run, card, easy):
    assert "images in the dataset" not in card
    assert "| left | 60 |" in model_card(run, easy)


def test_people_who_were_trained_on_too_are_counted(neighbours, easy):
    assert re.search(
        r"\d+% of the test images show a person who is in the training part too", model_card(neighbours, easy)
    )


def test_a_network_of_neighbours_is_its_training_images(neighbours, card):
    sentence = "The network of nearest neighbours is its training images"
    assert sentence in model_card(neighbours)
    assert sentence not in card


def test_a_class_that_was_never_found_is_told(run, written):
    table = run.predictions.assign(p_left=1.0, p_right=0.0, p_top=0.0)
    card = model_card(written(table, run))
    assert "Whoever shows right or top is always taken for something else" in card
    assert "Do not use this model: its macro-F1 is not above" in card


def test_a_mistake_on_purpose_is_not_recommended(trained):
    run = trained(model="knn", order=TEST_ON_TRAINING, values={"model.k": 3})
    card = model_card(run)
    assert "This model is a mistake made to be seen (judged on its training images" in card
    assert "Do not use this model: it is wrong on purpose" in card


def test_few_test_images_lead_to_no_advice_but_to_gather_more(card):
    assert "there are under 30 test images: gather more before deciding" in card or "Do not use this model" in card


def test_hostile_names_stay_words(hostile):
    card = model_card(hostile)
    data = front_matter(card)["model-index"][0]["results"][0]["dataset"]
    assert data["name"].startswith('faces"')
    words = re.sub(r"`[^`]*`", "", re.sub(r"\\.", "", card.split("\n---\n", 1)[1]))  # less what is escaped, and code
    assert "<" not in words


def test_a_hostile_name_does_not_end_its_cell(hostile):
    rows = [line for line in model_card(hostile).splitlines() if line.startswith("| \\<script")]
    assert len(rows) == 2
    assert [len(re.findall(r"(?<!\\)\|", row)) for row in rows] == [4, 9]


def test_no_image_is_named(card, easy):
    assert not any(image.rsplit("/", 1)[-1] in card for image in easy.catalog["image"])


def test_the_file_s_name_names_the_run(run):
    assert card_name(run) == f"model-card-{run.id}.md"
