"""Opening a dataset: what a user may point at, and the one sentence that each mistake gets."""

import io
import os
import zipfile
import zlib

import numpy as np
import pytest
from PIL import Image

from core import datasets
from core.cleaning import Cleaning, LegendColumns, join_source
from core.datasets import (
    DEMO,
    REAL,
    demo,
    download,
    known_datasets,
    legends_of,
    open_dataset,
    title_of_path,
)
from core.datasets.imports import from_upload
from core.datasets.unpacked import bytes_below, delete_unpacked, unpacked_datasets
from core.errors import BadInput

LEGEND = "image,label\ngood.jpg,joy\nbad.jpg,fear\n"


def chunk(kind: bytes, data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")


def huge_png(side: int) -> bytes:
    """A valid black-and-white PNG of side x side pixels in a few kilobytes."""
    header = side.to_bytes(4, "big") * 2 + b"\x01\x00\x00\x00\x00"
    lines = zlib.compress((b"\0" + bytes((side + 7) // 8)) * side, 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", lines) + chunk(b"IEND", b"")


def noise(size=(64, 64)):
    return Image.fromarray(np.random.default_rng(0).integers(0, 255, (*size, 3), np.uint8))


@pytest.fixture
def good(as_bytes):
    return as_bytes(Image.new("L", (12, 10), 128), "JPEG")


@pytest.fixture
def beside(open_folder, good):
    """`beside(content)` opens a good image beside bad.jpg of that content, and returns bad.jpg's row of the catalog."""

    def beside(content, name="bad.jpg"):
        dataset = open_folder({"good.jpg": good, name: content}, LEGEND.replace("bad.jpg", name))
        assert "good.jpg" in dataset.usable["image"].tolist()
        return dataset.catalog.set_index("image").loc[name]

    return beside


# What cannot be opened at all


def test_a_missing_folder_is_refused(settings, tmp_path):
    with pytest.raises(BadInput, match="There is no folder .*nowhere; check the spelling"):
        open_dataset(tmp_path / "nowhere", settings)


def test_a_file_that_is_no_dataset_is_refused_by_name(settings, tmp_path):
    (tmp_path / "photos.doc").write_bytes(b"PK")
    with pytest.raises(BadInput, match="photos.doc is a file of a kind that cannot be opened"):
        open_dataset(tmp_path / "photos.doc", settings)


def test_an_empty_folder_is_refused(open_folder):
    with pytest.raises(BadInput, match="folder holds no images"):
        open_folder()


def test_images_without_labels_are_refused(open_folder):
    with pytest.raises(BadInput, match="folder has neither a legend"):
        open_folder(["a.jpg"])


@pytest.mark.parametrize(
    "source", [pytest.param("x" * 5000, id="far too long"), "a\0b", "~nobody-of-that-name/pictures"]
)
def test_what_cannot_be_a_path_is_refused(settings, source):
    with pytest.raises(BadInput):
        open_dataset(source, settings)


def test_a_folder_of_which_no_image_can_be_read_is_refused_with_the_first_reason(open_folder):
    with pytest.raises(BadInput, match="None of the 2 images in .* can be used. a.jpg is not a picture"):
        open_folder({"a.jpg": b"no", "b.jpg": b"no"}, "image,label\na.jpg,joy\nb.jpg,fear")


def test_a_link_that_leads_nowhere_does_not_keep_the_rest_from_loading(make_folder, settings):
    root = make_folder(["a.jpg"], "image,label\na.jpg,joy\nloop.jpg,fear\n")
    (root / "loop.jpg").symlink_to("loop.jpg")
    dataset = open_dataset(root, settings)
    assert dataset.usable["image"].tolist() == ["a.jpg"]
    assert dataset.catalog["problem"].dropna().str.startswith("loop.jpg cannot be opened").all()


def test_a_legend_without_a_single_label_is_refused(open_folder):
    with pytest.raises(BadInput, match="legend.csv"):
        open_folder(["a.jpg", "b.jpg"], "image,label\na.jpg,\nb.jpg,\n")


def test_the_real_dataset_must_be_fetched(settings):
    with pytest.raises(BadInput, match="run `python -m core fetch facial_expressions`, or use the button"):
        open_dataset(REAL, settings)


@pytest.mark.parametrize(
    "legend",
    [b"foo,bar\n1,2", b"", b"\x89PNG\0\0", b"image,label\ngone.jpg,joy", b"image\na.jpg", b"image,label\na.jpg,"],
)
def test_a_refusal_is_one_sentence_on_one_line(open_folder, legend):
    with pytest.raises(BadInput, match="legend.csv") as refusal:
        open_folder(["a.jpg"], legend)
    assert "\n" not in str(refusal.value)


# What is odd, and does no harm to the rest


def test_a_file_that_is_no_picture_is_named_and_the_rest_loads(beside):
    assert beside(b"<html>404</html>")["problem"].startswith("bad.jpg is not a picture")


def test_an_empty_file_is_named_and_the_rest_loads(beside):
    assert beside(b"")["problem"].startswith("bad.jpg is empty")


@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP"])
def test_a_picture_that_is_cut_short_is_named_and_the_rest_loads(beside, as_bytes, image_format):
    whole = as_bytes(noise(), image_format)
    assert beside(whole[: len(whole) // 2])["problem"].startswith("bad.jpg is ")


def test_a_jpeg_with_bytes_after_its_end_is_whole(beside, as_bytes):
    assert beside(as_bytes(noise(), "JPEG") + b"\0" * 500)["width"] == 64


def test_a_picture_of_a_hundred_megapixels_is_named_and_the_rest_loads(beside):
    content = huge_png(10_000)
    assert len(content) < 50_000
    assert "10000 x 10000 pixels (100 megapixels), over the limit of 64" in beside(content)["problem"]


def test_a_picture_of_sixty_megapixels_is_within_the_limit(beside):
    assert beside(huge_png(7_700))["width"] == 7_700


def test_a_webp_named_jpg_is_used(beside, as_bytes):
    row = beside(as_bytes(noise(), "WEBP"))
    assert (row["format"], row["label"]) == ("WEBP", "fear")


@pytest.mark.parametrize("name", ["ü ñ 喜 🙂.jpg", "a'b&c<d>.jpg", "100%.jpg", "tab\there.jpg", "-rf.jpg", "a#b?c.jpg"])
def test_a_file_may_have_an_odd_name(beside, good, name):
    assert beside(good, name)["label"] == "fear"


def test_a_file_name_that_is_no_text_does_no_harm(make_folder, settings, good):
    root = make_folder(["good.jpg"], "image,label\ngood.jpg,joy\n")
    try:
        with open(os.fsencode(root) + b"/\xff.jpg", "wb") as file:
            file.write(good)
    except OSError:
        pytest.skip("this file system takes only names that are text")
    assert "good.jpg" in open_dataset(root, settings).usable["image"].tolist()


def test_a_missing_file_is_a_row_without_an_image(open_folder):
    dataset = open_folder(["good.jpg"], LEGEND)
    assert dataset.rows.loc[dataset.rows["image"].isna(), "name"].tolist() == ["bad.jpg"]
    assert dataset.catalog["image"].tolist() == ["good.jpg"]


def test_a_folder_per_class_may_be_nested(open_folder):
    dataset = open_folder(["train/happy/x.jpg", "train/sad/y.jpg", "test/happy/z.jpg"])
    assert dataset.catalog["label"].tolist() == ["happy", "happy", "sad"]


def test_what_was_odd_about_the_legend_is_noted(open_folder):
    dataset = open_folder(["good.jpg", "bad.jpg"], b"\xef\xbb\xbf" + LEGEND.encode())
    assert "byte-order mark" in dataset.notes[0]


@pytest.mark.parametrize("name", ["legend.csv", "labels.tsv"])
def test_a_semicolon_legend_is_read_whatever_its_name(open_folder, good, name):
    dataset = open_folder({"good.jpg": good, "bad.jpg": good, name: LEGEND.replace(",", ";").encode()})
    assert dataset.labels == ("fear", "joy")


# Names


def test_a_folder_is_titled_by_its_name(make_folder, settings):
    root = make_folder(["a.jpg"], "image,label\na.jpg,joy\n", name="my_faces")
    dataset = open_dataset(str(root), settings)
    assert (dataset.title, dataset.source, dataset.drawn) == ("my faces", str(root), False)


def test_the_demo_is_always_known(settings):
    assert list(known_datasets(settings)) == [DEMO]


def test_the_configured_folder_is_known_by_its_name_and_comes_first(make_folder, settings):
    root = make_folder(["a.jpg"], "image,label\na.jpg,joy\n", name="my faces")
    configured = settings.model_copy(update={"data": root})
    assert list(known_datasets(configured)) == ["my_faces", DEMO]
    assert open_dataset("my_faces", configured).root == root


def test_a_configured_folder_named_demo_does_not_hide_the_demo(make_folder, settings):
    configured = settings.model_copy(update={"data": make_folder(name="demo")})
    assert list(known_datasets(configured)) == ["data", DEMO]


def test_the_demo_is_drawn_once_and_says_so(settings, monkeypatch, good):
    def draw(folder, report):
        (folder / "joy").mkdir(parents=True)
        (folder / "fear").mkdir()
        (folder / "joy" / "a.jpg").write_bytes(good)
        (folder / "fear" / "b.jpg").write_bytes(good)
        report(2, 2)

    monkeypatch.setattr(demo, "draw", draw)
    seen = []
    assert open_dataset(DEMO, settings, lambda what, done, total: seen.append((what, done, total))).drawn
    assert seen == [("Drawing faces", 2, 2), ("Reading image headers", 2, 2)]
    monkeypatch.delattr(demo, "draw")
    assert len(open_dataset(DEMO, settings).catalog) == 2


def test_a_demo_opened_by_its_path_is_still_marked_as_drawn(make_folder, settings):
    root = make_folder(["a.jpg"], "image,label\na.jpg,joy\n")
    (root / demo.MARK).touch()
    assert open_dataset(root, settings).drawn


# Choices

ODD_LEGEND = "pic,mood,by\na.jpg,JOY,ann\nb.jpg,joy,bob\nb.jpg,sad,bob\nc.jpg,sad,ann\nc.jpg,sad,bob\n"


@pytest.fixture
def odd(make_folder):
    """A folder whose legend has columns of any name."""
    return make_folder(["a.jpg", "b.jpg", "c.jpg"], ODD_LEGEND, name="odd")


def labels(dataset):
    return dict(dataset.usable[["image", "label"]].to_numpy().tolist())


@pytest.mark.parametrize(
    ("choices", "found"),
    [
        ("conflicts=drop", {"a.jpg": "joy", "c.jpg": "sad"}),
        ("conflicts=first", {"a.jpg": "joy", "b.jpg": "joy", "c.jpg": "sad"}),
        ("apart=JOY", {"a.jpg": "JOY", "c.jpg": "sad"}),
        ("map=sad:joy", {"a.jpg": "joy", "b.jpg": "joy", "c.jpg": "joy"}),
        ("map=sad:", {"a.jpg": "joy", "b.jpg": "joy"}),
        ("image=%231&label=by", {"a.jpg": "ann", "b.jpg": "bob"}),
    ],
)
def test_the_source_says_how_labels_are_cleaned_up(odd, settings, choices, found):
    assert labels(open_dataset(f"{odd}?{choices}", settings)) == found


def test_a_source_with_choices_opens_the_same_dataset_again(odd, settings):
    first = open_dataset(f"{odd}?map=SAD:joy&apart=JOY&conflicts=first", settings)
    again = open_dataset(first.source, settings)
    assert first.source == again.source == f"{odd}?conflicts=first&apart=JOY&map=sad:joy"
    assert (first.fingerprint, first.cleaning) == (again.fingerprint, again.cleaning)


def test_each_choice_has_a_fingerprint_of_its_own(odd, settings):
    choices = ["", "?conflicts=majority", "?conflicts=first", "?apart=JOY", "?legend=legend.csv", "?annotator=by"]
    assert len({open_dataset(f"{odd}{choice}", settings).fingerprint for choice in choices}) == len(choices)


def test_a_choice_that_changes_nothing_is_noted(odd, settings):
    notes = open_dataset(f"{odd}?apart=GLEE&map=glee:joy", settings).notes
    assert "No row is written 'GLEE', so keeping it apart changes nothing." in notes
    assert "No row has the label 'glee', so mapping it changes nothing." in notes


def test_mapping_every_label_to_none_is_refused(odd, settings):
    with pytest.raises(BadInput, match="Every label was mapped to none; keep at least one"):
        open_dataset(f"{odd}?map=joy:&map=sad:", settings)


def test_a_known_name_takes_choices(odd, settings):
    configured = settings.model_copy(update={"data": odd})
    dataset = open_dataset("odd?conflicts=first", configured)
    assert (dataset.source, dataset.title, dataset.root) == ("odd?conflicts=first", "odd", odd)


def test_a_hosted_server_takes_choices_for_what_is_in_its_list(odd, settings):
    hosted = settings.model_copy(update={"data": odd, "hosted": True})
    assert open_dataset("odd?map=sad:joy", hosted).labels == ("joy",)
    with pytest.raises(BadInput, match="only the datasets in its list"):
        open_dataset(f"{odd}?map=sad:joy", hosted)


@pytest.mark.parametrize("legend", ["../secret.csv", "/etc/passwd", "sub/../../secret.csv", "gone.csv", ".", "a.jpg"])
def test_a_chosen_legend_lies_in_the_folder(odd, settings, legend):
    (odd.parent / "secret.csv").write_text("image,label\na.jpg,secret\n")
    with pytest.raises(BadInput, match="There is no legend"):
        open_dataset(join_source(str(odd), Cleaning(legend=legend)), settings)


def test_a_dataset_knows_its_columns(odd, settings):
    (odd / "data").mkdir()
    (odd / "data" / "second.csv").write_text("a.jpg,joy\n")
    assert open_dataset(odd, settings).legend_columns == LegendColumns(
        path="legend.csv",
        header=("pic", "mood", "by"),
        roles={"name": "pic", "raw_label": "mood"},
        guessed_by="content",
        headerless=False,
        candidates=("data/second.csv",),
    )


def test_a_folder_per_class_has_no_columns(open_folder):
    assert open_folder(["joy/a.jpg", "fear/b.jpg"]).legend_columns is None


def test_the_columns_of_a_legend_that_cannot_be_opened_are_still_offered(make_folder, settings):
    root = make_folder(["a.jpg", "b.jpg"], "pic,one,two\na.jpg,1,2\nb.jpg,2,3\n")
    (root / "noise.csv").write_bytes(b"\0")
    [offered] = legends_of(f"{root}?conflicts=first", settings)
    assert (offered.header, offered.roles) == (("pic", "one", "two"), {"name": "pic"})


def test_legends_of_a_missing_folder_are_refused(settings, tmp_path):
    with pytest.raises(BadInput, match="There is no folder"):
        legends_of(str(tmp_path / "nowhere"), settings)


# What other modules bring


def test_what_was_fetched_is_known_and_opened_by_its_name(make_folder, settings, monkeypatch):
    root = make_folder(["a.jpg"], "image,label\na.jpg,joy\n")
    monkeypatch.setattr(download, "fetched", lambda name, settings: root if name == REAL else None)
    dataset = open_dataset(REAL, settings)
    assert known_datasets(settings) == {DEMO: "Demo (drawn faces)", REAL: "Facial expressions (muxspace)"}
    assert (dataset.root, dataset.title, dataset.source) == (root, "Facial expressions (muxspace)", REAL)


def test_a_zip_is_opened_under_its_own_path(settings, tmp_path, good):
    with zipfile.ZipFile(tmp_path / "my_faces.zip", "w") as archive:
        for name in ("joy/a.jpg", "fear/b.jpg"):
            archive.writestr(name, good)
    dataset = open_dataset(f"{tmp_path}/my_faces.zip?map=joy:happiness", settings)
    assert dataset.source == f"{tmp_path}/my_faces.zip?map=joy:happiness"
    assert (dataset.title, dataset.labels) == ("my faces", ("fear", "happiness"))


# What was unpacked


@pytest.fixture
def upload(settings, good):
    """`upload("pets.zip")` unpacks a ZIP of that name and returns its folder; another `of` makes another content."""

    def upload(name, of=b""):
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w") as archive:
            for label in ("cat", "dog"):
                archive.writestr(f"{label}/{label}.jpg", good + of)
        return from_upload(name, content.getvalue(), settings, lambda what, done, total: None)

    return upload


def test_what_was_uploaded_is_known_by_its_title(settings, upload):
    folder = upload("my_pets.zip")
    assert known_datasets(settings) == {DEMO: "Demo (drawn faces)", str(folder): "my pets"}
    assert open_dataset(str(folder), settings).title == "my pets"


def test_uploads_of_one_title_are_numbered(settings, upload):
    first, second = upload("pets.zip"), upload("pets.zip", of=b"another")
    for place, folder in enumerate((first, second)):
        os.utime(folder / ".navarasa-import.json", (place, place))
    assert known_datasets(settings) == {DEMO: "Demo (drawn faces)", str(first): "pets", str(second): "pets (2)"}


def test_a_hosted_server_shows_no_visitor_what_its_owner_unpacked(settings, upload):
    folder = upload("pets.zip")
    hosted = settings.model_copy(update={"hosted": True})
    assert list(known_datasets(hosted)) == [DEMO]
    with pytest.raises(BadInput, match="only the datasets in its list"):
        open_dataset(str(folder), hosted)


def test_only_what_was_unpacked_is_listed_as_such(settings, upload):
    folder = upload("pets.zip")
    (settings.datasets_dir / "faces").mkdir()
    (settings.datasets_dir / f".{folder.name}.1.abcd").mkdir()
    assert unpacked_datasets(settings) == [folder]


def test_the_size_is_that_of_all_files(tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "a").write_bytes(b"123")
    (tmp_path / "sub" / "b").write_bytes(b"12345")
    assert bytes_below(tmp_path) == 8


def test_what_was_unpacked_is_deleted_whole(settings, upload):
    folder, other = upload("pets.zip"), upload("toys.zip", of=b"another")
    delete_unpacked(folder, settings)
    assert list(settings.datasets_dir.iterdir()) == [other]


def test_nothing_else_is_deleted(settings, upload, make_folder):
    folder = upload("pets.zip")
    mine = make_folder(["cat/a.jpg", "dog/b.jpg"])
    (mine / ".navarasa-import.json").write_bytes((folder / ".navarasa-import.json").read_bytes())
    (settings.datasets_dir / "link").symlink_to(mine)
    for place in (mine, settings.datasets_dir, settings.datasets_dir / "link", folder / "cat", folder / ".." / ".."):
        with pytest.raises(BadInput, match="was not unpacked by this app"):
            delete_unpacked(place, settings)
    assert (mine / "cat" / "a.jpg").is_file()
    assert (folder / "cat" / "cat.jpg").is_file()


def test_a_hosted_server_deletes_nothing(settings, upload):
    folder = upload("pets.zip")
    with pytest.raises(BadInput, match="shared server"):
        delete_unpacked(folder, settings.model_copy(update={"hosted": True}))
    assert folder.is_dir()


@pytest.mark.parametrize(
    ("place", "title"),
    [("/somewhere/my_faces", "my faces"), ("~nobody-of-that-name/v1.2", "v1.2"), ("/", "/"), ("x" * 5000, "x" * 5000)],
)
def test_a_path_has_a_title_whether_or_not_it_can_be_opened(place, title):
    assert title_of_path(place) == title


def test_a_file_is_titled_without_its_ending(tmp_path):
    (tmp_path / "my_pets.zip").touch()
    assert title_of_path(str(tmp_path / "my_pets.zip")) == "my pets"


def test_what_the_scan_noted_is_noted(make_folder, settings, monkeypatch):
    def scan(*arguments):
        files = real_scan(*arguments)
        files.attrs["notes"] = ["One folder cannot be listed."]
        return files

    real_scan = datasets.scan
    monkeypatch.setattr(datasets, "scan", scan)
    assert "One folder cannot be listed." in open_dataset(make_folder(["joy/a.jpg", "sad/b.jpg"]), settings).notes
