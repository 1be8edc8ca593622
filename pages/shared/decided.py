"""What a decision does to a set of images: scores, matrix, other mixes, calibration, abstaining; and taking it away."""

import json

import numpy as np
import pandas as pd
import streamlit as st

from core.catalog import Dataset
from core.evaluation import Evaluation, cell_images, evaluate, thin_classes
from core.evaluation.answers import coverage_by_class, gains, risk_coverage
from core.evaluation.calibration import N_BINS, Calibration, calibrate
from core.evaluation.cells import captions
from core.evaluation.confusion import view
from core.evaluation.decisions import Answers, Decision, decide, decided_table
from core.evaluation.deployment import expected_under
from core.evaluation.scores import OVERALL
from core.figures.calibration import reliability
from core.figures.calibration import risk_coverage as risk_coverage_figure
from core.runs import Run
from pages.shared.cell import LINK, PER_CENT, judged_images
from pages.shared.charts import chart, count, download, table
from pages.shared.decisions import VALIDATION, Watched
from pages.shared.matrix import matrix, matrix_options, remember_pair, remembered_pair
from pages.shared.scores import score_tables
from pages.shared.text import plain

_SHOWN = ("macro_f1", "balanced_accuracy", "accuracy")
_SCORE = {"format": "%.3f", "width": 76}
_COLUMNS = {
    "value": "F1 or score",
    "low": "from",
    "high": "to",
    "plain": "plain",
    "precision": "precision",
    "recall": "recall",
}
_LAZY = {"bind": "query-params"}
"""An expander in the link: what is folded is not computed."""


@st.cache_resource(max_entries=32, show_spinner=False)
def _plain(run_id: str, part: str, _known: Watched) -> tuple[Evaluation, np.ndarray]:
    """Return how the run's own answers score on a part, and their codes."""
    answers = decide(_known.table(part), Decision(), _known.priors)
    return evaluate(_known.table(part), said=answers.codes), answers.codes


@st.cache_resource(max_entries=64, show_spinner=False)
def _calibration(run_id: str, part: str, temperature: float, _known: Watched) -> Calibration:
    return calibrate(_known.table(part), temperature)


def worth(run: Run, known: Watched, part: str, answers: Answers, evaluation: Evaluation) -> None:
    """Show the scores in a row, each with what it gains over the run's own answers."""
    predictions = known.table(part)
    _, plain_codes = _plain(run.id, part, known)
    gained = gains(predictions, answers.codes, plain_codes)
    changed = bool((answers.codes != plain_codes).any())
    with st.container(horizontal=True):
        for name in _SHOWN:
            value, low, high = evaluation.overall.loc[name, ["value", "low", "high"]]
            gain = gained[name]
            colour = "normal" if changed and gain.clear else "off"
            st.metric(
                OVERALL[name],
                f"{value:.3f}",
                f"{gain.value:+.3f} ({gain.low:+.3f} to {gain.high:+.3f})" if changed else f"{low:.3f} to {high:.3f}",
                delta_color=colour,
                delta_arrow="auto" if changed and gain.clear else "off",
                help=f"Between {low:.3f} and {high:.3f}. {evaluation.how} Below it: the gain over the run's own "
                "answers on the same resamples, coloured where its interval leaves out 0.",
                width=235,
            )
        answered, n = int(answers.answered.sum()), len(predictions)
        st.metric("Answered", f"{answered / n:.1%}", f"{answered:,} of {n:,}", "off", delta_arrow="off", width=235)


def confusion(evaluation: Evaluation, run: Run, part: str) -> tuple[str, str] | None:
    """Show the confusion matrix of the answered images, and return the cell that is chosen."""
    options = matrix_options()
    shown = view(evaluation.confusion_matrix, evaluation.labels, **options)
    name = f"Confusion matrix of the {part} images, true labels in rows"
    cell = matrix(shown, f"decided-{run.id}", name, remembered_pair(*LINK))
    remember_pair(*LINK, cell)
    return cell


