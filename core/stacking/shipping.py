"""The network of the zoo: one member judged on folds, then trained on every image, and packed for whoever has none."""

import json
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from core.documents.templates import fill
from core.evaluation import PROBABILITY, evaluate
from core.evaluation.decisions import log_probabilities as logarithms
from core.job_files import Progress
from core.neighbourhood import KNOWN, features_of
from core.pixels import load_pixels, targets
from core.predictors import PREFIX, Predictor
from core.settings import Settings
from core.splits import Fold
from core.stacking.joining import best_tau, macro_f1_of_all
from core.stacking.judging import Judged, judge
from core.stacking.members import Member, Recipe
from core.stacking.out_of_fold import Plan, train_network
from core.storage import write_whole

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
    recipe = Recipe(place.name, member.title, (member,))
    judged = judge(recipe, plan, settings, report, should_stop)[member.name]
    write_whole(place, lambda folder: _write(folder, place.name, member, plan, judged, settings, report, should_stop))
    return judged


def _write(folder, name, member, plan, judged: Judged, settings, report, should_stop) -> None:
    from core.training import export_onnx

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
    export_onnx(trained.model, size, str(folder / "network.onnx"))
    _write_table(judged.predictions.drop(columns="annotator"), folder / "predictions.parquet")
    predictor = _predictor(folder, name, member, plan, judged, rows.iloc[everything], size)
    record = _record(predictor, member, plan, judged)
    (folder / "record.json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    _write_known(predictor, rows.iloc[everything], pixels.images[everything], folder / KNOWN)
    card = fill("zoo.md", record=record, name=PREFIX + name, judged=judged, classes=judged.balanced.per_class)
    (folder / "card.md").write_text(card, encoding="utf-8")


def _predictor(folder, name, member, plan: Plan, judged: Judged, rows: pd.DataFrame, size: int) -> Predictor:
    """Return the network as it will be asked; tau and temperature suit what its networks said of people unseen."""
    from core.evaluation.calibration import fit_temperature

    labels = plan.dataset.labels
    temperature = fit_temperature(judged.predictions)
    true = targets(judged.predictions["y_true"], labels)
    raw = logarithms(judged.predictions[[f"{PROBABILITY}{label}" for label in labels]].to_numpy())
    tau = best_tau(_calibrated(raw, temperature), true, macro_f1_of_all(len(labels)))
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


def _calibrated(raw: np.ndarray, temperature: float) -> np.ndarray:
    scaled = raw / temperature
    return scaled - np.log(np.exp(scaled).sum(1, keepdims=True))


def _record(predictor: Predictor, member: Member, plan: Plan, judged: Judged) -> dict[str, object]:
    plain = evaluate(judged.predictions)
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
        "recipe": {"member": member.name, "folds": plan.folds, "split_seed": plan.split_seed, "seed": plan.seed}
        | {"params": plan.config(member, 0).params},
        "figures": judged.to_json() | {"plain_macro_f1": plain.macro_f1},
        "command": f"python -m core zoo facial_expressions --to core/{PREFIX}{predictor.name.removeprefix(PREFIX)}",
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
