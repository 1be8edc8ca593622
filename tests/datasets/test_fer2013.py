"""A table of pixels becomes pictures and a legend; rows that are none are counted, with the line of the first."""

import numpy as np
import pytest
from PIL import Image

from core.datasets.imports.fer2013 import EMOTIONS, is_pixel_table
from core.errors import BadInput


def test_fer2013_s_numbers_are_its_emotions(labels, pixel_table):
    found = labels(pixel_table(*(f"{number},{{}},Training" for number in range(7))))
    assert [found[f"images/Training/000000{number}.png"] for number in range(7)] == list(EMOTIONS)


def test_the_usage_is_the_folder(labels, pixel_table):
    found = labels(pixel_table("0,{},Training", "3,{},PublicTest", "3,{},PrivateTest"))
    assert sorted(found) == [
        "images/PrivateTest/0000002.png",
        "images/PublicTest/0000001.png",
        "images/Training/0000000.png",
    ]


def test_the_legend_says_the_split(imported, pixel_table):
    legend = (imported(pixel_table("0,{},Training", "3,{},PublicTest")) / "legend.csv").read_text()
    assert legend.splitlines() == [
        "image,label,split",
        "images/Training/0000000.png,angry,Training",
        "images/PublicTest/0000001.png,happy,PublicTest",
    ]


@pytest.mark.parametrize("side", [8, 48, 100])
def test_the_pixels_of_a_square_come_out_as_they_went_in(imported, pixel_table, side):
    pixels = np.random.default_rng(0).integers(0, 256, (side, side))
    folder = imported(pixel_table(f"0,{' '.join(map(str, pixels.ravel()))},Training"))
    with Image.open(folder / "images/Training/0000000.png") as image:
        assert (image.format, image.mode) == ("PNG", "L")
        assert np.array_equal(np.asarray(image), pixels)


def test_black_and_white_are_within_the_range(labels, pixel_table):
    black, white = " ".join(["0"] * 64), " ".join(["255"] * 64)
    assert len(labels(pixel_table(f"0,{black},a", f"3,{white},a"))) == 2


@pytest.mark.parametrize(
    "header",
    ["Emotion,Pixels,USAGE", "emotion, pixels, Usage", '"emotion","pixels","Usage"', "\ufeffemotion,pixels,Usage"],
)
def test_the_header_may_be_written_in_other_ways(labels, pixel_table, header):
    assert set(labels(pixel_table("0,{},Training", "3,{},Test", header=header)).values()) == {"angry", "happy"}


def test_columns_may_come_in_any_order_and_cells_in_quotes(labels, pixel_table):
    found = labels(pixel_table('Training,"3","{}",x', 'Training,"4","{}",y', header="Usage,emotion,pixels,more"))
    assert set(found.values()) == {"happy", "sad"}


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_any_line_end_is_read(labels, pixel_table, end):
    table = pixel_table("0,{},Training", "3,{},Training")
    table.write_bytes(table.read_bytes().replace(b"\n", end.encode()))
    assert len(labels(table)) == 2


def test_another_delimiter_is_taken_from_the_first_line(labels, pixel_table):
    assert len(labels(pixel_table("0;{};Training", "3;{};Training", header="emotion;pixels;Usage"))) == 2


def test_emotions_may_be_words(labels, pixel_table):
    assert set(labels(pixel_table("joy,{},a", "FEAR,{},a")).values()) == {"joy", "fear"}


def test_numbers_of_another_column_are_classes_of_that_name(labels, pixel_table):
    assert set(labels(pixel_table("0,{},a", "7,{},a", header="label,pixels,split")).values()) == {"0", "7"}


def test_a_number_may_have_an_empty_fraction(labels, pixel_table):
    assert set(labels(pixel_table("0.0,{},a", "3.0,{},a")).values()) == {"angry", "happy"}


def test_without_splits_the_table_s_name_is_the_split(labels, pixel_table):
    found = labels(pixel_table("0,{}", "3,{}", header="emotion,pixels", name="train.csv"))
    assert sorted(found) == ["images/train/0000000.png", "images/train/0000001.png"]


def test_a_split_cannot_lead_out_of_the_folder(labels, pixel_table):
    assert sorted(labels(pixel_table("0,{},../../x", "3,{},a/b"))) == [
        "images/a_b/0000001.png",
        "images/x/0000000.png",
    ]


def test_an_empty_label_leaves_the_image_without_one(opened, pixel_table):
    dataset = opened(pixel_table("0,{},a", ",{},a", "3,{},a"))
    assert (len(dataset.catalog), len(dataset.usable)) == (3, 2)


def test_no_person_is_read_from_the_names(opened, pixel_table):
    assert opened(pixel_table("0,{},a", "3,{},a", "3,{},a")).catalog["person"].isna().all()


# --- Rows that are none -----------------------------------------------------------------------------------------------

