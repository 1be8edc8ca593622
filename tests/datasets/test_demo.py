"""The demo dataset has the real one's faults in proportion, and is the same on every run."""

import csv
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, UnidentifiedImageError

from core.datasets import demo
from core.datasets.faces import draw_face
from core.datasets.people import EXPRESSIONS, Identity, Scene


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("demo") / "new"
    demo.draw(place)
    return place


@pytest.fixture(scope="module")
def rows(folder):
    with (folder / "data" / "legend.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def headers(folder):
    """Return file name -> format, mode and size; None where the file is no image."""

    def header(path):
        try:
            with Image.open(path) as image:
                return image.format, image.mode, image.size
        except UnidentifiedImageError:
            return None

    return {path.name: header(path) for path in (folder / "images").iterdir()}


def person(image):
    return image.rsplit("_", 1)[0]


def labels_of(rows, image):
    return sorted(row["emotion"] for row in rows if row["image"] == image)


def colour_images(headers):
    return {image for image, header in headers.items() if header and header[1] == "RGB"}


def test_classes_are_as_unequal_as_declared(rows):
    assert Counter(row["emotion"].lower() for row in rows) == demo.EMOTIONS


def test_every_emotion_can_be_drawn():
    assert set(demo.EMOTIONS) == set(EXPRESSIONS)


def test_the_legend_has_the_columns_of_the_real_one(rows):
    assert list(rows[0]) == ["user.id", "image", "emotion"]


def test_annotators_share_the_rows_as_declared(rows):
    assert Counter(row["user.id"] for row in rows) == demo.ANNOTATORS


def test_annotators_share_the_rows_as_in_the_real_dataset():
    shares = [100 * held / sum(demo.ANNOTATORS.values()) for held in demo.ANNOTATORS.values()]
    assert shares == pytest.approx([49, 41, 3, 7], abs=0.5)


def test_only_the_colour_annotator_writes_in_upper_case(rows):
    assert {row["user.id"] for row in rows if row["emotion"].isupper()} == {demo.COLOUR_ANNOTATOR}
    assert {row["emotion"].isupper() for row in rows if row["user.id"] == demo.COLOUR_ANNOTATOR} == {True}


def test_colour_pictures_are_the_colour_annotators_but_for_a_few(rows, headers):
    theirs = {row["image"] for row in rows if row["user.id"] == demo.COLOUR_ANNOTATOR}
    assert theirs < colour_images(headers)
    assert len(colour_images(headers) - theirs) == demo.COLOUR_BY_OTHERS


@pytest.mark.parametrize(("emotion", "share"), [("disgust", 0.94), ("sadness", 0.5)])
def test_the_colour_annotator_holds_the_confounded_classes(rows, emotion, share):
    held = [row["user.id"] == demo.COLOUR_ANNOTATOR for row in rows if row["emotion"].lower() == emotion]
    assert np.mean(held) == pytest.approx(share, abs=0.01)


def test_grey_pictures_are_all_of_one_shape(headers):
    assert {header[2] for header in headers.values() if header and header[1] == "L"} == {demo.GREY_SIZE}


def test_colour_pictures_have_many_shapes(headers):
    sizes = [headers[image][2] for image in colour_images(headers)]
    assert len(set(sizes)) > 90
    assert (min(sizes), max(sizes)) == (demo.SMALLEST, demo.LARGEST)


def test_the_largest_person_holds_four_percent(headers):
    held = Counter(map(person, headers))
    assert held.most_common(1)[0][1] / len(headers) == pytest.approx(0.04, abs=0.002)


def test_persons_follow_a_power_law(headers):
    held = sorted(Counter(map(person, headers)).values(), reverse=True)
    assert 550 <= len(held) <= 650
    assert held.count(1) > len(held) / 3
    assert sum(held[:60]) > len(headers) / 4


def test_few_persons_hold_disgust(rows):
    held = Counter(person(row["image"]) for row in rows if row["emotion"].lower() == "disgust")
    assert sum(images for _, images in held.most_common(4)) >= 0.9 * demo.EMOTIONS["disgust"]


def test_one_row_is_repeated_and_agrees(rows):
    twice = [key for key, n in Counter((row["image"], row["emotion"]) for row in rows).items() if n == 2]
    assert len(twice) == 1


def test_one_picture_has_two_labels(rows):
    labels = {image: labels_of(rows, image) for image, n in Counter(row["image"] for row in rows).items() if n == 2}
    assert [names for names in labels.values() if len(set(names)) == 2] == [["SADNESS", "SURPRISE"]]


def test_four_files_have_no_label(rows, headers):
    assert len(set(headers) - {row["image"] for row in rows}) == demo.UNLABELLED == 4


def test_no_labelled_file_is_missing(rows, headers):
    assert {row["image"] for row in rows} <= set(headers)


def test_one_labelled_file_is_not_an_image(rows, headers):
    (broken,) = (image for image, header in headers.items() if header is None)
    assert labels_of(rows, broken)


def test_one_file_is_a_webp_under_a_jpeg_name(headers):
    assert Counter(header[0] for header in headers.values() if header) == {"JPEG": len(headers) - 2, "WEBP": 1}
    assert {Path(image).suffix for image in headers} == {".jpg"}


def test_the_readme_says_that_nobody_is_shown(folder):
    assert "show nobody" in (folder / "README.txt").read_text(encoding="utf-8")


def test_a_drawn_folder_is_marked_as_drawn(folder):
    assert (folder / demo.MARK).is_file()


def test_a_picture_is_drawn_alike_each_time_and_in_any_order(folder):
    pictures = demo.plan()
    for index in (1400, 0, 700):
        assert demo.render(pictures[index], index) == (folder / "images" / pictures[index].image).read_bytes()


def test_progress_ends_with_everything_done(tmp_path, monkeypatch):
    monkeypatch.setattr(demo, "render", lambda picture, index: b"")
    seen = []
    demo.draw(tmp_path, lambda done, total: seen.append((done, total)))
    assert seen == [(done, 1504) for done in range(1, 1505)]


def test_no_two_pictures_are_the_same(folder):
    contents = [path.read_bytes() for path in (folder / "images").iterdir()]
    assert len(set(contents)) == len(contents)


def test_intensity_scales_an_expression():
    faint, strong = (EXPRESSIONS["happiness"].at(share, np.random.default_rng(0), spread=0) for share in (0.2, 0.8))
    assert strong.cheek_raiser == pytest.approx(4 * faint.cheek_raiser)


def test_a_person_looks_the_same_whatever_was_drawn_before():
    once, again = (Identity.random(np.random.default_rng((1, 2))) for _ in range(2))
    assert np.array_equal(once.skin, again.skin)
    assert once.haircut is again.haircut


@pytest.mark.parametrize("emotion", [name for name in EXPRESSIONS if name != "neutral"])
def test_an_emotion_changes_the_face(emotion):
    identity, scene = Identity.random(np.random.default_rng(5)), Scene.random(np.random.default_rng(6))
    rest, moved = (
        np.asarray(draw_face(identity, EXPRESSIONS[name], scene, (96, 96), np.random.default_rng(7)), float)
        for name in ("neutral", emotion)
    )
    assert np.abs(rest - moved).mean() > 1
