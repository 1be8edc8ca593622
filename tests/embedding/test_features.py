"""Features of images: components of pixels, and what a network's last layer reads, worked by hand."""

from dataclasses import replace

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

from core.embedding import MAX_DRAWN, network_features, pixel_features, sample
from core.errors import BadInput
from core.experiment import run_experiment
from core.runs import Run, configure

SIDE = 16
GREYS = [0, 51, 102, 153, 204, 255]


@pytest.fixture
def greys(open_folder, as_bytes):
    """Six images, each of one grey: brightness is all that tells them apart."""
    images = {f"g{grey:03}.png": as_bytes(Image.new("L", (SIDE, SIDE), grey), "PNG") for grey in GREYS}
    legend = "image,emotion\n" + "\n".join(f"{name},{'dark' if n < 3 else 'light'}" for n, name in enumerate(images))
    return open_folder(images, legend)


@pytest.fixture
def make_run(greys, tmp_path):
    """`make_run(nodes, constants)` is a run of a network of these nodes, from "images" to "logits"."""

    def make(nodes, constants=None, model="cnn_1conv"):
        tensors = [numpy_helper.from_array(np.float32(value), name) for name, value in (constants or {}).items()]
        given = helper.make_tensor_value_info("images", TensorProto.FLOAT, ["n", 1, SIDE, SIDE])
        told = helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["n", 2])
        graph = helper.make_graph(nodes, "network", [given], [told], tensors)
        opset = [helper.make_opsetid("", 17)]
        onnx.save(helper.make_model(graph, opset_imports=opset, ir_version=8), tmp_path / "network.onnx")
        config = configure(greys.fingerprint, greys.source, model=model, values={"images.size": SIDE})
        return Run(tmp_path, config, 0.0, 0.0, {"labels": ["dark", "light"]})

    return make


@pytest.fixture(scope="module")
def trained(easy, easy_settings):
    values = {"training.epochs": 1, "model.width": 2, "images.size": 16}
    return run_experiment(configure(easy.fingerprint, easy.source, model="cnn_1conv", values=values), easy_settings)


MEAN_AND_CORNER = np.zeros((SIDE * SIDE, 2))
MEAN_AND_CORNER[:, 0] = 1 / SIDE**2
MEAN_AND_CORNER[0, 1] = 1
FLAT = helper.make_node("Flatten", ["images"], ["flat"])
HIDDEN = helper.make_node("MatMul", ["flat", "first"], ["hidden"])
LAST = helper.make_node("Gemm", ["hidden", "second", "bias"], ["logits"])
WEIGHTS = {"first": MEAN_AND_CORNER, "second": np.eye(2), "bias": np.ones(2)}


# Pixels


def test_images_of_one_grey_each_lie_on_a_line(greys, settings):
    # Every pixel scaled to variance 1 is the same z-score, so that 1,024 of them are sqrt(1024) times it.
    matrix = pixel_features(greys, settings).matrix
    z = (np.array(GREYS) - np.mean(GREYS)) / np.std(GREYS)
    assert np.abs(matrix[:, 0]) == pytest.approx(32 * np.abs(z), rel=1e-4)
    assert np.abs(matrix[:, 1:]).max() < 1e-2


def test_pixel_features_keep_distances_where_fifty_components_hold_everything(greys, settings):
    features = pixel_features(greys, settings)
    assert features.matrix.dtype == np.float32
    assert np.linalg.norm(features.matrix[0] - features.matrix[5]) == pytest.approx(32 * 255 / np.std(GREYS), rel=1e-4)


def test_features_name_their_images_and_labels(greys, settings):
    features = pixel_features(greys, settings)
    assert features.images.tolist() == greys.usable["image"].tolist()
    assert features.labels.tolist() == ["dark"] * 3 + ["light"] * 3
    assert features.n_usable == 6


def test_pixel_features_are_the_same_again(easy, easy_settings):
    first, again = pixel_features(easy, easy_settings), pixel_features(easy, easy_settings)
    assert (first.matrix == again.matrix).all()
    assert first.key == again.key


def test_an_image_that_cannot_be_decoded_is_left_out(make_folder, as_bytes, settings):
    from core.datasets import open_dataset

    noise = np.random.default_rng(0).integers(0, 255, (4, 64, 64), np.uint8)
    images = {f"{name}.png": as_bytes(Image.fromarray(noise[n]), "PNG") for n, name in enumerate("abcd")}
    folder = make_folder(images, "image,emotion\na.png,x\nb.png,x\nc.png,y\nd.png,y")
    dataset = open_dataset(folder, settings)
    (folder / "b.png").write_bytes(images["b.png"][:500])
    assert pixel_features(dataset, settings).images.tolist() == ["a.png", "c.png", "d.png"]


def test_images_that_all_look_alike_are_refused(open_folder, settings):
    dataset = open_folder(["a.jpg", "b.jpg", "c.jpg"], "image,emotion\na.jpg,x\nb.jpg,y\nc.jpg,y")
    with pytest.raises(BadInput, match="look the same"):
        pixel_features(dataset, settings)


def test_two_images_are_too_few_for_a_map(open_folder, settings):
    dataset = open_folder(["a.jpg", "b.jpg"], "image,emotion\na.jpg,x\nb.jpg,y")
    with pytest.raises(BadInput, match="fewer than three images"):
        pixel_features(dataset, settings)


