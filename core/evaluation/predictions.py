"""The columns of a table of predictions: one row a judged image, a probability a class."""

import numpy as np
import pandas as pd

from core.catalog import person_codes
from core.errors import BadInput

PROBABILITY = "p_"
"""What a column of probabilities is called before its label: p_happiness."""


def probability_labels(predictions: pd.DataFrame) -> list[str]:
    """Return the labels that have a column of probabilities, in the order of the columns."""
    return [name.removeprefix(PROBABILITY) for name in predictions.columns if name.startswith(PROBABILITY)]


def probabilities(predictions: pd.DataFrame) -> np.ndarray:
    """Return the probabilities, shape (n, K), a column a label in the order of `probability_labels`."""
    return predictions[[PROBABILITY + label for label in probability_labels(predictions)]].to_numpy()


def said_codes(predictions: pd.DataFrame) -> np.ndarray:
    """Return the position of the most probable label of each row, int64, shape (n,); of equals, the first column's."""
    return probabilities(predictions).argmax(1)


def true_codes(predictions: pd.DataFrame) -> np.ndarray:
    """Return the position of the true label of each row, int64, shape (n,).

    Raises:
        BadInput: a true label has no column of probabilities.
    """
    labels = probability_labels(predictions)
    codes = pd.Index(labels).get_indexer(predictions["y_true"]).astype(np.int64)
    if (codes < 0).any():
        unknown = predictions["y_true"][codes < 0].iloc[0]
        raise BadInput(
            f"The predictions have no column {PROBABILITY}{unknown}, yet {unknown!r} is a true label in them."
        )
    return codes


def predicted_labels(predictions: pd.DataFrame) -> np.ndarray:
    """Return the most probable label of each row; of equals, the first column's."""
    return np.asarray(probability_labels(predictions), dtype=object)[said_codes(predictions)]


def persons_of(predictions: pd.DataFrame) -> np.ndarray:
    """Return the number of each row's person, int64, shape (n,), counted from 0 as they first appear.

    Images of nobody known come after all of them, each as someone of its own.
    """
    return person_codes(predictions["person"])
