"""The same verbs without a browser: JSON on stdout, progress on stderr, errors as one line and exit code 2."""

import argparse
import json
import os
import sys
import time
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import NoReturn

from pydantic import ValidationError

from core.datasets import open_dataset
from core.datasets.download import RELEASES
from core.datasets.imports.pictures import printable
from core.embedding import PROJECTIONS
from core.errors import BadInput
from core.losses import LOSSES
from core.models import MODELS
from core.quality import CHECKS
from core.registry import Registry
from core.sampling import SAMPLERS
from core.settings import Settings
from core.splits import HOLD_OUT, SPLITS

LISTS: dict[str, Registry] = {
    "samplers": SAMPLERS,
    "losses": LOSSES,
    "models": MODELS,
    "splits": SPLITS,
    "checks": CHECKS,
    "projections": PROJECTIONS,
}


def main(arguments: list[str] | None = None) -> int:
    """Run one verb and return the exit code: 0, 2 for what cannot be used, 130 for an interrupt, 141 for a cut pipe."""
    try:
        options = _parser().parse_args(arguments)
        result = options.verb(options, _settings())
        if result is not None:
            _print(json.dumps(result, indent=1, allow_nan=False, ensure_ascii=False))
    except BadInput as problem:
        return _refuse(str(problem))
    except BrokenPipeError:  # whoever reads has enough, as `head` has
        return 128 + 13  # as a shell says of a program that this signal ended
    except OSError as error:
        return _refuse(f"{error.filename or 'a file'} cannot be used: {error.strerror or error}.")
    except KeyboardInterrupt as stop:
        print(f"stopped; {' '.join(getattr(stop, '__notes__', [])) or 'nothing half-done is kept'}", file=sys.stderr)
        return 130
    return 0


def _print(text: str) -> None:
    try:
        print(text, flush=True)
    except OSError as error:
        # What could not be written would be tried again when Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(error, BrokenPipeError):
            raise
        raise BadInput(f"The result cannot be written ({error.strerror}); make room, or send it elsewhere.") from error


def _refuse(message: str) -> int:
    """Say why in one line, whatever a file's name in it holds."""
    print(f"error: {printable(message)}", file=sys.stderr)
    return 2


