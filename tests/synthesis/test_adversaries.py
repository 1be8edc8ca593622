"""The two networks while they learn: told a class, the generator makes that class; a checkpoint keeps all of it."""

import numpy as np
import pytest
import torch

from core.synthesis.adversaries import Adversaries, to_bytes, to_tensor
from core.synthesis.config import configure_synthesis
from core.synthesis.material import Material


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def adversaries(**values):
    """Networks that are shown white pictures of class "a" and black ones of class "b"."""
    given = {"batch_size": 8, "width": 2, "augment": 0, "learning_rate": 0.002} | values
    config = configure_synthesis("0" * 16, "demo", ["a", "b"], values=given)
    targets = np.repeat([0, 1], [4, 40])
    images = np.where(targets[:, None, None] == 0, 230, 20) * np.ones((1, 64, 64))
    names = np.array([f"{number}.png" for number in range(44)], dtype=object)
    return Adversaries(config, Material(images.astype(np.uint8), names, targets, np.arange(44), ("a", "b"), 2))


def after(n_steps, **values):
    trained = adversaries(**values)
    results = [trained.step() for _ in range(n_steps)]
    return trained, results


def test_a_class_is_made_when_it_is_asked_for():
    trained, _ = after(120)
    made = trained.make(np.array([0, 1] * 8), np.random.default_rng(0)).mean((1, 2))
    assert made[::2].min() > made[1::2].max() + 30


def test_the_discriminator_can_tell_what_is_made_at_first():
    trained, results = after(12)
    assert max(told_right for _, _, told_right in results) > 0.8


def test_making_images_does_not_disturb_the_training():
    disturbed, plain = adversaries(), adversaries()
    disturbed.make(np.array([0]), np.random.default_rng(0))
    assert disturbed.step() == plain.step()


def test_the_training_does_not_touch_torch_s_own_generator():
    torch.manual_seed(7)
    expected = torch.rand(1)
    torch.manual_seed(7)
    after(1)
    assert torch.equal(torch.rand(1), expected)


def test_a_state_that_is_loaded_goes_on_alike():
    first, _ = after(3, augment=1)
    second = adversaries(augment=1)
    second.load(first.state())
    second.rng.bit_generator.state, second.n_steps = first.rng.bit_generator.state, first.n_steps
    assert [first.step() for _ in range(3)] == [second.step() for _ in range(3)]


def test_a_state_before_the_first_step_can_be_loaded():
    first, second = adversaries(), adversaries()
    second.load(first.state())
    assert first.step() == second.step()


def test_the_state_of_other_networks_is_refused():
    with pytest.raises(RuntimeError):
        adversaries(width=4).load(adversaries().state())


def test_made_images_are_bytes():
    made = adversaries().make(np.array([0, 1, 1]), np.random.default_rng(0))
    assert (made.shape, made.dtype) == ((3, 64, 64), np.uint8)


def test_bytes_come_back_from_tensors():
    images = np.arange(256, dtype=np.uint8).reshape(4, 8, 8)
    assert np.array_equal(to_bytes(to_tensor(images)), images)


def test_what_is_beyond_white_is_cut():
    assert to_bytes(torch.full((1, 1, 2, 2), 3.0)).tolist() == [[[255, 255], [255, 255]]]


def test_steps_shrink_to_a_tenth_at_the_end():
    trained, _ = after(4, epochs=2, steps=2)
    assert trained.generator_optimizer.param_groups[0]["lr"] == pytest.approx(0.002 * (1 - 0.9 * 3 / 4))
    trained.step()
    assert trained.generator_optimizer.param_groups[0]["lr"] == pytest.approx(0.0002)
