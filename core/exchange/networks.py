"""A network file as it must be: plain ONNX that loads nothing from elsewhere, and answers one picture."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from core.errors import BadInput

_PLAIN = ("", "ai.onnx")
"""The domains of operators that are ONNX's own."""


def check_network(place: Path, image_size: int, n_labels: int) -> None:
    """Raise BadInput unless a file is a network from `images` (N, 1, S, S) to `logits` (N, K) that ONNX Runtime loads.

    It may hold no data outside of its file, no operators but ONNX's own and no functions. It is loaded, on the CPU, and
    asked of one grey picture. A file made to harm may still burst: check what came from elsewhere in a process of its
    own.

    Args:
        place: the file.
        image_size: S.
        n_labels: K.
    """
    import onnx

    try:
        model = onnx.load(str(place), load_external_data=False)
        _check_plain(model)
        onnx.checker.check_model(model)
    except BadInput:
        raise
    except Exception as error:  # protobuf's and onnx's errors have no common class but this
        raise BadInput(f"{place.name} is damaged or no ONNX file ({_line(error)}).") from error
    inputs, outputs = ([value.name for value in values] for values in (model.graph.input, model.graph.output))
    if inputs != ["images"] or outputs != ["logits"]:
        raise BadInput(f"{place.name} must lead from images to logits, not from {inputs} to {outputs}.")
    del model
    logits = _answer(place, image_size)
    if logits.shape != (1, n_labels) or not np.isfinite(logits).all():
        raise BadInput(f"{place.name} must answer one picture with {n_labels} finite numbers.")


def check_weights(place: Path) -> None:
    """Raise BadInput unless a file's header is one of safetensors, every tensor inside the file."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(place, framework="numpy") as weights:
            weights.keys()
    except (SafetensorError, OSError) as error:
        raise BadInput(f"{place.name} is damaged or no safetensors file ({_line(error)}).") from error


def _check_plain(model) -> None:
    import onnx

    used = {entry.domain for entry in model.opset_import} | {node.domain for node in _nodes(model.graph)}
    if odd := sorted(used.difference(_PLAIN)):
        raise BadInput(f"network.onnx uses operators that are not ONNX's own ({odd[0][:80]}).")
    if len(model.functions) or len(model.training_info):
        raise BadInput("network.onnx holds functions or training steps, which no run writes.")
    for tensor in _tensors(model.graph):
        if tensor.data_location == onnx.TensorProto.EXTERNAL or len(tensor.external_data):
            raise BadInput("network.onnx keeps data in another file, which would be read from this computer.")


def _nodes(graph) -> Iterator:
    for node in graph.node:
        yield node
        for inner in _inner(node):
            yield from _nodes(inner)


def _inner(node) -> Iterator:
    """Yield the graphs inside a node, such as the two branches of an If."""
    for attribute in node.attribute:
        if attribute.HasField("g"):
            yield attribute.g
        yield from attribute.graphs


def _tensors(graph) -> Iterator:
    yield from graph.initializer
    for sparse in graph.sparse_initializer:
        yield from (sparse.values, sparse.indices)
    for node in graph.node:
        for attribute in node.attribute:
            yield from (attribute.t, *attribute.tensors)
            for sparse in (attribute.sparse_tensor, *attribute.sparse_tensors):
                yield from (sparse.values, sparse.indices)
        for inner in _inner(node):
            yield from _tensors(inner)


def _answer(place: Path, image_size: int) -> np.ndarray:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4  # what is wrong is said in one line
    picture = np.full((1, 1, image_size, image_size), 0.5, dtype=np.float32)
    try:
        session = onnxruntime.InferenceSession(str(place), options, providers=["CPUExecutionProvider"])
        return np.asarray(session.run(None, {"images": picture})[0])
    except Exception as error:  # ONNX Runtime's errors have no common class but this
        raise BadInput(f"network.onnx cannot be run on a picture ({_line(error)}).") from error


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:120].rstrip(".")
