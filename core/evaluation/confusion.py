"""Behind the cells of a confusion matrix: which images a cell holds."""

import pandas as pd

from core.evaluation.predictions import PROBABILITY, predicted_labels


def same_images(first: pd.DataFrame, second: pd.DataFrame) -> bool:
    """Return whether two tables of predictions judge the very same images."""
    return set(first["image"]) == set(second["image"])


def cell_images(predictions: pd.DataFrame, true: str, said: str) -> pd.DataFrame:
    """Return `image` and `caption` of a cell of the confusion matrix, the surest mistakes first."""
    chosen = predictions[(predictions["y_true"] == true) & (predicted_labels(predictions) == said)]
    chosen = chosen.sort_values(PROBABILITY + said, ascending=False)
    captions = [f"{said} {probability:.0%}" for probability in chosen[PROBABILITY + said]]
    return pd.DataFrame({"image": chosen["image"].to_numpy(), "caption": captions})
