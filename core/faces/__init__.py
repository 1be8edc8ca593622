"""Faces in an uploaded picture: where they are, how the networks want them cut out, and whether they can be judged."""

from core.faces.detector import LANDMARKS, FoundFace, FoundFaces, find_faces, is_upside_down
from core.faces.framing import face_square
from core.faces.quality import FaceQuality, face_quality

__all__ = [
    "LANDMARKS",
    "FaceQuality",
    "FoundFace",
    "FoundFaces",
    "face_quality",
    "face_square",
    "find_faces",
    "is_upside_down",
]
