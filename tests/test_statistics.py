"""What is in a dataset, worked by hand on a small folder with one of each fault."""

import json

import pandas as pd
import pytest
from PIL import Image

from core import statistics
from core.datasets import open_dataset
from core.statistics import describe, headline

LEGEND = """user,image,emotion
ann,Ann_1.jpg,joy
ann,Ann_2.jpg,JOY
bob,Ann_3.jpg,joy
bob,Bob_1.jpg,fear
bob,Bob_1.jpg,fear
ann,Bob_2.jpg,joy
bob,Bob_2.jpg,FEAR
ann,Cy_1.jpg,joy
ann,gone.jpg,joy
ann,Cy_2.jpg,
ann,Dee_1.jpg,joy
"""
"""11 rows: Bob_1 twice, Bob_2 with two labels, Cy_1 is no picture, gone is not there, Cy_2 has no label, and Dee_1 is
a WebP; Eve_1 is in the folder only."""


@pytest.fixture
def faulty(open_folder, as_bytes):
    grey = as_bytes(Image.new("L", (12, 10), 128), "JPEG")
    images = dict.fromkeys(["Ann_1.jpg", "Ann_2.jpg", "Ann_3.jpg", "Bob_1.jpg", "Bob_2.jpg", "Cy_2.jpg"], grey)
    images |= {"Cy_1.jpg": b"no picture", "Eve_1.jpg": grey}
    return open_folder(images | {"Dee_1.jpg": as_bytes(Image.new("RGB", (30, 20)), "WEBP")}, LEGEND)


# The figures that describe prints


@pytest.mark.parametrize(
    ("figure", "value"),
    {
        "n_rows": 11,
        "n_files": 9,
        "n_images": 7,
        "class_counts": {"joy": 7, "fear": 3},
        "raw_labels": {"joy": 6, "fear": 2, "JOY": 1, "FEAR": 1},
        "n_shapes": 2,
        "most_common_shape": {"height": 10, "width": 12, "mode": "L", "count": 7},
        "unlabelled_files": 2,
        "missing_files": 1,
        "unreadable_files": 1,
        "repeated_rows": 2,
        "conflicting_images": 1,
        "annotators": {"ann": 7, "bob": 4},
        "n_persons": 5,
        "imbalance_ratio": 2.33,
    }.items(),
)
def test_describe_counts_as_one_does_by_hand(faulty, figure, value):
    assert describe(faulty)[figure] == value


def test_describe_names_its_dataset(faulty):
    figures = describe(faulty)
    assert (figures["fingerprint"], figures["layout"]) == (faulty.fingerprint, "legend legend.csv")


def test_describe_is_plain_data(faulty):
    assert json.loads(json.dumps(describe(faulty), allow_nan=False)) == describe(faulty)


def test_describe_says_what_was_chosen(make_folder, settings):
    root = make_folder(["a.jpg"], "image,label\na.jpg,JOY\na.jpg,sad")
    cleaning = describe(open_dataset(f"{root}?conflicts=first&apart=JOY&map=sad:fear", settings))["cleaning"]
    assert cleaning == {
        "conflicts": "first",
        "apart": ["JOY"],
        "mapping": {"sad": "fear"},
        "legend": None,
        "columns": {},
    }


def test_describe_says_which_columns_were_read(faulty):
    columns = describe(faulty)["legend_columns"]
    assert columns["roles"] == {"name": "image", "raw_label": "emotion", "annotator": "user"}
    assert (columns["path"], columns["guessed_by"], columns["headerless"]) == ("legend.csv", "name", False)


def test_describe_knows_no_columns_where_each_class_is_a_folder(open_folder):
    assert describe(open_folder(["joy/a.jpg", "fear/b.jpg"]))["legend_columns"] is None


def test_describe_lists_the_sentence_of_each_unreadable_file(faulty):
    [problem] = describe(faulty)["problems"]
    assert problem.startswith("Cy_1.jpg is not a picture")


# The headline


def test_the_headline_counts_only_images_that_are_used(faulty):
    figures = headline(faulty)
    assert (figures.n_images, figures.n_classes, figures.n_persons) == (5, 2, 3)


def test_the_headline_tells_what_always_saying_the_majority_scores(faulty):
    figures = headline(faulty)
    assert (figures.majority, figures.majority_share) == ("joy", 0.8)
    assert figures.majority_macro_f1 == pytest.approx((2 * 0.8 / 1.8 + 0) / 2)


def test_the_headline_names_the_rarest_class(faulty):
    figures = headline(faulty)
    assert (figures.rarest, figures.rarest_count, figures.imbalance_ratio) == ("fear", 1, 4.0)


def test_a_class_without_a_usable_image_is_no_class(open_folder, make_folder):
    make_folder({"b.jpg": b"no picture"})
    figures = headline(open_folder(["a.jpg"], "image,label\na.jpg,joy\nb.jpg,fear"))
    assert (figures.rarest, figures.rarest_count, figures.n_classes) == ("joy", 1, 1)


# Classes


def test_class_counts_are_rows_most_frequent_first(faulty):
    assert statistics.class_counts(faulty).to_dict() == {"joy": 7, "fear": 3}


