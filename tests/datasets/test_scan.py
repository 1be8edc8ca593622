"""Finding image files and reading their headers; what was read once is not opened again."""

import importlib
import os

import pytest
from PIL import Image

from core.datasets.scan import find_files, scan

module = importlib.import_module("core.datasets.scan")  # the package binds that name to the function


@pytest.fixture
def scans(tmp_path):
    return tmp_path / "scans"


@pytest.fixture
def never_open(monkeypatch):
    """From here on, opening an image is an error."""

    def refuse():
        def open_image(path, name, max_megapixels):
            raise AssertionError(f"{name} was opened")

        monkeypatch.setattr(module, "open_image", open_image)

    return refuse


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


def test_a_second_scan_opens_no_file(make_folder, scans, never_open):
    root = make_folder({"a.jpg": b"", **dict.fromkeys(["b.jpg", "c.jpg"], b"no picture")})
    first = scan(root, scans, 64)
    never_open()
    assert scan(root, scans, 64).equals(first)


def test_only_a_changed_file_is_read_again(make_folder, scans, as_bytes, monkeypatch):
    root = make_folder(["a.jpg", "b.jpg"])
    scan(root, scans, 64)
    (root / "b.jpg").write_bytes(as_bytes(Image.new("L", (7, 5)), "PNG"))
    opened = []
    real = module.open_image
    monkeypatch.setattr(module, "open_image", lambda path, name, most: opened.append(name) or real(path, name, most))
    assert scan(root, scans, 64)["width"].tolist() == [12, 7]
    assert opened == ["b.jpg"]


def test_a_file_with_another_time_is_read_again(make_folder, scans, never_open):
    root = make_folder(["a.jpg"])
    scan(root, scans, 64)
    os.utime(root / "a.jpg", (1, 1))
    never_open()
    with pytest.raises(AssertionError, match="a.jpg was opened"):
        scan(root, scans, 64)


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
