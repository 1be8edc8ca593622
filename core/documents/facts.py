"""What documents say of a run, worked out once: from its predictions, its record and, if it is there, its dataset."""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

import pandas as pd

from core.catalog import Dataset
from core.errors import BadInput
from core.evaluation import Evaluation, evaluate
from core.exchange.packing import shareable_source
from core.losses import LOSSES
from core.models import MODELS
from core.registry import Choice
from core.runs import MISTAKES, SPLIT_FIRST, Run, applicable, fits, training_command
from core.sampling import SAMPLERS
from core.splits import HOLD_OUT, SPLITS


@dataclass(frozen=True)
class Facts:
    """A run, judged."""

    run: Run
    predictions: pd.DataFrame
    evaluation: Evaluation
    dataset: Dataset | None
    """What it was judged on; None where nobody opened it."""

    @property
    def title(self) -> str:
        """Return what the run is in words."""
        return self.run.config.title

    @property
    def dataset_title(self) -> str:
        """Return what its dataset is called; without the dataset, what opens it, less the folders that it lies in."""
        return self.dataset.title if self.dataset else self.source

    @property
    def source(self) -> str:
        """Return what opens the dataset, less the folders that it lies in."""
        return shareable_source(self.run.config.dataset)

    @property
    def made(self) -> str:
        """Return the day on which it was trained."""
        return datetime.fromtimestamp(self.run.created, UTC).date().isoformat()

    @property
    def choices(self) -> dict[str, Choice]:
        """Return the model, the strategy, the loss and the split, by what each is."""
        config = self.run.config
        found = {"Model": MODELS[config.model], "Rebalancing": SAMPLERS[config.sampling]}
        if MODELS[config.model].iterative:
            found["Loss"] = LOSSES[config.loss]
        return found | {"Split": SPLITS[config.split]}

    @property
    def parameters(self) -> list[tuple[str, str, str]]:
        """Return name, value and meaning of every parameter."""
        config = self.run.config
        owners = applicable(MODELS[config.model], SAMPLERS[config.sampling], LOSSES[config.loss])
        meaning = {f"{owner}.{param.name}": param.help for owner, choice in owners.items() for param in choice.params}
        return [(name, f"{value:g}", meaning.get(name, "")) for name, value in config.params.items()]

    @property
    def judged(self) -> str:
        """Return in a sentence what the run was judged on."""
        n, persons, config = self.evaluation.n_images, self.evaluation.n_persons, self.run.config
        split = SPLITS[config.split].title.lower()
        if config.order != SPLIT_FIRST:
            return f"{n:,} images of {persons:,} persons, {MISTAKES[config.order]}; {split} split."
        if config.folds == HOLD_OUT:
            return f"{n:,} images of {persons:,} persons that were held back: a fifth, by a {split} split."
        return (
            f"All {n:,} images of {persons:,} persons, each by one of {config.folds} models that had not trained on "
            f"it; {split} folds."
        )

    @cached_property
    def classes(self) -> pd.DataFrame:
        """Return one row a class: `label`, `tested` images of `persons`, and `known` images of the dataset (or NA)."""
        rows = self.evaluation.per_class
        table = pd.DataFrame(
            {
                "label": rows.index,
                "tested": rows["support"].astype(int).to_numpy(),
                "persons": rows["persons"].astype(int).to_numpy(),
            }
        )
        counts = self.dataset.usable["label"].value_counts() if self.dataset else pd.Series(dtype="int64")
        return table.assign(known=table["label"].map(counts).astype("Int64"))

    @property
    def command(self) -> str | None:
        """Return the command that trains it; None where no single one does. A path is named without its folders."""
        config = self.run.config
        return training_command(config, shareable_source(config.dataset), [config.seed])

    @property
    def labelled_by(self) -> pd.Series | None:
        """Return how many images each annotator labelled, the most first; None where nothing is known of them."""
        if self.dataset is None or self.dataset.usable["annotator"].isna().all():
            return None
        return self.dataset.usable["annotator"].value_counts()


def facts_of(run: Run, dataset: Dataset | None = None) -> Facts:
    """Return the facts of a run.

    Raises:
        BadInput: the dataset is not the one that the run was judged on, or the predictions are damaged.
    """
    if dataset is not None and not fits(run, dataset):
        raise BadInput(f"{dataset.title} does not hold the images that the run {run.id} judged; name its own dataset.")
    predictions = run.predictions
    return Facts(run, predictions, evaluate(predictions), dataset)
