"""How alike two maps are, and how sparse one is. It knows arrays [N, P]; nothing of models."""

from __future__ import annotations

import numpy as np

# The share of a map's places that its top is.
_TOP = 0.1
_SSIM_WINDOW = 7
# Of the range of values, squared: the constants of Wang et al. 2004.
_SSIM_CONSTANTS = (0.01**2, 0.03**2)


def ranks(values: np.ndarray) -> np.ndarray:
    """Returns the ranks of each row of `values` [N, P], equal ones sharing their mean."""
    found = np.empty(values.shape)
    for row, own in zip(found, values, strict=True):
        _, inverse, counts = np.unique(own, return_inverse=True, return_counts=True)
        row[:] = (np.cumsum(counts) - (counts + 1) / 2)[inverse]
    return found


def spearman(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Returns float [N]: Spearman's rank correlation of the rows of `a` and `b` [N, P].

    NaN where a row is constant or not finite.
    """
    x, y = (centred(ranks(values)) for values in (a, b))
    with np.errstate(invalid="ignore", divide="ignore"):
        found = (x * y).sum(axis=1) / np.sqrt((x * x).sum(axis=1) * (y * y).sum(axis=1))
    finite = np.isfinite(a).all(axis=1) & np.isfinite(b).all(axis=1)
    return np.where(finite, found, np.nan)


def centred(values: np.ndarray) -> np.ndarray:
    """Returns the rows of `values` less their means."""
    rest: np.ndarray = values - values.mean(axis=1, keepdims=True)
    return rest


def gini(values: np.ndarray) -> np.ndarray:
    """Returns float [N]: the Gini index of the magnitudes of `values` [N, P].

    0 where all are equal, 1 - 1/P where only one is not zero (Chalasani et al. 2020,
    arXiv:1810.06583); NaN of a row of zeros.
    """
    ordered = np.sort(np.abs(values), axis=1)
    count = ordered.shape[1]
    place = np.arange(1, count + 1)
    with np.errstate(invalid="ignore", divide="ignore"):
        found: np.ndarray = ((2 * place - count - 1) * ordered).sum(axis=1) / (
            count * ordered.sum(axis=1)
        )
    return found


def top_overlap(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Returns float [N]: intersection over union of the tenth of places with the most."""
    count = max(1, round(_TOP * a.shape[1]))
    tops = [np.argsort(-np.abs(values), axis=1, kind="stable")[:, :count] for values in (a, b)]
    shared = np.array([len(np.intersect1d(x, y)) for x, y in zip(*tops, strict=True)])
    found: np.ndarray = shared / (2 * count - shared)
    return found


def centre_shift(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Returns float [N]: how far the centre of magnitude moved between maps [N, ...].

    In units of the diagonal of the map; NaN of a map of zeros.
    """
    moved: np.ndarray = np.linalg.norm(_centre(a) - _centre(b), axis=1) / np.sqrt(a.ndim - 1)
    return moved


def _centre(maps: np.ndarray) -> np.ndarray:
    """Returns float [N, axes]: 0 to 1 along each axis."""
    mass = np.abs(maps)
    axes = range(1, maps.ndim)
    with np.errstate(invalid="ignore", divide="ignore"):
        centres = [
            (mass * _places(maps, axis)).sum(axis=tuple(axes)) / mass.sum(axis=tuple(axes))
            for axis in axes
        ]
    return np.stack(centres, axis=1)


def _places(maps: np.ndarray, axis: int) -> np.ndarray:
    places = np.linspace(0, 1, maps.shape[axis])
    return places.reshape([-1 if a == axis else 1 for a in range(maps.ndim)])


def ssim(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Returns float [N]: structural similarity of maps [N, h, w] (Wang et al. 2004).

    Uniform windows of 7 x 7 cells or the whole map if it is smaller; both maps are scaled by the
    larger of their ranges. 1 for equal maps; NaN where both are flat.
    """
    window = min(_SSIM_WINDOW, *a.shape[1:])
    low = np.minimum(a, b).min(axis=(1, 2), keepdims=True)
    size = np.maximum(a, b).max(axis=(1, 2), keepdims=True) - low
    with np.errstate(invalid="ignore", divide="ignore"):
        x, y = (a - low) / size, (b - low) / size
    x_mean, y_mean = _windowed(x, window), _windowed(y, window)
    x_var = _windowed(x * x, window) - x_mean**2
    y_var = _windowed(y * y, window) - y_mean**2
    both = _windowed(x * y, window) - x_mean * y_mean
    c1, c2 = _SSIM_CONSTANTS
    alike = (2 * x_mean * y_mean + c1) * (2 * both + c2)
    whole = (x_mean**2 + y_mean**2 + c1) * (x_var + y_var + c2)
    found: np.ndarray = (alike / whole).mean(axis=(1, 2))
    return found


def _windowed(maps: np.ndarray, window: int) -> np.ndarray:
    """Returns the means of all windows of `maps` [N, h, w]."""
    views = np.lib.stride_tricks.sliding_window_view(maps, (window, window), axis=(1, 2))
    means: np.ndarray = views.mean(axis=(-1, -2))
    return means
