"""What of a model's output are outputs [N, C], and what of a batch are the truths [N] to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from torch import Tensor

from lightning_callbacks.batches import LABEL_NAMES, BatchKey, find_labels
from lightning_callbacks.capture import describe
from lightning_callbacks.targets import TargetError, main_of

_TOLERANCE = 1e-3  # of probabilities that sum to one, in half precision


def samples_of(source: Any) -> int:
    """Returns N of a model's output; 0 if it holds no outputs [N] or [N, C]."""
    found = outputs_in(source)
    return 0 if found is None else found.shape[0]


def outputs_in(source: Any) -> Tensor | None:
    """Returns the tensor [N] or [N, C] that a model's output is or begins with."""
    found = main_of(source)
    return found if isinstance(found, Tensor) and found.dim() in (1, 2) else None


def sum_to_one(outputs: Tensor) -> bool:
    """Whether rows are probabilities."""
    sums = outputs.sum(dim=1)
    return bool((outputs >= 0).all() and ((sums - 1).abs() < _TOLERANCE).all())


def are_classes(outputs: Tensor, truths: Tensor) -> bool:
    """Whether floating truths are classes all the same: of several outputs, or 0 and 1."""
    return outputs.shape[1] > 1 or bool(((truths == 0) | (truths == 1)).all())


def find_truths(batch: Any, samples: int, key: BatchKey | None) -> Tensor:
    """Returns the class labels int64 [N] or the regression targets float [N] of `batch`.

    Raises:
      TargetError: there are none.
    """
    if key is None:
        labels = find_labels(batch, samples)
        if labels is not None:
            return labels
    items = dict(batch) if isinstance(batch, Mapping) else dict(enumerate(_listed(batch)))
    # Of (inputs, further inputs, truths) the last.
    wanted = [key] if key is not None else [*LABEL_NAMES, 1, len(items) - 1]
    for name in wanted:
        found = items.get(name)
        if isinstance(found, Tensor) and found.shape in ((samples,), (samples, 1)):
            return found.reshape(samples)
    raise TargetError(
        f"No truths [{samples}] were found in the batch: {describe(batch)}. Name them with "
        "label_key=... (a key or an index)."
    )


def _listed(batch: Any) -> Sequence[Any]:
    return batch if isinstance(batch, (tuple, list)) else [batch]
