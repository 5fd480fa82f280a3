"""How well an estimate ranks what was measured: Spearman's correlation."""

from __future__ import annotations

import numpy as np

from lightning_callbacks.quality import similarity
from tb_explain.planning import Sensitivity


def correlation(estimate: Sensitivity, exact: Sensitivity) -> dict[str, float]:
    """Returns "overall", and "across": the mean over levels of the correlation across units.

    Hold estimates to the second: damage grows with the level whatever the unit, which alone makes
    the first high. Units and levels are matched by name; of KL in batch statistics where both have
    it, else of KL, else of loss. Empty where there are fewer than three pairs.
    """
    for measure in ("kl_batch", "kl", "loss"):
        if measure in estimate.values and measure in exact.values:
            pairs = _paired(estimate, exact, measure)
            if np.isfinite(pairs).all(0).sum() > 2:
                return _spearmans(*pairs)
    return {}


def _paired(estimate: Sensitivity, exact: Sensitivity, measure: str) -> np.ndarray:
    """Returns [2, units, levels] of those that both have."""
    units = [unit.name for unit in exact.units]
    rows = [(u, units.index(o.name)) for u, o in enumerate(estimate.units) if o.name in units]
    names = list(exact.level_names)
    columns = [(k, names.index(n)) for k, n in enumerate(estimate.level_names) if n in names]
    if not rows or not columns:
        return np.zeros((2, 0, 0))
    (ours, theirs), (here, there) = np.transpose(rows), np.transpose(columns)
    return np.stack(
        [estimate.values[measure][np.ix_(ours, here)], exact.values[measure][np.ix_(theirs, there)]]
    )


def _spearmans(a: np.ndarray, b: np.ndarray) -> dict[str, float]:
    levels = [spearman(x, y) for x, y in zip(a.T, b.T, strict=True)]
    known = [value for value in levels if np.isfinite(value)]
    found = {"overall": spearman(a.ravel(), b.ravel())}
    if known:
        found["across"] = float(np.mean(known))
    return {name: value for name, value in found.items() if np.isfinite(value)}


def spearman(a: np.ndarray, b: np.ndarray) -> float:
    """Returns Spearman's rank correlation of the pairs that are finite; NaN of fewer than three."""
    known = np.isfinite(a) & np.isfinite(b)
    if known.sum() < 3:
        return float("nan")
    return float(similarity.spearman(a[None, known], b[None, known])[0])
