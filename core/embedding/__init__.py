"""Images as points: features of their pixels or of a network, a map in two dimensions, and what lies near what."""

from core.embedding.features import MAX_DRAWN, Features, network_features, pixel_features, sample
from core.embedding.neighbours import caught, class_mix, label_purity, nearest
from core.embedding.projections import PROJECTIONS, map_table, project

__all__ = [
    "MAX_DRAWN",
    "PROJECTIONS",
    "Features",
    "caught",
    "class_mix",
    "label_purity",
    "map_table",
    "nearest",
    "network_features",
    "pixel_features",
    "project",
    "sample",
]
