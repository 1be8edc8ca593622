"""The same picture more than once: equal bytes, equal pixels, or nearly equal to the eye."""

import numpy as np
import pandas as pd

from core.catalog import Dataset
from core.duplicates.hamming import CROWD, Pairs, close_pairs
from core.errors import BadInput

DISTANCE = 6
"""Finds a face again after JPEG at quality 10, at a third of its size or in dimmer light; hardly ever another face."""
FARTHEST = 8
"""At 10, most pairs of portraits are two faces in one pose."""
_HASHES = ["perceptual_hash", "difference_hash", "difference_hash_vertical"]
_PATTERN_BITS = 16
_MEMBERS = 10
_ABOUT = ["image", "label", "person", "annotator"]
_COLUMNS = ["group", *_ABOUT, "size", "disagree", "split_persons", "distance"]


def exact_duplicates(dataset: Dataset, measures: pd.DataFrame, by: str = "file_hash") -> pd.DataFrame:
    """Return the images that share their bytes (`by="file_hash"`) or their size and pixels ("pixel_hash").

    Columns and order are those of `near_duplicates`; every `distance` is 0.
    """
    if by not in ("file_hash", "pixel_hash"):
        raise BadInput(f"Duplicates are found by file_hash or by pixel_hash, not by {by!r}.")
    codes = pd.factorize(measures[by])[0]
    found = np.flatnonzero((codes >= 0) & (np.bincount(codes + 1)[codes + 1] > 1))
    return _table(dataset, found, codes[found], np.zeros(len(found), dtype=np.int64))


def near_duplicates(dataset: Dataset, measures: pd.DataFrame, distance: int = DISTANCE) -> pd.DataFrame:
    """Return the images that nearly equal another one, in groups; `near_pairs` says what is near.

    A group is all that hangs together: its ends may be farther apart than `distance`.

    Returns:
        One row an image: `group` (from 0), `image`, `label`, `person`, `annotator`, `size` (images of the group),
        `disagree` (the group has two labels), `split_persons` (it has two persons) and `distance` (bits, to the nearest
        other image). Groups that disagree come first, then those of two persons, then larger ones;
        ties in the catalog's order.
    """
    looks = _looks(measures)
    first, second, bits = _close_looks(measures, looks, distance)
    sizes = np.bincount(looks + 1)[1:]
    nearest = np.where(sizes > 1, 0, 65)
    np.minimum.at(nearest, first, bits)
    np.minimum.at(nearest, second, bits)
    found = np.flatnonzero(looks >= 0)
    found = found[nearest[looks[found]] <= distance]
    codes = _components(len(sizes), first, second)
    return _table(dataset, found, codes[looks[found]], nearest[looks[found]])


def near_pairs(dataset: Dataset, measures: pd.DataFrame, distance: int = DISTANCE) -> pd.DataFrame:
    """Return `first` and `second`, positions in the catalog with first < second, and their `distance` in bits.

    Near are two images whose pHash, dHash and vertical dHash (64 bits each, of the ImageHash library) all differ in no
    more than `distance` bits; the distance told is the largest of the three. pHash alone calls many portraits of two
    people the same. Images without a pattern (`patternless`) are near only where their pixels are equal.

    All pairs are found, except in crowds: of an image with more than 50 near ones, 50 or more are told.
    """
    looks = _looks(measures)
    inside, across = _pairs_of_equals(looks), _pairs_across(looks, _close_looks(measures, looks, distance))
    first, second, bits = (np.concatenate(parts) for parts in zip(inside, across, strict=True))
    table = pd.DataFrame({"first": np.minimum(first, second), "second": np.maximum(first, second), "distance": bits})
    return table.sort_values(["first", "second"], ignore_index=True)


def patternless(measures: pd.DataFrame) -> pd.Series:
    """Return True for each image with too little in it for a perceptual hash: one shade, a plain gradient, two halves.

    Half of the bits of a pHash are set, unless most of its frequencies are equally empty.
    """
    bits = np.bitwise_count(measures["perceptual_hash"].to_numpy())
    return pd.Series((bits < _PATTERN_BITS) & measures["pixel_hash"].notna().to_numpy(), index=measures.index)


def group_summary(table: pd.DataFrame) -> pd.DataFrame:
    """Return `group`, `size`, `labels`, `disagree` and `persons` (names joined by commas), one row a group."""
    groups = table.drop_duplicates("group")[["group", "size", "disagree"]].reset_index(drop=True)
    for column in ("label", "person"):
        named = table[["group", column]].dropna().drop_duplicates().sort_values(["group", column])
        joined = named.groupby("group")[column].agg(", ".join)
        groups[f"{column}s"] = joined.reindex(groups["group"], fill_value="").to_numpy()
    return groups[["group", "size", "labels", "disagree", "persons"]]