def test_cancelling_while_images_are_read_leaves_nothing(easy, settings):
    def cancel(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pixel_features(easy, settings, cancel)
    assert not [path for path in settings.home.rglob("*") if path.is_file()]


# The sample


def test_a_small_dataset_is_drawn_whole(easy):
    assert sample(easy) is easy
    assert len(easy.usable) < MAX_DRAWN


def test_a_sample_has_exactly_as_many_images_and_keeps_rare_classes_whole(easy):
    drawn = sample(easy, 72).usable["label"].value_counts()
    # 72 // 6 = 12 places each are ensured: top (12) is whole. 36 are left for 48 left and 18 right: 26 and 10.
    assert drawn.to_dict() == {"left": 38, "right": 22, "top": 12}


@pytest.mark.parametrize("n", [3, 10, 50, 101])
def test_a_sample_of_any_size_holds_every_class(easy, n):
    drawn = sample(easy, n).usable
    assert len(drawn) == n
    assert n < 6 or set(drawn["label"]) == set(easy.labels)


def test_a_sample_is_the_same_for_the_same_seed(easy):
    images = [sample(easy, 50, seed).usable["image"].tolist() for seed in (0, 0, 1)]
    assert images[0] == images[1] != images[2]


def test_only_the_sample_is_decoded(easy, settings, monkeypatch):
    monkeypatch.setattr("core.embedding.features.sample", lambda dataset: sample(dataset, 20))
    seen = []
    features = pixel_features(easy, settings, lambda done, total: seen.append((done, total)))
    assert seen == [(20, 20)]
    assert (len(features.images), features.n_usable) == (20, 102)


# A network's last layer


def test_features_are_what_the_last_dense_layer_reads(make_run, greys, settings):
    features = network_features(make_run([FLAT, HIDDEN, LAST], WEIGHTS), greys, settings)
    grey = np.array(GREYS) / 255
    assert features.matrix == pytest.approx(np.stack([grey, grey], axis=1), abs=1e-5)


def test_a_bias_or_a_scale_after_the_last_layer_is_passed_over(make_run, greys, settings):
    nodes = [
        FLAT,
        HIDDEN,
        helper.make_node("Constant", [], ["two"], value=numpy_helper.from_array(np.float32(2))),
        helper.make_node("Mul", ["second", "two"], ["doubled"]),
        helper.make_node("MatMul", ["hidden", "doubled"], ["products"]),
        helper.make_node("Add", ["products", "bias"], ["sums"]),
        helper.make_node("Div", ["sums", "two"], ["logits"]),
    ]
    features = network_features(make_run(nodes, WEIGHTS), greys, settings)
    assert features.matrix[:, 0] == pytest.approx(np.array(GREYS) / 255, abs=1e-5)


def test_a_network_that_ends_otherwise_is_refused(make_run, greys, settings):
    nodes = [FLAT, HIDDEN, helper.make_node("Relu", ["hidden"], ["logits"])]
    with pytest.raises(BadInput, match="does not end in a dense layer"):
        network_features(make_run(nodes, {"first": MEAN_AND_CORNER}), greys, settings)


def test_a_model_that_memorises_is_refused(make_run, greys, settings):
    run = make_run([FLAT, HIDDEN, LAST], WEIGHTS, model="knn")
    with pytest.raises(BadInput, match="learns no features"):
        network_features(run, greys, settings)


def test_a_damaged_network_is_refused(make_run, greys, settings):
    run = make_run([FLAT, HIDDEN, LAST], WEIGHTS)
    run.network.write_bytes(b"\xff no network")
    with pytest.raises(BadInput, match="damaged"):
        network_features(run, greys, settings)


def test_the_last_layer_of_a_trained_network_gives_its_logits(trained, easy, easy_settings):
    from safetensors.numpy import load_file

    features = network_features(trained, easy, easy_settings)
    weights = load_file(trained.folder / "weights.safetensors")
    bias = max((name for name in weights if name.endswith("bias")), key=lambda name: int(name.split(".")[0]))
    logits = features.matrix @ weights[bias.replace("bias", "weight")].T + weights[bias]
    predictions = trained.predictions.set_index("image")
    rows = [features.images.tolist().index(image) for image in predictions.index]
    exponents = np.exp(logits[rows])
    expected = predictions[[f"p_{label}" for label in trained.labels]].to_numpy()
    assert exponents / exponents.sum(1, keepdims=True) == pytest.approx(expected, abs=1e-4)


def test_the_key_changes_with_the_run_and_the_images(make_run, greys, settings):
    run = make_run([FLAT, HIDDEN, LAST], WEIGHTS)
    other = replace(run, folder=run.folder / "." / "other")
    other.folder.mkdir()
    (other.folder / "network.onnx").write_bytes(run.network.read_bytes())
    fewer = replace(greys, catalog=greys.catalog.iloc[1:])
    keys = [network_features(run, greys, settings).key, network_features(other, greys, settings).key]
    keys += [network_features(run, fewer, settings).key, pixel_features(greys, settings).key]
    assert len(set(keys)) == 4


def test_progress_ends_at_the_number_of_images(trained, easy, easy_settings):
    seen = []
    network_features(trained, easy, easy_settings, lambda done, total: seen.append((done, total)))
    assert seen[-1] == (102, 102)
