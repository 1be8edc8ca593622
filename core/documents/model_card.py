"""A model card (Mitchell et al. 2019) in Markdown, with the front matter that Hugging Face reads its results from.

Nothing in it is claimed that does not follow from the run, or from its dataset where that is given.
"""

from dataclasses import dataclass

from markupsafe import Markup

from core.catalog import Dataset
from core.datasets import REAL
from core.datasets.releases import RELEASES, Release
from core.documents.caveats import caveats, few_persons, imbalance, knows_persons, listed, never_found, shown_before
from core.documents.facts import Facts, facts_of
from core.documents.templates import fill
from core.evaluation.scores import COMMON, OVERALL
from core.evaluation.tables import as_markdown, caption, score_table
from core.labels import in_words
from core.runs import MISTAKES, Run

BELIEVED = 0.5
"""A class whose interval of F1 begins above this is more often right than not."""
_METRICS = {
    "macro_f1": "f1",
    "weighted_f1": "f1",
    "accuracy": "accuracy",
    "balanced_accuracy": "balanced_accuracy",
    "mcc": "matthews_correlation",
    "kappa": "cohen_kappa",
}
"""The scores of `OVERALL` -> what Hugging Face calls such a metric."""


@dataclass(frozen=True)
class Metric:
    """A score in the front matter."""

    type: str
    name: str
    value: float


@dataclass(frozen=True)
class Advice:
    """What follows for whoever wants to use the model, by the intervals."""

    believed: list[str]
    """Classes whose F1 is above BELIEVED, the interval included, on COMMON test images or more."""
    refused: list[str]
    """Classes that were tested and never found."""
    unknown: list[str]
    """Classes with too few test images to say anything."""
    beats_baselines: bool
    """The interval of macro-F1 lies above what both baselines score."""


def card_name(run: Run) -> str:
    """Return what the file of a card is called."""
    return f"model-card-{run.id}.md"


def model_card(run: Run, dataset: Dataset | None = None) -> str:
    """Return a run's model card in Markdown.

    Args:
        run: it may be one that came with the program.
        dataset: what it was judged on, to tell what it holds besides the test images.

    Raises:
        BadInput: the dataset is another one, or the predictions are damaged.
    """
    facts = facts_of(run, dataset)
    evaluation = facts.evaluation
    return fill(
        "card.md",
        facts=facts,
        evaluation=evaluation,
        metrics=_metrics(facts),
        release=_release(facts),
        table=Markup(as_markdown(score_table(evaluation))),  # its words are plain already
        table_says=caption(evaluation),
        advice=_advice(facts),
        believed=BELIEVED,
        common=COMMON,
        mistake=MISTAKES.get(run.config.order),
        never=[in_words(label) for label in never_found(facts)],
        listed=listed,
        few_persons=few_persons(facts),
        knows_persons=knows_persons(facts),
        shown_before=shown_before(facts),
        imbalance=imbalance(facts),
        caveats=caveats(facts),
    )


def _metrics(facts: Facts) -> list[Metric]:
    values = facts.evaluation.overall["value"]
    return [Metric(kind, OVERALL[name], round(float(values[name]), 4)) for name, kind in _METRICS.items()]


def _release(facts: Facts) -> Release | None:
    """Return where the dataset was published, if it was opened by its published name."""
    return RELEASES[REAL] if facts.source.partition("?")[0] == REAL else None


def _advice(facts: Facts) -> Advice:
    rows = facts.evaluation.per_class
    macro = facts.evaluation.overall.loc["macro_f1"]
    common = rows["support"] >= COMMON
    never = rows["recall"] == 0
    return Advice(
        believed=[in_words(label) for label in rows.index[common & (rows["f1_low"] > BELIEVED)]],
        refused=[in_words(label) for label in rows.index[(rows["support"] > 0) & never]],
        unknown=[in_words(label) for label in rows.index[~common & ~((rows["support"] > 0) & never)]],
        beats_baselines=bool(macro["low"] > max(macro["majority"], macro["shuffled"])),
    )
