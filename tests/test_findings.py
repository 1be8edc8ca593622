"""What is wrong with a dataset, ranked; nothing where nothing is."""

import io

import numpy as np
import pytest
from PIL import Image

from core.datasets import open_dataset
from core.findings import AT_MOST, FINDERS, findings
from core.measures import load_measures


def named(dataset, measures=None):
    return {finding.name: finding for finding in findings(dataset, measures)}


def noise(seed: int, mode: str = "L") -> bytes:
    """A picture of its own: no two are alike, none is dark or blurred."""
    pixels = np.random.default_rng(seed).integers(0, 256, (24, 24) if mode == "L" else (24, 24, 3)).astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture
def clean(open_folder):
    """Three classes of 40 pictures, each of somebody else."""
    return open_folder(
        {
            f"{label}/{chr(97 + n // 26)}{chr(97 + n % 26)}{label}_{n}.png": noise(n + 100 * row)
            for row, label in enumerate(["joy", "fear", "anger"])
            for n in range(40)
        }
    )


def test_nothing_is_found_on_a_clean_balanced_dataset(clean, settings):
    assert findings(clean, load_measures(clean, settings)) == []


def test_a_rare_class_says_what_one_picture_moves(open_folder):
    dataset = open_folder({f"joy/{n}.png": noise(n) for n in range(40)} | {f"fear/{n}.png": noise(n) for n in range(4)})
    finding = named(dataset)["rare_classes"]
    assert finding.sentence == "4 fear images: one picture moves its recall by 25 points."
    assert sorted(finding.images) == [f"fear/{n}.png" for n in range(4)]


def folders(**counts: int) -> dict[str, bytes]:
    """Return so many pictures a class, each of somebody else."""
    return {
        f"{label}/{chr(97 + n // 26)}{chr(97 + n % 26)}{label}_1.png": noise(1000 * place + n)
        for place, (label, count) in enumerate(counts.items())
        for n in range(count)
    }


@pytest.mark.parametrize(
    ("counts", "sentence"),
    [
        ({"cat": 20, "dog": 20}, "Each class has only 20 images: one picture moves a recall by 5 points."),
        ({"cat": 25, "dog": 20}, "Each class has only 20 to 25 images: one picture moves a recall by up to 5 points."),
        ({"cat": 29, "dog": 10}, "10 dog images: one picture moves its recall by 10 points; cat has 29."),
    ],
)
def test_classes_that_are_all_small_are_said_to_be_small_and_not_rare(open_folder, counts, sentence):
    assert named(open_folder(folders(**counts)))["rare_classes"].sentence == sentence


def test_a_class_that_is_named_by_a_number_is_quoted(open_folder):
    assert named(open_folder(folders(**{"0": 90, "1": 10})))["imbalance"].sentence == (
        "Always saying class '0' is right 90% of the time, and class '0' is 9 times as frequent as class '1'."
    )
    assert named(open_folder(folders(**{"0": 90, "1": 10})))["rare_classes"].sentence.startswith(
        "10 images of class '1': one picture moves its recall"
    )


def test_an_uneven_dataset_says_what_always_saying_the_commonest_gets(open_folder):
    images = {f"joy/{n}.png": noise(n) for n in range(90)} | {f"fear/{n}.png": noise(n) for n in range(30)}
    assert "Always saying joy is right 75% of the time" in named(open_folder(images))["imbalance"].sentence


def test_persons_with_many_images_are_a_leak(open_folder):
    images = {f"{label}/{name}_{n}.png": noise(n) for label in ("joy", "fear") for name in "abcdef" for n in range(8)}
    finding = named(open_folder(images))["seen_persons"]
    assert "100% of a random test set" in finding.sentence or "99% of a random test set" in finding.sentence


def test_a_colour_that_gives_a_class_away_is_named_with_its_images(open_folder):
    names = [f"{chr(97 + n // 26)}{chr(97 + n % 26)}x_1.png" for n in range(70)]
    images = {f"joy/j{name}": noise(n) for n, name in enumerate(names)}
    images |= {f"fear/f{name}": noise(n + 99, "RGB" if n < 55 else "L") for n, name in enumerate(names[:60])}
    finding = named(open_folder(images))["shortcut"]
    assert "colour" in finding.sentence
    assert len(finding.images) == 55


def test_the_same_picture_twice_is_found_once_the_pixels_are_known(open_folder, settings):
    images = {f"{label}/{chr(97 + n)}{label}_1.png": noise(n) for label in ("joy", "fear") for n in range(6)}
    dataset = open_folder(images)
    assert "duplicates" not in named(dataset)
    finding = named(dataset, load_measures(dataset, settings))["duplicates"]
    assert finding.sentence == "6 pictures are there more than once under different names, 6 of them under two labels."


def test_a_contradiction_a_missing_label_and_a_false_name_are_found(open_folder, as_bytes):
    png = as_bytes(Image.new("L", (12, 10), 128), "PNG")
    images = {f"i{n}.png": png for n in range(9)} | {"liar.jpg": png, "spare.png": png}
    rows = [f"i{n}.png,{'joy' if n % 2 else 'fear'}" for n in range(9)]
    legend = "\n".join(["image,label", *rows, "i0.png,joy", "liar.jpg,joy"])
    found = named(open_folder(images, legend))
    assert found["contradictions"].images.to_list() == ["i0.png"]
    assert found["lost_files"].sentence == "1 file is of no use: 1 without a label."
    assert found["false_formats"].images.to_list() == ["liar.jpg"]


