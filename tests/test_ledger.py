"""The ledger leads from the rows to the images used, whatever is wrong with them and whatever was chosen."""

from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from core.datasets import open_dataset
from core.labels import taken_as
from core.ledger import COLUMNS, conflicting_images, labels_given, ledger, ledger_table, misnamed
from core.settings import Settings

LEGEND = """user,image,emotion
ann,Ann_1.jpg,joy
ann,Ann_2.jpg,JOY
bob,Ann_3.jpg,joy
bob,Bob_1.jpg,fear
bob,Bob_1.jpg,fear
ann,Bob_2.jpg,joy
bob,Bob_2.jpg,FEAR
ann,Cy_1.jpg,joy
ann,gone.jpg,joy
ann,Cy_2.jpg,
ann,Dee_1.jpg,joy
"""
"""11 rows: Bob_1 twice, Bob_2 with two labels, Cy_1 is no picture, gone is not there, Cy_2 has no label, and Dee_1 is
a WebP; Eve_1 is in the folder only."""


@pytest.fixture
def good(as_bytes):
    return as_bytes(Image.new("L", (12, 10), 128), "JPEG")


@pytest.fixture
def open_with(make_folder, as_bytes, good, settings):
    """`open_with(choices, legend)` is the folder with one of each fault, cleaned up with these choices."""
    names = ["Ann_1.jpg", "Ann_2.jpg", "Ann_3.jpg", "Bob_1.jpg", "Bob_2.jpg", "Cy_2.jpg", "Eve_1.jpg"]
    images = dict.fromkeys(names, good) | {"Cy_1.jpg": b"no picture"}
    images |= {"Dee_1.jpg": as_bytes(Image.new("RGB", (30, 20)), "WEBP")}

    def open_with(choices="", legend=LEGEND):
        return open_dataset(f"{make_folder(images, legend)}{choices}", settings)

    return open_with


@pytest.fixture
def faulty(open_with):
    return open_with()


def counts(dataset):
    return {line.title: line.count for line in ledger(dataset)}


def line(dataset, name):
    return next(line for line in ledger(dataset) if line.name == name)


# One of each fault


def test_each_fault_is_a_line_of_the_ledger(faulty):
    assert counts(faulty) == {
        "Rows in the legend": 11,
        "Rows without a label": 1,
        "Rows whose file is missing": 1,
        "Repeated rows": 2,
        "Conflicting images": 1,
        "Unreadable images": 1,
        "Images used": 5,
        "Respelt rows": 2,
        "Files without a label": 2,
        "Files that lie about their format": 1,
    }


@pytest.mark.parametrize(
    ("name", "images"),
    {
        "without_label": ["Cy_2.jpg"],
        "missing": [],
        "repeated": ["Bob_1.jpg", "Bob_2.jpg"],
        "conflicting": ["Bob_2.jpg"],
        "unreadable": ["Cy_1.jpg"],
        "used": ["Ann_1.jpg", "Ann_2.jpg", "Ann_3.jpg", "Bob_1.jpg", "Dee_1.jpg"],
        "respelt": ["Ann_2.jpg", "Bob_2.jpg"],
        "unlabelled_files": ["Cy_2.jpg", "Eve_1.jpg"],
        "misnamed": ["Dee_1.jpg"],
    }.items(),
)
def test_each_line_has_its_images(faulty, name, images):
    assert line(faulty, name).images.to_list() == images


@pytest.mark.parametrize(
    ("name", "lines"),
    {
        "without_label": [11],
        "missing": [10],
        "repeated": [6, 8],
        "conflicting": [7, 8],
        "unreadable": [9],
        "used": [2, 3, 4, 5, 12],
        "respelt": [3, 8],
        "misnamed": [12],
    }.items(),
)
def test_each_line_has_its_rows_by_their_number_in_the_file(faulty, name, lines):
    assert line(faulty, name).rows["line"].to_list() == lines


def test_a_row_shows_what_the_legend_says(faulty):
    rows = line(faulty, "repeated").rows
    assert list(rows) == COLUMNS == ["line", "name", "image", "raw_label", "label", "annotator"]
    assert rows.iloc[1].to_list() == [8, "Bob_2.jpg", "Bob_2.jpg", "FEAR", "fear", "bob"]


