"""Tables and results in, plotly figures out."""

from core.figures.annotators import agreement_matrix, class_mix
from core.figures.by_k import scores_by_k
from core.figures.classes import class_distribution, stacked_by
from core.figures.embedding import image_map
from core.figures.quality import score_histogram
from core.figures.results import confusion, f1_intervals, history, probabilities
from core.figures.sampling import resampling
from core.figures.shapes import aspect_ratios, shape_map
from core.figures.shortcuts import against_chance, by_split
from core.figures.style import class_colours
from core.figures.sweeps import seed_dots

__all__ = [
    "against_chance",
    "agreement_matrix",
    "aspect_ratios",
    "by_split",
    "class_colours",
    "class_distribution",
    "class_mix",
    "confusion",
    "f1_intervals",
    "history",
    "image_map",
    "probabilities",
    "resampling",
    "score_histogram",
    "seed_dots",
    "scores_by_k",
    "shape_map",
    "stacked_by",
]