def test_the_imbalance_ratio_is_the_largest_over_the_smallest():
    assert statistics.imbalance_ratio(pd.Series([30, 10, 4])) == 7.5


def test_rows_are_counted_by_label_and_annotator(faulty):
    table = statistics.by_annotator(faulty).set_index(["label", "annotator"])["rows"]
    assert table.to_dict() == {("fear", "bob"): 3, ("joy", "ann"): 6, ("joy", "bob"): 1}


def test_nobody_is_counted_where_the_legend_names_no_annotator(open_folder):
    assert statistics.by_annotator(open_folder(["a.jpg"], "image,label\na.jpg,joy")).empty


def test_spellings_say_what_each_was_taken_for(faulty):
    table = statistics.spellings(faulty)
    assert table[["raw_label", "label", "rows"]].to_numpy().tolist() == [
        ["joy", "joy", 6],
        ["JOY", "joy", 1],
        ["fear", "fear", 2],
        ["FEAR", "fear", 1],
    ]


def test_spellings_follow_the_choices(make_folder, settings):
    root = make_folder(["a.jpg", "b.jpg"], "image,label\na.jpg,joy\nb.jpg,JOY")
    table = statistics.spellings(open_dataset(f"{root}?apart=JOY", settings))
    assert table[["label", "how"]].to_numpy().tolist() == [["JOY", "kept apart"], ["joy", "as written"]]


def test_images_of_a_class_are_those_that_some_row_gives_it(faulty):
    assert statistics.images_of(faulty, "fear") == ["Bob_1.jpg", "Bob_2.jpg"]


def test_images_of_a_class_can_be_one_annotator_s(faulty):
    assert statistics.images_of(faulty, "joy", "bob") == ["Ann_3.jpg"]


def test_the_catalog_of_a_class_leaves_conflicts_out(faulty):
    assert statistics.catalog_of(faulty, "fear")["image"].tolist() == ["Bob_1.jpg"]
    assert statistics.catalog_of(faulty, None) is faulty.catalog


def test_examples_are_spread_over_the_class(easy):
    images = easy.usable.loc[easy.usable["label"] == "left", "image"].to_list()
    assert statistics.examples(easy, "left", 3) == [images[0], images[29], images[59]]


def test_examples_of_all_classes_come_most_frequent_first(easy):
    found = statistics.examples_by_class(easy, 3)
    assert (list(found), len(found["top"])) == (["left", "right", "top"], 3)


def test_a_small_class_has_fewer_examples(faulty):
    assert statistics.examples(faulty, "fear", 4) == ["Bob_1.jpg"]


def test_an_unknown_class_has_no_examples(faulty):
    assert statistics.examples(faulty, "nothing", 4) == []


# Shapes


def test_shapes_come_commonest_first(faulty):
    assert statistics.shapes(faulty.catalog).to_numpy().tolist() == [[10, 12, "L", 7], [20, 30, "RGB", 1]]


def test_images_of_a_shape_are_found(faulty):
    assert statistics.images_of_shape(faulty.catalog, 30, 20, "RGB") == ["Dee_1.jpg"]
    assert statistics.images_of_shape(faulty.catalog, 20, 30, "RGB") == []


def test_the_summary_of_shapes_starts_with_all_images(faulty):
    table = statistics.shape_summary(faulty.catalog)
    assert table["label"].tolist() == ["all images", "joy", "fear"]
    assert table["images"].tolist() == [8, 4, 1]


def test_the_summary_of_shapes_is_in_pixels_and_shares(faulty):
    row = statistics.shape_summary(faulty.catalog).set_index("label").loc["joy"]
    assert row[["smallest_width", "median_width", "largest_width"]].tolist() == [12, 12, 30]
    assert (row["distinct_shapes"], row["colour"], row["median_aspect_ratio"]) == (2, 0.25, 1.2)


def test_aspect_ratios_are_width_over_height(faulty):
    table = statistics.aspect_ratio_quantiles(faulty.catalog)
    assert table.index.tolist() == ["all images", "joy", "fear"]
    assert table.loc["fear"].tolist() == pytest.approx([1.2] * 5)
    assert table.loc["joy", "high"] == pytest.approx(1.2 + 0.3 * (0.99 * 3 - 2))


def test_formats_are_counted_by_their_bytes(faulty):
    table = statistics.format_counts(faulty.catalog)
    assert table.to_numpy().tolist() == [["L", "JPEG", 7], ["RGB", "WEBP", 1]]


def test_the_images_of_a_spelling_are_those_written_so(open_folder):
    dataset = open_folder(["a.jpg", "b.jpg"], "image,label\na.jpg,JOY\nb.jpg,joy\n")
    assert statistics.images_spelt(dataset, "JOY") == ["a.jpg"]


def test_the_images_of_a_format_are_those_whose_bytes_have_it(open_folder, as_bytes):
    png = as_bytes(Image.new("L", (4, 4)), "PNG")
    jpeg = as_bytes(Image.new("L", (4, 4)), "JPEG")
    dataset = open_folder({"a.jpg": png, "b.jpg": jpeg}, "image,label\na.jpg,joy\nb.jpg,fear\n")
    assert statistics.images_of_format(dataset.catalog, "L", "PNG") == ["a.jpg"]
