"""Finding image files and reading their headers; what was read once is not opened again."""

import errno
import importlib
import os
import sys

import pytest
from PIL import Image

from core.datasets import open_dataset
from core.datasets.scan import find_files, scan
from core.errors import BadInput

module = importlib.import_module("core.datasets.scan")  # the package binds that name to the function


@pytest.fixture
def scans(tmp_path):
    return tmp_path / "scans"


@pytest.fixture
def opened(monkeypatch):
    """The names of the files whose header was read, in order."""
    names = []
    real = module._header
    monkeypatch.setattr(module, "_header", lambda root, image, *more: names.append(image) or real(root, image, *more))
    return names


@pytest.fixture
def refuse(monkeypatch):
    """`refuse("b", "d")`: from here on, folders of these names cannot be listed, as if by another user."""

    def forbid(*names):
        real = os.scandir

        def scandir(folder):
            if os.path.basename(folder) in names:
                raise PermissionError(errno.EACCES, "Permission denied", str(folder))
            return real(folder)

        monkeypatch.setattr(os, "scandir", scandir)

    return forbid


def test_only_image_files_are_found(make_folder):
    root = make_folder(["a.jpg", "b.PNG", "c.webp", "notes.txt", "legend.csv", "noextension"])
    assert find_files(root)["image"].tolist() == ["a.jpg", "b.PNG", "c.webp"]


def test_files_are_found_at_any_depth_in_order(make_folder):
    assert find_files(make_folder(["z.jpg", "b/c/x.jpg", "a/y.jpg"]))["image"].tolist() == [
        "a/y.jpg",
        "b/c/x.jpg",
        "z.jpg",
    ]


@pytest.mark.parametrize("name", [".hidden.jpg", ".git/a.jpg", "__MACOSX/a.jpg", "x/._a.jpg"])
def test_what_systems_hide_in_folders_is_no_image(make_folder, name):
    assert find_files(make_folder([name, "a.jpg"]))["image"].tolist() == ["a.jpg"]


def test_a_folder_that_links_to_itself_is_not_followed(make_folder):
    root = make_folder(["a.jpg"])
    (root / "loop").symlink_to(root)
    assert find_files(root)["image"].tolist() == ["a.jpg"]


def test_a_folder_named_like_an_image_is_a_folder(make_folder):
    assert find_files(make_folder(["odd.jpg/a.jpg"]))["image"].tolist() == ["odd.jpg/a.jpg"]


def test_the_header_gives_size_mode_and_true_format(make_folder, scans, as_bytes):
    root = make_folder({"a.jpg": as_bytes(Image.new("RGB", (30, 20)), "WEBP")})
    row = scan(root, scans, 64).iloc[0]
    assert row[["width", "height", "mode", "format"]].tolist() == [30, 20, "RGB", "WEBP"]
    assert row["n_bytes"] == (root / "a.jpg").stat().st_size


def test_a_readable_file_has_no_problem(make_folder, scans):
    assert scan(make_folder(["a.jpg"]), scans, 64)["problem"].isna().all()


def test_an_unreadable_file_has_a_problem_and_no_size(make_folder, scans):
    row = scan(make_folder({"a.jpg": b"not a picture", "b.jpg": b""}), scans, 64)
    assert row["problem"].str.startswith(("a.jpg is not a picture", "b.jpg is empty")).all()
    assert row[["width", "height", "mode", "format"]].isna().all(axis=None)


def test_a_second_scan_opens_no_file(make_folder, scans, opened):
    root = make_folder({"a.jpg": b"", **dict.fromkeys(["b.jpg", "c.jpg"], b"no picture")})
    first = scan(root, scans, 64)
    opened.clear()
    assert scan(root, scans, 64).equals(first)
    assert opened == []


def test_only_a_changed_file_is_read_again(make_folder, scans, as_bytes, opened):
    root = make_folder(["a.jpg", "b.jpg"])
    scan(root, scans, 64)
    (root / "b.jpg").write_bytes(as_bytes(Image.new("L", (7, 5)), "PNG"))
    opened.clear()
    assert scan(root, scans, 64)["width"].tolist() == [12, 7]
    assert opened == ["b.jpg"]


