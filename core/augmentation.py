"""Changes training images at random, anew in every pass, so that a copy is not the very same picture twice.

Only numpy: a page previews the changes without loading torch, and training runs the same code.
"""

from dataclasses import dataclass, field, fields

import numpy as np

from core.registry import Param

_BLOCK = 2**15
"""Pixels that are moved at once: with their coordinates they stay in the processor's cache, which doubles the speed."""
_ERASED_SHARE = (0.02, 0.12)
"""Share of the image that a rectangle covers. Zhong (2020) goes to 0.4, which hides the mouth and both eyes at once:
nothing is left that the label could be about."""
_ERASED_RATIO = (0.3, 1 / 0.3)
"""Height by width of the rectangle, as in Zhong (2020)."""


def _amount(default: float, high: float, text: str) -> float:
    return field(default=default, metadata={"high": high, "help": text})


@dataclass(frozen=True)
class Policy:
    """How much images are changed. A 0 switches that change off, and a policy of zeros changes nothing.

    A number outside its range raises BadInput.
    """

    flip: float = _amount(0.5, 1.0, "how often an image is mirrored; 0.5 is every second time")
    crop: float = _amount(0.1, 0.5, "how much of the side is cut away at most; the rest is enlarged to full size")
    rotation: float = _amount(10.0, 180.0, "how far an image is turned at most, either way, in degrees")
    brightness: float = _amount(0.2, 1.0, "how much darker or lighter an image becomes at most; 0.2 is by a fifth")
    contrast: float = _amount(0.2, 1.0, "how much flatter or harder an image becomes at most; 0.2 is by a fifth")
    erasing: float = _amount(0.25, 1.0, "how often a random rectangle of the image is covered with noise")
    mixup: float = _amount(0.0, 5.0, "MixUp's alpha: the larger, the more two images and their labels blend; 0 is off")
    cutmix: float = _amount(0.0, 5.0, "CutMix's alpha: the larger, the more often half an image is pasted in; 0 is off")

    def __post_init__(self):
        for param in POLICY_PARAMS:
            param.settle(getattr(self, param.name))

    @property
    def mixes(self) -> bool:
        """Whether `mix` changes a batch, so that its targets become shares of two classes."""
        return self.mixup > 0 or self.cutmix > 0

    def apply(self, images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Return changed images, float32 from 0 to 1, shape (n, S, S), each changed independently of the others.

        `images` are grey, uint8 or float32 from 0 to 1, and stay as they are. The changes are those of Shorten &
        Khoshgoftaar (2019) and random erasing (Zhong 2020); `mix` does the rest, since it needs the labels.
        """
        draws = _draw(self, len(images), rng)
        changed = np.empty(np.shape(images), dtype=np.float32)
        size = max(1, _BLOCK // max(1, changed[:1].size))
        for start in range(0, len(images), size):
            block = slice(start, start + size)
            changed[block] = self._changed(as_floats(images[block]), {name: draws[name][block] for name in draws})
        for position in np.flatnonzero(draws["erased"]):
            erase(changed[position], rng)
        return changed

    def _changed(self, images: np.ndarray, draws: dict[str, np.ndarray]) -> np.ndarray:
        mirrored = draws["mirrored"]
        images[mirrored] = images[mirrored, :, ::-1]  # moves whole pixels: nothing is resampled for it
        if self.crop or self.rotation:
            images = moved(images, draws["scales"], draws["right"], draws["down"], draws["degrees"])
        if self.brightness or self.contrast:
            images = relit(images, draws["brightness"], draws["contrast"])
        return images


POLICY_PARAMS = tuple(Param(f.name, f.default, 0.0, f.metadata["high"], f.metadata["help"]) for f in fields(Policy))
"""The policy's numbers as a form and the command line offer them."""


def _draw(policy: Policy, n: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Draw what happens to each of n images. All is drawn, on or off: switching one change off leaves the others."""
    return {
        "mirrored": rng.random(n) < policy.flip,
        "scales": 1 - policy.crop * rng.random(n),
        "right": rng.uniform(-1, 1, n),
        "down": rng.uniform(-1, 1, n),
        "degrees": policy.rotation * rng.uniform(-1, 1, n),
        "brightness": 1 + policy.brightness * rng.uniform(-1, 1, n),
        "contrast": 1 + policy.contrast * rng.uniform(-1, 1, n),
        "erased": rng.random(n) < policy.erasing,
    }


def as_floats(images: np.ndarray) -> np.ndarray:
    """Return a copy of the images as float32: uint8 becomes 0 to 1, floats stay as they are."""
    floats = np.array(images, dtype=np.float32)
    return floats / np.float32(255) if np.asarray(images).dtype == np.uint8 else floats


def moved(
    images: np.ndarray, scales: np.ndarray, right: np.ndarray, down: np.ndarray, degrees: np.ndarray
) -> np.ndarray:
    """Return the images, float32 (n, S, S), each resampled once (bilinear) from a window that is turned to upright.

    The window's side is `scales` (0 to 1) of the image's. `right` and `down` say where in the free room it lies: -1 at
    one end, 0 in the middle, 1 at the other. A turn by `degrees` is clockwise. All four have shape (n,).
    """
    side = images.shape[1]
    offsets = np.arange(side, dtype=np.float32) - (side - 1) / 2
    across, along = offsets[None, None, :], offsets[None, :, None]
    cos, sin = (_each(scales * turn(np.deg2rad(degrees))) for turn in (np.cos, np.sin))
    x, y = (_each((side - 1) / 2 + place * (1 - scales) * side / 2) for place in (right, down))
    return _sampled(images, cos * across + (sin * along + x), cos * along - (sin * across - y))


def _each(numbers: np.ndarray) -> np.ndarray:
    """Return one number an image, float32, shape (n, 1, 1)."""
    return np.asarray(numbers, dtype=np.float32)[:, None, None]


def _sampled(images: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the images' values between the four pixels around each (x, y), all of shape (n, S, S)."""
    n, side, _ = images.shape
    (column, x), (row, y) = _split(x, side), _split(y, side)
    corner = row * np.int32(side) + column + (np.arange(n, dtype=np.int32) * np.int32(side * side))[:, None, None]
    pixels = images.reshape(-1)
    upper, upper_right, lower, lower_right = (
        pixels.take(corner + step, mode="clip") for step in np.array([0, 1, side, side + 1], dtype=np.int32)
    )
    upper += (upper_right - upper) * x
    lower += (lower_right - lower) * x
    upper += (lower - upper) * y
    return upper


def _split(place: np.ndarray, side: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the pixel before each place on an axis, int32, and the way to the next one, from 0 to 1.

    What lies outside the image is its outermost pixel. The usual black wedges would be a pattern that only changed
    copies have, so a network could learn "turned, therefore a rare class".
    """
    place = np.clip(place, 0, side - 1)
    before = np.minimum(place.astype(np.int32), np.int32(max(side - 2, 0)))
    return before, place - before.astype(np.float32)


def relit(images: np.ndarray, brightness: np.ndarray, contrast: np.ndarray) -> np.ndarray:
    """Return the images, shape (n, S, S), times `brightness`, then spread by `contrast` around their mean.

    Both are factors of shape (n,). Values are cut off at 0 and 1 after each step, as torchvision does.
    """
    images = np.clip(images * _each(brightness), 0, 1)
    means = images.mean(axis=(1, 2), keepdims=True)
    return np.clip(means + (images - means) * _each(contrast), 0, 1)


def erase(image: np.ndarray, rng: np.random.Generator) -> None:
    """Cover a random rectangle of the image, float32 (S, S), with noise, in place: random erasing (Zhong 2020)."""
    side = len(image)
    share, ratio = rng.uniform(*_ERASED_SHARE), np.exp(rng.uniform(*np.log(_ERASED_RATIO)))
    height, width = (max(1, min(side, round(side * root))) for root in (np.sqrt(share * ratio), np.sqrt(share / ratio)))
    top, left = rng.integers(side - height + 1), rng.integers(side - width + 1)
    image[top : top + height, left : left + width] = rng.random((height, width), dtype=np.float32)


def mix(
    images: np.ndarray, targets: np.ndarray, policy: Policy, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Return a batch in which each image is mixed with its neighbour, and the targets in the same shares.

    Images are float32 (N, S, S), targets float32 (N, K) with rows that sum to 1. As in torchvision, one share holds for
    the whole batch and the neighbour is the image before, so the batch has to be shuffled. Where MixUp (Zhang 2018) and
    CutMix (Yun 2019) are both on, each batch gets one of them, with equal chances; where both are off, nothing changes.
    """
    if not policy.mixes:
        return images, targets
    cuts = policy.cutmix > 0 and (policy.mixup == 0 or rng.random() < 0.5)
    mixed, share = _pasted(images, policy.cutmix, rng) if cuts else _blended(images, policy.mixup, rng)
    return mixed, _between(targets, np.roll(targets, 1, axis=0), share)


def _blended(images: np.ndarray, alpha: float, rng: np.random.Generator) -> tuple[np.ndarray, float]:
    share = rng.beta(alpha, alpha)
    return _between(images, np.roll(images, 1, axis=0), share), share


def _pasted(images: np.ndarray, alpha: float, rng: np.random.Generator) -> tuple[np.ndarray, float]:
    """Return the images with a rectangle of their neighbour, and the share that is still theirs."""
    side = images.shape[-1]
    half = int(side * np.sqrt(1 - rng.beta(alpha, alpha)) / 2)
    x, y = rng.integers(side, size=2)
    rows, columns = (slice(max(middle - half, 0), min(middle + half, side)) for middle in (y, x))
    mixed = images.copy()
    mixed[..., rows, columns] = np.roll(images, 1, axis=0)[..., rows, columns]
    # The border cut off a part of the rectangle: what counts is how many pixels were really pasted.
    return mixed, 1 - (rows.stop - rows.start) * (columns.stop - columns.start) / side**2


def _between(own: np.ndarray, other: np.ndarray, share: float) -> np.ndarray:
    return (np.float32(share) * own + np.float32(1 - share) * other).astype(np.float32, copy=False)
