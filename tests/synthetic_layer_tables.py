"""What the synthetic figures of layers are of: the size of a run, its layers, its statistics."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

LOG, LINEAR, SIGNED, FRACTION = "log", "linear", "signed", "fraction"

_SHARED = [
    ("norm", "norm", "", LOG, "root-sum-square"),
    ("mean", "mean", "", SIGNED, "mean"),
    ("std", "standard deviation", "", LOG, ["deviation", "mean"]),
    ("max", "largest magnitude", "", LOG, "max"),
    ("zeros", "zeros", "fraction", FRACTION, "mean"),
    ("nonfinite", "not finite", "values", LINEAR, "sum"),
]
QUANTILES = ("min", "q01", "q05", "q25", "q50", "q75", "q95", "q99", "max")
STATISTICS = {
    "gradients": [
        *_SHARED,
        ("weight_norm", "weight norm", "", LOG, "root-sum-square"),
        ("gradient_to_weight", "gradient / weight", "", LOG, ["ratio", "norm", "weight_norm"]),
    ],
    "weights": [
        *_SHARED,
        ("near_zero", "near zero", "fraction", FRACTION, "mean"),
        ("update_norm", "update norm", "", LOG, "root-sum-square"),
        ("update_to_weight", "update / weight", "", LOG, ["ratio", "update_norm", "norm"]),
    ],
    "activations": [
        ("mean", "mean", "", SIGNED, "mean"),
        ("std", "standard deviation", "", LOG, ["deviation", "mean"]),
        *[(name, name, "", SIGNED, None) for name in QUANTILES],
        ("zeros", "zeros", "fraction", FRACTION, "mean"),
        ("saturated", "saturated", "fraction", FRACTION, "mean"),
        ("silent", "silent units", "fraction", FRACTION, "mean"),
        ("dead", "dead units", "units", LINEAR, "sum"),
        ("nonfinite", "not finite", "values", LINEAR, "sum"),
        ("sample_std", "deviation between samples", "", LOG, None),
    ],
}


@dataclass(frozen=True)
class LayersShape:
    """How much a synthetic run holds."""

    blocks: int = 6
    records: int = 60
    every: int = 50  # steps between records
    steps_per_epoch: int = 500
    activations: bool = True
    maps: bool = True


def parameters(shape: LayersShape) -> list[dict[str, Any]]:
    """Returns the layers of a table of parameters."""
    found = [_layer("stem.conv.weight", "Conv2d", [16, 3, 5, 5])]
    for block in range(shape.blocks):
        name = f"blocks.{block}"
        found += [
            _layer(f"{name}.norm.weight", "LayerNorm", [64]),
            _layer(f"{name}.norm.bias", "LayerNorm", [64]),
            _layer(f"{name}.attn.qkv.weight", "Linear", [192, 64]),
            _layer(f"{name}.attn.out.weight", "Linear", [64, 64]),
            _layer(f"{name}.mlp.fc1.weight", "Linear", [256, 64]),
            _layer(f"{name}.mlp.fc2.weight", "Linear", [64, 256]),
        ]
    return [*found, _layer("head.weight", "Linear", [10, 64]), _layer("head.bias", "Linear", [10])]


def modules(shape: LayersShape) -> list[dict[str, Any]]:
    """Returns the layers of a table of activations."""
    found = [_layer("stem.conv", "Conv2d", [16, 14, 14]), _layer("stem.act", "ReLU", [16, 14, 14])]
    for block in range(shape.blocks):
        found += [
            _layer(f"blocks.{block}.attn", "Attention", [49, 64]),
            _layer(f"blocks.{block}.mlp.act", "GELU", [49, 256]),
            _layer(f"blocks.{block}", "Block", [49, 64]),
        ]
    return [*found, _layer("head", "Linear", [10])]


def _layer(name: str, kind: str, shape: list[int]) -> dict[str, Any]:
    return {"name": name, "type": kind, "shape": shape, "size": int(np.prod(shape))}
