"""What a table of predictions is worth: matrices, scores with intervals, baselines, comparisons, decisions, slices.

Everything here is computed from `predictions.parquet` alone, so that anybody can compute it again.
"""

from core.evaluation.bootstrap import N_RESAMPLES, bootstrap_f1, f1_of
from core.evaluation.cells import cell_images, same_images
from core.evaluation.judge import Baseline, Evaluation, evaluate, macro_f1, thin_classes
from core.evaluation.predictions import PROBABILITY, predicted_labels, probability_labels
from core.evaluation.tables import as_csv, as_latex, as_markdown, score_table

__all__ = [
    "N_RESAMPLES",
    "PROBABILITY",
    "Baseline",
    "Evaluation",
    "as_csv",
    "as_latex",
    "as_markdown",
    "bootstrap_f1",
    "cell_images",
    "evaluate",
    "f1_of",
    "score_table",
    "macro_f1",
    "predicted_labels",
    "probability_labels",
    "same_images",
    "thin_classes",
]
