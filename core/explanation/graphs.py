"""An exported network opened up: cut in two at its last map, or asked for what its last layer reads."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.errors import BadInput

if TYPE_CHECKING:  # both are slow to import: only when a network is asked
    from onnx import GraphProto, ModelProto, NodeProto
    from onnxruntime import InferenceSession

_MOST_OPEN = 8
"""Networks that stay open, each way of opening by itself."""
_WEIGHING = ("Gemm", "MatMul", "Conv")
"""Layers that weigh what they read by numbers that were learnt."""
_AFTER = (
    *("Add", "Sub", "Mul", "Div", "Identity", "Cast", "Softmax", "LogSoftmax", "Exp", "Log"),
    *("GlobalAveragePool", "AveragePool", "ReduceMean", "Flatten", "Squeeze", "Unsqueeze", "Reshape"),
)
"""What may come after the last such layer: answers are shifted, scaled, made probabilities, or averaged over places."""
_JOINED = ("Add", "Sum", "Mean", "Concat")
"""How several networks become one: their answers are added or averaged."""


@dataclass(frozen=True)
class CutNetwork:
    """A network in two halves; what passes between them is its last map, float32 (N, C, h, w)."""

    _first: "InferenceSession"
    _second: "InferenceSession"

    def maps(self, images: np.ndarray) -> np.ndarray:
        """Return the last map of images (N, S, S), uint8: float32 (N, C, h, w)."""
        return _run(self._first, as_input(images))

    def logits(self, maps: np.ndarray) -> np.ndarray:
        """Return what the network makes of maps: logits, float32 (N, K)."""
        return _run(self._second, maps)


def as_input(images: np.ndarray) -> np.ndarray:
    """Return images (N, S, S), uint8, as networks here take them: float32 (N, 1, S, S) from 0 to 1."""
    return images[:, None].astype(np.float32) / 255


def cut_at_last_map(network: Path) -> CutNetwork | None:
    """Return a network cut where all that it knows of an image is one map of several channels and places for the last
    time; None for one without such a place: it compares pixels, or is several networks side by side.

    Raises:
        BadInput: the file is damaged or gone.
    """
    return _cut(network, _changed(network))


def read_by_last_layer(network: Path, images: np.ndarray, threads: int = 1) -> np.ndarray | None:
    """Return what a network's last layer reads of images (N, S, S), uint8: float32 (N, D).

    Of a layer that reads a map, as a last convolution before pooling does, it is the mean of each channel. Of several
    networks whose answers are joined it is what all their last layers read, each scaled to length 1, one after the
    other. None for a network that does not end in a layer that was learnt, or not in a row an image.

    Args:
        network: ONNX.
        images: what it is shown.
        threads: how many work on it; 0 for one a core.

    Raises:
        BadInput: the file is damaged or gone.
    """
    session = _reader(network, _changed(network), threads)
    if session is None:
        return None
    found = session.run(None, {session.get_inputs()[0].name: as_input(images)})
    if any(len(part) != len(images) for part in found):
        return None
    rows = [part.mean(axis=tuple(range(2, part.ndim))) if part.ndim > 2 else part for part in found]
    return rows[0] if len(rows) == 1 else np.concatenate([_of_length_one(part) for part in rows], axis=1)


def _of_length_one(rows: np.ndarray) -> np.ndarray:
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), np.finfo(np.float32).tiny)


def memorised(network: Path, n_pixels: int) -> np.ndarray | None:
    """Return the images that a network carries along, as nearest neighbours do, uint8 (n, n_pixels); None if none.

    Raises:
        BadInput: the file is damaged.
    """
    from onnx import TensorProto, numpy_helper

    for tensor in _load(network).graph.initializer:
        if tensor.data_type == TensorProto.UINT8 and list(tensor.dims[1:]) == [n_pixels]:
            return numpy_helper.to_array(tensor)
    return None


def _run(session: "InferenceSession", values: np.ndarray) -> np.ndarray:
    return session.run(None, {session.get_inputs()[0].name: values})[0]


def _changed(network: Path) -> int:
    """Return when the file was written last, which tells it from one that is put in its place later."""
    try:
        return network.stat().st_mtime_ns
    except OSError as error:
        raise BadInput(f"{network} cannot be opened ({error.strerror or error}); train or install it again.") from error


# Opening


@lru_cache(maxsize=_MOST_OPEN)
def _cut(network: Path, changed: int) -> CutNetwork | None:
    from onnx import shape_inference
    from onnx.utils import Extractor

    model = shape_inference.infer_shapes(_load(network))
    shapes = _shapes(model.graph)
    maps = [name for name in _passed_by_all(model.graph) if _is_map(shapes.get(name, ()))]
    if not maps:
        return None
    images, answer = model.graph.input[0].name, model.graph.output[0].name
    halves = Extractor(model)
    first, second = halves.extract_model([images], maps[-1:]), halves.extract_model(maps[-1:], [answer])
    return CutNetwork(_session(first), _session(second))


@lru_cache(maxsize=_MOST_OPEN)
def _reader(network: Path, changed: int, threads: int) -> "InferenceSession | None":
    import onnx

    model = _load(network)
    names = _read_last(model.graph)
    if not names:
        return None
    del model.graph.output[:]
    model.graph.output.extend(onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None) for name in names)
    return _session(model, threads)


def _load(network: Path) -> "ModelProto":
    import onnx

    try:
        return onnx.load(network)
    except Exception as error:  # protobuf's, onnx's and the system's errors have no common class but this
        raise BadInput(f"{network} is damaged; delete its folder and make it again.") from error


def _session(model: "ModelProto", threads: int = 1) -> "InferenceSession":
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


# Finding the place


def _varying(graph: "GraphProto") -> list[tuple["NodeProto", list[str]]]:
    """Return the nodes on the way from the images to the logits, in order, and which of their inputs vary."""
    varying, found = {graph.input[0].name}, []
    for node in graph.node:  # in the order of computation
        sources = [name for name in dict.fromkeys(node.input) if name in varying]
        if sources:
            varying.update(node.output)
            found.append((node, sources))
    needed, used = {graph.output[0].name}, []
    for node, sources in reversed(found):
        if needed.intersection(node.output):
            needed.update(sources)
            used.append((node, sources))
    return used[::-1]


def _passed_by_all(graph: "GraphProto") -> list[str]:
    """Return the tensors that every way from the images to the logits passes, in order.

    Right after one is computed, nothing that was computed before is still waiting to be read.
    """
    steps = _varying(graph)
    readers: dict[str, int] = {}
    for _, sources in steps:
        for name in sources:
            readers[name] = readers.get(name, 0) + 1
    waiting, passed = {graph.input[0].name}, []
    for node, sources in steps:
        for name in sources:
            readers[name] -= 1
        waiting = {name for name in [*waiting, *node.output] if readers.get(name)}
        if len(waiting) == 1:
            passed.extend(waiting.intersection(node.output))
    return passed


def _shapes(graph: "GraphProto") -> dict[str, tuple[int, ...]]:
    """Return the shape of each tensor whose shape is known; a number that is free is 0."""
    known = [*graph.input, *graph.value_info, *graph.output]
    return {value.name: tuple(axis.dim_value for axis in value.type.tensor_type.shape.dim) for value in known}


def _is_map(shape: tuple[int, ...]) -> bool:
    """Return whether (N, C, h, w) has several channels, as only what was looked at has, and several places."""
    return len(shape) == 4 and shape[1] > 1 and shape[2] * shape[3] > 1


def _read_last(graph: "GraphProto") -> list[str]:
    """Return the tensors that the last learnt layers before the logits read; none where the network ends otherwise."""
    made_by = {output: (node, sources) for node, sources in _varying(graph) for output in node.output}
    found, waiting = [], [graph.output[0].name]
    while waiting:
        node, sources = made_by.get(waiting.pop(), (None, []))
        if node is None:
            return []
        if node.op_type in _WEIGHING and len(sources) == 1:
            found += sources
        elif node.op_type in (_AFTER if len(sources) == 1 else _JOINED):
            waiting += reversed(sources)
        else:
            return []
    return list(dict.fromkeys(found))
