"""The curves of a report: how the training went, every k, and how far confidence can be believed."""

import pandas as pd

from core.documents.drawing import Plot, plot
from core.documents.facts import Facts
from core.evaluation.calibration import Calibration
from core.models import MODELS


def training_plots(facts: Facts) -> list[Plot]:
    """Return loss and validation macro-F1 by epoch, a line a fold; nothing for a model that has no epochs."""
    if not MODELS[facts.run.config.model].iterative:
        return []
    history = facts.run.history
    folds = list(history.groupby("fold"))
    losses = [
        (name, style, rows["epoch"], rows[column])
        for _, rows in folds
        for name, style, column in (("training", "first", "train_loss"), ("validation", "second", "validation_loss"))
    ]
    scores = [("validation", "second", rows["epoch"], rows["validation_macro_f1"]) for _, rows in folds]
    found = [
        plot("Loss by epoch", "epoch", losses, says=_from_to(history, "train_loss", "Training loss")),
        plot(
            "Validation macro-F1 by epoch",
            "epoch",
            scores,
            (0, 1),
            _from_to(history, "validation_macro_f1", "Validation macro-F1"),
        ),
    ]
    return [one for one in found if one]


def k_plots(facts: Facts) -> list[Plot]:
    """Return the test scores by the number of neighbours; nothing for another model."""
    curve = facts.run.by_k
    if curve is None:
        return []
    series = [
        ("macro-F1", "first", curve["k"], curve["macro_f1"]),
        ("accuracy", "second", curve["k"], curve["accuracy"]),
    ]
    best = curve.loc[curve["macro_f1"].idxmax()]
    says = f"Macro-F1 and accuracy for k from 1 to {len(curve)}; macro-F1 is highest at k = {best['k']:.0f}."
    found = plot("Test scores by the number of neighbours", "k", series, (0, 1), says)
    return [found] if found else []


def calibration_plot(calibration: Calibration) -> Plot | None:
    """Return the share of right answers by confidence, beside the line on which both are equal."""
    rows = calibration.reliability
    series = [
        ("equal", "even", [0, 1], [0, 1]),
        ("right", "first", rows["confidence"], rows["accuracy"]),
        ("interval", "faint", rows["confidence"], rows["low"]),
        ("interval", "faint", rows["confidence"], rows["high"]),
    ]
    says = f"Share of right answers by confidence; the expected calibration error is {calibration.ece:.3f}."
    return plot("How often it is right by how sure it is", "confidence", series, (0, 1), says)


def _from_to(history: pd.DataFrame, column: str, name: str) -> str:
    first = history[history["fold"] == history["fold"].min()]
    ends = f"{first[column].iloc[0]:.3f} to {first[column].iloc[-1]:.3f}"
    folds = " in the first fold" if history["fold"].nunique() > 1 else ""
    return f"{name} goes from {ends} over {len(first)} epochs{folds}."
