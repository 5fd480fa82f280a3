"""Whether what a map calls important is: deletion, insertion, infidelity.

It knows functions and rankings of their places; nothing of methods.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from lightning_callbacks.function import Features, Function, Points

FRACTIONS = np.linspace(0, 1, 21)


def curve(function: Function, places: Features, order: Tensor, start: Points) -> np.ndarray:
    """Returns float64 [N, P]: the output after putting back more and more places of the input.

    Args:
      function: what is watched, as the probability of a class.
      places: what is put back as one.
      order: int64 [N, P], places in the order in which they come; those a sample has not, last.
      start: what the input is before any is there.
    """
    whole = replace(function, baselines=start, features=places)
    position = order.argsort(dim=1)
    counts = places.counts.unsqueeze(1).double()
    steps = torch.from_numpy(FRACTIONS).to(counts)
    there = (counts * steps).round().long()  # [N, steps]
    found = []
    for rows, step in whole.rows(len(FRACTIONS)):
        present = position[rows] < there[rows, step].unsqueeze(1)
        found.append(whole.values(whole.without(present, rows), rows))
    values: np.ndarray = torch.cat(found).double().reshape(-1, len(FRACTIONS)).cpu().numpy()
    return values


def insertion(function: Function, places: Features, relevance: Tensor, start: Points) -> np.ndarray:
    """Returns the curve [N, steps] as the most relevant places come first (Petsiuk et al. 2018)."""
    return curve(function, places, _ordered(relevance, places), start)


def deletion(function: Function, places: Features, relevance: Tensor) -> np.ndarray:
    """Returns the curve [N, steps] as the most relevant places go first (Petsiuk et al. 2018)."""
    left = curve(function, places, _ordered(-relevance, places), function.baselines)
    return left[:, ::-1].copy()


def _ordered(relevance: Tensor, places: Features) -> Tensor:
    missing = torch.arange(relevance.shape[1], device=relevance.device) >= places.counts.unsqueeze(
        1
    )
    return relevance.masked_fill(missing, -torch.inf).argsort(dim=1, descending=True, stable=True)


def area(curves: np.ndarray) -> np.ndarray:
    """Returns float [N]: the area under curves [N, steps] over FRACTIONS, by trapezoids."""
    found: np.ndarray = ((curves[:, 1:] + curves[:, :-1]) / 2 * np.diff(FRACTIONS)).sum(axis=1)
    return found


def infidelity(
    function: Function, places: Features, relevance: Tensor, present: Tensor
) -> np.ndarray:
    """Returns float64 [N]: mean over subsets of (b sum of relevance left out - fall of output)^2.

    Yeh et al. 2019 (arXiv:1901.09392) with square removal: what is left out takes the baseline's
    values. b is the scale that fits best, so that units do not matter; 0 for a linear function with
    its own contributions.

    Args:
      function: what is watched.
      places: what is left out as one.
      relevance: float [N, P].
      present: bool [B, P], the subsets that stay.
    """
    whole = replace(function, features=places)
    subsets = len(present)
    output, found = [], []
    for rows, turn in whole.rows(subsets):
        found.append(whole.values(whole.without(present[turn], rows), rows))
    for rows, _ in whole.rows():
        output.append(whole.values(tuple(x[rows] for x in whole.inputs), rows))
    fall = torch.cat(output).double().unsqueeze(1) - torch.cat(found).double().reshape(-1, subsets)
    said = relevance.double() @ (~present).double().T
    scale = (said * fall).sum(dim=1) / said.square().sum(dim=1).clamp(min=1e-30)
    values: np.ndarray = (scale.unsqueeze(1) * said - fall).square().mean(dim=1).cpu().numpy()
    return values
