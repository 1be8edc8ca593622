"""The demo dataset: 1,504 drawn faces, labelled with the faults of a real collection in their real proportion.

The model is the labelled part of `muxspace/facial_expressions` (13,718 photographs, 8 emotions). Its imbalance, its
second spelling of every label, its one annotator of colour pictures, its few persons with many pictures and its broken
rows are all here at about a ninth of the size, so that every page has something true to show before any download.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from core.datasets.faces import draw_face
from core.datasets.people import EXPRESSIONS, Identity, Scene

VERSION = 2  # a change in what is drawn needs a new one: drawn folders are kept
MARK = ".navarasa-demo"  # a file that tells a drawn folder from one of photographs
SEED = 20240613

EMOTIONS = {  # legend rows of each class
    "neutral": 740, "happiness": 590, "surprise": 50, "sadness": 40,
    "anger": 36, "disgust": 30, "fear": 10, "contempt": 6,
}  # fmt: skip
COLOUR_ANNOTATOR = "jona"  # writes labels in upper case, and labelled the colour pictures: nearly all of disgust
ANNOTATORS = {"anna": 736, "417": 616, "k2": 45, COLOUR_ANNOTATOR: 105}  # legend rows of each
COLOUR_EMOTIONS = {  # legend rows of each class that the colour annotator wrote
    "neutral": 22, "happiness": 24, "surprise": 4, "sadness": 20, "anger": 4, "disgust": 28, "fear": 3,
}  # fmt: skip
COLOUR_BY_OTHERS = 2  # colour pictures that another annotator labelled
REPEATER = "anna"  # wrote one row twice
REPEATED = Counter(neutral=1)  # rows of `EMOTIONS` that are no picture of their own: the one written twice,
CONFLICT = Counter(sadness=1)  # and the second opinion on a surprise
UNLABELLED = 4  # files without a row
SECOND_ROWS = 150  # pictures that a second annotator labelled too, in a file of his own without a header
SECOND_LABELS = {  # what he calls a picture, by what the legend calls it: the first of them, or one of the others
    "neutral": ("neutral", "sad", "anger", "anger"), "happiness": ("happiness", "happiness", "happiness", "neutral"),
    "surprise": ("surprise", "fear"), "sadness": ("sad", "neutral"), "anger": ("anger", "disgust"),
    "disgust": ("disgust", "anger"), "fear": ("fear", "surprise"), "contempt": ("neutral", "anger"),
}  # fmt: skip

LARGEST_PERSON, POWER = 60, 0.65  # a person of rank r has LARGEST_PERSON * r**-POWER pictures, at least one
COLOUR_PERSONS = 24
DISGUSTED = (13, 8, 5, 2)  # colour pictures of disgust that the few persons who hold them have

WEAKEST, SPREAD = 0.45, 0.055  # the faintest expression, and by how much action units vary at random; of 1

GREY_SIZE = (96, 96)
SMALLEST, LARGEST = (18, 24), (140, 170)  # colour pictures, width and height in pixels
JPEG_QUALITY = 82

README = """These faces were drawn by a program (Navarasa). They show nobody, and all names are invented.

data/legend.csv   who labelled which image how: user.id, image, emotion
data/second.csv   what a second annotator made of some of the images: annotator, image, emotion, without a header
images/           the faces; a file's name without its number names the person

Spelling variants, duplicates, a conflict, unlabelled files and an unreadable one are there on purpose.
"""


@dataclass(frozen=True)
class Picture:
    """One file to draw."""

    person: int
    emotion: str
    annotator: str | None  # None: the file is in no row of the legend
    size: tuple[int, int] = GREY_SIZE  # width, height in pixels
    colour: bool = False
    kind: str = "JPEG"  # what the file holds, whatever its name says; "text" is no image at all
    image: str = ""  # the file's name


def draw(folder: Path, on_progress: Callable[[int, int], None] | None = None) -> None:
    """Draw the demo dataset into an empty or new folder; `on_progress` gets the files done and their number."""
    pictures = plan()
    (folder / "images").mkdir(parents=True, exist_ok=True)
    (folder / "data").mkdir(exist_ok=True)

    # One after the other: a face is many small calls, for each of which threads would wait on Python's lock.
    for index, picture in enumerate(pictures):
        (folder / "images" / picture.image).write_bytes(render(picture, index))
        if on_progress:
            on_progress(index + 1, len(pictures))
    with (folder / "data" / "legend.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows([("user.id", "image", "emotion"), *legend(pictures)])
    with (folder / "data" / "second.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows(second_opinion(pictures))
    (folder / "README.txt").write_text(README, encoding="utf-8")
    (folder / MARK).write_text(f"{VERSION}\n", encoding="utf-8")


def render(picture: Picture, index: int) -> bytes:
    """Return a file's bytes. Every picture has its own generator, so the order of drawing does not matter."""
    if picture.kind == "text":
        return b"This is not an image: the download was cut short.\n"
    rng = np.random.default_rng((SEED, 1, index))
    identity = Identity.random(np.random.default_rng((SEED, 2, picture.person)))
    # Some expressions are faint, as in snapshots, and even a neutral face is never quite at rest.
    intensity = WEAKEST + (1 - WEAKEST) * rng.beta(2.4, 1.3)
    expression = EXPRESSIONS[picture.emotion].at(intensity, rng, SPREAD)
    image = draw_face(identity, expression, Scene.random(rng), picture.size, rng)
    out = io.BytesIO()
    (image if picture.colour else image.convert("L")).save(out, picture.kind, quality=JPEG_QUALITY)
    return out.getvalue()


# --- What is in it ----------------------------------------------------------------------------------------------------