BAD = {
    "a number of pixels that makes no square picture": "0,1 2 3,a",
    "a pixel that is not from 0 to 255": "0," + " ".join(["256"] * 64) + ",a",
    "a pixel that is no whole number": "0," + " ".join(["x"] * 64) + ",a",
    "an emotion that is none of 0 to 6": "7,{},a",
    "too many or too few columns": "0,{}",
}


@pytest.mark.parametrize(("reason", "line"), BAD.items())
def test_a_bad_row_is_left_out_and_named(notes, pixel_table, reason, line):
    assert notes(pixel_table("0,{},a", line, "3,{},a")) == (
        f"fer2013.csv: 1 row has {reason} and was left out (line 3).",
    )


@pytest.mark.parametrize(("reason", "line"), BAD.items())
def test_a_table_of_bad_rows_is_refused_with_line_and_reason(imported, pixel_table, reason, line):
    with pytest.raises(BadInput, match=rf"^fer2013.csv has no row that can be used \(line 2 has {reason}\)"):
        imported(pixel_table(line))


@pytest.mark.parametrize("pixel", ["-1", "1e2", "4.5", "4294967297", "99999999999999999999"])
def test_no_odd_number_passes_for_a_pixel(notes, pixel_table, pixel):
    line = f"0,{' '.join([pixel] * 64)},a"
    assert notes(pixel_table("0,{},a", line))[0].startswith("fer2013.csv: 1 row has a pixel that is n")


def test_an_emotion_of_thousands_of_digits_is_none_of_the_known(notes, pixel_table):
    told = notes(pixel_table("0,{},Training", f"{'9' * 5_000},{{}},Training"))
    assert told == ("fer2013.csv: 1 row has an emotion that is none of 0 to 6 and was left out (line 3).",)


def test_several_bad_rows_are_counted_by_reason(notes, pixel_table):
    assert notes(pixel_table("8,{},a", "0,{},a", "9,{},a", "0,,a")) == (
        "fer2013.csv: 2 rows have an emotion that is none of 0 to 6 and were left out (the first is line 2).",
        "fer2013.csv: 1 row has a number of pixels that makes no square picture and was left out (line 5).",
    )


def test_lines_are_counted_as_an_editor_does(notes, pixel_table):
    assert notes(pixel_table("0,{},a", "", "0,{}", "0,{},a", "", "9,{},a"))[0].endswith("left out (line 7).")


def test_empty_lines_are_passed_over_without_a_note(notes, pixel_table):
    assert notes(pixel_table("", "0,{},a", "", "3,{},a", "")) == ()


def test_a_table_without_rows_is_refused(imported, pixel_table):
    with pytest.raises(BadInput, match=r"^fer2013.csv "):
        imported(pixel_table())


def test_a_table_without_labels_is_refused(imported, pixel_table):
    with pytest.raises(BadInput, match=r"^test.csv has pixels but no column for labels"):
        imported(pixel_table("{}", header="pixels", name="test.csv"))


def test_a_table_whose_labels_are_all_empty_is_refused(imported, pixel_table):
    with pytest.raises(BadInput, match=r"^fer2013.csv gives no image a label"):
        imported(pixel_table(",{},a"))


# --- Several tables ---------------------------------------------------------------------------------------------------


def test_tables_without_splits_are_one_split_each(tmp_path, labels, pixel_table):
    pixel_table("0,{}", header="emotion,pixels", name="mine/train.csv")
    pixel_table("3,{}", header="emotion,pixels", name="mine/dev.csv")
    assert labels(tmp_path / "mine") == {"images/dev/0000000.png": "happy", "images/train/0000000.png": "angry"}


def test_a_table_with_splits_has_the_others_already(tmp_path, labels, notes, pixel_table):
    pixel_table("0,{},Training", "3,{},Test", name="mine/icml_face_data.csv")
    pixel_table("0,{}", header="emotion,pixels", name="mine/train.csv")
    assert len(labels(tmp_path / "mine")) == 2
    assert notes(tmp_path / "mine") == ("train.csv was not read: icml_face_data.csv has all splits.",)


def test_a_table_without_labels_beside_others_is_noted(tmp_path, notes, pixel_table):
    pixel_table("0,{}", header="emotion,pixels", name="mine/train.csv")
    pixel_table("{}", header="pixels", name="mine/test.csv")
    assert notes(tmp_path / "mine") == ("test.csv was not read: it has no column for labels.",)


@pytest.mark.parametrize("content", [b"", b"\n", b"image,label\n", b"\x89PNG\r\n\x1a\n\0\0", b"pixel,emotion\n"])
def test_what_names_no_pixels_is_no_table_of_pixels(tmp_path, content):
    (tmp_path / "a.csv").write_bytes(content)
    assert not is_pixel_table(tmp_path / "a.csv")
