"""Whether a run's files are what they say: their form, the figures worked out again, the network loaded and tried."""

import json
import re
from pathlib import Path

import pandas as pd

from core.errors import BadInput
from core.evaluation import evaluate
from core.exchange.files import read_json
from core.exchange.networks import check_network, check_weights
from core.exchange.records import Record, configuration
from core.exchange.tables import check_by_k, check_history, check_parts, read_predictions
from core.runs import BY_K, VALIDATION, find_run
from core.settings import Settings

_CLOSE = 1e-6


def check_run(name: str, settings: Settings) -> dict[str, object]:
    """Return the id that a run's configuration gives it, how many images it judged and its macro-F1, all worked out
    anew.

    Args:
        name: the run's id, or its folder, which need not be called like it.
        settings: where runs are kept.

    Raises:
        BadInput: a file is not what a run holds; the sentence names it.
    """
    folder = Path(name) if Path(name).is_dir() else find_run(name, settings.runs_dir).folder
    try:
        found = _check(folder)
        if re.fullmatch("[0-9a-f]{12}", folder.name) and folder.name != found["run"]:
            raise BadInput(f"config.json is that of the run {found['run']}; it was changed.")
        return found
    except BadInput as problem:
        raise BadInput(f"{folder}: {problem}") from problem
    except MemoryError as error:
        raise BadInput(f"{folder}: checking it needs more memory than it may take.") from error


def limit_memory(gibibytes: float) -> None:
    """Let this process take so much address space and no more, where the system can hold it to that."""
    try:
        import resource
    except ImportError:  # Windows
        return
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (int(gibibytes * 2**30), hard))


def _check(folder: Path) -> dict[str, object]:
    config = configuration(Record.read(folder / "config.json"))
    metrics = _read_metrics(folder / "metrics.json")
    labels = metrics["labels"]
    predictions = read_predictions(folder / "predictions.parquet", labels, config)
    validation = None
    if (folder / VALIDATION).is_file():
        validation = read_predictions(folder / VALIDATION, labels, config, watched=True)
    check_parts(predictions, validation, config)
    _check_metrics(metrics, predictions)
    check_history(folder / "history.csv", config)
    if (folder / BY_K).is_file():
        check_by_k(folder / BY_K, labels, config)
    if (folder / "network.onnx").is_file():  # runs that came with the program have none
        check_weights(folder / "weights.safetensors")
        check_network(folder / "network.onnx", config.params["images.size"], len(labels))
    return {"run": config.id, "n_images": len(predictions), "macro_f1": metrics["macro_f1"]}


def _read_metrics(place: Path) -> dict:
    metrics = read_json(place)
    labels = metrics.get("labels") if isinstance(metrics, dict) else None
    if not isinstance(labels, list) or not all(isinstance(label, str) and label for label in labels):
        raise BadInput("metrics.json names no labels.")
    if len(set(labels)) < len(labels) or not labels:
        raise BadInput("metrics.json names a label twice, or none.")
    return metrics


def _check_metrics(metrics: dict, predictions: pd.DataFrame) -> None:
    """Raise BadInput for the first figure that the predictions do not give."""
    ours = json.loads(json.dumps(evaluate(predictions).to_json()))
    if difference := _difference(metrics, ours, ()):
        raise BadInput(f"metrics.json is not what predictions.parquet gives: {difference}.")


def _difference(given: object, ours: object, path: tuple[str, ...]) -> str | None:
    """Return the first place where two values of JSON differ, in words; None where they agree."""
    where = ".".join(path) or "the whole"
    if isinstance(ours, dict) and isinstance(given, dict):
        if odd := sorted(set(given) ^ set(ours)):
            return f"{'.'.join((*path, odd[0]))} is {'too much' if odd[0] in given else 'missing'}"
        return next(filter(None, (_difference(given[key], ours[key], (*path, key)) for key in ours)), None)
    if isinstance(ours, list) and isinstance(given, list) and len(ours) == len(given):
        pairs = enumerate(zip(given, ours, strict=True))
        return next(filter(None, (_difference(one, other, (*path, str(n))) for n, (one, other) in pairs)), None)
    if _is_number(ours) and _is_number(given):
        return None if abs(given - ours) <= _CLOSE else f"{where} is {given:g} there and {ours:g} by the predictions"
    return None if type(given) is type(ours) and given == ours else f"{where} differs"


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