def scores(evaluation: Evaluation, run: Run, known: Watched, part: str) -> None:
    """Show F1, precision and recall of each class and the scores over all, beside what the run's own answers score."""
    plain_evaluation, _ = _plain(run.id, part, known)
    st.header("Scores")
    shown = _scores_of(evaluation)
    shown.insert(4, "plain", _scores_of(plain_evaluation)["value"])
    columns = {name: st.column_config.NumberColumn(title, **_SCORE) for name, title in _COLUMNS.items()}
    columns |= {"name": st.column_config.TextColumn("class or score", width=190), "support": count("images")}
    table(shown, "F1, precision and recall of each class", columns)
    st.caption(
        f"F1 of each class, below them the scores over all; “from … to” is the interval. {evaluation.how} "
        f"“Plain” is what the run's own answers score on the same {part} images."
    )
    if thin := thin_classes(plain_evaluation):
        named = plain(", ".join(thin))
        st.caption(f":material/warning: Few images or few persons, so an interval is no certainty: {named}.")


def _scores_of(evaluation: Evaluation) -> pd.DataFrame:
    """Return a row a class, then a row a score over all of them."""
    classes = evaluation.per_class.rename(columns={"f1": "value", "f1_low": "low", "f1_high": "high"})
    both = pd.concat([classes, evaluation.overall.rename(index=OVERALL)]).rename_axis("name").reset_index()
    return both[["name", "value", "low", "high", "precision", "recall", "support"]]


def whole_tables(evaluation: Evaluation, run: Run, known: Watched, part: str) -> None:
    """Show, when unfolded, every score beside both baselines and as text; what was tuned is no result."""
    if part == VALIDATION:
        return
    with st.expander(
        "All of it, beside both baselines, to copy", key="all", icon=":material/table:", **_LAZY
    ) as folded:
        if folded.open:
            plain_evaluation, _ = _plain(run.id, part, known)
            score_tables({"The run's own answers": plain_evaluation, "This decision": evaluation}, "decided")


def cell_of(dataset: Dataset, run: Run, known: Watched, part: str, answers: Answers, cell: tuple[str, str]) -> None:
    """Show the images behind a cell, as the decision answers them."""
    true, said = cell
    decided = decided_table(known.table(part), answers)[answers.answered]
    images = cell_images(decided, true, said)
    columns = {
        "p_said": st.column_config.NumberColumn(f"{said} (said)", **PER_CENT),
        "p_true": st.column_config.NumberColumn(f"{true} (true)", **PER_CENT),
    }
    if true == said:
        images, columns = images.drop(columns="p_true"), {"p_said": columns["p_said"]}
    title = f"{part.capitalize()} images: true {true}, said {said}"
    judged_images(dataset, run, images, title, captions(images, true, said), f"decided-{part}", columns)


def other_mix(known: Watched, part: str, answers: Answers, decision: Decision) -> None:
    """Show what is to be expected under the mix, where one is set."""
    if decision.mix is None:
        return
    st.header("Where it will be used")
    expected = expected_under(known.table(part), answers.codes, decision.mix)
    with st.container(horizontal=True):
        for name, row in expected.overall.iterrows():
            title = OVERALL.get(name, "Answered")
            between = f"{row['low']:.3f} to {row['high']:.3f}"
            st.metric(title, f"{row['value']:.3f}", between, "off", delta_arrow="off", width=170)
    titles = {"precision": "precision", "precision_low": "from", "precision_high": "to", "recall": "recall", "f1": "F1"}
    shown = expected.per_class.reset_index()[["label", "share", *titles]]
    columns = {name: st.column_config.NumberColumn(title, **_SCORE) for name, title in titles.items()}
    columns |= {"share": st.column_config.NumberColumn("share there", format="percent"), "label": "class"}
    table(shown, "What each class is expected to score under that mix", columns)
    st.caption(
        "Each image counts by how common its class is there, over how common it is here. Recall stays as it is, for it "
        "asks only images of the class; precision, F1 and accuracy depend on the mix: among many neutral faces, more "
        "of those that are called something else are neutral. It supposes that a class looks there as it does here."
    )
    if expected.unseen:
        unseen = plain(", ".join(expected.unseen))
        st.caption(f":material/warning: No image here shows {unseen}: nothing is known of it, so it is left out.")


