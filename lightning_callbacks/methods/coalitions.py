"""Coalitions of features: which are drawn, what the function makes of them, and fits to that.

All samples with the same number of features share their coalitions. It knows `Function` alone.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from lightning_callbacks.function import Function


@dataclass(frozen=True)
class Coalitions:
    """B sets of M features and how much each counts.

    Attributes:
      present: bool [B, M].
      weights: float64 [B].
    """

    present: Tensor
    weights: Tensor


def by_count(function: Function) -> Iterator[tuple[int, Tensor]]:
    """Yields (M, rows int64 [n]): the samples that have M features, for every M there is."""
    counts = function.features.counts
    for count in sorted(set(counts.tolist())):
        yield count, torch.nonzero(counts == count).flatten()


def outputs_of(function: Function, rows: Tensor, present: Tensor) -> Tensor:
    """Returns float64 [n, B]: the output of samples `rows` [n] with only the features `present`.

    Args:
      function: what is explained.
      rows: int64 [n].
      present: bool [B, M].
    """
    places = torch.arange(len(rows) * len(present), device=rows.device)
    wide = torch.ones(len(present), function.features.most, dtype=torch.bool, device=rows.device)
    wide[:, : present.shape[1]] = present.to(rows.device)
    found = []
    for part in torch.split(places, function.rows_at_once):
        of = rows[part // len(present)]
        found.append(function.values(function.without(wide[part % len(present)], of), of))
    return torch.cat(found).double().reshape(len(rows), len(present))


def all_coalitions(count: int) -> Tensor:
    """Returns bool [2^M, M]: every set of M features, the empty one first, the full one last."""
    return torch.tensor(list(itertools.product([False, True], repeat=count))).reshape(-1, count)


def kernel_coalitions(count: int, evaluations: int, generator: torch.Generator) -> Coalitions:
    """Returns coalitions of M features for KernelSHAP, in pairs of a set and its complement.

    All of them where there are no more than `evaluations`; else all of the smallest (and largest)
    sizes, as far as they go round, and of the others a random share, size by size in proportion to
    the kernel: what stands for a whole size has its whole weight. (Covert and Lee 2021,
    arXiv:2012.01536, show what pairing spares; lundberg's implementation enumerates likewise.)

    Args:
      count: M, 2 or more.
      evaluations: the most coalitions.
      generator: for those that are drawn.
    """
    left = evaluations
    levels = list(range(1, count // 2 + 1))
    weight = {size: _level_weight(count, size) for size in levels}
    parts: list[Tensor] = []
    weights: list[Tensor] = []
    for size in levels:
        pairs = math.comb(count, size) // (2 if 2 * size == count else 1)
        remaining = sum(weight[other] for other in levels if other >= size)
        share = left if size == levels[-1] else round(left * weight[size] / remaining)
        drawn = min(pairs, max(1, share // 2)) if left >= 2 else 0  # a pair
        if left * weight[size] / remaining >= 2 * pairs:
            drawn = pairs
        if drawn:
            sets = _subsets(count, size, drawn, generator)
            parts += [sets, ~sets]
            weights += [torch.full((2 * drawn,), weight[size] / (2 * drawn), dtype=torch.float64)]
            left -= 2 * drawn
    return Coalitions(torch.cat(parts), torch.cat(weights))


def _level_weight(count: int, size: int) -> float:
    """Returns the kernel's weight of all sets of `size` and of `count - size` features."""
    one = (count - 1) / (size * (count - size))
    return one if 2 * size == count else 2 * one


def _subsets(count: int, size: int, drawn: int, generator: torch.Generator) -> Tensor:
    """Returns bool [drawn, M]: different sets of `size` features, no two complements."""
    half = 2 * size == count
    available = math.comb(count, size) // (2 if half else 1)
    if drawn >= available:
        sets = list(itertools.combinations(range(count), size))[:available]
        return _masks(count, torch.tensor(sets))
    found: dict[tuple[int, ...], None] = {}
    while len(found) < drawn:
        chosen = torch.randperm(count, generator=generator)[:size].sort().values.tolist()
        if half and 0 not in chosen:
            chosen = sorted(set(range(count)) - set(chosen))
        found[tuple(chosen)] = None
    return _masks(count, torch.tensor(list(found)))


def _masks(count: int, sets: Tensor) -> Tensor:
    return torch.zeros(len(sets), count, dtype=torch.bool).scatter_(1, sets, value=True)


def random_coalitions(count: int, evaluations: int, generator: torch.Generator) -> Tensor:
    """Returns bool [B, M]: each feature there or not with equal chance, in pairs."""
    half = torch.rand((evaluations + 1) // 2, count, generator=generator) < 0.5
    return torch.stack([half, ~half], dim=1).flatten(0, 1)[:evaluations]


def fit(coalitions: Coalitions, outputs: Tensor, total: Tensor, ridge: float) -> Tensor:
    """Returns float64 [n, M]: the least squares fit of additive models that sum to `total`.

    Minimises sum_b w_b (y_b - z_b . phi)^2 + ridge |phi|^2 under sum phi = total.

    Args:
      coalitions: z and w.
      outputs: float64 [n, B], y: outputs above that of the empty set.
      total: float64 [n].
      ridge: relative to the mean diagonal of the normal matrix.
    """
    z = coalitions.present.double().to(outputs.device)
    weighted = z * coalitions.weights.to(z).unsqueeze(1)
    normal = z.T @ weighted
    normal += ridge * normal.diagonal().mean() * torch.eye(len(normal), dtype=z.dtype).to(z)
    columns = torch.cat([weighted.T @ outputs.T, torch.ones_like(normal[:, :1])], dim=1)
    solved = torch.linalg.solve(normal, columns)
    free, one = solved[:, :-1], solved[:, -1:]
    values: Tensor = (free + one * ((total - free.sum(dim=0)) / one.sum())).T
    return values


def weighted_r2(coalitions: Coalitions, outputs: Tensor, fitted: Tensor) -> Tensor:
    """Returns float64 [n]: how much of the weighted variance of `outputs` [n, B] is explained.

    NaN where there is none.
    """
    weights = (coalitions.weights / coalitions.weights.sum()).to(outputs)
    mean = (outputs * weights).sum(dim=1, keepdim=True)
    left = (weights * (outputs - fitted) ** 2).sum(dim=1)
    return 1 - left / (weights * (outputs - mean) ** 2).sum(dim=1)
