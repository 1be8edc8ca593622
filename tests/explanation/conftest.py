"""Networks of torch as predictors."""

import pytest

from core.predictors import Predictor
from core.training import export_onnx


@pytest.fixture
def predictor_of(tmp_path):
    """`predictor_of(model, size)` is a torch module, exported as runs are, that tells "dark" from "light"."""

    def make(model, size, labels=("dark", "light")):
        network = tmp_path / "network.onnx"
        export_onnx(model, size, str(network))
        priors = (1 / len(labels),) * len(labels)
        return Predictor("a", "A", labels, size, network, tmp_path, False, 0.0, 1.0, priors)

    return make
