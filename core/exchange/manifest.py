"""What lies in an exported run: the names that may be there, how large each may be, and the list of checksums."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from core.runs import BY_K, FILES, VALIDATION

MANIFEST = "manifest.json"
REQUIRED = FILES
"""An import has all of these, as every run that was trained has."""
OPTIONAL = (BY_K, VALIDATION)
_MB = 10**6
LIMITS = {
    MANIFEST: _MB,
    "config.json": _MB,
    "metrics.json": 20 * _MB,  # a thousand classes
    "history.csv": 20 * _MB,
    BY_K: 20 * _MB,
    "predictions.parquet": 500 * _MB,  # a million images of a hundred classes
    VALIDATION: 500 * _MB,
    "network.onnx": 1000 * _MB,  # nearest neighbours keep every training image in it
    "weights.safetensors": 1000 * _MB,
}
"""What may lie in an exported run -> the most bytes it may unpack to."""
MAX_RATIO, RATIO_FROM = 200, 10 * _MB
"""A file of more bytes than the second may not unpack to more than so many times its size."""


class File(BaseModel):
    """One file of the run."""

    model_config = ConfigDict(extra="forbid", strict=True)

    bytes: Annotated[int, Field(ge=0)]
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class Manifest(BaseModel):
    """What an exported run says of itself."""

    model_config = ConfigDict(extra="forbid", strict=True)

    format: Literal["navarasa run"] = "navarasa run"
    version: Literal[1] = 1
    """Of this format; raised whenever an older program could not read it."""
    run: Annotated[str, Field(pattern="^[0-9a-f]{12}$")]
    files: dict[str, File]
