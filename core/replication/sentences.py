"""What an experiment's figures say, in sentences: nothing here is written that was not worked out from the runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.evaluation.comparison import Comparison
from core.evaluation.verdicts import p_in_words, signed
from core.replication.facts import GAN_CLASSES, Facts
from core.runs import Run
from core.votes import out_of_reach

if TYPE_CHECKING:  # findings knows experiments, and experiments name the functions here
    from core.replication.findings import Finding


def differences(finding: Finding) -> list[str]:
    """Say how far ours is from each figure of the report."""
    table, arm = finding.differences, finding.experiment.beside
    if table.empty:
        return []
    overall = [_difference(finding, arm, score) for score in ("macro_f1", "accuracy") if score in table]
    classes = table.drop(["macro_f1", "accuracy"], errors="ignore")
    told = ", ".join(f"{label} {signed(value, 2)}" for label, value in classes.sort_values(ascending=False).items())
    return [*overall, f"F1 of each class, ours less the report's: {told}."]


def _difference(finding: Finding, arm: str, score: str) -> str:
    ours, theirs = finding.means.loc[score, arm], finding.means.loc[score, REPORT]
    name = {"macro_f1": "Macro-F1", "accuracy": "Accuracy"}[score]
    here = _with_spread(finding, arm, score)
    return f"{name} is {here} here and {theirs:.2f} in the report: {signed(ours - theirs, 2)}."


REPORT = "the report"
"""The column of the report's figures."""


def verdicts(comparison: Comparison, reference: str) -> list[str]:
    """Say of each arm whether it can be told apart from the reference."""
    n = comparison.n_compared
    corrected = f", corrected for {n} comparisons" if n > 1 else ""
    return [
        f"{name}: {signed(row['difference'])} macro-F1 beside {reference} (95 % interval "
        f"{signed(row['difference_low'])} to {signed(row['difference_high'])}), {p_in_words(row['p_holm'])}"
        f"{corrected}: **{row['verdict']}**."
        for name, row in comparison.table.iterrows()
        if name != reference
    ]


def learning(finding: Finding, facts: Facts | None) -> list[str]:
    """Say what the training loss did, and what the same network scores on people it never saw."""
    flattering, honest = (arm.name for arm in finding.experiment.arms)
    said = []
    if finding.runs[flattering]:
        losses = np.mean([_first_and_last_loss(run) for run in finding.runs[flattering]], axis=0)
        said.append(f"Our training loss goes from {losses[0]:.2f} to {losses[1]:.2f} (cross-entropy, mean an image).")
    if finding.runs[flattering] and finding.runs[honest]:
        said.append(
            f"On people it never saw the same network scores {_with_spread(finding, honest, 'macro_f1')}, so its own "
            f"training images flatter it by {_gap(finding, flattering, honest):.2f}."
        )
    return said


def spread(finding: Finding, facts: Facts | None) -> list[str]:
    """Say how much the score moves from seed to seed, beside how sure a single run can be."""
    resampled, plain = (arm.name for arm in finding.experiment.arms)
    runs = finding.runs[resampled]
    if len(runs) < 2:
        return []
    scores = [run.metrics["macro_f1"] for run in runs]
    said = [
        f"Over {len(runs)} seeds macro-F1 goes from {min(scores):.3f} to {max(scores):.3f}; its standard deviation is "
        f"{np.std(scores, ddof=1):.3f}.",
        f"The 95 % interval of a single run is ± {np.mean([_half_width(run) for run in runs]):.3f}: which people are "
        "tested matters as well as the seed.",
    ]
    if len(finding.runs[plain]) > 1:
        plainly = finding.spreads.loc["macro_f1", plain]
        said.insert(1, f"Without resampling it is {plainly:.3f} over {len(finding.runs[plain])} seeds.")
    return said


