"""A slice as conditions on its images: in words, as part of a link, and which images fulfil them."""

from urllib.parse import parse_qsl, urlencode

import numpy as np
import pandas as pd

from core.evaluation.attributes import IN_WORDS
from core.evaluation.predictions import probabilities
from core.evaluation.slices import Judged, judged

CLASS, SAID = "class", "said"
"""Conditions that are no attributes: the true label, and the answer of images that are of another class."""

Conditions = tuple[tuple[str, str], ...]
"""Attribute (or CLASS, SAID) and value: a slice is the images that fulfil all of them. With SAID they are the images of
all other classes, and wrong is only who got this answer."""


def in_words(conditions: Conditions) -> str:
    """Return a slice as one says it, its class first.

    >>> in_words((("annotator", "kim"), ("class", "fear")))
    'fear, labelled by kim'
    """
    words = {CLASS: "{}"} | IN_WORDS | {SAID: "taken for {}"}
    order = sorted(conditions, key=lambda condition: list(words).index(condition[0]))
    return ", ".join(words[name].format(value) for name, value in order)


def to_link(conditions: Conditions) -> str:
    """Return a slice as text for a link.

    >>> to_link((("annotator", "kim"), ("class", "fear")))
    'annotator=kim&class=fear'
    """
    return urlencode(conditions)


def from_link(text: str) -> Conditions:
    """Return the slice of such a text; what is none gives a slice without images."""
    return tuple(parse_qsl(text)) if text.count("&") < 3 else ((text, ""),)


def slice_rows(predictions: pd.DataFrame, attributes: pd.DataFrame, conditions: Conditions) -> np.ndarray:
    """Return which rows a slice holds, boolean, shape (n,); none where a condition names nothing that is there."""
    return rows_of(judged(predictions), attributes, conditions)


def wrong_images(
    predictions: pd.DataFrame, attributes: pd.DataFrame, conditions: Conditions, said: np.ndarray | None = None
) -> pd.DataFrame:
    """Return the wrongly judged images of a slice, the surest mistakes first.

    One row an image: `image`, `true`, `said`, `p_said` and `p_true` (probabilities, from 0 to 1) and `person`.

    Args:
        predictions, attributes, said: as in `core.evaluation.slices.slices`.
        conditions: of the slice.
    """
    given = judged(predictions, said)
    answer = position_of(given, dict(conditions).get(SAID))
    rows = np.flatnonzero(rows_of(given, attributes, conditions) & outcome(given, answer))
    shares, names = probabilities(predictions), np.array(given.labels, dtype=object)
    sure = shares[rows, given.said[rows]]
    table = pd.DataFrame(
        {
            "image": predictions["image"].to_numpy()[rows],
            "true": names[given.true[rows]],
            "said": names[given.said[rows]],
            "p_said": sure,
            "p_true": shares[rows, given.true[rows]],
            "person": predictions["person"].to_numpy()[rows],
        }
    )
    return table.iloc[np.argsort(-sure, kind="stable")].reset_index(drop=True)


def rows_of(given: Judged, attributes: pd.DataFrame, conditions: Conditions) -> np.ndarray:
    """Return which rows a slice holds, boolean, shape (n,)."""
    rows = np.full(len(given.true), bool(conditions))
    for name, value in conditions:
        if name == CLASS:
            rows &= given.true == position_of(given, value)
        elif name == SAID:
            rows &= (given.true != position_of(given, value)) & (value in given.labels)
        elif name in attributes:
            rows &= (attributes[name] == value).fillna(False).to_numpy()
        else:
            rows[:] = False
    return rows


def outcome(given: Judged, answer: int | None) -> np.ndarray:
    """Return where the run was wrong; with an answer, where it wrongly gave this one. Boolean, shape (n,)."""
    wrong = ~given.right
    return wrong if answer is None else wrong & (given.said == answer)


def position_of(given: Judged, label: str | None) -> int | None:
    """Return where a label stands among those of the run, -1 for one that is none of them; None for none at all."""
    if label is None:
        return None
    return given.labels.index(label) if label in given.labels else -1
