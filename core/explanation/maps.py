"""Where in a face an answer comes from: how much a class's score falls when one place is emptied."""

from dataclasses import dataclass

import numpy as np

from core.errors import BadInput
from core.explanation.graphs import CutNetwork, cut_at_last_map
from core.predictors import Predictor, logits

CLASS_ACTIVATION, OCCLUSION = "class activation map", "occlusion"
_MOST_PLACES = 14
"""Places a side that are emptied one by one; of a finer map, blocks of places are."""
_SQUARES = 10
"""Squares a side that are covered one by one."""
_SQUARE = 0.25
"""Side of a covered square, as a share of the image's: an eye or half a mouth of a face that fills the image."""
_BATCH = 32


@dataclass(frozen=True)
class ActivationMap:
    """How much one class's logit falls when a place of the image is emptied."""

    label: str
    method: str
    """CLASS_ACTIVATION or OCCLUSION."""
    falls: np.ndarray
    """float32, shape (h, w), row 0 on top; above 0 where the place speaks for the class, below 0 where against it."""
    logit: float
    """The class's logit of the whole image, before any temperature."""

    @property
    def most(self) -> float:
        """Return the largest fall or rise of all, 0 or more."""
        return float(np.abs(self.falls).max())


def maps_of(predictor: Predictor, seen: np.ndarray, label: str) -> tuple[ActivationMap, ...]:
    """Return the occlusion map of an answer and, where the network has one, its class activation map; in this order.

    Covering squares finds what matters at least as well with every network here, at the price of 100 looks. Measured
    on unseen persons of muxspace/facial_expressions, by how much the logit falls when the fifth of the image is covered
    that a map puts highest (occlusion, class activation, a fifth at random): small residual network 4.8, 1.3, 0.9 (its
    last map has 3 x 3 places); frozen MobileNetV2 3.7, 3.8, 1.8; 3-conv CNN 3.8, 2.9, 0.8; 1-conv CNN 4.4, 0.9, 0.6.
    """
    covered = occlusion_map(predictor, seen, label)
    has_map = cut_at_last_map(predictor.network) is not None
    return (covered, activation_map(predictor, seen, label)) if has_map else (covered,)


def activation_map(predictor: Predictor, seen: np.ndarray, label: str) -> ActivationMap:
    """Return where a predictor sees a class, by emptying the last map of its network place by place.

    For a network that ends in global average pooling and one dense layer this is the class activation map of Zhou et
    al. (2016): the falls add up to the logit less its bias. Behind other heads a fall is what that place alone is
    worth, and falls need not add up. Where a network has no last map that everything passes, as nearest neighbours
    and several networks in one have not, `occlusion_map` answers.

    Args:
        predictor: whose answer it is.
        seen: what it saw, grey uint8, shape (S, S).
        label: one of its classes.

    Raises:
        BadInput: the label is none of its classes, or the network's file is damaged.
    """
    code = _code(predictor, label)
    network = cut_at_last_map(predictor.network)
    if network is None:
        return occlusion_map(predictor, seen, label)
    values = network.maps(seen[None])
    whole = network.logits(values)[0, code]
    falls = whole - _emptied(network, values, code)
    return ActivationMap(label, CLASS_ACTIVATION, falls, float(whole))


def occlusion_map(predictor: Predictor, seen: np.ndarray, label: str) -> ActivationMap:
    """Return where a predictor sees a class, by covering the image square by square (Zeiler & Fergus 2014).

    Each of 10 x 10 squares has a quarter of the image's side and the image's mean grey; they overlap, and are cut off
    at the edge. It takes nothing but the network's answers, so it works for all that answer.
    """
    code, side = _code(predictor, label), len(seen)
    whole = logits(predictor, seen[None])[0, code]
    covered = np.repeat(seen[None], _SQUARES**2, axis=0)
    grey = round(float(seen.mean()))
    edges = _square_edges(side)
    for number in range(_SQUARES**2):
        (top, bottom), (left, right) = edges[number // _SQUARES], edges[number % _SQUARES]
        covered[number, top:bottom, left:right] = grey
    batches = np.split(covered, range(_BATCH, len(covered), _BATCH))
    found = np.concatenate([logits(predictor, batch)[:, code] for batch in batches])
    return ActivationMap(label, OCCLUSION, (whole - found).reshape(_SQUARES, _SQUARES), float(whole))


def _code(predictor: Predictor, label: str) -> int:
    if label not in predictor.labels:
        raise BadInput(f"{predictor.title} knows no {label!r}; it knows {', '.join(predictor.labels)}.")
    return predictor.labels.index(label)


def _emptied(network: CutNetwork, values: np.ndarray, code: int) -> np.ndarray:
    """Return one class's logit with each place of the map (1, C, h, w) at 0, float32 (h, w), or blocks of places."""
    rows, columns = (np.array_split(np.arange(side), min(side, _MOST_PLACES)) for side in values.shape[2:])
    places = [(row[:, None], column) for row in rows for column in columns]
    found = []
    for start in range(0, len(places), _BATCH):
        chosen = places[start : start + _BATCH]
        batch = np.repeat(values, len(chosen), axis=0)
        for one, (row, column) in zip(batch, chosen, strict=True):
            one[:, row, column] = 0
        found.append(network.logits(batch)[:, code])
    return np.concatenate(found).reshape(len(rows), len(columns))


def _square_edges(side: int) -> list[tuple[int, int]]:
    """Return where each square of a row begins and ends, in pixels: their middles are spread evenly."""
    middles = (np.arange(_SQUARES) + 0.5) * side / _SQUARES
    half = _SQUARE * side / 2
    return [(max(0, round(middle - half)), min(side, round(middle + half))) for middle in middles]
