"""Whatever a user brings becomes an ordinary folder, once; what cannot is refused in one sentence."""

import io
import os

import pytest

from core.datasets import open_dataset
from core.datasets.imports import ACCEPTED, MARK, as_folder, from_upload, import_notes, import_title
from core.datasets.imports.tables import FORMATS
from core.errors import BadInput


def quiet(what, done, total):
    """Take a report and say nothing."""


def names(folder):
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def test_a_folder_of_images_is_returned_as_it_is(make_folder, imported):
    folder = make_folder(["a.jpg"], "image,label\na.jpg,joy")
    assert imported(folder) == folder


def test_a_folder_of_images_stays_one_whatever_tables_lie_beside_them(make_folder, imported, pixel_table):
    folder = make_folder(["happy/a.jpg", "sad/b.jpg"])
    pixel_table("0,{},Training", name="folder/fer2013.csv")
    assert imported(folder) == folder


def test_a_folder_with_nothing_to_unpack_is_left_to_the_folder_reader(make_folder, imported):
    folder = make_folder({"readme.txt": b"x"}, "image,label\na.jpg,joy")
    assert imported(folder) == folder


def test_a_path_that_is_not_there_is_left_to_the_folder_reader(tmp_path, imported):
    assert imported(tmp_path / "nowhere") == tmp_path / "nowhere"


def test_a_folder_of_tables_is_unpacked_elsewhere(tmp_path, imported, pixel_table, settings):
    pixel_table("0,{},Training", "3,{},Training", name="mine/deep/fer2013.csv")
    folder = imported(tmp_path / "mine")
    assert folder.parent == settings.datasets_dir
    assert names(tmp_path / "mine" / "deep") == ["fer2013.csv"]


def test_hidden_files_are_passed_over(tmp_path, opened, pixel_table):
    pixel_table("0,{},Training", "3,{},Training", name="mine/fer2013.csv")
    pixel_table("5,{},Training", name="mine/.cache/fer2013.csv")
    assert set(opened(tmp_path / "mine").labels) == {"angry", "happy"}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_no_table(tmp_path, imported):
    os.mkfifo(tmp_path / "pipe.csv")
    assert imported(tmp_path) == tmp_path


@pytest.mark.parametrize("name", ["faces.tar.gz", "a.jpg", "faces"])
def test_a_file_of_another_kind_is_refused_with_what_is_accepted(tmp_path, imported, name):
    (tmp_path / name).write_bytes(b"x")
    with pytest.raises(
        BadInput, match=rf"^{name} is .* give a folder of images, a ZIP, a Parquet file .* table of pix"
    ):
        imported(tmp_path / name)


def test_a_legend_given_by_itself_is_refused_with_what_to_give(make_folder, imported):
    folder = make_folder(["a.jpg"], "image,label\na.jpg,joy")
    with pytest.raises(BadInput, match=r"^legend.csv has no column 'pixels'.* give the folder that holds it"):
        imported(folder / "legend.csv")


def test_the_ending_may_be_in_capitals(labels, pixel_table):
    assert set(labels(pixel_table("0,{},Training", "3,{},Training", name="FER2013.CSV")).values()) == {"angry", "happy"}


def test_what_can_be_opened_names_every_kind_of_table():
    assert all(kind.accepted in ACCEPTED for kind in FORMATS)


# --- Once -------------------------------------------------------------------------------------------------------------


def test_the_second_opening_unpacks_nothing(pixel_table, settings):
    table = pixel_table("0,{},Training", "3,{},Training")
    first, reports = as_folder(table, settings, quiet), []
    assert as_folder(table, settings, lambda *report: reports.append(report)) == first
    assert reports == []


def test_a_file_that_changed_is_unpacked_anew(pixel_table, imported):
    first = imported(pixel_table("0,{},Training", "3,{},Training"))
    assert imported(pixel_table("0,{},Training", "3,{},Training", "4,{},Training")) != first


def test_a_folder_whose_table_changed_is_unpacked_anew(tmp_path, pixel_table, imported):
    pixel_table("0,{},Training", "3,{},Training", name="mine/fer2013.csv")
    first = imported(tmp_path / "mine")
    os.utime(tmp_path / "mine" / "fer2013.csv", ns=(1, 1))
    assert imported(tmp_path / "mine") != first


def test_the_name_of_an_import_is_safe_on_any_system(pixel_table, imported):
    table = pixel_table("0,{},Training", "3,{},Training", name="my fer (2013): v2.csv")
    assert imported(table).name.startswith("my_fer_2013_v2-")


