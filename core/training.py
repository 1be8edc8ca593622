"""Fit one model to one training part: a generator of epochs, the same code on cuda, mps and cpu."""

import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from core.evaluation import macro_f1

_PREDICTION_BATCH = 512


class Cancelled(Exception):
    """`should_stop()` said so."""


@dataclass(frozen=True)
class Recipe:
    """How a network is trained."""

    epochs: int
    batch_size: int
    learning_rate: float


@dataclass(frozen=True)
class Part:
    """The images of one part: `images` uint8 (n, S, S) shared by all parts, `targets` int64 (n,), and which of them."""

    images: np.ndarray
    targets: np.ndarray
    indices: np.ndarray

    def batches(
        self, order: np.ndarray, size: int, device: torch.device
    ) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        """Yield images (N, 1, S, S), float32 in [0, 1], and targets (N,), gathered from the array by position."""
        for start in range(0, len(order), size):
            chosen = self.indices[order[start : start + size]]
            images = torch.from_numpy(self.images[chosen]).to(device).unsqueeze(1).float().div_(255)
            yield images, torch.from_numpy(self.targets[chosen]).to(device)


@dataclass(frozen=True)
class EpochResult:
    """What one pass over the training part gave.

    A loss is the mean over batches of the loss's own mean (class weights weigh the images in it); NaN for a model that
    has none. The macro-F1 is over the classes that occur in the validation part.
    """

    epoch: int
    train_loss: float
    validation_loss: float
    validation_macro_f1: float
    seconds: float


def best_device() -> torch.device:
    """Return cuda where there is one, else mps, else cpu."""
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


def fit(
    model: nn.Module,
    loss: nn.Module,
    train: Part,
    validation: Part,
    recipe: Recipe,
    rng: np.random.Generator,
    should_stop: Callable[[], bool] = lambda: False,
    on_batch: Callable[[float], None] = lambda share: None,
) -> Iterator[EpochResult]:
    """Train `model` in place and yield the result of each epoch; consuming the iterator is the progress.

    Within an epoch `on_batch` is told its share that is done, from 0 to 1.

    Raises:
        Cancelled: as soon as `should_stop()`, which is asked before every batch, returns True.
    """
    # A model that only memorises is done after one pass.
    if hasattr(model, "memorise"):
        yield _memorise(model, train, validation, should_stop)
        return

    # The network and its optimiser.
    device = best_device()
    model.to(device, memory_format=torch.channels_last)  # measured on CPU: an epoch in 0.85 of the time
    loss = loss.to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=recipe.learning_rate)

    # The epochs.
    for epoch in range(1, recipe.epochs + 1):
        started = time.perf_counter()
        order = rng.permutation(len(train.indices))
        batches = _told(train.batches(order, recipe.batch_size, device), len(order) / recipe.batch_size, on_batch)
        train_loss, _ = run_epoch(model, loss, batches, should_stop, optimizer)
        validation_loss, logits = run_epoch(model, loss, _in_order(validation, device), should_stop)
        y_true = validation.targets[validation.indices]
        # Over the classes that are there to be found: else the scale would change with what happens to be predicted.
        score = macro_f1(y_true, logits.argmax(1), labels=np.unique(y_true))
        yield EpochResult(epoch, train_loss, validation_loss, score, time.perf_counter() - started)


def run_epoch(
    model: nn.Module,
    loss: nn.Module,
    batches: Iterator[tuple[torch.Tensor, torch.Tensor]],
    should_stop: Callable[[], bool],
    optimizer: torch.optim.Optimizer | None = None,
) -> tuple[float, np.ndarray]:
    """Go through the batches once, learning if there is an optimizer; return the mean loss and logits (n, K)."""
    model.train(optimizer is not None)
    total, logits = 0.0, []
    with torch.set_grad_enabled(optimizer is not None):
        for images, targets in batches:
            if should_stop():
                raise Cancelled
            outputs = model(images)
            batch_loss = loss(outputs, targets)
            if optimizer is not None:
                optimizer.zero_grad()
                batch_loss.backward()
                optimizer.step()
            total += float(batch_loss.detach()) * len(targets)
            logits.append(outputs.detach().cpu().numpy())
    outputs = np.concatenate(logits)
    return total / len(outputs), outputs


def predict(model: nn.Module, part: Part, should_stop: Callable[[], bool] = lambda: False) -> np.ndarray:
    """Return probabilities of shape (n, K), float32, in the order of the part's indices."""
    device = next(iter([*model.parameters(), *model.buffers()])).device
    _, logits = run_epoch(model, _no_loss, _in_order(part, device), should_stop)
    return torch.softmax(torch.from_numpy(logits), 1).numpy()


def export_onnx(model: nn.Module, image_size: int, path: str) -> None:
    """Write the network as ONNX: `images` (N, 1, S, S), float32 in [0, 1], to `logits` (N, K), N free."""
    model = model.cpu().eval()
    example = torch.zeros(2, 1, image_size, image_size)
    with warnings.catch_warnings():
        # The exporter that follows this one needs one more dependency and takes 6 s a network instead of 0.2 s.
        warnings.simplefilter("ignore", DeprecationWarning)
        torch.onnx.export(
            model,
            (example,),
            path,
            input_names=["images"],
            output_names=["logits"],
            dynamo=False,
            do_constant_folding=False,  # it would store kNN's bytes as floats: four times the file
            dynamic_axes={"images": {0: "n"}, "logits": {0: "n"}},
        )


def _memorise(model: nn.Module, train: Part, validation: Part, should_stop: Callable[[], bool]) -> EpochResult:
    started = time.perf_counter()
    distinct, copies = np.unique(train.indices, return_counts=True)
    once = Part(train.images, train.targets, distinct)
    images, targets = next(once.batches(np.arange(len(distinct)), len(distinct), torch.device("cpu")))
    model.memorise(images, targets, torch.from_numpy(copies))
    y_true = validation.targets[validation.indices]
    score = macro_f1(y_true, predict(model, validation, should_stop).argmax(1), labels=np.unique(y_true))
    return EpochResult(1, float("nan"), float("nan"), score, time.perf_counter() - started)


def _told(
    batches: Iterator[tuple[torch.Tensor, torch.Tensor]], n_batches: float, on_batch: Callable[[float], None]
) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Pass the batches on, and say before each but the first which share of them is done."""
    for number, batch in enumerate(batches):
        if number:
            on_batch(number / n_batches)
        yield batch


def _in_order(part: Part, device: torch.device) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    return part.batches(np.arange(len(part.indices)), _PREDICTION_BATCH, device)


def _no_loss(outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    return outputs.new_zeros(())
