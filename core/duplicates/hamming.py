"""Find the hashes that differ in a few bits, without comparing all with all."""

import math
from itertools import combinations

import numpy as np

Pairs = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Two ends, as positions, and the bits between them; each of shape (n_pairs,)."""
CROWD = 50
"""A hash with so many near ones is not looked at any further: a crowd would cost the square of its size."""
_COMPARISONS = 20_000_000
_SORT_COST, _COMPARE_COST = 70, 40  # nanoseconds a hash and a pair, measured
_EVEN_BITS = 45  # pHash bits of pictures narrow the search as well as so many even and independent ones would
_MIX = np.uint64(0x9E3779B97F4A7C15)  # 2 ** 64 over the golden ratio, odd: Fibonacci hashing (Knuth 1973)


def close_pairs(hashes: np.ndarray, distance: int) -> Pairs:
    """Return the pairs whose hashes all differ in no more than `distance` bits, each pair once.

    Of the first hash's 64 bits, dealt into distance + k bands, at least k bands are equal in a near pair (the
    pigeonhole principle of multi-index hashing, Norouzi et al. 2012). So for each choice of k bands the hashes are
    sorted by these alone, and only those that agree in them are compared.

    All pairs are found unless there are crowds: a hash with `CROWD` near ones, or more than 30 million comparisons
    under one choice of bands. Then those that are most alike are compared first, which holds a crowd together.

    Args:
        hashes: uint64, shape (n, n_hashes), no two rows equal.
        distance: the largest difference in any hash, from 0.

    Returns:
        Two ends and the largest of the pair's differences.
    """
    masks = _masks(len(hashes), distance)
    by_likeness = np.argsort(hashes[:, 0], kind="stable")
    columns = np.ascontiguousarray(hashes[by_likeness].T)
    degree = np.zeros(len(hashes), dtype=np.int64)
    found = [(np.empty(0, dtype=np.int64),) * 3]
    for number in range(len(masks)):
        found += _agreeing(columns, masks[: number + 1], distance, degree)
    first, second, bits = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return by_likeness[first], by_likeness[second], bits


def _masks(n: int, distance: int) -> list[np.uint64]:
    """Return the bits of each choice of bands, for the number k of equal bands that costs least."""

    def cost(equal: int) -> float:
        chosen = math.comb(distance + equal, equal)
        agreeing = n * n / 2 / 2 ** (_EVEN_BITS * equal / (distance + equal)) if equal else n * n / 2
        return chosen * (n * _SORT_COST + agreeing * _COMPARE_COST)

    equal = min(range(5), key=cost)
    n_bands = max(1, distance + equal)
    # Every n-th bit, not neighbours: neighbouring frequencies of a picture agree too often.
    bands = [sum(1 << bit for bit in range(band, 64, n_bands)) for band in range(n_bands)]
    return [np.uint64(sum(chosen)) for chosen in combinations(bands, equal)]


def _agreeing(columns: np.ndarray, masks: list[np.uint64], distance: int, degree: np.ndarray) -> list[Pairs]:
    """Return the near pairs that agree under the last mask and under none before, and count them in `degree`."""
    order, keys = _sorted_under(columns[0], masks[-1], np.flatnonzero(degree < CROWD))
    found, compared, step = [], 0, 1
    start = np.flatnonzero(keys[1:] == keys[:-1])
    while len(start) and (compared := compared + len(start)) <= _COMPARISONS:
        pairs = _near(columns, order[start], order[start + step], masks[:-1], distance)
        for ends in pairs[:2]:
            np.add.at(degree, ends, 1)
        found.append(pairs)
        step += 1  # each with its next in order, then with the one after, while they agree
        start = start[: np.searchsorted(start, len(order) - step)]
        start = start[(keys[start] == keys[start + step]) & (degree[order[start]] < CROWD)]
    return found


def _sorted_under(hashes: np.ndarray, mask: np.uint64, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return these places in the order of their masked hashes, and a key each that is equal where those are equal.

    Key and place share one number, so that sorting numbers does, which is many times faster than sorting places. The
    key is shortened for it: a few that differ may share one, and are told apart when they are compared.
    """
    shift = np.uint64(max(1, int(places.max(initial=0)).bit_length()))
    mixed = (hashes[places] & mask) * _MIX >> shift << shift
    both = np.sort(mixed | places.astype(np.uint64))
    keys = both >> shift
    return (both ^ (keys << shift)).astype(np.int64), keys


def _near(columns: np.ndarray, first: np.ndarray, second: np.ndarray, earlier: list[np.uint64], distance: int) -> Pairs:
    """Return those of the pairs that are near and do not agree under an earlier mask, where they were found already."""
    bits = np.zeros(len(first), dtype=np.uint8)
    for column in columns:
        bits = np.maximum(bits, np.bitwise_count(column[first] ^ column[second]))
        near = np.flatnonzero(bits <= distance)
        first, second, bits = first[near], second[near], bits[near]
    differing = columns[0, first] ^ columns[0, second]
    new = np.ones(len(first), dtype=bool)
    for mask in earlier:
        new &= (differing & mask) != 0
    return first[new], second[new], bits[new].astype(np.int64)