def plan() -> list[Picture]:
    """Return every file to draw: the colour annotator's, the other annotators', those without a label."""
    rng = np.random.default_rng((SEED, 0))
    theirs, others = colour_pictures(rng), other_pictures(rng)
    grey = [index for index, picture in enumerate(others) if not picture.colour]
    colour = [index for index, picture in enumerate(others) if picture.colour]
    others[grey[0]] = replace(others[grey[0]], kind="text")
    others[colour[0]] = replace(others[colour[0]], kind="WEBP")
    unlabelled = [replace(others[index], annotator=None) for index in grey[1 : UNLABELLED + 1]]
    return named([*theirs, *others, *unlabelled], rng)


def colour_pictures(rng: np.random.Generator) -> list[Picture]:
    """Return the pictures of the colour annotator: few persons, and disgust held by a handful of them."""
    emotions = list((Counter(COLOUR_EMOTIONS) - CONFLICT).elements())
    emotions.sort(key="disgust".__ne__)  # disgust first, then all else
    disgusted = [person for person, held in enumerate(DISGUSTED) for _ in range(held)]
    anyone = rng.integers(0, COLOUR_PERSONS, len(emotions) - len(disgusted)).tolist()
    sizes = [LARGEST, *(colour_size(rng) for _ in emotions[2:]), SMALLEST]
    return [
        Picture(person, emotion, COLOUR_ANNOTATOR, size, colour=True)
        for person, emotion, size in zip([*disgusted, *anyone], emotions, sizes, strict=True)
    ]


def other_pictures(rng: np.random.Generator) -> list[Picture]:
    """Return the pictures of all other annotators: grey but for a few, of persons by a power law."""
    emotions = list((Counter(EMOTIONS) - Counter(COLOUR_EMOTIONS) - REPEATED).elements())
    rows = Counter(ANNOTATORS) - Counter({REPEATER: 1})
    annotators = [name for name in rows.elements() if name != COLOUR_ANNOTATOR]
    persons = [COLOUR_PERSONS + rank for rank, held in enumerate(pictures_held(len(emotions))) for _ in range(held)]
    rng.shuffle(annotators)
    rng.shuffle(persons)
    pictures = [Picture(*row) for row in zip(persons, emotions, annotators, strict=True)]
    for index in rng.choice(len(pictures), COLOUR_BY_OTHERS, replace=False):
        pictures[index] = replace(pictures[index], colour=True, size=colour_size(rng))
    return pictures


def legend(pictures: list[Picture]) -> list[tuple[str, str, str]]:
    """Return the legend's rows, shuffled: annotator, image and label as written, one repeated and one contradicted."""
    rows = [(p.annotator, p.image, written(p.emotion, p.annotator)) for p in pictures if p.annotator]
    rows.append(next(row for row in rows if row[0] == REPEATER and row[2] == "neutral"))
    contradicted = next(image for _, image, label in rows if label == "SURPRISE")
    rows.append((COLOUR_ANNOTATOR, contradicted, "SADNESS"))
    return [rows[index] for index in np.random.default_rng((SEED, 3)).permutation(len(rows))]


def second_opinion(pictures: list[Picture]) -> list[tuple[str, str, str]]:
    """Return a second annotator's rows: he agrees with the legend on about half of the pictures, and writes `sad`."""
    rng = np.random.default_rng((SEED, 4))
    labelled = [picture for picture in pictures if picture.annotator and picture.kind != "text"]
    chosen = rng.choice(len(labelled), SECOND_ROWS, replace=False)
    seen = [labelled[index] for index in chosen]
    return [("rolf", picture.image, str(rng.choice(SECOND_LABELS[picture.emotion]))) for picture in seen]


def written(emotion: str, annotator: str) -> str:
    """Return the label as the annotator spells it."""
    return emotion.upper() if annotator == COLOUR_ANNOTATOR else emotion


def colour_size(rng: np.random.Generator) -> tuple[int, int]:
    """Return width and height of a face cut out of a film still by hand: no two alike, taller than wide."""
    width = rng.integers(50, 125)
    return int(width), int(width * rng.uniform(1.0, 1.35))


def pictures_held(total: int) -> list[int]:
    """Return how many pictures each person has, by rank: a power law whose long tail has one each."""
    ranks = np.arange(1, total + 1)
    held = np.maximum(1, np.round(LARGEST_PERSON * ranks**-POWER)).astype(int)
    within = held[np.cumsum(held) <= total].tolist()
    return [*within, *[1] * (total - sum(within))]


# --- Invented names ---------------------------------------------------------------------------------------------------

FIRST_NAMES = (
    "Mira", "Tavo", "Elun", "Sorrel", "Ilva", "Nerin", "Pell", "Quilla", "Runo", "Sefa", "Tirel", "Ulma",
    "Vesk", "Wrenna", "Yaro", "Zenna", "Aldo", "Brisa", "Corin", "Dova", "Ebbo", "Fenna", "Galen", "Hesta",
)  # fmt: skip
SURNAME_STARTS = ("Oak", "Brim", "Moss", "Thorn", "Glim", "Fern", "Pebble", "Lark", "Rill", "Dusk", "Amber", "Cobble")
SURNAME_ENDS = ("fen", "mere", "quill", "whistle", "lantern", "thimble", "button", "ripple")


def named(pictures: list[Picture], rng: np.random.Generator) -> list[Picture]:
    """Give each picture its file name: the person and a number, as in `Mira_Oakfen_0001.jpg`."""
    everyone = [f"{first}_{start}{end}" for first in FIRST_NAMES for start in SURNAME_STARTS for end in SURNAME_ENDS]
    names = rng.permutation(everyone).tolist()
    seen: Counter[int] = Counter()
    result = []
    for picture in pictures:
        seen[picture.person] += 1
        result.append(replace(picture, image=f"{names[picture.person]}_{seen[picture.person]:04d}.jpg"))
    return result
