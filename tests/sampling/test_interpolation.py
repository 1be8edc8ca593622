"""Blends of two images: the same as imbalanced-learn makes from pixels, with both parents known."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from imblearn.over_sampling import ADASYN, SMOTE, BorderlineSMOTE
from scipy.sparse import identity
from sklearn.neighbors import NearestNeighbors
from threadpoolctl import threadpool_limits

from core.datasets import open_dataset
from core.errors import BadInput
from core.pixels import load_pixels
from core.sampling import SAMPLERS
from core.sampling.interpolation import _Search, filled_classes, most_neighbours
from core.sampling.random_resampling import state
from core.settings import Settings
from core.splits import make_folds

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "data" / "facial_expressions"
COUNTS = {"joy": 60, "fear": 25, "anger": 12}
LABELS = np.random.default_rng(1).permutation(np.repeat(list(COUNTS), list(COUNTS.values())).astype(object))
LEVELS = {"joy": 100, "fear": 115, "anger": 130}
PEERS = {
    "smote": lambda k, **options: SMOTE(k_neighbors=k, **options),
    "borderline_smote": lambda k, **options: BorderlineSMOTE(k_neighbors=k, **options),
    "adasyn": lambda k, **options: ADASYN(n_neighbors=k, **options),
}
every_name = pytest.mark.parametrize("name", list(PEERS))


@pytest.fixture(autouse=True)
def one_thread():
    """So small a search is slower in several threads, by far if the machine is busy."""
    with threadpool_limits(1):
        yield


def noise(labels, levels, seed=0):
    """Images (n, 6, 6), uint8, of noise around a level for each class: classes whose levels are near overlap."""
    means = np.array([levels[label] for label in labels])[:, None, None]
    return np.random.default_rng(seed).normal(means, 25, (len(labels), 6, 6)).clip(0, 255).astype(np.uint8)


IMAGES = noise(LABELS, LEVELS)


def build(name, labels=LABELS, images=IMAGES, seed=0, **params):
    return SAMPLERS[name].build(labels, np.random.default_rng(seed), images=images, **SAMPLERS[name].settle(params))


def blended(plan, images=IMAGES):
    """The images of all places, (n_out, pixels), float64."""
    pixels = images.reshape(len(images), -1).astype(np.float64)
    shares = plan.shares[:, None].astype(np.float64)
    return (1 - shares) * pixels[plan.indices] + shares * pixels[plan.partners]


def class_of_two(name, first, second, labels=("joy",) * 4 + ("fear",) * 2, **params):
    """A plan where fear is two images of one grey each, and joy four black ones."""
    images = np.zeros((6, 2, 2), dtype=np.uint8)
    images[4], images[5] = first, second
    return build(name, np.array(labels, dtype=object), images, neighbours=1, **params)


@pytest.mark.parametrize(("neighbours", "share"), [(5, 1.0), (1, 0.7), (11, 0.9)])
@every_name
def test_the_blends_are_what_imbalanced_learn_makes_of_the_pixels(name, neighbours, share):
    seed, wanted = state(np.random.default_rng(3)), filled_classes(COUNTS, share)
    peer = PEERS[name](neighbours, sampling_strategy=wanted, random_state=seed)
    expected, labels = peer.fit_resample(IMAGES.reshape(len(IMAGES), -1).astype(np.float64), LABELS)
    plan = build(name, seed=3, neighbours=neighbours, share=share)
    assert LABELS[plan.indices].tolist() == labels.tolist()
    np.testing.assert_allclose(blended(plan), expected, atol=1e-4)


@every_name
def test_every_image_comes_first_once_and_as_it_is(name):
    plan = build(name)
    assert plan.indices[: len(LABELS)].tolist() == list(range(len(LABELS)))
    assert not plan.blended[: len(LABELS)].any()


@every_name
def test_both_parents_are_of_the_class_that_is_filled(name):
    plan = build(name)
    assert (LABELS[plan.indices] == LABELS[plan.partners]).all()
    assert (plan.indices != plan.partners)[plan.blended].all()


@every_name
def test_the_first_parent_has_the_larger_share(name):
    shares = build(name).shares
    assert 0 < shares.max() <= 0.5


@pytest.mark.parametrize("name", ["smote", "borderline_smote"])
@pytest.mark.parametrize(("share", "size"), [(1.0, {"fear": 60, "anger": 60}), (0.3, {"fear": 25, "anger": 18})])
def test_small_classes_are_filled_up_to_the_share(name, share, size):
    assert Counter(LABELS[build(name, share=share).indices]) == {"joy": 60} | size


def test_adasyn_fills_small_classes_up_but_for_rounding():
    after = Counter(LABELS[build("adasyn", share=1.0).indices])
    assert after["joy"] == 60
    assert all(abs(after[label] - 60) <= COUNTS[label] / 2 for label in ("fear", "anger"))


def test_adasyn_makes_most_where_classes_meet():
    """Fear is two images among joy and eight far away from all: only the two have neighbours of another class."""
    labels = np.array(["joy"] * 20 + ["fear"] * 10, dtype=object)
    levels = [100] * 20 + [100] * 2 + [250] * 8
    images = np.array(levels, dtype=np.uint8)[:, None, None] + np.arange(30, dtype=np.uint8)[:, None, None] % 5
    plan = build("adasyn", labels, images, neighbours=3, share=1.0)
    assert all(
        {20, 21} & {place, partner} for place, partner in zip(plan.indices[30:], plan.partners[30:], strict=True)
    )


def test_borderline_smote_leaves_out_a_class_that_is_far_from_all_others():
    labels = np.array(["joy"] * 30 + ["fear"] * 20, dtype=object)
    plan = build("borderline_smote", labels, noise(labels, {"joy": 30, "fear": 220}))
    assert len(plan.indices) == 50


def test_smote_draws_from_the_line_between_two_images():
    plan = class_of_two("smote", 100, 200)
    made = blended(plan, np.array([0, 0, 0, 0, 100, 200]))[6:, 0]
    assert len(made) == 2
    assert ((made > 100) & (made < 200)).all()


def test_only_nearest_images_of_the_class_are_partners():
    labels = np.array(["joy"] * 40 + ["fear"] * 4, dtype=object)
    images = np.array([0] * 40 + [100, 101, 200, 201], dtype=np.uint8)[:, None, None]
    plan = build("smote", labels, images, neighbours=1)
    pairs = {frozenset(pair) for pair in zip(plan.indices[44:].tolist(), plan.partners[44:].tolist(), strict=True)}
    assert pairs == {frozenset({40, 41}), frozenset({42, 43})}


def test_an_image_that_is_there_twice_is_blended_into_itself():
    plan = class_of_two("smote", 100, 100)
    assert (blended(plan, np.array([0, 0, 0, 0, 100, 100]))[6:] == 100).all()


def test_copies_of_one_image_may_be_repeated_instead_of_blended():
    """Among equal images, the nearest other one may be the image itself: then the share is 0."""
    labels = np.array(["joy"] * 30 + ["fear"] * 10, dtype=object)
    plan = build("smote", labels, np.full((40, 3, 3), 7, dtype=np.uint8), neighbours=2)
    assert plan.shares[plan.indices == plan.partners].max() == 0
    assert Counter(labels[plan.indices]) == {"joy": 30, "fear": 30}


@every_name
def test_the_same_generator_blends_the_same_and_another_does_not(name):
    plan, again, other = build(name, seed=5), build(name, seed=5), build(name, seed=6)
    assert np.array_equal(plan.shares, again.shares)
    assert not np.array_equal(plan.shares, other.shares)


@every_name
def test_the_arrays_are_of_the_kind_a_plan_promises(name):
    plan = build(name)
    assert (plan.indices.dtype, plan.partners.dtype, plan.shares.dtype) == (np.int64, np.int64, np.float32)
    assert len(plan.indices) == len(plan.partners) == len(plan.shares)


@every_name
def test_classes_of_one_size_stay_as_they_are(name):
    labels = np.array(["joy", "fear"] * 4, dtype=object)
    plan = build(name, labels, noise(labels, LEVELS))
    assert plan.indices.tolist() == list(range(8))


@pytest.mark.parametrize(("name", "title"), [("smote", "SMOTE"), ("adasyn", "ADASYN")])
def test_too_few_images_for_the_neighbours_are_told_with_both_numbers(name, title):
    labels = np.array(["joy"] * 40 + ["fear"] * 7 + ["contempt"] * 4, dtype=object)
    sentence = (
        f"^{title} looks for 5 neighbours of each contempt image, but the training part has only 4 contempt images; "
        "choose at most 3 for neighbours.$"
    )
    with pytest.raises(BadInput, match=sentence):
        build(name, labels, noise(labels, LEVELS | {"contempt": 90}))


@every_name
def test_as_many_neighbours_as_the_sentence_allows_work(name):
    labels = np.array(["joy"] * 40 + ["fear"] * 7 + ["contempt"] * 4, dtype=object)
    assert set(labels[build(name, labels, noise(labels, LEVELS | {"contempt": 90}), neighbours=3).indices]) == set(
        labels
    )


@every_name
def test_a_class_of_one_image_cannot_be_blended(name):
    labels = np.array(["joy"] * 40 + ["fear"] * 7 + ["anger"], dtype=object)
    with pytest.raises(BadInput, match="has only 1 anger image; choose a strategy that repeats images"):
        build(name, labels, noise(labels, LEVELS), neighbours=1)


@every_name
def test_a_single_class_leaves_nothing_to_balance(name):
    labels = np.array(["joy"] * 8, dtype=object)
    with pytest.raises(BadInput, match="nothing to balance: all 8 images are 'joy'"):
        build(name, labels, noise(labels, LEVELS))


def test_adasyn_says_where_classes_do_not_meet():
    labels = np.array(["joy"] * 30 + ["fear"] * 10, dtype=object)
    with pytest.raises(
        BadInput, match="the 3 nearest neighbours of each of the 10 fear images are fear too; choose SMOTE"
    ):
        build("adasyn", labels, noise(labels, {"joy": 30, "fear": 220}), neighbours=3)


def test_adasyn_says_where_rounding_leaves_nothing():
    labels = np.array(["joy"] * 40 + ["fear"] * 30 + ["anger"] * 39, dtype=object)
    sentence = "share out 1 new anger images among 39, .* share of at most 0.97, which leaves anger as it is, or SMOTE"
    with pytest.raises(BadInput, match=sentence):
        build("adasyn", labels, noise(labels, dict.fromkeys(LEVELS, 120)), share=1.0)


def test_adasyn_works_with_the_share_that_it_advises():
    labels = np.array(["joy"] * 40 + ["fear"] * 15 + ["anger"] * 39, dtype=object)
    plan = build("adasyn", labels, noise(labels, dict.fromkeys(LEVELS, 120)), share=0.97)
    assert Counter(labels[plan.indices])["anger"] == 39


def test_the_search_by_unit_vectors_finds_what_a_search_by_pixels_finds():
    vectors, pixels = identity(len(IMAGES), format="csr"), IMAGES.reshape(len(IMAGES), -1).astype(float)
    search, peer = _Search(IMAGES, 4).fit(vectors[20:]), NearestNeighbors(n_neighbors=4).fit(pixels[20:])
    np.testing.assert_array_equal(search.kneighbors(vectors[:20])[1], peer.kneighbors(pixels[:20])[1])
    assert (search.kneighbors_graph(vectors[:20]) != peer.kneighbors_graph(pixels[:20])).nnz == 0


@pytest.mark.parametrize(
    ("share", "filled"),
    [(1.0, {"anger": 60, "fear": 60}), (0.5, {"anger": 30, "fear": 30}), (0.4, {"anger": 24}), (0.2, {})],
)
def test_classes_below_the_share_of_the_commonest_are_filled(share, filled):
    assert filled_classes(COUNTS, share) == filled


@pytest.mark.parametrize(("share", "most"), [(1.0, 11), (0.4, 11), (0.2, 50)])
def test_the_smallest_class_to_be_filled_limits_the_neighbours(share, most):
    assert most_neighbours(COUNTS, share) == most


@pytest.mark.parametrize(("rare", "most"), [(1, 0), (2, 1), (51, 50), (90, 50)])
def test_the_limit_is_one_less_than_the_class_and_never_above_the_menu(rare, most):
    assert most_neighbours({"joy": 100, "fear": rare}, 1.0) == most


@pytest.fixture(scope="module")
def real_part(tmp_path_factory):
    settings = Settings(data=None, home=tmp_path_factory.mktemp("home"), hosted=False, max_megapixels=64)
    dataset = open_dataset(FOLDER, settings)
    usable = dataset.usable.reset_index(drop=True)
    train = make_folds("person_disjoint", usable)[0].train
    return usable["label"].to_numpy(dtype=object)[train], load_pixels(dataset, 12, settings).images[train]


@pytest.mark.real
@pytest.mark.skipif(not FOLDER.is_dir(), reason="the real dataset is not at ../shared/data/facial_expressions")
@every_name
def test_the_defaults_work_on_the_real_faces(name, real_part):
    labels, images = real_part
    plan = build(name, labels, images)
    assert Counter(labels[plan.indices])["fear"] > 3000
    assert (labels[plan.indices] == labels[plan.partners]).all()
