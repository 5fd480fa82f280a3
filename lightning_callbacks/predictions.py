"""What of the model's predictions goes into a `predictions` record."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from lightning_callbacks.targets import Activation, losses_of, scores_of

# Classes whose scores are stored per sample.
_TOP_CLASSES = 5


def prediction_arrays(
    logits: Tensor, labels: Tensor | None
) -> tuple[Activation, dict[str, np.ndarray]]:
    """Returns (activation, arrays) of the `predictions` record, as `tb_explain.schema` has them.

    Args:
      logits: float [N, C], on the CPU.
      labels: int64 [N] or None.
    """
    scores, activation = scores_of(logits, labels)
    top = scores.topk(min(_TOP_CLASSES, scores.shape[1]), dim=1)
    arrays = {
        "classes": top.indices.numpy().astype(_index_type(scores.shape[1])),
        "scores": top.values.numpy(),
        "label_score": _label_scores(scores, labels).numpy(),
        "loss": losses_of(logits, labels).numpy(),
    }
    return activation, arrays


def _index_type(classes: int) -> type[np.uint8 | np.int32]:
    return np.uint8 if classes <= np.iinfo(np.uint8).max + 1 else np.int32


def _label_scores(scores: Tensor, labels: Tensor | None) -> Tensor:
    if labels is None or scores.shape[1] == 1 or bool((labels >= scores.shape[1]).any()):
        return torch.full((len(scores),), float("nan"))
    return scores.gather(1, labels.clamp(min=0).unsqueeze(1)).squeeze(1)
