"""k nearest neighbours on pixels, as a torch module: it exports and predicts like the networks do."""

from core.errors import BadInput
from core.models import MODELS
from core.registry import Param


@MODELS.add(
    "knn",
    title="k nearest neighbours",
    summary="No training: the k most similar training images vote, by Euclidean distance of their pixels.",
    source="Fix & Hodges 1951; k = 101 was the report's best",
    params=(Param("k", 101, 1, 101, "how many neighbours vote"),),
    iterative=False,
)
def _nearest_neighbours(n_classes: int, image_size: int, k: int):
    return _neighbours_class()(n_classes, image_size, k)


def _neighbours_class():
    import torch
    from torch import nn

    class NearestNeighbours(nn.Module):
        """Votes of the k nearest memorised images; softmax of the logits is each class's share of the votes."""

        def __init__(self, n_classes: int, image_size: int, k: int):
            super().__init__()
            self.n_classes, self.k = n_classes, k
            self.register_buffer("known", torch.zeros(0, image_size * image_size))
            self.register_buffer("squares", torch.zeros(0))
            self.register_buffer("votes", torch.zeros(0, n_classes))

        def memorise(self, images: torch.Tensor, targets: torch.Tensor) -> None:
            """Keep every training image; fewer than k of them raise BadInput."""
            if len(images) < self.k:
                raise BadInput(
                    f"k = {self.k} neighbours cannot vote among {len(images)} training images; "
                    "choose a smaller k or a strategy that drops fewer images."
                )
            self.known = images.flatten(1)
            self.squares = self.known.square().sum(1)
            self.votes = nn.functional.one_hot(targets, self.n_classes).float()

        def forward(self, images: torch.Tensor) -> torch.Tensor:
            # |a - b|^2 less |a|^2, which is the same for every neighbour: one matrix product, no square root.
            distances = self.squares - 2 * images.flatten(1) @ self.known.T
            nearest = distances.topk(self.k, largest=False).indices
            share = self.votes[nearest].mean(1)
            return torch.log(share + 1e-7)  # softmax gives the shares back, to within 1e-6

    return NearestNeighbours
