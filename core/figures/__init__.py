"""Tables and results in, plotly figures out."""

from core.figures.annotators import class_mix
from core.figures.by_k import scores_by_k
from core.figures.classes import class_distribution, stacked_by
from core.figures.comparison import compared
from core.figures.embedding import image_map
from core.figures.prediction import probabilities
from core.figures.quality import score_histogram
from core.figures.results import f1_intervals, history
from core.figures.sampling import resampling
from core.figures.shapes import aspect_ratios, shape_map
from core.figures.shortcuts import against_chance, by_split
from core.figures.style import class_colours

__all__ = [
    "against_chance",
    "aspect_ratios",
    "by_split",
    "class_colours",
    "class_distribution",
    "class_mix",
    "compared",
    "f1_intervals",
    "history",
    "image_map",
    "probabilities",
    "resampling",
    "score_histogram",
    "scores_by_k",
    "shape_map",
    "stacked_by",
]