def weights(finding: Finding, facts: Facts | None) -> list[str]:
    """Say how far apart the weights of the classes are, before and after."""
    if facts is None:
        return []
    before, after = facts.weights.values(), facts.weights_after.values()
    return [
        f"The weights go from {min(before):.2f} to {max(before):.0f} before the augmentation and from {min(after):.2f} "
        f"to {max(after):.2f} after it; the report has 0.3 to 250 and near 1."
    ]


def augmented(finding: Finding, facts: Facts | None) -> list[str]:
    """Say how many images a pass has, and what the same network scores on people it never saw."""
    flattering, honest = (arm.name for arm in finding.experiment.arms[:2])
    said = [] if facts is None else [f"A pass shows {facts.n_after:,} images here; the report had 28,267."]
    if finding.runs[flattering] and finding.runs[honest]:
        said.append(
            f"On people it never saw the augmented network scores {_with_spread(finding, honest, 'macro_f1')}, "
            f"{_gap(finding, flattering, honest):.2f} less than on its training images."
        )
    return said


def neighbours(finding: Finding, facts: Facts | None) -> list[str]:
    """Say which k is best by which score, and which classes the report's k cannot say."""
    [run] = finding.runs[finding.experiment.arms[1].name] or [None]
    if run is None or run.by_k is None:
        return []
    curve = run.by_k.set_index("k")
    limits = out_of_reach(run.by_k).dropna().sort_values()
    said = [
        f"Of k = 1 to {curve.index.max()}, accuracy is best at k = {curve['accuracy'].idxmax()} "
        f"({curve['accuracy'].max():.3f}) and macro-F1 at k = {curve['macro_f1'].idxmax()} "
        f"({curve['macro_f1'].max():.3f}), both on the test images."
    ]
    if len(limits):
        told = ", ".join(f"{label} from k = {k:.0f}" for label, k in limits.items())
        said.append(f"Classes that can no longer be said at all: {told}.")
    return said


def blur(finding: Finding, facts: Facts | None) -> list[str]:
    """Say how much less sharp SMOTE's faces are than those they were blended from."""
    if facts is None or not facts.sharpness_smote:
        return []
    ratios = {label: made / facts.sharpness[label] for label, made in facts.sharpness_smote.items()}
    least, most = min(ratios, key=ratios.get), max(ratios, key=ratios.get)
    return [
        f"The sharpness of SMOTE's faces (variance of the Laplacian, median a class) is {ratios[least]:.0%} of that of "
        f"the real ones for {least} and {ratios[most]:.0%} for {most}; the other classes lie between."
    ]


def made(finding: Finding, facts: Facts | None) -> list[str]:
    """Say what became of the classes that the GAN made images of, and where the difference comes from."""
    with_images, plain = (arm.name for arm in finding.experiment.arms)
    if not (finding.runs[with_images] and finding.runs[plain]):
        return []
    gains = (finding.means[with_images] - finding.means[plain]).drop(["macro_f1", "accuracy"])
    told = ", ".join(f"{label} {signed(gains[label], 2)}" for label in GAN_CLASSES if label in gains)
    return [
        f"F1 of the classes that images were made of: {told}. The largest change is that of {gains.abs().idxmax()}, "
        f"{signed(gains[gains.abs().idxmax()], 2)}."
    ]


def _with_spread(finding: Finding, arm: str, score: str) -> str:
    mean, std = finding.means.loc[score, arm], finding.spreads.loc[score, arm]
    return f"{mean:.3f}" if np.isnan(std) else f"{mean:.3f} ± {std:.3f}"


def _gap(finding: Finding, first: str, second: str) -> float:
    return float(finding.means.loc["macro_f1", first] - finding.means.loc["macro_f1", second])


def _first_and_last_loss(run: Run) -> tuple[float, float]:
    by_epoch = run.history.groupby("epoch")["train_loss"].mean()
    return float(by_epoch.iloc[0]), float(by_epoch.iloc[-1])


def _half_width(run: Run) -> float:
    low, high = run.metrics["macro_f1_interval"]
    return (high - low) / 2
