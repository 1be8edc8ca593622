"""An experiment's runs beside the report's figures, and what follows from them in words."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from core.evaluation.comparison import Comparison, compare
from core.evaluation.resampled import Resampled
from core.replication import sentences
from core.replication.experiments import DATASET, Arm, Experiment, key_of
from core.replication.facts import Facts
from core.replication.sentences import REPORT
from core.runs import Run, list_runs, shipped_runs


@dataclass(frozen=True)
class Finding:
    """What an experiment gave here."""

    experiment: Experiment
    runs: dict[str, list[Run]]
    """Arm -> its runs, by seed; an arm that is not trained has none."""
    means: pd.DataFrame
    """One row a score (`macro_f1`, `accuracy`, then each class), a column an arm, after that of the report if it gives
    figures: means over seeds, NaN where there is none."""
    spreads: pd.DataFrame
    """The same of standard deviations over seeds (n - 1 in the denominator); NaN for fewer than two seeds."""

    @property
    def missing(self) -> list[str]:
        """Return the arms that are not trained with every seed."""
        return [arm.name for arm in self.experiment.arms if len(self.runs[arm.name]) < len(arm.seeds)]

    def sentences(self, facts: Facts | None) -> list[str]:
        """Return what the figures say: how far they are from the report's, then what else follows from them."""
        adds = self.experiment.adds
        return sentences.differences(self) + (adds(self, facts) if adds and any(self.runs.values()) else [])

    @property
    def differences(self) -> pd.Series:
        """Return ours less the report's, by score, for what the report gives a figure; empty where it gives none."""
        beside = self.experiment.beside
        if not beside or not self.runs[beside]:
            return pd.Series(dtype=float)
        return (self.means[beside] - self.means[REPORT]).dropna()


def known_runs(runs_dir: Path) -> dict[str, Run]:
    """Return the runs on the report's dataset, by what they are known by on any copy of it; of equals, the shipped."""
    shipped = shipped_runs()
    copies = {run.config.fingerprint for run in shipped}
    here = (run for run in list_runs(runs_dir) if run.config.fingerprint in copies or run.config.dataset == DATASET)
    found: dict[str, Run] = {}
    for run in (*shipped, *here):
        found.setdefault(key_of(run.config), run)
    return found


def conclude(experiment: Experiment, known: Mapping[str, Run]) -> Finding:
    """Return what an experiment's runs gave, among those of `known_runs`."""
    runs = {arm.name: [known[key] for key in arm.keys if key in known] for arm in experiment.arms}
    scores = {name: pd.DataFrame([_scores(run) for run in of_arm]) for name, of_arm in runs.items()}
    means = pd.DataFrame({name: table.mean() for name, table in scores.items() if len(table)}, dtype=float)
    spreads = pd.DataFrame({name: table.std(ddof=1) for name, table in scores.items() if len(table)}, dtype=float)
    if experiment.reported:
        means.insert(0, REPORT, pd.Series(experiment.reported, dtype=float).reindex(means.index))
    return Finding(experiment, runs, means, spreads)


def against_reference(finding: Finding, resampled: Callable[[Run], Resampled]) -> Comparison | None:
    """Return the arms that were judged on the reference's images beside it, by macro-F1; None where there is none.

    Args:
        finding: of an experiment.
        resampled: gives a run's scores in each resample (`core.evaluation.resampled.resample`); a page remembers them.
    """
    reference = finding.experiment.reference
    arms = {arm.name: arm for arm in finding.experiment.arms if finding.runs[arm.name]}
    if reference not in arms:
        return None
    alike = [name for name, arm in arms.items() if _judged(arm) == _judged(arms[reference])]
    seeds = {name: tuple(resampled(run) for run in finding.runs[name]) for name in alike}
    return compare(seeds, "macro_f1", seeds[reference]) if len(seeds) > 1 else None


def _judged(arm: Arm) -> tuple[str | None, str | None]:
    return arm.choices.get("split"), arm.choices.get("order")


def table_of(finding: Finding) -> pd.DataFrame:
    """Return the table to show: one row a `score`, a column the report and each arm, "mean ± spread over seeds"."""
    names = {"macro_f1": "Macro-F1", "accuracy": "Accuracy"}
    means = finding.means
    spreads = finding.spreads.reindex(columns=means.columns)
    words = {
        column: [
            _words(mean, spread, digits=2 if column == REPORT else 3)
            for mean, spread in zip(means[column], spreads[column], strict=True)
        ]
        for column in means
    }
    rows = [names.get(score, f"F1 {score}") for score in means.index]
    return pd.DataFrame(words, index=pd.Index(rows, name="score")).reset_index()


def _words(mean: float, spread: float, digits: int) -> str:
    if pd.isna(mean):
        return ""
    return f"{mean:.{digits}f}" if pd.isna(spread) else f"{mean:.{digits}f} ± {spread:.{digits}f}"


def summary(findings: Sequence[Finding], comparisons: Mapping[str, Comparison | None]) -> pd.DataFrame:
    """Return one row an arm: `what` was trained, and macro-F1 in words; a reference has one row, whoever refers to it.

    `report` is the report's figure and `here` ours with its spread over seeds; `verdict` is that of `comparisons`, by
    the experiment's name, empty for an arm that was judged on other images.
    """
    rows = []
    for finding in findings:
        comparison = comparisons[finding.experiment.name]
        verdicts = {} if comparison is None else comparison.table["verdict"]
        experiment, table = finding.experiment, table_of(finding).set_index("score")
        for arm in experiment.arms:
            if finding.runs[arm.name]:
                told = table.loc["Macro-F1", REPORT] if arm.name == experiment.beside else ""
                rows.append((arm.name, told, table.loc["Macro-F1", arm.name], verdicts.get(arm.name, "")))
    return pd.DataFrame(rows, columns=["what", "report", "here", "verdict"]).drop_duplicates("what", keep="last")


def seeds_table(finding: Finding) -> pd.DataFrame:
    """Return one row a run: `arm`, `seed`, `run`, `macro_f1`, `accuracy`."""
    rows = [
        (name, run.config.seed, run.id, run.metrics["macro_f1"], run.metrics["accuracy"])
        for name, runs in finding.runs.items()
        for run in runs
    ]
    return pd.DataFrame(rows, columns=["arm", "seed", "run", "macro_f1", "accuracy"])


def _scores(run: Run) -> dict[str, float]:
    per_class = {label: row["f1"] for label, row in run.metrics["per_class"].items()}
    return {"macro_f1": run.metrics["macro_f1"], "accuracy": run.metrics["accuracy"]} | per_class
