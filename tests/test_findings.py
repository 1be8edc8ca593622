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
