"""What the report did, what it found, and the runs that do the same here. A new experiment is one entry."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from core.errors import BadInput
from core.replication import sentences
from core.replication.facts import AUGMENTED_TO
from core.runs import TEST_ON_TRAINING, RunConfig, configure

DATASET = "facial_expressions"
"""The dataset of the report."""
_EPOCHS = {"training.epochs": 6}
"""The report does not say how long it trained."""
_TO_3000 = {"sampling.target": AUGMENTED_TO}
_THREE, _FIVE = (0, 1, 2), (0, 1, 2, 3, 4)


@dataclass(frozen=True)
class Arm:
    """One configuration of an experiment, trained once a seed."""

    name: str
    choices: Mapping[str, str]
    """Of `core.runs.configure`: `model`, and what is not the default among `sampling`, `loss`, `split`, `order`."""
    values: Mapping[str, int | float] = field(default_factory=lambda: _EPOCHS)
    seeds: tuple[int, ...] = _THREE

    def configs(self, fingerprint: str, dataset: str) -> list[RunConfig]:
        """Return a configuration a seed."""
        return [configure(fingerprint, dataset, **self.choices, values=self.values, seed=seed) for seed in self.seeds]

    @property
    def keys(self) -> list[str]:
        """Return what its runs are known by on any copy of the dataset."""
        return [key_of(config) for config in self.configs("", "")]


def key_of(config: RunConfig) -> str:
    """Return what a run is known by on any copy of its dataset, whatever made images were approved there."""
    params = {name: value for name, value in config.params.items() if name != "sampling.approved"}
    return replace(config, fingerprint="", params=params).id


@dataclass(frozen=True)
class Experiment:
    """Something that the report did or left undone, and the runs that do it here."""

    name: str
    title: str
    theirs: str
    """What the report did and found."""
    why: str
    """Why ours differs, or what ours adds, as far as it is known without a figure."""
    arms: tuple[Arm, ...] = ()
    reported: Mapping[str, float] = field(default_factory=dict)
    """The report's figures: `accuracy`, `macro_f1`, or the F1 of a class by its label."""
    beside: str = ""
    """The arm that does what the report did: its figures stand beside the report's."""
    reference: str = ""
    """The arm that the others are tested against."""
    adds: Callable[..., list[str]] | None = None
    """What else its figures say: a function of `core.replication.sentences`."""

    def configs(self, fingerprint: str, dataset: str) -> list[RunConfig]:
        """Return every configuration of every arm."""
        return [config for arm in self.arms for config in arm.configs(fingerprint, dataset)]


_PLAIN = Arm("1-conv CNN, on new people", {"model": "cnn_1conv"}, seeds=_FIVE)
_PLAIN_3 = Arm("3-conv CNN", {"model": "cnn_3conv"}, seeds=_FIVE)
_ON_TRAINING = {"split": "random", "order": TEST_ON_TRAINING}

