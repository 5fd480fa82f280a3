"""Scans and estimates side by side: how well they agree, and parts of one put together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from lightning_callbacks.quality.similarity import spearman
from tb_explain.planning import Sensitivity

_FEWEST = 3  # of two values every order agrees or not by chance


def agreement(estimate: Sensitivity, exact: Sensitivity | None) -> dict[str, float]:
    """Returns Spearman's correlations: "overall", and "across" units at a level, mean over levels.

    Overall is flattered by what any estimate gets right: deeper cuts hurt more. Empty where there
    is no exact scan of the same units and levels, or too little was measured.

    Args:
      estimate: of `measure`, the first of "kl_batch", "kl" and "loss" that it has.
      exact: the scan it is held against; None: there is none.
    """
    measure = next((n for n in ("kl_batch", "kl", "loss") if n in estimate.values), None)
    if exact is None or measure not in exact.values or not _are_alike(estimate, exact):
        return {}
    ours, theirs = estimate.values[measure], exact.values[measure]
    known = np.isfinite(ours) & np.isfinite(theirs)
    if known.sum() < _FEWEST:
        return {}
    across = [
        spearman(ours[rows, level][None], theirs[rows, level][None])[0]
        for level, rows in enumerate(known.T)
        if rows.sum() >= _FEWEST
    ]
    found = {"overall": float(spearman(ours[known][None], theirs[known][None])[0])}
    if np.isfinite(across).any():
        found["across"] = float(np.nanmean(across))
    return {name: value for name, value in found.items() if np.isfinite(value)}


def _are_alike(one: Sensitivity, other: Sensitivity) -> bool:
    names = [[unit.name for unit in found.units] for found in (one, other)]
    return names[0] == names[1] and np.array_equal(one.levels, other.levels)


def joined(parts: Sequence[Sensitivity]) -> Sensitivity:
    """Returns one scan of what several processes measured a share of the units of, each.

    Of an estimate, which every process makes whole, the first.
    """
    first = parts[0]
    if first.estimate is not None:
        return first
    values = {name: _filled([part.values[name] for part in parts]) for name in first.values}
    errors = {name: _filled([part.errors[name] for part in parts]) for name in first.errors}
    return replace(first, values=values, errors=errors)


def _filled(tables: Sequence[np.ndarray]) -> np.ndarray:
    filled = tables[0]
    for table in tables[1:]:
        filled = np.where(np.isnan(filled), table, filled)
    return filled