def _write_any_text() -> None:
    """Let the streams take what files are called and labels say, whatever the terminal was set up for."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def describe(options: argparse.Namespace, settings: Settings) -> dict:
    """Print what is in a dataset."""
    from core.statistics import describe as figures

    return figures(_open(options, settings))


def audit(options: argparse.Namespace, settings: Settings) -> dict:
    """Check a dataset: poor images, duplicates, shortcuts, leakage, agreement of annotators."""
    from core.audit import audit as check

    return check(_open(options, settings), settings, options.second, _Line())


def fetch(options: argparse.Namespace, settings: Settings) -> dict:
    """Download a known dataset; a download that broke off goes on where it stopped."""
    from core.datasets.download import fetch as download

    place = download(options.name, settings, to=options.to, report=_Line())
    return {"dataset": options.name, "folder": str(place)}


def resample(options: argparse.Namespace, settings: Settings) -> dict:
    """Print what a strategy would do to each class of the whole dataset."""
    from core.pixels import load_pixels
    from core.sampling.summary import resample as apply
    from core.synthesis.use import made_for

    choice = SAMPLERS[options.sampling]
    values = {key.removeprefix("sampling."): value for key, value in _pairs(options.set).items()}
    dataset = _open(options, settings)
    material = {
        "images": lambda: load_pixels(dataset, 48, settings, partial(_Line(), "Reading images")).images,
        "made": made_for(dataset.fingerprint, [], 48, settings),
    }
    result = apply(choice, dataset.usable["label"], values, options.seed, material)
    table = result.table
    return {
        "sampling": choice.name,
        "parameters": result.params,
        "seed": options.seed,
        "n_out": len(result.indices),
        "thrown_away_share": result.thrown_away_share,
        **{
            column: {label: int(n) for label, n in table[column].items()}
            for column in ("before", "after", "unique_after", "dropped", "copied", "augmented", "synthesised")
        },
        "weight": {label: float(weight) for label, weight in table["weight"].items()},
        "effective_sample_size": {label: float(n) for label, n in table["effective"].items()},
        "seconds": result.seconds,
        "most_copies": {label: int(n) for label, n in table["most_copies"].items()},
    }


def train(options: argparse.Namespace, settings: Settings) -> dict:
    """Train one configuration, once a seed, and print how it was judged."""
    import numpy as np

    from core.runs import configure, existing_run
    from core.sweep_runner import train_each
    from core.synthesis.use import name_approved

    settings = _with_scheduler(options, settings)
    dataset = _open(options, settings)
    config = configure(
        dataset.fingerprint,
        dataset.source,
        model=options.model,
        sampling=options.sampling,
        loss=options.loss,
        split=options.split,
        folds=options.folds,
        values=_pairs(options.set),
        split_seed=options.split_seed,
    )
    config = name_approved(config, dataset, settings)
    _warn(config, dataset)
    seeds = _seeds(options.seeds)
    configs = [config.with_seed(seed) for seed in seeds]
    found = {each.id: run for each in configs if (run := existing_run(each, settings.runs_dir))}
    for each, outcome in train_each([each for each in configs if each.id not in found], settings, _Report()):
        if isinstance(outcome, BadInput):
            raise outcome
        found[each.id] = outcome
    runs = [found[each.id] for each in configs]
    result = _outcome(runs[0])
    if len(runs) > 1:
        scores = [run.metrics["macro_f1"] for run in runs]
        result |= {
            "seeds": [
                {"seed": seed, "run": run.id, "accuracy": run.metrics["accuracy"], "macro_f1": score}
                for seed, run, score in zip(seeds, runs, scores, strict=True)
            ],
            "macro_f1_mean": float(np.mean(scores)),
            "macro_f1_std": float(np.std(scores, ddof=1)),
        }
    return result


def sweep(options: argparse.Namespace, settings: Settings) -> dict:
    """Train every combination of models, samplings, losses and seeds; what is finished is never trained again."""
    from core.pace import estimate, measure_pace
    from core.sweep_runner import run_sweep
    from core.sweeps import plan_sweep, problems_of
    from core.synthesis.use import name_approved

    settings = _with_scheduler(options, settings)
    dataset = _open(options, settings)
    plan = plan_sweep(
        dataset.fingerprint,
        dataset.source,
        models=_names(options.models),
        samplings=_names(options.samplings),
        losses=_names(options.losses),
        seeds=_seeds(options.seeds),
        split=options.split,
        folds=options.folds,
        values=_pairs(options.set),
        split_seed=options.split_seed,
    ).each(lambda config: name_approved(config, dataset, settings))
    foreseen = estimate(plan.configs, dataset, settings, _n_workers(settings))
    history: list[dict] = []
    if options.dry_run:
        for config in foreseen.unmeasured:
            print(f"Measuring the pace of {config.model}", file=sys.stderr, flush=True)
            measure_pace(config, settings)
        foreseen = estimate(plan.configs, dataset, settings, _n_workers(settings))
    else:
        try:
            history = run_sweep(plan, settings, _Report())
        except KeyboardInterrupt as stop:
            done = len(plan.configs) - len(plan.remaining(settings.runs_dir))
            stop.add_note(f"{done} of {len(plan.configs)} runs are done; the same command continues")
            raise
    return {
        "sweep": plan.id,
        "n_runs": len(plan.configs),
        "n_done": len(plan.configs) - len(plan.remaining(settings.runs_dir)),
        "estimated_seconds": foreseen.seconds,
        "results": [_row(row) for row in plan.rows(settings.runs_dir, problems_of(history))],
    }


def wrong_way(options: argparse.Namespace, settings: Settings) -> dict:
    """Train a model with the split first and with the resampling first, and print what the mistake pretends."""
    from core.sweep_runner import run_sweep
    from core.wrong_way import inflation, plan_both_orders

    dataset = _open(options, settings)
    both = plan_both_orders(
        dataset.fingerprint,
        dataset.source,
        model=options.model,
        sampling=options.sampling,
        seeds=_seeds(options.seeds),
        values=_pairs(options.set),
    )
    problems = [entry["problem"] for entry in run_sweep(both, settings, _Report()) if entry["problem"]]
    if problems:
        raise BadInput(problems[0])
    found = inflation(both, settings.runs_dir)
    return {
        "model": options.model,
        "sampling": options.sampling,
        "seeds": list(found.seeds),
        "resampled_first": {"macro_f1": found.wrong.tolist(), "copies_tested": found.copies_tested},
        "split_first": {"macro_f1": found.right.tolist()},
        "inflation": found.mean,
        "inflation_std": found.std,
        "per_class": found.per_class.to_dict("index"),
    }


def pace(options: argparse.Namespace, settings: Settings) -> dict:
    """Measure how fast a model trains here, in seconds, and keep that for the estimates of sweeps."""
    from dataclasses import asdict

    from core.pace import measure_here

    return asdict(measure_here(options.model, _pairs(options.set), settings))


def layers(options: argparse.Namespace, settings: Settings) -> dict:
    """Print the layers of a model, in the order in which an image passes them."""
    from core.models.layers import layer_table
    from core.runs import configure

    config = configure("", "", model=options.model, values=_pairs(options.set))
    choice = MODELS[options.model]
    table = layer_table(choice, options.classes, config.params["images.size"], config.owned("model"))
    return {"layers": table.to_dict("records"), **table.attrs}


def evaluate(options: argparse.Namespace, settings: Settings) -> dict:
    """Judge a run again from its predictions alone."""
    from core.evaluation import evaluate as judge
    from core.runs import find_run

    run = find_run(options.run, settings.runs_dir)
    return {"run": run.id, "title": run.config.title, "plan": run.config.plan, **judge(run.predictions).to_json()}


def predict(options: argparse.Namespace, settings: Settings) -> list:
    """Print what a run says of pictures."""
    from core.prediction import predict_image
    from core.runs import find_run

    run = find_run(options.run, settings.runs_dir)
    return [predict_image(run, Path(image), image, settings).to_json() for image in options.images]


def runs(options: argparse.Namespace, settings: Settings) -> list:
    """List the finished runs, newest first."""
    from core.runs import list_runs

    return [
        {
            "run": run.id,
            "dataset": run.config.dataset,
            "title": run.config.title,
            "plan": run.config.plan,
            "created": datetime.fromtimestamp(run.created, UTC).isoformat(timespec="seconds"),
            "accuracy": run.metrics["accuracy"],
            "macro_f1": run.metrics["macro_f1"],
            "macro_f1_interval": run.metrics["macro_f1_interval"],
        }
        for run in list_runs(settings.runs_dir)
    ]


def list_entries(options: argparse.Namespace, settings: Settings) -> list:
    """List what can be chosen."""
    return [choice.describe() for choice in LISTS[options.what]]


def work(options: argparse.Namespace, settings: Settings) -> None:
    """Do the job in a folder, for the app that started this process and only as long as it lives."""
    from core.worker import STOPPED, attach

    worker = attach(options.folder)  # first of all: an app that dies while torch is imported must not be outlived
    if not WORK[worker.config.get("kind", "run")](worker, settings):
        os._exit(STOPPED)  # tearing torch down takes a second, and who cancels waits for it


def _work_on_run(worker, settings: Settings) -> bool:
    from core.experiment import run_experiment
    from core.runs import known_config
    from core.training import Cancelled

    config = known_config(worker.config)
    if config is None:
        raise BadInput("This run was set up by another version of this program; set it up again.")
    try:
        run_experiment(config, settings, worker.report, worker.should_stop)
    except Cancelled:
        return False
    return True


def _work_on_sweep(worker, settings: Settings) -> bool:
    from core.sweep_runner import run_sweep
    from core.sweeps import Sweep

    plan = Sweep.from_json(worker.config)
    return len(run_sweep(plan, settings, worker.report, worker.should_stop)) == len(plan.configs)


def _work_on_synthesis(worker, settings: Settings) -> bool:
    from core.synthesis.config import config_from
    from core.synthesis.making import train_gan
    from core.training import Cancelled

    try:
        train_gan(config_from(worker.config), settings, worker.report, worker.should_stop)
    except Cancelled:
        return False
    return True


WORK = {"run": _work_on_run, "sweep": _work_on_sweep, "synthesis": _work_on_synthesis}
"""The `kind` in a job's configuration, `run` if it names none -> what does it; False if it was told to stop."""


