"""Adding up outputs and classes of a validation set, batch by batch, on their device.

Totals of several ranks add up. It knows tensors and the `outputs` record; nothing of trainers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor

from lightning_callbacks.records import Part
from lightning_callbacks.regression_totals import numbers

BINS = 15  # of confidence, as Guo et al. 2017
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

    def note(self) -> str | None:
        """Returns what is to be said with the record, if anything."""

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

    def note(self) -> None:
        """Nothing: everything is of all samples."""

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
        return Part("outputs", {**fields, "measures": numbers(measures)}, arrays)


def _confusion(pairs: np.ndarray, counts: np.ndarray, classes: int) -> dict[str, np.ndarray]:
    if classes <= _LARGEST_MATRIX:
        matrix = np.zeros(classes * classes, np.int32)
        matrix[pairs] = counts
        return {"confusion": matrix.reshape(classes, classes)}
    truths, predicted = np.divmod(pairs, classes)
    confused = np.stack([truths, predicted, counts], axis=1)[truths != predicted]
    order = np.argsort(-confused[:, 2], kind="stable")[:_MOST_CONFUSED]
    return {"confused": confused[order].astype(np.int32)}
