"""A ZIP of anything that can be opened is opened; one that is damaged, locked or hostile leaves nothing behind."""

import io
import stat
import struct
import zipfile

import pytest

from core.datasets.imports import archive, from_upload
from core.errors import BadInput


@pytest.fixture
def make_zip(tmp_path, jpeg):
    """`make_zip(files)` is a ZIP of these: names of pictures, or name -> bytes."""

    def make(files, name="faces.zip", packing=zipfile.ZIP_DEFLATED):
        contents = files if isinstance(files, dict) else dict.fromkeys(files, jpeg)
        with zipfile.ZipFile(tmp_path / name, "w", packing) as file:
            for member, content in contents.items():
                file.writestr(member, content)
        return tmp_path / name

    return make


@pytest.fixture
def refused(imported, settings):
    """`refused(path, sentence)` holds if an import of this path is refused so, and leaves nothing."""

    def refused(path, sentence):
        with pytest.raises(BadInput, match=sentence):
            imported(path)
        return not settings.datasets_dir.exists() or list(settings.datasets_dir.iterdir()) == []

    return refused


LEGEND = b"image,label\na.jpg,joy\nb.jpg,fear\n"
TWO_CLASSES = {"joy/a.jpg": "joy", "fear/b.jpg": "fear"}


# --- What may be in it ------------------------------------------------------------------------------------------------


def test_a_legend_and_its_images_are_opened(labels, make_zip, jpeg):
    path = make_zip({"legend.csv": LEGEND, "images/a.jpg": jpeg, "images/b.jpg": jpeg})
    assert labels(path) == {"images/a.jpg": "joy", "images/b.jpg": "fear"}


def test_a_folder_per_class_is_opened(labels, make_zip):
    assert labels(make_zip(["joy/a.jpg", "fear/b.jpg"])) == TWO_CLASSES


def test_a_table_of_pixels_is_unpacked_further(labels, make_zip, pixel_table):
    table = pixel_table("0,{},Training", "3,{},Test").read_bytes()
    assert labels(make_zip({"archive/fer2013.csv": table, "archive/readme.txt": b"x"})) == {
        "images/Training/0000000.png": "angry",
        "images/Test/0000001.png": "happy",
    }


def test_parquet_files_are_unpacked_further(labels, make_zip, parquet_file, images_of):
    def shard(path, label):
        return parquet_file({"image": images_of(path), "label": [label]}, ["angry", "happy"]).read_bytes()

    path = make_zip({"default/train/0000.parquet": shard("a.jpg", 0), "default/test/0000.parquet": shard("b.jpg", 1)})
    assert labels(path) == {"images/train/a.jpg": "angry", "images/test/b.jpg": "happy"}


def test_only_images_and_their_legend_stay_of_tables(imported, make_zip, pixel_table):
    folder = imported(make_zip({"fer2013.csv": pixel_table("0,{},Training", "3,{},Training").read_bytes()}))
    assert sorted(path.name for path in folder.iterdir()) == [".navarasa-import.json", "images", "legend.csv"]


def test_notes_on_the_zip_and_on_its_table_are_both_kept(notes, make_zip, pixel_table):
    table = pixel_table("0,{},Training", "9,{},Training").read_bytes()
    first, second = notes(make_zip({"fer2013.csv": table, "model.h5": b"x"}))
    assert "files of other kinds were left out (1), such as model.h5" in first
    assert "an emotion that is none of 0 to 6" in second


def test_a_zip_within_a_zip_stays_closed_and_is_noted(notes, make_zip):
    assert (
        "holds another ZIP, which was not opened (more.zip)"
        in notes(make_zip(["joy/a.jpg", "fear/b.jpg", "more.zip"]))[0]
    )


def test_a_zip_of_nothing_but_a_zip_is_refused_with_what_to_do(refused, make_zip):
    assert refused(make_zip(["inner.zip"]), r"^faces.zip holds no image file.*\(inner.zip\); unpack it")


@pytest.mark.parametrize("files", [{}, {"readme.txt": b"x"}, {"legend.csv": LEGEND}])
def test_a_zip_without_images_is_refused(refused, make_zip, files):
    assert refused(make_zip(files), r"^faces.zip holds no image file, no Parquet file and no table of pixels")


def test_an_uploaded_zip_is_unpacked(make_zip, settings):
    content = make_zip(["joy/a.jpg", "fear/b.jpg"]).read_bytes()
    folder = from_upload("faces.zip", io.BytesIO(content), settings, lambda *report: None)
    assert sorted(path.name for path in folder.iterdir()) == [".navarasa-import.json", "fear", "joy"]