def test_a_missing_file_s_row_has_a_name_and_no_image(faulty):
    rows = line(faulty, "missing").rows
    assert (rows["name"].to_list(), rows["image"].isna().to_list()) == (["gone.jpg"], [True])


def test_a_file_without_a_label_is_in_no_line_of_the_legend(faulty):
    rows = line(faulty, "unlabelled_files").rows
    assert rows["name"].to_list() == ["Cy_2.jpg", "Eve_1.jpg"]
    assert rows["line"].isna().all()


def test_an_unreadable_image_says_why(faulty):
    assert line(faulty, "unreadable").rows["problem"].iloc[0].startswith("Cy_1.jpg is not a picture")


def test_a_file_that_lies_shows_its_true_format(faulty):
    assert line(faulty, "misnamed").rows["format"].to_list() == ["WEBP"]


def test_the_remark_on_spellings_counts_them(faulty):
    assert line(faulty, "respelt").explanation.startswith("4 spellings became 2 classes")


def test_the_table_puts_a_minus_before_what_is_taken_away(faulty):
    table = ledger_table(ledger(faulty)).set_index("step")["count"]
    assert table[["Rows in the legend", "Repeated rows", "Images used", "Files without a label"]].tolist() == [
        "11",
        "−2",
        "5",
        "2",
    ]


# Choices


def test_a_conflict_that_is_settled_counts_as_used(open_with):
    found = counts(open_with("?conflicts=first"))
    assert (found["Conflicting images"], found["Conflicts settled"], found["Images used"]) == (0, 1, 6)


def test_a_settled_conflict_shows_all_its_rows(open_with):
    assert line(open_with("?conflicts=first"), "settled").rows["line"].to_list() == [7, 8]


def test_a_conflict_without_a_majority_is_still_left_out(open_with):
    found = counts(open_with("?conflicts=majority"))
    assert (found["Conflicting images"], found["Conflicts settled"], found["Images used"]) == (1, 0, 5)


def test_a_majority_is_shown_by_the_row_that_tells_it(open_with):
    dataset = open_with("?conflicts=majority", LEGEND + "cy,Bob_2.jpg,fear\n")
    assert line(dataset, "used").rows["line"].to_list() == [2, 3, 4, 5, 8, 12]
    assert line(dataset, "repeated").rows["line"].to_list() == [6, 7, 13]


def test_rows_mapped_by_hand_are_listed(open_with):
    mapped = line(open_with("?map=fear:joy"), "mapped")
    assert (mapped.rows["line"].to_list(), mapped.explanation) == ([5, 6, 8], "you mapped fear to joy")


def test_rows_dropped_by_hand_are_a_step(open_with):
    dropped = line(open_with("?map=fear:"), "dropped")
    assert (dropped.count, dropped.step) == (3, -3)
    assert counts(open_with("?map=fear:"))["Rows without a label"] == 1


def test_a_label_of_blanks_alone_is_no_label_and_not_respelt(open_with):
    dataset = open_with(legend="image,label\nAnn_1.jpg,_\nAnn_2.jpg,joy\n")
    assert (line(dataset, "without_label").count, line(dataset, "respelt").count) == (1, 0)


def test_rows_kept_apart_are_listed_and_no_longer_respelt(open_with):
    dataset = open_with("?apart=JOY")
    assert line(dataset, "kept_apart").rows["line"].to_list() == [3]
    assert line(dataset, "respelt").rows["line"].to_list() == [8]


def test_the_conflicting_images_stay_known_when_they_are_settled(open_with):
    assert conflicting_images(open_with("?conflicts=first")).to_list() == ["Bob_2.jpg"]


# Folders


def test_a_folder_per_class_has_a_ledger_of_files(open_folder, good):
    dataset = open_folder({"stray.jpg": good, "JOY/a.jpg": good, "fear/b.jpg": b"no"})
    assert counts(dataset) == {
        "Files in class folders": 2,
        "Files whose folder names no label": 0,
        "Unreadable images": 1,
        "Images used": 1,
        "Respelt files": 1,
        "Files without a label": 1,
        "Files that lie about their format": 0,
    }


