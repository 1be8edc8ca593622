"""A network file is plain ONNX that answers one picture; one that reads other files or does more is refused."""

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

from core.errors import BadInput
from core.exchange.networks import check_network, check_weights

SIZE, CLASSES = 4, 3


def network(nodes=None, initializers=None, **opsets):
    """Return a network from pictures to three numbers: the sum of the pixels, weighted."""
    weights = np.ones((SIZE * SIZE, CLASSES), dtype=np.float32)
    graph = helper.make_graph(
        nodes
        or [
            helper.make_node("Flatten", ["images"], ["flat"]),
            helper.make_node("MatMul", ["flat", "weights"], ["logits"]),
        ],
        "network",
        [helper.make_tensor_value_info("images", TensorProto.FLOAT, ["n", 1, SIZE, SIZE])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["n", CLASSES])],
        [numpy_helper.from_array(weights, "weights")] if initializers is None else initializers,
    )
    domains = [helper.make_opsetid("", 17), *(helper.make_opsetid(name, 1) for name in opsets)]
    return helper.make_model(graph, opset_imports=domains, ir_version=9)


@pytest.fixture
def written(tmp_path):
    """`written(model)` is the place of a network as a file."""

    def write(model):
        (tmp_path / "network.onnx").write_bytes(model.SerializeToString())
        return tmp_path / "network.onnx"

    return write


def test_a_plain_network_passes(written):
    check_network(written(network()), SIZE, CLASSES)


def external(model):
    """Let the weights of a network lie in a file of this computer."""
    [weights] = model.graph.initializer
    weights.ClearField("raw_data")
    weights.data_location = TensorProto.EXTERNAL
    weights.external_data.add(key="location", value="../../../etc/passwd")
    return model


def test_data_in_another_file_is_refused(written):
    with pytest.raises(BadInput, match="network.onnx keeps data in another file"):
        check_network(written(external(network())), SIZE, CLASSES)


def test_data_in_another_file_is_found_in_an_attribute_too(written):
    value = numpy_helper.from_array(np.ones((SIZE * SIZE, CLASSES), dtype=np.float32), "value")
    value.ClearField("raw_data")
    value.data_location = TensorProto.EXTERNAL
    value.external_data.add(key="location", value="weights.bin")
    nodes = [
        helper.make_node("Constant", [], ["weights"], value=value),
        helper.make_node("Flatten", ["images"], ["flat"]),
        helper.make_node("MatMul", ["flat", "weights"], ["logits"]),
    ]
    with pytest.raises(BadInput, match="keeps data in another file"):
        check_network(written(network(nodes, [])), SIZE, CLASSES)


def test_operators_of_somebody_s_own_are_refused(written):
    nodes = [helper.make_node("Run", ["images"], ["logits"], domain="evil")]
    with pytest.raises(BadInput, match=r"operators that are not ONNX's own \(evil\)"):
        check_network(written(network(nodes, evil=1)), SIZE, CLASSES)


def test_operators_of_somebody_s_own_are_found_inside_a_branch(written):
    inner = helper.make_graph(
        [helper.make_node("Run", [], ["out"], domain="evil")],
        "branch",
        [],
        [helper.make_tensor_value_info("out", TensorProto.FLOAT, None)],
    )
    nodes = [helper.make_node("If", ["images"], ["logits"], then_branch=inner, else_branch=inner)]
    with pytest.raises(BadInput, match="evil"):
        check_network(written(network(nodes)), SIZE, CLASSES)


def test_functions_are_refused(written):
    model = network()
    model.functions.append(helper.make_function("", "f", ["a"], ["b"], [helper.make_node("Relu", ["a"], ["b"])], []))
    with pytest.raises(BadInput, match="functions"):
        check_network(written(model), SIZE, CLASSES)


def test_other_names_for_what_goes_in_are_refused(written):
    model = network()
    model.graph.input[0].name = model.graph.node[0].input[0] = "pictures"
    with pytest.raises(BadInput, match="must lead from images to logits"):
        check_network(written(model), SIZE, CLASSES)


@pytest.mark.parametrize(("size", "classes"), [(SIZE, CLASSES + 1), (SIZE + 1, CLASSES)])
def test_a_network_for_other_pictures_or_classes_is_refused(written, size, classes):
    with pytest.raises(BadInput, match="network.onnx"):
        check_network(written(network()), size, classes)


def test_answers_that_are_no_numbers_are_refused(written):
    weights = numpy_helper.from_array(np.full((SIZE * SIZE, CLASSES), np.nan, dtype=np.float32), "weights")
    with pytest.raises(BadInput, match="finite numbers"):
        check_network(written(network(initializers=[weights])), SIZE, CLASSES)


@pytest.mark.parametrize("content", [b"", b"no network", bytes(1000)])
def test_what_is_no_network_is_refused(tmp_path, content):
    (tmp_path / "network.onnx").write_bytes(content)
    with pytest.raises(BadInput, match="network.onnx"):
        check_network(tmp_path / "network.onnx", SIZE, CLASSES)


def test_a_graph_that_does_not_hold_together_is_refused(written):
    nodes = [helper.make_node("MatMul", ["nowhere", "weights"], ["logits"])]
    with pytest.raises(BadInput, match="network.onnx is damaged or no ONNX file"):
        check_network(written(network(nodes)), SIZE, CLASSES)


@pytest.mark.parametrize(
    "content", [b"", b"\xff" * 100, (2).to_bytes(8, "little") + b"[]", (10**9).to_bytes(8, "little") + b"{}"]
)
def test_weights_whose_header_is_none_are_refused(tmp_path, content):
    (tmp_path / "weights.safetensors").write_bytes(content)
    with pytest.raises(BadInput, match="weights.safetensors is damaged"):
        check_weights(tmp_path / "weights.safetensors")
