"""The network of the zoo: one member judged on folds, then trained on every image, and packed for whoever has none."""

import json
import shlex
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from core.documents.templates import fill
from core.evaluation import PROBABILITY, evaluate
from core.evaluation.decisions import log_probabilities as logarithms
from core.evaluation.decisions import log_softmax
from core.exchange.packing import shareable_source
from core.job_files import Progress
from core.models import MODELS
from core.neighbourhood import KNOWN, features_of
from core.pixels import load_pixels, targets
from core.predictors import PREFIX, Predictor
from core.settings import Settings
from core.splits import Fold
from core.stacking.joining import TAUS, adjusted, as_predictions, best_tau, macro_f1_of_all
from core.stacking.judging import Judged, judge
from core.stacking.members import Member, Recipe
from core.stacking.out_of_fold import Plan, log_probabilities, train_network
from core.storage import remove_whole, write_whole

Report = Callable[[Progress], None]
SHIPPED = "shipped"
"""The recipe of the network that is packed."""
TITLE = "The program's own network for faces"
_DECIMALS = 4
_STEPS = 127
"""Features of known faces are kept as whole numbers from -127 to 127: their angles stay within half a degree."""


def ship(
    member: Member,
    plan: Plan,
    place: Path,
    settings: Settings,
    report: Report = lambda progress: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Judged:
    """Make the folder of a network of the zoo: its networks on the folds judge it, the one on all images is shipped.

    Args:
        member: of one network.
        plan: which folds judge it.
        place: the folder, such as core/zoo/faces; one that is there is replaced.

    Raises:
        BadInput: the folds cannot be made, or the member's weights cannot be had.
        Cancelled: `should_stop()` returned True; folds that were finished are kept.
    """
    recipe = Recipe(place.name, member.title, (member,), rare_alone=False)
    judged = judge(recipe, plan, settings, report, should_stop)[member.name]
    judged = _uncalibrated(judged, log_probabilities(member, plan, settings, report, should_stop), plan.dataset.labels)
    write_whole(place, lambda folder: _write(folder, place, member, plan, judged, settings, report, should_stop))
    return judged


def _write(folder, place, member, plan, judged: Judged, settings, report, should_stop) -> None:
    from core.training import export_onnx

    name = place.name
    folder.mkdir()
    rows = plan.dataset.usable.reset_index(drop=True)
    config = plan.config(member, 0)
    size = config.params["images.size"]
    pixels = load_pixels(plan.dataset, size, settings)
    everything = np.flatnonzero(pixels.readable)
    # Something must be watched; nothing is chosen by it, so it may be learnt from too.
    whole = Fold(everything, everything[:: plan.folds], everything[:0])
    trained = train_network(
        config, plan.dataset, whole, 0, f"{member.title}, all images", settings, report, should_stop
    )
    labels = plan.dataset.labels
    shift, judged = _as_common_as_they_are(judged, labels)
    export_onnx(_shifted(trained.model, shift), size, str(folder / "network.onnx"))
    _write_table(judged.predictions.drop(columns="annotator"), folder / "predictions.parquet")
    predictor = _predictor(folder, name, member, labels, judged, rows.iloc[everything], size)
    record = _record(predictor, member, plan, judged)
    (folder / "record.json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    _write_known(predictor, rows.iloc[everything], pixels.images[everything], folder / KNOWN)
    card = fill("zoo.md", record=record, name=PREFIX + name, classes=judged.balanced.per_class)
    (folder / "card.md").write_text(card, encoding="utf-8")
    if place.is_dir():
        remove_whole(place)  # the new one is whole by now, and is renamed to this name next


def _uncalibrated(judged: Judged, said: np.ndarray, labels: Sequence[str]) -> Judged:
    """Return it with the probabilities as the networks give them: a network is shipped without its fold's temperature.

    Args:
        said: log-probabilities of all usable images, shape (n, K), NaN for those that cannot be read.
    """
    table = as_predictions(said[~np.isnan(said).any(1)], targets(judged.predictions["y_true"], labels), labels)
    return replace(judged, predictions=judged.predictions.drop(columns=list(table.columns)).join(table))


def _as_common_as_they_are(judged: Judged, labels: Sequence[str]) -> tuple[np.ndarray, Judged]:
    """Return what is added to the logits so that each class is expected as often as it comes, and what is then said.

    A member that drew rare classes more often believes in them more often. Of the taus that take this back, it is the
    one under which the true labels of people unseen are likeliest; one number, so it can hardly flatter.
    """
    true = targets(judged.predictions["y_true"], labels)
    raw = logarithms(judged.predictions[[f"{PROBABILITY}{label}" for label in labels]].to_numpy())
    likelihoods = [log_softmax(adjusted(raw, true, tau))[np.arange(len(true)), true].mean() for tau in TAUS]
    shift = adjusted(np.zeros((1, len(labels))), true, float(TAUS[int(np.argmax(likelihoods))]))[0]
    table = as_predictions(log_softmax(raw + shift), true, labels)
    kept = judged.predictions.drop(columns=list(table.columns))
    return shift, replace(judged, predictions=pd.concat([kept, table], axis=1))


def _shifted(network, shift: np.ndarray):
    """Return the network with `shift`, shape (K,), added to its logits."""
    import torch

    class Shifted(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.network = network
            self.register_buffer("shift", torch.tensor(shift, dtype=torch.float32))

        def forward(self, images: torch.Tensor) -> torch.Tensor:
            return self.network(images) + self.shift

    return Shifted()


def _predictor(folder, name, member, labels: Sequence[str], judged: Judged, rows: pd.DataFrame, size: int) -> Predictor:
    """Return the network as it will be asked; tau and temperature suit what its networks said of people unseen."""
    from core.evaluation.calibration import fit_temperature

    temperature = fit_temperature(judged.predictions)
    true = targets(judged.predictions["y_true"], labels)
    raw = logarithms(judged.predictions[[f"{PROBABILITY}{label}" for label in labels]].to_numpy())
    tau = best_tau(log_softmax(raw / temperature), true, macro_f1_of_all(len(labels)))
    shares = rows["label"].value_counts(normalize=True)
    return Predictor(
        name=PREFIX + name,
        title=TITLE,
        labels=labels,
        size=size,
        network=folder / "network.onnx",
        folder=folder,
        on_faces=True,
        tau=tau,
        temperature=temperature,
        priors=tuple(float(shares[label]) for label in labels),
        mirrored=member.mirrored,
    )


def _record(predictor: Predictor, member: Member, plan: Plan, judged: Judged) -> dict[str, object]:
    plain, source = evaluate(judged.predictions), shareable_source(plan.dataset.source)
    return {
        "title": predictor.title,
        "labels": list(predictor.labels),
        "size": predictor.size,
        "tau": predictor.tau,
        "temperature": predictor.temperature,
        "priors": list(predictor.priors),
        "mirrored": predictor.mirrored,
        "on_faces": True,
        "dataset": plan.dataset.title,
        "fingerprint": plan.dataset.fingerprint,
        "n_images": len(judged.predictions),
        "created": time.strftime("%Y-%m-%d", time.gmtime()),
        "source": MODELS[member.model].source,
        "recipe": {"member": member.name, "folds": plan.folds, "split_seed": plan.split_seed, "seed": plan.seed}
        | {"params": plan.config(member, 0).params},
        "figures": judged.to_json()
        | {"plain_macro_f1": plain.macro_f1, "plain_accuracy": float(plain.overall.loc["accuracy", "value"])},
        "command": shlex.join(["python", "-m", "core", "zoo", source, "--to", f"core/{predictor.name}"]),
    }


def _write_known(predictor: Predictor, rows: pd.DataFrame, images: np.ndarray, place: Path) -> None:
    features = features_of(predictor, images)
    longest = np.abs(features).max(1, keepdims=True).clip(1e-9)
    steps = (features / longest * _STEPS).round().astype(np.int8)
    table = rows[["image", "label", "person"]].reset_index(drop=True)
    columns = {f"f{number}": steps[:, number] for number in range(steps.shape[1])}
    table = pd.concat([table, pd.DataFrame(columns)], axis=1)
    table.to_parquet(place, index=False, compression="zstd", compression_level=19)


def _write_table(predictions: pd.DataFrame, place: Path) -> None:
    names = [name for name in predictions.columns if name.startswith(PROBABILITY)]
    rounded = predictions.assign(**{name: predictions[name].round(_DECIMALS).astype(np.float32) for name in names})
    rounded.to_parquet(place, index=False, compression="zstd", compression_level=19)
