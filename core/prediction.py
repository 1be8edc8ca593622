"""What a trained run says of a picture, by ONNX Runtime: no torch in the app's process."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from core.errors import BadInput
from core.image_files import grey_square, open_image, upright_size
from core.runs import Run
from core.settings import Settings


@dataclass(frozen=True)
class Face:
    """One face and what it shows."""

    box: tuple[int, int, int, int]
    """x, y, width, height in pixels of the upright picture."""
    probabilities: dict[str, float]
    """Label -> probability, the most probable first; they sum to 1."""
    seen: np.ndarray
    """What the network saw: grey uint8, shape (S, S)."""


@dataclass(frozen=True)
class Prediction:
    """What was found in one picture; `problem` is a sentence where it could not be read."""

    image: str
    faces: tuple[Face, ...] = ()
    problem: str | None = None

    def to_json(self) -> dict[str, object]:
        """Return plain data for JSON."""
        faces = [{"box": list(face.box), "probabilities": face.probabilities} for face in self.faces]
        return {"image": self.image, "faces": faces, "problem": self.problem}


def predict_image(run: Run, source: Path | bytes, name: str, settings: Settings) -> Prediction:
    """Return what the run's network says of the whole picture; a picture that cannot be read gives a `problem`."""
    size = run.config.params["images.size"]
    try:
        with open_image(source, name, settings.max_megapixels) as image:
            width, height = upright_size(image, name)
            seen = grey_square(image, name, size)
    except BadInput as problem:
        return Prediction(name, problem=str(problem))
    logits = _session(run.network).run(None, {"images": seen[None, None].astype(np.float32) / 255})[0][0]
    exponents = np.exp(logits - logits.max())
    scores = sorted(zip(run.labels, exponents / exponents.sum(), strict=True), key=lambda pair: -pair[1])
    return Prediction(name, (Face((0, 0, width, height), {label: float(p) for label, p in scores}, seen),))


@lru_cache(maxsize=4)
def _session(network: Path):
    import onnxruntime  # slow to import: only when something is predicted

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    try:
        return onnxruntime.InferenceSession(str(network), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # ONNX Runtime's errors have no common class but this
        raise BadInput(f"{network} is damaged; delete its folder and train again.") from error
