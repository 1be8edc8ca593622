"""Networks that learned to see on ImageNet's 1.3 million photographs: as they are below a new head, or trained on.

What is built has random weights, so that a build needs no file; `load_weights()` fetches ImageNet's before a training.
"""

from core.models import MODELS
from core.registry import Param

_MOBILENET = "Sandler et al. 2018 (MobileNetV2), ImageNet weights of torchvision"
DISCRIMINANT = "Fisher 1936, shrunk as by Friedman 1989"
_RESNET = "He et al. 2016 (ResNet-18), ImageNet weights of torchvision"
_FROZEN = {"images.size": 96, "training.epochs": 8, "training.learning_rate": 0.0005, "training.weight_decay": 0.01}
_FINE_TUNED = {"images.size": 96, "training.epochs": 4, "training.learning_rate": 0.0003, "training.weight_decay": 0.01}
_HEAD = (
    Param("hidden", 128, 0, 1024, "units between the features and the classes; 0 for none"),
    Param("dropout", 0.5, 0.0, 0.9, "share of the activations that are dropped before each dense layer"),
)
"""The hidden layer is worth it on facial_expressions, person-disjoint, means of two seeds: accuracy 0.85 against 0.82;
with classes weighted by 1 / sqrt(n) 0.83 against 0.78, and macro-F1 0.33 against 0.31."""
SHRINKAGE = Param("shrinkage", 0.5, 0.001, 1.0, "0 trusts the covariance as found, 1 takes all features for unrelated")
"""Between 0.3 and 0.6 nothing changes by more than the spread on facial_expressions; less is worse."""
_DROPOUT = Param("dropout", 0.2, 0.0, 0.9, "share of the activations that are dropped before the last layer")


@MODELS.add(
    "mobilenet_v2_frozen",
    title="MobileNetV2, frozen",
    summary="What a network learned on ImageNet stays as it is; only a small head on its features learns.",
    source=_MOBILENET,
    params=_HEAD,
    frozen=True,
    defaults=_FROZEN,
)
def _frozen_mobilenet(n_classes: int, image_size: int, hidden: int, dropout: float):
    from core.backbones import Backbone, FrozenNetwork

    return FrozenNetwork(Backbone("mobilenet_v2", "features", ("10", "13"), image_size), n_classes, hidden, dropout)


@MODELS.add(
    "mobilenet_v2_lda",
    title="MobileNetV2 + LDA",
    summary="The same maps below a rule that is found in one go, in seconds: no epochs, and as good as the small head.",
    source=f"{_MOBILENET}; {DISCRIMINANT}",
    params=(SHRINKAGE,),
    iterative=False,
    frozen=True,
    defaults={"images.size": 128},
)
def _mobilenet_lda(n_classes: int, image_size: int, shrinkage: float):
    from core.backbones import Backbone
    from core.linear_rule import discriminant_by_layer

    backbone = Backbone("mobilenet_v2", "features", ("10", "13"), image_size)
    return discriminant_by_layer(backbone, n_classes, shrinkage)


@MODELS.add(
    "mobilenet_v2_finetuned",
    title="MobileNetV2, fine-tuned",
    summary="A network trained on ImageNet learns on, all of it: slow without a graphics card.",
    source=_MOBILENET,
    params=(_DROPOUT,),
    defaults=_FINE_TUNED,
)
def _fine_tuned_mobilenet(n_classes: int, image_size: int, dropout: float):
    from core.backbones import FineTunedNetwork

    return FineTunedNetwork("mobilenet_v2", "classifier", n_classes, dropout)


@MODELS.add(
    "mobilenet_v2_upper",
    title="MobileNetV2, upper layers",
    summary="The first layers stay as ImageNet made them, the middle ones learn on, the last ones are left out.",
    source=_MOBILENET,
    params=(
        Param("fixed", 7, 0, 14, "layers that stay as they were learnt, counted from the image; 14 are all"),
        Param("dropout", 0.5, 0.0, 0.9, "share of the pooled maps that are dropped before the classes"),
    ),
    defaults={
        "images.size": 96,
        "training.epochs": 2,
        "training.batch_size": 32,
        "training.learning_rate": 0.001,
        "training.weight_decay": 0.02,
    },
)
def _upper_mobilenet(n_classes: int, image_size: int, fixed: int, dropout: float):
    from core.backbones import UpperTunedNetwork

    return UpperTunedNetwork("mobilenet_v2", "features", "13", n_classes, image_size, fixed, dropout)


@MODELS.add(
    "resnet18_frozen",
    title="ResNet-18, frozen",
    summary="As the frozen MobileNetV2, with a network of five times the size.",
    source=_RESNET,
    params=_HEAD,
    frozen=True,
    defaults=_FROZEN,
)
def _frozen_resnet(n_classes: int, image_size: int, hidden: int, dropout: float):
    from core.backbones import Backbone, FrozenNetwork

    return FrozenNetwork(Backbone("resnet18", "", ("layer2", "layer3"), image_size), n_classes, hidden, dropout)


@MODELS.add(
    "resnet18_finetuned",
    title="ResNet-18, fine-tuned",
    summary="As the fine-tuned MobileNetV2, with a network of five times the size.",
    source=_RESNET,
    params=(_DROPOUT,),
    defaults=_FINE_TUNED,
)
def _fine_tuned_resnet(n_classes: int, image_size: int, dropout: float):
    from core.backbones import FineTunedNetwork

    return FineTunedNetwork("resnet18", "fc", n_classes, dropout)
