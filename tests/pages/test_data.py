"""The page that opens datasets: the real one, an upload, a path; and the legend's columns."""

import io
import shutil
import zipfile
from pathlib import Path

import pytest

from core.errors import BadInput
from tests.pages.conftest import button, errors, labels, noise, text


@pytest.fixture
def odd_legend(make_folder):
    """Return a folder whose legend holds two columns of words: what the picture shows, and how it was taken."""
    rows = "".join(f"{n}.png,{'indoor' if n < 4 else 'outdoor'},{'cat' if n % 2 else 'dog'}\n" for n in range(8))
    return make_folder({f"{n}.png": noise(n) for n in range(8)}, "image,label,what\n" + rows, "odd")


def zipped(files: dict[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, file in files.items():
            archive.writestr(name, file)
    return content.getvalue()


PETS = zipped({f"pets/{'cat' if n % 2 else 'dog'}/{n}.png": noise(n) for n in range(6)})


def upload(app, name: str, content: bytes):
    return app.file_uploader(key="dataset-upload").upload(name, content, "application/zip").run()


def test_an_uploaded_zip_is_unpacked_and_opened(visit):
    app = upload(visit("data"), "pets.zip", PETS)
    assert "pets.zip is unpacked where this app runs." in text(app)
    app.button(key="open-upload").click().run()
    assert "pets: 6 image files, labelled by a folder per class. 6 of them can be used." in text(app).replace("**", "")


def menu(app) -> list[str]:
    """Return what the menu of datasets offers, as a reader sees it."""
    return app.selectbox(key="dataset").options


@pytest.fixture
def own_home(tmp_path, home):
    """Return a home of this test's own, in which the demo is drawn already."""
    folder = tmp_path / "own"
    shutil.copytree(home / "datasets", folder / "datasets", ignore=shutil.ignore_patterns("pets-*"))
    return folder


@pytest.fixture
def visit_own(visit, own_home, monkeypatch):
    """Return what `visit` returns, at a home of its own."""
    monkeypatch.setenv("NAVARASA_HOME", str(own_home))
    return visit


def test_an_upload_is_in_the_menu_of_every_later_visit(visit_own):
    upload(visit_own("data"), "my_pets.zip", PETS)
    assert menu(visit_own("overview")) == ["Demo (drawn faces)", "my pets"]


def test_an_upload_that_is_open_is_listed_once(visit_own):
    app = upload(visit_own("data"), "my_pets.zip", PETS)
    app.button(key="open-upload").click().run()
    assert menu(visit_own("data", app.session_state["dataset"])) == ["Demo (drawn faces)", "my pets"]


def test_an_archive_that_is_opened_by_its_path_is_listed_once(visit_own, tmp_path):
    (tmp_path / "my_pets.zip").write_bytes(PETS)
    visit_own("data", tmp_path / "my_pets.zip")
    assert menu(visit_own("data", tmp_path / "my_pets.zip")) == ["Demo (drawn faces)", "my pets"]


def test_an_upload_is_deleted_once_that_is_confirmed(visit_own, own_home):
    app = upload(visit_own("data"), "my_pets.zip", PETS)
    app.button(key="open-upload").click().run()
    [folder] = (own_home / "datasets").glob("my_pets-*")
    assert "my pets, 0.0 MB" in text(app).replace("**", "")
    app.button(key=f"delete-{folder.name}").click().run()
    assert not folder.exists()
    assert app.session_state["dataset"] == "demo"
    app = visit_own("data")
    assert menu(app) == ["Demo (drawn faces)"]
    assert "Unpacked here" not in text(app)


def test_a_hosted_server_neither_lists_nor_deletes_what_its_owner_unpacked(visit_own, monkeypatch):
    upload(visit_own("data"), "my_pets.zip", PETS)
    monkeypatch.setenv("NAVARASA_HOSTED", "1")
    app = visit_own("data")
    assert menu(app) == ["Demo (drawn faces)"]
    assert "Delete it for good" not in labels(app)


def test_a_folder_is_called_by_its_name_and_the_help_says_where_it_lies(visit, small):
    app = visit("data", small)
    assert menu(app)[-1] == "small"
    assert f"Open now: {small}." in app.selectbox(key="dataset").help.replace("\\", "")


@pytest.mark.parametrize("hosted", [True, False])
def test_a_link_to_the_home_of_nobody_is_no_error(visit, small, monkeypatch, hosted):
    monkeypatch.setenv("NAVARASA_DATA", str(small))
    if hosted:
        monkeypatch.setenv("NAVARASA_HOSTED", "1")
    app = visit("overview", "~nobody-of-that-name/x")
    assert len(errors(app)) == (0 if hosted else 1)


def test_a_typed_zip_without_files_is_one_sentence(visit, tmp_path):
    (tmp_path / "empty.zip").write_bytes(zipped({}))
    app = visit("data", tmp_path / "empty.zip")
    assert len(errors(app)) == 1
    assert errors(app)[0].startswith("empty.zip")


@pytest.mark.parametrize(
    ("name", "content"), [("pets.zip", b"just text"), ("pets.parquet", b"just text"), ("pets.csv", b"a,b\n1,2\n")]
)
def test_an_upload_that_is_not_what_its_name_says_is_one_sentence(visit, name, content):
    app = upload(visit("data"), name, content)
    assert len(errors(app)) == 1
    assert errors(app)[0].startswith(name)
    assert "open-upload" not in [one.key for one in app.button]


def test_a_zip_without_pictures_is_one_sentence(visit):
    app = upload(visit("data"), "notes.zip", zipped({"notes.txt": b"hello"}))
    assert len(errors(app)) == 1
    assert errors(app)[0].startswith("notes.zip")


def test_a_typed_path_is_opened(visit, small):
    app = visit("data")
    app.text_input(key="typed-path").set_value(f"  {small} ")
    button(app, "Open").click().run()
    assert app.session_state["dataset"] == str(small)
    assert "small: 6 image files" in text(app).replace("**", "")


@pytest.mark.parametrize("typed", ["/nowhere/at/all", "no\0path"])
def test_a_typed_path_that_leads_nowhere_is_one_sentence(visit, typed):
    app = visit("data")
    app.text_input(key="typed-path").set_value(typed)
    button(app, "Open").click().run()
    assert not app.exception
    assert len(errors(app)) == 1


def test_nothing_typed_opens_nothing(visit):
    app = visit("data")
    button(app, "Open").click().run()
    assert not errors(app)
    assert "Demo (drawn faces): 1," in text(app).replace("**", "")


def test_columns_that_were_guessed_wrong_are_corrected_by_menus(visit, odd_legend):
    app = visit("data", odd_legend)
    assert button(app, "Read it this way").disabled
    app.selectbox(key=f"legend-raw_label-{odd_legend}").set_value("what").run()
    button(app, "Read it this way").click().run()
    app.switch_page("pages/overview.py").run()
    assert "8 usable images in 2 classes" in text(app)
    assert "always says *dog*" in text(app) or "always says *cat*" in text(app)


def test_a_legend_that_nobody_can_guess_is_corrected_by_menus(visit, make_folder):
    rows = "".join(f"{n}.png,{'cat' if n % 2 else 'dog'}\n" for n in range(12))
    folder = make_folder({f"{n}.png": noise(n) for n in range(12)}, "image,set\n" + rows, "unread")
    app = visit("data", folder)
    assert len(errors(app)) == 1
    app.selectbox(key=f"legend-raw_label-{folder}").set_value("set").run()
    button(app, "Read it this way").click().run()
    assert not errors(app)
    assert "12 of them can be used" in text(app)


def test_columns_that_were_chosen_wrong_are_taken_back(visit, odd_legend):
    source = f"{odd_legend}?label=image&image=what"
    app = visit("data", source)
    assert len(errors(app)) == 1
    button(app, "Read it this way").click().run()
    assert app.session_state["dataset"] == str(odd_legend)
    assert not errors(app)


def test_a_folder_that_is_not_there_has_no_menus(visit):
    app = visit("data", "/nowhere/at/all")
    assert len(errors(app)) == 1
    assert "Read it this way" not in labels(app)


def test_one_column_for_two_roles_is_refused_in_one_sentence(visit, odd_legend):
    app = visit("data", odd_legend)
    app.selectbox(key=f"legend-raw_label-{odd_legend}").set_value("image").run()
    assert len(errors(app)) == 1
    assert errors(app)[0].startswith("One column is chosen twice")


def test_another_legend_can_be_chosen(visit, odd_legend):
    other = "".join(f"{n}.png,{'abcd'[n % 4]}\n" for n in range(8))
    (odd_legend / "other.csv").write_text("image,emotion\n" + other)
    app = visit("data", odd_legend)
    menu = app.selectbox(key=f"legend-path-{odd_legend}")
    menu.set_value(next(name for name in menu.options if name != menu.value)).run()
    button(app, "Read it this way").click().run()
    assert "?legend=" in app.session_state["dataset"]
    assert not errors(app)


def test_class_folders_have_no_legend_to_correct(visit, even):
    app = visit("data", even)
    assert "there is no legend to correct" in text(app)
    assert "Read it this way" not in labels(app)


def test_a_hosted_server_takes_no_upload_and_no_path(visit, monkeypatch):
    monkeypatch.setenv("NAVARASA_HOSTED", "1")
    app = visit("data")
    assert "This is a shared server, so it takes no datasets." in text(app)
    assert not app.file_uploader
    assert not app.text_input


def test_a_hosted_server_opens_no_path_with_choices_of_a_clean_up(visit, small, monkeypatch):
    monkeypatch.setenv("NAVARASA_HOSTED", "1")
    app = visit("data", f"{small}?conflicts=first")
    assert app.session_state["dataset"] == "demo"


def test_a_hosted_server_cleans_up_the_demo_as_the_visitor_likes(visit, monkeypatch):
    monkeypatch.setenv("NAVARASA_HOSTED", "1")
    app = visit("overview", "demo?conflicts=first")
    assert app.session_state["dataset"] == "demo?conflicts=first"
    assert not errors(app)


def test_the_real_dataset_is_fetched_by_a_click(visit, monkeypatch):
    asked = []

    def fetch(name, settings, report) -> Path:
        report("Downloading", 1, 2)
        asked.append(name)
        return settings.datasets_dir

    monkeypatch.setattr("core.datasets.download.fetch", fetch)
    app = visit("data")
    button(app, "Download it (about 250 MB)").click().run()
    assert asked == ["facial_expressions"]
    assert "It is here." in text(app)


def test_a_fetch_that_fails_is_one_sentence_and_can_be_tried_again(visit, monkeypatch):
    answers = [BadInput("The server does not answer; try again later."), Path("there")]

    def fetch(name, settings, report) -> Path:
        answer = answers.pop(0)
        if isinstance(answer, BadInput):
            raise answer
        return answer

    monkeypatch.setattr("core.datasets.download.fetch", fetch)
    app = visit("data")
    button(app, "Download it (about 250 MB)").click().run()
    assert errors(app) == ["The server does not answer; try again later."]
    button(app, "Try again").click().run()
    assert errors(app) == []
    assert "It is here." in text(app)


def test_a_hosted_server_fetches_nothing(visit, monkeypatch):
    monkeypatch.setenv("NAVARASA_HOSTED", "1")
    app = visit("data")
    assert "python -m core fetch facial_expressions" in text(app)
    assert not [label for label in labels(app) if label.startswith("Download")]
