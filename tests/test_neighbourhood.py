"""The faces that a predictor knows, and which of them are nearest to one it is shown."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.neighbors import NearestNeighbors

from core.errors import BadInput
from core.experiment import run_experiment
from core.neighbourhood import (
    COSINE,
    EUCLIDEAN,
    KNOWN,
    KnownFaces,
    features_of,
    known_faces,
    nearest,
    votes,
)
from core.pixels import load_pixels
from core.predictors import Predictor, of_run
from core.runs import configure, read_run
from core.training import export_onnx

SIDE = 16


def trained(easy, settings, model, folds=0, sampling="none", **values):
    values = {"images.size": SIDE, **values}
    config = configure(easy.fingerprint, easy.source, model=model, folds=folds, sampling=sampling, values=values)
    return of_run(run_experiment(config, settings))


@pytest.fixture(scope="module")
def network(easy, easy_settings):
    """One convolution after an epoch on the easy dataset."""
    return trained(easy, easy_settings, "cnn_1conv", **{"training.epochs": 1, "model.width": 2})


@pytest.fixture(scope="module")
def neighbours(easy, easy_settings):
    """The five nearest neighbours on the easy dataset."""
    return trained(easy, easy_settings, "knn", **{"model.k": 5})


@pytest.fixture
def corner(tmp_path):
    """A predictor that compares faces by their first two pixels, from 0 to 1."""
    import torch
    from torch import nn

    first = nn.Linear(SIDE * SIDE, 2, bias=False)
    with torch.no_grad():
        first.weight.zero_()
        first.weight[0, 0] = first.weight[1, 1] = 1
    export_onnx(nn.Sequential(nn.Flatten(), first, nn.Linear(2, 2)), SIDE, str(tmp_path / "network.onnx"))
    labels = ("dark", "light")
    return Predictor("a", "A", labels, SIDE, tmp_path / "network.onnx", tmp_path, False, 0.0, 1.0, (0.5, 0.5))


def seen(first, second):
    image = np.zeros((SIDE, SIDE), np.uint8)
    image[0, :2] = first, second
    return image


def known(features, labels, distance=COSINE):
    names = [f"{number}.jpg" for number in range(len(labels))]
    table = pd.DataFrame({"image": names, "label": labels, "person": [pd.NA] * len(labels)}, dtype="str")
    return KnownFaces(table, np.asarray(features), distance)


def image_of(easy, settings, name):
    pixels = load_pixels(easy, SIDE, settings)
    return np.asarray(pixels.images[easy.usable["image"].tolist().index(name)])


# Features


def test_features_are_what_the_last_layer_reads(corner):
    found = features_of(corner, np.stack([seen(255, 0), seen(51, 102)]))
    assert found == pytest.approx(np.array([[1, 0], [0.2, 0.4]]), abs=1e-6)


def test_nearest_neighbours_compare_pixels(neighbours):
    images = np.random.default_rng(0).integers(0, 256, (3, SIDE, SIDE), np.uint8)
    assert features_of(neighbours, images) == pytest.approx(images.reshape(3, -1) / 255, abs=1e-6)


def test_features_come_batch_by_batch_and_say_how_far_they_are(corner, monkeypatch):
    monkeypatch.setattr("core.neighbourhood._BATCH", 2)
    told = []
    images = np.stack([seen(value, 0) for value in (0, 51, 102, 153, 204)])
    found = features_of(corner, images, lambda done, total: told.append((done, total)))
    assert found[:, 0] == pytest.approx([0, 0.2, 0.4, 0.6, 0.8], abs=1e-6)
    assert told == [(2, 5), (4, 5), (5, 5)]


# What a run knows


def test_a_run_knows_the_images_it_was_neither_tested_on_nor_watched_by(network, easy, easy_settings):
    run = read_run(network.folder)
    held = {*run.predictions["image"], *run.validation["image"]}
    faces = known_faces(network, easy_settings, easy)
    assert set(faces.table["image"]) == set(easy.usable["image"]) - held
    assert (faces.distance, faces.features.shape) == (COSINE, (len(faces.table), 64))


def test_of_several_folds_the_first_is_the_network_s(easy, easy_settings):
    predictor = trained(easy, easy_settings, "knn", folds=3, **{"model.k": 1})
    run = read_run(predictor.folder)
    first = [table.loc[table["fold"] == 1, "image"] for table in (run.predictions, run.validation)]
    assert set(known_faces(predictor, easy_settings, easy).table["image"]) == set(easy.usable["image"]) - set(
        pd.concat(first)
    )


def test_each_known_face_has_its_label_and_person_from_the_catalog(network, easy, easy_settings):
    table = known_faces(network, easy_settings, easy).table
    catalog = easy.usable.set_index("image").loc[table["image"]]
    assert table["label"].tolist() == catalog["label"].tolist()
    assert table["person"].tolist() == catalog["person"].tolist()


def test_known_faces_are_computed_once(network, easy, easy_settings, monkeypatch):
    first = known_faces(network, easy_settings, easy)
    monkeypatch.delattr("core.neighbourhood.features_of")
    assert (known_faces(network, easy_settings, easy).features == first.features).all()


def test_features_beside_the_table_are_those_of_its_images(network, easy, easy_settings):
    faces = known_faces(network, easy_settings, easy)
    own = features_of(network, image_of(easy, easy_settings, faces.table["image"].iloc[7])[None])
    assert faces.features[7] == pytest.approx(own[0], abs=1e-5)


def test_of_many_faces_a_sample_is_compared(network, easy, settings, monkeypatch):
    from core.embedding import sample

    monkeypatch.setattr("core.neighbourhood.sample", lambda dataset: sample(dataset, 20))
    faces = known_faces(network, settings, easy)
    assert (len(faces.table), len(faces.features)) == (20, 20)
    own = features_of(network, image_of(easy, settings, faces.table["image"].iloc[3])[None])
    assert faces.features[3] == pytest.approx(own[0], abs=1e-5)


def test_cancelling_while_features_are_read_leaves_no_features(network, easy, easy_settings, settings):
    load_pixels(easy, SIDE, settings)

    def cancel(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        known_faces(network, settings, easy, cancel)
    assert not settings.features_dir.exists()


def test_an_image_that_nearest_neighbours_left_out_is_not_among_their_faces(easy, easy_settings):
    predictor = trained(easy, easy_settings, "knn", sampling="under_over", **{"model.k": 1, "sampling.target": 12})
    counts = known_faces(predictor, easy_settings, easy).table["label"].value_counts()
    assert counts[["left", "right"]].to_dict() == {"left": 12, "right": 12}


def test_a_run_needs_its_own_dataset(network, open_folder, settings):
    other = open_folder(["a.jpg", "b.jpg", "c.jpg"], "image,emotion\na.jpg,x\nb.jpg,y\nc.jpg,y")
    for dataset in (other, None):
        with pytest.raises(BadInput, match="learnt from another dataset"):
            known_faces(network, settings, dataset)


# What the zoo brings


def test_faces_that_come_along_need_no_dataset(corner, settings):
    columns = {"image": ["a", "b"], "label": ["dark", "light"], "person": ["x", None]}
    features = {"f1": [0.5, 0.25], "f0": [1.0, 2.0]}
    pd.DataFrame(columns | features).to_parquet(corner.folder / KNOWN)
    faces = known_faces(corner, settings)
    assert faces.features.tolist() == [[1, 0.5], [2, 0.25]]
    assert faces.table["person"].isna().tolist() == [False, True]


@pytest.mark.parametrize("columns", [{"image": ["a"]}, {"image": ["a"], "label": ["x"], "person": ["p"], "g": [1.0]}])
def test_a_table_of_faces_that_lacks_columns_is_refused(columns, corner, settings):
    pd.DataFrame(columns).to_parquet(corner.folder / KNOWN)
    with pytest.raises(BadInput, match="is damaged"):
        known_faces(corner, settings)


def test_a_table_of_faces_that_is_no_table_is_refused(corner, settings):
    (corner.folder / KNOWN).write_bytes(b"no table")
    with pytest.raises(BadInput, match="is damaged"):
        known_faces(corner, settings)


# The nearest


def test_the_nearest_point_the_same_way(corner):
    faces = known([[1, 1], [3, 0], [0, 0], [-1, 0]], ["a", "b", "c", "d"])
    found = nearest(corner, seen(255, 0), faces, 3)
    assert found["image"].tolist() == ["1.jpg", "0.jpg", "2.jpg"]
    assert found["distance"].tolist() == pytest.approx([0, 1 - np.sqrt(0.5), 1], abs=1e-6)


def test_ranks_begin_at_one_and_end_where_no_more_faces_are_known(corner):
    found = nearest(corner, seen(255, 0), known([[1, 1], [3, 0]], ["a", "b"]), 12)
    assert found["rank"].tolist() == [1, 2]
    assert list(found.columns) == ["rank", "image", "label", "person", "distance"]


def test_of_equally_near_faces_the_first_comes_first(corner):
    found = nearest(corner, seen(255, 0), known([[2, 0], [1, 0], [4, 0]], ["a", "b", "c"]))
    assert found["image"].tolist() == ["0.jpg", "1.jpg", "2.jpg"]


def test_pixels_are_as_far_apart_as_scikit_learn_finds(neighbours, easy, easy_settings):
    faces = known_faces(neighbours, easy_settings, easy)
    image = np.random.default_rng(0).integers(0, 256, (SIDE, SIDE), np.uint8)
    found = nearest(neighbours, image, faces, 4)
    peer = NearestNeighbors(n_neighbors=4).fit(faces.features / 255)
    distances, rows = peer.kneighbors(image.reshape(1, -1) / 255)
    assert faces.distance == EUCLIDEAN
    assert found["image"].tolist() == faces.table["image"].iloc[rows[0]].tolist()
    assert found["distance"].to_numpy() == pytest.approx(distances[0], abs=1e-4)


def test_the_nearest_faces_vote_as_the_run_of_nearest_neighbours_did(neighbours, easy, easy_settings):
    faces, run = known_faces(neighbours, easy_settings, easy), read_run(neighbours.folder)
    for row in run.predictions.head(6).to_dict("records"):
        told = votes(nearest(neighbours, image_of(easy, easy_settings, row["image"]), faces, 5))
        shares = dict.fromkeys(run.labels, 0) | told.set_index("label")["share"].to_dict()
        assert shares == pytest.approx({label: row[f"p_{label}"] for label in run.labels}, abs=1e-5)


def test_a_face_that_was_learnt_from_finds_itself(neighbours, easy, easy_settings):
    faces = known_faces(neighbours, easy_settings, easy)
    name = faces.table["image"].iloc[11]
    found = nearest(neighbours, image_of(easy, easy_settings, name), faces, 1)
    assert found["image"].tolist() == [name]
    assert found["distance"].iloc[0] == 0


def test_faces_described_by_another_network_are_refused(corner):
    with pytest.raises(BadInput, match="by 2 numbers, but its known faces have 3"):
        nearest(corner, seen(0, 0), known([[1, 2, 3]], ["a"]))


def test_votes_come_most_first_and_of_equals_the_nearer():
    told = votes(pd.DataFrame({"label": ["c", "a", "b", "a", "b"]}))
    assert told["label"].tolist() == ["a", "b", "c"]
    assert told["votes"].tolist() == [2, 2, 1]
    assert told["share"].tolist() == [0.4, 0.4, 0.2]


def test_a_predictor_whose_network_changed_is_read_anew(network, easy, settings, tmp_path):
    import os
    import shutil

    copy = tmp_path / network.name
    shutil.copytree(network.folder, copy)
    moved = replace(network, folder=copy, network=copy / "network.onnx")
    known_faces(moved, settings, easy)
    os.utime(moved.network, (0, 0))
    known_faces(moved, settings, easy)
    assert len(list((settings.features_dir / "known").iterdir())) == 2
