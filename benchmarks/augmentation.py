"""What changing whole batches at once is worth: our changes beside torchvision's, image by image, in one run.

    python -m benchmarks.augmentation [SIDE]

Both mirror, turn, crop, relight and erase by the same amounts, on one thread. Prints JSON. Machines differ and are
shared: the ratio matters, the seconds do not.
"""

import json
import sys
import time
from collections.abc import Callable

import numpy as np
import torch
from torchvision.transforms import InterpolationMode, v2

from core.augmentation import Policy

N_IMAGES, BATCH, ROUNDS = 2000, 64, 5


def best_seconds(works: list[Callable[[], object]]) -> list[float]:
    """Return the shortest time of each, taken in turns so that a busy moment of the machine hits all of them."""
    taken = np.full((ROUNDS, len(works)), np.inf)
    for turn in range(ROUNDS):
        for number, work in enumerate(works):
            started = time.perf_counter()
            work()
            taken[turn, number] = time.perf_counter() - started
    return taken.min(axis=0).tolist()


def peer(policy: Policy) -> v2.Compose:
    """Return torchvision's changes of the same kinds and amounts; turn and crop are one resampling, as ours are."""
    zoom, shift = (1, 1 / (1 - policy.crop)), (policy.crop / 2, policy.crop / 2)
    return v2.Compose(
        [
            v2.ToImage(),
            v2.ToDtype(torch.float32, scale=True),
            v2.RandomHorizontalFlip(policy.flip),
            v2.RandomAffine(policy.rotation, shift, zoom, interpolation=InterpolationMode.BILINEAR),
            v2.ColorJitter(policy.brightness, policy.contrast),
            v2.RandomErasing(policy.erasing, scale=(0.02, 0.12), value="random"),
        ]
    )


def main(side: int) -> dict[str, object]:
    """Measure random pictures of this side: what they show does not matter to the time."""
    torch.set_num_threads(1)
    images = np.random.default_rng(0).integers(0, 256, (N_IMAGES, side, side), dtype=np.uint8)
    policy, rng = Policy(), np.random.default_rng(0)
    transform = peer(policy)

    def ours() -> None:
        for start in range(0, N_IMAGES, BATCH):
            policy.apply(images[start : start + BATCH], rng)

    def theirs() -> None:
        for image in images:
            transform(image[:, :, None])

    names = ("ours, 64 at once", "torchvision v2, one by one")
    rates = [N_IMAGES / seconds for seconds in best_seconds([ours, theirs])]
    return {
        "images": N_IMAGES,
        "side": side,
        "images a second": {name: round(rate) for name, rate in zip(names, rates, strict=True)},
        "times faster": round(rates[0] / rates[1], 1),
    }


if __name__ == "__main__":
    print(json.dumps(main(int(sys.argv[1]) if len(sys.argv) > 1 else 64), indent=1))
