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
            self.n_classes, self.k, self.n_nearest = n_classes, k, k
            self.register_buffer("known", torch.zeros(0, image_size * image_size, dtype=torch.uint8))
            self.register_buffer("votes", torch.zeros(0, n_classes))
            self.register_buffer("copies", torch.zeros(0))

        def memorise(self, images: torch.Tensor, targets: torch.Tensor, copies: torch.Tensor | None = None) -> None:
            """Keep training images, and how often each counts (once if left out); fewer than k votes raise BadInput."""
            copies = torch.ones(len(images)) if copies is None else copies
            n_votes = int(copies.sum())
            if n_votes < self.k:
                raise BadInput(
                    f"k = {self.k} neighbours cannot vote among {n_votes} training images; "
                    "choose a smaller k or a strategy that drops fewer images."
                )
            self.known = (images.flatten(1) * 255).round().to(torch.uint8)
            self.votes = nn.functional.one_hot(targets, self.n_classes).float()
            self.copies = copies.float()
            self.n_nearest = min(self.k, len(images))  # repeats may make up k votes of fewer images

        def forward(self, images: torch.Tensor) -> torch.Tensor:
            known = self.known.float() / 255
            # |a - b|^2 less |a|^2, which is the same for every neighbour: one matrix product, no square root.
            distances = known.square().sum(1) - 2 * images.flatten(1) @ known.T
            nearest = distances.topk(self.n_nearest, largest=False).indices
            # A repeated image takes as many of the k places as it has copies, nearest first, until all are taken.
            copies = self.copies[nearest]
            places_left = (self.k - (copies.cumsum(1) - copies)).clamp(min=0)
            share = (self.votes[nearest] * torch.minimum(copies, places_left).unsqueeze(2)).sum(1) / self.k
            return torch.log(share + 1e-7)  # softmax gives the shares back, to within 1e-6

    return NearestNeighbours
