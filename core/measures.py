"""Brightness, sharpness, hashes and the like of every image: each file is opened once, what was measured is kept."""

import hashlib
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image, ImageChops

from core.catalog import Dataset
from core.errors import BadInput
from core.image_files import open_image, upright
from core.settings import Settings
from core.storage import write_whole

Progress = Callable[[int, int], None]
VERSION = 1
"""Changed with the meaning of any column, so that what an older program kept is measured anew."""
SQUARE = 64
"""Side of the neutralised picture, pixels: grey and squeezed, so that size, shape and colour tell nothing."""
_SHARPNESS_SIDE = 128
_BLOCKS_SIDE = 128
_PHASH_SIDE, _DHASH_SIDES = 32, (9, 8)
_LEVELS = np.arange(256) / 255
_KEY = ["image", "n_bytes", "mtime_ns"]
_NUMBERS = [
    *("brightness", "darkest", "brightest", "contrast", "sharpness", "entropy", "colourfulness"),
    *("square_brightness", "square_contrast", "square_sharpness"),
]
_HASHES = ["perceptual_hash", "difference_hash", "difference_hash_vertical"]
_TYPES = {
    **dict.fromkeys(_NUMBERS, "float64"),
    **dict.fromkeys(["file_hash", "pixel_hash"], "str"),
    **dict.fromkeys(_HASHES, "uint64"),
}
COLUMNS = list(_TYPES)
_CHUNK, _HANDFUL = 256, 16
_WRITE_EVERY = 2000


def load_measures(dataset: Dataset, settings: Settings, on_progress: Progress | None = None) -> pd.DataFrame:
    """Return the measures of every file of the catalog; only files that are new or changed are opened.

    An exception out of `on_progress` ends the pass; what was measured until then is kept, and the next pass goes on
    from there.

    Returns:
        A table with the catalog's index and order; where a file cannot be decoded, NaN, NA and 0 (perceptual hashes):

        - `brightness`, mean luminance in [0, 1]; `darkest` and `brightest`, its 1 % and 99 % quantile; `contrast`, its
          standard deviation in [0, 0.5]; `entropy`, Shannon's, of its histogram of 256 bins, in bits in [0, 8];
        - `sharpness`, the variance of the Laplacian (Pech-Pacheco et al. 2000) of luminance from 0 to 255, the picture
          reduced to at most 128 pixels on its longer side;
        - `colourfulness`, the mean over pixels of the largest less the smallest of red, green and blue, in [0, 1];
        - `square_brightness`, `square_contrast`, `square_sharpness`, the same of the picture squeezed to 64 x 64;
        - `file_hash`, 16 hexadecimal digits over the file's bytes, which a damaged file has too; `pixel_hash`, over
          width, height and the upright RGB pixels;
        - `perceptual_hash`, `difference_hash` and `difference_hash_vertical`, uint64: pHash and both dHashes of the
          ImageHash library. Large pictures are averaged over blocks first, which changes 2 of 64 bits at most.
    """
    files, place = _files(dataset), _place(dataset, settings)
    tables = [_still_true(files, _last_measures(place, dataset.root))]
    todo = files.index.difference(tables[0].index)
    n_kept = n_known = len(tables[0])
    try:
        for fresh in _measure_in_chunks(dataset.root, files.loc[todo], settings):
            tables.append(fresh)
            n_known += len(fresh)
            # A killed pass loses little, and as the step grows with the table, all writing together stays linear.
            if n_known - n_kept >= max(_WRITE_EVERY, n_kept / 4):
                _keep(tables, place)
                n_kept = n_known
            if on_progress:
                on_progress(len(todo) - len(files) + n_known, len(todo))
    finally:
        if n_known > n_kept:
            _keep(tables, place)
    return pd.concat(tables).sort_index().set_axis(dataset.catalog.index)[COLUMNS]


def known_measures(dataset: Dataset, settings: Settings) -> pd.DataFrame | None:
    """Return what `load_measures` would, opening no image, or None while any file is yet to be measured."""
    files = _files(dataset)
    known = _still_true(files, _last_measures(_place(dataset, settings), dataset.root))
    return known.set_axis(dataset.catalog.index)[COLUMNS] if len(known) == len(files) else None


def undecodable(dataset: Dataset, measures: pd.DataFrame) -> pd.Series:
    """Return the usable images whose header is in order and whose picture is not: damaged, or of a rare kind."""
    usable = dataset.usable["image"]
    return usable[measures.loc[usable.index, "brightness"].isna()]


