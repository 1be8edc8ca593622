"""Maps in two dimensions: groups stay apart, the same call gives the same map, and a cancelled one leaves nothing."""

import numpy as np
import pandas as pd
import pytest

from core.embedding import PROJECTIONS, Features, map_table, project
from core.errors import BadInput
from core.experiment import run_experiment
from core.runs import configure

every_projection = pytest.mark.parametrize("projection", PROJECTIONS.names())


def features_of(matrix, labels=None, key="key"):
    names = np.array([f"i{n}" for n in range(len(matrix))], dtype=object)
    labels = np.array(["x"] * len(matrix) if labels is None else labels, dtype=object)
    return Features("numbers", names, labels, np.asarray(matrix, dtype=np.float32), key, len(matrix))


@pytest.fixture(scope="module")
def blobs():
    """Two groups of sixty in ten dimensions, ten deviations apart."""
    rng = np.random.default_rng(0)
    matrix = rng.normal(size=(120, 10))
    matrix[60:] += 10
    return features_of(matrix, ["a"] * 60 + ["b"] * 60, "blobs")


def test_pca_of_a_line_is_the_line(settings):
    steps = np.arange(10.0)
    points = project(features_of(np.outer(steps, [3, 4, 0])), "pca", {}, settings)
    assert np.abs(points["x"].to_numpy()) == pytest.approx(5 * np.abs(steps - 4.5), abs=1e-4)
    assert points["y"].to_numpy() == pytest.approx(np.zeros(10), abs=1e-4)


@every_projection
def test_two_groups_that_lie_apart_stay_apart(blobs, settings, projection):
    points = project(blobs, projection, {}, settings)[["x", "y"]].to_numpy()
    first, second = points[:60].mean(0), points[60:].mean(0)
    nearer_to_first = np.linalg.norm(points - first, axis=1) < np.linalg.norm(points - second, axis=1)
    assert nearer_to_first.tolist() == [True] * 60 + [False] * 60


@every_projection
def test_a_map_is_the_same_again(blobs, settings, projection):
    first = project(blobs, projection, {}, settings)
    again = project(blobs, projection, {}, settings.model_copy(update={"home": settings.home / "other"}))
    pd.testing.assert_frame_equal(first, again)


@every_projection
def test_a_map_has_a_row_an_image_in_single_precision(blobs, settings, projection):
    points = project(blobs, projection, {}, settings)
    assert points["image"].tolist() == blobs.images.tolist()
    assert points.dtypes.astype(str).tolist() == ["str", "float32", "float32"]


def test_a_map_that_was_drawn_is_not_drawn_again(blobs, settings):
    first = project(blobs, "tsne", {}, settings)

    def fail(done, total):
        raise AssertionError("drawn again")

    pd.testing.assert_frame_equal(project(blobs, "tsne", {}, settings, on_progress=fail), first)


@pytest.mark.parametrize("other", [{"params": {"perplexity": 20}}, {"seed": 1}, {"key": "other"}])
def test_another_choice_is_another_map(blobs, settings, other):
    features = features_of(blobs.matrix[:100], key=other.get("key", "blobs"))
    project(features_of(blobs.matrix[:100], key="blobs"), "tsne", {}, settings)
    project(features, "tsne", other.get("params", {}), settings, seed=other.get("seed", 0))
    assert len(list(settings.audits_dir.iterdir())) == 2


def test_a_damaged_map_is_drawn_anew(blobs, settings):
    first = project(blobs, "pca", {}, settings)
    [place] = settings.audits_dir.iterdir()
    place.write_bytes(b"no table")
    pd.testing.assert_frame_equal(project(blobs, "pca", {}, settings), first)


def test_progress_runs_to_the_last_iteration(blobs, settings):
    seen = []
    project(blobs, "tsne", {}, settings, on_progress=lambda done, total: seen.append((done, total)))
    assert (seen[0], seen[-1]) == ((0, 750), (750, 750))
    assert [done for done, _ in seen] == sorted({done for done, _ in seen})


@pytest.mark.parametrize("after", [0, 100, 500])
def test_cancelling_leaves_nothing(blobs, settings, after):
    def cancel(done, total):
        if done >= after:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        project(blobs, "tsne", {}, settings, on_progress=cancel)
    assert not list(settings.home.rglob("*.parquet"))


def test_too_large_a_perplexity_names_both_numbers(settings):
    features = features_of(np.random.default_rng(0).normal(size=(60, 5)))
    with pytest.raises(BadInput, match="perplexity 30 needs more than 90 images, and here are 60"):
        project(features, "tsne", {}, settings)


@every_projection
def test_copies_of_an_image_make_no_trouble(settings, projection):
    matrix = np.repeat(np.random.default_rng(0).normal(size=(4, 5)), 50, axis=0)
    assert np.isfinite(project(features_of(matrix), projection, {}, settings)[["x", "y"]].to_numpy()).all()


def test_an_unknown_projection_lists_the_known_ones(blobs, settings):
    with pytest.raises(BadInput, match="pca, tsne"):
        project(blobs, "umap", {}, settings)


@pytest.mark.parametrize("choice", list(PROJECTIONS), ids=PROJECTIONS.names())
def test_the_menu_says_what_it_is_and_where_it_comes_from(choice):
    assert all(text.strip() for text in (choice.title, choice.summary, choice.source))
    assert choice.settle({}) == {param.name: param.default for param in choice.params}


# What a map is coloured by


@pytest.fixture(scope="module")
def run(easy, easy_settings):
    values = {"model.k": 1, "images.size": 16}
    return run_experiment(configure(easy.fingerprint, easy.source, model="knn", folds=2, values=values), easy_settings)


@pytest.fixture(scope="module")
def points(easy):
    images = easy.usable["image"].iloc[::-1].reset_index(drop=True)
    return pd.DataFrame({"image": images, "x": np.arange(len(images), dtype=np.float32), "y": np.float32(0)})


def test_each_point_has_what_the_catalog_knows_of_its_image(easy, points):
    table = map_table(easy, points)
    catalog = easy.catalog.set_index("image")
    for column in ("label", "annotator", "person"):
        pd.testing.assert_series_equal(
            table[column], catalog.loc[points["image"], column].reset_index(drop=True), check_names=False
        )


def test_without_a_run_nothing_is_predicted(easy, points):
    table = map_table(easy, points)
    assert table[["prediction", "correct"]].isna().all(axis=None)
    assert not table["unseen"].any()


def test_a_run_says_what_it_predicted_and_whether_that_is_right(easy, points, run):
    table = map_table(easy, points, run).set_index("image")
    judged = run.predictions.set_index("image")
    right = judged["y_true"] == judged[[f"p_{label}" for label in run.labels]].idxmax(axis=1).str.removeprefix("p_")
    assert table["correct"].loc[judged.index].tolist() == right.tolist()
    assert table["prediction"].notna().all()


def test_only_the_first_fold_s_test_images_are_unseen(easy, points, run):
    table = map_table(easy, points, run)
    first = run.predictions.query("fold == 1")["image"]
    assert set(table.loc[table["unseen"], "image"]) == set(first)


def test_an_image_in_no_test_part_has_no_prediction(easy, easy_settings, points):
    values = {"model.k": 1, "images.size": 16}
    held_out = run_experiment(configure(easy.fingerprint, easy.source, model="knn", values=values), easy_settings)
    table = map_table(easy, points, held_out)
    assert table["prediction"].notna().sum() == table["correct"].notna().sum() == len(held_out.predictions)