def test_a_file_without_a_label_that_cannot_be_read_counts_once(open_folder):
    images = {f"i{n}.png": noise(n) for n in range(8)} | {"torn.png": b"no picture", "spare.png": noise(9)}
    legend = "\n".join(["image,label", *(f"i{n}.png,{'joy' if n % 2 else 'fear'}" for n in range(8)), "gone.png,joy"])
    finding = named(open_folder(images, legend))["lost_files"]
    assert finding.sentence == ("3 files are of no use: 1 without a label, 1 named but missing, 1 that cannot be read.")
    assert finding.stake == 3 / 11


@pytest.mark.parametrize(
    ("choice", "why"),
    [
        ("", "They are left out unless you choose otherwise below."),
        ("?conflicts=first", "Your choice for them: take the label of the first row."),
    ],
)
def test_a_contradiction_says_what_becomes_of_it(make_folder, settings, choice, why):
    rows = "a.png,joy\nb.png,fear\nc.png,joy\nc.png,fear"
    folder = make_folder({f"{letter}.png": noise(n) for n, letter in enumerate("abc")}, f"image,label\n{rows}")
    assert named(open_dataset(f"{folder}{choice}", settings))["contradictions"].why == why


def labelled_by(make_folder, settings, n_by: dict[str, dict[str, int]]):
    """Open a folder in which each class has so many images of each annotator; "" is none."""
    names, rows = [], []
    for label, by in n_by.items():
        for annotator, count in by.items():
            new = [f"{label}{annotator}{chr(97 + n // 26)}{chr(97 + n % 26)}_1.png" for n in range(count)]
            names += new
            rows += [f"{name},{label},{annotator}" for name in new]
    return open_dataset(make_folder(names, "\n".join(["image,label,annotator", *rows])), settings)


def test_images_of_no_known_annotator_count_in_what_one_annotator_labelled(make_folder, settings):
    few = {"sad": {"ann": 25, "": 95}, "joy": {"ann": 5, "bob": 150}}
    assert "one_annotator" not in named(labelled_by(make_folder, settings, few))


def test_a_class_that_one_annotator_labelled_nearly_alone_is_told_with_shares_of_all_images(make_folder, settings):
    most = {"sad": {"ann": 45, "": 5}, "joy": {"bob": 100}}
    assert named(labelled_by(make_folder, settings, most))["one_annotator"].sentence == (
        "90% of sad was labelled by ann, who labelled 30% of all images."
    )


def held_by(open_folder, sad: list[str]):
    """Open a folder whose class sad is held by these persons, one image each mention; "" is a person nobody knows."""
    names = [f"{person}_{n}.png" if person else f"{n}.png" for n, person in enumerate(sad)]
    images = {f"sad/{name}": noise(n) for n, name in enumerate(names)} | folders(joy=200)
    return named(open_folder(images)).get("few_persons")


@pytest.mark.parametrize(
    ("sad", "sentence"),
    [
        (["Kim"] * 40, "One person holds all 40 images of sad."),
        (["Kim"] * 30 + ["Lee"] * 10, "2 persons hold all 40 images of sad."),
        (["Kim"] * 20 + ["Lee"] * 10 + ["Max"] * 10, "3 persons hold all 40 images of sad, two of them 75%."),
    ],
)
def test_a_class_that_few_persons_hold_is_told_with_its_persons(open_folder, sad, sentence):
    assert held_by(open_folder, sad).sentence == sentence


def test_images_of_unknown_persons_count_among_those_of_the_class(open_folder):
    assert held_by(open_folder, ["Kim"] * 40 + [""] * 40).sentence == "One person holds 40 of the 80 images of sad."


def test_a_class_whose_other_images_nobody_knows_the_persons_of_is_not_crowded(open_folder):
    assert held_by(open_folder, ["Kim"] * 10 + [""] * 70) is None


def test_a_second_opinion_is_compared(make_folder, settings):
    folder = make_folder(
        {f"a{n}_1.png": noise(n) for n in range(20)},
        "\n".join(["image,label", *(f"a{n}_1.png,{'joy' if n % 2 else 'fear'}" for n in range(20))]),
    )
    (folder / "second.csv").write_text("\n".join(["image,label", *(f"a{n}_1.png,joy" for n in range(20))]))
    finding = named(open_dataset(folder, settings))["second_opinion"]
    assert finding.sentence.startswith("Two annotators agree on 10 of 20 pictures")
    assert len(finding.images) == 10


def test_there_are_at_most_seven_the_largest_stake_first(tmp_path_factory, settings):
    demo = open_dataset("demo", settings)
    found = findings(demo, load_measures(demo, settings))
    assert 5 <= len(found) <= AT_MOST < len(FINDERS)
    stakes = [finding.stake for finding in found]
    assert stakes == sorted(stakes, reverse=True)
    assert all(0 <= stake <= 1 and len(finding.images) for stake, finding in zip(stakes, found, strict=True))


def test_a_picture_that_is_damaged_within_is_of_no_use(open_folder, settings):
    images = {f"{label}/{chr(97 + n)}{label}_1.png": noise(n) for label in ("joy", "fear") for n in range(6)}
    whole = images["joy/ajoy_1.png"]
    dataset = open_folder(images | {"joy/ajoy_1.png": whole[:60] + bytes(99) + whole[159:]})
    assert "lost_files" not in named(dataset)
    finding = named(dataset, load_measures(dataset, settings))["lost_files"]
    assert finding.sentence == "1 file is of no use: 1 whose picture is damaged."
    assert finding.images.to_list() == ["joy/ajoy_1.png"]