def _place(dataset: Dataset, settings: Settings) -> Path:
    key = os.fsencode(dataset.root.resolve()) + f"|{VERSION}|{settings.max_megapixels}".encode()
    return settings.measures_dir / f"{hashlib.sha256(key).hexdigest()[:16]}.parquet"


def _files(dataset: Dataset) -> pd.DataFrame:
    """Return name, size and time of each file of the catalog, numbered from 0; -1 for one that is gone."""
    images = dataset.catalog["image"].reset_index(drop=True)
    states = [_state(os.path.join(dataset.root, image)) for image in images]
    return pd.DataFrame(states, columns=_KEY[1:], dtype="int64").assign(image=images)[_KEY]


def _state(path: str) -> tuple[int, int]:
    try:
        stat = os.stat(path)
    except OSError:
        return -1, -1
    return stat.st_size, stat.st_mtime_ns


def _last_measures(place: Path, root: Path) -> pd.DataFrame:
    """Return what was kept, less what was closed to us then and is not now; an empty table where nothing was kept."""
    try:
        last = pd.read_parquet(place, columns=[*_KEY, *COLUMNS])
        closed = last.loc[last["file_hash"].isna(), "image"]
        opened = [_can_be_read(root / image) for image in closed]
        return last.drop(closed.index[opened]).reset_index(drop=True) if any(opened) else last
    except (OSError, ValueError):
        return _table([], pd.DataFrame(columns=_KEY).astype({"image": "str", "n_bytes": "int64", "mtime_ns": "int64"}))


def _still_true(files: pd.DataFrame, last: pd.DataFrame) -> pd.DataFrame:
    """Return the kept rows of the files that did not change, under the files' numbers."""
    if len(files) == len(last) and files.equals(last[_KEY]):
        return last
    rows = last[_KEY].assign(row=np.arange(len(last)))
    same = files.assign(file=files.index).merge(rows, on=_KEY)
    return last.iloc[same["row"]].set_axis(pd.Index(same["file"], name=None))


def _keep(tables: list[pd.DataFrame], place: Path) -> None:
    table = pd.concat(tables).sort_index().reset_index(drop=True)
    write_whole(place, lambda path: table.to_parquet(path))


def _measure_in_chunks(root: Path, files: pd.DataFrame, settings: Settings) -> Iterator[pd.DataFrame]:
    """Yield the measured rows of these files, some at a time, under their numbers."""

    def look(images: list[str]) -> list[dict[str, object]]:
        return [_look_into(root / image, image, settings.max_megapixels) for image in images]

    # Pillow works in threads, for it lets go of the interpreter's lock. NumPy's many small sums come after, in one:
    # handing over the lock costs more than they do (measured 1.3 times in all with two threads).
    with ThreadPoolExecutor(settings.threads) as pool:
        for start in range(0, len(files), _CHUNK):
            chunk = files.iloc[start : start + _CHUNK]
            images = chunk["image"].to_list()
            handfuls = [images[first : first + _HANDFUL] for first in range(0, len(images), _HANDFUL)]
            seen = [each for handful in list(pool.map(look, handfuls)) for each in handful]
            yield _table([_judge(each) for each in seen], chunk)


def _table(rows: list[dict[str, object]], files: pd.DataFrame) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=COLUMNS, index=files.index, dtype=object)  # as numbers, hashes would lose bits
    return files.join(table.fillna(dict.fromkeys(_HASHES, 0)).astype(_TYPES))


def _look_into(path: Path, name: str, max_megapixels: float) -> dict[str, object]:
    """Return the hash of a file and what `_look` sees in its picture, as far as it can be read."""
    try:
        if not _can_be_read(path):  # gone since it was listed, or closed to us: every measure stays empty
            return {}
        content = path.read_bytes()
    except OSError:  # the disk gave up
        return {}
    seen = {"file_hash": _hash(content)}
    try:
        with open_image(content, name, max_megapixels) as image:
            return seen | _look(upright(image, name, "L" if _is_grey(image.mode) else "RGB"))
    except BadInput:  # every other measure stays empty, by which `undecodable` finds it
        return seen


def _can_be_read(path: Path) -> bool:
    """Return whether there is a file that may be read; a pipe, which would keep its reader waiting, is none."""
    return path.is_file() and os.access(path, os.R_OK)


def _is_grey(mode: str) -> bool:
    return mode in ("1", "L", "LA", "La") or mode.startswith("I")


def measure_picture(picture: Image.Image) -> dict[str, object]:
    """Return every measure but `file_hash` of an upright picture whose mode is "L" or "RGB"."""
    return _judge(_look(picture))