def test_a_file_with_another_time_is_read_again(make_folder, scans, opened):
    root = make_folder(["a.jpg"])
    scan(root, scans, 64)
    os.utime(root / "a.jpg", (1, 1))
    scan(root, scans, 64)
    assert opened == ["a.jpg", "a.jpg"]


def test_a_file_that_others_may_read_now_is_read_again(make_folder, scans, opened):
    root = make_folder(["a.jpg"])
    scan(root, scans, 64)
    (root / "a.jpg").chmod(0o640)
    scan(root, scans, 64)
    assert opened == ["a.jpg", "a.jpg"]


def test_a_scan_of_an_older_version_is_not_used(make_folder, scans, opened, monkeypatch):
    root = make_folder(["a.jpg"])
    scan(root, scans, 64)
    monkeypatch.setattr(module, "VERSION", 0)
    scan(root, scans, 64)
    assert opened == ["a.jpg", "a.jpg"]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere every name of a folder is text")
def test_a_folder_whose_name_is_no_text_is_refused(make_folder, settings):
    root = make_folder(["joy/a.jpg", "fear/b.jpg"], name=os.fsdecode(b"caf\xe9"))
    with pytest.raises(BadInput, match=r"^The name of the folder '.*caf\\udce9' is no text in UTF-8; rename it.$"):
        open_dataset(root, settings)


def test_a_scan_that_was_kept_but_is_damaged_is_made_anew(make_folder, scans):
    root = make_folder(["a.jpg"])
    first = scan(root, scans, 64)
    [kept] = scans.iterdir()
    kept.write_bytes(kept.read_bytes()[:50])
    assert scan(root, scans, 64).equals(first)


def test_a_new_file_is_read_and_a_deleted_one_forgotten(make_folder, scans):
    root = make_folder(["a.jpg", "b.jpg"])
    scan(root, scans, 64)
    (root / "a.jpg").rename(root / "z.jpg")
    again = scan(root, scans, 64)
    assert again["image"].tolist() == ["b.jpg", "z.jpg"]
    assert again["width"].tolist() == [12, 12]


def test_another_limit_reads_the_folder_anew(make_folder, scans):
    root = make_folder(["a.jpg"])
    assert scan(root, scans, 64)["problem"].isna().all()
    assert scan(root, scans, 0.0001)["problem"].str.contains("over the limit").all()


def test_progress_ends_with_all_files_done(make_folder, scans, monkeypatch):
    monkeypatch.setattr(module, "_REPORT_EVERY", 2)
    seen = []
    scan(make_folder([f"{n}.jpg" for n in range(5)]), scans, 64, lambda done, total: seen.append((done, total)))
    assert seen == [(2, 5), (4, 5), (5, 5)]


def test_a_second_scan_has_no_progress_to_report(make_folder, scans):
    root, seen = make_folder(["a.jpg"]), []
    scan(root, scans, 64)
    scan(root, scans, 64, lambda done, total: seen.append(done))
    assert seen == []


def test_the_types_of_columns_do_not_depend_on_what_was_known(make_folder, scans):
    root = make_folder({"a.jpg": b"no"})
    assert scan(root, scans, 64).dtypes.equals(scan(root, scans, 64).dtypes)


