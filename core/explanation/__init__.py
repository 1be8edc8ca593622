"""Why a network answers as it does: where in the face its answer comes from, without torch."""

from core.explanation.maps import (
    CLASS_ACTIVATION,
    OCCLUSION,
    ActivationMap,
    activation_map,
    maps_of,
    occlusion_map,
)
from core.explanation.painting import AGAINST, FOR, legend, paint

__all__ = [
    "AGAINST",
    "CLASS_ACTIVATION",
    "FOR",
    "OCCLUSION",
    "ActivationMap",
    "activation_map",
    "legend",
    "maps_of",
    "occlusion_map",
    "paint",
]