def _look(picture: Image.Image) -> dict[str, object]:
    """Return the two measures that need all pixels, the histogram and small pictures, from which the others follow."""
    grey = picture if picture.mode == "L" else picture.convert("L")
    colourfulness = 0.0 if grey is picture else _colourfulness(picture)
    # Averaging over whole blocks once makes the small pictures below twice as fast; up to 255 pixels stay as they are.
    blocks = grey.reduce((max(1, grey.width // _BLOCKS_SIDE), max(1, grey.height // _BLOCKS_SIDE)))
    square = blocks.resize((SQUARE, SQUARE), Image.Resampling.BILINEAR)
    return {
        "colourfulness": colourfulness,
        "pixel_hash": _pixel_hash(picture if colourfulness else grey),
        "histogram": grey.histogram(),
        "reduced": _reduced(blocks, grey.size),
        "square": square,
        # The sizes to which ImageHash would reduce them, by its own filter. The differences of neighbours are so wide
        # that they can be read off the square.
        "hashed": (
            blocks.resize((_PHASH_SIDE, _PHASH_SIDE), Image.Resampling.LANCZOS),
            square.resize(_DHASH_SIDES, Image.Resampling.LANCZOS),
            square.resize(_DHASH_SIDES[::-1], Image.Resampling.LANCZOS),
        ),
    }


def _judge(seen: dict[str, object]) -> dict[str, object]:
    """Return the measures of what was seen in a file."""
    if "histogram" not in seen:
        return seen
    square = np.asarray(seen["square"], dtype=np.float32)
    return {
        **{name: value for name, value in seen.items() if name in COLUMNS},
        **_luminance(np.array(seen["histogram"])),
        "sharpness": sharpness(np.asarray(seen["reduced"], dtype=np.float32)),
        "square_brightness": float(square.mean()) / 255,
        "square_contrast": float(square.std()) / 255,
        "square_sharpness": sharpness(square),
        **_picture_hashes(*seen["hashed"]),
    }


def _luminance(counts: np.ndarray) -> dict[str, float]:
    darkest, brightest = np.searchsorted(counts.cumsum(), np.array([0.01, 0.99]) * counts.sum())
    shares = counts / counts.sum()
    some = shares[counts > 0]
    mean = float(shares @ _LEVELS)
    return {
        "brightness": mean,
        "darkest": float(darkest) / 255,
        "brightest": float(brightest) / 255,
        "contrast": float(np.sqrt(shares @ (_LEVELS - mean) ** 2)),
        "entropy": abs(float(some @ np.log2(some))),
    }


def _reduced(blocks: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Return a picture of this size at no more than 128 pixels on its longer side: large and small ones compare."""
    scale = min(1.0, _SHARPNESS_SIDE / max(size))
    width, height = (max(1, round(side * scale)) for side in size)
    return blocks.resize((width, height), Image.Resampling.BILINEAR)


def sharpness(pixels: np.ndarray) -> float:
    """Return the variance of the Laplacian; beyond its border a picture goes on as it ends."""
    laplacian = -4 * pixels
    laplacian[1:] += pixels[:-1]
    laplacian[:-1] += pixels[1:]
    laplacian[:, 1:] += pixels[:, :-1]
    laplacian[:, :-1] += pixels[:, 1:]
    for edge in (np.s_[0], np.s_[-1], np.s_[:, 0], np.s_[:, -1]):
        laplacian[edge] += pixels[edge]
    return float(laplacian.var())


def _colourfulness(picture: Image.Image) -> float:
    red, green, blue = picture.split()
    largest = ImageChops.lighter(ImageChops.lighter(red, green), blue)
    smallest = ImageChops.darker(ImageChops.darker(red, green), blue)
    return float(np.asarray(ImageChops.subtract(largest, smallest)).mean() / 255)


def _pixel_hash(picture: Image.Image) -> str:
    """Return the hash of size and pixels; the caller gives grey as one channel, however it was stored."""
    return _hash(f"{picture.mode} {picture.width} {picture.height} ".encode(), np.asarray(picture).data)


def _picture_hashes(for_phash: Image.Image, across: Image.Image, down: Image.Image) -> dict[str, int]:
    """Return the three perceptual hashes of 64 bits."""
    import imagehash

    found = (imagehash.phash(for_phash), imagehash.dhash(across), imagehash.dhash_vertical(down))
    return {
        name: int.from_bytes(np.packbits(bits.hash).tobytes(), "big") for name, bits in zip(_HASHES, found, strict=True)
    }


def _hash(*contents: bytes | memoryview) -> str:
    digest = hashlib.sha256()
    for content in contents:
        digest.update(content)
    return digest.hexdigest()[:16]
