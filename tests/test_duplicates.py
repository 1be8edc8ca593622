"""Pictures that are there more than once are found, grouped, and told apart from those that only look alike."""

import io

import numpy as np
import pandas as pd
import pytest
from PIL import Image, ImageEnhance

from core.duplicates import (
    DISTANCE,
    exact_duplicates,
    group_summary,
    near_duplicates,
    near_pairs,
    patternless,
    sentence,
)
from core.duplicates.hamming import close_pairs
from core.errors import BadInput
from core.measures import load_measures

COLUMNS = ["group", "image", "label", "person", "annotator", "size", "disagree", "split_persons", "distance"]


def scene(seed: int) -> Image.Image:
    """A picture of soft spots, 120 x 120, that no other seed's looks like."""
    spots = np.random.default_rng(seed).integers(0, 256, (8, 8), np.uint8)
    return Image.fromarray(spots).resize((120, 120), Image.Resampling.BICUBIC)


def again(picture: Image.Image, quality: int) -> Image.Image:
    """The picture after being saved as JPEG."""
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=quality)
    return Image.open(io.BytesIO(buffer.getvalue())).convert("L")


@pytest.fixture
def look(open_folder, settings, as_bytes):
    """`look({name: (picture, label)})` is the dataset of these PNG files and its measures."""

    def look(pictures):
        images = {name: as_bytes(picture, "PNG") for name, (picture, _) in pictures.items()}
        rows = "".join(f"ann,{name},{label}\n" for name, (_, label) in pictures.items())
        dataset = open_folder(images, f"user,image,label\n{rows}")
        return dataset, load_measures(dataset, settings)

    return look


def made_up(hashes: np.ndarray) -> tuple[object, pd.DataFrame]:
    """A dataset of names only, and measures with these hashes."""
    names = ["perceptual_hash", "difference_hash", "difference_hash_vertical"]
    measures = pd.DataFrame(hashes, columns=names).assign(pixel_hash=[f"{n:016x}" for n in range(len(hashes))])
    about = dict.fromkeys(["label", "person", "annotator"], pd.NA)
    catalog = pd.DataFrame({"image": measures["pixel_hash"]} | about, index=measures.index)
    return type("Names", (), {"catalog": catalog}), measures


def grouped(table: pd.DataFrame) -> list[list[str]]:
    return [images.tolist() for _, images in table.groupby("group")["image"]]


# Exact duplicates


@pytest.fixture
def copies(open_folder, settings, as_bytes):
    """Ann_1 and Bob_1 are one file, Cy_1 has its pixels in another format, Dee_1 is a file of its own."""
    images = {name: as_bytes(scene(0), "PNG") for name in ("Ann_1.png", "Bob_1.png")}
    images |= {"Cy_1.bmp": as_bytes(scene(0), "BMP"), "Dee_1.png": as_bytes(scene(1), "PNG")}
    dataset = open_folder(images, "image,label\nAnn_1.png,joy\nBob_1.png,joy\nCy_1.bmp,fear\nDee_1.png,joy\n")
    return dataset, load_measures(dataset, settings)


def test_equal_bytes_under_two_names_are_found(copies):
    assert grouped(exact_duplicates(*copies)) == [["Ann_1.png", "Bob_1.png"]]


def test_equal_pixels_are_found_in_whatever_format(copies):
    assert grouped(exact_duplicates(*copies, by="pixel_hash")) == [["Ann_1.png", "Bob_1.png", "Cy_1.bmp"]]


def test_a_group_tells_its_size_and_what_it_disagrees_in(copies):
    found = exact_duplicates(*copies, by="pixel_hash")
    assert found.columns.tolist() == COLUMNS
    assert found[["size", "disagree", "split_persons", "distance"]].drop_duplicates().to_numpy().tolist() == [
        [3, True, True, 0]
    ]


def test_files_that_cannot_be_read_are_equal_in_bytes_only(open_folder, settings, as_bytes):
    images = {"a.png": as_bytes(scene(0), "PNG"), "b.png": b"no picture", "c.png": b"no picture"}
    dataset = open_folder(images, "image,label\na.png,joy\nb.png,joy\nc.png,joy\n")
    measures = load_measures(dataset, settings)
    assert grouped(exact_duplicates(dataset, measures)) == [["b.png", "c.png"]]
    assert exact_duplicates(dataset, measures, by="pixel_hash").empty
    assert near_duplicates(dataset, measures).empty


def test_another_kind_of_hash_is_refused(copies):
    with pytest.raises(BadInput, match="by file_hash or by pixel_hash, not by 'name'"):
        exact_duplicates(*copies, by="name")


# Near duplicates


