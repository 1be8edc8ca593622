"""Fitting one model: it learns, alike for a seed, stops when told to, and leaves as ONNX what it was."""

import numpy as np
import onnxruntime
import pytest
import torch

from core.batches import TrainingSet
from core.evaluation import macro_f1
from core.losses import LOSSES
from core.models import MODELS
from core.pixels import load_pixels, targets
from core.sampling.plan import Plan
from core.training import Cancelled, Part, Recipe, best_device, export_onnx, fit, predict, run_epoch

every_model = pytest.mark.parametrize("choice", list(MODELS), ids=MODELS.names())
CPU = torch.device("cpu")
FAST = Recipe(epochs=6, batch_size=16, learning_rate=0.01, weight_decay=0.0)


@pytest.fixture
def part(easy, easy_settings):
    """All images of the easy dataset."""
    pixels = load_pixels(easy, 16, easy_settings)
    return Part(np.array(pixels.images), targets(easy.usable["label"], easy.labels), np.arange(len(easy.usable)))


def network(name="cnn_1conv", seed=0, **params):
    torch.manual_seed(seed)
    return MODELS[name].build(3, 16, **MODELS[name].settle(params))


def everything(part, plan=None):
    """The part as a training set; every image once unless a plan says otherwise."""
    every = np.arange(len(part.rows))
    return TrainingSet(part.rows, part.targets, every, plan or Plan(every), ("left", "right", "top"))


def train(model, part, recipe=FAST, seed=0, plan=None, **options):
    loss = LOSSES["cross_entropy"].build(np.ones(3))
    return list(fit(model, loss, everything(part, plan), part, recipe, np.random.default_rng(seed), **options))


def of_images(part, n, size):
    """The first n images of a part, in batches."""
    for start in range(0, n, size):
        chosen = slice(start, min(start + size, n))
        yield torch.from_numpy(part.rows[chosen]).unsqueeze(1) / 255, torch.from_numpy(part.targets[chosen]), None


def mean_loss(logits, targets, weights=None):
    return torch.nn.functional.cross_entropy(logits, targets)


# Learning


@pytest.mark.parametrize("name", ["cnn_1conv", "cnn_3conv"])
def test_a_network_learns_what_is_easy(part, name):
    model = network(name)
    train(model, part, Recipe(12, 16, 0.01, 0.0))
    assert (predict(model, part).argmax(1) == part.targets).mean() > 0.95


def test_the_loss_falls(part):
    results = train(network(), part)
    assert results[-1].train_loss < results[0].train_loss / 2


def test_there_is_a_result_an_epoch_in_order(part):
    assert [result.epoch for result in train(network(), part)] == [1, 2, 3, 4, 5, 6]


def test_the_validation_score_is_that_of_the_predictions(part):
    model = network()
    last = train(model, part)[-1]
    assert last.validation_macro_f1 == pytest.approx(macro_f1(part.targets, predict(model, part).argmax(1)))


def test_the_same_seed_learns_the_same(part):
    models = [network("cnn_3conv"), network("cnn_3conv")]
    for model in models:
        torch.manual_seed(5)
        train(model, part, seed=1)
    first, again = (model.state_dict() for model in models)
    assert all(torch.equal(first[name], again[name]) for name in first)


def test_another_order_of_the_images_learns_something_else(part):
    models = [network(), network()]
    for seed, model in enumerate(models):
        train(model, part, seed=seed)
    first, other = (next(model.parameters()) for model in models)
    assert not torch.equal(first, other)


def test_only_the_images_of_the_part_are_seen(part):
    [(seen, labels, weights)] = Part(part.rows, part.targets, np.array([5, 5, 7])).batches(CPU)
    assert torch.equal(seen, torch.from_numpy(part.rows[[5, 5, 7]]).unsqueeze(1) / 255)
    assert (labels.tolist(), weights) == (part.targets[[5, 5, 7]].tolist(), None)


def test_the_steps_grow_and_then_shrink_to_nothing(part):
    model, seen = network(), []
    rates = torch.optim.lr_scheduler.OneCycleLR.step

    def watched(schedule, *arguments):
        rates(schedule, *arguments)
        seen.append(schedule.get_last_lr()[0])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch.optim.lr_scheduler.OneCycleLR, "step", watched)
        train(model, part)
    assert max(seen) == pytest.approx(0.01, rel=0.05)
    assert seen[0] < 0.01 / 2
    assert seen[-1] < 0.01 / 100


