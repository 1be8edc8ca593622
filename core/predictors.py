"""What answers when a picture is shown: a run trained here, or a network of the zoo that comes with the program.

ONNX Runtime gives the answers: no torch in the app's process.
"""

import json
import re
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd

from core.errors import BadInput
from core.evaluation.decisions import Decision, adjusted, class_shares, log_softmax
from core.evaluation.tuning import tune
from core.runs import MISTAKES, SHIPPED, Run, find_run, list_runs, read_run
from core.settings import Settings

ZOO = Path(__file__).parent / "zoo"
"""Networks that come with the program: a folder each, with its record, network, card and predictions."""
PREFIX = "zoo/"
"""What a network of the zoo is called before the name of its folder."""
STRANGERS = "people it never saw"
"""On whom a predictor was judged, where nobody was both learnt from and tested."""
_BATCH = 256
_LISTED = 12
"""How many names a refusal lists."""


@dataclass(frozen=True)
class Predictor:
    """A network, and what is known of it."""

    name: str
    """What a link and the command line call it: a run's id, or `zoo/NAME`."""
    title: str
    """In words, for menus."""
    labels: tuple[str, ...]
    """K classes in the order of the network's outputs."""
    size: int
    """The side S of what it sees, in pixels."""
    network: Path
    """ONNX: `images` (N, 1, S, S), float32 in [0, 1]; its first output are logits (N, K)."""
    folder: Path
    on_faces: bool
    """It learnt from photographs of faces: faces are looked for first. Otherwise the whole picture is used."""
    tau: float
    """Strength of the logit adjustment; 0 where nothing could be tuned. Of a run it is tuned on images that `judged`
    does not hold, of a network of the zoo on `judged` itself."""
    temperature: float
    """Divides the logits, so that probabilities say how often it is right; tuned like tau, 1 where nothing could be."""
    priors: tuple[float, ...]
    """The share of each class in what it was trained on, K numbers above 0."""
    mirrored: bool = False
    """A picture is shown twice, as it is and mirrored, and the two answers are joined."""
    judged_on: str = STRANGERS
    """On whom it was judged, in words that follow "of": "people it never saw"."""

    @property
    def judged(self) -> pd.DataFrame:
        """Return `image`, `person`, `y_true`, `fold` and the network's own probabilities `p_<label>`, of temperature 1.

        One row an image that the network which judged it did not learn from.
        """
        try:
            return pd.read_parquet(self.folder / "predictions.parquet")
        except (OSError, ValueError) as error:
            raise BadInput(f"{self.folder / 'predictions.parquet'} is missing or damaged; make it again.") from error

    def decision(self, rare: bool, below: float = 0.0) -> Decision:
        """Return how it answers.

        Args:
            rare: whether rare classes are weighed up (post-hoc logit adjustment by tau, Menon et al. 2021).
            below: the confidence below which it says nothing.
        """
        return Decision(self.tau if rare else 0.0, (), self.temperature, None, below)


def of_run(run: Run) -> Predictor:
    """Return a run as a predictor; tau and temperature are tuned on the images that watched its training.

    Raises:
        BadInput: it has no network here, as runs that come with the program have none.
    """
    if not run.network.is_file():
        raise BadInput(f"The run {run.id} came without its network; train it again here, then ask it.")
    tau, temperature, priors = _tuned(run.folder, run.created)
    return Predictor(
        name=run.id,
        title=f"{run.config.title}, {run.config.plan}",
        labels=run.labels,
        size=int(run.config.params["images.size"]),
        network=run.network,
        folder=run.folder,
        on_faces=run.on_faces,
        tau=tau,
        temperature=temperature,
        priors=priors,
        judged_on=_judged_on(run),
    )


@lru_cache(maxsize=256)
def _tuned(folder: Path, created: float) -> tuple[float, float, tuple[float, ...]]:
    """Return tau, temperature and priors; 0 and 1 where nothing watched the training, or too little to tune on."""
    run = read_run(folder)
    validation = run.validation
    if validation is None or validation.empty:
        return 0.0, 1.0, tuple(class_shares(run.predictions).tolist())
    priors = class_shares(validation)
    try:
        decision = tune(validation, priors).decision
    except BadInput:  # one person or one class watched: nothing can be chosen, so nothing is changed
        decision = Decision()
    return decision.tau, decision.temperature, tuple(priors.tolist())


def _judged_on(run: Run) -> str:
    if run.config.order in MISTAKES:
        return "pictures it had partly learnt from"
    if run.config.split == "person_disjoint":
        return STRANGERS
    return "pictures it never saw, some of people it learnt from"


def zoo() -> tuple[Predictor, ...]:
    """Return the networks that come with the program, the one with the largest macro-F1 first.

    Raises:
        BadInput: a folder lacks a file, or its record cannot be read.
    """
    # A name that begins with a dot is one that is being written.
    found = [_of_zoo(record.parent) for record in sorted(ZOO.glob("[!.]*/record.json"))]
    return tuple(predictor for _, predictor in sorted(found, key=lambda pair: (-pair[0], pair[1].name)))