def test_a_folder_per_class_has_rows_without_a_line(open_folder):
    rows = line(open_folder(["joy/a.jpg", "fear/b.jpg"]), "used").rows
    assert (rows["image"].to_list(), rows["line"].isna().all()) == (["fear/b.jpg", "joy/a.jpg"], True)


def test_files_whose_class_was_mapped_away_are_not_told_to_lie_outside_the_class_folders(make_folder, good, settings):
    root = make_folder({"joy/a.jpg": good, "bad/b.jpg": good})
    remark = line(open_dataset(f"{root}?map=bad:", settings), "unlabelled_files")
    assert (remark.count, remark.explanation) == (1, "you mapped bad to no label")


def test_files_without_a_label_for_several_reasons_are_told_all(open_with):
    remark = line(open_with("?map=fear:"), "unlabelled_files")
    assert (remark.count, remark.explanation) == (
        3,
        "in the folder, but no row gives them a label, or you mapped fear to no label (1)",
    )


# Sums

NAMES = [
    *(f"{n}.jpg" for n in range(6)),
    "sub/6.jpg",
    "x/twice.jpg",
    "y/twice.jpg",
    "broken.jpg",
    "worse.jpg",
    "lie.jpg",
]
WRITTEN = [*NAMES, "0", "6", "6.jpg", "/elsewhere/1.jpg", "twice.jpg", "twice", "gone.jpg", "gone"]
LABELS = ["joy", "JOY", "Joy ", "sad", "sadness", "SAD", "fear", "_", "", " "]
RULES = ["drop", "first", "majority"]
CHOICES = ["", "apart=JOY", "map=sad:sadness", "map=fear:", "apart=SAD&map=SAD:joy&map=sad:fear&map=none:x"]
FILE_OF = {name: name for name in NAMES} | {"0": "0.jpg", "6": "sub/6.jpg", "6.jpg": "sub/6.jpg"}
FILE_OF |= {"/elsewhere/1.jpg": "1.jpg"}
BARE = ("6", "6.jpg", "/elsewhere/1.jpg")
"""Names that are no path: they mean no file that is named by its path as well."""


def random_rows(rng):
    """Rows with every fault at once; 0.jpg is always there, so that something can be used."""
    rows = [(rng.choice(WRITTEN), rng.choice(LABELS)) for _ in range(rng.integers(1, 60))]
    return [("5.jpg", "joy"), *((name, label) for name, label in rows if name != "5.jpg")]


def used_by_hand(rows, cleaning):
    """Image -> label, worked out row by row."""
    found = {}
    named = {name for name, _ in rows}
    for name, raw in rows:
        label = raw.strip() and taken_as(raw.strip(), cleaning.apart, dict(cleaning.mapping))[0]
        if label and name in FILE_OF and not (name in BARE and FILE_OF[name] in named):
            found.setdefault(FILE_OF[name], []).append(label)
    used = {}
    for image, labels in found.items():
        (label, most), *others = Counter(labels).most_common()
        if cleaning.conflicts == "first":
            used[image] = labels[0]
        elif not others or (cleaning.conflicts == "majority" and others[0][1] < most):
            used[image] = label
    return {image: label for image, label in used.items() if image not in ("broken.jpg", "worse.jpg")}


@pytest.fixture
def wreck(make_folder, as_bytes, good):
    contents = dict.fromkeys(NAMES, good) | {"broken.jpg": b"no picture", "worse.jpg": b""}
    return make_folder(contents | {"lie.jpg": as_bytes(Image.new("RGB", (30, 20)), "PNG")})


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("choices", CHOICES)
def test_any_legend_s_steps_sum_up_to_the_images_used(wreck, settings, rule, choices):
    for seed in range(12):
        rows = random_rows(np.random.default_rng([seed, len(choices)]))
        (wreck / "legend.csv").write_text("\n".join(["image,label", *(",".join(row) for row in rows)]))
        dataset = open_dataset(f"{wreck}?conflicts={rule}&{choices}", settings)
        lines = {line.name: line for line in ledger(dataset)}
        assert sum(line.step for line in lines.values()) == lines["used"].count == len(dataset.usable), seed
        by_hand = used_by_hand(rows, dataset.cleaning)
        assert dict(dataset.usable[["image", "label"]].to_numpy().tolist()) == by_hand, seed
        assert dict(lines["used"].rows[["image", "label"]].to_numpy().tolist()) == by_hand, seed
        for line in lines.values():
            assert len(line.images if line.name in ("conflicting", "settled") else line.rows) == line.count, line.name