def test_who_breaks_off_a_scan_leaves_nothing_behind(make_folder, scans):
    def stop(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        scan(make_folder(["a.jpg"]), scans, 64, stop)
    assert not scans.exists()


# What Pillow alone decides


def test_a_format_that_only_pillow_reads_is_read(make_folder, scans, as_bytes):
    rows = scan(make_folder({"a.gif": as_bytes(Image.new("P", (30, 20)), "GIF")}), scans, 64)
    assert rows[["width", "height", "mode", "format"]].iloc[0].tolist() == [30, 20, "P", "GIF"]


CUT = ("bmp", "gif", "jpeg", "png", "tiff")


def test_a_file_that_is_cut_short_is_refused(make_folder, scans, as_bytes):
    noise = Image.effect_noise((64, 64), 90)
    root = make_folder({f"a.{kind}": as_bytes(noise, kind)[:-200] for kind in CUT})
    problems = scan(root, scans, 64)["problem"]
    assert problems.str.match(r"a\.\w+ is damaged or cut short").tolist() == [True] * len(CUT)


def test_a_picture_over_the_limit_is_refused_with_its_size(make_folder, scans):
    [problem] = scan(make_folder(["a.jpg"]), scans, 0.0001)["problem"]
    assert problem.startswith("a.jpg is 12 x 10 pixels")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_not_waited_for(make_folder, scans):
    root = make_folder()
    os.mkfifo(root / "a.jpg")
    assert scan(root, scans, 64)["problem"].str.startswith("a.jpg is empty").all()


# Folders that cannot be listed or are not followed


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        (["joy"], "The folder joy is a link, which is not followed, so its images are left out; copy it here."),
        (list("edcba"), "5 folders are links, which are not followed: a, b, c and 2 more; copy them here"),
    ],
)
def test_links_to_folders_are_named(make_folder, names, sentence):
    elsewhere, root = make_folder(["a.jpg"], name="elsewhere"), make_folder(["b.jpg"])
    for name in names:
        (root / name).symlink_to(elsewhere)
    files = find_files(root)
    assert files["image"].tolist() == ["b.jpg"]
    assert files.attrs["notes"][0].startswith(sentence)


def test_a_folder_of_links_only_is_refused_with_the_reason(make_folder, settings):
    root = make_folder()
    (root / "joy").symlink_to(make_folder(["a.jpg"], name="elsewhere"))
    with pytest.raises(BadInput, match="^The folder joy is a link, which is not followed"):
        open_dataset(root, settings)


def test_a_folder_that_cannot_be_listed_does_not_stop_the_others(make_folder, scans, refuse):
    root = make_folder(["a/1.jpg", "b/2.jpg", "c/3.jpg"])
    refuse("b")
    assert scan(root, scans, 64)["image"].tolist() == ["a/1.jpg", "c/3.jpg"]


def test_a_folder_that_cannot_be_listed_is_named_with_the_reason(make_folder, scans, refuse):
    root = make_folder(["a/1.jpg", "a/b/2.jpg"])
    refuse("b")
    assert scan(root, scans, 64).attrs["notes"] == [
        "The folder a/b (Permission denied) cannot be listed, so its images are left out; see who may read it."
    ]


def test_many_such_folders_are_one_sentence_that_names_three(make_folder, scans, refuse):
    root = make_folder([f"{folder}/1.jpg" for folder in "abcdef"])
    refuse(*"bcdef")
    [note] = scan(root, scans, 64).attrs["notes"]
    assert note.startswith("5 folders cannot be listed, so their images are left out: b (Permission denied), c (")
    assert note.endswith("), d (Permission denied) and 2 more; see who may read them.")


def test_three_such_folders_are_all_named(make_folder, refuse):
    root = make_folder([f"{folder}/1.jpg" for folder in "abcd"])
    refuse(*"bcd")
    [note] = find_files(root).attrs["notes"]
    assert note.endswith("d (Permission denied); see who may read them.")


def test_where_all_can_be_listed_there_is_no_note(make_folder, scans):
    assert scan(make_folder(["a/1.jpg"]), scans, 64).attrs["notes"] == []


def test_a_note_is_gone_once_the_folder_can_be_listed(make_folder, scans, refuse, monkeypatch):
    root = make_folder(["a/1.jpg", "b/2.jpg"])
    refuse("b")
    scan(root, scans, 64)
    monkeypatch.undo()
    again = scan(root, scans, 64)
    assert (again["image"].tolist(), again.attrs["notes"]) == (["a/1.jpg", "b/2.jpg"], [])


def test_a_root_that_cannot_be_listed_raises(make_folder, scans, refuse):
    root = make_folder(["a.jpg"])
    refuse("folder")
    with pytest.raises(PermissionError):
        scan(root, scans, 64)