def _of_zoo(folder: Path) -> tuple[float, Predictor]:
    """Return macro-F1 on people it never saw, and the predictor."""
    lost = [name for name in ("network.onnx", "predictions.parquet") if not (folder / name).is_file()]
    if lost:
        raise BadInput(f"{folder} lacks {' and '.join(lost)}; install the program again.")
    try:
        record = json.loads((folder / "record.json").read_text(encoding="utf-8"))
        return record["figures"]["macro_f1"], Predictor(
            name=PREFIX + folder.name,
            title=record["title"],
            labels=tuple(record["labels"]),
            size=record["size"],
            network=folder / "network.onnx",
            folder=folder,
            on_faces=record["on_faces"],
            tau=record["tau"],
            temperature=record["temperature"],
            priors=tuple(record["priors"]),
            mirrored=record.get("mirrored", False),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadInput(f"{folder / 'record.json'} cannot be read ({error!r}); install the program again.") from error


def find_predictor(name: str, settings: Settings) -> Predictor:
    """Return the predictor of that name: a run's id or folder, or `zoo/NAME`. A hosted server opens no folder.

    Raises:
        BadInput: there is none, with those that there are; or it is damaged or has no network.
    """
    brought = {predictor.name: predictor for predictor in zoo()}
    if name in brought:
        return brought[name]
    is_id = re.fullmatch(r"[0-9a-f]{12}", name)
    if is_id or not (settings.hosted or name.startswith(PREFIX)):
        try:
            return of_run(find_run(name, settings.runs_dir))
        except BadInput:
            if any(_is_folder(place / name) for place in (Path(), settings.runs_dir, SHIPPED)):
                raise  # it is here, and cannot be asked
    what = "network" if name.startswith(PREFIX) else "run"
    raise BadInput(f"There is no {what} {name!r} here; {_there(brought, settings)}.")


def _is_folder(place: Path) -> bool:
    with suppress(OSError):  # a name that is too long for any folder
        return place.is_dir()
    return False


def _there(brought: Collection[str], settings: Settings) -> str:
    """Return what can be asked, in words: of many runs the newest."""
    names = [*brought, *(run.id for run in list_runs(settings.runs_dir))]
    if not names:
        return "none can be asked yet; train one with `python -m core train`"
    more = f" and {len(names) - _LISTED} more, see `python -m core runs`" if len(names) > _LISTED else ""
    return f"there are {', '.join(names[:_LISTED])}{more}"


def logits(predictor: Predictor, images: np.ndarray) -> np.ndarray:
    """Return what a predictor says of grey pictures, float32, shape (N, K), before any temperature.

    Of one that looks twice it is the mean of the logarithms of both answers.

    Args:
        predictor: whose network is asked.
        images: uint8, shape (N, S, S).

    Raises:
        BadInput: the network's file is damaged.
    """
    answers = _asked(predictor, images)
    if not predictor.mirrored:
        return answers
    return (log_softmax(answers) + log_softmax(_asked(predictor, images[:, :, ::-1]))) / 2


def _asked(predictor: Predictor, images: np.ndarray) -> np.ndarray:
    ask = session(predictor.network)
    parts = [images[start : start + _BATCH] for start in range(0, len(images), _BATCH)]
    answers = [ask.run(None, {"images": part[:, None].astype(np.float32) / 255})[0] for part in parts]
    return np.concatenate(answers) if answers else np.empty((0, len(predictor.labels)), np.float32)


def probabilities(predictor: Predictor, images: np.ndarray, rare: bool = False) -> np.ndarray:
    """Return the probabilities after the temperature, float64, shape (N, K), each row summing to 1.

    Args:
        predictor: who is asked.
        images: uint8, shape (N, S, S).
        rare: whether rare classes are weighed up.
    """
    return decided(predictor, logits(predictor, images), rare)


def decided(predictor: Predictor, raw: np.ndarray, rare: bool = False) -> np.ndarray:
    """Return what `probabilities` gives, of the logits, shape (N, K): exactly as `judged` is read."""
    exponents = np.exp(raw - raw.max(1, keepdims=True))
    shares = exponents / exponents.sum(1, keepdims=True)
    return adjusted(shares, predictor.decision(rare), np.asarray(predictor.priors))


def session(network: Path):
    """Return ONNX Runtime's session of a network, on one thread; a few are kept. A damaged file raises BadInput."""
    try:
        return _session(network, network.stat().st_mtime_ns)
    except OSError as error:
        raise BadInput(f"{network} cannot be opened ({error.strerror or error}); train or install it again.") from error


@lru_cache(maxsize=16)
def _session(network: Path, changed: int):
    import onnxruntime  # slow to import: only when something is predicted

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    try:
        return onnxruntime.InferenceSession(str(network), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # ONNX Runtime's errors have no common class but this
        raise BadInput(f"{network} is damaged; delete its folder and train again.") from error
