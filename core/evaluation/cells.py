"""Behind the cells of a confusion matrix: which images a cell holds."""

import pandas as pd

from core.evaluation.predictions import PROBABILITY, predicted_labels


def same_images(first: pd.DataFrame, second: pd.DataFrame) -> bool:
    """Return whether two tables of predictions judge the very same images."""
    return set(first["image"]) == set(second["image"])


def cell_images(predictions: pd.DataFrame, true: str, said: str) -> pd.DataFrame:
    """Return what a cell of the confusion matrix holds, the surest answers first.

    One row an image: `image`, `p_said` and `p_true` (the probabilities, from 0 to 1, of what was said and of what is
    true), `person` and `fold`. Empty where the cell is.
    """
    chosen = predictions[(predictions["y_true"] == true) & (predicted_labels(predictions) == said)]
    table = chosen[["image"]].assign(p_said=chosen[PROBABILITY + said], p_true=chosen[PROBABILITY + true])
    table = table.join(chosen[["person", "fold"]])
    return table.sort_values("p_said", ascending=False, kind="stable").reset_index(drop=True)


def captions(cell: pd.DataFrame, true: str, said: str) -> list[str]:
    """Return what stands below each image of a cell: the probability of what was said, and of what is true."""
    if true == said:
        return [f"{said} {p:.0%}" for p in cell["p_said"]]
    return [f"{said} {p:.0%}, {true} {q:.0%}" for p, q in zip(cell["p_said"], cell["p_true"], strict=True)]


def answers_to(predictions: pd.DataFrame, image: str) -> pd.DataFrame:
    """Return what one image was said to be, one row a fold that judged it, empty where none did.

    `true`, `said`, `p_said` and `p_true` (probabilities, from 0 to 1), `right` and `fold`.
    """
    rows = predictions[predictions["image"] == image]
    said = predicted_labels(rows)
    table = pd.DataFrame({"true": rows["y_true"].to_numpy(), "said": said, "fold": rows["fold"].to_numpy()})
    table["p_said"] = [rows[PROBABILITY + label].iloc[place] for place, label in enumerate(table["said"])]
    table["p_true"] = [rows[PROBABILITY + label].iloc[place] for place, label in enumerate(table["true"])]
    return table.assign(right=table["said"] == table["true"])[["true", "said", "p_said", "p_true", "right", "fold"]]