def _settings() -> Settings:
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        raise BadInput(f"NAVARASA_{str(first['loc'][0]).upper()} is not usable: {first['msg']}.") from None


def _outcome(run) -> dict:
    return {
        "run": run.id,
        "title": run.config.title,
        "plan": run.config.plan,
        "seconds": round(run.seconds, 1),
        **run.metrics,
    }


def _warn(config, dataset) -> None:
    """Say on stderr what is known of a run before it is trained."""
    from core.flags import check_every_fold, flags
    from core.sampling.summary import resample as apply
    from core.splits import make_folds

    labels, sampling, own = dataset.usable["label"], SAMPLERS[config.sampling], config.owned("sampling")
    folds = make_folds(config.split, dataset.usable, config.folds, config.split_seed)
    check_every_fold(sampling, own, labels, folds)
    part = labels.iloc[folds[0].train]
    found = flags(
        MODELS[config.model],
        config.owned("model"),
        sampling,
        own,
        part,
        labels if config.folds else labels.iloc[folds[0].test],
        labels=dataset.labels,
        n_folds=config.folds,
        resampling=None if sampling.needs else apply(sampling, part, own, config.seed),
    )
    for flag in found:
        print(f"{flag.severity}: {flag.sentence}", file=sys.stderr, flush=True)


