"""Adding up outputs and truths of a validation set, batch by batch, on their device.

Totals of several ranks add up. It knows tensors and the `outputs` record; nothing of trainers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor

from lightning_callbacks.records import Part

BINS = 15  # of confidence, as Guo et al. 2017
_RESIDUAL_BINS = 40
_QUANTILES = (5, 25, 50, 75, 95)
# A larger confusion matrix is recorded as its most frequent entries.
_LARGEST_MATRIX = 64
_MOST_CONFUSED = 200
_SMALLEST_PROBABILITY = 1e-12


class Totals(Protocol):
    """What a task adds up."""

    def add(self, outputs: Tensor, truths: Tensor) -> None:
        """Adds a batch."""

    def merged(self, others: Sequence[Any]) -> Any:
        """Returns these totals and those of other ranks as one."""

    def part(self, class_names: Sequence[str] | None) -> Part:
        """Returns the `outputs` record."""


class ClassificationTotals:
    """Confusion, calibration and confidence.

    Calibration is that of the predicted class: 15 bins of equal width over its probability, and
    the expected calibration error, the mean gap between probability and accuracy weighted by the
    bins' counts (Guo et al. 2017, "On Calibration of Modern Neural Networks").
    """

    def __init__(self, classes: int, device: torch.device) -> None:
        self.classes = classes
        # Of pairs that occurred, as true * classes + predicted: of many classes few do.
        self.pairs = torch.zeros(0, dtype=torch.int64, device=device)
        self.pair_counts = torch.zeros(0, dtype=torch.int64, device=device)
        # By bin: count, sum of confidences, right ones.
        self.bins = torch.zeros(3, BINS, dtype=torch.float64, device=device)
        self.nll = torch.zeros((), dtype=torch.float64, device=device)

    def add(self, outputs: Tensor, truths: Tensor) -> None:
        """Adds a batch: probabilities [N, C], labels int64 [N]; those of no class are left out."""
        known = (truths >= 0) & (truths < self.classes)
        probabilities, truths = outputs[known].double(), truths[known]
        confidence, predicted = probabilities.max(dim=1)
        right = (predicted == truths).double()
        index = (confidence * BINS).long().clamp(0, BINS - 1)
        for row, weight in enumerate((torch.ones_like(right), confidence, right)):
            self.bins[row].index_add_(0, index, weight)
        self._count(truths * self.classes + predicted, torch.ones_like(truths))
        of_truth = probabilities.gather(1, truths[:, None]).clamp(min=_SMALLEST_PROBABILITY)
        self.nll -= of_truth.log().sum()

    def _count(self, pairs: Tensor, counts: Tensor) -> None:
        every = torch.cat([self.pairs, pairs])
        self.pairs, places = torch.unique(every, return_inverse=True)
        before = torch.cat([self.pair_counts, counts])
        self.pair_counts = torch.zeros_like(self.pairs).index_add_(0, places, before)

    def merged(self, others: Sequence[ClassificationTotals]) -> ClassificationTotals:
        """Returns these totals and those of other ranks as one, on the CPU."""
        total = ClassificationTotals(self.classes, torch.device("cpu"))
        for one in (self, *others):
            total._count(one.pairs.cpu(), one.pair_counts.cpu())
            total.bins += one.bins.cpu()
            total.nll += one.nll.cpu()
        return total

    def part(self, class_names: Sequence[str] | None) -> Part:
        """Returns the `outputs` record."""
        count, confidence, right = self.bins.cpu().numpy()
        samples = int(count.sum())
        if not samples:
            raise ValueError(f"No label lies within the {self.classes} classes of the outputs.")
        with np.errstate(invalid="ignore", divide="ignore"):
            means = confidence / count, right / count
            gap = float(np.abs(confidence - right).sum()) / samples
            measures = {
                "accuracy": float(right.sum()) / samples,
                "ece": gap,
                "nll": float(self.nll) / samples,
            }
        arrays = {
            "bin_count": count.astype(np.int32),
            "bin_confidence": means[0].astype(np.float32),
            "bin_accuracy": means[1].astype(np.float32),
            "confidence": np.stack([count - right, right]).astype(np.int32),
        }
        pairs = self.pairs.cpu().numpy(), self.pair_counts.cpu().numpy()
        arrays.update(_confusion(*pairs, self.classes))
        fields = {"task": "classification", "samples": samples, "class_names": class_names}
        return Part("outputs", {**fields, "measures": _numbers(measures)}, arrays)


def _confusion(pairs: np.ndarray, counts: np.ndarray, classes: int) -> dict[str, np.ndarray]:
    if classes <= _LARGEST_MATRIX:
        matrix = np.zeros(classes * classes, np.int32)
        matrix[pairs] = counts
        return {"confusion": matrix.reshape(classes, classes)}
    truths, predicted = np.divmod(pairs, classes)
    confused = np.stack([truths, predicted, counts], axis=1)[truths != predicted]
    order = np.argsort(-confused[:, 2], kind="stable")[:_MOST_CONFUSED]
    return {"confused": confused[order].astype(np.int32)}


class RegressionTotals:
    """Residuals (prediction minus truth), and predictions against truths.

    All pairs are kept until the end: their range is not known before.
    """

    def __init__(self) -> None:
        self.pairs: list[Tensor] = []

    def add(self, outputs: Tensor, truths: Tensor) -> None:
        """Adds a batch: predictions and truths, float [N] each."""
        self.pairs.append(torch.stack([outputs.float(), truths.float()]).cpu())

    def merged(self, others: Sequence[RegressionTotals]) -> RegressionTotals:
        """Returns these totals and those of other ranks as one."""
        total = RegressionTotals()
        total.pairs = [pair for one in (self, *others) for pair in one.pairs]
        return total

    def part(self, class_names: Sequence[str] | None) -> Part:  # noqa: ARG002  # there are none
        """Returns the `outputs` record."""
        predicted, truth = torch.cat(self.pairs, dim=1).double().numpy()
        samples = len(truth)
        finite = np.isfinite(predicted) & np.isfinite(truth)
        residual = predicted - truth
        with np.errstate(invalid="ignore", divide="ignore"):
            measures = {
                "mae": float(np.abs(residual).mean()),
                "rmse": float(np.sqrt((residual**2).mean())),
                "r2": float(1 - (residual**2).sum() / ((truth - truth.mean()) ** 2).sum()),
            }
        predicted, truth, residual = predicted[finite], truth[finite], residual[finite]
        counts, edges = np.histogram(residual, bins=_RESIDUAL_BINS)
        both = np.concatenate([truth, predicted]) if len(truth) else np.array([0.0, 1.0])
        truth_edges = np.histogram_bin_edges(both, bins=_RESIDUAL_BINS)
        joint = np.histogram2d(truth, predicted, bins=[truth_edges, truth_edges])[0]
        quantiles = np.percentile(residual, _QUANTILES) if len(residual) else [np.nan] * 5
        arrays = {
            "edges": edges.astype(np.float32),
            "residuals": counts.astype(np.int32),
            "residual_quantiles": np.asarray(quantiles, np.float32),
            "truth_edges": truth_edges.astype(np.float32),
            "joint": joint.astype(np.int32),
        }
        fields = {"task": "regression", "samples": samples, "class_names": None}
        return Part("outputs", {**fields, "measures": _numbers(measures)}, arrays)


def _numbers(measures: dict[str, float]) -> dict[str, float | None]:
    """JSON has no NaN: what is not defined is null."""
    return {name: value if np.isfinite(value) else None for name, value in measures.items()}