def calibration(run: Run, known: Watched, part: str, temperature: float) -> None:
    """Show, when unfolded, whether the confidence can be believed, before and after the temperature."""
    with st.expander("Can its confidence be believed?", key="calibration", icon=":material/speed:", **_LAZY) as folded:
        if not folded.open:
            return
        before = _calibration(run.id, part, 1.0, known)
        found = {"as it is": before}
        if temperature != 1:
            found[f"temperature {temperature:.2f}"] = _calibration(run.id, part, temperature, known)
        chart(reliability(found), f"reliability-{run.id}-{part}", "Accuracy against confidence")
        st.caption(
            f"{part.capitalize()} images in {N_BINS} bins of equally many by confidence, with 95 % intervals by "
            "person. On the dashed line, 80 % sure is right 8 times in 10; below it the run is too sure. Tau, bias and "
            "mix are left out: they say what to answer, not what to believe."
        )
        table(_errors(found), "Calibration errors", {"": ""})
        st.caption(
            "ECE: mean gap between confidence and accuracy over those bins (Naeini et al. 2015). By chance: what it "
            "would be if every probability were exactly right, for the bins are noisy. Classwise: the same of each "
            "class's own probability, mean over the classes (Kull et al. 2019). Brier: squared distance from the "
            "truth, 0 to 2. NLL: negative log-likelihood in nats. 0 is best for all."
        )
        if part == VALIDATION and temperature != 1:
            st.caption("A temperature that was fitted on these images flatters here; the test says what it is worth.")
        last = list(found.values())[-1].by_class
        percent = {name: st.column_config.NumberColumn(format="percent") for name in ("said", "there")}
        ece = st.column_config.NumberColumn("ECE", format="%.4f")
        table(last, "Calibration of each class", percent | {"label": "class", "ece": ece, "images": count("images")})


def _errors(found: dict[str, Calibration]) -> pd.DataFrame:
    rows = {
        name: {
            "ECE": f"{one.ece:.4f}",
            "ECE by chance": f"{one.ece_by_chance:.4f}",
            "classwise ECE": f"{one.classwise_ece:.4f}",
            "Brier": f"{one.brier:.3f}",
            "NLL": f"{one.nll:.3f}",
        }
        for name, one in found.items()
    }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("").reset_index()


def abstaining(dataset: Dataset, run: Run, known: Watched, part: str, answers: Answers, abstain_below: float) -> None:
    """Show, when unfolded, what answering less would buy, and who stays without an answer."""
    with st.expander("What would answering less buy?", key="risk", icon=":material/contrast:", **_LAZY) as folded:
        if not folded.open:
            return
        predictions = known.table(part)
        curve = risk_coverage(predictions, answers)
        chart(risk_coverage_figure(curve, abstain_below), f"risk-{run.id}-{part}", "Mistakes against share answered")
        st.caption(
            "The surest answers first: the share of mistakes among the answered, and its 95 % interval by person "
            "(risk-coverage curve, El-Yaniv & Wiener 2010)."
        )
        if answers.answered.all():
            st.caption("Now everything is answered; move “Say nothing below this confidence”.")
            return
        columns = {"coverage": st.column_config.NumberColumn("share answered", format="percent"), "label": "class"}
        columns |= {name: count(name) for name in ("images", "answered")}
        table(coverage_by_class(predictions, answers), "What is answered of each class", columns)
        left = decided_table(predictions, answers)[~answers.answered].sort_values("confidence", kind="stable")
        shown = left[["image", "person", "fold", "y_true", "confidence"]].reset_index(drop=True)
        below = [f"{label}, {sure:.0%} sure" for label, sure in zip(shown["y_true"], shown["confidence"], strict=True)]
        columns = {"confidence": st.column_config.NumberColumn("confidence", **PER_CENT)}
        judged_images(dataset, run, shown, "Without an answer", below, f"unanswered-{part}", columns)


def take_decision_away(run: Run, known: Watched, part: str, answers: Answers, decision: Decision) -> None:
    """Offer the decision as JSON and its answers as CSV; the page's link holds the decision too."""
    st.header("Take it away")
    name = decision.name(run.id)
    told = {"decision": name, "run": run.id} | decision.to_json(run.labels, known.priors)
    with st.container(horizontal=True):
        st.download_button(
            f"Decision {name} (JSON)",
            json.dumps(told, indent=1, ensure_ascii=False),
            f"decision-{name}.json",
            "application/json",
            icon=":material/download:",
            on_click="ignore",
            type="tertiary",
        )
        download(
            f"Its answers to the {part} images (CSV)",
            f"decision-{name}-{part}.csv",
            lambda: decided_table(known.table(part), answers),
        )
    st.caption(
        "The page's address holds all of it: run, sliders and which images one looks at. The JSON says how to decide "
        "in the same way elsewhere; in the CSV, an image with nothing in the column said was left unanswered."
    )