def _row(row) -> dict:
    return {
        "title": row.config.title,
        "model": row.config.model,
        "sampling": row.config.sampling,
        "loss": row.config.loss,
        "macro_f1_mean": row.mean,
        "macro_f1_std": row.std,
        "seeds": [{"seed": seed, "run": run.id, "macro_f1": run.metrics["macro_f1"]} for seed, run in row.runs.items()],
        "problems": [{"seed": seed, "problem": problem} for seed, problem in row.problems.items()],
    }


def _with_scheduler(options: argparse.Namespace, settings: Settings) -> Settings:
    """Return the settings with the scheduler of the command line, where that names one; an empty one is none."""
    if options.scheduler is None:
        return settings
    return settings.model_copy(update={"scheduler": options.scheduler or None})


def _n_workers(settings: Settings) -> int:
    from core.cluster import count_workers

    return max(count_workers(settings.scheduler), 1) if settings.scheduler else 1


def _open(options: argparse.Namespace, settings: Settings):
    return open_dataset(options.dataset, settings, _Line())


class _Line:
    """Shows progress on stderr: one line that is written over on a terminal, a line every 5 s elsewhere."""

    def __init__(self):
        self.last = 0.0

    def __call__(self, what: str, done: int, total: int) -> None:
        terminal = sys.stderr.isatty()
        if (done < total or not total) and time.monotonic() - self.last < (0.1 if terminal else 5):
            return
        self.last = time.monotonic()
        end = "\n" if done == total or not terminal else "\r"
        print(f"{what}: {done:,}{f' of {total:,}' if total else ''}", file=sys.stderr, end=end, flush=True)


class _Report:
    """Shows where training stands on stderr: a line an epoch is enough here, or of a sweep a line a run."""

    def __init__(self):
        self.last = ("", -1)

    def __call__(self, progress) -> None:
        now = (progress.stage, progress.done)
        if progress.done != int(progress.done) or now == self.last:
            return
        self.last = now
        newest = progress.history[-1] if progress.history else {}
        score = f", validation macro-F1 {newest['validation_macro_f1']:.3f}" if "validation_macro_f1" in newest else ""
        print(f"{progress.sentence}{score}", file=sys.stderr, flush=True)


def _pairs(items: list[str]) -> dict[str, str]:
    """Turn ["target=300"] into {"target": "300"}."""
    for item in items:
        if "=" not in item:
            raise BadInput(f"--set takes NAME=VALUE, such as target=300, not {item!r}.")
    return dict(item.split("=", 1) for item in items)


def _names(text: str) -> list[str]:
    """Turn "none, over" into ["none", "over"]."""
    return [part.strip() for part in text.split(",")]


def _seeds(text: str) -> list[int]:
    try:
        seeds = [int(part) for part in text.split(",")]
    except ValueError:
        raise BadInput(f"--seeds takes whole numbers with commas, such as 0,1,2, not {text!r}.") from None
    if min(seeds) < 0 or len(set(seeds)) < len(seeds):
        raise BadInput(f"--seeds takes different numbers from 0 up, not {text!r}.")
    return seeds