EXPERIMENTS: tuple[Experiment, ...] = (
    Experiment(
        "class_counts",
        "How many faces there are of each class",
        theirs="The report counts the rows of the legend, after joining upper and lower case.",
        why="The counts are of rows. A picture may have several, and where these disagree it is left out, so there are "
        "fewer pictures than rows.",
    ),
    Experiment(
        "training_split",
        "1-conv CNN, judged on its training images",
        theirs="One convolution, no rebalancing, one seed, judged on the training split of 10,267 images. The loss "
        "“barely improves from 0.14 to 0.16”.",
        why="The report's network hardly learnt: its accuracy is no better than always saying neutral. Ours trains "
        "with AdamW and one cycle. Both figures flatter, because they are of images that were learnt from; the honest "
        "one is of people who were never trained on.",
        arms=(
            Arm("1-conv CNN, on its training images", {"model": "cnn_1conv"} | _ON_TRAINING),
            _PLAIN,
        ),
        reported={
            "accuracy": 0.49,
            "macro_f1": 0.15,
            "anger": 0.03,
            "surprise": 0.11,
            "disgust": 0.03,
            "fear": 0.00,
            "neutral": 0.42,
            "happiness": 0.58,
            "sadness": 0.04,
            "contempt": 0.00,
        },
        beside="1-conv CNN, on its training images",
        reference=_PLAIN.name,
        adds=sentences.learning,
    ),
    Experiment(
        "resampling",
        "Random under- and oversampling to 300 a class",
        theirs="“Significantly different results in each run”: every class brought to 300 images by dropping or "
        "repeating at random; no figure is given.",
        why="Ten seeds turn the remark into a spread. Each seed drops other images and starts from other weights; all "
        "are judged on the same faces. Beside it stands the spread of the same network without resampling.",
        arms=(
            Arm("under/over to 300", {"model": "cnn_1conv", "sampling": "under_over"}, seeds=tuple(range(10))),
            _PLAIN,
        ),
        reference=_PLAIN.name,
        adds=sentences.spread,
    ),
    Experiment(
        "augmentation",
        "Augmenting each minority class to 3,000",
        theirs="3,000 changed copies for each of the six minority classes, 28,267 images in all, judged on the "
        "training split; every neutral face was found, and hardly anything else.",
        why="The report's network collapsed to one answer. Ours fills each class up to 3,000 with "
        "changed copies of training images only, and is judged on unchanged ones; the report judged on its copies too.",
        arms=(
            Arm(
                "augmented, on its training images",
                {"model": "cnn_1conv", "sampling": "augment"} | _ON_TRAINING,
                _EPOCHS | _TO_3000,
                seeds=(0,),
            ),
            Arm("augmented, on new people", {"model": "cnn_1conv", "sampling": "augment"}, _EPOCHS | _TO_3000),
            _PLAIN,
        ),
        reported={
            "accuracy": 0.18,
            "macro_f1": 0.04,
            "neutral": 0.31,
            "fear": 0.01,
            "disgust": 0.01,
            "sadness": 0.02,
            "anger": 0.00,
            "surprise": 0.00,
            "happiness": 0.00,
            "contempt": 0.00,
        },
        beside="augmented, on its training images",
        reference=_PLAIN.name,
        adds=sentences.augmented,
    ),
    Experiment(
        "class_weights",
        "Class weights, before and after augmentation",
        theirs="Weights of the loss in inverse proportion to the class: 0.3 to 250 before the augmentation, near 1 "
        "after it; no score is given.",
        why="The weights follow from the counts alone, so they are the report's up to the size of the training part. "
        "What they do to the score is the question that it left open.",
        arms=(
            Arm("class weights", {"model": "cnn_1conv", "loss": "class_weights"}),
            Arm(
                "augmented and class weights",
                {"model": "cnn_1conv", "sampling": "augment", "loss": "class_weights"},
                _EPOCHS | _TO_3000,
            ),
            _PLAIN,
        ),
        reference=_PLAIN.name,
        adds=sentences.weights,
    ),
    Experiment(
        "knn",
        "3-conv CNN against nearest neighbours over k",
        theirs="Nearest neighbours on raw pixels were best at k = 101; the final network has three convolutions with "
        "pooling and dropout. No common figure is given.",
        why="With k = 101 a class of nine images can never win a vote, whatever it looks like. Accuracy hides that; "
        "macro-F1 does not. The nearest neighbours have no seed: the same images give the same answer.",
        arms=(
            _PLAIN_3,
            Arm("kNN, k = 101", {"model": "knn"}, {"model.k": 101}, seeds=(0,)),
        ),
        reference=_PLAIN_3.name,
        adds=sentences.neighbours,
    ),
    Experiment(
        "smote",
        "SMOTE's blur",
        theirs="SMOTE's faces looked blurred; no figure is given.",
        why="A mean of two faces that do not lie on each other is blurred. The table measures it; the score says "
        "whether it matters.",
        arms=(Arm("SMOTE", {"model": "cnn_1conv", "sampling": "smote"}), _PLAIN),
        reference=_PLAIN.name,
        adds=sentences.blur,
    ),
    Experiment(
        "pretrained",
        "Left undone: a pretrained ResNet",
        theirs="A pretrained ResNet was left undone, because it wants three channels and the faces are grey.",
        why="The first convolution is summed over its three channels, which is the same as showing it the grey picture "
        "three times. MobileNetV2 stands beside ResNet-18, both frozen but for their last layer, and a small residual "
        "network that knows nothing beforehand.",
        arms=(
            Arm("ResNet-18, frozen", {"model": "resnet18_frozen"}, {}, _FIVE),
            Arm("MobileNetV2, frozen", {"model": "mobilenet_v2_frozen"}, {}, _FIVE),
            Arm("small residual CNN, from nothing", {"model": "residual"}, seeds=_FIVE),
            _PLAIN_3,
        ),
        reference=_PLAIN_3.name,
    ),
    Experiment(
        "gan",
        "Left undone: images made by a GAN",
        theirs="Images of the rare classes made by a GAN were left undone.",
        why="The GAN sees the training part alone. Of contempt it has seen so few faces that it makes nearly the same "
        "one again and again.",
        arms=(Arm("3-conv CNN with GAN images", {"model": "cnn_3conv", "sampling": "gan"}, seeds=_FIVE), _PLAIN_3),
        reference=_PLAIN_3.name,
        adds=sentences.made,
    ),
    Experiment(
        "soft_f1",
        "Left undone: training on a soft F1",
        theirs="A loss that is F1 itself, made differentiable, was left undone.",
        why="Soft F1 is worked out batch by batch, and most batches hold no face of contempt or fear at all.",
        arms=(Arm("3-conv CNN with soft F1", {"model": "cnn_3conv", "loss": "soft_f1"}, seeds=_FIVE), _PLAIN_3),
        reference=_PLAIN_3.name,
    ),
)
"""Every experiment, in the order of the report."""


def find_experiment(name: str) -> Experiment:
    """Return the experiment of that name.

    Raises:
        BadInput: there is none; the known ones are listed.
    """
    found = next((experiment for experiment in EXPERIMENTS if experiment.name == name), None)
    if found is None:
        known = ", ".join(experiment.name for experiment in EXPERIMENTS)
        raise BadInput(f"There is no experiment {name!r}; the experiments: {known}.")
    return found


def every_config(experiments: Sequence[Experiment], fingerprint: str, dataset: str) -> list[RunConfig]:
    """Return the runs of these experiments, each once: several experiments share the plain network's."""
    configs = [config for experiment in experiments for config in experiment.configs(fingerprint, dataset)]
    return list({config.id: config for config in configs}.values())
