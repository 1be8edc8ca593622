"""What resampling before the split pretends, on a dataset whose labels mean nothing."""

import numpy as np
import pytest
from PIL import Image

from core.errors import BadInput
from core.experiment import run_experiment
from core.runs import RESAMPLE_FIRST, SPLIT_FIRST
from core.sweeps import Sweep, known_sweep
from core.wrong_way import inflation, plan_both_orders


@pytest.fixture
def noise(open_folder, as_bytes):
    """300 pictures of noise, 240 called joy and 60 fear: nothing can be learnt of them but by heart."""
    rng = np.random.default_rng(0)
    names = [f"{'joy' if n < 240 else 'fear'}/{n:03}.png" for n in range(300)]
    return open_folder(
        {name: as_bytes(Image.fromarray(rng.integers(0, 256, (16, 16), np.uint8)), "PNG") for name in names}
    )


@pytest.fixture
def both(noise):
    values = {"model.k": 1, "images.size": 16}
    return plan_both_orders(noise.fingerprint, noise.source, model="knn", sampling="over", seeds=(0, 1), values=values)


def test_each_seed_is_trained_in_both_orders(both):
    orders = [(config.seed, config.order) for config in both.configs]
    assert orders == [(0, SPLIT_FIRST), (0, RESAMPLE_FIRST), (1, SPLIT_FIRST), (1, RESAMPLE_FIRST)]
    assert len({config.id for config in both.configs}) == 4


def test_the_two_orders_are_a_sweep_that_a_job_can_train(both):
    assert known_sweep(both.to_json()) == both


@pytest.mark.parametrize("sampling", ["none", "class_weights", "effective_number", "gan"])
def test_a_strategy_that_shows_each_image_once_is_refused(sampling):
    with pytest.raises(BadInput, match="shows each image once, whatever comes first; choose one of: under, over,"):
        plan_both_orders("f", "somewhere", model="knn", sampling=sampling, seeds=(0,), values={})


def test_without_a_pair_there_is_nothing_to_compare(both, settings):
    assert inflation(both, settings.runs_dir) is None
    run_experiment(both.configs[0], settings)
    assert inflation(both, settings.runs_dir) is None


def test_what_cannot_be_learnt_is_found_where_copies_are_tested(both, settings):
    for config in both.configs:
        run_experiment(config, settings)
    found = inflation(both, settings.runs_dir)
    assert found.seeds == (0, 1)
    assert found.mean == pytest.approx((found.wrong - found.right).mean())
    assert found.mean > 0.1
    assert found.copies_tested > 0.2
    assert found.per_class.loc["fear", "inflation"] > 0.1


def test_one_seed_has_no_spread(both, settings):
    for config in both.configs[:2]:
        run_experiment(config, settings)
    assert inflation(Sweep(both.configs[:2]), settings.runs_dir).std is None