@pytest.mark.parametrize(
    "change",
    [
        lambda picture: again(picture, 30),
        lambda picture: picture.resize((60, 60)),
        lambda picture: picture.resize((300, 260)),
        lambda picture: ImageEnhance.Brightness(picture).enhance(0.7),
        lambda picture: ImageEnhance.Contrast(picture).enhance(0.7),
        lambda picture: picture.convert("RGB"),
    ],
    ids=["jpeg", "smaller", "larger and wider", "darker", "flatter", "stored as colour"],
)
def test_a_changed_copy_is_near(look, change):
    found = look({"a.png": (scene(0), "joy"), "b.png": (scene(1), "joy"), "c.png": (change(scene(0)), "joy")})
    assert grouped(near_duplicates(*found)) == [["a.png", "c.png"]]


def test_different_pictures_are_not_near(look):
    assert near_duplicates(*look({f"{n:02}.png": (scene(n), "joy") for n in range(30)})).empty


@pytest.mark.parametrize(
    "turn", [Image.Transpose.FLIP_LEFT_RIGHT, Image.Transpose.ROTATE_90, Image.Transpose.FLIP_TOP_BOTTOM]
)
def test_a_turned_picture_is_another_one(look, turn):
    assert near_duplicates(*look({"a.png": (scene(0), "joy"), "b.png": (scene(0).transpose(turn), "joy")})).empty


def test_a_pair_is_told_by_positions_in_the_catalog(look):
    seeds = {"a.png": 0, "b.png": 1, "c.png": 2, "d.png": 1}
    found = near_pairs(*look({name: (again(scene(seed), 90 - seed), "joy") for name, seed in seeds.items()}))
    assert found[["first", "second"]].to_numpy().tolist() == [[1, 3]]


def test_the_distance_is_the_largest_of_the_three_hashes():
    near = np.array([[0x0F0F0F0F0F0F0F0F] * 3, [0x0F0F0F0F0F0F0F0E, 0x0F0F0F0F0F0F0F08, 0x0F0F0F0F0F0F0F0F]])
    assert near_pairs(*made_up(near.astype(np.uint64))).to_numpy().tolist() == [[0, 1, 3]]


def test_pictures_that_only_one_of_the_hashes_takes_for_the_same_are_not_near():
    far = np.array([[0x0F0F0F0F0F0F0F0F] * 3, [0x0F0F0F0F0F0F0F0F, 0xFF, 0x0F0F0F0F0F0F0F0F]], dtype=np.uint64)
    assert near_pairs(*made_up(far)).empty


def test_exact_copies_are_near_at_no_distance(copies):
    assert near_pairs(*copies).to_numpy().tolist() == [[0, 1, 0], [0, 2, 0], [1, 2, 0]]
    assert near_duplicates(*copies, distance=0)["distance"].tolist() == [0, 0, 0]


@pytest.mark.parametrize("distance", [-1, 9])
def test_a_distance_at_which_all_faces_are_alike_is_refused(copies, distance):
    with pytest.raises(BadInput, match=f"from 0 to 8 bits, not {distance}"):
        near_duplicates(*copies, distance=distance)


# Pictures without a pattern


def halves(left: int, right: int) -> Image.Image:
    picture = Image.new("L", (40, 40), left)
    picture.paste(right, (20, 0, 40, 40))
    return picture


def slope(steepness: float) -> Image.Image:
    return Image.fromarray(np.tile(20 + steepness * np.arange(40), (40, 1)).astype(np.uint8))


def test_plain_pictures_have_no_pattern(look):
    pictures = [Image.new("L", (40, 40), 90), halves(0, 200), slope(5), scene(0)]
    _, measures = look({f"{n}.png": (picture, "joy") for n, picture in enumerate(pictures)})
    assert patternless(measures).tolist() == [True, True, True, False]


def test_plain_pictures_of_different_shades_are_not_near_each_other(look):
    pictures = [Image.new("L", (40, 40), shade) for shade in range(1, 250, 20)] + [halves(9, 90), halves(0, 250)]
    assert near_duplicates(*look({f"{n:02}.png": (picture, "joy") for n, picture in enumerate(pictures)})).empty


def test_plain_pictures_with_equal_pixels_are_near(look):
    pictures = {name: (Image.new("L", (40, 40), shade), "joy") for name, shade in (("a.png", 9), ("b.png", 9))}
    found = look(pictures | {"c.png": (Image.new("L", (40, 40), 10), "joy")})
    assert grouped(near_duplicates(*found)) == [["a.png", "b.png"]]


# Groups


@pytest.fixture
def families(look):
    """Three copies of one scene that agree, two of another that do not, and two of a third that agree."""
    told = {"Ann_1": (0, "joy"), "Ann_2": (1, "joy"), "Bob_1": (0, "joy"), "Bob_2": (1, "fear")}
    told |= {"Cy_1": (2, "joy"), "Cy_2": (0, "joy"), "Dee_1": (2, "joy")}
    qualities = range(95, 25, -10)
    return look(
        {
            f"{name}.png": (again(scene(seed), quality), label)
            for (name, (seed, label)), quality in zip(told.items(), qualities, strict=True)
        }
    )


