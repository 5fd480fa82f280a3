"""The ways to share a budget out over units; `ALLOCATORS` is the registry, in display order."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tb_explain.planning import paths
from tb_explain.planning.by_damage import knapsack_cuts
from tb_explain.planning.problem import Problem
from tb_explain.planning.widths import greedy_widths

DISCRETE = ("n:m", "bits", "clusters")
_COUNTED = ("unstructured", "channel", "heads")


@dataclass(frozen=True)
class Allocator:
    """A rule that shares a budget out.

    Attributes:
      description: one line, for people.
      edits: keys of `EDITS` that it applies to.
      allocate: returns cuts int64 [U]; of `DISCRETE` edits `discrete.choose` decides.
    """

    description: str
    edits: Sequence[str]
    allocate: Callable[[Problem], np.ndarray]


def _by_damage(problem: Problem) -> np.ndarray:
    return greedy_widths(problem) if problem.multiplying else knapsack_cuts(problem)


ALLOCATORS: Mapping[str, Allocator] = {
    "sensitivity": Allocator(
        "least summed damage: knapsack over the measured curves (channels: greedy)",
        (*_COUNTED, *DISCRETE),
        _by_damage,
    ),
    "uniform": Allocator(
        "the same share or level of every unit", (*_COUNTED, *DISCRETE), paths.uniform
    ),
    "global_magnitude": Allocator(
        "the smallest weights of the whole model (channels: by mean size within their group)",
        ("unstructured", "channel"),
        paths.from_table("global_magnitude"),
    ),
    "lamp": Allocator(
        "LAMP: smallest weights, each relative to the larger ones of its layer",
        ("unstructured",),
        paths.from_table("lamp"),
    ),
    "erk": Allocator(
        "ERK: density by the sum of a layer's dimensions over their product",
        ("unstructured",),
        paths.erk,
    ),
}
