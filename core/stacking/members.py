"""The members of a stack: what is trained, and how often. A new member is one entry here."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from core.errors import BadInput


@dataclass(frozen=True)
class Member:
    """One way to tell the classes apart, whose answers are joined with those of others."""

    name: str
    title: str
    model: str
    """An entry of MODELS."""
    values: Mapping[str, object] = field(default_factory=dict)
    """Parameters by `owner.name`, where they are not the defaults."""
    sampling: str = "none"
    loss: str = "cross_entropy"
    n_networks: int = 1
    """How many networks answer together; they differ in their seed."""
    mirrored: bool = True
    """Whether each image is judged twice, as it is and mirrored, and the two answers are joined."""
    knows_faces: bool = False
    """Whether it starts from weights that were learnt from other people's faces."""


_UNCHANGED = dict.fromkeys(("crop", "rotation", "brightness", "contrast", "erasing"), 0.0)
_A_LITTLE = {"flip": 0.5, "crop": 0.08, "rotation": 6.0, "brightness": 0.1, "contrast": 0.1, "erasing": 0.0}

MEMBERS = (
    Member(
        "residual",
        "Small residual CNN on mirrored images",
        "residual",
        {"target": 1, "originals": 1.0, "flip": 0.5, **_UNCHANGED},
        sampling="augment",
    ),
    Member("imagenet_rule", "MobileNetV2 + LDA", "mobilenet_v2_lda"),
    Member(
        "imagenet_tuned",
        "MobileNetV2, upper layers trained on",
        "mobilenet_v2_upper",
        {"images.size": 128, "epochs": 3, **_A_LITTLE},
        sampling="square_root_augmented",
    ),
    Member("faces_rule", "mini-XCEPTION + LDA", "mini_xception_lda", knows_faces=True),
    Member(
        "faces_tuned",
        "mini-XCEPTION, fine-tuned",
        "mini_xception",
        _A_LITTLE,
        sampling="square_root_augmented",
        knows_faces=True,
    ),
    Member("expression_rule", "face-api's network + LDA", "face_expression_lda", knows_faces=True),
    Member(
        "expression_tuned",
        "face-api's network, fine-tuned",
        "face_expression",
        _A_LITTLE,
        sampling="square_root_augmented",
        knows_faces=True,
    ),
)


@dataclass(frozen=True)
class Recipe:
    """A choice of members whose answers are joined, each with the same say."""

    name: str
    title: str
    members: tuple[Member, ...]
    rare_alone: bool = True
    """Whether the rarest classes get a bias each beside tau; without it, it is decided as the app decides."""


def _named(*names: str) -> tuple[Member, ...]:
    return tuple(member for member in MEMBERS if member.name in names)


RECIPES = {
    recipe.name: recipe
    for recipe in (
        Recipe("small", "One small network", _named("residual"), rare_alone=False),
        Recipe("open", "No weights that have seen faces", tuple(m for m in MEMBERS if not m.knows_faces)),
        Recipe(
            "faces",
            "With weights that have seen other faces",
            _named("residual", "imagenet_tuned", "faces_rule", "faces_tuned", "expression_rule", "expression_tuned"),
        ),
        Recipe("shipped", "One small network that has seen other faces", _named("expression_tuned"), rare_alone=False),
    )
}


def find_recipe(name: str) -> Recipe:
    """Return the recipe of that name; an unknown one raises BadInput and lists the known ones."""
    if name not in RECIPES:
        raise BadInput(f"There is no recipe {name!r}; the recipes are {', '.join(RECIPES)}.")
    return RECIPES[name]
