"""What a scan adds up: changes by measure, unit and level, and what the unedited model gave."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

import numpy as np
import torch
from torch import Tensor

from lightning_callbacks.sensitivity.scores import Reference
from lightning_callbacks.sensitivity.totals import Totals


class Grid:
    """Changes of U units at K levels.

    Args:
      units: U.
      levels: K.
    """

    def __init__(self, units: int, levels: int) -> None:
        self._totals: dict[str, Totals] = defaultdict(lambda: Totals(units, levels))
        self._own: dict[str, list[Tensor]] = defaultdict(list)
        self._outputs: list[Tensor] = []
        self._classes = True
        self.samples = 0

    def add_dense(self, reference: Reference) -> None:
        """Adds a chunk of the unedited model."""
        self.samples += len(reference.outputs)
        self._classes = reference.classes
        for name, values in reference.own.items():
            self._own[name].append(values)
        if not reference.classes:
            self._outputs.append(reference.outputs)

    def expect(self, measures: Iterable[str]) -> None:
        """Has these measures in the results, also where no unit is measured."""
        for name in measures:
            self._totals[name]

    def add(
        self, unit: int, level: int, changes: Mapping[str, Tensor], reference: Reference
    ) -> None:
        """Adds changes float64 [n] by measure; those of samples without a truth are left out."""
        for name, values in changes.items():
            own = reference.own.get(name)
            known = values if own is None else values[~torch.isnan(own)]
            self._totals[name].add(unit, level, known)

    def dense(self) -> dict[str, float]:
        """Returns loss and metric of the unedited model; NaN where truths are unknown."""
        return {
            name: float(torch.cat(self._own[name]).nanmean()) if name in self._own else float("nan")
            for name in ("loss", "metric")
        }

    def results(self) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
        """Returns means and standard errors float64 [U, K] by measure."""
        found = {name: totals.means() for name, totals in self._totals.items()}
        for name in {"kl", "kl_batch"} & set(found):
            mean, error = found[name]
            found[name] = mean / self._variance(), error / self._variance()
        means = {name: mean for name, (mean, _) in found.items()}
        return means, {name: error for name, (_, error) in found.items()}

    def _variance(self) -> float:
        """Returns what squared differences of a regression are divided by."""
        if self._classes:
            return 1.0
        return float(torch.cat(self._outputs).flatten(1).var(0, correction=0).mean())
