"""What each annotator labelled."""

import pytest

from core.annotators import annotator_table, class_mix, mix_tables

LEGEND = "user,image,emotion\n" + "\n".join(
    ["ann,a.jpg,joy", "ann,b.jpg,joy", "ann,c.jpg,fear", "BOB,d.png,JOY", "BOB,gone.jpg,Fear", ",e.jpg,fear"]
)


@pytest.fixture
def dataset(open_folder, as_bytes):
    from PIL import Image

    grey, colour = as_bytes(Image.new("L", (12, 10), 90), "JPEG"), as_bytes(Image.new("RGB", (12, 10), "red"), "PNG")
    return open_folder(
        {name: colour if name == "d.png" else grey for name in ["a.jpg", "b.jpg", "c.jpg", "d.png", "e.jpg"]}, LEGEND
    )


@pytest.fixture
def anonymous(open_folder):
    return open_folder(["a.jpg", "b.jpg"], "image,emotion\na.jpg,joy\nb.jpg,fear")


def test_a_mix_counts_rows_and_shares_by_annotator_and_by_label(dataset):
    rows = class_mix(dataset).to_dict("split")["data"]
    assert rows[0] == ["ann", "joy", 2, pytest.approx(2 / 3), pytest.approx(2 / 3)]
    assert rows[1] == ["ann", "fear", 1, pytest.approx(1 / 3), pytest.approx(1 / 2)]
    assert {tuple(row[:3]) for row in rows[2:]} == {("BOB", "fear", 1), ("BOB", "joy", 1)}


def test_the_shares_of_each_annotator_sum_to_one(dataset):
    assert class_mix(dataset).groupby("annotator")["share"].sum().tolist() == pytest.approx([1, 1])


def test_the_tables_of_a_mix_have_the_classes_in_their_order(dataset):
    shares, rows = mix_tables(class_mix(dataset), ("fear", "joy"))
    assert rows.to_dict("split")["data"] == [[1, 2], [1, 1]]
    assert (list(rows.index), list(rows.columns)) == (["ann", "BOB"], ["fear", "joy"])
    assert shares.loc["ann"].tolist() == pytest.approx([1 / 3, 2 / 3])


def test_a_class_that_nobody_gave_is_a_column_of_zeros(dataset):
    _, rows = mix_tables(class_mix(dataset), ("contempt", "fear", "joy"))
    assert rows["contempt"].tolist() == [0, 0]


def test_an_annotator_of_colour_pictures_in_capitals_stands_out(dataset):
    ann, bob = annotator_table(dataset).to_dict("records")
    assert (ann["colour"], ann["spelling"], ann["spelling_share"]) == (0, "lower case", 1)
    assert (bob["colour"], bob["rows"], bob["classes"]) == (1, 2, 2)


def test_the_commonest_label_comes_with_its_share(dataset):
    ann = annotator_table(dataset).iloc[0]
    assert (ann["annotator"], ann["commonest"]) == ("ann", "joy")
    assert ann["commonest_share"] == pytest.approx(2 / 3)


def test_labels_that_are_as_common_as_each_other_are_a_tie(dataset):
    bob = annotator_table(dataset).iloc[1]
    assert (bob["commonest"], bob["commonest_share"]) == ("tie of 2", 0.5)
    assert bob["spelling"] == "tie of 2"  # JOY and Fear


def test_a_legend_without_annotators_has_an_empty_mix(anonymous):
    mix = class_mix(anonymous)
    assert mix.empty
    assert all(table.empty for table in mix_tables(mix, anonymous.labels))


def test_a_legend_without_annotators_has_an_empty_table(anonymous):
    assert annotator_table(anonymous).empty
