"""A legend is read whoever wrote it; what was odd is noted, what cannot be used is refused in one sentence."""

import pytest

from core.datasets.legend import ROLES, read_legend, read_table
from core.errors import BadInput


@pytest.fixture
def read(tmp_path):
    """`read(content)` is the legend of a file with this content."""

    def read(content, **options):
        path = tmp_path / "legend.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_legend(path, "data/legend.csv", **options)

    return read


def pairs(legend):
    return list(zip(legend.rows["name"], legend.rows["raw_label"], strict=True))


PLAIN = "image,emotion\na.jpg,joy\nb.jpg,FEAR\n"
AS_PLAIN = [("a.jpg", "joy"), ("b.jpg", "FEAR")]


def test_a_plain_legend_is_read_without_a_note(read):
    legend = read(PLAIN)
    assert (pairs(legend), legend.notes) == (AS_PLAIN, ())


def test_labels_stay_as_they_were_written(read):
    assert read("image,label\na.jpg,Very_SAD").rows["raw_label"].tolist() == ["Very_SAD"]


def test_the_real_dataset_s_columns_are_known(read):
    legend = read("user.id,image,emotion\n628,a.jpg,anger\n")
    assert legend.rows[["name", "raw_label", "annotator"]].to_numpy().tolist() == [["a.jpg", "anger", "628"]]


@pytest.mark.parametrize("name", ROLES["name"])
def test_each_known_name_of_the_file_column_is_found(read, name):
    assert read(f"label,{name.upper()}\njoy,a.jpg").rows["name"].tolist() == ["a.jpg"]


@pytest.mark.parametrize("label", ROLES["raw_label"])
def test_each_known_name_of_the_label_column_is_found(read, label):
    assert read(f"image, {label} \na.jpg,joy").rows["raw_label"].tolist() == ["joy"]


@pytest.mark.parametrize("annotator", ROLES["annotator"])
def test_each_known_name_of_the_annotator_column_is_found(read, annotator):
    assert read(f"image,label,{annotator}\na.jpg,joy,7").rows["annotator"].tolist() == ["7"]


def test_a_legend_without_annotators_has_none(read):
    assert read(PLAIN).rows["annotator"].isna().all()


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_taken_from_the_first_line(read, delimiter):
    assert pairs(read(PLAIN.replace(",", delimiter))) == AS_PLAIN


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_any_line_end_is_read(read, end):
    assert pairs(read(PLAIN.replace("\n", end))) == AS_PLAIN


def test_bare_carriage_returns_are_noted(read):
    assert "data/legend.csv" in read(PLAIN.replace("\n", "\r")).notes[0]
    assert "carriage return" in read(PLAIN.replace("\n", "\r")).notes[0]


def test_windows_line_ends_are_not_worth_a_note(read):
    assert read(PLAIN.replace("\n", "\r\n")).notes == ()


def test_a_byte_order_mark_is_skipped_and_noted(read):
    legend = read(b"\xef\xbb\xbf" + PLAIN.encode())
    assert pairs(legend) == AS_PLAIN
    assert "byte-order mark" in legend.notes[0]


@pytest.mark.parametrize("mark", ["utf-16-le", "utf-16-be"])
def test_utf_16_is_read_and_noted(read, mark):
    legend = read(("\ufeff" + PLAIN).encode(mark))
    assert pairs(legend) == AS_PLAIN
    assert "UTF-16" in legend.notes[0]


def test_latin_1_is_read_and_noted(read):
    legend = read("image,label\ncafé.jpg,joie\n".encode("latin-1"))
    assert pairs(legend) == [("café.jpg", "joie")]
    assert "Latin-1" in legend.notes[0]


def test_utf_8_is_read_without_a_note(read):
    legend = read("image,label\ncafé.jpg,喜び\n")
    assert (pairs(legend), legend.notes) == ([("café.jpg", "喜び")], ())


def test_quoted_cells_may_hold_the_delimiter(read):
    assert pairs(read('image,label\n"a,b.jpg",joy\n')) == [("a,b.jpg", "joy")]


def test_short_lines_are_left_out_and_counted(read):
    legend = read("image,label\na.jpg,joy\nb.jpg\nc.jpg,fear\nd.jpg\n")
    assert legend.rows["name"].tolist() == ["a.jpg", "c.jpg"]
    assert "data/legend.csv: 2 lines" in legend.notes[0]


def test_empty_lines_are_passed_over_without_a_note(read):
    legend = read("image,label\n\na.jpg,joy\n,\n\nb.jpg,FEAR\n")
    assert (pairs(legend), legend.notes) == (AS_PLAIN, ())


def test_a_row_knows_its_line_in_the_file(read):
    assert read("image,label\na.jpg,joy\n\nb.jpg,joy\n").rows["line"].tolist() == [2, 4]


def test_an_empty_label_is_missing(read):
    assert read("image,label\na.jpg,\nb.jpg,  \n").rows["raw_label"].isna().tolist() == [True, True]


