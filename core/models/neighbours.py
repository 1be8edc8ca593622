"""k nearest neighbours on pixels, as a torch module: it exports and predicts like the networks do."""

from core.errors import BadInput
from core.models import MODELS
from core.registry import Param

MOST_NEIGHBOURS = 201
SHARE_STEPS = 2**20
"""Shares of votes are multiples of 1 / SHARE_STEPS: what is equal on paper (3 x 0.4 and 1 x 1.2) is a tie here too."""


@MODELS.add(
    "knn",
    title="k nearest neighbours",
    summary="No training: the k most similar training images vote, by Euclidean distance of their pixels.",
    source="Fix & Hodges 1951; k = 101 was the report's best",
    params=(Param("k", 101, 1, MOST_NEIGHBOURS, "how many neighbours vote"),),
    iterative=False,
)
def _nearest_neighbours(n_classes: int, image_size: int, k: int):
    return _neighbours_class()(n_classes, image_size, k)


def check_votes(k: int, n_votes: int) -> None:
    """Raise BadInput where k neighbours cannot vote among so many training images, copies counted."""
    if n_votes < k:
        raise BadInput(
            f"k = {k} neighbours cannot vote among {n_votes} training images; "
            "choose a smaller k or a strategy that drops fewer images."
        )


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

        def memorise(
            self,
            images: torch.Tensor,
            targets: torch.Tensor,
            copies: torch.Tensor | None = None,
            weights: torch.Tensor | None = None,
        ) -> None:
            """Keep training images; fewer than k votes raise BadInput.

            Args:
                images: float32 in [0, 1], shape (n, 1, S, S).
                targets: int64, shape (n,).
                copies: how many of the k places an image takes, whole numbers from 1, shape (n,); 1 each if left out.
                    It is as if the image were there so often.
                weights: how much a vote of the image counts, not below 0, shape (n,); 1 each if left out. It takes no
                    more places for that.
            """
            copies = torch.ones(len(images)) if copies is None else copies
            weights = torch.ones(len(images)) if weights is None else weights
            check_votes(self.k, int(copies.sum()))
            self.known = (images.flatten(1) * 255).round().to(torch.uint8)
            self.votes = nn.functional.one_hot(targets, self.n_classes) * weights.float().unsqueeze(1)
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
            places = torch.minimum(copies, places_left).double()  # doubles: the sum is the same in whatever order
            votes = (self.votes[nearest].double() * places.unsqueeze(2)).sum(1)
            # Where nobody's vote counts, every share is 0 and every class as likely.
            share = votes / votes.sum(1, keepdim=True).clamp(min=1e-30)
            share = (share * SHARE_STEPS).round() / SHARE_STEPS
            return torch.log(share.float() + 1e-7)  # softmax gives the shares back, to within 2e-6

    return NearestNeighbours
