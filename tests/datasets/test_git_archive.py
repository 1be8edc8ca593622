"""Unpacking the archive of a commit: what is kept, what is refused; and git's ids, as git itself gives them."""

import stat
import warnings
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest

from core.datasets.git_archive import WrongArchive, git_id, unpack

REAL = Path(__file__).resolve().parents[3] / "shared" / "data" / "facial_expressions"
KEEP = ("images", "LICENSE")


@pytest.fixture
def archived(tmp_path):
    """`archived(files, modes)` is a ZIP with these contents, and Unix modes for some of them."""

    def make(files, modes=None, compress=zipfile.ZIP_STORED):
        with warnings.catch_warnings(), zipfile.ZipFile(tmp_path / "archive.zip", "w") as archive:
            warnings.simplefilter("ignore")  # two entries of one name
            for name, content in files if isinstance(files, list) else files.items():
                info = zipfile.ZipInfo(name)
                info.compress_type, info.external_attr = compress, (modes or {}).get(name, 0) << 16
                archive.writestr(info, content)
        return tmp_path / "archive.zip"

    return make


@pytest.fixture
def unpacked(archived, tmp_path):
    """`unpacked(files, modes)` unpacks such an archive and returns the paths that came out."""

    def make(files, modes=None, limit=1000, **options):
        folder = tmp_path / "out"
        programs = unpack(archived(files, modes, **options), folder, KEEP, limit, lambda done, total: None)
        found = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
        return found, {path.relative_to(folder).as_posix() for path in programs}

    return make


def test_only_what_is_kept_comes_out_without_the_top_folder(unpacked):
    names = ["images/a.jpg", "images-of-others/b.jpg", "LICENSE", "code/images/c.jpg"]
    found, _ = unpacked({"top/": b"", "top/images/": b"", **{f"top/{name}": b"x" for name in names}})
    assert found == {"images/a.jpg", "LICENSE"}


def test_programs_are_told_from_other_files_and_are_no_programs_on_the_disk(unpacked, tmp_path):
    _, programs = unpacked({"top/images/a.jpg": b"a", "top/images/b.jpg": b"b"}, {"top/images/b.jpg": 0o100755})
    assert programs == {"images/b.jpg"}
    assert not (tmp_path / "out/images/b.jpg").stat().st_mode & stat.S_IXUSR


@pytest.mark.parametrize(
    "name",
    ["../evil.jpg", "top/../../evil.jpg", "/evil.jpg", "top/images/./a.jpg", "top//a.jpg", "top/..\\evil.jpg", "C:/a"],
)
def test_a_path_that_leads_elsewhere_is_refused_and_nothing_is_written(unpacked, tmp_path, name):
    with pytest.raises(WrongArchive, match="leads out of its folder"):
        unpacked({"top/images/a.jpg": b"a", name: b"evil"})
    assert [path.name for path in tmp_path.iterdir()] == ["archive.zip"]


def test_a_link_is_refused(unpacked):
    with pytest.raises(WrongArchive, match="'images/a.jpg' in it is a link"):
        unpacked({"top/images/a.jpg": b"/etc/passwd"}, {"top/images/a.jpg": stat.S_IFLNK | 0o777})


@pytest.mark.parametrize("size", [1001, 5_000_000])
def test_more_bytes_than_there_can_be_are_refused_before_they_are_written(unpacked, tmp_path, size):
    with pytest.raises(WrongArchive, match="would unpack to"):
        unpacked({"top/images/a.jpg": bytes(size)}, compress=zipfile.ZIP_DEFLATED)
    assert not (tmp_path / "out").exists()


def test_a_bomb_that_understates_its_size_ends_where_it_said(archived, tmp_path):
    path = archived({"top/images/a.jpg": bytes(1_000_000)}, compress=zipfile.ZIP_DEFLATED)
    path.write_bytes(path.read_bytes().replace((1_000_000).to_bytes(4, "little"), (10).to_bytes(4, "little")))
    with pytest.raises(WrongArchive, match="damaged"):
        unpack(path, tmp_path / "out", KEEP, 1000, lambda done, total: None)
    assert (tmp_path / "out/images/a.jpg").stat().st_size <= 10


@pytest.mark.parametrize(
    ("files", "problem"),
    [
        ([("top/LICENSE", b"1"), ("top/LICENSE", b"2")], "two files of one name"),
        ([("top/images", b"1"), ("top/images/a.jpg", b"2")], "two files of one name"),
        ([("top/LICENSE", b"1"), ("other/LICENSE", b"2")], "exactly one folder"),
        ([], "exactly one folder"),
    ],
)
def test_an_archive_of_another_make_is_refused(unpacked, files, problem):
    with pytest.raises(WrongArchive, match=problem):
        unpacked(files)


def test_an_unusual_way_of_packing_is_refused(unpacked):
    with pytest.raises(WrongArchive, match="unusual way"):
        unpacked({"top/LICENSE": b"free"}, compress=zipfile.ZIP_BZIP2)


def test_whichever_byte_is_changed_an_archive_is_wrong_or_its_files_are_right(archived, tmp_path):
    contents = {"top/images/a.jpg": b"a" * 50, "top/LICENSE": b"free"}
    path = archived(contents, compress=zipfile.ZIP_DEFLATED)
    whole, found = path.read_bytes(), set()
    for position, byte in enumerate(whole):
        path.write_bytes(whole[:position] + bytes([byte ^ 0xFF]) + whole[position + 1 :])
        folder = tmp_path / str(position)
        with suppress(WrongArchive):  # and no other exception
            unpack(path, folder, KEEP, 1000, lambda done, total: None)
            found |= {file.read_bytes() for file in folder.rglob("*") if file.is_file()}
    assert found == set(contents.values())


def test_an_error_of_the_caller_s_report_is_not_taken_for_damage(archived, tmp_path):
    def report(done, total):
        raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        unpack(archived({"top/LICENSE": b"free"}), tmp_path / "out", KEEP, 1000, report)


# Ids


def test_the_empty_file_and_the_empty_folder_have_git_s_well_known_ids(tmp_path):
    (tmp_path / "empty").touch()
    (tmp_path / "folder").mkdir()
    assert git_id(tmp_path / "empty") == "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"
    assert git_id(tmp_path / "folder") == "4b825dc642cb6eb9a060e54bf8d69288fbee4904"


def test_a_folder_has_the_id_that_git_write_tree_gives_it(tmp_path):
    (tmp_path / "a").mkdir()
    for name, content in {"a/f": "x\n", "a.b": "y\n", "a0": "z\n"}.items():  # git's order: a.b, a/, a0
        (tmp_path / name).write_bytes(content.encode())
    assert git_id(tmp_path, programs={tmp_path / "a0"}) == "ae0cbbb0ba210b07f06a25bf410da5fb26ea3d2b"


@pytest.mark.real
@pytest.mark.skipif(not REAL.is_dir(), reason="the real dataset is not at ../shared/data/facial_expressions")
def test_the_real_labels_have_the_id_of_their_commit():
    assert git_id(REAL / "data") == "17014960bb30c061629cc5de9c175034507d5c77"
