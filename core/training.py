"""Fit one model to one training part: a generator of epochs, the same code on cuda, mps and cpu."""

import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from core.batches import Batch, TrainingSet
from core.evaluation import macro_f1

_PREDICTION_BATCH = 512
Schedule = torch.optim.lr_scheduler.LRScheduler
Tensors = tuple[torch.Tensor, torch.Tensor, torch.Tensor | None]
"""Images (N, 1, S, S) or features (N, D), float32; targets (N,) or (N, K); weights (N,) or None."""


class Cancelled(Exception):
    """`should_stop()` said so."""


@dataclass(frozen=True)
class Recipe:
    """How a network is trained."""

    epochs: int
    batch_size: int
    learning_rate: float
    weight_decay: float


@dataclass(frozen=True)
class Part:
    """The images of one part: `rows` uint8 (n, S, S) or features (n, D) of all, `targets` (n,), and which of them."""

    rows: np.ndarray
    targets: np.ndarray
    indices: np.ndarray

    def batches(self, device: torch.device) -> Iterator[Tensors]:
        """Yield the part in its order, gathered from the shared array by position."""
        for start in range(0, len(self.indices), _PREDICTION_BATCH):
            chosen = self.indices[start : start + _PREDICTION_BATCH]
            rows = _as_floats(torch.from_numpy(self.rows[chosen]).to(device))
            yield rows, torch.from_numpy(self.targets[chosen]).to(device), None


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
    train: TrainingSet,
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
        yield _memorise(model, train, validation, rng, should_stop)
        return

    # The network and its optimiser.
    device = best_device()
    model.to(device, memory_format=torch.channels_last)  # measured on CPU: an epoch in 0.85 of the time
    loss = loss.to(device)
    n_batches = -(-train.n_shown // recipe.batch_size)
    optimizer = torch.optim.AdamW(model.parameters(), lr=recipe.learning_rate, weight_decay=recipe.weight_decay)
    schedule = _one_cycle(optimizer, recipe, recipe.epochs * n_batches)

    # The epochs.
    for epoch in range(1, recipe.epochs + 1):
        started, share = time.perf_counter(), (epoch - 1) / recipe.epochs
        if hasattr(loss, "begin_pass"):
            loss.begin_pass(share)
        batches = (_tensors(batch, device) for batch in train.batches(recipe.batch_size, rng, share))
        batches = _told(batches, n_batches, on_batch)
        train_loss, _ = run_epoch(model, loss, batches, should_stop, optimizer, schedule)
        validation_loss, logits = run_epoch(model, loss, validation.batches(device), should_stop)
        y_true = validation.targets[validation.indices]
        # Over the classes that are there to be found: else the scale would change with what happens to be predicted.
        score = macro_f1(y_true, logits.argmax(1), labels=np.unique(y_true))
        yield EpochResult(epoch, train_loss, validation_loss, score, time.perf_counter() - started)


def _one_cycle(optimizer: torch.optim.Optimizer, recipe: Recipe, n_steps: int) -> Schedule:
    """Return a schedule that grows to the learning rate and shrinks to nothing; of one or two steps, one that rests."""
    if n_steps < 3:
        return torch.optim.lr_scheduler.ConstantLR(optimizer, 1.0)
    return torch.optim.lr_scheduler.OneCycleLR(optimizer, recipe.learning_rate, n_steps)


def run_epoch(
    model: nn.Module,
    loss: nn.Module,
    batches: Iterator[Tensors],
    should_stop: Callable[[], bool],
    optimizer: torch.optim.Optimizer | None = None,
    schedule: Schedule | None = None,
) -> tuple[float, np.ndarray]:
    """Go through the batches once, learning if there is an optimizer; return the mean loss and logits (n, K)."""
    model.train(optimizer is not None)
    total, logits = 0.0, []
    with torch.set_grad_enabled(optimizer is not None):
        for images, targets, weights in batches:
            if should_stop():
                raise Cancelled
            outputs = model(images)
            batch_loss = loss(outputs, targets, weights)
            if optimizer is not None:
                optimizer.zero_grad()
                batch_loss.backward()
                optimizer.step()
                schedule.step()
            total += float(batch_loss.detach()) * len(targets)
            logits.append(outputs.detach().cpu().numpy())
    outputs = np.concatenate(logits)
    return total / len(outputs), outputs


def predict(model: nn.Module, part: Part, should_stop: Callable[[], bool] = lambda: False) -> np.ndarray:
    """Return probabilities of shape (n, K), float32, in the order of the part's indices."""
    device = next(iter([*model.parameters(), *model.buffers()])).device
    _, logits = run_epoch(model, _no_loss, part.batches(device), should_stop)
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


def _memorise(
    model: nn.Module,
    train: TrainingSet,
    validation: Part,
    rng: np.random.Generator,
    should_stop: Callable[[], bool],
) -> EpochResult:
    started = time.perf_counter()
    known = train.settled(rng)
    rows, first, copies = np.unique(known.part[known.plan.indices], return_index=True, return_counts=True)
    shown = _as_floats(torch.from_numpy(known.rows[rows]))
    weights = np.ones(len(rows), dtype=np.float32) if known.plan.weights is None else known.plan.weights[first]
    model.memorise(shown, torch.from_numpy(known.targets[rows]), torch.from_numpy(copies), torch.from_numpy(weights))
    y_true = validation.targets[validation.indices]
    score = macro_f1(y_true, predict(model, validation, should_stop).argmax(1), labels=np.unique(y_true))
    return EpochResult(1, float("nan"), float("nan"), score, time.perf_counter() - started)


def _as_floats(rows: torch.Tensor) -> torch.Tensor:
    """Return bytes (N, S, S) as images (N, 1, S, S) in [0, 1], and features (N, D) as they are, as float32."""
    return rows.unsqueeze(1).float().div_(255) if rows.dtype == torch.uint8 else rows.float()


def _tensors(batch: Batch, device: torch.device) -> Tensors:
    images = torch.from_numpy(batch.images).to(device)
    weights = None if batch.weights is None else torch.from_numpy(batch.weights).to(device)
    return images.unsqueeze(1) if images.ndim == 3 else images, torch.from_numpy(batch.targets).to(device), weights


def _told(batches: Iterator[Tensors], n_batches: int, on_batch: Callable[[float], None]) -> Iterator[Tensors]:
    """Pass the batches on, and say before each but the first which share of them is done."""
    for number, batch in enumerate(batches):
        if number:
            on_batch(number / n_batches)
        yield batch


def _no_loss(outputs: torch.Tensor, targets: torch.Tensor, weights: torch.Tensor | None) -> torch.Tensor:
    return outputs.new_zeros(())