class _Parser(argparse.ArgumentParser):
    """Says what is wrong with the words of a command in one line, as every other refusal is said."""

    def error(self, message: str) -> NoReturn:
        raise BadInput(f"{message}; see {self.prog} --help.")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser("python -m core", description=__doc__)
    verbs = parser.add_subparsers(required=True, metavar="VERB")

    def verb(name: str, action, *positionals: tuple[str, dict]) -> argparse.ArgumentParser:
        added = verbs.add_parser(name, help=action.__doc__, description=action.__doc__)
        for positional, settings in positionals:
            added.add_argument(positional, **settings)
        added.set_defaults(verb=action)
        return added

    dataset = ("dataset", {"metavar": "DATASET", "help": "demo, another known name, or the path of a folder"})
    run = ("run", {"metavar": "RUN", "help": "a run's id or its folder"})
    verb("describe", describe, dataset)
    auditing = verb("audit", audit, dataset)
    auditing.add_argument("--second", type=Path, metavar="FILE", help="a second annotator's CSV")
    fetching = verb("fetch", fetch, ("name", {"metavar": "NAME", "help": ", ".join(RELEASES)}))
    fetching.add_argument("--to", type=Path, metavar="DIR", help="a new folder; below NAVARASA_HOME if left out")
    resampling = verb("resample", resample, dataset)
    resampling.add_argument("--sampling", required=True, metavar="NAME", help=", ".join(SAMPLERS.names()))
    resampling.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="a parameter")
    resampling.add_argument("--seed", type=int, default=0)
    training = verb("train", train, dataset)
    training.add_argument("--model", required=True, metavar="NAME", help=", ".join(MODELS.names()))
    training.add_argument("--sampling", default=SAMPLERS.default, metavar="NAME", help=", ".join(SAMPLERS.names()))
    training.add_argument("--loss", default=LOSSES.default, metavar="NAME", help=", ".join(LOSSES.names()))
    sweeping = verb("sweep", sweep, dataset)
    for flag, registry in {"--models": MODELS, "--samplings": SAMPLERS, "--losses": LOSSES}.items():
        names = f"with commas: {', '.join(registry.names())}"
        required = {"required": True} if registry is MODELS else {"default": registry.default}
        sweeping.add_argument(flag, metavar="NAMES", help=names, **required)
    sweeping.add_argument("--dry-run", action="store_true", help="train nothing: say how many runs and how long")
    wrong = verb("wrong-way", wrong_way, dataset)
    wrong.add_argument("--model", default="knn", metavar="NAME", help=", ".join(MODELS.names()))
    wrong.add_argument("--sampling", default="over", metavar="NAME", help=", ".join(SAMPLERS.names()))
    wrong.add_argument("--seeds", default="0", help="whole numbers with commas: two runs each")
    wrong.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="a parameter")
    for added in (training, sweeping):
        added.add_argument("--split", default=SPLITS.default, metavar="NAME", help=", ".join(SPLITS.names()))
        added.add_argument("--folds", type=int, default=HOLD_OUT, help="2 to 20; a hold-out of a fifth if left out")
        added.add_argument("--split-seed", type=int, default=0, help="which person falls into which fold")
        added.add_argument("--seeds", default="0", help="whole numbers with commas: a run each")
        added.add_argument(
            "--set", action="append", default=[], metavar="NAME=VALUE", help="a parameter, such as epochs=5"
        )
        added.add_argument("--scheduler", metavar="URL", help="train on the workers of this Dask scheduler")
    pacing = verb("pace", pace, ("model", {"metavar": "MODEL", "help": ", ".join(MODELS.names())}))
    pacing.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="a parameter")
    layering = verb("layers", layers, ("model", {"metavar": "MODEL", "help": ", ".join(MODELS.names())}))
    layering.add_argument("--classes", type=int, choices=range(1, 10_001), default=8, metavar="N", help="1 to 10,000")
    layering.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="a parameter")
    verb("evaluate", evaluate, run)
    verb("predict", predict, run, ("images", {"metavar": "IMAGE", "nargs": "+", "help": "picture files"}))
    verb("runs", runs)
    verb("list", list_entries, ("what", {"choices": list(LISTS)}))
    verb("work", work, ("folder", {"type": Path, "help": "a job's folder"}))
    return parser


if __name__ == "__main__":
    _write_any_text()
    sys.exit(main())
