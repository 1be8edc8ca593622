"""Files are whole or not there, and what killed writers left is swept away."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from core.storage import sweep, thin_out, write_whole

ROOT = Path(__file__).resolve().parents[1]


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_in_its_place_and_nothing_beside_it(tmp_path):
    write_whole(tmp_path / "a.txt", lambda path: path.write_text("whole"))
    assert (tmp_path / "a.txt").read_text() == "whole"
    assert names(tmp_path) == ["a.txt"]


def test_missing_parents_are_made(tmp_path):
    write_whole(tmp_path / "x" / "y" / "a.txt", lambda path: path.write_text("whole"))
    assert (tmp_path / "x" / "y" / "a.txt").exists()


def test_while_writing_the_place_is_as_it_was(tmp_path):
    place = tmp_path / "a.txt"
    place.write_text("old")
    seen = []
    write_whole(place, lambda path: (path.write_text("new"), seen.append(place.read_text())))
    assert (seen, place.read_text()) == (["old"], "new")


def make(folder, text="whole"):
    folder.mkdir()
    (folder / "inside.txt").write_text(text)


def test_a_folder_is_in_its_place_and_nothing_beside_it(tmp_path):
    write_whole(tmp_path / "run", make)
    assert names(tmp_path) == ["run"]
    assert (tmp_path / "run" / "inside.txt").read_text() == "whole"


def test_the_older_of_two_folders_stays(tmp_path):
    make(tmp_path / "run", "older")
    write_whole(tmp_path / "run", lambda path: make(path, "newer"))
    assert names(tmp_path) == ["run"]
    assert (tmp_path / "run" / "inside.txt").read_text() == "older"


def fail_halfway_with_a_file(path):
    path.write_text("half")
    raise RuntimeError("out of paper")


def fail_halfway_with_a_folder(path):
    make(path, "half")
    raise RuntimeError("out of paper")


def fail_before_anything(path):
    raise RuntimeError("out of paper")


@pytest.mark.parametrize("write", [fail_halfway_with_a_file, fail_halfway_with_a_folder, fail_before_anything])
def test_an_error_leaves_nothing(tmp_path, write):
    with pytest.raises(RuntimeError, match="out of paper"):
        write_whole(tmp_path / "a", write)
    assert names(tmp_path) == []


def test_an_error_leaves_the_old_file(tmp_path):
    (tmp_path / "a").write_text("old")
    with pytest.raises(RuntimeError):
        write_whole(tmp_path / "a", fail_halfway_with_a_file)
    assert (tmp_path / "a").read_text() == "old"


@pytest.fixture
def dead():
    """The id of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_what_a_dead_writer_left_is_removed(tmp_path, dead):
    make(tmp_path / f".run.{dead}.0a1b2c3d")
    (tmp_path / f".a.parquet.{dead}.0a1b2c3d").touch()
    sweep(tmp_path)
    assert names(tmp_path) == []


def test_what_a_living_writer_writes_stays(tmp_path):
    make(tmp_path / f".run.{os.getpid()}.0a1b2c3d")
    sweep(tmp_path)
    assert names(tmp_path) == [f".run.{os.getpid()}.0a1b2c3d"]


def test_whole_and_foreign_files_stay(tmp_path, dead):
    kept = sorted([f"run.{dead}.x", ".hidden", ".a.b.c", "run"])
    for name in kept:
        (tmp_path / name).touch()
    sweep(tmp_path)
    assert names(tmp_path) == kept


def test_a_folder_that_is_not_there_is_swept_already(tmp_path):
    sweep(tmp_path / "nowhere")
    assert names(tmp_path) == []


def test_a_writer_that_is_killed_leaves_only_what_sweep_removes(tmp_path):
    script = "import os, sys; from pathlib import Path; from core.storage import write_whole\n"
    script += "write_whole(Path(sys.argv[1]), lambda path: (path.mkdir(), os.kill(os.getpid(), 9)))"
    subprocess.run([sys.executable, "-c", script, str(tmp_path / "run")], cwd=ROOT, check=False)
    assert len(names(tmp_path)) == 1
    sweep(tmp_path)
    assert names(tmp_path) == []


def aged(folder, *names):
    """Make empty files, the first the oldest, and a folder for each name that ends in a slash."""
    for number, name in enumerate(names):
        (folder / name).mkdir() if name.endswith("/") else (folder / name).touch()
        os.utime(folder / name, (number, number))


def test_the_oldest_go_until_so_many_are_left(tmp_path):
    aged(tmp_path, "a", "b/", "c", "d/")
    thin_out(tmp_path, 2)
    assert names(tmp_path) == ["c", "d"]


def test_few_enough_stay(tmp_path):
    aged(tmp_path, "a", "b")
    thin_out(tmp_path, 2)
    assert names(tmp_path) == ["a", "b"]


def test_what_is_being_written_is_not_thinned_out(tmp_path):
    aged(tmp_path, ".a.1.0a1b2c3d", "b", "c")
    thin_out(tmp_path, 1)
    assert names(tmp_path) == [".a.1.0a1b2c3d", "c"]
