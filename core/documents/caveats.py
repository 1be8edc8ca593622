"""What one must know before believing a run's figures, each worked out from the run or its dataset."""

from collections.abc import Callable, Iterator

import numpy as np

from core.documents.facts import Facts
from core.evaluation import thin_classes
from core.evaluation.scores import COMMON
from core.labels import in_words
from core.runs import MISTAKES, RESAMPLE_FIRST, SPLIT_FIRST
from core.splits import HOLD_OUT, make_folds

FEW_PERSONS = 10
"""A class of fewer persons in the test says more about them than about the class."""
_MOST = 6  # names in a sentence


def caveats(facts: Facts) -> list[str]:
    """Return sentences, what weighs most first."""
    return [sentence for find in _CAVEATS for sentence in find(facts)]


def never_found(facts: Facts) -> list[str]:
    """Return the classes of which images were tested and none was found."""
    rows = facts.evaluation.per_class
    return list(rows.index[(rows["support"] > 0) & (rows["recall"] == 0)])


def few_persons(facts: Facts) -> list[str]:
    """Return "label (n persons)" of the tested classes that fewer than FEW_PERSONS persons show."""
    rows = facts.evaluation.per_class
    few = rows[(rows["support"] > 0) & (rows["persons"] < FEW_PERSONS)]
    return [f"{in_words(label)} ({_n(int(row['persons']), 'person')})" for label, row in few.iterrows()]


def knows_persons(facts: Facts) -> bool:
    """Return whether the names of the images tell whom they show."""
    return bool(facts.predictions["person"].notna().any())


def shown_before(facts: Facts) -> float | None:
    """Return the share of the test images that show a person who was trained on too; None where that is not known."""
    dataset, config = facts.dataset, facts.run.config
    if dataset is None or config.fingerprint != dataset.fingerprint or config.order != SPLIT_FIRST:
        return None
    images = dataset.usable.reset_index(drop=True)
    person = images["person"]
    again = 0
    for fold in make_folds(config.split, images, config.folds, config.split_seed):
        tested = person.iloc[fold.test]
        again += int((tested.isin(person.iloc[fold.train]) & tested.notna()).sum())
    return again / len(facts.predictions)


def _mistake(facts: Facts) -> Iterator[str]:
    config, share = facts.run.config, facts.run.copies_tested
    if config.order in MISTAKES:
        yield (
            f"This run is a mistake made to be seen ({MISTAKES[config.order]}): its scores are no measure of how well "
            "it finds anything."
        )
    if share:
        what = "copies of images" if config.order == RESAMPLE_FIRST else "images"
        yield f"{share:.0%} of the tested images are {what} that were learnt from too."


def _shared_persons(facts: Facts) -> Iterator[str]:
    if facts.run.config.split == "person_disjoint" or facts.run.config.order != SPLIT_FIRST:
        return
    share = shown_before(facts)
    if share:
        yield (
            f"{share:.0%} of the tested images show a person who was trained on too: the scores are partly those of "
            "recognising people, and strangers will be judged worse."
        )
    elif share is None and knows_persons(facts):
        yield (
            "The split does not keep persons apart, so the test may show people who were trained on: strangers will "
            "be judged worse."
        )


def _never_found(facts: Facts) -> Iterator[str]:
    found = never_found(facts)
    if found:
        yield f"It never found {listed([in_words(label) for label in found])}, although images of it were tested."
    untested = facts.evaluation.per_class["support"] == 0
    if untested.any():
        labels = [in_words(label) for label in untested.index[untested]]
        yield f"No image of {listed(labels)} was tested, so nothing is known of how well it is found."


def _thin(facts: Facts) -> Iterator[str]:
    if thin := thin_classes(facts.evaluation):
        yield (
            f"Few test images (under {COMMON}) or few persons (under {FEW_PERSONS}): {listed(thin)}. One picture "
            "moves such a score by points, and an interval over so few people is no certainty however narrow."
        )


def _no_better(facts: Facts) -> Iterator[str]:
    overall, always = facts.evaluation.overall, facts.evaluation.majority
    accuracy = overall.loc["accuracy"]
    if accuracy["value"] <= accuracy["majority"]:
        yield (
            f"Always saying {in_words(always.label)} is right as often or more often: accuracy {always.accuracy:.3f} "
            f"against {accuracy['value']:.3f}."
        )
    if overall.loc["kappa", "low"] <= 0:
        yield "What it says may be chance: the interval of Cohen's kappa reaches 0."


def _persons(facts: Facts) -> Iterator[str]:
    if not knows_persons(facts):
        yield (
            "The names of the images do not tell whom they show, so intervals count each image as a person of its own "
            "and are too narrow where somebody has several."
        )


def _one_seed(facts: Facts) -> Iterator[str]:
    yield (
        f"This is one training with seed {facts.run.config.seed}: the intervals hold how far other persons would move "
        "the scores, not how far another seed would."
    )


def _left_out(facts: Facts) -> Iterator[str]:
    if left_out := facts.run.left_out:
        yield f"{_n(len(left_out), 'image')} could not be read, so neither trained on nor tested."


def _annotators(facts: Facts) -> Iterator[str]:
    counts = facts.labelled_by
    if counts is None:
        return
    share = counts.iloc[0] / counts.sum()
    if len(counts) == 1:
        yield "All labels are by one annotator: the scores say how well that one person's opinion is foreseen."
    elif share > 0.5:
        yield f"One of {len(counts)} annotators gave {share:.0%} of the labels."


def _kept_network(facts: Facts) -> Iterator[str]:
    if facts.run.config.folds != HOLD_OUT:
        yield "The network that is kept is that of the first fold; the scores are of all folds' networks together."


def listed(names: list[str], word: str = "and") -> str:
    """Return names as a sentence lists them, of many the first few.

    >>> listed(["fear", "disgust", "anger"], "or")
    'fear, disgust or anger'
    """
    shown = names if len(names) <= _MOST else [*names[:_MOST], f"{len(names) - _MOST} more"]
    return f" {word} ".join(filter(None, [", ".join(shown[:-1]), shown[-1]]))


def _n(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def imbalance(facts: Facts) -> float:
    """Return how many times the commonest tested class outnumbers the rarest that was tested."""
    support = facts.evaluation.per_class["support"]
    return float(support.max() / np.maximum(support[support > 0].min(), 1))


_CAVEATS: tuple[Callable[[Facts], Iterator[str]], ...] = (
    _mistake,
    _shared_persons,
    _never_found,
    _thin,
    _no_better,
    _persons,
    _annotators,
    _one_seed,
    _kept_network,
    _left_out,
)
