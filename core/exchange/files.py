"""JSON and CSV that came from elsewhere, read so that nothing odd gets past."""

import json
from pathlib import Path

import pandas as pd

from core.errors import BadInput


def read_json(place: Path) -> object:
    """Return what a JSON file holds; NaN and infinity are no numbers.

    Raises:
        BadInput: it is no JSON.
    """

    def refuse(word: str) -> None:
        raise ValueError(f"{word} is no number")

    try:
        return json.loads(place.read_text(encoding="utf-8"), parse_constant=refuse)
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{place.name} is no JSON that can be read ({str(error)[:100]}).") from error


def read_csv(place: Path) -> pd.DataFrame:
    """Return a table of numbers.

    Raises:
        BadInput: it is no CSV, or a column holds anything but numbers and truth values.
    """
    try:
        table = pd.read_csv(place)
    except (ValueError, OverflowError) as error:  # a decoding or parsing error is a ValueError
        raise BadInput(f"{place.name} is no CSV that can be read ({str(error)[:100]}).") from error
    for name in table.columns:
        if table[name].dtype.kind not in "biuf":
            raise BadInput(f"{place.name}: the column {name[:80]!r} holds something that is no number.")
    return table