def test_the_first_line_may_be_blank(read):
    assert pairs(read("\n" + PLAIN)) == AS_PLAIN


@pytest.mark.parametrize("content", [b"", b"\n", b"\xef\xbb\xbf", b",,\n"])
def test_an_empty_legend_is_refused(read, content):
    with pytest.raises(BadInput, match="^data/legend.csv is empty"):
        read(content)


def test_a_legend_without_known_columns_is_refused_with_the_columns_it_has(read):
    with pytest.raises(BadInput, match="^data/legend.csv has the columns 'foo', 'bar', but none for file names"):
        read("foo,bar\n1,joy\n")


def test_only_the_column_that_lacks_is_asked_for(read):
    with pytest.raises(BadInput, match="but none for labels .* such as \\?image=#1&label=#2") as refusal:
        read("image,mood\na.jpg,joy\n", chosen=())
    assert "file names" not in str(refusal.value)


def test_who_cannot_choose_columns_is_not_told_to(read):
    with pytest.raises(BadInput, match="name the columns in its first line, such as image,label\\.$"):
        read("image,mood\na.jpg,joy\n")


def test_a_binary_legend_is_refused(read):
    with pytest.raises(BadInput, match="^data/legend.csv is not a text file"):
        read(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")


def test_utf_16_that_is_cut_short_is_refused(read):
    with pytest.raises(BadInput, match="data/legend.csv"):
        read(PLAIN.encode("utf-16") + b"x")


def test_a_quote_that_never_ends_is_refused(read):
    with pytest.raises(BadInput, match="data/legend.csv"):
        read('image,label\na.jpg,"joy\n' + "b.jpg,joy\n" * 20_000)


def test_a_stray_quote_in_the_middle_is_refused_with_its_line(read):
    with pytest.raises(BadInput, match="data/legend.csv: a quote that opens near line 2 never ends"):
        read('image,label\na.jpg,"joy\nb.jpg,fear\nc.jpg,joy\n')


def test_a_quoted_cell_of_several_lines_is_read_with_the_line_it_opens_in(read):
    legend = read('image,label,comment\na.jpg,joy,"two\nlines"\nb.jpg,FEAR,"one ""more""\n"\n')
    assert (pairs(legend), legend.rows["line"].tolist()) == (AS_PLAIN, [2, 4])


@pytest.mark.parametrize("cells", ['a.jpg,"joy\nb.jpg,fear\nc.jpg,"', '"a.jpg,joy\nb.jpg",fear'])
def test_a_name_or_a_label_of_several_lines_is_refused_with_its_line(read, cells):
    with pytest.raises(BadInput, match=r"^data/legend.csv: a file name or a label that opens in line 3 runs over"):
        read(f"image,label\nx.jpg,joy\n{cells}\n")


# Columns of any name


@pytest.mark.parametrize("header", ["File Name,Label", "FILE-NAME,class name", "file.name,Class_Name", "fname,LABEL"])
def test_case_blanks_dots_and_dashes_do_not_count_in_a_column_s_name(read, header):
    legend = read(PLAIN.replace("image,emotion", header))
    assert (pairs(legend), legend.notes) == (AS_PLAIN, ())


def test_columns_are_told_by_what_they_hold_with_a_note(read):
    legend = read("mood,pic\njoy,a.jpg\nFEAR,b.jpg\n")
    assert pairs(legend) == AS_PLAIN
    assert legend.notes[-1] == (
        "data/legend.csv: the file names are taken from column 'pic' and the labels from column 'mood', by what they "
        "hold."
    )


def test_a_legend_without_a_line_of_names_keeps_its_first_row(read):
    legend = read("7,a.jpg,joy\n7,b.jpg,FEAR\n")
    assert (pairs(legend), legend.rows["line"].tolist()) == (AS_PLAIN, [1, 2])
    assert "does not name its columns; its first line was read as a row" in legend.notes[0]


def test_columns_can_be_chosen(read):
    chosen = (("name", "pic"), ("raw_label", "#3"), ("annotator", "image"))
    legend = read("image,pic,a,b\n7,a.jpg,joy,1\n7,b.jpg,FEAR,2\n", chosen=chosen)
    assert pairs(legend) == AS_PLAIN
    assert legend.rows["annotator"].tolist() == ["7", "7"]


# Tables


def test_a_table_can_be_read_from_bytes():
    lines, notes = read_table(b"a, b\r\n\r\n1,2", "upload.csv")
    assert (lines, notes) == ([(1, ["a", " b"]), (3, ["1", "2"])], [])


def test_an_oddity_of_a_table_is_noted_under_its_name():
    assert read_table(b"a;b\r1;2\r", "upload.csv") == (
        [(1, ["a", "b"]), (2, ["1", "2"])],
        ["upload.csv ends its lines with a bare carriage return (old Mac); it was read all the same."],
    )