# --- What it says of itself -------------------------------------------------------------------------------------------


def test_an_import_knows_its_title(pixel_table, imported):
    assert import_title(imported(pixel_table("0,{},Training", name="my_fer.v2.csv"))) == "my fer.v2"


def test_the_title_of_a_folder_keeps_its_dots(tmp_path, pixel_table, imported):
    pixel_table("0,{},Training", name="fer.2013/fer2013.csv")
    assert import_title(imported(tmp_path / "fer.2013")) == "fer.2013"


def test_an_import_keeps_its_notes(pixel_table, notes):
    assert notes(pixel_table("0,{},Training", "9,{},Training")) == (
        "fer2013.csv: 1 row has an emotion that is none of 0 to 6 and was left out (line 3).",
    )


def test_any_other_folder_has_neither_title_nor_notes(tmp_path):
    assert (import_title(tmp_path), import_notes(tmp_path)) == (None, ())


def test_a_damaged_mark_says_nothing(tmp_path):
    (tmp_path / MARK).write_text("{")
    assert (import_title(tmp_path), import_notes(tmp_path)) == (None, ())


# --- Progress, and its end --------------------------------------------------------------------------------------------


def test_progress_ends_with_all_done(pixel_table, settings):
    reports = []
    as_folder(pixel_table("0,{},a", "3,{},a", "9,{},a"), settings, lambda *report: reports.append(report))
    assert reports[-1] == ("Writing images", 2, 2)


@pytest.mark.parametrize("reason", [KeyboardInterrupt, BrokenPipeError])
def test_a_cancelled_import_leaves_nothing(pixel_table, settings, reason):
    def cancel(what, done, total):
        raise reason

    with pytest.raises(reason):
        as_folder(pixel_table("0,{},Training"), settings, cancel)
    assert names(settings.datasets_dir) == []


def test_a_refused_import_leaves_nothing(pixel_table, imported, settings):
    with pytest.raises(BadInput):
        imported(pixel_table("0,1 2 3,Training"))
    assert names(settings.datasets_dir) == []


def test_a_home_that_cannot_be_written_to_is_named(pixel_table, imported, settings):
    settings.home.write_text("a file where a folder should be")
    with pytest.raises(BadInput, match=r"^fer2013.csv cannot be unpacked into .*datasets .* set NAVARASA_HOME"):
        imported(pixel_table("0,{},Training"))


# --- Uploads ----------------------------------------------------------------------------------------------------------


def test_an_upload_is_unpacked_as_a_file_is(pixel_table, settings):
    table = pixel_table("0,{},Training", "3,{},Test")
    dataset = open_dataset(from_upload("fer2013.csv", table.read_bytes(), settings, quiet), settings)
    assert dataset.labels == ("angry", "happy")


def test_an_upload_may_be_a_stream_that_was_read_before(pixel_table, settings):
    stream = io.BytesIO(pixel_table("0,{},Training", "3,{},Test").read_bytes())
    stream.read()
    assert len(open_dataset(from_upload("fer2013.csv", stream, settings, quiet), settings).usable) == 2


def test_only_the_unpacked_folder_stays_of_an_upload(pixel_table, settings):
    folder = from_upload("fer2013.csv", pixel_table("0,{},Training").read_bytes(), settings, quiet)
    assert names(settings.datasets_dir) == [folder.name]
    assert names(folder) == [MARK, "images", "legend.csv"]


def test_the_same_bytes_are_unpacked_once(pixel_table, settings):
    content = pixel_table("0,{},Training").read_bytes()
    reports = []
    first = from_upload("fer2013.csv", content, settings, quiet)
    assert from_upload("fer2013.csv", content, settings, lambda *report: reports.append(report)) == first
    assert reports == []


def test_an_upload_of_another_kind_is_refused_by_its_name(settings):
    with pytest.raises(BadInput, match=r"^face.png is a file of a kind"):
        from_upload("face.png", b"x", settings, quiet)


@pytest.mark.parametrize("name", ["../../fer2013.csv", "C:\\data\\fer2013.csv", "/etc/fer2013.csv"])
def test_the_path_in_an_upload_s_name_leads_nowhere(pixel_table, settings, name):
    folder = from_upload(name, pixel_table("0,{},Training").read_bytes(), settings, quiet)
    assert folder.parent == settings.datasets_dir
    assert import_title(folder) == "fer2013"


def test_sentences_name_an_upload_as_the_user_does(settings):
    with pytest.raises(BadInput, match=r"^my file.csv has no column 'pixels'"):
        from_upload("my file.csv", b"image,label\na.jpg,joy", settings, quiet)