def test_groups_that_disagree_come_first_then_larger_ones(families):
    assert grouped(near_duplicates(*families)) == [
        ["Ann_2.png", "Bob_2.png"],
        ["Ann_1.png", "Bob_1.png", "Cy_2.png"],
        ["Cy_1.png", "Dee_1.png"],
    ]


def test_groups_of_two_persons_come_before_larger_ones_of_one(look):
    told = {"Ann_1": 0, "Ann_2": 0, "Ann_3": 0, "Bob_1": 1, "Bob_2": 2, "Cy_1": 1, "Cy_2": 3, "Dee_1": 4, "Eve_1": 5}
    pictures = {f"{name}.png": (again(scene(seed), 90 - len(name)), "joy") for name, seed in told.items()}
    assert near_duplicates(*look(pictures))["split_persons"].tolist() == [True, True, False, False, False]


def test_the_summary_has_a_row_a_group(families):
    assert group_summary(near_duplicates(*families)).to_dict("list") == {
        "group": [0, 1, 2],
        "size": [2, 3, 2],
        "labels": ["fear, joy", "joy", "joy"],
        "disagree": [True, False, False],
        "persons": ["Ann, Bob", "Ann, Bob, Cy", "Cy, Dee"],
    }


def test_the_summary_of_no_groups_is_empty():
    assert group_summary(pd.DataFrame(columns=COLUMNS)).empty


def test_an_image_without_a_label_disagrees_with_nobody(look):
    found = near_duplicates(*look({"a.png": (scene(0), "joy"), "b.png": (scene(0), "")}))
    assert found["disagree"].tolist() == [False, False]


def test_the_sentence_counts_groups_images_and_contradictions(families):
    assert sentence(near_duplicates(*families)) == (
        "3 groups hold 7 images; 1 has different labels and 3 have different persons."
    )


def test_the_sentence_of_no_groups_says_so():
    assert sentence(pd.DataFrame(columns=COLUMNS)) == "No image is there more than once."


# The search


def clusters(n: int, size: int, flips: int, seed: int = 0) -> np.ndarray:
    """Different rows of three hashes: `n` in clusters of `size` whose members are some flipped bits apart."""
    rng = np.random.default_rng(seed)
    hashes = np.repeat(rng.integers(0, 2**64, (n // size, 3), dtype=np.uint64), size, axis=0)
    for column in range(3):
        for _ in range(flips):
            hashes[:, column] ^= np.uint64(1) << rng.integers(0, 64, len(hashes), dtype=np.uint64)
    return np.unique(hashes, axis=0)


def all_pairs(hashes: np.ndarray, distance: int) -> list[tuple[int, int, int]]:
    """Every near pair, found by comparing all with all."""
    bits = np.max([np.bitwise_count(column[:, None] ^ column[None, :]) for column in hashes.T], axis=0)
    first, second = np.nonzero(np.triu(bits <= distance, 1))
    return list(zip(first.tolist(), second.tolist(), bits[first, second].tolist(), strict=True))


@pytest.mark.parametrize("distance", [0, 1, 3, 6, 8])
@pytest.mark.parametrize(("n", "size", "flips"), [(600, 30, 2), (3000, 10, 3), (40, 2, 4), (1, 1, 1), (2, 2, 3)])
def test_the_search_finds_each_pair_that_comparing_all_finds_and_once(n, size, flips, distance):
    hashes = clusters(n, size, flips)
    first, second, bits = close_pairs(hashes, distance)
    found = zip(np.minimum(first, second).tolist(), np.maximum(first, second).tolist(), bits.tolist(), strict=True)
    assert sorted(found) == all_pairs(hashes, distance)


def test_nothing_to_search_is_no_error():
    assert [len(ends) for ends in close_pairs(np.empty((0, 3), dtype=np.uint64), 6)] == [0, 0, 0]


def test_a_crowd_is_one_group_and_does_not_cost_the_square_of_its_size():
    dataset, measures = made_up(clusters(3000, 3000, 2))
    assert near_duplicates(dataset, measures)["size"].tolist() == [len(measures)] * len(measures)
    assert len(near_pairs(dataset, measures)) < 60 * len(measures)


def test_a_picture_that_is_there_thousands_of_times_has_few_pairs():
    dataset, measures = made_up(np.repeat(clusters(1, 1, 0), 3000, axis=0))
    assert len(near_pairs(dataset, measures)) == 50 * 3000 - 50 * 51 // 2
    assert near_duplicates(dataset, measures)["size"].tolist() == [3000] * 3000


def test_every_copy_of_one_look_is_paired_with_every_copy_of_a_near_one():
    [one] = clusters(1, 1, 0)
    other = one ^ np.uint64(1)
    found = near_pairs(*made_up(np.array([one, other, one, other])), DISTANCE)
    assert found.to_numpy().tolist() == [[0, 1, 1], [0, 2, 0], [0, 3, 1], [1, 2, 1], [1, 3, 0], [2, 3, 1]]
