"""Adding up predictions and truths of a validation set whose outputs are numbers, batch by batch.

Totals of several ranks add up. It knows tensors and the `outputs` record; nothing of trainers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from lightning_callbacks.records import Part

_RESIDUAL_BINS = 40
_QUANTILES = (5, 25, 50, 75, 95)
# Pairs that are kept: 8 MB; what is drawn from more does not look different.
_MOST_PAIRS = 1 << 20


@dataclass
class _Moments:
    """A count, a mean and a sum of squared distances from it, of batches of any size.

    Chan, Golub and LeVeque 1979, "Updating Formulae and a Pairwise Algorithm for Computing Sample
    Variances": sums of squares alone lose all digits where the mean is far from 0.
    """

    count: int = 0
    mean: float = 0.0
    squares: float = 0.0

    def add(self, values: Tensor) -> None:
        if len(values):
            mean = values.mean()
            self.merge(_Moments(len(values), float(mean), float(((values - mean) ** 2).sum())))

    def merge(self, other: _Moments) -> None:
        count = self.count + other.count
        if other.count:
            step = other.mean - self.mean
            self.mean += step * other.count / count
            self.squares += other.squares + step**2 * self.count * other.count / count
            self.count = count


@dataclass
class _Sums:
    """What measures are made of, of all pairs."""

    truths: _Moments = field(default_factory=_Moments)
    absolute: float = 0.0  # residuals
    squared: float = 0.0

    def add(self, predicted: Tensor, truths: Tensor) -> None:
        residuals = predicted - truths
        self.truths.add(truths)
        self.absolute += float(residuals.abs().sum())
        self.squared += float((residuals**2).sum())

    def merge(self, other: _Sums) -> None:
        self.truths.merge(other.truths)
        self.absolute += other.absolute
        self.squared += other.squared

    def measures(self) -> dict[str, float]:
        samples = self.truths.count
        with np.errstate(invalid="ignore", divide="ignore"):
            unexplained = np.float64(self.squared) / self.truths.squares
        return {
            "mae": self.absolute / samples,
            "rmse": float(np.sqrt(self.squared / samples)),
            "r2": float(1 - unexplained),
        }


class RegressionTotals:
    """Residuals (prediction minus truth), and predictions against truths.

    Measures are of all pairs. Histograms and quantiles are of pairs that are kept until the end, as
    their range is not known before: of all, or of a million at most, drawn at random.

    Attributes:
      pairs: those that are kept, float32 [2, n] each.
      sums: of all.
      halvings: a pair is kept with probability 2 ** -halvings.
    """

    def __init__(self) -> None:
        self.pairs: list[Tensor] = []
        self.sums = _Sums()
        self._kept = 0
        self.halvings = 0

    def add(self, outputs: Tensor, truths: Tensor) -> None:
        """Adds a batch: predictions and truths, float [N] each."""
        pairs = torch.stack([outputs.float(), truths.float()]).cpu()
        self.sums.add(*pairs.double())
        self._keep(self._drawn(pairs, self.halvings))

    def merged(self, others: Sequence[RegressionTotals]) -> RegressionTotals:
        """Returns these totals and those of other ranks as one."""
        total = RegressionTotals()
        every = (self, *others)
        total.halvings = max(one.halvings for one in every)
        for one in every:
            total.sums.merge(one.sums)
            for pairs in one.pairs:
                total._keep(total._drawn(pairs, total.halvings - one.halvings))
        return total

    def note(self) -> str | None:
        """Returns what is to be said of the histograms; None if they are of all pairs."""
        if not self.halvings:
            return None
        return (
            f"histograms and quantiles of residuals are of {self._kept:,} values drawn at random "
            f"from {self.sums.truths.count:,}; measures are of all"
        )

    def part(self, class_names: Sequence[str] | None) -> Part:  # noqa: ARG002  # there are none
        """Returns the `outputs` record."""
        fields = {"task": "regression", "samples": self.sums.truths.count, "class_names": None}
        measures = numbers(self.sums.measures())
        predicted, truths = torch.cat(self.pairs, dim=1).numpy()
        return Part("outputs", {**fields, "measures": measures}, _spread(predicted, truths))

    def _keep(self, pairs: Tensor) -> None:
        self.pairs.append(pairs)
        self._kept += pairs.shape[1]
        while self._kept > _MOST_PAIRS:
            self.halvings += 1
            self.pairs = [self._drawn(torch.cat(self.pairs, dim=1), 1)]
            self._kept = self.pairs[0].shape[1]

    def _drawn(self, pairs: Tensor, halvings: int) -> Tensor:
        if not halvings:
            return pairs
        # Another seed each time, and none to keep: totals are sent to other processes.
        seed = 64 * self.sums.truths.count + self.halvings
        chance = torch.rand(pairs.shape[1], generator=torch.Generator().manual_seed(seed))
        return pairs[:, chance < 0.5**halvings]


def _spread(predicted: np.ndarray, truths: np.ndarray) -> dict[str, np.ndarray]:
    """Returns the histograms and quantiles of those pairs that are finite."""
    finite = np.isfinite(predicted) & np.isfinite(truths)
    predicted, truths = (values[finite].astype(np.float64) for values in (predicted, truths))
    residuals = predicted - truths
    counts, edges = np.histogram(residuals, bins=_RESIDUAL_BINS)
    both = np.concatenate([truths, predicted]) if len(truths) else np.array([0.0, 1.0])
    truth_edges = np.histogram_bin_edges(both, bins=_RESIDUAL_BINS)
    joint = np.histogram2d(truths, predicted, bins=[truth_edges, truth_edges])[0]
    quantiles = np.percentile(residuals, _QUANTILES) if len(residuals) else [np.nan] * 5
    return {
        "edges": edges.astype(np.float32),
        "residuals": counts.astype(np.int32),
        "residual_quantiles": np.asarray(quantiles, np.float32),
        "truth_edges": truth_edges.astype(np.float32),
        "joint": joint.astype(np.int32),
    }


def numbers(measures: Mapping[str, float]) -> dict[str, float | None]:
    """Returns measures for JSON, which has no NaN: what is not defined is null."""
    return {name: value if np.isfinite(value) else None for name, value in measures.items()}