def test_a_ledger_of_nothing_but_used_images_has_no_steps_between(open_folder):
    lines = ledger(open_folder(["a.jpg", "b.jpg"], "image,label\na.jpg,joy\nb.jpg,fear"))
    assert [line.step for line in lines if line.step] == [2]


# Formats


def test_a_file_that_lies_about_its_format_is_found(faulty):
    assert misnamed(faulty.catalog).tolist() == ["Dee_1.jpg"]


@pytest.mark.parametrize(
    ("name", "true", "lies"),
    [("a.jpg", "JPEG", False), ("a.JPEG", "JPEG", False), ("a.jpg", "MPO", False), ("a.b.tif", "TIFF", False)]
    + [("a.png", "JPEG", True), ("a.jpg", "PNG", True), ("a.jpg", np.nan, False)],
)
def test_an_extension_promises_a_format(name, true, lies):
    catalog = pd.DataFrame({"image": pd.Series([name], dtype="str"), "format": pd.Series([true], dtype="str")})
    assert len(misnamed(catalog)) == lies


# The real dataset

FOLDER = Path(__file__).resolve().parents[2] / "shared" / "data" / "facial_expressions"


@pytest.fixture(scope="session")
def real(tmp_path_factory):
    """`real(choices)` is the real dataset, cleaned up with these choices; its headers are read once."""
    if not FOLDER.is_dir():
        pytest.skip("the real dataset is not at ../shared/data/facial_expressions")
    settings = Settings(data=None, home=tmp_path_factory.mktemp("home"), hosted=False, max_megapixels=64)
    return lambda choices="": open_dataset(f"{FOLDER}{choices}", settings)


@pytest.mark.real
def test_the_real_ledger_has_the_known_figures(real):
    lines = {line.name: line for line in ledger(real())}
    known = {"rows": 13_690, "repeated": 8, "conflicting": 1, "used": 13_681, "respelt": 921, "unlabelled_files": 36}
    assert {name: lines[name].count for name in known} == known
    assert lines["respelt"].explanation.startswith("15 spellings became 8 classes")


@pytest.mark.real
def test_the_real_conflict_can_be_settled_by_its_first_row(real):
    dataset = real("?conflicts=first")
    [settled] = line(dataset, "settled").images
    assert settled.endswith("Avinash_30.jpg")
    assert dataset.catalog.set_index("image").loc[settled, "label"] == "surprise"
    assert line(dataset, "used").count == 13_682


@pytest.mark.real
def test_the_real_upper_case_happiness_can_be_kept_apart(real):
    dataset = real("?apart=HAPPINESS")
    assert (len(dataset.labels), line(dataset, "kept_apart").count, line(dataset, "used").count) == (9, 387, 13_681)


@pytest.mark.real
def test_the_second_annotator_s_file_opens_as_a_legend_without_column_names(real):
    dataset = real("?legend=data/500_picts_satz.csv&map=sad:sadness")
    assert dataset.legend_columns.headerless
    assert set(dataset.labels) == {"anger", "fear", "happiness", "neutral", "sadness"}


def test_the_labels_of_an_image_are_those_that_its_rows_give(make_folder, settings):
    rows = "a.png,joy\na.png,Joy\nb.png,fear\nb.png,joy\n"
    dataset = open_dataset(make_folder(["a.png", "b.png", "c.png"], f"image,label\n{rows}"), settings)
    assert labels_given(dataset, dataset.catalog["image"]).to_list() == ["joy", "fear or joy", "no label"]