def test_a_weight_of_zero_leaves_an_image_out_of_what_is_learned(part):
    weights = (part.targets != 2).astype(np.float32)
    model = network()
    train(model, part, plan=Plan(np.arange(len(part.rows)), weights=weights))
    assert not (predict(model, part).argmax(1) == 2).any()


def test_the_loss_is_told_how_much_of_the_training_is_over(part):
    shares = []

    class Told(torch.nn.CrossEntropyLoss):
        def begin_pass(self, share):
            shares.append(share)

        def forward(self, logits, targets, weights=None):
            return super().forward(logits, targets)

    list(fit(network(), Told(), everything(part), part, Recipe(4, 64, 0.01, 0.0), np.random.default_rng(0)))
    assert shares == [0, 0.25, 0.5, 0.75]


def test_a_model_that_memorises_is_done_after_one_pass_without_a_loss(part):
    model = network("knn", k=1)
    [result] = train(model, part)
    assert np.isnan(result.train_loss)
    assert result.validation_macro_f1 == 1


# One epoch


def test_the_loss_of_an_epoch_is_the_mean_an_image_whatever_the_batches(part):
    model = network()
    by_10, _ = run_epoch(model, mean_loss, of_images(part, 25, 10), lambda: False)
    at_once, _ = run_epoch(model, mean_loss, of_images(part, 25, 25), lambda: False)
    assert by_10 == pytest.approx(at_once, abs=1e-6)


def test_an_epoch_without_an_optimizer_leaves_the_weights(part):
    model = network("cnn_3conv")
    before = {name: value.clone() for name, value in model.state_dict().items()}
    run_epoch(model, mean_loss, of_images(part, 30, 10), lambda: False)
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())


def test_an_epoch_with_an_optimizer_changes_them(part):
    model = network()
    before = next(model.parameters()).detach().clone()
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    schedule = torch.optim.lr_scheduler.ConstantLR(optimizer)
    run_epoch(model, mean_loss, of_images(part, 30, 10), lambda: False, optimizer, schedule)
    assert not torch.equal(before, next(model.parameters()))


def test_dropout_rests_while_predicting(part):
    model = network("cnn_3conv", dropout=0.9)
    assert np.array_equal(predict(model, part), predict(model, part))


# Stopping


def test_training_stops_before_the_next_batch(part):
    model, batches = network(), []
    model.register_forward_hook(lambda *_: batches.append(1))
    with pytest.raises(Cancelled):
        train(model, part, should_stop=lambda: len(batches) == 2)
    assert len(batches) == 2


@pytest.mark.parametrize("name", ["cnn_1conv", "knn"])
def test_prediction_can_be_stopped_too(part, name):
    model = network(name, **({"k": 1} if name == "knn" else {}))
    if name == "knn":
        train(model, part)
    with pytest.raises(Cancelled):
        predict(model, part, lambda: True)


def test_a_model_that_memorises_can_be_stopped(part):
    with pytest.raises(Cancelled):
        train(network("knn", k=1), part, should_stop=lambda: True)


# Predicting


def test_predictions_are_probabilities_in_the_order_of_the_part(part):
    model = network()
    everyone = predict(model, part)
    some = predict(model, Part(part.rows, part.targets, np.array([9, 3])))
    assert np.allclose(everyone.sum(1), 1, atol=1e-6)
    assert np.allclose(some, everyone[[9, 3]], atol=1e-6)


def test_the_best_device_can_compute():
    assert torch.ones(2, device=best_device()).sum().item() == 2


@every_model
@pytest.mark.parametrize("n", [1, 5])
def test_the_onnx_file_agrees_with_the_model_for_any_number_of_images(choice, n, part, tmp_path):
    values = {"k": 5} if any(param.name == "k" for param in choice.params) else {}
    model = network(choice.name, **values)
    train(model, part, Recipe(1, 16, 0.003, 0.0))
    export_onnx(model, 16, str(tmp_path / "network.onnx"))
    session = onnxruntime.InferenceSession(str(tmp_path / "network.onnx"), providers=["CPUExecutionProvider"])
    images = torch.rand(n, 1, 16, 16, generator=torch.Generator().manual_seed(0))
    [logits] = session.run(["logits"], {"images": images.numpy()})
    with torch.no_grad():
        assert np.allclose(logits, model(images).numpy(), rtol=1e-4, atol=1e-4)
