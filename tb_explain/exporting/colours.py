"""The page's colour maps, and its overlay of a map on a picture (frontend/src/maps)."""

from __future__ import annotations

import numpy as np

# Control points, equally spaced, linear in between: those of frontend/src/maps/colormaps.ts.
POINTS = {
    "inferno": "0000040b0724210c4a3c096557106d70196e89226aa32b61bb3755d14644e35932f1711e"
    "f98d0afcab0ff9ca32f2e865fcffa4",
    "vik": "001261022b710344810c5e922f7ca6609dbc92bdd2c5dbe5ece5e1e9cbb9dcab8fcf8e68"
    "c37243b3531f932e06741506590008",
}
OPACITY = 0.7  # where the page's slider stands at first
_FULL_FROM = 0.5  # from this |share| on a map is drawn at its full opacity; below it fades
_HATCH = np.array([[255, 0, 200], [30, 0, 30]], np.uint8)  # what is no number: in no colour map
_HATCH_PERIOD = 6  # pixels


def coloured(name: str, positions: np.ndarray) -> np.ndarray:
    """Returns uint8 [..., 3]: the colours of the map `name` at `positions` in [0, 1]."""
    points = np.frombuffer(bytes.fromhex(POINTS[name]), np.uint8).reshape(-1, 3)
    places = np.clip(positions, 0, 1) * (len(points) - 1)
    grid = np.arange(len(points))
    components = [np.interp(places, grid, points[:, k].astype(float)) for k in range(3)]
    found: np.ndarray = np.rint(np.stack(components, axis=-1)).astype(np.uint8)
    return found


def overlay(picture: np.ndarray, shares: np.ndarray, *, signed: bool) -> np.ndarray:
    """Returns uint8 [H, W, 3]: a map over a picture, as the page draws it.

    Args:
      picture: uint8 [H, W, 3].
      shares: float [H, W], in [-1, 1] (signed) or [0, 1] of the strongest value; NaN is hatched.
      signed: whether zero is the middle of the colours.
    """
    known = np.isfinite(shares)
    filled = np.where(known, shares, 0)
    name, places = ("vik", (filled + 1) / 2) if signed else ("inferno", filled)
    alpha = OPACITY * np.minimum(1, np.abs(filled) / _FULL_FROM)[..., None]
    mixed = picture * (1 - alpha) + coloured(name, places) * alpha
    y, x = np.indices(shares.shape)
    hatch = _HATCH[(x + y) // (_HATCH_PERIOD // 2) % 2]
    return np.where(known[..., None], np.rint(mixed), hatch).astype(np.uint8)


def resized(values: np.ndarray, height: int, width: int) -> np.ndarray:
    """Returns float [height, width, ...]: bilinear, as the page and torch (align_corners=False)."""
    rows, columns = _between(len(values), height), _between(values.shape[1], width)
    tail = (1,) * (values.ndim - 2)
    down, across = rows[2].reshape(-1, 1, *tail), columns[2].reshape(1, -1, *tail)

    def along(row: np.ndarray) -> np.ndarray:
        # Taken first, converted then: a picture may be much larger than what becomes of it.
        left, right = (values[row[:, None], column].astype(np.float64) for column in columns[:2])
        mixed: np.ndarray = left * (1 - across) + right * across
        return mixed

    upper, lower = along(rows[0]), along(rows[1])
    found: np.ndarray = upper * (1 - down) + lower * down
    return found


def _between(size: int, wanted: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Returns, per output position, the two inputs it lies between and the share of the second."""
    places = np.maximum(0, (np.arange(wanted) + 0.5) * size / wanted - 0.5)
    low = np.minimum(size - 1, np.floor(places)).astype(int)
    return low, np.minimum(size - 1, low + 1), places - np.floor(places)
