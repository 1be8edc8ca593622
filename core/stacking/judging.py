"""A recipe judged on people that none of its networks saw: five folds, each decided on what the other four say."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.evaluation import Evaluation, evaluate
from core.job_files import Progress
from core.pixels import targets
from core.settings import Settings
from core.stacking.joining import accuracy, as_predictions, join, macro_f1_of_all
from core.stacking.members import Recipe
from core.stacking.out_of_fold import Plan, log_probabilities


@dataclass(frozen=True)
class Judged:
    """What a recipe, or one member of it, says of every image, and what that is worth."""

    title: str
    predictions: pd.DataFrame
    """`image`, `person`, `annotator`, `y_true`, `fold` and `p_<label>`, one row an image that can be read."""
    balanced: Evaluation
    """Of the decision for macro-F1."""
    accurate: Evaluation
    """Of the decision for accuracy."""
    taus: list[float]
    """Of the decision for macro-F1, one a fold."""
    said: np.ndarray
    """The position of the class that it says of each row, int64."""

    def to_json(self) -> dict[str, object]:
        """Return the figures as plain data."""
        return {
            "title": self.title,
            "macro_f1": self.balanced.macro_f1,
            "macro_f1_interval": list(self.balanced.macro_f1_interval),
            "accuracy_of_that_decision": float(self.balanced.overall.loc["accuracy", "value"]),
            "taus": self.taus,
            "accuracy": float(self.accurate.overall.loc["accuracy", "value"]),
            "accuracy_interval": [float(self.accurate.overall.loc["accuracy", end]) for end in ("low", "high")],
            "f1": {label: float(value) for label, value in self.balanced.per_class["f1"].items()},
        }


def judge(
    recipe: Recipe,
    plan: Plan,
    settings: Settings,
    report: Callable[[Progress], None] = lambda progress: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> dict[str, Judged]:
    """Train every member on every fold and return name -> what it is worth, the recipe itself last, under its own name.

    Raises:
        BadInput: the folds cannot be made, or a member's weights cannot be had.
        Cancelled: `should_stop()` returned True; folds that were finished are kept.
    """
    answers = {each.name: log_probabilities(each, plan, settings, report, should_stop) for each in recipe.members}
    readable = ~np.isnan(next(iter(answers.values()))).any(1)
    rows = plan.dataset.usable.reset_index(drop=True)[readable]
    fold_of = plan.fold_of()[readable]
    true = targets(rows["label"], plan.dataset.labels)
    found = {name: said[readable] for name, said in answers.items()}
    titles = {each.name: each.title for each in recipe.members}
    together = (recipe.name, recipe.title, list(found.values()))
    return {
        name: _judged(title, members, true, fold_of, rows, plan, recipe.rare_alone)
        for name, title, members in [*((name, titles[name], [said]) for name, said in found.items()), together]
    }


def _judged(
    title: str, members: list[np.ndarray], true, fold_of, rows: pd.DataFrame, plan: Plan, rare_alone: bool
) -> Judged:
    labels = plan.dataset.labels
    scores = {"macro_f1": macro_f1_of_all(len(labels)), "accuracy": accuracy}
    found = join(members, true, fold_of, scores, rare_alone)
    known = rows[["image", "person", "annotator"]].reset_index(drop=True)
    table = pd.concat([known, as_predictions(found.answers, true, labels).assign(fold=fold_of + 1)], axis=1)
    balanced, accurate = (evaluate(table, said=said) for said in found.said.values())
    return Judged(title, table, balanced, accurate, found.taus["macro_f1"], found.said["macro_f1"])
