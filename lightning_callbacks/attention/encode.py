"""Attention maps as a record stores them: eight bits and a scale per row, long rows cut short."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from torch import Tensor

from tb_explain import schema

_BYTE = 256  # keys that one byte can name


def map_arrays(name: str, weights: Tensor, top_k: int | None) -> Mapping[str, np.ndarray]:
    """Returns the arrays `map.<name>`, its scale, and `index.<name>` where rows are cut.

    Args:
      name: of the layer's map.
      weights: [n, H, Tq, Tk], >= 0.
      top_k: keep this many of each row, the largest first; None: all.
    """
    weights = weights.detach().float().cpu()
    keys = weights.shape[-1]
    arrays = {}
    if top_k is not None:
        weights, places = weights.topk(min(top_k, keys), dim=-1)
        arrays[f"index.{name}"] = places.numpy().astype(np.uint8 if keys <= _BYTE else np.int32)
    rows, scale = schema.quantise(weights.flatten(0, 2).numpy(), signed=False)
    arrays[f"map.{name}"] = rows.reshape(weights.shape)
    arrays[f"map.{name}.scale"] = scale.reshape(weights.shape[:3])
    return arrays
