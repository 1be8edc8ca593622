"""Opening a dataset: what a user may point at, and the one sentence that each mistake gets."""

import os
import zlib

import numpy as np
import pytest
from PIL import Image

from core.datasets import DEMO, REAL, demo, known_datasets, open_dataset
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


def test_a_file_is_refused(settings, tmp_path):
    (tmp_path / "photos.zip").write_bytes(b"PK")
    with pytest.raises(BadInput, match="photos.zip is a file; give the folder"):
        open_dataset(tmp_path / "photos.zip", settings)


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


def test_the_real_dataset_must_be_pointed_at(settings):
    with pytest.raises(BadInput, match="NAVARASA_DATA"):
        open_dataset(REAL, settings)


@pytest.mark.parametrize(
    "legend",
    [b"foo,bar\n1,2", b"", b"\x89PNG\0\0", b"image,label\ngone.jpg,joy", b"image\na.jpg"],
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