# --- Where things go --------------------------------------------------------------------------------------------------


def test_folders_that_wrap_all_are_left_away(labels, make_zip):
    assert labels(make_zip(["master/faces/joy/a.jpg", "master/faces/fear/b.jpg"])) == TWO_CLASSES


def test_a_folder_of_a_legend_and_images_is_left_away(labels, make_zip, jpeg):
    path = make_zip({"faces/legend.csv": LEGEND, "faces/a.jpg": jpeg, "faces/b.jpg": jpeg})
    assert labels(path) == {"a.jpg": "joy", "b.jpg": "fear"}


def test_a_single_class_keeps_its_folder(imported, make_zip):
    folder = imported(make_zip(["faces/joy/a.jpg", "faces/joy/b.jpg"]))
    assert (folder / "joy" / "a.jpg").is_file()


def test_folders_whose_names_begin_alike_are_two(labels, make_zip):
    assert set(labels(make_zip(["joy/a.jpg", "joyful/b.jpg"]))) == {"joy/a.jpg", "joyful/b.jpg"}


def test_hidden_files_and_those_of_macos_are_passed_over(labels, notes, make_zip):
    path = make_zip(["joy/a.jpg", "fear/b.jpg", "__MACOSX/joy/._a.jpg", ".DS_Store", "joy/.hidden.jpg", ".git/x.jpg"])
    assert (labels(path), notes(path)) == (TWO_CLASSES, ())


def test_entries_for_folders_are_passed_over(labels, make_zip, jpeg):
    assert labels(make_zip({"joy/": b"", "fear/": b""} | dict.fromkeys(TWO_CLASSES, jpeg))) == TWO_CLASSES


def test_backslashes_part_folders(labels, make_zip):
    assert labels(make_zip(["joy\\a.jpg", "fear\\b.jpg"])) == TWO_CLASSES


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_of_files_with_one_name_the_last_is_taken_and_noted(imported, notes, tmp_path, jpeg):
    with zipfile.ZipFile(tmp_path / "faces.zip", "w") as file:
        for name, content in [("joy/a.jpg", b"old"), ("fear/b.jpg", jpeg), ("joy/a.jpg", b"new")]:
            file.writestr(name, content)
    assert (imported(tmp_path / "faces.zip") / "joy" / "a.jpg").read_bytes() == b"new"
    assert notes(tmp_path / "faces.zip") == (
        "faces.zip: of files with the same name only the last was taken (1 left out).",
    )


# --- Names in other encodings -----------------------------------------------------------------------------------------


def with_raw_names(path, old, new):
    """Write other bytes of the same length for a name, and no flag that says which encoding they are."""
    content = path.read_bytes()
    assert len(old) == len(new)
    path.write_bytes(content.replace(old, new))
    return path


def test_utf_8_names_are_read(labels, make_zip):
    assert set(labels(make_zip(["Freude ü/é.jpg", "悲しみ/b.jpg"]))) == {"Freude ü/é.jpg", "悲しみ/b.jpg"}


def test_utf_8_names_that_do_not_say_so_are_read(labels, notes, make_zip):
    path = with_raw_names(make_zip(["joy/aXX.jpg", "fear/b.jpg"]), b"aXX.jpg", "aé.jpg".encode())
    assert set(labels(path)) == {"joy/aé.jpg", "fear/b.jpg"}
    assert notes(path) == ()


def test_names_in_an_unknown_encoding_stay_readable_and_are_noted(labels, notes, make_zip):
    path = with_raw_names(make_zip(["joy/aX.jpg", "fear/b.jpg"]), b"aX.jpg", "aé.jpg".encode("cp437"))
    assert set(labels(path)) == {"joy/aé.jpg", "fear/b.jpg"}
    assert "names in it are not UTF-8 (1)" in notes(path)[0]


# --- Hostile ones -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["../a.jpg", "joy/../../a.jpg", "/etc/a.jpg", "C:/a.jpg", "C:a.jpg", "..\\a.jpg", "\\\\host\\share\\a.jpg"]
)
def test_a_name_that_leads_out_is_refused(refused, make_zip, name):
    assert refused(make_zip(["joy/b.jpg", name]), r"^faces.zip names a place outside its own folder")


def test_a_link_is_not_followed_and_noted(imported, notes, make_zip, jpeg):
    link = zipfile.ZipInfo("joy/link.jpg")
    link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    path = make_zip({"joy/a.jpg": jpeg, "fear/b.jpg": jpeg, link: b"/etc/passwd"})
    assert sorted(found.name for found in (imported(path) / "joy").iterdir()) == ["a.jpg"]
    assert notes(path) == ("faces.zip: links in it were not followed (1).",)


