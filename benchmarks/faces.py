"""What the detector finds: our BlazeFace beside OpenCV's cascades, on faces pasted into scenes, in one run.

    python -m benchmarks.faces [--data PATH] [--images 300]

Faces of the dataset are pasted as they are into scenes of 640 x 480 that are made from a seed: shades, patches, grain.
A face is a hit where a box overlaps its image by an IoU of 1/4 or more, for the images show little but the face. A box
whose middle lies outside the image is a false alarm, and so is every box in a scene without a face. One thread each.
Prints JSON. OpenCV is no part of the app: without `pip install "opencv-python-headless<5"` only ours is measured.
Machines differ and are shared: the ratio of the times matters.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from PIL import Image

from core.catalog import Dataset
from core.datasets import open_dataset
from core.faces import FoundFace, FoundFaces, find_faces
from core.image_files import open_image, upright
from core.settings import Settings

Box = tuple[int, int, int, int]
Finder = Callable[[np.ndarray], FoundFaces]
SIZE = (640, 480)
HIT = 0.25
_FIRST_EMPTY = 1_000_000
"""Seed of the first scene without a face; those with one are numbered from 0."""
_SHADES = ((3, 90), (8, 50), (40, 25), (160, 12))
"""How many cells a side a layer of the background has, and how strongly its cells differ."""


def background(seed: int, size: tuple[int, int]) -> np.ndarray:
    """Return a scene without a face, uint8 RGB: shades of four sizes, hard-edged patches and grain."""
    rng = np.random.default_rng(seed)
    width, height = size
    scene = np.zeros((height, width, 3)) + rng.uniform(70, 180, 3)
    for cells, strength in _SHADES:
        for channel in range(3):
            layer = Image.fromarray((rng.normal(size=(cells, cells)) * strength).astype(np.float32))
            scene[:, :, channel] += layer.resize(size, Image.Resampling.BICUBIC)
    for _ in range(rng.integers(5, 15)):
        left, top = rng.integers(width), rng.integers(height)
        across, down = rng.integers(10, 200, 2)
        scene[top : top + down, left : left + across] += rng.normal(0, 40, 3)
    return (scene + rng.normal(0, rng.uniform(0, 8), scene.shape)).clip(0, 255).astype(np.uint8)


def some_images(dataset: Dataset, mode: str, n: int) -> list[str]:
    """Return the names of up to `n` usable images of this mode ("L" is grey, "RGB" colour), drawn from a seed."""
    usable = dataset.usable
    names = usable.loc[usable["mode"] == mode, "image"]
    return names.sample(min(n, len(names)), random_state=0).tolist()


def scenes(dataset: Dataset, names: list[str]) -> Iterator[tuple[np.ndarray, Box]]:
    """Yield a scene for each image, and x, y, width and height of where it was pasted."""
    for seed, name in enumerate(names):
        with open_image(dataset.root / name, name, 64) as image:
            pasted = upright(image, name, "RGB")
        pasted.thumbnail((SIZE[0] - 20, SIZE[1] - 20))
        rng = np.random.default_rng([seed, 1])
        x, y = (int(rng.integers(0, room - side + 1)) for room, side in zip(SIZE, pasted.size, strict=True))
        scene = background(seed, SIZE)
        scene[y : y + pasted.height, x : x + pasted.width] = pasted
        yield scene, (x, y, *pasted.size)


def overlap(first: Box, second: Box) -> float:
    """Return the intersection over the union of two boxes."""
    ends = [min(first[axis] + first[axis + 2], second[axis] + second[axis + 2]) for axis in (0, 1)]
    across, down = (max(0, end - max(first[axis], second[axis])) for axis, end in enumerate(ends))
    return across * down / (first[2] * first[3] + second[2] * second[3] - across * down)


def hits(found: FoundFaces, place: Box) -> bool:
    """Return whether any box is the face that was pasted here."""
    return any(overlap(face.box, place) >= HIT for face in found.faces)


def beside(found: FoundFaces, place: Box) -> int:
    """Return how many boxes have their middle outside the image that was pasted."""
    middles = [(x + width / 2, y + height / 2) for x, y, width, height in (face.box for face in found.faces)]
    x, y, width, height = place
    return sum(not (x <= across <= x + width and y <= down <= y + height) for across, down in middles)


def finders() -> dict[str, Finder]:
    """Return what is compared."""
    found: dict[str, Finder] = {"ours": find_faces}
    if find_spec("cv2"):
        import cv2

        cv2.setNumThreads(1)
        cascade = cv2.CascadeClassifier(cv2.data.haarcascades + "haarcascade_frontalface_default.xml")

        def cascades(picture: np.ndarray) -> FoundFaces:
            boxes = cascade.detectMultiScale(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), 1.1, 5, minSize=(20, 20))
            return FoundFaces(tuple(FoundFace(tuple(map(int, box)), 1.0, np.empty((0, 2))) for box in boxes))

        found["OpenCV 4's cascades"] = cascades
    return found


def measure(find: Finder, dataset: Dataset, n: int) -> dict[str, object]:
    """Return shares found, false alarms and milliseconds of one detector."""
    results, times, alarms = {}, [], 0
    for kind, mode in (("grey", "L"), ("colour", "RGB")):
        found = []
        for scene, place in scenes(dataset, some_images(dataset, mode, n)):
            started = time.perf_counter()
            faces = find(scene)
            times.append(time.perf_counter() - started)
            found.append(hits(faces, place))
            alarms += beside(faces, place)
        results |= {f"{kind} scenes": len(found), f"{kind} faces found": round(float(np.mean(found)), 3)}
    empty = sum(len(find(background(_FIRST_EMPTY + seed, SIZE)).faces) for seed in range(n))
    milliseconds = round(1000 * float(np.median(times)), 1)
    return {**results, "false alarms there": alarms, f"in {n} empty scenes": empty, "median ms": milliseconds}


def main() -> None:
    """Measure every detector that is installed, and print what was found."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default="facial_expressions", help="a dataset of cut-out faces")
    parser.add_argument("--images", type=int, default=300, help="grey ones, colour ones and empty scenes, each")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        dataset = open_dataset(arguments.data, Settings(home=Path(home)))
        compared = finders()
        print(json.dumps({name: measure(find, dataset, arguments.images) for name, find in compared.items()}, indent=1))
    if len(compared) == 1:
        print('The cascades are not compared: pip install "opencv-python-headless<5" in an environment of its own.')


if __name__ == "__main__":
    main()