def sentence(table: pd.DataFrame) -> str:
    """Return in one sentence how many groups there are and how many of them contradict themselves."""
    if table.empty:
        return "No image is there more than once."
    groups = table.drop_duplicates("group")
    n = len(groups)
    start = f"{n:,} group{'s hold' if n != 1 else ' holds'} {len(table):,} images"
    odd = (("labels", groups["disagree"].sum()), ("persons", groups["split_persons"].sum()))
    told = [f"{count:,} {'has' if count == 1 else 'have'} different {what}" for what, count in odd if count]
    return f"{start}; {' and '.join(told)}." if told else f"{start}, and no group disagrees."


def _table(dataset: Dataset, found: np.ndarray, codes: np.ndarray, distance: np.ndarray) -> pd.DataFrame:
    """Return the table of these positions in the catalog, whose groups are told by `codes`."""
    table = dataset.catalog.iloc[found][_ABOUT].reset_index(drop=True)
    grouped = table.groupby(codes, sort=False)  # in the order of each group's first image
    groups = pd.DataFrame(
        {
            "size": grouped.size(),
            "disagree": grouped["label"].nunique() > 1,
            "split_persons": grouped["person"].nunique() > 1,
        }
    ).sort_values(["disagree", "split_persons", "size"], ascending=False, kind="stable")
    groups["group"] = np.arange(len(groups))
    table = table.join(groups.loc[codes].reset_index(drop=True)).assign(distance=distance)
    return table.sort_values("group", kind="stable", ignore_index=True)[_COLUMNS]


def _looks(measures: pd.DataFrame) -> np.ndarray:
    """Return a code an image, equal where the images look equal, from 0; -1 for one that cannot be read."""
    readable = measures["pixel_hash"].notna().to_numpy()
    by_hashes = measures.groupby(_HASHES, sort=False).ngroup().to_numpy()
    by_pixels = len(measures) + pd.factorize(measures["pixel_hash"])[0]
    codes = np.full(len(measures), -1)
    codes[readable] = pd.factorize(np.where(patternless(measures), by_pixels, by_hashes)[readable])[0]
    return codes


def _close_looks(measures: pd.DataFrame, looks: np.ndarray, distance: int) -> Pairs:
    """Return the pairs of different looks whose three hashes all differ in no more than `distance` bits."""
    if not 0 <= distance <= FARTHEST:
        raise BadInput(f"The distance of near duplicates must be from 0 to {FARTHEST} bits, not {distance}.")
    patterned = np.flatnonzero((looks >= 0) & ~patternless(measures).to_numpy())
    codes, at = np.unique(looks[patterned], return_index=True)
    hashes = measures[_HASHES].iloc[patterned[at]].to_numpy(dtype=np.uint64)
    first, second, bits = close_pairs(hashes, distance)
    return codes[first], codes[second], bits


def _components(n: int, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return the number of the connected component that each of `n` nodes belongs to."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    graph = coo_array((np.ones(len(first), dtype=bool), (first, second)), shape=(n, n))
    return connected_components(graph, directed=False)[1]


def _pairs_of_equals(looks: np.ndarray) -> Pairs:
    """Return the pairs of images that look equal; in a crowd each one with its next ones in the catalog."""
    order = np.argsort(looks, kind="stable")
    order = order[looks[order] >= 0]
    found = [np.empty((2, 0), dtype=np.int64)]
    start = np.arange(len(order))
    for step in range(1, CROWD + 1):
        start = start[start + step < len(order)]
        start = start[looks[order[start]] == looks[order[start + step]]]
        found.append(np.stack([order[start], order[start + step]]))
    first, second = np.concatenate(found, axis=1)
    return first, second, np.zeros(len(first), dtype=np.int64)


def _pairs_across(looks: np.ndarray, close: Pairs) -> Pairs:
    """Return each image of one look with each of the other, for each pair of looks; in a crowd with ten of them."""
    order = np.argsort(looks, kind="stable")
    order = order[looks[order] >= 0]
    sizes = np.bincount(looks[order])
    begins = np.cumsum(sizes) - sizes
    one, other, bits = close
    wide, high = (np.minimum(sizes[side], _MEMBERS) for side in (one, other))
    pair = np.repeat(np.arange(len(one)), wide * high)
    inner = np.arange(len(pair)) - np.repeat(np.cumsum(wide * high) - wide * high, wide * high)
    first = order[begins[one[pair]] + inner // high[pair]]
    second = order[begins[other[pair]] + inner % high[pair]]
    return first, second, bits[pair]