def test_a_locked_zip_is_refused(refused, make_zip):
    path = make_zip(["joy/a.jpg", "fear/b.jpg"])
    content = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(signature) + offset] |= 1
    path.write_bytes(content)
    assert refused(path, r"^faces.zip is locked with a password \(a.jpg in it is\)")


def test_an_unusual_packing_is_refused(refused, make_zip):
    path = make_zip(["joy/a.jpg", "fear/b.jpg"], packing=zipfile.ZIP_BZIP2)
    assert refused(path, r"^faces.zip is packed in an unusual way")


def test_too_many_bytes_are_refused_before_any_is_written(refused, make_zip, monkeypatch):
    monkeypatch.setattr(archive, "MAX_BYTES", 1000)
    assert refused(make_zip({"joy/a.jpg": bytes(1001)}, packing=zipfile.ZIP_STORED), r"^faces.zip would unpack from")


def test_a_bomb_is_told_by_its_ratio(refused, make_zip, monkeypatch):
    monkeypatch.setattr(archive, "RATIO_FROM", 10**6)
    assert refused(make_zip({"joy/a.jpg": bytes(2 * 10**6)}), r"^faces.zip would unpack from")


def test_a_high_ratio_of_little_is_no_bomb(imported, make_zip):
    assert imported(make_zip({"joy/a.jpg": bytes(2 * 10**6)})).is_dir()


def test_more_than_the_disk_has_is_refused(refused, make_zip, monkeypatch):
    monkeypatch.setattr(archive.shutil, "disk_usage", lambda path: archive.shutil._ntuple_diskusage(10, 9, 1))
    assert refused(make_zip({"joy/a.jpg": b"xx"}), r"^faces.zip needs 0.0 GB and 0.0 GB are free; make room")


def test_too_many_files_are_refused(refused, make_zip, monkeypatch):
    monkeypatch.setattr(archive, "MAX_FILES", 2)
    assert refused(make_zip(["joy/a.jpg", "joy/b.jpg", "joy/c.jpg"]), r"^faces.zip holds 3 files, over the limit of 2")


def test_a_size_that_is_a_lie_is_found_out(refused, make_zip):
    path = make_zip({"joy/a.jpg": bytes(5000)})
    path.write_bytes(path.read_bytes().replace(struct.pack("<L", 5000), struct.pack("<L", 50)))
    assert refused(path, r"^faces.zip is damaged")


# --- Damaged ones -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"no ZIP at all", bytes(100)])
def test_what_is_no_zip_is_refused(refused, tmp_path, content):
    (tmp_path / "faces.zip").write_bytes(content)
    assert refused(tmp_path / "faces.zip", r"^faces.zip is damaged or no ZIP")


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.99])
def test_a_zip_that_is_cut_short_is_refused(refused, make_zip, share):
    path = make_zip([f"joy/{number}.jpg" for number in range(20)])
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    assert refused(path, r"^faces.zip is damaged or no ZIP")


def test_a_file_that_changed_in_it_is_found_by_its_checksum(refused, make_zip, jpeg):
    path = make_zip(["joy/a.jpg", "fear/b.jpg"], packing=zipfile.ZIP_STORED)
    path.write_bytes(path.read_bytes().replace(jpeg, bytes(len(jpeg))))
    assert refused(path, r"^faces.zip is damaged")


def test_a_file_that_is_also_a_folder_is_refused(refused, make_zip):
    why = r"^faces.zip holds 'a.jpg/b.jpg', which cannot be unpacked: a file is named like a folder above it; rename"
    assert refused(make_zip(["joy/a.jpg", "joy/a.jpg/b.jpg"]), why)


def test_a_name_that_is_too_long_is_a_fault_of_the_zip(refused, make_zip):
    why = r"^faces.zip holds 'joy/n{76}', which cannot be unpacked: its name is too long; rename it"
    assert refused(make_zip(["joy/a.jpg", f"joy/{'n' * 300}.jpg"]), why)


def test_a_cancelled_unpacking_leaves_nothing(make_zip, settings):
    def cancel(what, done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        from_upload("faces.zip", make_zip(["joy/a.jpg"]).read_bytes(), settings, cancel)
    assert list(settings.datasets_dir.iterdir()) == []


def test_progress_counts_the_files(make_zip, settings):
    reports = []
    content = make_zip(["joy/a.jpg", "fear/b.jpg"]).read_bytes()
    from_upload("faces.zip", content, settings, lambda *report: reports.append(report))
    assert reports == [("Unpacking", 0, 2), ("Unpacking", 1, 2), ("Unpacking", 2, 2)]
