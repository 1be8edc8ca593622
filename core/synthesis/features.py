"""What pictures are compared by: how their edges run, and their pixels without brightness and contrast."""

import numpy as np

HOG = "histograms of oriented gradients (Dalal & Triggs 2005), 64 pixels"
"""The name of `edge_features`, for whoever reads a figure that rests on them."""
PIXELS = "blocks of 4 x 4 pixels at mean 0 and length 1, at the best of 25 shifts by up to 4 pixels, mirrored or not"
"""The name of what `shifted_blocks` compares."""
_ORIENTATIONS, _CELL, _BLOCK = 9, 8, 2
_BATCH = 512
_MARGIN = 4  # pixels on each side: room for shifts


def central_blocks(images: np.ndarray) -> np.ndarray:
    """Return the middle of each picture in blocks of 4 x 4 pixels, at mean 0 and length 1.

    Args:
        images: uint8, (n, 64, 64).

    Returns:
        float32, (n, 196): 14 x 14 blocks; brightness and contrast play no part. A picture of one grey is all 0.
    """
    return _blocks(images[:, _MARGIN:-_MARGIN, _MARGIN:-_MARGIN])


def shifted_blocks(images: np.ndarray) -> np.ndarray:
    """Return `central_blocks` of each picture after 25 shifts, by -4, -2, 0, 2 and 4 pixels each way; (25, n, 196)."""
    starts, length = range(0, 2 * _MARGIN + 1, 2), images.shape[1] - 2 * _MARGIN
    return np.stack([_blocks(images[:, y : y + length, x : x + length]) for y in starts for x in starts])


def _blocks(images: np.ndarray) -> np.ndarray:
    n, cells = len(images), images.shape[1] // 4
    small = images.reshape(n, cells, 4, cells, 4).mean((2, 4), dtype=np.float32).reshape(n, -1)
    small -= small.mean(1, keepdims=True)
    length = np.linalg.norm(small, axis=1, keepdims=True)
    return np.divide(small, length, out=np.zeros_like(small), where=length > 1e-3)


def edge_features(images: np.ndarray) -> np.ndarray:
    """Return histograms of oriented gradients: 9 directions, cells of 8 x 8 pixels, blocks of 2 x 2 cells.

    Args:
        images: uint8, (n, S, S), S a multiple of 8.

    Returns:
        float32, (n, d), d = 1764 for S = 64.
    """
    batches = [_gradient_histograms(images[start : start + _BATCH]) for start in range(0, len(images), _BATCH)]
    return np.concatenate(batches)


def _gradient_histograms(images: np.ndarray) -> np.ndarray:
    grey = images.astype(np.float32) / 255
    down, across = np.zeros_like(grey), np.zeros_like(grey)
    down[:, 1:-1] = grey[:, 2:] - grey[:, :-2]
    across[:, :, 1:-1] = grey[:, :, 2:] - grey[:, :, :-2]
    direction = np.arctan2(down, across) % np.pi  # an edge has no sign
    chosen = np.minimum(direction * (_ORIENTATIONS / np.pi), _ORIENTATIONS - 1).astype(np.int64)
    n, cells = len(grey), grey.shape[1] // _CELL
    rows = np.arange(grey.shape[1]) // _CELL
    place = (np.arange(n)[:, None, None] * cells + rows[:, None]) * cells + rows
    votes = np.bincount(
        (place * _ORIENTATIONS + chosen).ravel(), np.hypot(down, across).ravel(), n * cells**2 * _ORIENTATIONS
    ).reshape(n, cells, cells, _ORIENTATIONS)
    blocks = np.lib.stride_tricks.sliding_window_view(votes / _CELL**2, (_BLOCK, _BLOCK), (1, 2))
    blocks = blocks.transpose(0, 1, 2, 4, 5, 3).reshape(n, (cells - 1) ** 2, -1)
    return _normalised(blocks).reshape(n, -1).astype(np.float32)


def _normalised(blocks: np.ndarray) -> np.ndarray:
    """Return each block at length 1, with large values cut at 0.2 and again at length 1 (L2-Hys)."""
    cut = np.minimum(blocks / np.sqrt((blocks**2).sum(-1, keepdims=True) + 1e-10), 0.2)
    return cut / np.sqrt((cut**2).sum(-1, keepdims=True) + 1e-10)
