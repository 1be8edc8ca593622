"""face-api's expression network out of its npm package, as the file of weights that core/face_networks ships.

    npm pack @vladmandic/face-api@1.7.15
    python docs/convert_expression.py vladmandic-face-api-1.7.15.tgz

The package keeps each weight as a byte, with a scale and a least value an array; what is written are the numbers that
they stand for, float32, under the package's names.
"""

import json
import sys
import tarfile
from pathlib import Path

import numpy as np

SOURCE = "package/model/face_expression_model"
TARGET = Path(__file__).resolve().parents[1] / "core" / "face_networks" / "face_expression.npz"


def layers(manifest: list[dict], content: bytes) -> dict[str, np.ndarray]:
    """Return name -> array; every byte of the content belongs to one of them."""
    found, start = {}, 0
    for entry in (entry for group in manifest for entry in group["weights"]):
        n, quantized = int(np.prod(entry["shape"])), entry.get("quantization")
        kind = np.dtype(np.uint8 if quantized else np.float32)
        numbers = np.frombuffer(content, kind, n, start).astype(np.float32)
        if quantized:
            numbers = numbers * np.float32(quantized["scale"]) + np.float32(quantized["min"])
        found[entry["name"]] = numbers.reshape(entry["shape"])
        start += n * kind.itemsize
    if start != len(content):
        raise SystemExit(f"{len(content) - start} bytes are left over: the manifest is of another file.")
    return found


if __name__ == "__main__":
    with tarfile.open(sys.argv[1]) as package:
        manifest = json.load(package.extractfile(f"{SOURCE}-weights_manifest.json"))
        content = package.extractfile(f"{SOURCE}.bin").read()
    np.savez_compressed(TARGET, **layers(manifest, content))
